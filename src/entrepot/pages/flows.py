# SPDX-License-Identifier: Apache-2.0
"""Map and plots: what lies where and how long, what is on its way, what came and what left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from entrepot.catalog.models import Warehouse
from entrepot.jobs.actions import start
from entrepot.ledger.lists import List
from entrepot.pages.counting import counted_at, figures
from entrepot.pages.frame import action, page, show
from entrepot.pages.leads import lead
from entrepot.pages.models import RECEIVED, RETURNED, SENT, SHIPPED, STOCK
from entrepot.pages.plots import by_day, last_days, shares, world
from entrepot.pages.table import Column, Table, answer, shown_table
from entrepot.pages.wording import Words, words
from entrepot.pages.work import CountFiguresIn, count_now
from entrepot.people.access import Access
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

PERIODS: Final = (30, 90)
#: The age of stock: from how many days on.
AGES: Final = (0, 31, 61, 91, 181, 366)
#: The documents with which goods cross the border of a warehouse.
_KINDS: Final = {RECEIVED: "receipt", SHIPPED: "shipment", RETURNED: "return"}
_MOST_WAYS: Final = 200

#: What was shipped to a country on a day, the latest first: a day's documents bound it.
_SHIPPED_TO: Final = """
    SELECT d.id, d.number AS parcel, s.units, s.order_id, o.channel, o.number, o.state
    FROM ledger_document AS d
    CROSS JOIN LATERAL (
        SELECT order_id, sum(quantity)::bigint AS units FROM warehouse_shippedline
        WHERE enterprise_id = %(enterprise)s AND document_id = d.id GROUP BY order_id OFFSET 0
    ) AS s
    CROSS JOIN LATERAL (
        SELECT channel, number, state, country FROM warehouse_order
        WHERE enterprise_id = %(enterprise)s AND id = s.order_id OFFSET 0
    ) AS o
    WHERE d.enterprise_id = %(enterprise)s AND d."on" = %(on)s AND d.kind = 'shipment'
        AND o.country = %(country)s AND {after}
    ORDER BY {order} LIMIT {limit}
"""

#: Goods on their way, from where to where; consignments that are on their way are few.
_WAYS: Final = """
    SELECT c.from_place, c.to_place, count(DISTINCT c.id), sum(l.open)::bigint
    FROM logistics_consignment AS c
    CROSS JOIN LATERAL (
        SELECT l.open FROM logistics_consignmentline AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.consignment_id = c.id AND l.open > 0
    ) AS l
    WHERE c.enterprise_id = %(enterprise)s AND c.state = ANY('{dispatched,arrived}')
    GROUP BY c.from_place, c.to_place ORDER BY 4 DESC LIMIT %(most)s
