# SPDX-License-Identifier: Apache-2.0
"""Take bank statements into the tables: every booking once, however many messages tell of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.bank.actions import Read
from entrepot.bank.footing import EXPECTED, residual
from entrepot.bank.matching import Arrival
from entrepot.bank.mistakes import Contradicting, Unreadable
from entrepot.bank.tables import Entry, Statement
from entrepot.engine.mistakes import Mistake, refusal
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.reconciling.models import BankStatement, MoneyFile
from entrepot.reconciling.refusals import MoneyMissing
from entrepot.reconciling.storing import copy_rows, make_beside
from entrepot.reconciling.telling_again import Known, Span, Told, tell

#: Characters of a number of an account, and of a text of an entry: longer ones are cut.
LONGEST_ACCOUNT, LONGEST_TEXT = 80, 2_000
PENDING, DEBIT, OTHER_CURRENCY = "pending", "debit", "other_currency"

_COLUMNS: Final = """
    id uuid, statement_id uuid, row bigint, account text, dated_on date, booked_on date,
    valued_on date, amount bigint, currency text, status text, reference text, texts text[],
    counterparty text, counterparty_account text, text text, instructed bigint,
    instructed_currency text, rate text, charges bigint, balance bigint, aside text
"""
_NAMES: Final = ", ".join(each.split()[0] for each in _COLUMNS.split(","))
_STORE: Final = f"""
    INSERT INTO reconciling_bankline (enterprise_id, {_NAMES})
    SELECT %(enterprise)s, {_NAMES} FROM money_entries
"""
_KNOWN: Final = """
    SELECT l.id, s.kind, l.account, l.dated_on, l.amount, l.reference, l.text, l.balance,
        i.match_id IS NOT NULL
    FROM reconciling_bankline AS l
    JOIN reconciling_bankstatement AS s ON s.enterprise_id = l.enterprise_id
        AND s.id = l.statement_id
    LEFT JOIN reconciling_item AS i ON i.enterprise_id = l.enterprise_id AND i.stage = 'bank'
        AND i.subject = l.id::text
    WHERE l.enterprise_id = %(enterprise)s AND l.account = ANY(%(accounts)s)
        AND l.dated_on BETWEEN %(first)s AND %(last)s AND l.status = 'booked'
        AND (l.aside IN ('', 'debit') OR i.match_id IS NOT NULL)
"""
#: What a better message tells of by now counts there.
_GONE: Final = (
    """
    UPDATE reconciling_bankline SET aside = 'covered'
    WHERE enterprise_id = %(enterprise)s AND id = ANY(%(gone)s)
    """,
    """
    UPDATE reconciling_item SET state = 'aside', found = '', proposal = NULL
    WHERE enterprise_id = %(enterprise)s AND stage = 'bank' AND match_id IS NULL
        AND subject = ANY(%(subjects)s)
    """,
)
#: Credits are open; debits wait aside, for a payout below zero may want one of them.
_ITEMS: Final = """
    INSERT INTO reconciling_item (enterprise_id, id, stage, subject, number, channel, opened_on,
        currency, amount, state, found)
    SELECT %(enterprise)s, gen_random_uuid(), 'bank', id::text,
        left(coalesce(nullif(text, ''), nullif(counterparty, ''), reference), 80), account,
        dated_on, currency, amount, CASE WHEN aside = '' THEN 'open' ELSE 'aside' END,
        CASE WHEN aside = '' THEN 'new' ELSE '' END
    FROM money_entries WHERE aside IN ('', 'debit')
