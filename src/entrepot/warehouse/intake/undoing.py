# SPDX-License-Identifier: Apache-2.0
"""Take a file of orders back: its orders are gone, and what was reserved for them lies free."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.utils import timezone

from entrepot.ledger.reserving import Held, release
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.intake.actions import locked
from entrepot.warehouse.intake.refusals import MOST_LISTED, Begun
from entrepot.warehouse.models import OrderFile
from entrepot.warehouse.models.intake import COMMITTED, UNDONE

_ITS: Final = """
    SELECT t.order_id FROM warehouse_takenorder AS t
    WHERE t.enterprise_id = %(enterprise)s AND t.source_id = %(source)s
"""
#: Whoever reserves or picks for one of them waits, or is seen.
_LOCK: Final = (
    f"""
    SELECT count(*) FROM (
        SELECT id FROM warehouse_order AS o
        WHERE o.enterprise_id = %(enterprise)s AND o.id IN ({_ITS}) ORDER BY id FOR UPDATE
    ) AS locked
    """,
    f"""
    SELECT count(*) FROM (
        SELECT id FROM warehouse_allocation AS a
        WHERE a.enterprise_id = %(enterprise)s AND a.order_id IN ({_ITS}) ORDER BY id FOR UPDATE
    ) AS locked
    """,
)
_BEGUN: Final = f"""
    SELECT o.id, o.channel, o.number FROM warehouse_order AS o
    WHERE o.enterprise_id = %(enterprise)s AND o.id IN ({_ITS}) AND (
        EXISTS (SELECT FROM warehouse_allocation AS a WHERE a.enterprise_id = %(enterprise)s
            AND a.order_id = o.id AND a.picked_from <> '')
        OR EXISTS (SELECT FROM warehouse_parcel AS p WHERE p.enterprise_id = %(enterprise)s
            AND p.order_id = o.id)
        OR EXISTS (SELECT FROM warehouse_order AS s WHERE s.enterprise_id = %(enterprise)s
            AND s.split_from_id = o.id)
        OR EXISTS (SELECT FROM warehouse_shoporder AS s WHERE s.enterprise_id = %(enterprise)s
            AND s.order_id = o.id)
    )
    ORDER BY o.id LIMIT %(most)s
"""
_FREE: Final = f"""
    WITH gone AS (
        DELETE FROM warehouse_allocation AS a
        WHERE a.enterprise_id = %(enterprise)s AND a.order_id IN ({_ITS})
        RETURNING place, sku, lot, quantity
    )
    SELECT place, sku, lot, sum(quantity)::int FROM gone GROUP BY place, sku, lot
"""
#: In the order in which they refer to each other.
_REMOVE: Final = (
    f"DELETE FROM warehouse_recipient WHERE enterprise_id = %(enterprise)s"
    f" AND order_id IN ({_ITS})",
    f"DELETE FROM warehouse_orderline WHERE enterprise_id = %(enterprise)s"
    f" AND order_id IN ({_ITS})",
    f"DELETE FROM warehouse_order WHERE enterprise_id = %(enterprise)s AND id IN ({_ITS})",
    "DELETE FROM warehouse_takenorder WHERE enterprise_id = %(enterprise)s"
    " AND source_id = %(source)s",
)


def undo(id: UUID) -> tuple[OrderFile, list[str]]:
    """Take a file back.

    Returns:
        the file, and the SKUs of which something lies free again.

    Raises:
        OrderFile.DoesNotExist: there is none.
        WrongState: it was not taken over, or is taken back already.
        Begun: with orders of which something was picked, packed, shipped or split off.
    """
    found = locked(id, (COMMITTED,), "take back")
    given = {"enterprise": acting().enterprise, "source": id, "most": MOST_LISTED}
    with raw_cursor() as cursor:
        for statement in _LOCK:
            cursor.execute(statement, given)
        if begun := cursor.execute(_BEGUN, given).fetchall():
            raise Begun(
                f"Cannot take {found.file} back.",
                f"Of order {begun[0][1]} {begun[0][2]} something was picked, packed, shipped or"
                " split off" + (f", and of {len(begun) - 1:,} more." if len(begun) > 1 else "."),
                "Put back what is picked first, or cancel the orders one by one; nothing was"
                " changed.",
                orders=[str(order) for order, _, _ in begun],
            )
        freed = cursor.execute(_FREE, given).fetchall()
        release([Held(*row) for row in freed])
        for statement in _REMOVE:
            cursor.execute(statement, given)
    found.state = UNDONE
    found.undone_at, found.undone_by = timezone.now(), acting().actor
    found.save(update_fields=["state", "undone_at", "undone_by"])
    record("orders.import_undone", found.file, source=str(id), orders=found.orders)
    return found, sorted({sku for _, sku, _, _ in freed})
