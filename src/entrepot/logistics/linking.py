# SPDX-License-Identifier: Apache-2.0
"""Link invoice lines to declaration items, where it is known which goods left with which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from entrepot.catalog.forms import Fault, shown
from entrepot.logistics.models import Declaration
from entrepot.logistics.refusals import refuse_faults, refuse_otherwise
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: Each link with what it names: its purchase, whether the declaration has the item, how much is
#: free on either side, and how much is linked already.
_LOOK: Final = """
    SELECT g.row, p.id, d.free, l.free, (
        SELECT k.quantity FROM logistics_invoicelink AS k
        WHERE k.enterprise_id = %(enterprise)s AND k.declaration_no = g.declaration_no
            AND k.item_no = g.item_no AND k.purchase_id = p.id AND k.line_no = g.line_no
            AND k.sku = g.sku)
    FROM unnest(%(declaration_nos)s::text[], %(item_nos)s::int[], %(invoice_nos)s::text[],
        %(line_nos)s::int[], %(skus)s::text[]) WITH ORDINALITY
        AS g (declaration_no, item_no, invoice_no, line_no, sku, row)
    LEFT JOIN LATERAL (
        SELECT p.id FROM logistics_purchase AS p
        WHERE p.enterprise_id = %(enterprise)s AND p.invoice_no = g.invoice_no
            AND p.invoice_no <> ''
        LIMIT 1
    ) AS p ON TRUE
    LEFT JOIN LATERAL (
        SELECT d.quantity - d.linked AS free FROM logistics_declarationline AS d
        WHERE d.enterprise_id = %(enterprise)s AND d.declaration_no = g.declaration_no
            AND d.item_no = g.item_no AND d.sku = g.sku
        LIMIT 1
    ) AS d ON TRUE
    LEFT JOIN LATERAL (
        SELECT l.quantity - l.linked AS free FROM logistics_purchaseline AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.purchase_id = p.id
            AND l.line_no = g.line_no AND l.sku = g.sku
        LIMIT 1
    ) AS l ON TRUE
    ORDER BY g.row
"""
#: Links are written one caller at a time: they change counts on two sides.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('links:' || %(enterprise)s, 0))"
_ADD: Final = """
    WITH links AS MATERIALIZED (
        SELECT * FROM unnest(%(declaration_nos)s::text[], %(item_nos)s::int[],
            %(purchases)s::uuid[], %(line_nos)s::int[], %(skus)s::text[], %(quantities)s::bigint[])
            AS g (declaration_no, item_no, purchase_id, line_no, sku, quantity)
    ),
    declared AS (
        UPDATE logistics_declarationline AS d SET linked = d.linked + s.quantity
        FROM (SELECT declaration_no, item_no, sku, sum(quantity)::bigint AS quantity FROM links
            GROUP BY 1, 2, 3) AS s
        WHERE d.enterprise_id = %(enterprise)s AND d.declaration_no = s.declaration_no
            AND d.item_no = s.item_no AND d.sku = s.sku
    ),
    bought AS (
        UPDATE logistics_purchaseline AS l SET linked = l.linked + s.quantity
        FROM (SELECT purchase_id, line_no, sku, sum(quantity)::bigint AS quantity FROM links
            GROUP BY 1, 2, 3) AS s
        WHERE l.enterprise_id = %(enterprise)s AND l.purchase_id = s.purchase_id
            AND l.line_no = s.line_no AND l.sku = s.sku
    )
    INSERT INTO logistics_invoicelink (enterprise_id, declaration_no, item_no, purchase_id, line_no,
        sku, quantity)
    SELECT %(enterprise)s, * FROM links
"""
_DROP: Final = """
    WITH gone AS (
        DELETE FROM logistics_invoicelink
        WHERE enterprise_id = %(enterprise)s AND declaration_no = %(declaration_no)s
        RETURNING item_no, purchase_id, line_no, sku, quantity
    ),
    declared AS (
        UPDATE logistics_declarationline AS d SET linked = d.linked - s.quantity
        FROM (SELECT item_no, sku, sum(quantity)::bigint AS quantity FROM gone GROUP BY 1, 2) AS s
        WHERE d.enterprise_id = %(enterprise)s AND d.declaration_no = %(declaration_no)s
            AND d.item_no = s.item_no AND d.sku = s.sku
    ),
    bought AS (
        UPDATE logistics_purchaseline AS l SET linked = l.linked - s.quantity
        FROM (SELECT purchase_id, line_no, sku, sum(quantity)::bigint AS quantity FROM gone
            GROUP BY 1, 2, 3) AS s
        WHERE l.enterprise_id = %(enterprise)s AND l.purchase_id = s.purchase_id
            AND l.line_no = s.line_no AND l.sku = s.sku
    )
    SELECT count(*) FROM gone
