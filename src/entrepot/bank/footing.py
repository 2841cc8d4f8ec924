# SPDX-License-Identifier: Apache-2.0
"""Foots statements: opening + entries = closing, and says what does not fit.

Source: our own policy. Only what is booked counts. Statements of an account follow each other by
their numbers, and each opens with what the one before it closed with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from entrepot.bank.money import decimal
from entrepot.bank.tables import KINDS, Entry, Statement, follows

#: What is told though nothing is wrong: messages that state no balances are not there to be footed.
EXPECTED = ("no_balances", "pending", "covered")
REMEDIES = {
    "not_footed": "Ask the bank for the statement again, and look for entries that it leaves out.",
    "balance_missing": "Ask the bank for the whole statement: it cannot be footed.",
    "row_not_footed": "Fetch the table again: a row before this one is missing or was changed.",
    "no_balances": "Nothing: read the statement (camt.053, MT940) of the day once it is there.",
    "other_currency": "Ask the bank what this is: one account is held in one currency.",
    "parts_differ": "Look at the transactions of this entry; the entry itself counts.",
    "count_differs": "Ask the bank for the statement again: entries are missing or too many.",
    "number_missing": "Fetch the statements between these two and read them with them.",
    "chain_broken": "Fetch the statements between these two and read them with them.",
    "repeated_entry": "Look whether the bank booked twice; the second one is left out of matching.",
    "pending": "Nothing: it counts once it is booked.",
    "covered": "Nothing: the statement of that day counts.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not fit: where, by how much, and what to do is in REMEDIES."""

    code: str
    statement: Statement
    row: int
    found: str
    minor: int | None = None
    currency: str = ""


def booked(statement: Statement) -> Iterator[Entry]:
    """The entries that count for the balances of a statement."""
    for entry in statement.entries:
        if entry.status == "booked" and entry.amount.currency == statement.currency:
            yield entry


def residual(statement: Statement) -> int | None:
    """What is left of closing - opening - entries; None where balances are not both stated."""
    opening, closing = statement.opening, statement.closing
    if opening is None or closing is None:
        return None
    if {opening.amount.currency, closing.amount.currency} != {statement.currency}:
        return None
    total = sum(entry.amount.minor for entry in booked(statement))
    return closing.amount.minor - opening.amount.minor - total


def foot(statements: Sequence[Statement]) -> list[Finding]:
    """Everything that does not fit within statements and between them."""
    findings = [finding for each in statements for finding in _within(each)]
    for chain in _chains(statements):
        for before, after in pairwise(chain):
            findings += _between(before, after)
    findings += [
        Finding(
            "covered",
            statement,
            entry.row,
            f"Its day is in {over.file} {over.identity}.",
            entry.amount.minor,
            entry.amount.currency,
        )
        for statement, entry, over in covered(statements)
    ]
    return findings + [
        Finding(
            "repeated_entry",
            statement,
            entry.row,
            f"Entry {entry.reference} was in {first.file} {first.identity} before.",
            entry.amount.minor,
            entry.amount.currency,
        )
        for statement, entry, first in repeated(statements)
    ]


def _within(each: Statement) -> Iterator[Finding]:
    currencies = {e.amount.currency for e in each.entries if e.status == "booked"}
    currencies |= {b.amount.currency for b in (each.opening, each.closing) if b}
    left = residual(each)
    if others := currencies - {each.currency}:
        found = (
            f"The account is in {each.currency}; it states amounts in {', '.join(sorted(others))}."
        )
        yield Finding("other_currency", each, each.row, found)
    elif left is None:
        code = "balance_missing" if each.kind == "statement" else "no_balances"
        yield Finding(code, each, each.row, "It does not state both balances.")
    if left:
        total = sum(entry.amount.minor for entry in booked(each))
        assert each.opening
        assert each.closing
        opening, entries, closing = (
            decimal(minor, each.currency)
            for minor in (each.opening.amount.minor, total, each.closing.amount.minor)
        )
        found = f"{opening} and entries of {entries} do not come to {closing} {each.currency}."
        yield Finding("not_footed", each, each.row, found, left, each.currency)
    if each.counted not in (None, len(each.entries)):
        found = f"It counts {each.counted} entries and holds {len(each.entries)}."
        yield Finding("count_differs", each, each.row, found)
    yield from _sums(each)
    for before, after in pairwise(each.entries):
        if follows(before, after) is False and before.balance and after.balance:
            wanted = after.balance.minor - after.amount.minor
            away = wanted - before.balance.minor
            found = f"The balance before it must be {decimal(wanted, each.currency)}."
            yield Finding("row_not_footed", each, after.row, found, away, each.currency)
    for entry in each.entries:
        yield from _of_entry(each, entry)


