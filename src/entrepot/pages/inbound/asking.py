# SPDX-License-Identifier: Apache-2.0
"""What the pages of inbound ask the database besides the lists of logistics: sums of their rows.

A sum is made for the rows of one page only, each by its key.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.rows import dict_row

from entrepot.ledger.lists import List
from entrepot.logistics.lists import discrepancies
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.paging import Paging

#: What is counted to on the first page; more is said to be more.
MOST_COUNTED: Final = 1000

_CONSIGNMENT_SUMS: Final = """
    SELECT coalesce(sum(l.quantity), 0)::bigint AS units,
        coalesce(sum(l.received), 0)::bigint AS received,
        coalesce(sum(l.damaged), 0)::bigint AS damaged,
        coalesce(sum(l.short), 0)::bigint AS short,
        coalesce(sum(l.covered), 0)::bigint AS covered,
        coalesce(sum(l.open), 0)::bigint AS open, count(*) AS lines
    FROM logistics_consignmentline AS l
    WHERE l.enterprise_id = %(enterprise)s AND l.consignment_id = r.id
    OFFSET 0
"""
_PURCHASE_SUMS: Final = """
    SELECT coalesce(sum(l.quantity), 0)::bigint AS units,
        coalesce(sum(l.received), 0)::bigint AS received,
        coalesce(sum(l.short), 0)::bigint AS short,
        coalesce(sum(l.open), 0)::bigint AS open,
        coalesce(sum(l.linked), 0)::bigint AS linked,
        sum(l.net_amount)::bigint AS net_amount, count(*) AS lines,
        count(*) FILTER (WHERE l.net_amount IS NULL OR l.vat_rate IS NULL) AS unpriced
    FROM logistics_purchaseline AS l
    WHERE l.enterprise_id = %(enterprise)s AND l.purchase_id = r.id
    OFFSET 0
"""
_DECLARATION_SUMS: Final = """
    SELECT coalesce(sum(l.quantity), 0)::bigint AS units,
        coalesce(sum(l.sent), 0)::bigint AS sent, coalesce(sum(l.linked), 0)::bigint AS linked,
        min(l.exported_on) AS exported_on, max(l.exported_on) AS last_exported_on,
        min(l.warehouse) AS warehouse, count(*) AS lines
    FROM logistics_declarationline AS l
    WHERE l.enterprise_id = %(enterprise)s AND l.declaration_id = r.id
    OFFSET 0
"""
_SUMS: Final = {
    "consignment": _CONSIGNMENT_SUMS,
    "purchase": _PURCHASE_SUMS,
    "declaration": _DECLARATION_SUMS,
}
_WITH_SUMS: Final = """
    SELECT r.*, s.* FROM ({rows}) AS r CROSS JOIN LATERAL ({sums}) AS s ORDER BY {{order}}
"""
_CONSIGNMENTS: Final = """
    SELECT c.* FROM logistics_consignment AS c
    WHERE c.enterprise_id = %(enterprise)s AND {where} AND {{after}}
    ORDER BY {{order}} LIMIT {{limit}}
"""
_CLAIMS: Final = """
    SELECT r.*, c.number AS consignment_no, c.container_no, c.vessel, c.tracking, c.dispatched_on
    FROM ({rows}) AS r
    CROSS JOIN LATERAL (
        SELECT number, container_no, vessel, tracking, dispatched_on FROM logistics_consignment AS c
        WHERE c.enterprise_id = %(enterprise)s AND c.id = r.consignment_id
        OFFSET 0
    ) AS c
    ORDER BY {{order}}
"""
_LINES_WITH_PURCHASE: Final = """
    SELECT r.*, p.number AS purchase_no, p.supplier, p.created_at FROM ({rows}) AS r
    CROSS JOIN LATERAL (
        SELECT number, supplier, created_at FROM logistics_purchase AS p
        WHERE p.enterprise_id = %(enterprise)s AND p.id = r.purchase_id
        OFFSET 0
    ) AS p
    ORDER BY {{order}}
"""
_RECEIPTS: Final = """
    SELECT r.*, c.number AS consignment_no FROM ({rows}) AS r
    LEFT JOIN LATERAL (
        SELECT number FROM logistics_consignment AS c
        WHERE c.enterprise_id = %(enterprise)s AND c.id = r.{consignment}
        OFFSET 0
    ) AS c ON TRUE
    ORDER BY {{order}}
