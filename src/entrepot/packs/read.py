# SPDX-License-Identifier: Apache-2.0
"""Reads packs: dated, cited figures kept as a CSV file with a TOML file about it.

A pack is named by jurisdiction and subject, `cn/refund_deadlines`. The TOML declares the type of
every column; nothing is guessed. Every pack also has the columns of `EVERY_PACK`: the day a row
starts (in), the day it ends (out, empty: still in force), where the figure was read, how sure it
is and how it was checked.

A firm's own packs lie in the folder that `ENTREPOT_PACKS` names and are called `own/NAME`, so
they cannot take the place of a published one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from entrepot.errors import Misused, Refused

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

Value = date | Decimal | int | str | None

#: Where a firm keeps its own packs; unset: it has none.
FOLDER_VARIABLE = "ENTREPOT_PACKS"
OWN = "own"

#: Columns of every pack, after its own.
EVERY_PACK = {
    "valid_from": "DATE",
    "valid_to": "DATE",
    "source": "VARCHAR",
    "confidence": "VARCHAR",
    "checked": "VARCHAR",
}
#: How sure a row is.
CONFIDENCE = {
    "V": "read in the text of the rule or a copy of it",
    "S": "read in a secondary text",
    "M": "remembered or assumed, not verified",
}
#: What the TOML must say.
ABOUT = (
    "title",
    "unit",
    "publisher",
    "address",
    "retrieved",
    "checked_by",
    "licence",
    "key",
    "columns",
)

_NAME = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE = re.compile(r"-?\d+")
_DECIMAL_TYPE = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class BrokenPack(Refused):
    """A pack that does not keep what it declares."""

    code: ClassVar[str] = "packs.broken"


class UnknownPack(Misused):
    """A pack that is not there."""

    code: ClassVar[str] = "packs.unknown"


class Row(Mapping[str, Value]):
    """One row of a pack: column name to value, an empty cell being None.

    `day`, `whole`, `amount` and `text` give a cell that must be filled, in its type.
    """

    __slots__ = ("_cells",)

    def __init__(self, cells: Mapping[str, Value]) -> None:
        self._cells = dict(cells)

    def __getitem__(self, column: str) -> Value:
        return self._cells[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def __repr__(self) -> str:
        return f"Row({self._cells!r})"

    def day(self, column: str) -> date:
        """The day in `column`."""
        value = self._cells[column]
        if not isinstance(value, date):
            raise TypeError(f"{column} holds {value!r}, not a day")
        return value

    def whole(self, column: str) -> int:
        """The whole number in `column`."""
        value = self._cells[column]
        if not isinstance(value, int):
            raise TypeError(f"{column} holds {value!r}, not a whole number")
        return value

    def amount(self, column: str) -> Decimal:
        """The decimal number in `column`."""
        value = self._cells[column]
        if not isinstance(value, Decimal):
            raise TypeError(f"{column} holds {value!r}, not a decimal number")
        return value

    def text(self, column: str) -> str:
        """The text in `column`."""
        value = self._cells[column]
        if not isinstance(value, str):
            raise TypeError(f"{column} holds {value!r}, not a text")
        return value


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as read.

    `rows`: one row per key and period, in the order of the file. `about`: the TOML.
    `key`: the columns that tell rows of one day apart. `sha256`: of the files, as hex digits, by
    "csv" and "toml"; a result names the packs that it used by these.
    """

    name: str
    rows: tuple[Row, ...]
    about: Mapping[str, Any]
    key: tuple[str, ...]
    sha256: Mapping[str, str]

    @property
    def title(self) -> str:
        """What the pack is, in one line."""
        return str(self.about["title"])


def read(name: str) -> Pack:
    """Read the pack called `name`.

    Raises:
        UnknownPack: there is no such pack, or its name is not of the form `jurisdiction/subject`.
        BrokenPack: the pack does not keep its own declaration; the row is named.
    """
    if not _NAME.fullmatch(name):
        raise UnknownPack(
            f"Cannot read the pack {name!r}.",
            "A pack is named by jurisdiction and subject, in small letters.",
            f"Ask for one of: {', '.join(names())}.",
            pack=name,
        )
    if name.startswith(f"{OWN}/"):
        return _read_files(name, _own_folder(name), name.removeprefix(f"{OWN}/"))
    return _read_published(name)


