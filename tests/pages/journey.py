# SPDX-License-Identifier: Apache-2.0
"""Somebody who does a month of a firm's work on the pages, with a scanner or by keyboard alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from entrepot.pages.wording import read
from tests.pages.browser import opened
from tests.pages.kit import Person
from tests.people.conftest import PASSWORD

#: So many presses of Tab reach anything on a page.
_MOST_TABS = 400


class Worker:
    """A browser in front of the desk, nobody signed in yet.

    Args:
        by: `touch` presses what is to be pressed; `keys` reaches it with Tab and presses Enter.
    """

    def __init__(
        self, browser: Any, address: str, language: str, size: dict[str, int], by: str
    ) -> None:
        self.language, self.by = language, by
        self.size = size
        self.page = opened(browser, address, language=language, size=size, has_touch=by == "touch")
        self.page.add_init_script(
            "window.heard = [];"
            "document.addEventListener('scan:signalled', (e) => window.heard.push(e.detail));"
        )
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.shots = 0

    def sign_in(self, person: Person) -> None:
        """Sign in by the form, as everybody does."""
        self.page.goto("/account/login/")
        self.write("input[name=login]", person.user.email)
        self.write("input[name=password]", PASSWORD)
        self.press("main form button[type=submit]")
        self.page.wait_for_url("**/today/")

    def to(self, path: str) -> None:
        """Open a page; it fits, and is in the reader's language."""
        self.page.goto(path)
        self.looks_right()

    def looks_right(self) -> None:
        """The page that is shown fits into its width and has one heading."""
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.size["width"], (self.page.url, wide)
        assert self.page.locator("h1").count() == 1, self.page.url
        if folder := os.environ.get("SCREENSHOTS"):
            self.shots += 1
            name = f"{folder}/month-{self.language}-{self.shots:02}.png"
            self.page.screenshot(path=name, full_page=True)

    def press(self, what: str) -> None:
        """Press a button or a link."""
        found = self.page.locator(what).locator("visible=true").first
        found.wait_for()
        if self.by == "touch":
            found.tap()
            return
        self.reach(found)
        self.page.keyboard.press("Enter")

    def send(self, what: str) -> None:
        """Press a button that sends a form, and wait for what comes of it."""
        with self.page.expect_navigation():
            self.press(what)
        self.looks_right()

    def reach(self, found: Any) -> None:
        """Go to something with Tab alone."""
        for _ in range(_MOST_TABS):
            if found.evaluate("it => it === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no Tab leads to {found}")

    def write(self, what: str, text: str) -> None:
        """Write into a field."""
        if self.by == "keys":
            self.reach(self.page.locator(what))
        self.page.fill(what, text)

    def choose(self, what: str, value: str) -> None:
        """Choose from a list."""
        if self.by == "keys":
            self.reach(self.page.locator(what))
        self.page.select_option(what, value)

    def table(self, *rows: str, **fields: str) -> None:
        """Fill a form with a table in it, look at what was understood, and take it over."""
        for name, text in fields.items():
            field = f"main [name={name}]"
            is_list = self.page.locator(field).evaluate("it => it.tagName") == "SELECT"
            (self.choose if is_list else self.write)(field, text)
        if rows:
            self.write("main [name=text]", "\n".join(rows))
        before = self.page.url
        self.press("button[value=check]")
        self.page.wait_for_selector("button[value=take]")
        self.looks_right()
        self.press("button[value=take]")
        self.page.wait_for_url(lambda url: url != before)
        self.page.wait_for_load_state()
        self.looks_right()

    def say(self, section: str, *names: str) -> str:
        """A word as this reader sees it."""
        found: Any = read(section, "zh" if self.language == "zh" else "en")
        for name in names:
            found = found[name]
        return str(found)

    # The hand-held

    def scanning(self, path: str) -> None:
        """Open a scan page, and wait until it is awake."""
        self.page.goto(f"/scan/{path}")
        self.awake()
        self.looks_right()

    def awake(self) -> None:
        self.page.wait_for_selector("body[data-started=yes]")

    def scan(self, code: str) -> str:
        """Scan a code as a scanner types it, or slowly by hand; the kind of what is answered."""
        before = self.page.evaluate("window.heard.length")
        self.page.keyboard.type(code, delay=30 if self.by == "keys" else 0)
        self.page.keyboard.press("Enter")
        self.until(lambda: self.page.evaluate("window.heard.length") > before, f"word of {code}")
        return str(self.page.get_attribute("#answer", "data-kind"))

    def button(self, *names: str, **given: object) -> None:
        """Press a button of the scan pages by its word."""
        word = self.say("scan", *names).format(**given)
        self.press(f"button:text-is('{word}')")

    def big(self) -> str:
        return str(self.page.inner_text("#big"))

    def sent(self) -> None:
        """Wait until everything that was scanned has arrived."""
        self.until(lambda: self.page.evaluate(_WAITING) == 0, "everything to be sent")

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something holds."""
        for _ in range(750):
            if holds():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(f"waited for {what} in:\n{self.page.inner_text('body')}")


_WAITING = """() => new Promise((done) => {
    const open = indexedDB.open("entrepot-scan", 1);
    open.onsuccess = () => {
        const get = open.result.transaction("scans").objectStore("scans").getAll();
        get.onsuccess = () => {
            open.result.close();
            done(get.result.filter((each) => each.state === "kept").length);
        };
    };
})"""
