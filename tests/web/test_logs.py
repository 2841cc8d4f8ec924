# SPDX-License-Identifier: Apache-2.0
"""A line of the log: of ours all, of others nothing that they filled in, of errors no words."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from entrepot.web.logs import Lines


def record(name: str, message: str, *given: object, **extra: Any) -> logging.LogRecord:
    """A record, with the error that is being handled."""
    info = sys.exc_info() if sys.exc_info()[0] else None
    made = logging.LogRecord(name, logging.WARNING, "here.py", 1, message, given, info)
    made.__dict__.update(extra)
    return made


def line(*said: Any, **extra: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Lines().format(record(*said, **extra)))
    return found


def test_what_is_ours_is_said_and_only_fields_that_are_listed():
    found = line("entrepot.site", "%s ended", "the worker", route="a/<b>", email="ada@example.com")

    assert (found["says"], found["route"], found["level"]) == (
        "the worker ended",
        "a/<b>",
        "warning",
    )
    assert "ada" not in json.dumps(found)


def test_of_others_nothing_that_they_filled_in_is_said():
    assert line("django.x", "Forbidden: %s", "Ada")["says"] == "Forbidden: %s"
    assert line("library", "Forbidden: Ada")["says"] == ""


def test_an_error_is_named_with_what_led_to_it_and_without_its_words():
    try:
        try:
            raise KeyError("Ada")
        except KeyError as error:
            raise ValueError("Lovelace") from error
    except ValueError:
        found = line("entrepot.web", "broke", reference="3f9c")
        people = Lines("text").format(record("entrepot.web", "broke", reference="3f9c"))

    assert found["error"] == "builtins.ValueError from builtins.KeyError"
    assert found["where"][-1].startswith("tests/web/test_logs.py:")
    assert "Ada" not in str(found) + people
    assert "Lovelace" not in str(found) + people
    assert "broke reference=3f9c error=builtins.ValueError" in people