"""


@dataclass
class Counts:
    """What one look at the page tells, over so many days; each is read when it is asked for."""

    days: int
    say: Words

    @cached_property
    def today(self) -> date:
        return timezone.localdate()

    @cached_property
    def _places(self) -> dict[str, Any]:
        """Warehouses by their place: code, name, country."""
        found = Warehouse.objects.values("code", "name", "country", "kind").order_by("code")[:2000]
        roots = {"home": "home", "overseas": "warehouse"}
        return {f"{roots.get(each['kind'], 'warehouse')}/{each['code']}": each for each in found}

    @cached_property
    def _stock(self) -> list[Any]:
        return figures(STOCK)

    @cached_property
    def ways(self) -> list[dict[str, Any]]:
        """Goods on their way, by where from and where to."""
        given = {"enterprise": acting().enterprise, "most": _MOST_WAYS}
        with raw_cursor() as cursor:
            rows = cursor.execute(_WAYS, given).fetchall()
        return [
            {
                "from_place": source, "to_place": target, "consignments": count, "units": units,
                "source": self._country(source), "target": self._country(target),
                "href": lead("inbound_expected", warehouse=_code(target)),
            }
            for source, target, count, units in rows
        ]  # fmt: skip

    def _country(self, place: str) -> str:
        return str(self._places[place]["country"]) if place in self._places else ""

    @cached_property
    def warehouses(self) -> list[dict[str, Any]]:
        """Every warehouse: what lies there and what is on its way to it."""
        units: dict[str, int] = defaultdict(int)
        for each in self._stock:
            units[each.about] += each.units
        coming: dict[str, int] = defaultdict(int)
        for way in self.ways:
            coming[way["to_place"]] += way["units"]
        rows = [
            {
                "warehouse": each["code"], "name": each["name"], "country": each["country"],
                "place": place, "units": units.pop(place, 0), "coming": coming[place],
                "href": lead("stock_places", warehouse=place, is_there="on"),
            }
            for place, each in self._places.items()
        ]  # fmt: skip
        rows += [
            {"warehouse": _code(place), "name": "", "country": "", "place": place, "units": count,
             "coming": coming[place], "href": lead("movements", place=place)}
            for place, count in units.items()
        ]  # fmt: skip
        return shares(sorted(rows, key=lambda row: -row["units"]), "units")

    @cached_property
    def countries(self) -> list[dict[str, Any]]:
        """Where orders went: by country, orders and units."""
        orders: dict[str, int] = defaultdict(int)
        units: dict[str, int] = defaultdict(int)
        for each in figures(SENT, first=self._first):
            orders[each.about] += each.times
            units[each.about] += each.units
        rows = [
            {"country": code, "name": country(code, self.say), "orders": orders[code],
             "units": units[code], "href": _orders(code, self.days)}
            for code in units
        ]  # fmt: skip
        return shares(sorted(rows, key=lambda row: (-row["units"], row["country"])), "units")

    @cached_property
    def ages(self) -> list[dict[str, Any]]:
        """What lies in overseas warehouses, by for how long it has lain where it lies."""
        units = dict.fromkeys(AGES, 0)
        for each in self._stock:
            if each.about.startswith("warehouse/"):
                lain = (self.today - each.on).days
                units[max(age for age in AGES if age <= max(lain, 0))] += each.units
        total = sum(units.values())
        rows = []
        for age, until in zip(AGES, (*AGES[1:], None), strict=True):
            span = f"{age}-{until - 1}" if until else f"{age}+"
            part = f"{100 * units[age] / total:.1f}%" if total else ""
            rows.append(
                {"age": self.say["days_long"].format(span), "units": units[age], "part": part,
                 "href": lead("stock_ages", age=age or None)}
            )  # fmt: skip
        return shares(rows, "units")

    @property
    def _first(self) -> date:
        return self.today - timedelta(days=self.days - 1)

    @cached_property
    def _crossed(self) -> dict[str, dict[date, int]]:
        found: dict[str, dict[date, int]] = {name: defaultdict(int) for name in _KINDS}
        for each in figures(*_KINDS, first=self._first):
            found[each.name][each.on] += each.units
        return found

    @cached_property
    def daily(self) -> list[dict[str, Any]]:
        """What was received, shipped and returned on each day, the latest first."""
        return [
            {"on": day} | {name: self._crossed[name].get(day, 0) for name in _KINDS}
            for day in reversed(last_days(self.days, self.today))
        ]

    def plots(self) -> list[Any]:
        """What came, what left and what came back, each to its own scale: its highest is named."""
        days = last_days(self.days, self.today)
        return [
            by_day(self.say["columns"][name], name, self._crossed[name], days, _movements(name))
            for name in _KINDS
        ]

    def map(self) -> Any:
        """The world: warehouses of one country are one mark."""
        say = self.say
        stock: dict[str, dict[str, Any]] = {}
        for each in self.warehouses:
            mark = stock.setdefault(
                each["country"],
                {"country": each["country"], "name": "", "units": 0, "href": each["href"]},
            )
            mark["name"] = f"{mark['name']}, {each['warehouse']}".removeprefix(", ")
            mark["units"] += each["units"]
        for mark in stock.values():
            mark["label"] = say["map"]["lies"].format(mark["name"], f"{mark['units']:,}")
        ways = [
            way | {"label": say["map"]["coming"].format(
                way["from_place"], way["to_place"], f"{way['units']:,}")}
            for way in self.ways
        ]  # fmt: skip
        sent = [
            each | {"name": each["country"], "label": say["map"]["went"].format(
                each["name"], f"{each['units']:,}", f"{each['orders']:,}")}
            for each in self.countries
        ]  # fmt: skip
        return world([each for each in stock.values() if each["country"]], ways, sent)


def _code(place: str) -> str:
    return place.partition("/")[2].partition("/")[0]


def country(code: str, say: Words) -> str:
    """A country's name behind its code, where we have a word for it."""
    name = say["countries"].get(code, "")
    return f"{code} {name}" if name else code


def _orders(code: str, days: int) -> str:
    """What was shipped to a country in the last days."""
    return f"{reverse('pages:flows_country', args=[code])}?days={days}" if _is_code(code) else ""


def _is_code(code: str) -> bool:
    return len(code) == 2 and code.isascii() and code.isalpha()


def _movements(name: str) -> Callable[[date], str]:
    """The movements of a day that a number is the sum of."""
    return lambda day: lead("movements", kind=_KINDS[name], first=day, last=day)


def _to(name: str) -> Callable[[Any], str]:
    return lambda row: _movements(name)(row["on"])


def _href(row: Any) -> str:
    return str(row["href"])


