# SPDX-License-Identifier: Apache-2.0
"""Files of tariffs, goods and accepted lines as rows: CSV or Excel, all mistakes at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from entrepot.catalog.forms import Fault
from entrepot.catalog.nouns import Noun, check_fields, complete
from entrepot.catalog.reading import Unreadable, open_sheet
from entrepot.customs.classifying.refusals import FaultyTable
from entrepot.customs.classifying.tables import ACCEPTED, GOODS, TARIFF, Accepted, Goods, TariffLine
from entrepot.engine.mistakes import Mistake, refusal

_REMEDY: Final = "Correct the cell."


def read_tariff(file: str, content: bytes) -> list[TariffLine]:
    """The lines of a tariff, in the order of the file.

    Raises:
        FaultyTable: with every mistake; also lines twice, and periods of a code that overlap.
        UnreadableFile, TooLargeFile: it is no such table.
    """
    rows, mistakes = _rows(TARIFF, file, content)
    lines = [(row, TariffLine(**values)) for row, values in rows.items()]
    by_code: dict[str, list[tuple[int, TariffLine]]] = {}
    for row, line in lines:
        by_code.setdefault(line.hs_code, []).append((row, line))
    for its in by_code.values():
        mistakes += _overlapping(file, its)
    if mistakes:
        raise faulty(file, mistakes)
    return [line for _, line in lines]


def read_goods(file: str, content: bytes) -> list[Goods]:
    """Goods as they are declared, each once.

    Raises:
        FaultyTable, UnreadableFile, TooLargeFile: as `read_tariff`.
    """
    rows, mistakes = _rows(GOODS, file, content)
    seen: dict[str, int] = {}
    found = []
    for row, values in rows.items():
        sku = values["sku"]
        if (first := seen.setdefault(sku, row)) != row:
            told = f"{sku}, as row {first} has it"
            mistakes.append(_mistake(file, row, "sku", told, "each once", "Take it out."))
        found.append(Goods(**values))
    if mistakes:
        raise faulty(file, mistakes)
    return found


def read_accepted(file: str, content: bytes) -> list[Accepted]:
    """Lines that were accepted.

    Raises:
        FaultyTable, UnreadableFile, TooLargeFile: as `read_tariff`.
    """
    rows, mistakes = _rows(ACCEPTED, file, content)
    if mistakes:
        raise faulty(file, mistakes)
    return [Accepted(**values) for values in rows.values()]


def goods_of(given: Mapping[str, object]) -> tuple[Goods, list[Fault]]:
    """Goods out of fields that somebody typed or sent, and what is wrong with them."""
    kept, faults = check_fields(GOODS, given)
    whole, more = complete(GOODS, kept, None)
    return Goods(**{name: whole[name] for name in GOODS.names}), [*faults, *more]


def faulty(file: str, mistakes: Sequence[Mistake]) -> FaultyTable:
    """One refusal of a file."""
    asked, remedy = f"Cannot take {file}.", "Correct the file, and send it again."
    return refusal(FaultyTable, asked, mistakes, remedy)


def _overlapping(file: str, its: list[tuple[int, TariffLine]]) -> Iterator[Mistake]:
    """Lines of one HS code, by their rows, that say two things of one day."""
    its.sort(key=lambda each: (each[1].valid_from, each[0]))
    for (first, line), (row, later) in pairwise(its):
        if later.valid_from == line.valid_from:
            told = f"{line.hs_code} from {line.valid_from}, as row {first} has it"
            yield _mistake(file, row, "valid_from", told, "each once", "Take it out.")
        elif line.valid_to is not None and line.valid_to > later.valid_from:
            told = f"{line.valid_to}, and row {row} begins on {later.valid_from}"
            expected = "periods of one HS code that do not overlap"
            yield _mistake(file, first, "valid_to", told, expected, _REMEDY)


def _rows(noun: Noun, file: str, content: bytes) -> tuple[dict[int, dict[str, Any]], list[Mistake]]:
    """The rows of a file by their numbers, whole, and what is wrong with the others."""
    sheet = open_sheet(noun, file, content)
    mistakes: list[Mistake] = []
    found: dict[int, dict[str, Any]] = {}
    for row, cells in sheet.rows:
        given: dict[str, object] = {}
        faults: list[Fault] = []
        # Cells right of the headings belong to no column.
        for name, cell in zip(sheet.columns, cells, strict=False):
            if not name:
                continue
            if isinstance(cell, Unreadable):
                faults.append(Fault(name, cell.found, cell.expected, row))
            else:
                given[name] = cell
        kept, wrong = check_fields(noun, given, row)
        unread = {each.field for each in (*faults, *wrong)}
        missing = [
            Fault(each.name, "nothing", "a value", row)
            for each in noun.fields
            if each.must and each.name not in kept and each.name not in unread
        ]
        faults += [*wrong, *missing]
        whole: dict[str, Any] = {}
        if not faults:
            whole, faults = complete(noun, kept, None, row)
        if not faults:
            found[row] = whole
        mistakes += [_mistake(file, row, each.field, each.found, each.expected, _REMEDY)
                     for each in faults]  # fmt: skip
    if not found and not mistakes:
        remedy = "Fill it in below the headings."
        mistakes.append(_mistake(file, 2, "", "no rows", noun.plural, remedy))
    return found, mistakes


def _mistake(file: str, row: int, column: str, found: str, expected: str, remedy: str) -> Mistake:
    return Mistake(file, row, column, found, expected, remedy)
