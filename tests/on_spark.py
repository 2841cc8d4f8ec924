# SPDX-License-Identifier: Apache-2.0
"""Spark for tests: one session for the whole run, with two worker processes of one core each.

Tests that use it carry `SPARK`, so that one process of pytest-xdist runs them all. Where it cannot
start, they are skipped and say why; in the long run they fail instead.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.on_engines import IS_CI

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SPARK = pytest.mark.xdist_group("spark")
MASTER = "local-cluster[2,1,1024]"
#: Tests run many small plans: what Java would gain from compiling them well comes too late.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def why_not() -> str:
    """Why Spark cannot run here; empty where it can."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed"
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(str(Path(home) / "bin" / "java") if home else "java")
    if java is None:
        return "there is no Java"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < 17:
        return f"Java 17 or later is needed; this is {said.splitlines()[0] if said else java}"
    return ""


def need_spark() -> None:
    """Skip a test, or fail it in the long run, where Spark cannot run."""
    if reason := why_not():
        if IS_CI:
            pytest.fail(f"Spark has to be tested, but {reason}")
        pytest.skip(f"no Spark: {reason}")


@contextmanager
def started(scratch: Path) -> Iterator[SparkSession]:
    """A session of two workers, stopped afterwards."""
    from entrepot.engine.spark.session import start_session

    arguments = [
        f'--driver-java-options "{_JAVA} -Xms512m"',
        f'--conf spark.executor.extraJavaOptions="{_JAVA}"',
        "--conf spark.sql.shuffle.partitions=3",
        "pyspark-shell",
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_SUBMIT_ARGS", " ".join(arguments))
        patch.setenv("SPARK_WORKER_DIR", str(scratch / "workers"))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("SPARK_DRIVER_MEMORY", "1500m")
        session = start_session(MASTER, scratch)
    try:
        yield session
    finally:
        session.stop()


def worker_processes(session: SparkSession) -> set[int]:
    """The processes that run Python for this session's executors."""

    def own(_: Any) -> int:
        return os.getpid()

    return set(session.sparkContext.parallelize(range(8), 8).map(own).collect())
