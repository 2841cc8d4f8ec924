# SPDX-License-Identifier: Apache-2.0
"""The lists of logistics: statements whose rows come in the order of an index.

`{after}`, `{order}` and `{limit}` are filled in by `web.paging`; values are parameters. For others
who look at what is on its way: `expected`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from entrepot.ledger.lists import List
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: No text sorts after a prefix followed by this.
_LAST: Final = "\U0010ffff"
_LIST: Final = """
    SELECT {columns} FROM {table} AS r
    WHERE {where} AND {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""


@dataclass(slots=True)
class _Where:
    """Conditions, each with its parameters."""

    conditions: list[str] = field(default_factory=lambda: ["enterprise_id = %(enterprise)s"])
    given: dict[str, Any] = field(default_factory=dict)

    def equal(self, column: str, value: object) -> _Where:
        """The column has this value; any, where none is given."""
        if value not in (None, ""):
            self.conditions.append(f'"{column}" = %({column})s')
            self.given[column] = value
        return self

    def prefix(self, column: str, value: str) -> _Where:
        """The column begins like this."""
        if value:
            self.conditions.append(f'"{column}" >= %({column})s AND "{column}" < %({column}_end)s')
            self.given |= {column: value, f"{column}_end": value + _LAST}
        return self

    def also(self, condition: str, name: str, value: object) -> _Where:
        """A condition with a parameter, where there is a value for it."""
        if value not in (None, ""):
            self.conditions.append(condition)
            self.given[name] = value
        return self

    def only(self, condition: str, applies: bool = True) -> _Where:
        """A condition without parameters."""
        if applies:
            self.conditions.append(condition)
        return self

    def list(self, table: str, columns: str, *by: str) -> List:
        """The rows of a table."""
        where = " AND ".join(self.conditions)
        return List(_LIST.format(columns=columns, table=table, where=where), self.given, by)


def purchases(number: str = "", supplier: str = "", sku: str = "", invoice_no: str = "") -> List:
    """Purchases, the latest first; by number where it is asked for numbers that begin alike."""
    return (
        _Where()
        .prefix("number", number)
        .equal("supplier", supplier)
        .equal("invoice_no", invoice_no)
        .also(
            "id IN (SELECT l.purchase_id FROM logistics_purchaseline AS l"
            " WHERE l.enterprise_id = %(enterprise)s AND l.sku = %(sku)s)",
            "sku", sku,
        )
        .list(
            "logistics_purchase",
            "id, number, supplier, invoice_no, issued_on, note, created_at, created_by",
            *(("number", "id") if number else ("-id",)),
        )
    )  # fmt: skip


def purchase_lines(purchase: UUID) -> List:
    """The lines of a purchase."""
    return (
        _Where()
        .equal("purchase_id", purchase)
        .list("logistics_purchaseline", _PURCHASE_LINE, "line_no", "sku")
    )


def open_purchase_lines(sku: str = "") -> List:
    """Lines of purchases that are still to come."""
    return (
        _Where()
        .equal("sku", sku)
        .only("open > 0")
        .list("logistics_purchaseline", _PURCHASE_LINE, "sku", "purchase_id", "line_no")
    )


def home_receipts(purchase: UUID | None = None) -> List:
    """Home receipts, the latest first."""
    return (
        _Where()
        .equal("purchase_id", purchase)
        .list(
            "logistics_homereceipt",
            "id, number, purchase_id, warehouse, received_on, document_id, undone_at, created_at,"
            " created_by",
            "-id",
        )
    )


def declarations(declaration_no: str = "") -> List:
    """Declarations by their number."""
    return (
        _Where()
        .prefix("declaration_no", declaration_no)
        .list(
            "logistics_declaration",
            "id, declaration_no, created_at, created_by, changed_at, changed_by",
            "declaration_no",
        )
    )


def declaration_lines(
    declaration: UUID | None = None, sku: str = "", warehouse: str = "", mode: str = ""
) -> List:
    """Lines of declarations, with what of them is sent, received and linked."""
    by = ["declaration_no", "item_no", "sku"]
    if sku:
        by = ["sku", "declaration_no", "item_no"]
    return (
        _Where()
        .equal("declaration_id", declaration)
        .equal("sku", sku)
        .equal("warehouse", warehouse)
        .equal("mode", mode)
        .list("logistics_declarationline", _DECLARATION_LINE, *by)
    )


def invoice_links(declaration_no: str = "", purchase: UUID | None = None) -> List:
    """Links of invoice lines to declaration items."""
    order = ("declaration_no", "item_no", "purchase_id", "line_no", "sku")
    if purchase:
        order = ("purchase_id", "line_no", "sku", "declaration_no", "item_no")
    return (
        _Where()
        .equal("declaration_no", declaration_no)
        .equal("purchase_id", purchase)
        .list(
            "logistics_invoicelink",
            "declaration_no, item_no, purchase_id, line_no, sku, quantity, (SELECT p.invoice_no"
            " FROM logistics_purchase AS p WHERE p.enterprise_id = %(enterprise)s"
            " AND p.id = r.purchase_id) AS invoice_no",
            *order,
        )
    )


def consignments(
    number: str = "", state: str | None = None, warehouse: str = "", sku: str = ""
) -> List:
    """Consignments, the latest first; `warehouse` is the code of the one they go to."""
    return (
        _Where()
        .prefix("number", number)
        .equal("state", state)
        .also(
            "to_place IN ('home/' || %(warehouse)s, 'warehouse/' || %(warehouse)s)",
            "warehouse", warehouse,
        )
        .also(
            "id IN (SELECT l.consignment_id FROM logistics_consignmentline AS l"
            " WHERE l.enterprise_id = %(enterprise)s AND l.sku = %(sku)s)",
            "sku", sku,
        )
        .list("logistics_consignment", "*", *(("number", "id") if number else ("-id",)))
    )  # fmt: skip


def consignment_lines(consignment: UUID, *, only_open: bool = False) -> List:
    """The lines of a consignment."""
    return (
        _Where()
        .equal("consignment_id", consignment)
        .only("open > 0", only_open)
        .list(
            "logistics_consignmentline",
            "line_no, sku, lot, quantity, from_place, declaration_no, item_no, received, damaged,"
            " short, covered, open",
            "line_no",
        )
    )


def discrepancies(consignment: UUID, *, only_different: bool = False) -> List:
    """By SKU: what was announced, what came, and how they differ."""
    where = "(expected <> good + damaged OR damaged > 0)" if only_different else "TRUE"
    return List(
        _DISCREPANCIES.format(where=where, after="{after}", order="{order}", limit="{limit}"),
        {"consignment": consignment},
        ("sku",),
    )


def scans(consignment: UUID | None = None, number: str = "", state: str | None = None) -> List:
    """Scans, the latest first; by number where it is asked for numbers that begin alike."""
    return (
        _Where()
        .equal("consignment_id", consignment)
        .prefix("number", number)
        .equal("state", state)
        .list("logistics_scan", _SCAN, *(("number", "id") if number else ("-id",)))
    )


def questions() -> List:
    """Scans of which nobody has said yet what they are, the oldest first."""
    return _Where().only("state = 'unknown'").list("logistics_scan", _SCAN, "id")


def receipt_lines(
    receipt_no: str = "",
    sku: str = "",
    warehouse: str = "",
    declaration_no: str = "",
    consignment: UUID | None = None,
) -> List:
    """What was received, by receipt; numbers by how they begin."""
    return (
        _Where()
        .prefix("receipt_no", receipt_no)
        .equal("sku", sku)
        .equal("warehouse", warehouse)
        .equal("declaration_no", declaration_no)
        .equal("consignment_id", consignment)
        .list(
            "logistics_receiptline",
            "receipt_no, line_no, received_on, warehouse, declaration_no, item_no, sku, lot,"
            " quantity, condition, is_over, consignment_id AS consignment, consignment_line,"
            " document_id AS document",
            "receipt_no",
            "line_no",
        )
    )


def claims(state: str | None = None, carrier: str = "", consignment: UUID | None = None) -> List:
    """Claims, the latest first."""
    return (
        _Where()
        .equal("state", state)
        .equal("carrier", carrier)
        .equal("consignment_id", consignment)
        .list("logistics_claim", "*", "-id")
    )


def claim_terms() -> List:
    """Carriers and within how many days they want to be told."""
    return _Where().list("logistics_claimterm", "carrier, days", "carrier")


@dataclass(frozen=True, slots=True)
class Expected:
    """Units of a SKU that are on their way to a warehouse, and when they are to come, if known."""

    sku: str
    quantity: int
    expected_on: date | None
    consignment: UUID
    number: str
    from_place: str


def expected(warehouse: str, sku: str = "") -> list[Expected]:
    """What is on its way to a warehouse, the first to come first; without a day, last.

    Args:
        warehouse: its code.
        sku: of this SKU only.
    """
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, "warehouse": warehouse, "sku": sku}
        return [Expected(*row) for row in cursor.execute(_EXPECTED, given)]