def tables(counts: Counts) -> dict[str, Table]:
    """The tables beneath the pictures, by name."""
    say = counts.say
    made: dict[str, tuple[Sequence[Column], Callable[[], Sequence[Any]]]] = {
        "warehouses": (
            (Column("warehouse", "code", to=_href), Column("name"), Column("country"),
             Column("units", "number", to=_href), Column("coming", "number")),
            lambda: counts.warehouses,
        ),
        "ways": (
            (Column("from_place", "code"), Column("to_place", "code"),
             Column("consignments", "number", to=_href), Column("units", "number", to=_href)),
            lambda: counts.ways,
        ),
        "countries": (
            (Column("country", to=_href, of=lambda row: row["name"]),
             Column("orders", "number", to=_href), Column("units", "number")),
            lambda: counts.countries,
        ),
        "ages": (
            (Column("age"), Column("units", "number", to=_href), Column("part")),
            lambda: counts.ages,
        ),
        "days": (
            (Column("on", "day"), *(Column(name, "number", to=_to(name)) for name in _KINDS)),
            lambda: counts.daily,
        ),
    }  # fmt: skip
    return {
        name: Table(
            name, columns, _Lazy(rows),
            more={
                "caption": say["tables"][name], "empty": say["none"][name],
                "exports": {
                    form: f"{reverse('pages:flows_table', args=[name])}"
                    f"?days={counts.days}&export={form}"
                    for form in ("csv", "xlsx")
                },
            },
        )
        for name, (columns, rows) in made.items()
    }  # fmt: skip


class _Lazy(Sequence[Any]):
    """Rows that are counted when they are looked at."""

    def __init__(self, rows: Callable[[], Sequence[Any]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows())

    def __getitem__(self, at: Any) -> Any:
        return self._rows()[at]


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in {str(each) for each in PERIODS} else PERIODS[0]


@page("book.read")
def flows(request: HttpRequest, access: Access) -> HttpResponse:
    """The map, the plots, and beneath each the table that says the same."""
    counts = Counts(_days(request), words("flows"))
    shown = {name: shown_table(request, each, "flows") for name, each in tables(counts).items()}
    return show(
        request, access, "flows", "pages/flows.html",
        at=counted_at(), days=counts.days, periods=PERIODS, map=counts.map(),
        plots=counts.plots(), ages=counts.ages, warehouses=counts.warehouses,
        countries=counts.countries[:12], tables=shown,
        lying=sum(each["units"] for each in counts.warehouses),
        coming=sum(each["units"] for each in counts.ways),
        went=sum(each["orders"] for each in counts.countries),
        may_count="jobs.write" in access.scopes,
    )  # fmt: skip


@page("book.read")
def table(request: HttpRequest, access: Access, name: str) -> HttpResponseBase:
    """One of the tables by itself, and as a file."""
    counts = Counts(_days(request), words("flows"))
    found = tables(counts).get(name)
    if found is None:
        raise Http404
    return answer(
        request, access, "flows", replace(found, name=name), "pages/list.html",
        heading=counts.say["tables"][name],
    )  # fmt: skip


ORDERS: Final = (
    Column("number", "code", to=lambda row: lead("tour_order", row["order_id"])),
    Column("channel"),
    Column("state", "state", states="order"),
    Column("parcel", "code", to=lambda row: lead("movements", document=row["id"])),
    Column("units", "number"),
)


@page("book.read")
def shipped_to(request: HttpRequest, access: Access, country_code: str) -> HttpResponseBase:
    """The days on which orders were shipped to a country, the latest first."""
    say = words("flows")
    if not _is_code(country_code):
        raise Http404
    first = timezone.localdate() - timedelta(days=_days(request) - 1)
    columns = (
        Column(
            "on", "day", to=lambda row: reverse("pages:flows_orders", args=[country_code, row.on])
        ),
        Column("orders", "number", of=lambda row: row.times),
        Column("units", "number"),
    )
    rows = figures(SENT, first=first, about=country_code)[::-1]
    table = Table(
        f"shipped-{country_code}", columns, rows, more={"empty": say["none"]["countries"]}
    )
    heading = say["shipped_to"].format(country(country_code, say))
    return answer(request, access, "flows", table, "pages/list.html", heading=heading)


@page("book.read")
def shipped_on(
    request: HttpRequest, access: Access, country_code: str, day: str
) -> HttpResponseBase:
    """The orders that were shipped to a country on a day."""
    say = words("flows")
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    if not _is_code(country_code):
        raise Http404
    given = {"enterprise": acting().enterprise, "country": country_code, "on": on}
    rows = List(_SHIPPED_TO, given, ("-d.id",))
    table = Table(
        f"shipped-{country_code}-{on}", ORDERS, rows, more={"empty": say["none"]["countries"]}
    )
    heading = f"{say['shipped_to'].format(country(country_code, say))}, {on}"
    return answer(request, access, "flows", table, "pages/list.html", heading=heading)


@action("jobs.write", "/flows/")
def count_again(request: HttpRequest, access: Access) -> HttpResponse:
    """Have the sums brought up to date now, as a job does every few minutes."""
    start(count_now, CountFiguresIn())
    messages.success(request, words("flows")["is_counted"])
    return redirect("pages:flows")


urlpatterns = [
    path("", flows, name="flows"),
    path("count", count_again, name="flows_count"),
    path("to/<slug:country_code>/", shipped_to, name="flows_country"),
    path("to/<slug:country_code>/<str:day>/", shipped_on, name="flows_orders"),
    path("<slug:name>/", table, name="flows_table"),
]
