# SPDX-License-Identifier: Apache-2.0
"""Every form on every page, filled with nonsense: it is refused in words, and nothing is a script.

What is sent is longer than any text may be, so that no form takes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.every import addresses
from tests.pages.kit import Person, signed_in
from tests.pages.test_every import VIOLATIONS

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>" * 1_500
#: Buttons with no field, or forms of the frame, which are on every page.
FRAME = {"/account/logout/", "/theme", "/language", "/i18n/setlang/"}


@dataclass
class Form:
    """A form of a page: where it is sent to, and its fields that a person fills."""

    to: str
    fields: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Gathers the forms of a page that are posted."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at, self.found, self._open = at, list[Form](), None

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in given}
        if tag == "form":
            is_posted = has.get("method", "").lower() == "post"
            self._open = Form(urljoin(self.at, has.get("action", ""))) if is_posted else None
            self.found += [self._open] if self._open else []
        elif self._open is None or not has.get("name"):
            return
        elif tag in ("textarea", "select") or (
            tag == "input" and has.get("type", "text") not in ("hidden", "checkbox", "submit")
        ):
            self._open.fields[has["name"]] = has.get("type", tag)
        elif tag in ("input", "button"):
            self._open.hidden[has["name"]] = has.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms(person: Person, language: str) -> Iterator[tuple[str, Form]]:
    """Each form once, with the name of its page."""
    seen = set()
    for name, path in addresses(person.enterprise).items():
        answered = person.get(path, language)
        if answered.status_code != 200 or "html" not in answered.headers["Content-Type"]:
            continue
        parser = _Forms(path)
        parser.feed(answered.content.decode())
        for each in parser.found:
            key = (urlsplit(each.to).path, *each.fields)
            if each.fields and key not in seen and urlsplit(each.to).path not in FRAME:
                seen.add(key)
                yield name, each


def sent(person: Person, form: Form, language: str) -> Any:
    """What comes of a form in which nonsense stands."""
    typed = {name: EVIL for name, kind in form.fields.items() if kind != "file"}
    return person.client.post(
        form.to, form.hidden | typed, headers={"Accept-Language": language}, follow=True
    )


@pytest.fixture(scope="module")
def owner(demo: Person) -> Person:
    """The demo's owner again, in a browser of their own."""
    return signed_in(demo.user, demo.enterprise)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_nonsense_is_refused_and_is_never_a_script(owner, language):
    wrong, count = {}, 0
    for name, form in forms(owner, language):
        answered = sent(owner, form, language)
        count += 1
        text = answered.content.decode()
        if answered.status_code >= 500 or "<script>alert" in text or "<img src=x" in text:
            wrong[name] = (form.to, answered.status_code)
        elif answered.status_code == 200 and "error" not in text and "messages" not in text:
            wrong[name] = (form.to, "nothing is said of it")

    assert wrong == {}
    assert count > 40


def test_what_nobody_can_type_is_refused(owner):
    for _, form in forms(owner, "en"):
        for given in (dict.fromkeys(form.fields, "a\0b"), {"a\0b": "c"}):
            assert owner.post(form.to, form.hidden | given).status_code in (400, 404), form.to
    assert owner.get("/orders/?q=a%00b").status_code == 400


def _answer(shown: str) -> Any:
    """What answers a browser with a page that the desk gave somebody before."""
    return lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=shown)


@pytest.mark.parametrize(
    ("language", "size"), [("en", NARROW), ("zh", WIDE)], ids=["en-narrow", "zh-wide"]
)
def test_a_refused_form_fits_and_is_accessible(browser, address, owner, axe, language, size):
    page = opened(browser, address, owner, language=language, size=size)
    wrong = {}
    for name, form in forms(owner, language):
        answered = sent(owner, form, language)
        if not 400 <= answered.status_code < 500:
            continue
        page.route(f"**{urlsplit(form.to).path}", _answer(answered.content.decode()))
        page.goto(urlsplit(form.to).path)
        page.unroute_all()
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"]:
            wrong[name] = (form.to, wide)
        page.evaluate(axe)
        for each in page.evaluate(VIOLATIONS):
            wrong[f"{name}, {each['id']}"] = each["nodes"][0]["html"][:200]
    page.context.close()

    assert wrong == {}
