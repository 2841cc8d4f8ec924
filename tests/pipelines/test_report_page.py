# SPDX-License-Identifier: Apache-2.0
"""The page of a report: whole, safe, without a script or a network, readable in both languages."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tomllib
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from entrepot.pipelines.due import WHAT
from entrepot.pipelines.misfits import REMEDIES
from entrepot.pipelines.report.language import LANGUAGES
from entrepot.pipelines.report.page import SECTIONS, render_page
from entrepot.pipelines.report.sheet import shown
from tests import season_files
from tests.on_engines import run

PACKAGE = files("entrepot.pipelines.report")
ROOT = Path(__file__).parents[2]
VOID = {"meta", "br", "link", "img", "input", "hr"}
HOSTILE = {
    "formula": "=1+1",
    "script": "<script>alert(1)</script>",
    "attribute": '"><svg onload="alert(1)">',
    "template": "{{ figures }}",
    "long": "L" * 4_000,
    "spreadsheet": '=HYPERLINK("http://example.invalid","x")',
    "signs": "+1 @SUM(A1) -2",
}


class Page(HTMLParser):
    """What a page holds: its elements, and whether each is closed where it should be."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def of(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [attrs[name] or "" for _, attrs in self.elements if name in attrs]


@pytest.fixture(scope="module", params=["bundled", "small", "empty", "hostile"])
def figures(request, tmp_path_factory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    season = ROOT / "examples" / "season"
    if request.param == "small":
        season = season_files.write(folder / "season")
    if request.param == "empty":
        nothing = {name: [] for name in season_files.valid()}
        season = season_files.write(folder / "season", nothing)
    if request.param == "hostile":
        season = season_files.write(folder / "season", hostile(), formats="parquet")
    run(season, folder / "out")
    found: dict[str, Any] = json.loads((folder / "out" / "report.json").read_bytes())
    return found


def hostile(warehouses: int = 300) -> dict[str, list[dict[str, Any]]]:
    """A season whose SKUs, warehouses, channels and numbers try to be something else."""
    season = {name: [] for name in season_files.valid()} | {
        name: season_files.valid()[name] for name in ("refund_rates", "fx_rates")
    }
    item = season_files.valid()["declarations"][0]
    sale = season_files.valid()["sales"][0]
    receipt = season_files.valid()["receipts"][0]
    texts = list(HOSTILE.values())
    for number, text in enumerate(texts):
        season["products"].append({"sku": text, "name": text, "hs_code": "9405210000"})
        season["declarations"].append(
            item | {"item_no": number, "sku": text, "warehouse": text, "quantity": 1_000}
        )
    for number in range(warehouses):
        at = number % len(texts)
        warehouse = f"{texts[at]} {number:03d}" if number >= len(texts) else texts[at]
        season["receipts"].append(
            receipt
            | {"receipt_no": f"R{number}", "item_no": at, "sku": texts[at], "quantity": 3}
            | {"warehouse": warehouse, "line_no": 0}
        )
        season["sales"].append(
            sale
            | {"channel": texts[at], "order_no": f"{texts[at]} {number}", "sku": texts[at]}
            | {"warehouse": warehouse, "quantity": 1, "shipped_on": date(2026, 4, 20)}
        )
    return season


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_element_is_closed_and_every_link_leads_somewhere(figures, language):
    text = render_page(figures, language)
    page = Page(text)

    assert page.open == []
    assert text.startswith("<!doctype html>")
    ids = page.of("id")
    assert len(ids) == len(set(ids))
    assert {each.removeprefix("#") for each in page.of("href")} <= set(ids)
    assert set(SECTIONS) <= set(ids)
    labels = [each for text in page.of("aria-labelledby") for each in text.split()]
    assert set(labels) <= set(ids)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_fetched_and_nothing_runs(figures, language):
    page = Page(render_page(figures, language))
    tags = {tag for tag, _ in page.elements}

    assert not tags & {"script", "iframe", "object", "embed", "link", "img", "base", "form"}
    for _, attrs in page.elements:
        assert not any(name.startswith("on") or name in ("src", "style") for name in attrs)
    assert all(each.startswith("#") for each in page.of("href"))
    style = PACKAGE.joinpath("style.css").read_text("utf-8")
    assert not re.search(r"url\(|@import|https?:", style)


def test_the_policy_allows_the_one_style_and_nothing_else(figures):
    text = render_page(figures, "en")
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policies = [
        attrs["content"]
        for tag, attrs in Page(text).elements
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]

    assert policies == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_stays_small(figures, language):
    assert len(render_page(figures, language).encode()) < 400_000


def test_landmarks_headings_and_tables_say_what_they_are(figures):
    page = Page(render_page(figures, "en"))
    tags = [tag for tag, _ in page.elements]

    assert [tags.count(tag) for tag in ("h1", "main", "nav", "header", "footer")] == [1] * 5
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-4]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for tag, attrs in page.elements:
        if tag == "th":
            assert attrs["scope"] in ("row", "col")
        if tag == "svg":
            assert attrs.get("aria-hidden") == "true" or attrs.get("role") == "img"
    assert page.elements[tags.index("body") + 1][1]["class"] == "skip"