"""
#: What waits, each counted up to `most`.
_WAITS: Final = """
    SELECT
        (SELECT count(*) FROM (SELECT FROM logistics_consignment WHERE
            enterprise_id = %(enterprise)s AND state = 'draft' LIMIT %(most)s) AS x) AS draft,
        (SELECT count(*) FROM (SELECT FROM logistics_consignment WHERE
            enterprise_id = %(enterprise)s AND state = 'dispatched' LIMIT %(most)s) AS x)
            AS dispatched,
        (SELECT count(*) FROM (SELECT FROM logistics_consignment WHERE
            enterprise_id = %(enterprise)s AND state = 'arrived' LIMIT %(most)s) AS x) AS arrived,
        (SELECT count(*) FROM (SELECT FROM logistics_consignment WHERE
            enterprise_id = %(enterprise)s AND state IN ('dispatched', 'arrived')
            AND expected_on < %(today)s LIMIT %(most)s) AS x) AS late,
        (SELECT count(*) FROM (SELECT FROM logistics_scan WHERE
            enterprise_id = %(enterprise)s AND state = 'unknown' LIMIT %(most)s) AS x)
            AS questions,
        (SELECT count(*) FROM (SELECT FROM logistics_claim WHERE
            enterprise_id = %(enterprise)s AND state = 'open' LIMIT %(most)s) AS x) AS claims
"""
_TOTALS: Final = "SELECT s.* FROM (SELECT %(id)s::uuid AS id) AS r CROSS JOIN LATERAL ({sums}) AS s"
_FIRST_SCAN: Final = """
    SELECT min(created_at) FROM logistics_scan
    WHERE enterprise_id = %(enterprise)s AND consignment_id = %(id)s
        AND state IN ('received', 'unknown')
"""
#: Invoice lines of these SKUs that are not declared to have left with anything, the oldest first.
_UNLINKED: Final = """
    SELECT l.sku, l.invoice_no, l.line_no, l.free
    FROM unnest(%(skus)s::text[]) AS s (sku)
    CROSS JOIN LATERAL (
        SELECT l.sku, p.invoice_no, l.line_no, l.quantity - l.linked AS free, p.issued_on
        FROM logistics_purchaseline AS l
        JOIN logistics_purchase AS p
            ON p.enterprise_id = %(enterprise)s AND p.id = l.purchase_id AND p.invoice_no <> ''
        WHERE l.enterprise_id = %(enterprise)s AND l.sku = s.sku AND l.quantity > l.linked
        ORDER BY p.issued_on, p.invoice_no, l.line_no LIMIT 100
    ) AS l
    ORDER BY l.sku, l.issued_on, l.invoice_no, l.line_no
"""


def listed(found: List) -> List:
    """A list of logistics, with the enterprise it is asked for."""
    return List(found.statement, {**found.given, "enterprise": acting().enterprise}, found.by)


def with_sums(found: List, of: str) -> List:
    """A list with the sums of the lines of each of its rows."""
    return _around(found, _WITH_SUMS, sums=_SUMS[of])


def claims(found: List) -> List:
    """Claims with what the carrier knows them by."""
    return _around(found, _CLAIMS)


def lines_with_purchase(found: List) -> List:
    """Lines of purchases with the number of the purchase and whom it was bought from."""
    return _around(found, _LINES_WITH_PURCHASE)


def in_yuan(found: List) -> List:
    """Lines of purchases, whose amounts are in fen."""
    return _around(found, "SELECT r.*, 'CNY' AS currency FROM ({rows}) AS r ORDER BY {{order}}")


def with_consignment(found: List, column: str) -> List:
    """Scans or receipts with the number of their consignment."""
    return _around(found, _RECEIPTS, consignment=column)


def consignments_where(condition: str, *by: str, **given: Any) -> List:
    """Consignments of a condition of ours, with their sums."""
    where = _CONSIGNMENTS.format(where=condition)
    return with_sums(List(where, given, by), "consignment")


def waits(today: date) -> dict[str, int]:
    """How much of each kind waits for somebody."""
    found = _one(_WAITS, today=today, most=MOST_COUNTED)
    assert found is not None
    return found


def totals(of: str, id: UUID) -> dict[str, Any]:
    """The sums of the lines of one consignment, purchase or declaration."""
    found = _one(_TOTALS.format(sums=_SUMS[of]), id=id)
    assert found is not None
    return found


def differences(consignment: UUID) -> list[dict[str, Any]]:
    """By SKU, how what came differs from what was announced; the first of many."""
    found = listed(discrepancies(consignment, only_different=True))
    with raw_cursor() as cursor:
        paging = Paging(limit=500, cursor="")
        rows: list[dict[str, Any]] = paging.of_sql(cursor, found.statement, found.given, *found.by)[
            "items"
        ]
    return rows


def first_scan(consignment: UUID) -> Any:
    """When something of a consignment was scanned first; None if nothing was."""
    found = _one(_FIRST_SCAN, id=consignment)
    return found and found["min"]


def unlinked(skus: list[str]) -> list[dict[str, Any]]:
    """Invoice lines of these SKUs of which something is free to be linked."""
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        given = {"enterprise": acting().enterprise, "skus": skus}
        return cursor.execute(_UNLINKED, given).fetchall()


def _around(found: List, statement: str, **parts: str) -> List:
    return List(
        statement.format(rows=found.statement, **parts),
        {**found.given, "enterprise": acting().enterprise},
        found.by,
    )


def _one(statement: str, **given: Any) -> dict[str, Any] | None:
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        return cursor.execute(
            statement.encode(), given | {"enterprise": acting().enterprise}
        ).fetchone()
