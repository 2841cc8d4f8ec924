# SPDX-License-Identifier: Apache-2.0
"""A hand-held for tests: a browser with a scanner that types fast, in a small warehouse."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import PRODUCT
from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.outbound.waves import gather
from tests.pages.browser import NARROW, opened
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import open_floor, order, taken

#: Of SKU-2.
GTIN = "4006381333931"


def new_floor(role: str = "warehouse") -> Person:
    """Somebody who works in a warehouse with two bins and three products, one with a GTIN."""
    owner = new_person()
    open_floor(owner.enterprise)
    with within(owner.enterprise):
        masters.put(PRODUCT, [{"sku": "SKU-2", "name": "Desk lamp", "gtin": GTIN}])
    return owner if role == "owner" else new_person(role, owner.enterprise)


def new_wave(enterprise: UUID, *orders: tuple[str, int]) -> tuple[Any, list[UUID]]:
    """A wave of orders, each of one SKU and quantity, promised alike; and the orders."""
    ids = [
        each
        for n, wanted in enumerate(orders)
        for each in taken(enterprise, order(f"S-{enterprise.hex[:6]}-{n}", wanted))
    ]
    with within(enterprise):
        allocate_orders(ids)
        return gather("DUI1", orders=ids), ids


_KEPT = """() => new Promise((done) => {
    const open = indexedDB.open("entrepot-scan", 1);
    open.onsuccess = () => {
        const get = open.result.transaction("scans").objectStore("scans").getAll();
        get.onsuccess = () => { open.result.close(); done(get.result); };
    };
})"""


class HandHeld:
    """A page of scanning, with a scanner plugged in."""

    def __init__(self, browser: Any, address: str, person: Person | None, **options: Any) -> None:
        options = {"size": NARROW, "has_touch": True} | options
        self.page = opened(browser, address, person, **options)
        self.page.add_init_script(
            # A report in its sandbox has no storage.
            "window.origin === 'null' || localStorage.getItem('entrepot-warehouse') ||"
            " localStorage.setItem('entrepot-warehouse', 'DUI1');"
            "window.heard = [];"
            "document.addEventListener('scan:signalled', (e) => window.heard.push(e.detail));"
        )

    def open(self, path: str = "") -> HandHeld:
        """Open a scan page, and wait until it is awake."""
        self.page.goto(f"/scan/{path}")
        return self.awake()

    def awake(self) -> HandHeld:
        self.page.wait_for_selector("body[data-started=yes]")
        return self

    def scan(self, code: str, word: str | None = None) -> str:
        """Scan a code, as a scanner types it; the word that was answered.

        Args:
            code: what is on the label; FNC1 is sent as Ctrl+].
            word: to wait for.
        """
        for at, part in enumerate(code.split("\x1d")):
            if at:
                self.page.keyboard.press("Control+]")
            self.page.keyboard.type(part)
        self.page.keyboard.press("Enter")
        return self.says(word) if word else ""

    def says(self, word: str) -> str:
        """Wait for a word, and tell in which way it was said."""
        self.until(lambda: word in self.page.text_content("#word"), word)
        return str(self.page.get_attribute("#answer", "data-kind"))

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds; the page's own policy lets no test poll within it."""
        end = time.monotonic() + 10
        while not holds():
            shown = self.page.inner_text("body")
            assert time.monotonic() < end, f"waited for {what} in:\n{shown}"
            self.page.wait_for_timeout(20)

    def press(self, text: str) -> None:
        self.page.get_by_role("button", name=text, exact=True).first.click()

    def enter(self, number: int) -> None:
        """Type a number where one is asked for."""
        self.page.wait_for_selector("dialog[open] .digits")
        for digit in str(number):
            self.page.get_by_role("button", name=digit, exact=True).click()
        self.page.get_by_role("button", name="OK", exact=True).click()

    def scans(self) -> list[dict[str, Any]]:
        """The scans that the browser keeps."""
        return list(self.page.evaluate(_KEPT))

    def kept(self, count: int) -> None:
        """Wait until so many scans are kept."""
        self.until(
            lambda: [each["state"] for each in self.scans()] == ["kept"] * count, f"{count} kept"
        )

    def cut(self, is_cut: bool = True) -> None:
        """Cut the network, or mend it."""
        self.page.context.set_offline(is_cut)

    def big(self) -> str:
        return str(self.page.inner_text("#big"))

    def shows(self, big: str) -> None:
        """Wait until something is shown in the largest type."""
        self.until(lambda: self.big() == big, big)

    def given(self) -> Any:
        return json.loads(self.page.inner_text("#given"))

    def close(self) -> None:
        """Close it: nothing was complained of but a cut network, and what the desk refused."""
        known = ("ERR_INTERNET_DISCONNECTED", "status of 409", "status of 422")
        others = [each for each in self.page.complaints if not any(k in each for k in known)]
        self.page.context.close()
        assert others == []