def names() -> list[str]:
    """The name of every pack there is, published and own, in order."""
    published = [
        f"{jurisdiction.name}/{entry.name.removesuffix('.csv')}"
        for jurisdiction in files("entrepot.packs").iterdir()
        if jurisdiction.is_dir() and jurisdiction.name != OWN
        for entry in jurisdiction.iterdir()
        if entry.name.endswith(".csv")
    ]
    folder = os.environ.get(FOLDER_VARIABLE, "")
    own = [f"{OWN}/{path.stem}" for path in Path(folder).glob("*.csv")] if folder else []
    return sorted(published + own)


def in_force(pack: Pack, on: date, **keys: Value) -> Row | None:
    """The row of `pack` in force on the day `on` for these `keys`; None where there is none.

    Every key column of the pack must be given: a key left out would pick a row of another case.
    """
    if set(keys) != set(pack.key):
        raise ValueError(f"{pack.name} is keyed by {pack.key}, not by {tuple(keys)}")
    for row in pack.rows:
        if any(row[column] != wanted for column, wanted in keys.items()):
            continue
        ends = row["valid_to"]
        if row.day("valid_from") <= on and (ends is None or on < row.day("valid_to")):
            return row
    return None


@cache
def _read_published(name: str) -> Pack:
    """Read a pack that ships with the program; its files cannot change while it runs."""
    jurisdiction, subject = name.split("/")
    return _read_files(name, files("entrepot.packs") / jurisdiction, subject)


def _own_folder(name: str) -> Path:
    """The folder of the firm's own packs."""
    folder = os.environ.get(FOLDER_VARIABLE, "")
    if not folder:
        raise UnknownPack(
            f"Cannot read the pack {name}.",
            f"{FOLDER_VARIABLE} is not set, so there are no packs of your own.",
            f"Set {FOLDER_VARIABLE} to the folder that holds them.",
            pack=name,
        )
    return Path(folder)


def _read_files(name: str, folder: Traversable | Path, subject: str) -> Pack:
    """Read the CSV and the TOML of one pack and hold the rows against the declaration."""
    table, about_file = folder / f"{subject}.csv", folder / f"{subject}.toml"
    for file, holds in ((table, "figures"), (about_file, "declaration")):
        if not file.is_file():
            raise UnknownPack(
                f"Cannot read the pack {name}.",
                f"The file with its {holds}, {file.name}, is not there.",
                f"Ask for one of: {', '.join(names())}.",
                pack=name,
            )
    figures, declaration = table.read_bytes(), about_file.read_bytes()
    about = _about(name, declaration)
    key, rows = tuple(about["key"]), _rows(name, figures, about)
    _refuse_overlaps(name, key, rows)
    return Pack(
        name=name,
        rows=rows,
        about=about,
        key=key,
        sha256={
            "csv": hashlib.sha256(figures).hexdigest(),
            "toml": hashlib.sha256(declaration).hexdigest(),
        },
    )


