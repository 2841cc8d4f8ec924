# SPDX-License-Identifier: Apache-2.0
"""The lists behind the board's numbers: pages by key, however many items are open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from entrepot.ledger.lists import List
from entrepot.reconciling.causes import AGES
from entrepot.reconciling.models import OPEN

_ITEMS: Final = """
    SELECT id, stage, subject, number, channel, opened_on, currency, amount, state, found,
        ended_on, match_id, proposal
    FROM reconciling_item
    WHERE enterprise_id = %(enterprise)s {conditions} AND {{after}}
    ORDER BY {{order}} LIMIT {{limit}}
"""
_LINES: Final = """
    SELECT l.id, l.statement_id, l.account, l.dated_on, l.amount, l.currency, l.reference, l.text,
        l.counterparty, l.aside, i.id AS item, i.state, i.found, i.match_id
    FROM reconciling_bankline AS l
    LEFT JOIN reconciling_item AS i ON i.enterprise_id = l.enterprise_id AND i.stage = 'bank'
        AND i.subject = l.id::text
    WHERE l.enterprise_id = %(enterprise)s {conditions} AND {{after}}
    ORDER BY {{order}} LIMIT {{limit}}
"""
_OF_PAYOUT: Final = """
    SELECT line_no, posted_on, kind, event, order_no, sku, label, account, amount, currency
    FROM reconciling_settlementline
    WHERE enterprise_id = %(enterprise)s AND channel = %(channel)s
        AND settlement_no = %(settlement_no)s AND {after}
    ORDER BY {order} LIMIT {limit}
"""


def items(
    today: date,
    stage: str,
    currency: str,
    state: str = OPEN,
    found: str = "",
    age: str = "",
    number: str = "",
) -> List:
    """Items of a stage and currency, the oldest first; of an age, or of one code of why."""
    conditions = ["stage = %(stage)s", "currency = %(currency)s", "state = %(state)s"]
    given: dict[str, Any] = {"stage": stage, "currency": currency, "state": state}
    if found:
        conditions.append("found = %(found)s")
        given["found"] = found
    if number:
        conditions.append("number = %(number)s")
        given["number"] = number
    if age:
        first, last = days_of(age, today)
        conditions.append("opened_on <= %(last)s")
        given["last"] = last
        if first is not None:
            conditions.append("opened_on >= %(first)s")
            given["first"] = first
    where = "".join(f" AND {each}" for each in conditions)
    return List(_ITEMS.format(conditions=where), given, ("opened_on", "id"))


def days_of(age: str, today: date) -> tuple[date | None, date]:
    """From which to which day what has an age opened; the oldest has no first day."""
    names = list(AGES)
    at = names.index(age)
    # What is dated ahead is as young as can be.
    last = today - timedelta(AGES[age]) if at else date.max
    first = today - timedelta(AGES[names[at + 1]] - 1) if at + 1 < len(names) else None
    return first, last


def bank_lines(account: str = "", first: date | None = None, last: date | None = None) -> List:
    """Bank lines, the latest first."""
    where, given = "", {}
    for condition, name, value in (
        ("l.account = %(account)s", "account", account),
        ("l.dated_on >= %(first)s", "first", first),
        ("l.dated_on <= %(last)s", "last", last),
    ):
        if value:
            where += f" AND {condition}"
            given[name] = value
    return List(_LINES.format(conditions=where), given, ("-l.dated_on", "-l.id"))


def lines_of(channel: str, settlement_no: str) -> List:
    """The lines of a payout, in their order."""
    given = {"channel": channel, "settlement_no": settlement_no}
    return List(_OF_PAYOUT, given, ("line_no",))
