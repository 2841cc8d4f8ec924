# SPDX-License-Identifier: Apache-2.0
"""Map and plots: what they tell is what the book says."""

from __future__ import annotations

import os
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from entrepot.ledger.actions import Posted, post, reverse
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Balance
from entrepot.ledger.opening import open_items, open_places
from entrepot.pages.counting import count, is_behind
from entrepot.pages.land import HEIGHT, WIDTH, land, middle
from entrepot.pages.models import Figure
from entrepot.pages.work import count_what_is_new
from entrepot.people.tenancy import within
from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import A1, open_floor, stock


@pytest.fixture(scope="module")
def owner(demo: Person) -> Person:
    with demo.within():
        count()
    return demo


def test_the_map_tells_what_lies_where(owner):
    text = owner.text("/flows/")
    with owner.within():
        lies = sum(
            Balance.objects.filter(place__startswith="warehouse/DUI1").values_list(
                "quantity", flat=True
            )
        )

    assert f"DUI1: {lies:,} units lie here" in text
    assert 'class="way"' in text
    assert "DE Germany" in text
    assert "style=" not in text


def test_land_and_countries_lie_within_the_map():
    xs = [float(each) for each in re.findall(r"[ML](-?[\d.]+) ", land())]
    ys = [float(each) for each in re.findall(r" (-?[\d.]+)", land())]

    assert min(xs) >= 0
    assert max(xs) <= WIDTH
    assert min(ys) >= 0
    assert max(ys) <= HEIGHT
    assert middle("DE") < middle("CN") < middle("JP") < middle("US")  # Asia in the middle
    assert middle("??") is None


def test_a_day_is_the_sum_of_what_crossed_the_border(enterprise):
    today = timezone.localdate()
    move = ["voyage/V1", "warehouse/DUI1/@receiving", "warehouse/DUI1/A-1", "customer/web"]
    with within(enterprise):
        open_items(["A"])
        open_places([*move, "supplier/S", "warehouse/DUI1"])

        def book(kind: str, number: int, source: str, target: str, units: int) -> Posted:
            return post(Document(kind, str(number), today, [Line("A", units, source, target)]))

        book("buy", 1, "supplier/S", move[0], 20)
        book("receipt", 1, move[0], move[1], 10)
        wrong = book("receipt", 2, move[0], move[1], 5)
        book("putaway", 1, move[1], move[2], 10)
        book("shipment", 1, move[2], move[3], 4)
        book("return", 1, move[3], move[1], 1)
        count()
        before = _sums()
        reverse(wrong.id, "reversal 1", today, "never came")
        count()
        after = _sums()
        count()

        assert before == {"received": 15, "shipped": 4, "returned": 1, "stock": 12}
        assert after == {"received": 10, "shipped": 4, "returned": 1, "stock": 7}
        assert _sums() == after


def _sums() -> dict[str, int]:
    found: dict[str, int] = {}
    for each in Figure.objects.all():
        if each.about.removeprefix("warehouse/") == "DUI1":
            found[each.name] = found.get(each.name, 0) + each.units
    return found


def test_tables_are_exported_and_open_what_is_behind(owner):
    days = b"".join(owner.get("/flows/days/?days=90&export=csv").streaming_content).decode()
    country = owner.text("/flows/to/DE/?days=90")
    with owner.within(), timezone.override("Asia/Shanghai"):
        today = timezone.localdate()

    assert "Day,Received overseas,Shipped to customers,Came back" in days
    assert len(days.splitlines()) == 91
    assert str(today - timedelta(days=89)) in days
    assert "Shipped to DE Germany" in country
    (day, *_) = re.findall(r'href="(/flows/to/DE/[\d-]+/)"', country)
    assert "/tour/order/" in owner.text(day)
    assert owner.get("/flows/to/DE/2026-13-01/").status_code == 404
    assert owner.get("/flows/to/D1/").status_code == 404
    assert owner.get("/flows/nothing/").status_code == 404


def test_a_new_firm_is_told_how_to_begin(desk):
    person = new_person()

    assert "尚未统计" in person.text("/flows/", "zh-hans")
    assert person.post("/flows/count").status_code == 302
    assert new_person("partner", person.enterprise).post("/flows/count").status_code == 409


def test_it_asks_little(owner):
    with CaptureQueriesContext(connection) as asked:
        owner.text("/flows/")

    assert len(asked) <= 20


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("zh", "light")])
def test_it_is_drawn(browser, address, owner, language, theme, size):
    page = opened(browser, address, owner, language=language, size=size, color_scheme=theme)
    page.goto("/flows/?days=90")

    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.locator(".world circle").count() > 3
    assert page.complaints == []
    if folder := os.environ.get("SCREENSHOTS"):
        name = f"{folder}/flows-{language}-{theme}-{size['width']}.png"
        page.screenshot(path=name, full_page=True)
    page.context.close()


def test_goods_that_lie_there_since_tomorrow_are_counted_once(desk):
    """A warehouse farther east is a day ahead of the firm for some hours of each day."""
    east = new_person()
    open_floor(east.enterprise)
    tomorrow = timezone.localdate() + timedelta(days=1)
    for units in (3, 1):
        stock(east.enterprise, A1, units, on=tomorrow)
        with east.within():
            count()

    with east.within():
        assert sum(Figure.objects.filter(name="stock").values_list("units", flat=True)) == 4


def test_only_who_posted_something_is_counted(desk):
    counted, idle = new_person(), new_person()
    open_floor(counted.enterprise)
    stock(counted.enterprise, A1, 3)
    with idle.within():
        assert not is_behind()
    with counted.within():
        assert is_behind()

    count_what_is_new(counted.enterprise)

    with counted.within():
        assert sum(Figure.objects.filter(name="stock").values_list("units", flat=True)) == 3
