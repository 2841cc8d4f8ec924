# SPDX-License-Identifier: Apache-2.0
"""One SKU, and one lot of it.

Of a SKU: what it is, where it lies, for whom it is reserved, what comes, what changed it. Of a
lot: where its units are, and the way they went.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from psycopg.rows import dict_row

from entrepot.catalog.models import Photo, Product
from entrepot.ledger import finding, lots
from entrepot.ledger import stock as lists
from entrepot.ledger.models import Item
from entrepot.pages.frame import page, show
from entrepot.pages.leads import lead
from entrepot.pages.places import movements
from entrepot.pages.plots import by_day, last_days
from entrepot.pages.table import Column, Table, answer, exported, shown_table, with_query
from entrepot.pages.wording import Words, language, words
from entrepot.people.access import Access
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

READ: Final = "book.read"
#: Days that are looked back on, and the movements of them that are looked at, the latest.
DAYS: Final = 90
MOST_MOVEMENTS: Final = 5000
#: Rows of what is shown beside; steps of a lot's way.
MOST: Final = 50
MOST_STEPS: Final = 500

#: Orders for which units are reserved, in whatever place; those promised first, first.
_RESERVED: Final = """
    SELECT o.id, o.number, o.channel, o.promised_on, a.place, a.quantity
    FROM (
        SELECT a.order_id, a.place, sum(a.quantity)::int AS quantity
        FROM (
            SELECT DISTINCT b.place FROM ledger_balance AS b
            WHERE b.enterprise_id = %(enterprise)s AND b.item = %(sku)s AND b.reserved > 0
            ORDER BY b.place LIMIT %(most)s
        ) AS p
        CROSS JOIN LATERAL (
            SELECT a.order_id, a.place, a.quantity FROM warehouse_allocation AS a
            WHERE a.enterprise_id = %(enterprise)s AND a.place = p.place AND a.sku = %(sku)s
            LIMIT 500
        ) AS a
        GROUP BY a.order_id, a.place
    ) AS a
    CROSS JOIN LATERAL (
        SELECT o.id, o.number, o.channel, o.promised_on FROM warehouse_order AS o
        WHERE o.enterprise_id = %(enterprise)s AND o.id = a.order_id OFFSET 0
    ) AS o
    ORDER BY o.promised_on, o.id, a.place LIMIT %(most)s
"""
_COMING: Final = """
    SELECT c.id, c.number, c.state, c.from_place, c.to_place, c.expected_on, l.quantity
    FROM (
        SELECT l.consignment_id, sum(l.open)::bigint AS quantity
        FROM logistics_consignmentline AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.sku = %(sku)s AND l.open > 0
        GROUP BY l.consignment_id
    ) AS l
    CROSS JOIN LATERAL (
        SELECT * FROM logistics_consignment AS c
        WHERE c.enterprise_id = %(enterprise)s AND c.id = l.consignment_id
            AND c.state IN ('dispatched', 'arrived') OFFSET 0
    ) AS c
    ORDER BY c.expected_on NULLS LAST, c.id LIMIT %(most)s
"""
#: Units that orders wait for, among the first so many lines.
_WAITING: Final = """
    SELECT coalesce(sum(open), 0)::bigint AS units FROM (
        SELECT open FROM warehouse_orderline
        WHERE enterprise_id = %(enterprise)s AND sku = %(sku)s AND open > 0 LIMIT 1000
    ) AS l