def test_hostile_texts_are_shown_as_texts(tmp_path):
    season = season_files.write(tmp_path / "season", hostile(), formats="parquet")
    run(season, tmp_path / "out")

    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")

    assert "<script" not in text.lower()
    assert "onload=" not in re.sub(r"&quot;|&#34;", "", text).replace("&gt;&lt;svg onload=", "")
    said = " ".join(Page(text).texts)
    for name in ("formula", "script", "attribute", "template"):
        assert HOSTILE[name] in said
    assert "270 other warehouses" in said


def test_a_page_says_which_close_it_is_of(figures):
    text = " ".join(Page(render_page(figures, "en")).texts)
    digest = figures["close"]["digest"]

    assert figures["season"]["uscc"] in text
    assert figures["season"]["as_of"] in text
    assert " ".join(digest[at : at + 8] for at in range(0, 64, 8)) in text
    for each in figures["inputs"]:
        assert each["sha256"] in text
    lines = "".join(f"{name} {figures['outputs'][name]['digest']}\n"
                    for name in sorted(figures["outputs"]))  # fmt: skip
    assert digest == hashlib.sha256(lines.encode()).hexdigest()


# --- Words ---


def words_of(language: str) -> dict[tuple[str, ...], str]:
    """Every text of a language by its path."""
    found: dict[tuple[str, ...], str] = {}

    def walk(path: tuple[str, ...], each: dict[str, Any]) -> None:
        for key, value in each.items():
            if isinstance(value, dict):
                walk((*path, key), value)
            else:
                found[*path, key] = value

    walk((), tomllib.loads(PACKAGE.joinpath(f"{language}.toml").read_text("utf-8")))
    return found


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def test_both_languages_have_a_word_for_everything():
    english, chinese = (words_of(language) for language in ("en", "zh"))

    assert english.keys() == chinese.keys()
    for path, text in english.items():
        assert fields(text) == fields(chinese[path]), path
        assert bool(text) == bool(chinese[path]), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_may_be_due_or_not_fit_is_explained(language):
    words = words_of(language)

    assert {path[1] for path in words if path[0] == "exceptions"} == set(REMEDIES)
    assert {path[1] for path in words if path[0] == "due"} == set(WHAT)
    for code in REMEDIES:
        assert all(words["exceptions", code, part] for part in ("title", "means", "do"))
    for what in WHAT:
        assert all(words["due", what, part] for part in ("what", "do"))


def test_chinese_pages_hold_no_english_sentences(figures):
    page = Page(render_page(figures, "zh"))
    english = {text for path, text in words_of("en").items() if len(text.split()) > 2}

    said = {text.strip() for text in page.texts}
    assert not said & english


# --- Looks ---


def colours() -> list[dict[str, str]]:
    """The colours of the page in light and in dark."""
    style = PACKAGE.joinpath("style.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_texts_and_bars_stand_out_as_wcag_aa_asks(scheme):
    found = colours()[scheme]

    for ink in ("ink", "quiet", "link", "less", "late", "soon"):
        for ground in ("paper", "late-wash"):
            assert contrast(found[ink], found[ground]) >= 4.5, (ink, ground)
    for fill in ("fill", "less"):
        assert contrast(found[fill], found["paper"]) >= 3, fill
        assert contrast(found[fill], found["track"]) >= 3, fill


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_narrow_page_does_not_scroll_sideways(figures, language, tmp_path):
    """Chromium's own window is never that narrow: the page is looked at through a frame.

    The frame's page asks its own width to be measured, which the report's policy forbids: the copy
    that is looked at has no policy, and a script that writes both widths into its title.
    """
    page = re.sub(r"<meta http-equiv[^>]*>", "", render_page(figures, language))
    probe = (
        "<script>onload=()=>{const d=document.documentElement;"
        "parent.document.title=d.scrollWidth+' '+d.clientWidth}</script>"
    )
    copied = page.replace("</body>", probe + "</body>").replace("&", "&amp;").replace('"', "&quot;")
    outer = tmp_path / "outer.html"
    outer.write_text(
        '<!doctype html><meta charset="utf-8"><title>none</title>'
        f'<iframe width="360" height="800" srcdoc="{copied}"></iframe>',
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            str(CHROMIUM),
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            f"--user-data-dir={tmp_path / 'profile'}",
            *("--virtual-time-budget=5000", "--dump-dom", outer.as_uri()),
        ],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    title = re.search(r"<title>(\d+) (\d+)</title>", done.stdout)
    assert title, done.stderr[-2000:]
    scrolls, shows = map(int, title.groups())
    assert 300 < shows <= 360
    assert scrolls <= shows


def test_numbers_have_separators_and_two_places():
    assert shown("count", 1_234_567) == "1,234,567"
    assert shown("money", Decimal("-1234.5")) == "\N{MINUS SIGN}1,234.50"
    assert shown("day", date(2026, 4, 30)) == "2026-04-30"
    assert shown("money", None) == "\N{EN DASH}"
