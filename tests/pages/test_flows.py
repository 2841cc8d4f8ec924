# SPDX-License-Identifier: Apache-2.0
"""Map and plots: what they tell is what the book says."""

from __future__ import annotations

import os

import pytest

from entrepot.ledger.models import Balance
from entrepot.pages.counting import count
from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.kit import Person
from tests.pages.season import season_owner


@pytest.fixture(scope="module")
def owner(desk: None) -> Person:
    person = season_owner()
    with person.within():
        count()
    return person


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


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "dark")])
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
