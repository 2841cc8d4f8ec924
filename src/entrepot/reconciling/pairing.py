# SPDX-License-Identifier: Apache-2.0
"""What is open of payouts and bank lines, laid before the rules of `bank.matching`.

Source: our own policy, that of `bank.matching`, and: what a person took apart is proposed and never
matched by itself again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.bank.matching import NAMED_DAYS, Row, Rules, match
from entrepot.bank.naming import References
from entrepot.bank.tables import Entry, Money, Payout, Statement
from entrepot.people.tenancy import acting

UNDONE: Final = "undone"

_OWED: Final = """
    SELECT id, opened_on, amount, currency, number FROM reconciling_item
    WHERE enterprise_id = %(enterprise)s AND stage = 'payout' AND state = 'open'
    ORDER BY opened_on, id
"""
#: Debits take part only where a payout is below zero.
_CAME: Final = """
    SELECT i.id, l.account, l.currency, l.dated_on, l.amount, l.texts, l.instructed,
        l.instructed_currency, l.charges
    FROM reconciling_item AS i
    JOIN reconciling_bankline AS l ON l.enterprise_id = i.enterprise_id AND l.id = i.subject::uuid
    WHERE i.enterprise_id = %(enterprise)s AND i.stage = 'bank' AND i.opened_on >= %(first)s
        AND (i.state = 'open' OR %(debits)s AND i.state = 'aside' AND l.aside = 'debit')
    ORDER BY i.opened_on, i.id
"""
_WAITING: Final = """
    SELECT l.account, l.currency, l.dated_on, l.amount FROM reconciling_bankline AS l
    WHERE l.enterprise_id = %(enterprise)s AND l.aside = 'pending' AND l.dated_on >= %(first)s
        AND NOT EXISTS (SELECT FROM reconciling_bankline AS b
            WHERE b.enterprise_id = l.enterprise_id AND b.account = l.account
                AND b.dated_on >= l.dated_on AND b.status = 'booked' AND b.amount = l.amount)
"""
_SPANS: Final = """
    SELECT account, currency, min(begins_on), max(ends_on) FROM reconciling_bankstatement
    WHERE enterprise_id = %(enterprise)s GROUP BY account, currency
"""
_TAKEN_APART: Final = """
    SELECT array_agg(d.item_id) FROM reconciling_match AS u
    JOIN reconciling_matched AS d ON d.enterprise_id = u.enterprise_id
        AND d.match_id = u.undoes_id
    WHERE u.enterprise_id = %(enterprise)s AND u.undoes_id IS NOT NULL GROUP BY u.undoes_id
"""
_SETTLED: Final = """
    SELECT number FROM reconciling_item
    WHERE enterprise_id = %(enterprise)s AND stage = 'payout' AND state = 'proven'
        AND opened_on >= %(since)s
"""
_FIRST: Final = """
    SELECT min(dated_on) - 1 FROM reconciling_payout WHERE enterprise_id = %(enterprise)s