"""


@dataclass(frozen=True, slots=True)
class Linked:
    """So many units of an invoice line left with a declaration item."""

    declaration_no: str
    item_no: int
    invoice_no: str
    line_no: int
    sku: str
    quantity: int

    @property
    def name(self) -> str:
        """By what it is known."""
        return f"{self.declaration_no}/{self.item_no} {self.invoice_no}/{self.line_no} {self.sku}"


def link(links: Sequence[Linked]) -> int:
    """Link invoice lines to declaration items: all, or none. The same link again changes nothing.

    Returns:
        how many are new.

    Raises:
        Unfit: with every link that names what is not there, or more than there is.
        SaysOtherwise: with every link that is there with another quantity.
    """
    enterprise = acting().enterprise
    asked = f"Cannot link {len(links):,} invoice line{'s' if len(links) > 1 else ''}."
    given = _given(links)
    with raw_cursor() as cursor:
        cursor.execute(_LOCK, given)
        found = cursor.execute(_LOOK, given).fetchall()
        refuse_faults(asked, list(_faults(links, found)))
        pairs = list(zip(links, found, strict=True))
        refuse_otherwise(
            "link", [each.name for each, row in pairs if row[4] not in (None, each.quantity)]
        )
        new = [(each, row[1]) for each, row in pairs if row[4] is None]
        if new:
            its = _given([each for each, _ in new]) | {"purchases": [id for _, id in new]}
            cursor.execute(_ADD, its | {"enterprise": enterprise})
    return len(new)


def unlink(declaration: UUID) -> int:
    """Take all links of a declaration away; how many there were.

    Raises:
        Declaration.DoesNotExist: there is no such declaration.
    """
    found = Declaration.objects.get(id=declaration)
    given = {"enterprise": acting().enterprise, "declaration_no": found.declaration_no}
    with raw_cursor() as cursor:
        cursor.execute(_LOCK, given)
        row = cursor.execute(_DROP, given).fetchone()
    assert row is not None
    if row[0]:
        record("declaration.unlinked", found.declaration_no, links=row[0])
    return int(row[0])


def _given(links: Sequence[Linked]) -> dict[str, Any]:
    return {
        "enterprise": acting().enterprise,
        "declaration_nos": [each.declaration_no for each in links],
        "item_nos": [each.item_no for each in links],
        "invoice_nos": [each.invoice_no for each in links],
        "line_nos": [each.line_no for each in links],
        "skus": [each.sku for each in links],
        "quantities": [each.quantity for each in links],
    }


def _faults(links: Sequence[Linked], found: Sequence[tuple[Any, ...]]) -> Iterator[Fault]:
    taken: Counter[tuple[str, object, int, str]] = Counter()
    names: Counter[str] = Counter(each.name for each in links)
    for each, (row, purchase, declared, bought, linked) in zip(links, found, strict=True):
        if names[each.name] > 1:
            yield Fault("line_no", each.name, "each link once", row)
        if declared is None:
            said = f"{each.declaration_no}/{each.item_no} of {each.sku}"
            yield Fault("item_no", said, "a declaration item with this SKU", row)
        if bought is None:
            said = shown(each.invoice_no) if purchase is None else f"{each.line_no} of {each.sku}"
            yield Fault(
                "invoice_no" if purchase is None else "line_no", said, "a line of an invoice", row
            )
        if linked is None:
            yield from _too_much(each, row, purchase, declared, bought, taken)


def _too_much(
    each: Linked,
    row: int,
    purchase: object,
    declared: int | None,
    bought: int | None,
    taken: Counter[tuple[str, object, int, str]],
) -> Iterator[Fault]:
    """A link of more than is left on either side, counting the links before it."""
    sides: Mapping[tuple[str, object, int, str], int | None] = {
        ("declared", each.declaration_no, each.item_no, each.sku): declared,
        ("invoiced", purchase, each.line_no, each.sku): bought,
    }
    for key, free in sides.items():
        taken[key] += each.quantity
        if free is not None and taken[key] > free:
            yield Fault(
                "quantity", f"{each.quantity:,}", f"at most what is {key[0]}, unlinked", row
            )
