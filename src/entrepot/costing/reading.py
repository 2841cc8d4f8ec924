# SPDX-License-Identifier: Apache-2.0
"""Files of cost invoices: CSV or Excel, a row for each line; every mistake at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from entrepot.catalog.actions import unfit
from entrepot.catalog.forms import Fault, shown
from entrepot.catalog.importing import letters
from entrepot.catalog.nouns import check_fields, complete
from entrepot.catalog.reading import Sheet, Unreadable, open_sheet
from entrepot.costing.drafting import faults_of
from entrepot.costing.models import Invoice
from entrepot.costing.refusals import FaultyFile
from entrepot.costing.rules import ALL, CONSIGNMENT, CONTAINER, DECLARATION, NAMES, SALES, SHARES
from entrepot.costing.saying import NewInvoice, NewLine
from entrepot.costing.tables import LINES

#: What all rows of an invoice say alike.
_HEAD: Final = ("invoiced_on", "posted_on", "currency", "note")
_KEY: Final = ("payee", "number")
#: What a line paid for, where it does not say: the first of these that it names something of.
_TOLD_BY: Final = (
    ("declaration_no", DECLARATION),
    ("consignment", CONSIGNMENT),
    ("container_no", CONTAINER),
    ("shares", SHARES),
    *((name, SALES) for name in NAMES[SALES].takes),
)
#: Invoices that a file may have.
MOST_INVOICES: Final = 5_000


@dataclass(slots=True)
class _Rows:
    """An invoice as it is read: the row of each of its lines."""

    first: int
    head: Mapping[str, Any]
    rows: list[int] = field(default_factory=list)
    lines: list[NewLine] = field(default_factory=list)


def read(file: str, content: bytes) -> list[NewInvoice]:
    """The invoices of a file, in its order.

    Raises:
        FaultyFile: with every mistake, its row and column; also invoices that are there already.
        UnreadableFile, TooLargeFile: it is no such table.
    """
    sheet = open_sheet(LINES, file, content)
    faults: list[Fault] = []
    found: dict[tuple[str, str], _Rows] = {}
    for row, cells in sheet.rows:
        said = _row(sheet, row, cells, faults)
        if said is not None:
            faults += _taken(found, row, said)
    if not found and not faults:
        faults.append(Fault("", "no rows", LINES.plural, 2))
    if len(found) > MOST_INVOICES:
        faults.append(Fault("number", f"{len(found):,} invoices", f"at most {MOST_INVOICES:,}"))
    news = [
        NewInvoice(*key, its.head["invoiced_on"], its.head["currency"], its.lines,
                   its.head["posted_on"], its.head["note"])
        for key, its in found.items()
    ]  # fmt: skip
    # Of each by itself, so that a fault's line is known again as a row of the file.
    faults += _in_rows(news, list(found.values()))
    faults += _there_already(found)
    if faults:
        raise _faulty(file, sheet, faults)
    return news


def _row(
    sheet: Sheet, row: int, cells: Sequence[Any], faults: list[Fault]
) -> dict[str, Any] | None:
    """What a row says, or nothing where it cannot be read; then its faults are added."""
    given: dict[str, object] = {}
    wrong: list[Fault] = []
    for name, cell in zip(sheet.columns, cells, strict=False):
        if isinstance(cell, Unreadable) and name:
            wrong.append(Fault(name, cell.found, cell.expected, row))
        elif name:
            given[name] = cell
    kept, more = check_fields(LINES, given, row)
    wrong += more
    unread = {each.field for each in wrong}
    wrong += [
        Fault(each.name, "nothing", "a value", row)
        for each in LINES.fields
        if each.must and each.name not in kept and each.name not in unread
    ]
    if wrong:
        faults += wrong
        return None
    whole, _ = complete(LINES, kept, None, row)
    return whole


def _taken(found: dict[tuple[str, str], _Rows], row: int, said: Mapping[str, Any]) -> list[Fault]:
    """Put a row to its invoice; what it says otherwise than the first of it."""
    key = (said["payee"], said["number"])
    its = found.setdefault(key, _Rows(row, {name: said[name] for name in _HEAD}))
    its.rows.append(row)
    names = {name: said[name] for name in LINES.names if name not in (*_KEY, *_HEAD)}
    line = NewLine(**names)
    its.lines.append(line if line.paid_for else replace(line, paid_for=_paid_for(names)))
    return [
        Fault(name, shown(str(said[name] or "")), f"{its.head[name] or 'nothing'}, as row"
              f" {its.first} has it", row)
        for name in _HEAD
        if said[name] != its.head[name]
    ]  # fmt: skip


def _paid_for(names: Mapping[str, Any]) -> str:
    return next((purpose for name, purpose in _TOLD_BY if names[name] not in ("", None, ())), ALL)


def _in_rows(news: Sequence[NewInvoice], its: Sequence[_Rows]) -> list[Fault]:
    faults = []
    for new, rows in zip(news, its, strict=True):
        rows_of = rows.rows
        faults += [
            replace(each, row=rows_of[each.row - 1] if each.row else rows.first)
            for each in faults_of([new])
        ]
    return faults


def _there_already(found: Mapping[tuple[str, str], _Rows]) -> list[Fault]:
    payees = sorted({payee for payee, _ in found})
    numbers = sorted({number for _, number in found})
    there = Invoice.objects.filter(payee__in=payees, number__in=numbers)
    known = set(there.values_list("payee", "number"))
    return [
        Fault("number", shown(key[1]), f"one that is not there yet of {key[0]}", its.first)
        for key, its in found.items()
        if key in known
    ]


def _faulty(file: str, sheet: Sheet, faults: Sequence[Fault]) -> FaultyFile:
    """A refusal with every mistake, and the letter of the column that each is in."""
    error = unfit(FaultyFile, f"Cannot take over {file}.", faults, encoding=sheet.encoding)
    columns = list(sheet.columns)
    for each in cast(list[dict[str, object]], error.facts["faults"]):
        if each["field"] in columns:
            each["column"] = letters(columns.index(str(each["field"])))
    assert isinstance(error, FaultyFile)
    return error