"""


@dataclass(frozen=True, slots=True)
class Paired:
    """Items that belong together or one that is open: `state` and `by` are those of the rules."""

    state: str
    by: str
    payouts: tuple[UUID, ...]
    credits: tuple[UUID, ...]
    owed: Money | None
    came: Money | None
    ended_on: date | None

    @property
    def items(self) -> tuple[UUID, ...]:
        """Both sides."""
        return self.payouts + self.credits


def pair(cursor: Cursor[Any], rules: Rules) -> list[Paired]:
    """Everything that is open of payouts and of credits, each in exactly one row."""
    given: dict[str, Any] = {"enterprise": acting().enterprise}
    owed = cursor.execute(_OWED, given).fetchall()
    payouts = [
        Payout(str(id), on, Money(amount, currency), number)
        for id, on, amount, currency, number in owed
    ]
    days = NAMED_DAYS[0]
    given["first"] = min((each.paid_on for each in payouts), default=date.min)
    if payouts:
        given["first"] -= timedelta(max(days, rules.before))
    given["debits"] = any(each.amount.minor < 0 for each in payouts)
    statements, items = _statements(cursor, given)
    apart = {frozenset(ids) for (ids,) in cursor.execute(_TAKEN_APART, given)}
    found = [_paired(row, items, apart) for row in match(payouts, statements, rules)]
    return _named(cursor, found, statements, items)


def _statements(
    cursor: Cursor[Any], given: dict[str, Any]
) -> tuple[list[Statement], dict[int, UUID]]:
    """One statement an account, since every line is told once by now; which item each entry is."""
    entries = defaultdict[tuple[str, str], list[Entry]](list)
    items = {}
    rows = cursor.execute(_CAME, given).fetchall()
    for at, (id, account, currency, day, amount, texts, instructed, paid_in, charges) in enumerate(
        rows
    ):
        entry = Entry(
            at, day, day, Money(amount, currency), references=tuple(texts),
            instructed=Money(instructed, paid_in) if instructed is not None else None,
            charges=(Money(-charges, currency),) if charges else (),
        )  # fmt: skip
        items[id_of(entry)] = id
        entries[account, currency].append(entry)
    for account, currency, day, amount in cursor.execute(_WAITING, given):
        entries[account, currency].append(Entry(0, day, day, Money(amount, currency), "pending"))
    made = [
        Statement("", 0, "statement", account, account, currency, None, "", begins, ends, None,
                  None, tuple(entries[account, currency]))
        for account, currency, begins, ends in cursor.execute(_SPANS, given)
    ]  # fmt: skip
    return made, items


def id_of(entry: Entry) -> int:
    """Which entry it is: two that say the same are two."""
    return id(entry)


def _paired(row: Row, items: dict[int, UUID], apart: set[frozenset[UUID]]) -> Paired:
    payouts = tuple(UUID(each.identity) for each in row.payouts)
    credits = tuple(items[id_of(each.entry)] for each in row.arrivals)
    state, by = row.state, row.by
    if state == "matched" and frozenset(payouts + credits) in apart:
        # A payout of zero has nothing to be matched with.
        state, by = ("proposed" if credits else "open"), UNDONE
    ended_on = max((each.day for each in row.arrivals), default=None)
    if ended_on is None and row.payouts:
        ended_on = row.payouts[0].paid_on
    return Paired(
        state, by, payouts, credits,
        total([each.amount for each in row.payouts]), total([each.amount for each in row.arrivals]),
        ended_on,
    )  # fmt: skip


def _named(
    cursor: Cursor[Any],
    found: list[Paired],
    statements: Sequence[Statement],
    items: dict[int, UUID],
) -> list[Paired]:
    """The same, looked at with the payouts that are matched: a credit that names one of them may be
    paid twice, and one before all of them is none.
    """
    entries = {items[id_of(e)]: e for s in statements for e in s.entries if id_of(e) in items}
    left = [
        at
        for at, each in enumerate(found)
        if each.state == "open" and each.by in ("no_payout", "before_payouts")
    ]
    if not left:
        return found
    given: dict[str, Any] = {"enterprise": acting().enterprise}
    days = {at: entries[found[at].credits[0]].day or date.max for at in left}
    given["since"] = min(days.values()) - timedelta(NAMED_DAYS[1])
    references = References(number for (number,) in cursor.execute(_SETTLED, given))
    row = cursor.execute(_FIRST, given).fetchone()
    first = (row[0] if row else None) or date.max
    for at, day in days.items():
        its = found[at]
        is_named = references.named(entries[its.credits[0]].references)
        by = "named_settled" if is_named else "before_payouts" if day < first else "no_payout"
        found[at] = replace(its, by=by)
    return found


def total(amounts: Sequence[Money]) -> Money | None:
    """The sum of amounts of one currency; nothing of several, and of none."""
    if len({each.currency for each in amounts}) != 1:
        return None
    return Money(sum(each.minor for each in amounts), amounts[0].currency)
