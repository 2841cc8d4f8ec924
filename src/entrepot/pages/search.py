# SPDX-License-Identifier: Apache-2.0
"""One box that finds what is on a label or a paper.

Numbers and codes by their beginnings, products by their names, documents by the words of their
notes. One clear hit opens at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from psycopg.rows import dict_row

from entrepot.catalog.barcodes import find
from entrepot.catalog.finding import search as masters_like
from entrepot.catalog.nouns import PRODUCT
from entrepot.catalog.words import wanted
from entrepot.ledger import finding
from entrepot.pages.frame import page, show
from entrepot.pages.leads import lead
from entrepot.pages.movements import said
from entrepot.pages.places import movements
from entrepot.pages.sources import MADE_BY_SLICES
from entrepot.pages.wording import language, words
from entrepot.papers.gs1 import scanned
from entrepot.people.access import Access
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.paging import Paging
from entrepot.web.telling import state_in_words

LONGEST: Final = 100
#: Hits of a group that are shown, at most.
MOST: Final = 8

#: A group: rows whose column begins with one of the terms, in the order of an index on it.
_PART: Final = """
    SELECT '{group}' AS "group", f.id::text, f.number, f.detail,
        f.number = ANY(%(terms)s) AS is_exact
    FROM unnest(%(terms)s::text[], %(ends)s::text[]) AS t (term, "end")
    CROSS JOIN LATERAL (
        SELECT {id} AS id, {column} AS number, {detail} AS detail FROM {table} AS r
        WHERE r.enterprise_id = %(enterprise)s
            AND {column} >= t.term AND {column} < t."end" AND {where}
        ORDER BY {column} LIMIT %(most)s
    ) AS f
"""
#: Lots: a lot lies in many places.
_LOTS: Final = """
    SELECT DISTINCT 'lot', f.item, f.lot, f.item, f.lot = ANY(%(terms)s)
    FROM unnest(%(terms)s::text[], %(ends)s::text[]) AS t (term, "end")
    CROSS JOIN LATERAL (
        SELECT r.item, r.lot FROM ledger_balance AS r
        WHERE r.enterprise_id = %(enterprise)s AND r.lot >= t.term AND r.lot < t."end"
            AND r.lot <> ''
        ORDER BY r.lot, r.item LIMIT 100
    ) AS f
"""
#: Bins: their codes begin anew in every warehouse.
_BINS: Final = """
    SELECT 'place', w.place || '/' || f.code, f.code, w.place, f.code = ANY(%(terms)s)
    FROM (
        SELECT id, CASE kind WHEN 'home' THEN 'home/' ELSE 'warehouse/' END || code AS place
        FROM catalog_warehouse WHERE enterprise_id = %(enterprise)s ORDER BY code LIMIT 200
    ) AS w
    CROSS JOIN unnest(%(terms)s::text[], %(ends)s::text[]) AS t (term, "end")
    CROSS JOIN LATERAL (
        SELECT r.code FROM catalog_bin AS r
        WHERE r.enterprise_id = %(enterprise)s AND r.warehouse_id = w.id
            AND r.code >= t.term AND r.code < t."end"
        ORDER BY r.code LIMIT %(most)s
    ) AS f
"""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a group is looked for, and who may see it. The names are ours, never what was typed."""

    group: str
    scope: str
    table: str
    column: str
    id: str = "r.id"
    detail: str = "''"
    where: str = "TRUE"

    @property
    def statement(self) -> str:
        return _PART.format(
            group=self.group, table=self.table, column=f"r.{self.column}", id=self.id,
            detail=self.detail, where=self.where,
        )  # fmt: skip


PARTS: Final = (
    Part("order", "orders.read", "warehouse_order", "number", detail="r.channel"),
    Part("parcel", "orders.read", "warehouse_parcel", "number", detail="r.tracking"),
    Part("parcel", "orders.read", "warehouse_parcel", "tracking", detail="r.number",
         where="r.tracking <> ''"),
    Part("wave", "orders.read", "warehouse_wave", "number", detail="r.note"),
    Part("sku", "book.read", "ledger_item", "code", id="r.code", where="r.kind = 'goods'"),
    Part("consignment", "inbound.read", "logistics_consignment", "number", detail="r.tracking"),
    Part("purchase", "inbound.read", "logistics_purchase", "number", detail="r.supplier"),
    Part("purchase", "inbound.read", "logistics_purchase", "invoice_no", detail="r.number",
         where="r.invoice_no <> ''"),
    Part("declaration", "inbound.read", "logistics_declaration", "declaration_no"),
    Part("piece", "inbound.read", "consolidating_piece", "mark", detail="r.declaration_no"),
    Part("container", "inbound.read", "consolidating_container", "number", detail="r.site",
         where="r.state <> 'departed'"),
    Part("return_home", "inbound.read", "returning_case", "number", detail="r.home"),
    Part("return", "floor.read", "warehouse_return", "number", detail="r.rma"),
    Part("return", "floor.read", "warehouse_return", "rma", detail="r.number",
         where="r.rma <> ''"),
    Part("count", "floor.read", "warehouse_count", "number", detail="r.about"),
    Part("document", "book.read", "ledger_document", "number", detail="r.kind"),
    Part("place", "book.read", "ledger_place", "path", id="r.path"),
)  # fmt: skip
GROUPS: Final = (*dict.fromkeys(part.group for part in PARTS), "lot", "note")


