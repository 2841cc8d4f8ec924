# SPDX-License-Identifier: Apache-2.0
"""Engines by name. Each is imported when it is asked for: none loads in no time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from entrepot.errors import Misused

if TYPE_CHECKING:
    from entrepot.engine.base import Engine

ENGINES = ("duckdb", "polars", "spark")
#: Where Spark runs unless it is told: in this process, on all cores.
HERE = "local[*]"


def engine_named(name: str, scratch: Path, memory: str = "", master: str = "") -> Engine:
    """The engine called `name`.

    Args:
        name: one of ENGINES.
        scratch: an existing folder for what it spills or keeps; Spark's executors have to see it.
        memory: DuckDB's budget, such as 2GB.
        master: where Spark runs, such as spark://host:7077.

    Raises:
        Misused: an option of another engine is given, or what the engine needs is not installed.
    """
    if memory and name != "duckdb":
        raise Misused(
            f"Cannot use --memory {memory} with --engine {name}.",
            "Only DuckDB keeps to a memory budget.",
            "Leave --memory out, or use --engine duckdb.",
        )
    if master and name != "spark":
        raise Misused(
            f"Cannot use --master {master} with --engine {name}.",
            "Only Spark runs on a cluster.",
            "Leave --master out, or use --engine spark.",
        )
    if name == "spark":
        return _spark(scratch, master or HERE)
    if name == "polars":
        from entrepot.engine.polar import Polar

        return Polar()
    from entrepot.engine.duck import Duck

    return Duck(scratch, memory)


def _spark(scratch: Path, master: str) -> Engine:
    try:
        from entrepot.engine.spark.engine import Spark
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(("pyspark", "py4j")):
            raise
        raise Misused(
            "Cannot run on Spark.",
            "The package pyspark is not installed.",
            "Install the extra: pip install 'entrepot[spark]', and Java 17 or later; or use "
            "--engine duckdb.",
        ) from error
    return Spark(scratch, master)
