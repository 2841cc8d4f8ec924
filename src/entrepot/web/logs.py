# SPDX-License-Identifier: Apache-2.0
"""The log: one line for each request, job and error, on stderr, without anything personal.

What a line may say is listed here (`FIELDS`); nothing else that somebody hands to the log gets into
it. Of errors it says which and where, and not their words, as those of a database repeat values. Of
libraries it says what they wrote themselves, without what they filled in.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

Way = Literal["json", "text"]

#: Names of ours: what they say is written with care.
OURS: Final = "entrepot"
#: What a line may carry beside its words, in this order: ids, templates, numbers, words of ours.
FIELDS: Final = (
    "request", "method", "route", "status", "job", "kind", "state", "ms", "enterprise", "actor",
    "reference",
)  # fmt: skip
#: Frames of an error, the innermost last.
_MOST_FRAMES: Final = 12


def settings_of(way: str | None = None) -> dict[str, Any]:
    """What `logging.config` takes; `way` is what ENTREPOT_LOG says."""
    if way not in ("json", "text"):
        way = "text" if sys.stderr.isatty() else "json"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.Lines", "way": way}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "stream": "ext://sys.stderr",
            },
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            OURS: {"level": "INFO"},
            "django": {"level": "WARNING", "handlers": []},
            # Every answer has a line already, and every error that nobody expected a second one.
            "django.request": {"level": "CRITICAL"},
            "_granian": {"level": "ERROR"},
        },
    }


class Lines(logging.Formatter):
    """Writes a record as one line: JSON for programs, text for people."""

    def __init__(self, way: Way = "json") -> None:
        super().__init__()
        self._way = way

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        says: dict[str, Any] = {
            "at": at, "level": record.levelname.lower(), "log": record.name, "says": _words(record),
        }  # fmt: skip
        says |= {
            name: value
            for name in FIELDS
            if (value := getattr(record, name, None)) not in (None, "")
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            says |= {"error": _names(error), "where": _frames(error)}
        if self._way == "json":
            return json.dumps(says, ensure_ascii=False, default=str)
        return _text(says)


def _words(record: logging.LogRecord) -> str:
    """What is said: in full where we say it; of others the words without what was filled in."""
    if record.name.partition(".")[0] == OURS:
        return record.getMessage()
    return str(record.msg) if record.args and isinstance(record.msg, str) else ""


def _names(error: BaseException) -> str:
    """Which error it is, and which ones led to it."""
    named: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(named) < 5:
        named.append(f"{type(seen).__module__}.{type(seen).__qualname__}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return " from ".join(named)


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    return [
        f"{'/'.join(frame.filename.split(os.sep)[-3:])}:{frame.lineno} {frame.name}"
        for frame in frames
    ]


def _text(says: Mapping[str, Any]) -> str:
    clock = says["at"][11:23]
    rest = " ".join(f"{name}={says[name]}" for name in (*FIELDS, "error") if name in says)
    line = " ".join(part for part in (clock, says["level"], says["says"], rest) if part)
    return "\n    ".join([line, *says.get("where", ())])
