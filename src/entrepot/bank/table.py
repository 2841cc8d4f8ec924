# SPDX-License-Identifier: Apache-2.0
"""Reads any delimited table of a bank by a mapping: one statement per account and currency.

A table that runs from the latest to the earliest day is turned. Where it has the balance after each
row, the first tells the opening balance and the last the closing one; `footing` looks at those
between.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from itertools import pairwise

from entrepot.bank.mapping import COLUMNS, DATES, MARKS, Mapping
from entrepot.bank.money import digits, signed_units
from entrepot.bank.tables import Balance, Entry, Money, Part, Statement, follows
from entrepot.engine.mistakes import Mistake, shown

_REMEDY = "Correct the cell, or the mapping."
_DAYS = {
    "ymd": ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"),
    "dmy": ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y"),
    "mdy": ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y"),
}
#: Characters of one cell at most.
_LONGEST = 100_000


def read_table(file: str, text: str, mapping: Mapping) -> tuple[list[Statement], list[Mistake]]:
    """The statements of a table, and every mistake in it."""
    reader = _Reader(file, mapping)
    csv.field_size_limit(_LONGEST)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=mapping.delimiter, strict=True)
    try:
        header = next(lines, [])
        if not reader.take_header([name.strip() for name in header]):
            return [], reader.mistakes
        at = lines.line_num
        for cells in lines:
            row, at = at + 1, lines.line_num
            if any(cell.strip() for cell in cells):
                reader.take(row, cells)
    except csv.Error as error:
        reader.fault(lines.line_num, "", shown(str(error)), "a table")
    return reader.statements(), reader.mistakes


class _Reader:
    """Gathers entries by account and currency, with the balance after each."""

    def __init__(self, file: str, mapping: Mapping) -> None:
        self.file, self.mapping = file, mapping
        self.mistakes: list[Mistake] = []
        self.places: dict[str, int] = {}
        self.width = 0
        self.found: dict[tuple[str, str], list[Entry]] = {}

    def fault(self, row: int, column: str, found: str, expected: str) -> None:
        self.mistakes.append(Mistake(self.file, row, column, found, expected, _REMEDY))

    def take_header(self, names: list[str]) -> bool:
        self.width = len(names)
        for ours, theirs in self.mapping.columns.items():
            if names.count(theirs) != 1:
                found = "the column twice" if theirs in names else "no such column"
                self.fault(1, theirs, found, f"it once: {COLUMNS[ours]}")
            else:
                self.places[ours] = names.index(theirs)
        return not self.mistakes

    def take(self, row: int, cells: list[str]) -> None:
        if len(cells) != self.width:
            self.fault(row, "", f"{len(cells)} cells", f"{self.width}, as in the header")
            return
        said = {ours: cells[place].strip() for ours, place in self.places.items()}
        before = len(self.mistakes)
        account = self.mapping.account or said["account"]
        currency = self.mapping.currency or said["currency"]
        if not account:
            self.fault(row, self.mapping.columns["account"], "nothing", COLUMNS["account"])
        if currency not in digits():
            where = self.mapping.columns.get("currency", "currency")
            self.fault(row, where, shown(currency), "the code of a currency")
            return
        amount = self._sum(row, said, currency)
        balance = self._money(row, "balance", said, currency)
        charge = self._money(row, "charge", said, currency)
        booked, valued = self._day(row, "booked_on", said), self._day(row, "valued_on", said)
        instructed = self._instructed(row, said)
        if booked is None and not said["booked_on"]:
            self.fault(row, self.mapping.columns["booked_on"], "nothing", COLUMNS["booked_on"])
        if len(self.mistakes) > before or amount is None:
            return
        text = said.get("text", "")
        references = tuple(filter(None, [said.get("payment_reference", "")]))
        name, other = said.get("counterparty", ""), said.get("counterparty_account", "")
        entry = Entry(
            row,
            booked,
            valued,
            amount,
            "booked",
            False,
            said.get("reference", ""),
            references,
            name,
            other,
            text,
            said.get("code", ""),
            instructed=instructed,
            rate=said.get("rate", ""),
            charges=(Money(-abs(charge.minor), currency),) if charge and charge.minor else (),
            parts=(Part(amount, references, name, other, text),),
            balance=balance,
        )
        self.found.setdefault((account, currency), []).append(entry)

    def statements(self) -> list[Statement]:
        """One statement per account and currency, its entries from the earliest day on."""
        made = []
        for (account, currency), entries in self.found.items():
            if _is_turned(entries):
                entries.reverse()
            first, last = entries[0], entries[-1]
            opening = closing = None
            if first.balance and last.balance:
                before = first.balance.minor - first.amount.minor
                opening = Balance(Money(before, currency), first.booked_on)
                closing = Balance(last.balance, last.booked_on)
            made.append(
                Statement(
                    self.file,
                    min(entry.row for entry in entries),
                    "table",
                    self.file,
                    account,
                    currency,
                    None,
                    "",
                    first.booked_on,
                    last.booked_on,
                    opening,
                    closing,
                    tuple(entries),
                )
            )
        return made

    def _sum(self, row: int, said: dict[str, str], currency: str) -> Money | None:
        if "amount" in said:
            if not said["amount"]:
                self.fault(row, self.mapping.columns["amount"], "nothing", COLUMNS["amount"])
            return self._money(row, "amount", said, currency)
        credit = self._money(row, "credit", said, currency)
        debit = self._money(row, "debit", said, currency)
        if not said["credit"] and not said["debit"]:
            self.fault(row, self.mapping.columns["credit"], "nothing", "a credit or a debit")
        plus = credit.minor if credit else 0
        return Money(plus - abs(debit.minor if debit else 0), currency)

    def _instructed(self, row: int, said: dict[str, str]) -> Money | None:
        currency = said.get("instructed_currency", "")
        if not said.get("instructed") or not currency:
            return None
        if currency not in digits():
            where = self.mapping.columns["instructed_currency"]
            self.fault(row, where, shown(currency), "the code of a currency")
            return None
        return self._money(row, "instructed", said, currency)

    def _money(self, row: int, name: str, said: dict[str, str], currency: str) -> Money | None:
        if not said.get(name):
            return None
        places, mark = digits()[currency], self.mapping.decimal
        minor = signed_units(said[name], places, MARKS[mark])
        if minor is None:
            expected = f"an amount in {currency}, with a decimal {mark}"
            self.fault(row, self.mapping.columns[name], shown(said[name]), expected)
            return None
        return Money(minor, currency)

    def _day(self, row: int, name: str, said: dict[str, str]) -> date | None:
        if not said.get(name):
            return None
        for form in _DAYS[self.mapping.dates]:
            try:
                return datetime.strptime(said[name][:10], form).date()  # noqa: DTZ007
            except ValueError:
                continue
        expected = f"a day such as {DATES[self.mapping.dates]}"
        self.fault(row, self.mapping.columns[name], shown(said[name]), expected)
        return None


def _is_turned(entries: list[Entry]) -> bool:
    """Whether the latest row is the first: told by the days, within one day by the balances."""
    first, last = entries[0].booked_on, entries[-1].booked_on
    if first and last and first != last:
        return first > last
    down = sum(follows(one, other) is True for one, other in pairwise(entries))
    up = sum(follows(other, one) is True for one, other in pairwise(entries))
    return up > down