"""


def take(cursor: Cursor[Any], source: MoneyFile, read: Read, today: date) -> dict[str, int]:
    """Store what was read of a bank; nobody else may be at it (`storing.alone`).

    Returns:
        statements and lines that were read and stored; how many lines count, and how many not.

    Raises:
        Unreadable: accounts that are too long; every one is said.
        Contradicting: a statement of which something else was read before.
        MoneyMissing: not every line is in the tables: a mistake of the program.
    """
    _refuse_long(source.file, read.statements)
    fresh = _unknown(source, read.statements)
    stored = [_statement(source, each) for each in fresh]
    BankStatement.objects.bulk_create(stored, batch_size=1_000)
    entries = [
        (row.id, statement, entry, entry.day or statement.ends or today)
        for row, statement in zip(stored, fresh, strict=True)
        for entry in statement.entries
    ]
    asides = _asides(cursor, entries, fresh)
    make_beside(cursor, "money_entries", _COLUMNS)
    copy_rows(cursor, "money_entries", _rows(entries, asides))
    given: dict[str, Any] = {"enterprise": acting().enterprise}
    count = cursor.execute(_STORE.encode(), given).rowcount
    if count != len(entries):
        raise MoneyMissing(
            f"Cannot take over {source.file}.",
            f"{len(entries):,} entries were read, and {count:,} were stored.",
            "This is a mistake of the program: report it. Nothing was stored.",
        )
    cursor.execute(_ITEMS, given)
    return {
        "statements": len(fresh), "known_statements": len(read.statements) - len(fresh),
        "lines": len(entries), "credits": sum(1 for each in asides if each == ""),
        "aside": sum(1 for each in asides if each),
        "findings": sum(1 for each in read.findings if each.code not in EXPECTED),
    }  # fmt: skip


def _refuse_long(file: str, statements: Sequence[Statement]) -> None:
    mistakes = [
        Mistake(
            each.file, each.row, "account", f'"{each.account[:60]}…"',
            f"at most {LONGEST_ACCOUNT} characters", "Look at the row.",
        )
        for each in statements
        if len(each.account) > LONGEST_ACCOUNT
    ]  # fmt: skip
    if mistakes:
        raise refusal(Unreadable, f"Cannot take over {file}.", mistakes, "Correct the file.")


def _digest(statement: Statement) -> bytes:
    return hashlib.sha256(repr(statement.said()).encode()).digest()


def _unknown(source: MoneyFile, statements: Sequence[Statement]) -> list[Statement]:
    """Those that are not there already.

    Raises:
        Contradicting: of one account, number, page and period something else is there.
    """
    accounts = {each.account for each in statements}
    known = {
        _key(each.kind, each.account, each.currency, each.identity, each.number, each.page): each
        for each in BankStatement.objects.filter(account__in=accounts)
        # A table has no number of its own; its rows are told apart one by one.
        if each.kind != "table"
    }
    fresh, mistakes = [], []
    for each in statements:
        key = _key(each.kind, each.account, each.currency, each.identity[:200], each.number,
                   each.page[:20])  # fmt: skip
        there = known.get(key)
        if there is None or each.kind == "table":
            fresh.append(each)
        elif bytes(there.digest) != _digest(each):
            found = f"another statement {each.identity} of {each.account}"
            mistakes.append(
                Mistake(
                    each.file, each.row, "", found, "what was read before", "Look which counts."
                )
            )
    if mistakes:
        raise refusal(
            Contradicting, f"Cannot take over {source.file}.", mistakes,
            "Ask the bank which statement counts.",
        )  # fmt: skip
    return fresh


def _key(*parts: object) -> tuple[object, ...]:
    return parts


def _days(statement: Statement) -> list[date]:
    its = (statement.begins, statement.ends, *(entry.day for entry in statement.entries))
    return [day for day in its if day]


def _statement(source: MoneyFile, said: Statement) -> BankStatement:
    days = _days(said)
    return BankStatement(
        source=source, row=said.row, kind=said.kind, account=said.account, currency=said.currency,
        identity=said.identity[:200], number=said.number, page=said.page[:20],
        begins_on=min(days, default=None), ends_on=max(days, default=None),
        opening=said.opening.amount.minor if said.opening else None,
        closing=said.closing.amount.minor if said.closing else None,
        residual=residual(said), entries=len(said.entries), digest=_digest(said),
    )  # fmt: skip


def _asides(
    cursor: Cursor[Any],
    entries: Sequence[tuple[UUID, Statement, Entry, date]],
    fresh: Sequence[Statement],
) -> list[str]:
    """Why each entry is none that a payout could be; what is told better by now is put aside."""
    if not entries:
        return []
    days = [day for *_, day in entries] + [day for each in fresh for day in _days(each)]
    accounts = sorted({each.account for each in fresh})
    given = {
        "enterprise": acting().enterprise, "accounts": accounts, "first": min(days),
        "last": max(days),
    }  # fmt: skip
    known = [
        Known(id, kind, account, day, amount, _said(reference, text, balance), is_matched)
        for id, kind, account, day, amount, reference, text, balance, is_matched in cursor.execute(
            _KNOWN.encode(), given
        )
    ]
    # The new statements are stored by now, and are no better than themselves.
    before = [
        Span(each.kind, each.account, each.begins_on, each.ends_on)
        for each in BankStatement.objects.filter(account__in=accounts)
        if each.begins_on and each.ends_on
    ]
    spans = [Span(s.kind, s.account, min(d), max(d)) for s in fresh if (d := _days(s))]
    booked = [each for each in entries if each[2].status == "booked"]
    new = [
        Told(s.kind, s.account, day, e.amount.minor, _said(
            e.reference, e.text[:LONGEST_TEXT], e.balance.minor if e.balance else None))
        for _, s, e, day in booked
    ]  # fmt: skip
    found, gone = tell(new, spans, known, before)
    cursor_given = {**given, "gone": gone, "subjects": [str(each) for each in gone]}
    for statement in _GONE if gone else ():
        cursor.execute(statement.encode(), cursor_given)
    told = iter(found)
    return [_aside(s, e, next(told)) if e.status == "booked" else PENDING for _, s, e, _ in entries]


def _aside(statement: Statement, entry: Entry, again: str) -> str:
    if again:
        return again
    if entry.amount.currency != statement.currency:
        return OTHER_CURRENCY
    return "" if entry.amount.minor > 0 else DEBIT


def _said(reference: str, text: str, balance: int | None) -> str:
    return reference or f"{text}\x1f{balance}"


def _rows(
    entries: Sequence[tuple[UUID, Statement, Entry, date]], asides: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    for (of, statement, entry, day), aside in zip(entries, asides, strict=True):
        arrival = Arrival(statement, entry, day)
        texts = [each[:LONGEST_TEXT] for each in dict.fromkeys(arrival.texts) if each]
        instructed = entry.instructed
        yield (
            new_id(), of, entry.row, statement.account, day, entry.booked_on, entry.valued_on,
            entry.amount.minor, entry.amount.currency, entry.status, entry.reference[:200], texts,
            entry.counterparty[:LONGEST_TEXT], entry.counterparty_account[:200],
            entry.text[:LONGEST_TEXT], instructed.minor if instructed else None,
            instructed.currency if instructed else "", entry.rate[:60], arrival.charges,
            entry.balance.minor if entry.balance else None, aside,
        )  # fmt: skip
