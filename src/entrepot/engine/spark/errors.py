# SPDX-License-Identifier: Apache-2.0
"""What Spark's errors mean to the person who runs a close."""

from __future__ import annotations

from typing import Final

from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors import PySparkException

from entrepot.errors import EntrepotError, Refused

#: What stands in the error, what was found, what to do.
_MEANINGS: Final = (
    (
        ("No space left on device",),
        "A disk is full: this machine's or an executor's.",
        "Free some space beside --out and in Spark's local folders, and try again.",
    ),
    (
        ("OutOfMemoryError", "UNABLE_TO_ACQUIRE_MEMORY", "Container killed", "exit code 137"),
        "Spark has used up the memory that it was given.",
        "Give it more, on one machine with SPARK_DRIVER_MEMORY=8g, on a cluster with "
        "spark.executor.memory; docs/guide/spark.md says how much a season needs.",
    ),
    (
        ("No module named", "ModuleNotFoundError"),
        "An executor's Python does not have the packages that a close needs.",
        "Install entrepot for the Python of every executor, and set PYSPARK_PYTHON to it.",
    ),
    (
        ("FileNotFoundException", "PATH_NOT_FOUND", "FAILED_READ_FILE.FILE_NOT_EXIST"),
        "An executor does not see a file that another process wrote.",
        "Put the season and --out on storage that every executor sees under the same path.",
    ),
)


def explain(error: Exception) -> EntrepotError | None:
    """What an error of Spark means, where it is not a mistake of the program."""
    if isinstance(error, Py4JNetworkError | ConnectionError):
        return Refused(
            "Cannot go on.",
            "Spark has ended while it was at work.",
            "Most often its machine ran out of memory: give it less to do at once, or more memory.",
        )
    if not isinstance(error, PySparkException | Py4JError):
        return None
    text = str(error)
    for marks, found, remedy in _MEANINGS:
        if any(mark in text for mark in marks):
            return Refused("Cannot go on.", found, remedy)
    return None