@dataclass(slots=True)
class Hit:
    """Something found: what it is called, what else is known of it, where it opens."""

    group: str
    number: str
    detail: str
    href: str
    is_exact: bool


def find_all(text: str, scopes: Collection[str]) -> list[Hit]:
    """What a text finds, for whoever has these scopes; exact hits first within each group."""
    code = scanned(text)
    terms = [*dict.fromkeys(t for t in (text, text.upper(), code.text, code.sscc) if t)]
    hits: dict[tuple[str, str, str], Hit] = {}
    with raw_cursor() as cursor:
        products = find(cursor, [text])[text]
        statements = [part.statement for part in PARTS if part.scope in scopes]
        if "book.read" in scopes:
            statements += [_LOTS, _BINS]
        given = {
            "enterprise": acting().enterprise, "most": MOST, "terms": terms,
            "ends": [term + "\U0010ffff" for term in terms],
        }  # fmt: skip
        cursor.row_factory = dict_row
        rows: Any = cursor.execute(" UNION ALL ".join(statements).encode(), given).fetchall()
    for row in rows:
        _keep(hits, row["group"], row["id"], row["number"], row["detail"], row["is_exact"])
    if "masters.read" in scopes:
        for each in products:
            _keep(hits, "sku", each.sku, each.sku, each.name or each.gtin, True)
        for master in masters_like(PRODUCT, text, None, Paging(limit=MOST, cursor=""))["items"]:
            is_zh = language() == "zh"
            name = (master.name_zh or master.name) if is_zh else (master.name or master.name_zh)
            _keep(hits, "sku", master.sku, master.sku, name, False)
    for row in _noted(text):
        _keep(hits, "note", str(row["id"]), row["number"], row["note"], False)
    order = {group: at for at, group in enumerate(GROUPS)}
    return sorted(hits.values(), key=lambda hit: (order[hit.group], not hit.is_exact, hit.number))


def _noted(text: str) -> list[Any]:
    """Documents whose note has the words."""
    if not wanted(text):
        return []
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        rows: list[Any] = cursor.execute(*finding.noted(wanted(text), MOST)).fetchall()
    return rows


def _keep(
    hits: dict[tuple[str, str, str], Hit], group: str, id: str, number: str, detail: str,
    is_exact: bool,
) -> None:  # fmt: skip
    """Once each, and what is known of it the second time as well."""
    key = (group, id, number if group == "lot" else "")
    if (known := hits.get(key)) is not None:
        known.is_exact |= is_exact
        known.detail = known.detail or detail
        return
    if sum(hit.group == group for hit in hits.values()) >= MOST and not is_exact:
        return
    if group == "document":
        is_exact = is_exact and detail not in MADE_BY_SLICES
        detail = state_in_words("document", detail, language())
    if href := _OPENS[group](id, number):
        hits[key] = Hit(group, number, detail or "", href, is_exact)


_OPENS: Final[dict[str, Callable[[str, str], str]]] = {
    "order": lambda id, number: lead("orders_one", id),
    "parcel": lambda id, number: lead("outbound_parcel", id),
    "wave": lambda id, number: lead("outbound_wave", id),
    "sku": lambda id, number: lead("stock_one", id),
    "consignment": lambda id, number: lead("inbound_consignment", id),
    "purchase": lambda id, number: lead("inbound_purchase", id),
    "declaration": lambda id, number: lead("inbound_declaration", id),
    "piece": lambda id, number: lead("inbound_piece", id),
    "container": lambda id, number: lead("inbound_container", id),
    "return_home": lambda id, number: lead("inbound_return", id),
    "return": lambda id, number: lead("returns_one", id),
    "count": lambda id, number: lead("counts_one", id),
    "document": lambda id, number: lead("movements_document", id),
    "place": lambda id, number: lead("stock_place", place=id),
    "lot": lambda id, number: lead("stock_lot", sku=id, lot=number),
    "note": lambda id, number: lead("movements_document", id),
}


def clear(hits: Collection[Hit]) -> Hit | None:
    """The one that is meant, if that is clear: the only hit, or the only exact one."""
    exact = [hit for hit in hits if hit.is_exact]
    if len(exact) == 1:
        return exact[0]
    return next(iter(hits)) if len(hits) == 1 else None


@page("book.read")
def search(request: HttpRequest, access: Access) -> HttpResponse:
    """What a text finds, by group."""
    say = words("search")
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    hits = find_all(text, access.scopes) if text else []
    only = clear(hits)
    if only is not None and "all" not in request.GET:
        return redirect(only.href)
    groups = [
        {"name": say["groups"][group], "hits": found}
        for group in GROUPS
        if (found := [hit for hit in hits if hit.group == group])
    ]
    can = [say["can"][group] for group, scope in _SCOPES.items() if scope in access.scopes]
    meant = said(text) if text else None
    return show(
        request, access, "search", "pages/search.html", text=text, groups=groups, can=can,
        kinds=[
            (state_in_words("document", kind, language()), movements(kind=kind))
            for kind in (meant.kinds if meant else ())
        ],
        behind=movements(q=text),
    )  # fmt: skip


#: Who may find what, in the order of the groups.
_SCOPES: Final = {part.group: part.scope for part in PARTS} | {
    "lot": "book.read", "note": "book.read",
}  # fmt: skip

urlpatterns = [path("search/", search, name="search")]
