# SPDX-License-Identifier: Apache-2.0
"""What the live book and the papers say of a unit's way: a fixed number of statements each.

Nothing here reads who an order goes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.rows import dict_row

from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.api import lists

Row = dict[str, Any]
#: An item or an invoice line: number, and item or line.
Numbered = tuple[str, int]
#: Rows of a kind that a page tells.
MOST: Final = 200
#: Receipts that units of unknown origin can be of, the latest before they left.
_CANDIDATES: Final = 4

_SHIPPED: Final = """
    SELECT s.document_id, s.line, s.parcel_id, s.line_no, s.sku, s.lot, s.quantity, s.returned,
        m.from_place, m."on"
    FROM warehouse_shippedline AS s
    CROSS JOIN LATERAL (
        SELECT from_place, "on" FROM ledger_movement
        WHERE enterprise_id = %(enterprise)s AND document_id = s.document_id AND line = s.line
        OFFSET 0
    ) AS m
    WHERE s.enterprise_id = %(enterprise)s AND s.order_id = %(order)s
    ORDER BY s.line_no, s.document_id, s.line LIMIT %(most)s
"""
_RETURNED: Final = """
    SELECT l.sku, l.quantity, l.returned_on, l.grade, l.outcome, l.decided_on, l.warehouse,
        l.place, l.received_id, l.decided_id, l.back_id,
        (SELECT b.number FROM warehouse_return AS b
            WHERE b.enterprise_id = %(enterprise)s AND b.id = l.back_id) AS number
    FROM warehouse_returnedline AS l
    WHERE l.enterprise_id = %(enterprise)s AND l.shipped_document = ANY(%(documents)s)
    ORDER BY l.id LIMIT %(most)s
"""
_CAN_BE: Final = """
    SELECT k.at, r.*
    FROM unnest(%(skus)s::text[], %(lots)s::text[], %(warehouses)s::text[], %(days)s::date[])
        WITH ORDINALITY AS k (sku, lot, warehouse, day, at)
    CROSS JOIN LATERAL (
        SELECT declaration_no, item_no, sku, received_on, receipt_no, line_no
        FROM logistics_receiptline
        WHERE enterprise_id = %(enterprise)s AND sku = k.sku AND warehouse = k.warehouse
            AND lot = k.lot AND received_on <= k.day AND declaration_no IS NOT NULL
        ORDER BY received_on DESC, receipt_no DESC, line_no LIMIT %(few)s
    ) AS r
    ORDER BY k.at, r.received_on DESC
"""
_KEYS: Final = "FROM unnest(%(numbers)s::text[], %(lines)s::int[]) AS k (number, line)"
_DECLARED: Final = f"""
    SELECT d.* {_KEYS} CROSS JOIN LATERAL (
        SELECT declaration_id, declaration_no, item_no, sku, mode, exported_on, quantity,
            fob_amount, fob_currency, destination
        FROM logistics_declarationline
        WHERE enterprise_id = %(enterprise)s AND declaration_no = k.number AND item_no = k.line
        OFFSET 0
    ) AS d LIMIT %(most)s
"""
_LINKED: Final = f"""
    SELECT l.*, p.invoice_no {_KEYS} CROSS JOIN LATERAL (
        SELECT declaration_no, item_no, purchase_id, line_no, sku, quantity
        FROM logistics_invoicelink
        WHERE enterprise_id = %(enterprise)s AND declaration_no = k.number AND item_no = k.line
        OFFSET 0
    ) AS l CROSS JOIN LATERAL (
        SELECT invoice_no FROM logistics_purchase
        WHERE enterprise_id = %(enterprise)s AND id = l.purchase_id OFFSET 0
    ) AS p LIMIT %(most)s
"""
_SENT: Final = f"""
    SELECT l.declaration_no, l.item_no, l.sku, l.quantity, l.received, l.short, c.id, c.number,
        c.state, c.from_place, c.to_place, c.vessel, c.container_no, c.carrier, c.dispatched_on,
        c.document_id
    {_KEYS} CROSS JOIN LATERAL (
        SELECT consignment_id, declaration_no, item_no, sku, quantity, received, short
        FROM logistics_consignmentline
        WHERE enterprise_id = %(enterprise)s AND declaration_no = k.number AND item_no = k.line
        OFFSET 0
    ) AS l CROSS JOIN LATERAL (
        SELECT * FROM logistics_consignment
        WHERE enterprise_id = %(enterprise)s AND id = l.consignment_id OFFSET 0
    ) AS c WHERE c.state <> 'cancelled' ORDER BY c.dispatched_on, c.id LIMIT %(most)s
"""
_RECEIVED: Final = f"""
    SELECT r.*, a.to_place AS bin, a.document_id AS putaway_id
    FROM (
        SELECT r.* {_KEYS} CROSS JOIN LATERAL (
            SELECT declaration_no, item_no, sku, lot, receipt_no, line_no, received_on, warehouse,
                quantity, condition, document_id, consignment_id
            FROM logistics_receiptline
            WHERE enterprise_id = %(enterprise)s AND declaration_no = k.number
                AND item_no = k.line AND sku = ANY(%(skus)s)
            OFFSET 0
        ) AS r ORDER BY r.received_on, r.receipt_no, r.line_no LIMIT %(most)s
    ) AS r
    LEFT JOIN LATERAL (
        SELECT m.to_place, m.document_id FROM ledger_movement AS m
        WHERE m.enterprise_id = %(enterprise)s AND m.item = r.sku
            AND m.document_id > r.document_id
            AND m.from_place = 'warehouse/' || r.warehouse || '/@receiving'
        ORDER BY m.document_id, m.line LIMIT 1
    ) AS a ON TRUE
    ORDER BY r.received_on, r.receipt_no, r.line_no
