# SPDX-License-Identifier: Apache-2.0
"""Follow what the desk knows: orders that left, what was declared, what was claimed.

It is looked at by the worker and on request, never while goods are shipped: who packs does not wait
for the board. What was looked at before is looked at again for a day, so that what was committed
late is not missed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.reconciling import items_sql
from entrepot.reconciling.storing import alone, copy_rows, count_of, make_beside

#: Milliseconds that are looked at once more.
AGAIN: Final = timedelta(days=1) // timedelta(milliseconds=1)
_TIME_AT: Final = 80
_FIRST: Final = UUID(int=0)

_AFTER: Final = """
    SELECT after FROM reconciling_followed
    WHERE enterprise_id = %(enterprise)s AND what = 'shipped'
"""
_SHIPPED: Final = """
    INSERT INTO money_shipped SELECT DISTINCT order_id FROM warehouse_shippedline
    WHERE enterprise_id = %(enterprise)s AND document_id > %(after)s
"""
_UNTIL: Final = """
    INSERT INTO reconciling_followed AS f (enterprise_id, what, after)
    SELECT %(enterprise)s, 'shipped', document_id FROM warehouse_shippedline
    WHERE enterprise_id = %(enterprise)s ORDER BY document_id DESC LIMIT 1
    ON CONFLICT (enterprise_id, what) DO UPDATE SET after = greatest(f.after, excluded.after)
"""
#: Orders that left, and those of which a report was read before they were taken in.
_ORDERS: Final = """
    INSERT INTO money_orders
    SELECT o.channel, o.number FROM money_shipped AS m
    JOIN warehouse_order AS o ON o.enterprise_id = %(enterprise)s AND o.id = m.order_id
    UNION
    SELECT i.channel, i.number FROM reconciling_item AS i
    JOIN warehouse_order AS o ON o.enterprise_id = i.enterprise_id AND o.channel = i.channel
        AND o.number = i.number
    WHERE i.enterprise_id = %(enterprise)s AND i.stage = 'settled' AND i.state = 'open'
        AND i.found = 'no_order'
"""
_KEPT: Final = """
    SELECT content FROM closing_kepttable
    WHERE enterprise_id = %(enterprise)s AND name = 'refund_claims'
"""
_ITEM: Final = """
    INSERT INTO reconciling_item AS i (enterprise_id, id, stage, subject, number, channel,
        opened_on, currency, amount, state, found, ended_on)
    SELECT %(enterprise)s, gen_random_uuid(), '{stage}',
        d.declaration_no || '/' || d.item_no || '/' || d.sku, d.declaration_no, d.sku,
        d.exported_on, d.fob_currency, d.fob_amount,
        CASE WHEN {is_done} THEN 'proven' ELSE 'open' END,
        CASE WHEN {is_done} THEN '' ELSE '{found}' END,
        CASE WHEN {is_done} THEN %(today)s::date END
    FROM logistics_declarationline AS d {more}
    WHERE d.enterprise_id = %(enterprise)s {only}
    ON CONFLICT (enterprise_id, stage, subject) DO UPDATE
    SET opened_on = excluded.opened_on, currency = excluded.currency, amount = excluded.amount,
        state = excluded.state, found = excluded.found,
        ended_on = CASE WHEN excluded.state = 'proven' THEN coalesce(i.ended_on, excluded.ended_on)
            END
    WHERE i.match_id IS NULL AND (i.opened_on, i.currency, i.amount, i.state, i.found)
        IS DISTINCT FROM (excluded.opened_on, excluded.currency, excluded.amount,
            excluded.state, excluded.found)
"""
_LINKED: Final = "d.linked >= d.quantity"
DECLARED: Final = _ITEM.format(
    stage="declared", is_done=_LINKED, found="no_invoice", more="", only=""
)
#: A refund can be claimed for what has its invoices.
REFUNDS: Final = _ITEM.format(
    stage="refund",
    is_done="c.item_no IS NOT NULL",
    found="not_claimed",
    more="LEFT JOIN money_claims AS c ON c.declaration_no = d.declaration_no"
    " AND c.item_no = d.item_no",
    only=f"AND {_LINKED}",
)
#: Tallies that came to nothing are no days to look at.
_EMPTY: Final = """
    DELETE FROM reconciling_tally
    WHERE enterprise_id = %(enterprise)s AND items = 0 AND amount = 0
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """How many orders were looked at, and declared lines that changed."""

    orders: int
    declared: int


def follow(today: object) -> Followed:
    """Look at what the desk knows by now; what is there already and is the same does not change.

    Args:
        today: the day on which what is proven by now ended.
    """
    with raw_cursor() as cursor:
        alone(cursor)
        given: dict[str, Any] = {"enterprise": acting().enterprise, "today": today}
        row = cursor.execute(_AFTER, given).fetchone()
        given["after"] = _earlier(row[0] if row else _FIRST)
        make_beside(cursor, "money_shipped", "order_id uuid")
        make_beside(cursor, "money_orders", 'channel text COLLATE "C", order_no text COLLATE "C"')
        for statement in (_SHIPPED, _UNTIL, items_sql.SHIPPED, _ORDERS, items_sql.SETTLED):
            cursor.execute(statement.encode(), given)
        orders = count_of(cursor, "SELECT count(*) FROM money_shipped", {})
        declared = cursor.execute(DECLARED.encode(), given).rowcount
        _claims(cursor, given)
        cursor.execute(REFUNDS.encode(), given)
        cursor.execute(_EMPTY, given)
    return Followed(orders, declared)


def _earlier(after: UUID) -> UUID:
    """A day before the moment that a UUID of version 7 begins with."""
    moment = max((after.int >> _TIME_AT) - AGAIN, 0)
    return UUID(int=moment << _TIME_AT)


def _claims(cursor: Cursor[Any], given: dict[str, Any]) -> None:
    """The declared items that a claim names, as the table that was sent says it."""
    make_beside(cursor, "money_claims", 'declaration_no text COLLATE "C", item_no int')
    row = cursor.execute(_KEPT, given).fetchone()
    if row is not None:
        copy_rows(cursor, "money_claims", sorted(set(_claimed(bytes(row[0])))))


def _claimed(content: bytes) -> Iterator[tuple[str, int]]:
    """Declaration and item of each row; a row that makes no sense is the close's to refuse."""
    text = io.StringIO(content.decode("utf-8-sig", "replace"), newline="")
    for row in csv.DictReader(text):
        number, item = row.get("declaration_no") or "", row.get("item_no") or ""
        if number and "\0" not in number and item.isascii() and item.isdigit() and len(item) < 10:
            yield number, int(item)