def _sums(each: Statement) -> Iterator[Finding]:
    """Credits and debits against what the bank itself adds up; of all entries, as it does."""
    amounts = [e.amount.minor for e in each.entries if e.amount.currency == each.currency]
    plus, minus = sum(m for m in amounts if m > 0), -sum(m for m in amounts if m < 0)
    for name, stated, total in (("credits", each.credits, plus), ("debits", each.debits, minus)):
        if stated is not None and stated != total:
            said, found = decimal(stated, each.currency), decimal(total, each.currency)
            text = f"It states {name} of {said}, its entries come to {found} {each.currency}."
            yield Finding("count_differs", each, each.row, text, stated - total, each.currency)


def _of_entry(statement: Statement, entry: Entry) -> Iterator[Finding]:
    amount = entry.amount
    if entry.status == "pending":
        found = "It is not booked yet."
        yield Finding("pending", statement, entry.row, found, amount.minor, amount.currency)
    sums = [part.amount for part in entry.parts]
    if len(sums) > 1 and all(each and each.currency == amount.currency for each in sums):
        total = sum(each.minor for each in sums if each)
        charged = sum(c.minor for c in entry.charges if c.currency == amount.currency)
        if amount.minor not in (total, total + charged):
            left = amount.minor - total
            found = f"Its {len(sums)} transactions come to {decimal(total, amount.currency)}."
            yield Finding("parts_differ", statement, entry.row, found, left, amount.currency)


def _chains(statements: Sequence[Statement]) -> Iterator[list[Statement]]:
    """The statements of each account in the order of their days, numbers and pages."""
    accounts = defaultdict[tuple[str, str], list[Statement]](list)
    for each in statements:
        if each.kind == "statement":
            accounts[each.account, each.currency].append(each)
    for chain in accounts.values():
        yield sorted(
            chain,
            key=lambda s: (
                s.ends or date.max,
                s.number or 0,
                s.page.zfill(6),
                s.begins or date.min,
            ),
        )


def _between(before: Statement, after: Statement) -> Iterator[Finding]:
    if before.number is not None and after.number is not None:
        # A number may begin anew with the year, and pages of one statement share it.
        is_next = after.number - before.number in (0, 1)
        is_anew = bool(
            after.number == 1 and before.ends and after.ends and after.ends.year > before.ends.year
        )
        if not is_next and not is_anew:
            found = f"Statement {after.number} follows {before.number} ({before.file})."
            yield Finding("number_missing", after, after.row, found)
    if before.closing and after.opening and before.currency == after.currency:
        left = after.opening.amount.minor - before.closing.amount.minor
        if left and before.closing.amount.currency == after.opening.amount.currency:
            closed = decimal(before.closing.amount.minor, before.closing.amount.currency)
            opened = decimal(after.opening.amount.minor, after.opening.amount.currency)
            found = f"It opens with {opened}, the one before ({before.file}) closes with {closed}."
            yield Finding("chain_broken", after, after.row, found, left, after.currency)


def repeated(statements: Sequence[Statement]) -> list[tuple[Statement, Entry, Statement]]:
    """Entries with a reference of the bank that stood in an earlier message of the same kind."""
    first: dict[tuple[object, ...], Statement] = {}
    found = []
    for statement in statements:
        for entry in statement.entries:
            if not entry.reference or entry.status != "booked":
                continue
            key = (statement.kind, statement.account, entry.reference, entry.amount, entry.day)
            earlier = first.setdefault(key, statement)
            if earlier is not statement:
                found.append((statement, entry, earlier))
    return found


def moved(statements: Sequence[Statement]) -> list[tuple[Statement, Entry]]:
    """Every booking once: of statements all, of reports and notices what nothing better covers."""
    again = {id(entry) for _, entry, _ in repeated(statements)}
    again |= {id(entry) for _, entry, _ in covered(statements)}
    return [
        (statement, entry)
        for statement in statements
        for entry in statement.entries
        if entry.status == "booked" and id(entry) not in again
    ]


def covered(statements: Sequence[Statement]) -> list[tuple[Statement, Entry, Statement]]:
    """Entries of a report or notice whose day a better message of the account tells again.

    A statement is better than a report, a report better than a notice.
    """
    spans = defaultdict[str, list[tuple[int, date, date, Statement]]](list)
    for each in statements:
        days = [day for day in (each.begins, each.ends, *(e.day for e in each.entries)) if day]
        if days:
            span = (KINDS.index(each.kind), min(days), max(days), each)
            spans[each.account].append(span)
    found = []
    for statement in statements:
        rank = KINDS.index(statement.kind)
        better = [span for span in spans[statement.account] if span[0] < rank]
        for entry in statement.entries if better else ():
            day = entry.day
            over = next((s for _, low, high, s in better if day and low <= day <= high), None)
            if over:
                found.append((statement, entry, over))
    return found