"""
_BOUGHT: Final = f"""
    SELECT p.id, p.number, p.invoice_no, p.issued_on, p.supplier, l.line_no, l.sku, l.quantity,
        l.net_amount, l.vat_rate, h.receipts,
        s.name AS supplier_en, s.name_zh AS supplier_zh
    {_KEYS} CROSS JOIN LATERAL (
        SELECT * FROM logistics_purchase
        WHERE enterprise_id = %(enterprise)s AND invoice_no = k.number AND invoice_no <> ''
        OFFSET 0
    ) AS p CROSS JOIN LATERAL (
        SELECT line_no, sku, quantity, net_amount, vat_rate FROM logistics_purchaseline
        WHERE enterprise_id = %(enterprise)s AND purchase_id = p.id AND line_no = k.line OFFSET 0
    ) AS l CROSS JOIN LATERAL (
        SELECT coalesce(json_agg(json_build_object('number', h.number, 'on', h.received_on,
            'warehouse', h.warehouse, 'document', h.document_id, 'quantity', n.quantity)
            ORDER BY h.received_on, h.number), '[]') AS receipts
        FROM logistics_homereceipt AS h
        CROSS JOIN LATERAL (
            SELECT sum(quantity) AS quantity FROM logistics_homereceiptline
            WHERE enterprise_id = %(enterprise)s AND receipt_id = h.id AND line_no = l.line_no
                AND sku = l.sku
        ) AS n
        WHERE h.enterprise_id = %(enterprise)s AND h.purchase_id = p.id AND h.undone_at IS NULL
            AND n.quantity IS NOT NULL
    ) AS h LEFT JOIN LATERAL (
        SELECT name, name_zh FROM catalog_partner
        WHERE enterprise_id = %(enterprise)s AND code = p.supplier OFFSET 0
    ) AS s ON TRUE LIMIT %(most)s
"""
_PROOFS: Final = """
    SELECT d.id, d.kind, d.number, d."on", encode(d.hash, 'hex') AS hash, s.seal, s.position,
        encode(q.chain, 'hex') AS chain, q.sealed_at
    FROM ledger_document AS d
    LEFT JOIN LATERAL (
        SELECT seal, position FROM ledger_sealeddocument
        WHERE enterprise_id = %(enterprise)s AND document_id = d.id OFFSET 0
    ) AS s ON TRUE
    LEFT JOIN LATERAL (
        SELECT chain, sealed_at FROM ledger_seal
        WHERE enterprise_id = %(enterprise)s AND number = s.seal OFFSET 0
    ) AS q ON TRUE
    WHERE d.enterprise_id = %(enterprise)s AND d.id = ANY(%(ids)s)
"""


def _rows(statement: str, **given: Any) -> list[Row]:
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        given |= {"enterprise": acting().enterprise, "most": MOST}
        return cursor.execute(statement, given).fetchall()


def order_of(order: UUID) -> Row | None:
    """An order with its lines, what is reserved for it and its parcels; not who it goes to."""
    found = _rows(lists.SHOW, order=order, personal=False)
    return found[0] if found else None


def shipped_of(order: UUID) -> list[Row]:
    """What left for an order, from where and on which day."""
    return _rows(_SHIPPED, order=order)


def returned_of(documents: Iterable[UUID]) -> list[Row]:
    """What came back of what left with these documents."""
    ids = list(documents)
    return _rows(_RETURNED, documents=ids) if ids else []


def can_be(units: Sequence[tuple[str, str, str, date]]) -> list[list[Row]]:
    """Of units (SKU, lot, warehouse, day): the receipts that they can be of, the latest first."""
    found: list[list[Row]] = [[] for _ in units]
    if units:
        skus, lots, warehouses, days = (list(each) for each in zip(*units, strict=True))
        rows = _rows(
            _CAN_BE, skus=skus, lots=lots, warehouses=warehouses, days=days, few=_CANDIDATES
        )
        for row in rows:
            found[row.pop("at") - 1].append(row)
    return found


def _keyed(statement: str, keys: Iterable[Numbered], **given: Any) -> list[Row]:
    wanted = sorted(set(keys))
    if not wanted:
        return []
    numbers, lines = (list(each) for each in zip(*wanted, strict=True))
    return _rows(statement, numbers=numbers, lines=lines, **given)


def declared(items: Iterable[Numbered]) -> list[Row]:
    """The lines of declaration items: mode, day, units, FOB."""
    return _keyed(_DECLARED, items)


def linked(items: Iterable[Numbered]) -> list[Row]:
    """The invoice lines that are declared to belong to declaration items."""
    return _keyed(_LINKED, items)


def sent(items: Iterable[Numbered]) -> list[Row]:
    """The consignments with which declaration items left."""
    return _keyed(_SENT, items)


def received(items: Iterable[Numbered], skus: Iterable[str]) -> list[Row]:
    """What was received of declaration items, and the first bin it went to after that."""
    return _keyed(_RECEIVED, items, skus=sorted(set(skus)))


def bought(lines: Iterable[Numbered]) -> list[Row]:
    """Invoice lines: supplier, day, units, net, VAT, and what was received at home of them."""
    return _keyed(_BOUGHT, lines)


def proofs(documents: Iterable[UUID | None]) -> dict[UUID, Row]:
    """The hash of documents of the book, and the seal that covers each."""
    ids = sorted({each for each in documents if each is not None})
    return {row["id"]: row for row in _rows(_PROOFS, ids=ids)} if ids else {}
