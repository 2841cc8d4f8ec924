# SPDX-License-Identifier: Apache-2.0
"""A unit's way: what the page tells is what the papers, the book and the close say."""

from __future__ import annotations

import os

import pytest

from entrepot.warehouse.models import Order
from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.kit import Person
from tests.pages.season import season_owner


@pytest.fixture(scope="module")
def owner(desk: None) -> Person:
    return season_owner()


def _order(owner: Person, number: str) -> str:
    with owner.within():
        return str(Order.objects.get(number=number).id)


def test_an_orders_way_goes_from_the_invoice_to_the_refund(owner):
    text = owner.text(f"/tour/order/{_order(owner, '250906-00000000')}/")

    assert "25332000001000000063 / 1" in text  # invoice
    assert "310020250510000078 / 4" in text  # declaration
    assert "GR-DUI1-250818" in text
    assert "net CNY 109.63" in text
    assert "claim CNY 28.92 late" in text
    assert "sealed in seal" in text
    assert "style=" not in text


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "dark")])
def test_it_is_drawn(browser, address, owner, language, theme, size):
    page = opened(browser, address, owner, language=language, size=size, color_scheme=theme)
    page.goto(f"/tour/order/{_order(owner, '250906-00000000')}/")

    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.locator(".journey .node").count() > 4
    assert page.complaints == []
    if folder := os.environ.get("SCREENSHOTS"):
        name = f"{folder}/tour-{language}-{theme}-{size['width']}"
        page.screenshot(path=f"{name}.png", full_page=True)
        if size == WIDE:
            page.pdf(path=f"{name}.pdf", prefer_css_page_size=True)
    page.context.close()
