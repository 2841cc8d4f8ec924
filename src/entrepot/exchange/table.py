# SPDX-License-Identifier: Apache-2.0
"""Reads a delimited table of rates by a mapping, or one in the form of a season's `fx_rates`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

from entrepot.engine.mistakes import Mistake, refusal, shown
from entrepot.exchange.mapping import COLUMNS, Mapping, Of
from entrepot.exchange.mistakes import Unreadable
from entrepot.exchange.parsing import (
    DATES,
    MARKS,
    bytes_of,
    day_of,
    digits,
    last_of_month,
    number_of,
    rows_of,
)
from entrepot.exchange.tables import CNY, LARGEST_RATE, MILLION, Quote

#: What rates are called that a season holds.
SEASON = "season"
HEADER = ("on", "currency", "cny_per_unit")
_REMEDY = "Correct the cell, or the mapping."
_LARGEST = Fraction(LARGEST_RATE, MILLION)


@dataclass(frozen=True, slots=True)
class Read:
    """A table as read: its file, sha256 and rates, in the order of its rows."""

    file: str
    sha256: str
    source: str
    quotes: tuple[Quote, ...]


def read_table(path: Path, mapping: Mapping) -> Read:
    """Read a table by its mapping.

    Raises:
        Misused: there is no such file.
        Unreadable: with every mistake in it.
    """
    asked = f"Cannot read the rates of {path.name}."
    content, sha256 = bytes_of(path, asked)
    mistakes: list[Mistake] = []
    rows = rows_of(path.name, content, mapping.encoding, mapping.delimiter, mistakes)
    quotes = list(_Reader(path.name, mapping, mistakes).read(rows))
    if not quotes and not mistakes:
        mistakes.append(Mistake(path.name, None, "", "no rate", "at least one", _REMEDY))
    if mistakes:
        raise refusal(Unreadable, asked, mistakes, "Correct them and read again.")
    return Read(path.name, sha256, mapping.source, tuple(quotes))


class _Reader:
    def __init__(self, file: str, mapping: Mapping, mistakes: list[Mistake]) -> None:
        self.file, self.mapping, self.mistakes = file, mapping, mistakes
        self.places: dict[str, int] = {}
        self.codes = {of.named: code for code, of in mapping.currencies.items()}

    def fault(self, row: int, column: str, found: str, expected: str) -> None:
        self.mistakes.append(Mistake(self.file, row, column, found, expected, _REMEDY))

    def read(self, rows: Iterator[tuple[int, list[str]]]) -> Iterator[Quote]:
        row, header = next(rows, (1, []))
        wanted = {name: COLUMNS[ours] for ours, name in self.mapping.columns.items()}
        if not self.mapping.is_long:
            wanted |= {of.named: f"rates of {code}" for code, of in self.mapping.currencies.items()}
        for name, meaning in wanted.items():
            if header.count(name) != 1:
                found = "the column twice" if name in header else "no such column"
                self.fault(row, name, found, f"it once: {meaning}")
            else:
                self.places[name] = header.index(name)
        if self.mistakes:
            return
        for row, cells in rows:
            if len(cells) != len(header):
                self.fault(row, "", f"{len(cells)} cells", f"{len(header)}, as in the header")
            else:
                yield from self._row(row, cells)

    def _row(self, row: int, cells: list[str]) -> Iterator[Quote]:
        columns = self.mapping.columns
        on = day_of(cells[self.places[columns["on"]]], self.mapping.dates)
        if on is None:
            expected = f"a day such as {DATES[self.mapping.dates]}"
            self.fault(row, columns["on"], shown(cells[self.places[columns["on"]]]), expected)
            return
        if self.mapping.is_long:
            code = self.codes.get(cells[self.places[columns["currency"]]])
            # A currency that the mapping does not name is not asked for.
            named = {code: columns["rate"]} if code else {}
        else:
            named = {code: of.named for code, of in self.mapping.currencies.items()}
        for code, column in named.items():
            cell = cells[self.places[column]]
            if cell or self.mapping.is_long:
                yield from self._quote(row, on, code, column, cell)

    def _quote(self, row: int, on: date, code: str, column: str, cell: str) -> Iterator[Quote]:
        number = number_of(cell, MARKS[self.mapping.decimal])
        of = self.mapping.currencies[code]
        per_unit = _per_unit(number, of) if number else None
        if number is None or per_unit is None or per_unit > _LARGEST:
            expected = f"a rate above 0, up to twelve places, with a decimal {self.mapping.decimal}"
            self.fault(row, column, shown(cell), expected)
            return
        base, mark = self.mapping.base, MARKS[self.mapping.decimal]
        given = cell.replace(mark, ".")
        said = (
            f"{of.units} {base} = {given} {code}"
            if of.turned
            else f"{of.units} {code} = {given} {base}"
        )
        is_month = self.mapping.holds == "month"
        first = on.replace(day=1) if is_month else on
        until = last_of_month(on) if is_month else None
        yield Quote(self.mapping.source, code, base, first, until, per_unit, said, self.file, row)


def _per_unit(number: Fraction, of: Of) -> Fraction:
    return of.units / number if of.turned else number / of.units


def read_season_rates(path: Path) -> Read:
    """Read rates in the form of a season's `fx_rates`: on, currency, cny_per_unit.

    Raises:
        Misused: there is no such file.
        Unreadable: with every mistake in it.
    """
    asked = f"Cannot read the rates of {path.name}."
    content, sha256 = bytes_of(path, asked)
    mistakes: list[Mistake] = []
    quotes: list[Quote] = []
    rows = rows_of(path.name, content, "utf-8-sig", ",", mistakes)
    row, header = next(rows, (1, []))
    if tuple(header) != HEADER and not mistakes:
        found = shown(",".join(header))
        remedy = "Name the columns so, or say with --mapping how the table is to be read."
        mistakes.append(Mistake(path.name, row, "", found, ",".join(HEADER), remedy))
    for row, cells in () if mistakes else rows:
        faults = list(_season_faults(cells))
        mistakes += (Mistake(path.name, row, *fault, "Correct the cell.") for fault in faults)
        if not faults:
            on, currency, rate = cells
            said = f"1 {currency} = {rate} {CNY}"
            day = date.fromisoformat(on)
            number = Fraction(rate)
            quotes.append(Quote(SEASON, currency, CNY, day, None, number, said, path.name, row))
    if mistakes:
        raise refusal(Unreadable, asked, mistakes, "Correct them and read again.")
    return Read(path.name, sha256, SEASON, tuple(quotes))


def _season_faults(cells: list[str]) -> Iterator[tuple[str, str, str]]:
    if len(cells) != len(HEADER):
        yield "", f"{len(cells)} cells", str(len(HEADER))
        return
    on, currency, rate = cells
    if len(on) != 10 or on[4] != "-" or day_of(on, "ymd") is None:
        yield "on", shown(on), f"a day such as {DATES['ymd']}"
    if currency not in digits() or currency == CNY:
        yield "currency", shown(currency), "the code of a foreign currency"
    number = number_of(rate, ".")
    if number is None or number > _LARGEST or (number * MILLION).denominator != 1:
        yield "cny_per_unit", shown(rate), "a rate above 0 with at most six places"