"""


def lot_page(sku: str, lot: str) -> str:
    """The address of a lot of a SKU; nothing for units without a lot."""
    return f"{reverse('pages:stock_lot')}?{urlencode({'sku': sku, 'lot': lot})}" if lot else ""


@page(READ)
def one(request: HttpRequest, access: Access, sku: str) -> HttpResponseBase:
    """A SKU."""
    Item.objects.get(code=sku, kind="goods")
    say, found = words("stock"), _Sku(sku, words("stock"))
    tables = {"where": found.where, "changes": found.changes}
    if "orders.read" in access.scopes:
        tables["reserved"] = found.reserved
    if "inbound.read" in access.scopes:
        tables["coming"] = found.coming
    if (wanted := request.GET.get("table", "")) in tables and "export" in request.GET:
        return exported(tables[wanted](), _form(request), say)
    shown = {name: _shown(request, table(), name) for name, table in tables.items()}
    latest = Table("latest", _movement_columns(), finding.movements(item=sku), limit=10)
    product = Product.objects.filter(sku=sku).first()
    return show(
        request, access, "stock", "pages/stock_one.html",
        heading=sku, about=_about(product, say), sku=sku, product=product,
        sums=lists.sums_of(sku), tables=shown, plots=found.plots(),
        latest=shown_table(request, latest, "stock"), behind=movements(item=sku),
        waiting=_rows(_WAITING, sku)[0]["units"] if "reserved" in tables else None,
        waiting_for=lead("orders", sku=sku, is_waiting="on"),
        photo=_photo(product) if "masters.read" in access.scopes else "",
    )  # fmt: skip


@page(READ)
def lot(request: HttpRequest, access: Access) -> HttpResponseBase:
    """A lot: where its units are, and how they came to one of the places and went on."""
    sku, its_lot, place = (request.GET.get(name, "") for name in ("sku", "lot", "place"))
    if not its_lot or len(sku) > 64 or len(its_lot) > 64 or len(place) > 200:
        raise Http404
    Item.objects.get(code=sku, kind="goods")
    say = words("stock")

    def from_here(row: Any) -> str:
        given = {"sku": sku, "lot": its_lot, "place": row["place"]}
        return f"{reverse('pages:stock_lot')}?{urlencode(given)}"

    columns = (
        Column("place", "code", to=from_here),
        Column("quantity", "number", to=lambda row: movements(item=sku, lot=its_lot,
                                                              place=row["place"])),
        Column("reserved", "number"),
        Column("since", "day"),
    )  # fmt: skip
    ways = {}
    directions: tuple[lots.Direction, ...] = ("back", "on") if place else ()
    for direction in directions:
        steps = lots.walk(sku, its_lot, place, direction, most=MOST_STEPS)
        way = Table(direction, _step_columns(), steps, more={"empty": say["no_way"]})
        if request.GET.get("table") == direction and "export" in request.GET:
            return exported(way, _form(request), say)
        ways[direction] = _shown(request, way, direction)
    return answer(
        request, access, "stock", Table("lot", columns, lists.of_lot(its_lot, sku)),
        "pages/stock_lot.html", heading=its_lot, about=say["about_lot"], sku=sku, place=place,
        ways=ways, behind=movements(item=sku, lot=its_lot),
    )  # fmt: skip


class _Sku:
    """The tables and plots of a SKU."""

    def __init__(self, sku: str, say: Words) -> None:
        self.sku, self.say = sku, say
        self.first = timezone.localdate() - timedelta(days=DAYS - 1)
        self.changed = lists.changes(sku, self.first, MOST_MOVEMENTS)

    def where(self) -> Table:
        """Where it lies."""
        columns = (
            Column("place", "code", to=lambda row: lead("stock_place", place=row["place"])),
            Column("lot", "code", to=lambda row: lot_page(self.sku, row["lot"])),
            Column("quantity", "number", to=lambda row: movements(
                item=self.sku, lot=row["lot"], place=row["place"])),
            Column("reserved", "number"),
            Column("free", "number"),
            Column("since", "day"),
        )  # fmt: skip
        return Table("where", columns, lists.of_sku(self.sku), more=self._empty("where"))

    def reserved(self) -> Table:
        """For which orders it is reserved."""
        columns = (
            Column("order", "code", of=lambda row: row["number"],
                   to=lambda row: lead("orders_one", row["id"])),
            Column("channel"),
            Column("promised_on", "day"),
            Column("place", "code"),
            Column("quantity", "number"),
        )  # fmt: skip
        rows = _rows(_RESERVED, self.sku)
        return Table("reserved", columns, rows, more=self._empty("reserved"))

    def coming(self) -> Table:
        """What is on its way."""
        columns = (
            Column("consignment", "code", of=lambda row: row["number"],
                   to=lambda row: lead("inbound_consignment", row["id"])),
            Column("state", "state", states="consignment"),
            Column("from_place", "code"),
            Column("to_place", "code"),
            Column("expected_on", "day"),
            Column("quantity", "number"),
        )  # fmt: skip
        rows = _rows(_COMING, self.sku)
        return Table("coming", columns, rows, more=self._empty("coming"))

    def changes(self) -> Table:
        """What made it more and less, by kind of document."""
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for each in self.changed:
            sums[each.kind][0] += each.came
            sums[each.kind][1] += each.went
        rows = [
            {"kind": kind, "came": came, "went": -went, "difference": came - went}
            for kind, (came, went) in sorted(sums.items())
        ]

        def behind(row: Any) -> str:
            return movements(item=self.sku, kind=row["kind"], first=self.first.isoformat())

        columns = (
            Column("kind", "state", states="document", to=behind),
            Column("came", "number", to=behind),
            Column("went", "number", to=behind),
            Column("difference", "number", to=behind),
        )
        return Table("changes", columns, rows, more=self._empty("changes"))

    def _empty(self, table: str) -> dict[str, str]:
        return {"empty": self.say["none"][table]}

    def plots(self) -> Sequence[Any]:
        """What came and what left, day by day."""
        came: dict[date, int] = defaultdict(int)
        went: dict[date, int] = defaultdict(int)
        for each in self.changed:
            came[each.on] += each.came
            went[each.on] += each.went
        if not self.changed:
            return ()
        days = last_days(DAYS, timezone.localdate())
        columns = self.say["columns"]
        return (
            by_day(columns["came"], "received", came, days, self._on),
            by_day(columns["went"], "shipped", went, days, self._on),
        )

    def _on(self, day: date) -> str:
        return movements(item=self.sku, first=day.isoformat(), last=day.isoformat())


def _rows(statement: str, sku: str) -> list[dict[str, Any]]:
    given = {"enterprise": acting().enterprise, "sku": sku, "most": MOST}
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        rows: Any = cursor.execute(statement, given).fetchall()
    return list(rows)


def _shown(request: HttpRequest, table: Table, name: str) -> dict[str, Any]:
    """A table of the page, with files of its own."""
    shown = shown_table(request, table, "stock")
    exports = {form: with_query(request, export=form, table=name) for form in shown["exports"]}
    return {**shown, "exports": exports}


def _form(request: HttpRequest) -> str:
    return "xlsx" if request.GET["export"] == "xlsx" else "csv"


def _movement_columns() -> tuple[Column, ...]:
    return (
        Column("number", "code", to=lambda row: lead("movements_document", row["document_id"])),
        Column("kind", "state", states="document"),
        Column("on", "day"),
        Column("lot", "code"),
        Column("quantity", "number"),
        Column("from_place", "code"),
        Column("to_place", "code"),
    )


def _step_columns() -> tuple[Column, ...]:
    return (
        Column("number", "code", to=lambda row: lead("movements_document", row.document)),
        Column("kind", "state", states="document"),
        Column("on", "day"),
        Column("quantity", "number"),
        Column("from_place", "code"),
        Column("to_place", "code"),
    )


def _about(product: Product | None, say: Words) -> str:
    """What it is called, where it has a name, and what the page is for."""
    names = (product.name, product.name_zh) if product else ("", "")
    name = next(filter(None, reversed(names) if language() == "zh" else names), "")
    return (
        f"{name} · {say['about_one']}"
        if name and product and name != product.sku
        else str(say["about_one"])
    )


def _photo(product: Product | None) -> str:
    """The address of its photo, if there is one."""
    if product is None or not Photo.objects.filter(product_id=product.pk).exists():
        return ""
    return f"/api/v1/products/{product.pk}/photo"
