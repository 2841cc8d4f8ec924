# SPDX-License-Identifier: Apache-2.0
"""A unit's way: what the page tells is what the papers, the book and the close say."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import PRODUCT
from entrepot.closing.models import Close, ClosedFile
from entrepot.people.walled import new_id
from entrepot.warehouse.models import Order, OrderLine
from entrepot.warehouse.orders.creating import create
from entrepot.warehouse.orders.order import NewOrder, Ordered
from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.kit import Person, new_person


@pytest.fixture(scope="module")
def owner(demo: Person) -> Person:
    return demo


def _way(owner: Person, channel: str, number: str) -> str:
    with owner.within():
        return f"/tour/order/{Order.objects.get(channel=channel, number=number).id}/"


def test_an_orders_way_goes_from_the_invoice_to_the_refund(owner):
    text = owner.text(_way(owner, "amazon-de", "250906-00000000"))

    assert "25332000001000000063 / 1" in text  # the invoice
    assert "310020250510000078 / 4" in text  # the declaration
    assert "GR-DUI1-250818" in text
    assert "net CNY 109.63" in text
    assert "claim CNY 28.92 late" in text
    assert "sealed in seal" in text
    assert "style=" not in text


def test_units_of_several_lots_are_branches(owner):
    text = owner.text(_way(owner, "webshop", "251129-00000000"), "zh-hans")

    assert len(re.findall(r"<h2>分支 \d/4", text)) == 4
    assert "net CNY" not in text


def test_what_no_close_tells_yet_is_said(owner):
    with owner.within():
        order = OrderLine.objects.filter(allocated__gt=0).first()
        nothing = OrderLine.objects.filter(allocated=0, shipped=0, order__state="held").first()

    text = owner.text(f"/tour/order/{order.order_id}/")
    assert "does not tell of these units" in text
    assert re.search("<h3>(Reserved|Picked|Packed)<", text)
    assert "have no way so far" in owner.text(f"/tour/order/{nothing.order_id}/")


def test_a_close_is_read_from_files_that_are_what_was_kept(owner):
    way = _way(owner, "amazon-de", "250906-00000000")
    owner.text(way)
    with owner.within():
        close = Close.objects.latest("asked_at")
        kept = bytes(ClosedFile.objects.get(close=close, name="trace.parquet").content)
    home = Path(settings.DATA_FOLDER) / "walks" / str(owner.enterprise)
    (trace,) = home.glob("*/trace.parquet")

    assert trace.read_bytes() == kept
    assert home.stat().st_mode & 0o077 == 0


def test_without_a_close_it_says_so_and_leads_there(desk):
    person = new_person()
    with person.within():
        masters.put(PRODUCT, [{"sku": "A", "name": "Adapter"}])
        (taken,) = create(
            [
                NewOrder(
                    "web",
                    "<img src=x>",
                    timezone.now(),
                    timezone.localdate(),
                    "DE",
                    [Ordered(1, "A", 1)],
                    recipient={"name": "Erika Mustermann"},
                )
            ]
        )
        id = taken.id
    text = person.text(f"/tour/order/{id}/")

    assert "No close yet" in text
    assert 'href="/closes/"' in text
    assert "&lt;img" in text
    assert "<img src=x" not in text
    assert "Mustermann" not in text  # who it goes to


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("declaration/?number=310020250510000078&item=4", ["25332000001000000063 / 1", "sold"]),
        ("invoice/?number=25332000001000000063&line=1", ["310020250510000078 / 4", "CNY 28.92"]),
    ],
)
def test_an_item_and_an_invoice_line_have_their_way(owner, address, says):
    with CaptureQueriesContext(connection) as asked:
        text = owner.text(f"/tour/{address}")

    for each in says:
        assert each in text
    assert len(asked) <= 20


@pytest.mark.parametrize("kind", ["declaration", "invoice"])
@pytest.mark.parametrize("number", ["no such", "<script>alert(1)</script>", "a" * 64])
def test_what_is_not_there_is_said(owner, kind, number):
    answered = owner.client.get(f"/tour/{kind}/", {"number": number, "line": 1})

    assert answered.status_code == 404
    assert "<script>alert" not in answered.content.decode()
    assert owner.client.get(f"/tour/{kind}/", {"number": number, "line": "x"}).status_code == 404


def test_a_bank_sees_it_and_nobody_else_does(owner):
    way = _way(owner, "amazon-de", "250906-00000000")

    assert "25332000001000000063 / 1" in new_person("partner", owner.enterprise).text(way)
    assert new_person().get(way).status_code == 404
    assert owner.get(f"/tour/order/{new_id()}/").status_code == 404


def test_it_asks_no_more_for_more_lines(owner):
    with CaptureQueriesContext(connection) as few:
        owner.text(_way(owner, "amazon-de", "250906-00000000"))
    with CaptureQueriesContext(connection) as many:
        owner.text(_way(owner, "rakuten-jp", "260625-00000000"))

    assert len(many) <= len(few) + 1 <= 20


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "dark")])
def test_it_is_drawn(browser, address, owner, language, theme, size):
    page = opened(browser, address, owner, language=language, size=size, color_scheme=theme)
    page.goto(_way(owner, "webshop", "251129-00000000"))

    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.locator(".journey .node").count() > 8
    assert page.complaints == []
    if folder := os.environ.get("SCREENSHOTS"):
        name = f"{folder}/tour-{language}-{theme}-{size['width']}"
        page.screenshot(path=f"{name}.png", full_page=True)
        if size == WIDE:
            page.evaluate("dispatchEvent(new Event('beforeprint'))")
            page.pdf(path=f"{name}.pdf", prefer_css_page_size=True)
            page.goto("/tour/declaration/?number=310020250510000078&item=4")
            page.screenshot(path=f"{name}-item.png", full_page=True)
            page.goto("/tour/")
            page.screenshot(path=f"{name}-list.png")
    page.context.close()
