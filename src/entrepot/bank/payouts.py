# SPDX-License-Identifier: Apache-2.0
"""Reads payouts: what `entrepot settlement read --json` prints, or a table of them.

Where a payer converts a settlement before it pays, what it says it paid is what should arrive.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

from entrepot.bank.mistakes import Unreadable
from entrepot.bank.money import digits, signed_units
from entrepot.bank.tables import Money, Payout
from entrepot.engine.mistakes import Mistake, refusal, shown
from entrepot.errors import Misused

COLUMNS = ("id", "paid_on", "amount", "currency", "reference", "account")
NEEDED = COLUMNS[:4]
#: Bytes of the file.
LARGEST = 256 << 20
_LONGEST = 1_000


def read_payouts(path: Path) -> tuple[list[Payout], list[dict[str, str]]]:
    """The payouts of a file, and the settlements in it that state no payout yet.

    Raises:
        Misused: there is no such file.
        Unreadable: with every mistake; two payouts of one number are one.
    """
    asked = f"Cannot read the payouts of {path.name}."
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        remedy = "Give what `entrepot settlement read --json` printed, or a CSV."
        raise Misused(asked, f"{path}: {error.strerror}.", remedy) from error
    reader = _Reader(path.name)
    try:
        if len(data) > LARGEST:
            raise ValueError(f"more than {LARGEST >> 20} MB")
        text = data.decode("utf-8-sig")
        left_out = reader.settlements(text) if text.lstrip()[:1] == "{" else reader.table(text)
    except (ValueError, RecursionError, csv.Error) as error:
        found = shown(str(error).splitlines()[0])
        reader.fault(None, "", found, "what settlement read --json prints, or a CSV in UTF-8")
        left_out = []
    if reader.mistakes:
        remedy = f"A table has the columns {', '.join(COLUMNS)}, the last two if they are known."
        raise refusal(Unreadable, asked, reader.mistakes, remedy)
    return list(reader.found.values()), left_out


class _Reader:
    """Gathers payouts and mistakes of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []
        self.found: dict[str, Payout] = {}

    def fault(self, row: int | None, column: str, found: str, expected: str) -> None:
        self.mistakes.append(Mistake(self.file, row, column, found, expected, "Correct it."))

    def settlements(self, text: str) -> list[dict[str, str]]:
        said = json.loads(text, parse_float=str, parse_int=str)
        rows = said.get("settlements")
        if not isinstance(rows, list):
            raise ValueError("no settlements")
        left_out = []
        for place, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                self.fault(place, "settlements", shown(str(row)), "an object")
                continue
            identity, amount = _cell(row, "settlement"), _cell(row, "payout")
            currency = _cell(row, "currency")
            if _cell(row, "paid"):
                amount, currency = _cell(row, "paid"), _cell(row, "paid_currency")
            if not amount or not row.get("deposited_on"):
                why = "payout" if not amount else "deposited_on"
                left_out.append({"settlement": identity, "why": f"It states no {why}."})
                continue
            cells = {
                "id": identity,
                "paid_on": _cell(row, "deposited_on")[:10],
                "amount": amount,
                "currency": currency,
                "reference": identity,
            }
            self.take(place, cells)
        return left_out

    def table(self, text: str) -> list[dict[str, str]]:
        first = text.partition("\n")[0]
        mark = max(",;\t", key=first.count)
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        header = [name.strip().lower() for name in next(lines, [])]
        for name in NEEDED:
            if header.count(name) != 1:
                self.fault(1, name, f"it {header.count(name)} times", "this column once")
        if self.mistakes:
            return []
        at = lines.line_num
        for cells in lines:
            row, at = at + 1, lines.line_num
            if not any(cells):
                continue
            if len(cells) != len(header):
                self.fault(row, "", f"{len(cells)} cells", f"{len(header)}, as in the header")
                continue
            self.take(row, {k: v.strip() for k, v in zip(header, cells, strict=True)})
        return []

    def take(self, row: int, cells: dict[str, str]) -> None:
        before = len(self.mistakes)
        identity, currency = cells["id"], cells["currency"]
        minor: int | None = None
        if not identity or len(identity) > _LONGEST:
            self.fault(row, "id", shown(identity), "the number of the payout")
        if currency not in digits():
            self.fault(row, "currency", shown(currency), "the code of a currency")
        else:
            minor = signed_units(cells["amount"], digits()[currency])
            if minor is None:
                found = shown(cells["amount"])
                self.fault(row, "amount", found, f"an amount in {currency} with a decimal point")
        try:
            paid_on = date.fromisoformat(cells["paid_on"])
        except ValueError:
            self.fault(row, "paid_on", shown(cells["paid_on"]), "a day such as 2026-03-25")
            return
        if len(self.mistakes) > before or minor is None:
            return
        reference = cells.get("reference", "") or identity
        money = Money(minor, currency)
        payout = Payout(identity, paid_on, money, reference, cells.get("account", ""))
        if self.found.setdefault(identity, payout) != payout:
            self.fault(row, "id", shown(identity), "one payout of this number, not two that differ")


def _cell(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
