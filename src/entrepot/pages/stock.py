# SPDX-License-Identifier: Apache-2.0
"""Stock: how much there is, by SKU, by place, by lot and by age. One SKU, one lot: `stock_one`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms as fields
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import path, reverse

from entrepot.catalog.models import Bin, Product, Warehouse
from entrepot.ledger import stock as lists
from entrepot.ledger.models import Place
from entrepot.ledger.places import is_place, warehouse_of
from entrepot.pages import forms, stock_one
from entrepot.pages.frame import page, tabs
from entrepot.pages.places import movements
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.warehouse.areas import today
from entrepot.web.telling import state_in_words

READ: Final = "book.read"
#: The age of stock: from how many days on.
AGES: Final = (0, 31, 61, 91, 181, 366)
_PAGES: Final = ("stock", "stock_places", "stock_lots", "stock_ages")
_MOST_WAREHOUSES: Final = 500


def warehouses(*, needs_one: bool = False) -> list[tuple[str, str]]:
    """Warehouses in use by their places, to choose from."""
    rows = Warehouse.objects.filter(is_active=True).order_by("kind", "code")
    chosen = [
        (_place(kind, code), f"{code} {name}".rstrip())
        for kind, code, name in rows.values_list("kind", "code", "name")[:_MOST_WAREHOUSES]
    ]
    return chosen if needs_one else [("", words("common")["any"]), *chosen]


def time_zones() -> dict[str, str]:
    """The time zones of warehouses by their places."""
    rows = Warehouse.objects.values_list("kind", "code", "time_zone")[:_MOST_WAREHOUSES]
    return {_place(kind, code): zone for kind, code, zone in rows}


def _place(kind: str, code: str) -> str:
    return f"{'home' if kind == 'home' else 'warehouse'}/{code}"


def _ages() -> list[tuple[str, str]]:
    say = words("stock")["older"]
    return [("", words("common")["any"]), *((str(days), say[str(days)]) for days in AGES[1:])]


class StockFilters(forms.Filters):
    sku = forms.text(64)
    warehouse = fields.ChoiceField(choices=warehouses)
    is_there = forms.flag()


class PlaceFilters(forms.Filters):
    warehouse = fields.ChoiceField(choices=lambda: warehouses(needs_one=True))
    is_there = forms.flag()


class LotFilters(forms.Filters):
    lot = forms.text(64)
    sku = forms.text(64)


class AgeFilters(forms.Filters):
    age = fields.ChoiceField(choices=_ages)
    warehouse = fields.ChoiceField(choices=warehouses)
    sku = forms.text(64)


def sku_page(sku: str) -> str:
    """The address of a SKU."""
    return reverse("pages:stock_one", args=[sku]) if sku else ""


def in_place(place: str) -> str:
    """The address of what lies in a place."""
    return f"{reverse('pages:stock_place')}?{urlencode({'place': place})}"


@page(READ)
def stock(request: HttpRequest, access: Access) -> HttpResponseBase:
    """How much there is of each SKU."""
    say = words("stock")
    filters = StockFilters(request.GET, say=say)
    given = filters.given()
    names: dict[str, str] = {}

    def behind(row: Any) -> str:
        return movements(item=row["code"])

    table = Table(
        "stock",
        (
            Column("sku", "code", of=lambda row: row["code"], to=lambda row: sku_page(row["code"])),
            Column("name", of=lambda row: names.get(row["code"], "")),
            Column("on_hand", "number", to=behind),
            Column("reserved", "number", to=lambda row: sku_page(row["code"]) + "#reserved"),
            Column("free", "number", to=lambda row: sku_page(row["code"]) + "#where"),
            Column("on_way", "number", to=lambda row: sku_page(row["code"]) + "#coming"),
            Column("warehouses", of=_by_warehouse),
        ),
        lists.by_sku(**given),
        filters=filters,
        before=lambda rows: names.update(names_of([row["code"] for row in rows])),
    )
    return answer(request, access, "stock", table, "pages/stock.html", tabs=_tabs(say, "stock"))


@page(READ)
def places(request: HttpRequest, access: Access) -> HttpResponseBase:
    """The places of one warehouse: the one asked for, or the first."""
    say = words("stock")
    known = warehouses(needs_one=True)
    filters = PlaceFilters(request.GET or {"warehouse": known[0][0] if known else ""}, say=say)
    given = filters.given()
    chosen = given.get("warehouse") or (known[0][0] if known else "")
    zones: dict[str, str] = {}

    def look_up(rows: Sequence[Any]) -> None:
        codes = [row["path"].removeprefix(f"{chosen}/") for row in rows]
        found = Bin.objects.filter(warehouse__code=chosen.partition("/")[2], code__in=codes)
        for code, zone in found.values_list("code", "zone__code"):
            zones[f"{chosen}/{code}"] = zone or ""

    table = Table(
        "places",
        (
            Column("place", "code", of=lambda row: row["path"],
                   to=lambda row: in_place(row["path"])),
            Column("zone", of=lambda row: zones.get(row["path"]) or _area(row["path"])),
            Column("skus", "number"),
            Column("units", "number", to=lambda row: movements(place=row["path"])),
            Column("reserved", "number"),
            Column("since", "day"),
        ),
        lists.by_place(chosen, is_there=bool(given.get("is_there"))) if chosen else (),
        filters=filters,
        before=look_up,
    )  # fmt: skip
    return answer(
        request, access, "stock", table, "pages/stock.html", tabs=_tabs(say, "stock_places"),
        about=say["about_places"],
    )  # fmt: skip


@page(READ)
def place(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What lies in one place."""
    asked = request.GET.get("place", "")
    if not is_place(asked) or not Place.objects.filter(path=asked).exists():
        raise Http404
    say = words("stock")
    columns = (
        Column("sku", "code", of=lambda row: row["item"], to=lambda row: sku_page(row["item"])),
        Column("lot", "code", to=_lot),
        *_balance_columns(asked),
    )
    table = Table("place", columns, lists.in_place(asked), more={"empty": say["empty_place"]})
    warehouse = warehouse_of(asked)
    back = f"{reverse('pages:stock_places')}?{urlencode({'warehouse': warehouse})}"
    return answer(
        request, access, "stock", table, "pages/stock_place.html", heading=asked,
        about=say["about_place"], movements=movements(place=asked),
        back=back if warehouse in dict(warehouses(needs_one=True)) else "", warehouse=warehouse,
    )  # fmt: skip


