# SPDX-License-Identifier: Apache-2.0
"""Start a Spark session that is quiet, counts exactly, and says what is missing."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from entrepot.errors import Misused

#: What the result depends on, so nobody may set it otherwise: days as they are written, and an
#: overflow that stops the run instead of a sum that is wrong.
_EXACT: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
}
#: What is only faster, so a cluster's own settings come first.
_FAST: Final = {
    # Few large partitions: what is small then costs one task instead of hundreds.
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "32m",
    # A row takes several times the room in memory that it takes in a file; without this, tables of
    # millions of rows would be sent to every executor whole.
    "spark.sql.sources.fileCompressionFactor": "4.0",
    "spark.sql.autoBroadcastJoinThreshold": "32m",
    "spark.sql.parquet.compression.codec": "lz4_raw",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
}
#: Rows of a season from which it is large, and rows of a piece of its tables.
_LARGE, _PIECE = 1_000_000, 250_000
LOG = "spark.log"
#: Where a user says how Java is to run.
_SETTINGS: Final = {"PYSPARK_SUBMIT_ARGS", "SPARK_CONF_DIR", "SPARK_HOME", "JAVA_TOOL_OPTIONS"}


def start_session(master: str, scratch: Path) -> SparkSession:
    """Start Spark on `master`; what its Java side prints goes to a file in `scratch`.

    Raises:
        Misused: there is no Java that can run it, or no such master.
    """
    logging.getLogger().addFilter(_is_not_of_py4j)
    # Python on this machine's executors is this one, with the packages that it has.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = SparkConf(loadDefaults=False).setMaster(master).setAppName("entrepot")
    conf.set("spark.ui.showConsoleProgress", "false")
    if master.startswith("local"):
        conf.set("spark.ui.enabled", "false")
        # One process does all the work, and Spark would give it 1 GB. Whatever the user sets,
        # this variable included, comes before it.
        os.environ.setdefault("SPARK_DRIVER_MEMORY", f"{max(1, _memory() // 2 >> 30)}g")
        if not _SETTINGS & set(os.environ):
            # Nobody waits for a single answer: a fifth of the work is saved, pauses or not.
            conf.set("spark.driver.defaultJavaOptions", "-XX:+UseParallelGC")
    log = scratch / LOG
    launch: Any = launch_gateway
    with log.open("ab") as printed:
        to_log = {"stdout": printed, "stderr": printed}
        try:
            # Java of an earlier session in this process runs on.
            gateway = SparkContext._gateway or launch(conf, to_log)
        except (PySparkRuntimeError, OSError) as error:
            raise _not_started(master, log) from error
    try:
        return SparkSession(SparkContext(gateway=gateway, conf=conf))
    except Exception as error:
        raise _no_master(master, _cause(error)) from error


def set_up(session: SparkSession) -> None:
    """Set what the result depends on, and what is faster unless it has been set already."""
    for name, value in _EXACT.items():
        session.conf.set(name, value)
    _prefer(session, _FAST)
    fit(session, 0)


def fit(session: SparkSession, rows: int) -> None:
    """Fit what follows to a season of so many rows.

    What is small is planned once and runs in as many tasks as there are cores. What is large is
    planned again as its sizes become known, from pieces of about `_PIECE` rows.
    """
    cores = session.sparkContext.defaultParallelism
    is_large = rows >= _LARGE
    _prefer(
        session,
        {
            "spark.sql.adaptive.enabled": str(is_large).lower(),
            "spark.sql.shuffle.partitions": str(
                max(2 * cores, rows // _PIECE) if is_large else cores
            ),
        },
    )


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    """Whether something else is logged: py4j shows a trace of every call that is interrupted."""
    return "py4j" not in record.pathname


def _prefer(session: SparkSession, settings: Mapping[str, str]) -> None:
    chosen = session.sparkContext.getConf()
    for name, value in settings.items():
        if not chosen.contains(name):
            session.conf.set(name, value)


def _memory() -> int:
    """The bytes of this machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _not_started(master: str, log: Path) -> Misused:
    """Why Java did not come as far as to be asked, from what it printed."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    for line in lines:
        if "Master must" in line:
            return _no_master(master, line.rpartition("Exception: ")[2])
    found = lines[-1].strip() if lines else "Java did not start."
    if any("UnsupportedClassVersionError" in line for line in lines):
        found = "The Java that is found first is older than 17."
    return Misused(
        "Cannot start Spark.",
        found,
        "Install Java 17 or later and set JAVA_HOME to its folder, or use --engine duckdb.",
    )


def _no_master(master: str, found: str) -> Misused:
    return Misused(
        f"Cannot start Spark on {master}.",
        found,
        "Correct --master, or look whether that cluster runs and takes applications.",
    )


def _cause(error: BaseException) -> str:
    """The first line of what Java says."""
    java = getattr(error, "java_exception", None)
    lines = str(java.getMessage() if java is not None else error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