def _about(name: str, declaration: bytes) -> dict[str, Any]:
    """The TOML, with every entry it must have."""
    try:
        about = tomllib.loads(declaration.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise _broken(name, f"Its TOML cannot be read: {fault}.", "Mend the TOML file.") from fault
    absent = [entry for entry in ABOUT if not about.get(entry) and entry != "key"]
    if absent or not isinstance(about.get("key"), list):
        wanted = ", ".join(absent or ["key"])
        raise _broken(name, f"Its TOML does not say: {wanted}.", "Add it to the TOML file.")
    for column, kind in about["columns"].items():
        if kind not in ("VARCHAR", "INTEGER", "DATE") and not _DECIMAL_TYPE.fullmatch(kind):
            raise _broken(
                name,
                f"Column {column} is declared as {kind}.",
                "Declare it as VARCHAR, INTEGER, DATE or DECIMAL(18,2).",
            )
    unknown = [column for column in about["key"] if column not in about["columns"]]
    if unknown:
        raise _broken(name, f"Its key names {unknown[0]}, no column.", "Mend `key` in the TOML.")
    return about


def _rows(name: str, figures: bytes, about: Mapping[str, Any]) -> tuple[Row, ...]:
    """Every row of the CSV in its declared types."""
    kinds = {**about["columns"], **EVERY_PACK}
    may_be_empty = {"valid_to", *about.get("empty", ())}
    try:
        lines = list(csv.reader(io.StringIO(figures.decode("utf-8"), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as fault:
        raise _broken(name, f"Its CSV cannot be read: {fault}.", "Mend the CSV file.") from fault
    if not lines or lines[0] != list(kinds):
        raise _broken(
            name,
            f"Its first line is {','.join(lines[0]) if lines else 'missing'}.",
            f"Write {','.join(kinds)}, or declare the columns in the TOML.",
        )
    rows = []
    for number, cells in enumerate(lines[1:], start=1):
        where = f"Row {number}"
        if len(cells) != len(kinds):
            raise _broken(
                name,
                f"{where} has {len(cells)} cells; the pack has {len(kinds)} columns.",
                "Give every column its cell, in quotes where it holds a comma.",
                row=number,
            )
        values = {
            column: _value(name, number, column, kind, cell, column in may_be_empty)
            for (column, kind), cell in zip(kinds.items(), cells, strict=True)
        }
        _refuse_odd_row(name, number, values)
        rows.append(Row(values))
    return tuple(rows)


def _value(name: str, number: int, column: str, kind: str, cell: str, may_be_empty: bool) -> Value:
    """One cell in its declared type."""
    if not cell:
        if may_be_empty:
            return None
        raise _broken(
            name,
            f"Row {number}, {column}: empty.",
            f"Fill it, or list {column} under `empty` in the TOML.",
            row=number,
        )
    try:
        if kind == "DATE" and _DAY.fullmatch(cell):
            return date.fromisoformat(cell)
        if kind == "INTEGER" and _WHOLE.fullmatch(cell):
            return int(cell)
        if kind == "VARCHAR":
            return cell
        if (declared := _DECIMAL_TYPE.fullmatch(kind)) and _fits(cell, declared):
            return Decimal(cell)
    except ValueError:
        pass  # 2026-02-30 has the form of a day and is none: refused below like all others
    raise _broken(
        name, f'Row {number}, {column}: "{cell}" is no {kind}.', "Correct the cell.", row=number
    )


def _fits(cell: str, declared: re.Match[str]) -> bool:
    """True where `cell` is a decimal number with no more digits than declared."""
    digits, places = int(declared[1]), int(declared[2])
    found = re.fullmatch(r"-?(\d+)(?:\.(\d+))?", cell)
    if not found:
        return False
    return len(found[1]) <= digits - places and len(found[2] or "") <= places


def _refuse_odd_row(name: str, number: int, values: Mapping[str, Value]) -> None:
    """Refuse a row that ends before it starts or does not say how sure it is."""
    starts, ends = values["valid_from"], values["valid_to"]
    if isinstance(starts, date) and isinstance(ends, date) and ends <= starts:
        raise _broken(
            name,
            f"Row {number} starts on {starts} and ends on {ends}.",
            "valid_to is the first day that is no longer in force.",
            row=number,
        )
    if values["confidence"] not in CONFIDENCE:
        raise _broken(
            name,
            f'Row {number}, confidence: "{values["confidence"]}".',
            f"Write one of {', '.join(CONFIDENCE)}.",
            row=number,
        )


def _refuse_overlaps(name: str, key: tuple[str, ...], rows: tuple[Row, ...]) -> None:
    """Refuse two rows of one key that are in force on one day."""
    numbered: dict[tuple[Value, ...], list[tuple[date, date, int]]] = {}
    for number, row in enumerate(rows, start=1):
        ends = row["valid_to"]
        period = (row.day("valid_from"), row.day("valid_to") if ends else date.max, number)
        numbered.setdefault(tuple(row[column] for column in key), []).append(period)
    for values, periods in numbered.items():
        periods.sort()
        for (_, ends_on, earlier), (starts_on, _, later) in pairwise(periods):
            if starts_on < ends_on:
                raise _broken(
                    name,
                    f"Rows {earlier} and {later} are both in force on {starts_on}"
                    f" for {', '.join(map(str, values)) or 'everything'}.",
                    "End the earlier row on the day the later one starts.",
                    row=later,
                )


def _broken(name: str, found: str, remedy: str, **facts: object) -> BrokenPack:
    """The error for a pack that does not keep its declaration."""
    return BrokenPack(f"Cannot use the pack {name}.", found, remedy, pack=name, **facts)
