# SPDX-License-Identifier: Apache-2.0
"""The kinds of fields that bodies are made of, each with exact bounds.

What the OpenAPI says of a field is what is taken: nothing is read leniently.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

#: Lines of one bulk call.
MOST_LINES = 10_000

#: One line of text: no control characters.
ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
#: Text of several lines: no control characters but tab, line feed and carriage return.
LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
#: A number or code: one line, neither beginning nor ending with a blank.
CODE = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$"


class Body(BaseModel):
    """What a request sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


def text(length: int, at_least: int = 0) -> Any:
    """Bound one line of text.

    A field of it: `Annotated[str, text(200)]`.
    """
    return StringConstraints(strict=True, min_length=at_least, max_length=length, pattern=ONE_LINE)


def code(length: int) -> Any:
    """Bound a number or a code.

    A field of it: `Annotated[str, code(64)]`.
    """
    return StringConstraints(strict=True, min_length=1, max_length=length, pattern=CODE)


def whole(least: int, most: int) -> Any:
    """Bound a whole number, which neither 1.0 nor true is.

    A field of it: `Annotated[int, whole(1, 500)]`.
    """
    return Field(strict=True, ge=least, le=most)


#: True or false, which neither 1 nor "yes" is.
Flag = Annotated[bool, Field(strict=True)]


def _only_text(value: object) -> object:
    if isinstance(value, str) and len(value) == len("2026-01-02"):
        return value
    raise ValueError("a day, written as 2026-01-02")


#: A day, as 2026-01-02 and in no other way.
Day = Annotated[date, BeforeValidator(_only_text, json_schema_input_type=date)]


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


Value = TypeVar("Value")
#: What may be left out, but not be null: `url: Absent[Url] = ""`.
Absent = Annotated[Value, Field(json_schema_extra=_without_default)]
#: What may be left out of a query: `state: Unasked[State] = None`.
Unasked = Annotated[Value | SkipJsonSchema[None], Field(json_schema_extra=_without_default)]

Line = TypeVar("Line")
#: The lines of a bulk call: `Lines[LineIn]`. All faults of all lines are told at once.
Lines = Annotated[list[Line], Field(min_length=1, max_length=MOST_LINES)]