@page(READ)
def lots(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Where the units of each lot are, sold ones too."""
    say = words("stock")
    filters = LotFilters(request.GET, say=say)
    columns = (
        Column("lot", "code", to=_lot),
        Column("sku", "code", of=lambda row: row["item"], to=lambda row: sku_page(row["item"])),
        Column("place", "code", to=lambda row: in_place(row["place"])),
        *_balance_columns(),
    )
    table = Table("lots", columns, lists.by_lot(**filters.given()), filters=filters,
                  more={"empty": say["empty_lots"]})  # fmt: skip
    return answer(
        request, access, "stock", table, "pages/stock.html", tabs=_tabs(say, "stock_lots"),
        about=say["about_lots"],
    )  # fmt: skip


@page(READ)
def ages(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What lies longest, first; days are those of the warehouse."""
    say = words("stock")
    filters = AgeFilters(request.GET, say=say)
    given = filters.given()
    zones = time_zones()
    days: dict[str, date] = {}

    def age(row: Any) -> int:
        warehouse = warehouse_of(row["place"])
        if warehouse not in days:
            days[warehouse] = today(zones.get(warehouse))
        since: date = row["since"]
        return max((days[warehouse] - since).days, 0)

    until = None
    if least := int(given.pop("age", 0)):
        # Where it is still the day before, it has lain a day less.
        wanted = [given["warehouse"]] if "warehouse" in given else list(zones)
        until = min(today(zones.get(each)) for each in [*wanted, ""]) - timedelta(days=least)
    columns = (
        Column("days", "number", of=age),
        Column("age", "state", of=lambda row: bucket(age(row)), states="age"),
        Column("sku", "code", of=lambda row: row["item"], to=lambda row: sku_page(row["item"])),
        Column("lot", "code", to=_lot),
        Column("place", "code", to=lambda row: in_place(row["place"])),
        *_balance_columns(),
    )
    table = Table("ages", columns, lists.by_age(until, **given), filters=filters)
    return answer(
        request, access, "stock", table, "pages/stock.html", tabs=_tabs(say, "stock_ages"),
        about=say["about_ages"],
    )  # fmt: skip


def bucket(days: int) -> str:
    """The first day of the bucket that an age falls into."""
    return str(max(least for least in AGES if least <= days))


def names_of(skus: Sequence[str]) -> dict[str, str]:
    """What products are called, in the reader's language where they have a name in it."""
    is_zh = language() == "zh"
    rows = Product.objects.filter(sku__in=list(skus)).values_list("sku", "name", "name_zh")
    return {sku: (name_zh or name) if is_zh else (name or name_zh) for sku, name, name_zh in rows}


def _by_warehouse(row: Any) -> str:
    found = sorted((row["warehouses"] or {}).items(), key=lambda each: (-each[1], each[0]))
    shown = " · ".join(f"{code} {units:,}" for code, units in found[:4])
    return f"{shown} …" if len(found) > 4 else shown


def _balance_columns(place: str = "") -> tuple[Column, ...]:
    """How much lies there, and since when; behind it, the movements."""

    def behind(row: Any) -> str:
        return movements(item=row["item"], lot=row["lot"], place=place or row["place"])

    return (
        Column("quantity", "number", to=behind),
        Column("reserved", "number"),
        Column("since", "day"),
    )


def _lot(row: Any) -> str:
    return stock_one.lot_page(row["item"], row["lot"])


def _area(path: str) -> str:
    name = path.rpartition("/")[2]
    return state_in_words("area", name, language()) if name.startswith("@") else ""


def _tabs(say: Any, here: str) -> list[dict[str, Any]]:
    return tabs(say, here, *_PAGES)


urlpatterns = [
    path("", stock, name="stock"),
    path("places/", places, name="stock_places"),
    path("place/", place, name="stock_place"),
    path("lots/", lots, name="stock_lots"),
    path("lot/", stock_one.lot, name="stock_lot"),
    path("ages/", ages, name="stock_ages"),
    path("sku/<path:sku>/", stock_one.one, name="stock_one"),
]
