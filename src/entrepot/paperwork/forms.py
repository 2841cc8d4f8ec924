# SPDX-License-Identifier: Apache-2.0
"""What the file of a document may say: its fields, the parts they stand in, and every mistake.

A form is read as far as it can be: what is wrong is told and left out, so that the rest is looked
at as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from entrepot.engine.mistakes import nearest, shown

#: What is wrong: where, what was found, what is expected, what to do.
Wrong = tuple[str, str, str, str]
#: Of a value: it as it is kept, or what is expected instead.
Read = Callable[[Any], Any]

_DECIMALS = 5


class Unfitting(ValueError):
    """A value that is not of its field; says what is."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a form; `empty` is what one that is left out counts as, if it may be."""

    name: str
    read: Read
    empty: Any = field(default=..., kw_only=True)


@dataclass(frozen=True, slots=True)
class Part:
    """Fields that stand together; `most`: how many such there may be, 0 for one without a list."""

    name: str
    fields: tuple[Field | Part, ...]
    most: int = 0
    needed: bool = field(default=True, kw_only=True)


Form = tuple[Field | Part, ...]


def read_form(
    said: Mapping[str, Any], form: Form, wrong: list[Wrong], at: str = ""
) -> dict[str, Any]:
    """What is said, as it is kept; a field that is wrong is None and told in `wrong`."""
    names = [each.name for each in form]
    for name in said:
        if name not in names:
            meant = nearest(name, names)
            remedy = f'Say "{meant}", or take it out.' if meant else "Take it out."
            wrong.append((f"{at}{name}", "a name that is not known", "one of the guide", remedy))
    return {
        each.name: _part(said, each, wrong, at)
        if isinstance(each, Part)
        else _field(said, each, wrong, at)
        for each in form
    }


def _field(said: Mapping[str, Any], one: Field, wrong: list[Wrong], at: str) -> Any:
    value = said.get(one.name)
    if value is None or value == "":
        if one.empty is not ...:
            return one.empty
        expected = _expected(one.read)
        wrong.append((f"{at}{one.name}", "nothing", expected, "Add it."))
        return None
    try:
        return one.read(value)
    except Unfitting as error:
        wrong.append((f"{at}{one.name}", shown(str(value)), str(error), "Correct it."))
        return None


def _expected(read: Read) -> str:
    """What a field holds, as its reader says it of a value that is never right."""
    try:
        read(object())
    except Unfitting as error:
        return str(error)
    return "a value"


def _part(said: Mapping[str, Any], one: Part, wrong: list[Wrong], at: str) -> Any:
    value, place = said.get(one.name), f"{at}{one.name}"
    if value is None or value in ([], {}):
        if one.needed:
            found = f"a table [{place}]" if not one.most else f"at least one [[{place}]]"
            wrong.append((place, "nothing", found, "Add it."))
        return None if not one.most else []
    if not one.most:
        if isinstance(value, Mapping):
            return read_form(value, one.fields, wrong, f"{place}.")
        wrong.append((place, shown(str(value)), f"a table [{place}]", "Correct it."))
        return None
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        wrong.append((place, shown(str(value)), f"tables [[{place}]]", "Correct it."))
        return []
    if len(value) > one.most:
        wrong.append((place, f"{len(value):,}", f"at most {one.most:,}", "Make several of it."))
        return []
    return [
        read_form(each, one.fields, wrong, f"{place}[{number}].")
        for number, each in enumerate(value, 1)
    ]


def text(most: int, pattern: str = "", form: str = "") -> Read:
    """A text of at most so many characters, perhaps of a pattern, which `form` says in words."""
    fits = re.compile(pattern)
    expected = form or f"a text of 1 to {most} characters"

    def read(value: Any) -> str:
        if not isinstance(value, str) or not 0 < len(value.strip()) <= most:
            raise Unfitting(expected)
        if (pattern and not fits.fullmatch(value)) or not _is_plain(value):
            raise Unfitting(expected)
        return value.strip()

    return read


def texts(most: int, many: int) -> Read:
    """A list of texts."""
    each = text(most)

    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or not 0 < len(value) <= many:
            raise Unfitting(f"a list of 1 to {many} texts of at most {most} characters")
        try:
            return tuple(each(one) for one in value)
        except Unfitting:
            found = f"texts of 1 to {most} characters, all of them"
            raise Unfitting(found) from None

    return read


def one_of(*names: str) -> Read:
    """One of these texts."""

    def read(value: Any) -> str:
        if value not in names:
            raise Unfitting("one of " + ", ".join(names))
        return str(value)

    return read


def number(*, above: int | None = None, decimals: int = _DECIMALS) -> Read:
    """An exact number of at most 14 digits before its point, from 0, or above `above`."""
    after = f", at most {decimals} of them behind the point" if decimals else ", without a point"
    least = "from 0" if above is None else f"above {above}"
    expected = f"a number {least}{after}" if decimals else f"a whole number {least}"

    def read(value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
            raise Unfitting(expected)
        try:
            found = Decimal(value)
        except InvalidOperation:
            raise Unfitting(expected) from None
        if (
            not found.is_finite()
            or not 0 <= found < 10**14
            or (above is not None and found <= above)
        ):
            raise Unfitting(expected)
        if found != found.quantize(Decimal(1).scaleb(-decimals)):
            raise Unfitting(expected)
        return found

    return read


def whole(*, above: int | None = None) -> Read:
    """A whole number."""
    read = number(above=above, decimals=0)
    return lambda value: int(read(value))


def day(value: Any) -> date:
    """A day, as TOML writes it or as a text."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Unfitting("a day such as 2026-11-26") from None


def moment(value: Any) -> datetime:
    """A local time without a zone, to the second, as messages hold it."""
    found = value
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
    if not isinstance(found, datetime) or found.tzinfo or found.microsecond:
        raise Unfitting("a local time such as 2026-11-26T09:30:00")
    return found


def _is_plain(value: str) -> bool:
    return all(each.isprintable() or each in "\n\t" for each in value)


def party(name: str, *, needed: bool = True) -> Part:
    """Somebody on a paper, with where they are and the numbers they are registered under."""
    return Part(
        name,
        (
            Field("name", text(100)),
            Field("lines", texts(100, 6), empty=()),
            Field("place", text(100), empty=""),
            Field("country", text(2, "[A-Z]{2}", "two capital letters")),
            Field("country_name", text(60), empty=""),
            Field("phone", text(40), empty=""),
            Field("uscc", text(18, "[0-9A-Z]{18}", "18 digits and capital letters"), empty=""),
            Field("customs_code", text(10, "[0-9A-Z]{10}", "10 digits and letters"), empty=""),
            Field("vat_number", text(24), empty=""),
            Field("eori_number", text(20), empty=""),
        ),
        needed=needed,
    )


def every(lines: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The parts of a list with their places, from 1."""
    return enumerate(lines or [], 1)