def expected_list(warehouse: str, sku: str = "") -> List:
    """The same in pages, by SKU and consignment."""
    return List(
        _ON_ITS_WAY.format(after="{after}", order="{order}", limit="{limit}"),
        {"warehouse": warehouse, "sku": sku},
        ("sku", "number"),
    )


_PURCHASE_LINE: Final = (
    "purchase_id AS purchase, purchase_id, line_no, sku, quantity, net_amount, vat_rate, received,"
    " short, open, linked"
)
_DECLARATION_LINE: Final = """
    declaration_no, item_no, sku, mode, exported_on, quantity, fob_amount, fob_currency,
    destination, warehouse, sold_at_export, statistics_flag, channel, order_no, sent, linked, (
        SELECT coalesce(sum(p.quantity), 0)::bigint FROM logistics_receiptline AS p
        WHERE p.enterprise_id = %(enterprise)s AND p.declaration_no = r.declaration_no
            AND p.item_no = r.item_no AND p.sku = r.sku) AS received
"""
_SCAN: Final = (
    "id, number, consignment_id, place, barcode, quantity, condition, lot,"
    " scanned_at, state, sku, units, outcome, over, received_on, note, document_id, created_at,"
    " created_by"
)
_DISCREPANCIES: Final = """
    SELECT sku, expected, good, damaged, greatest(good + damaged - expected, 0) AS over,
        short, open, CASE WHEN expected = 0 THEN good + damaged ELSE 0 END AS not_expected
    FROM (
        SELECT sku, sum(expected)::bigint AS expected, sum(good)::bigint AS good,
            sum(damaged)::bigint AS damaged, sum(short)::bigint AS short, sum(open)::bigint AS open
        FROM (
            SELECT sku, quantity AS expected, 0 AS good, 0 AS damaged, short, open
            FROM logistics_consignmentline
            WHERE enterprise_id = %(enterprise)s AND consignment_id = %(consignment)s
            UNION ALL
            SELECT sku, 0, CASE condition WHEN 'good' THEN quantity ELSE 0 END,
                CASE condition WHEN 'damaged' THEN quantity ELSE 0 END, 0, 0
            FROM logistics_receiptline
            WHERE enterprise_id = %(enterprise)s AND consignment_id = %(consignment)s
        ) AS sides
        GROUP BY sku
    ) AS sums
    WHERE {where} AND {after} ORDER BY {order} LIMIT {limit}
"""
_WAY: Final = """
    SELECT l.sku, sum(l.open)::bigint AS quantity, c.expected_on, c.id AS consignment, c.number,
        c.from_place
    FROM logistics_consignment AS c
    CROSS JOIN LATERAL (
        SELECT l.sku, l.open FROM logistics_consignmentline AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.consignment_id = c.id AND l.open > 0
            AND (%(sku)s = '' OR l.sku = %(sku)s)
    ) AS l
    WHERE c.enterprise_id = %(enterprise)s AND c.state IN ('dispatched', 'arrived')
        AND c.to_place IN ('home/' || %(warehouse)s, 'warehouse/' || %(warehouse)s)
    GROUP BY l.sku, c.id, c.expected_on, c.number, c.from_place
"""
_EXPECTED: Final = _WAY + " ORDER BY c.expected_on NULLS LAST, c.id, l.sku"
_ON_ITS_WAY: Final = (
    f"SELECT * FROM ({_WAY}) AS way WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}"
)
