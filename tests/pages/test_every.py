# SPDX-License-Identifier: Apache-2.0
"""What holds for every page: both languages, both widths, no complaint, accessible, few queries."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import psycopg
import pytest

from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.every import addresses, patterns
from tests.pages.kit import Person

#: Statements of a page, at most.
MOST_QUERIES = 20
#: Bytes that a page brings, with its styles and scripts; the map and the plots aside.
MOST_BYTES = 300_000
#: Held by the page, as Chromium throws a promise away that nobody holds.
VIOLATIONS = """async () => {
    window.looking = axe.run({ resultTypes: ["violations"] });
    return (await window.looking).violations;
}"""
NAMES = sorted({name for name, _ in patterns()})
#: What the demo has nothing of: webhooks, jobs, files of masters, lots, merges; and what scripts
#: ask for.
NOT_IN_DEMO = {
    "closes_file", "declaring_merge_again",
    "firm_webhook", "firm_webhook_remove", "firm_webhook_replay", "flows_table",
    "jobs_cancel", "jobs_one", "jobs_retry",
    "masters_import", "masters_import_cancel", "masters_import_take", "masters_import_undo",
    "scan_consignment", "scan_count", "scan_flow", "scan_load", "stock_lot",
}  # fmt: skip


@pytest.fixture(scope="module")
def pages(demo: Person) -> dict[str, str]:
    """Every page that can be looked at, by name: what answers a GET with HTML."""
    found = {}
    for name, path in addresses(demo.enterprise).items():
        answered = demo.get(path)
        if answered.status_code in (302, 405):  # leads elsewhere, or is a button
            continue
        if not answered.headers["Content-Type"].startswith("text/html"):
            continue
        assert answered.status_code == 200, (name, path, answered.status_code)
        found[name] = path
    return found


def test_the_demo_shows_every_page(demo, pages):
    shown = addresses(demo.enterprise)

    assert {name for name in NAMES if name not in shown} <= NOT_IN_DEMO
    assert len(pages) > 30


def test_a_page_says_what_it_is_for_and_its_help_is_there(demo, pages):
    for name, path in pages.items():
        for language in ("en", "zh-hans"):
            text = demo.text(path, language)
            assert len(re.findall(r"<h1[ >]", text)) == 1, (name, path)
            for help_ in re.findall(r'href="(/help/[^"]+)"', text):
                assert demo.get(help_, language).status_code == 200, (name, help_)


def test_no_page_in_chinese_is_left_in_english(demo, pages):
    """Words of the templates are from the same files in both languages: the same keys in each."""
    for path in files("entrepot.pages").joinpath("words", "en").iterdir():
        assert files("entrepot.pages").joinpath("words", "zh", path.name).is_file(), path.name


def test_a_page_asks_few_questions(demo, pages, monkeypatch):
    asked: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(self: Any, query: Any, *given: Any, **named: Any) -> Any:
        asked.append(str(query))
        return execute(self, query, *given, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    many = {}
    for name, path in pages.items():
        asked.clear()
        demo.get(path)
        if len(asked) > MOST_QUERIES:
            many[name] = len(asked)

    assert many == {}


def test_pages_are_safe_from_others(demo, pages):
    for name, path in pages.items():
        headers = demo.get(path).headers
        policy = headers["Content-Security-Policy"]
        if name != "closes_report":  # it has its styles in it, in a sandbox
            assert "unsafe-inline" not in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert headers["X-Frame-Options"] == "DENY", name
        assert "no-store" in headers["Cache-Control"], name


@pytest.mark.parametrize(
    ("language", "size", "theme"),
    [("en", NARROW, "light"), ("zh", WIDE, "dark")],
    ids=["en-narrow-light", "zh-wide-dark"],
)
def test_pages_fit_and_are_accessible_and_nothing_complains(
    browser, address, demo, pages, axe, language, size, theme
):
    page = opened(browser, address, demo, language=language, size=size, color_scheme=theme)
    wrong = {}
    for name, path in pages.items():
        page.complaints.clear()
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > size["width"] or page.complaints:
            wrong[name] = (wide, list(page.complaints))
        if name == "closes_report":  # in its sandbox no script runs, and so no checker
            page.goto("about:blank")
            page.set_content(demo.text(path))
        page.evaluate(axe)
        for each in page.evaluate(VIOLATIONS):
            wrong[f"{name}, {each['id']}"] = each["nodes"][0]["html"][:200]
    page.context.close()

    assert wrong == {}
