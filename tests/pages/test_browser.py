# SPDX-License-Identifier: Apache-2.0
"""The frame in a browser: keys, looks, narrow screens, and nothing the browser complains about."""

from __future__ import annotations

import os

import pytest

from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.kit import Person, new_person


@pytest.fixture(scope="module")
def owner(desk: None) -> Person:
    return new_person()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_page_stands_in_its_frame(browser, address, owner, language, size):
    page = opened(browser, address, owner, language=language, size=size)
    page.goto("/orders/")

    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert page.complaints == []
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/frame-{language}-{size['width']}.png")
    page.context.close()


def test_keys_lead_about(browser, address, owner):
    page = opened(browser, address, owner)
    page.goto("/orders/")

    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/today/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    assert page.complaints == []
    page.context.close()
