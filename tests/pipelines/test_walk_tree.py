# SPDX-License-Identifier: Apache-2.0
"""The tree that `entrepot trace` shows: what it says, in both languages, and how it is cut."""

from __future__ import annotations

import json
import os
import pty
import re
import string
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from entrepot.ledger.numbers import BASES, FATES
from entrepot.pipelines.commands_trace import trace
from entrepot.pipelines.misfits import REMEDIES
from entrepot.pipelines.walk.telling import Teller, grouped
from entrepot.pipelines.walk.words import EXCEPTIONS_ZH, WORDS
from entrepot.taxrefund.filing import FILINGS
from entrepot.taxrefund.tables import ADVANCE_STATES, REFUNDS, STATES
from tests import season_files
from tests.on_engines import run
from tests.season_files import DECLARATION

COMMAND = [sys.executable, "-c", "from entrepot.cli import main; main()", "trace"]
ORDER = """\
Spring, closed for 2026-04-30
Order amazon-de/A-1: 2 units, CNY 12.35
└── Line 0, LAMP-1: 2 units shipped from DUI1 on 2025-03-10, CNY 12.35
    ├── Declaration 310120250000000001/1, mode 9810, exported on 2025-01-20: 1 unit, CNY 12.35
    │   ├── sold from DUI1 on 2025-03-10: 1 unit, CNY 12.35
    │   │   ├── Invoice 24332000000000000001/0, issued on 2025-01-05, supplier 91110000600037341L \
(linked in invoice_links)
    │   │   └── Received 2025-03-01 in DUI1, R-1/1
    │   ├── Refund: claim CNY 6.42 by 2026-04-30
    │   │   ├── refundable 160.49, of it on what is sold 6.42
    │   │   ├── advanced 0.00, claimed 0.00, difference 6.42
    │   │   └── claim by 2026-04-30, lapses on 2028-01-20
    │   ├── Advance C-1: 100 units, CNY 160.49, reversed (by C-2)
    │   ├── To file next: ordinary claim 20260401001: 4 units, refundable 6.42
    │   │   └── Invoice 24332000000000000001/0: 4 units, CNY 49.39, refundable 6.42
    │   └── To file next: advance claim 20260401002: 94 units, refundable 150.85
    │       └── Invoice 24332000000000000001/0: 94 units, CNY 1,160.42, refundable 150.85
    ├── Came back: 1 unit
    │   └── 2025-03-20, B-1/0, to warehouse/DUI1: 1 unit
    └── shipped 2 = sold 1 + restocked 1
"""


MOVED = {
    "transfer_no": "T-1",
    "line_no": 0,
    "shipped_on": "2025-04-05",
    "arrived_on": "2025-04-07",
    "quantity": 5,
}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A close with goods under way, without invoice, of unknown origin and sold without stock."""
    season = season_files.valid()
    sale = season["sales"][0]
    season["sales"] += [
        sale | {"order_no": "NONE", "warehouse": "LON1"},
        sale | {"order_no": "PART", "line_no": 3, "sku": "KETTLE-2", "quantity": 150},
        *(
            sale | {"order_no": f"D-{number:03}", "shipped_on": date(2025, 4, 2), "quantity": 1}
            for number in range(96)
        ),
    ]
    declared = season["declarations"][0]
    season["declarations"] += [
        declared | {"item_no": 8, "sku": "LAMP-1", "quantity": 5},
        declared | {"item_no": 9, "mode": "9710", "channel": "b2b", "order_no": "P/1"},
    ]
    folder = tmp_path_factory.mktemp("closed")
    season_files.write(folder / "season", season, formats="parquet")
    run(folder / "season", folder / "out", engine="duckdb")
    return folder / "out"


def shown(out: Path, *options: str) -> str:
    result = CliRunner().invoke(trace, [str(out), *options])
    assert result.exit_code == 0, result
    return result.output


def test_an_order_is_told_whole(tmp_path):
    run(season_files.write(tmp_path / "season"), tmp_path / "out", engine="duckdb")

    assert shown(tmp_path / "out", "--order", "amazon-de/A-1", "--lang", "en") == ORDER


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("amazon-de/NONE", ["2 units sold without stock", "shipped 2 = without stock 2"]),
        (
            "amazon-de/NONE",
            ["sold_without_stock amazon-de/NONE/0: 2 of 2 units had no stock in LON1."],
        ),
        ("amazon-de/PART", ["shipped 150 = sold 99 + without stock 51"]),
        ("amazon-de/D-094", ["Origin unknown: no declaration explains these units: 1 unit"]),
        ("b2b/P/1", ["Sold at export, LAMP-1: 100 units sold at export", "mode 9710"]),
    ],
)
def test_what_is_odd_about_an_order_is_said(closed, order, said):
    text = shown(closed, "--order", order, "--lang", "en")

    assert [each for each in said if each not in text] == []


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("8", ["No receipt yet", "in transit to DUI1: 5 units", "declared 5 = in transit 5"]),
        ("8", ["Invoices cover 0 of 5", "/8/LAMP-1: 5 of 5 units have no VAT invoice."]),
        ("1", ["96 orders, 2025-03-10 to 2025-04-02", "and 86 more"]),
        ("1", ["or of another item with the same article"]),
    ],
)
def test_what_became_of_an_item_is_said(closed, item, said):
    text = shown(closed, "--declaration", f"{DECLARATION}/{item}", "--lang", "en")

    assert [each for each in said if each not in text] == []


def test_the_transfer_that_may_have_brought_a_unit_is_named(tmp_path):
    season = season_files.valid()
    sold = {"order_no": "MOVED", "warehouse": "DUI2", "shipped_on": date(2025, 4, 8)}
    season["sales"].append(season["sales"][0] | sold)
    run(season_files.write(tmp_path / "season", season), tmp_path / "out", engine="duckdb")

    order = shown(tmp_path / "out", "--order", "amazon-de/MOVED", "--lang", "en")
    item = json.loads(shown(tmp_path / "out", "--declaration", f"{DECLARATION}/2", "--json"))

    assert "sold from DUI2 on 2025-04-08: 2 units" in order
    assert "Received 2025-03-01 in DUI1, R-1/1" in order
    assert "Transfer T-1/0, 2025-04-05 to 2025-04-07: may have brought them" in order
    assert [
        (piece["fate"], piece["warehouse"], piece["received"]["transfers"])
        for piece in item["found"][0]["pieces"]
        if piece["fate"] != "sold"
    ] == [
        ("in_transit", "DUI2", [MOVED | {"line_no": 1, "arrived_on": None}]),
        ("unsold", "DUI1", []),
    ]


def test_several_items_are_summed(closed):
    text = shown(closed, "--declaration", DECLARATION, "--lang", "en")

    assert "4 found: 305 units, CNY" in text
    assert text.count("\nDeclaration ") == 4


@pytest.mark.parametrize("limit", [0, 1, 7])
def test_a_branch_is_cut_to_the_limit_and_says_how_much_more_there_is(closed, limit):
    asked = ["--declaration", f"{DECLARATION}/1", "--lang", "en"]
    text = shown(closed, *asked, "--limit", str(limit))
    whole = json.loads(shown(closed, *asked, "--limit", str(limit), "--json"))

    if limit:
        assert len(re.findall(r"Order amazon-de/\S+: ", text)) == limit
        assert f"and {96 - limit} more" in text
    assert len({p["order_no"] for p in whole["found"][0]["pieces"] if p["order_no"]}) == 96


def test_chinese_is_told_in_chinese(closed):
    text = shown(closed, "--order", "amazon-de/NONE", "--lang", "zh")

    assert "订单 amazon-de/NONE：2 件" in text
    assert "：无库存销售：补录缺少的入库" in text
    assert not re.search(r"\b(units|sold from|shipped)\b", text.replace("units had no", ""))


def test_chinese_keeps_its_width_on_a_terminal(closed):
    """Where lines are broken at a width, none is wider than it."""
    done = subprocess.run(
        [*COMMAND, str(closed), "--declaration", f"{DECLARATION}/1", "--lang", "zh"],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"COLUMNS": "60", "LC_ALL": "C.UTF-8"},
        check=True,
    )

    widths = [cell_len(line) for line in done.stdout.splitlines()]
    assert 50 < max(widths) <= 60


def test_a_pipe_gets_whole_lines_and_no_colours(closed):
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(
        [*COMMAND, str(closed), "--order", "amazon-de/A-2"],
        capture_output=True,
        encoding="utf-8",
        env=environment | {"LC_ALL": "C.UTF-8", "FORCE_COLOR": ""},
        check=True,
    )

    assert max(map(len, done.stdout.splitlines())) > 100
    assert "\x1b" not in done.stdout


def test_a_terminal_gets_colours(closed):
    parent, child = pty.openpty()
    environment = {n: v for n, v in os.environ.items() if n not in ("NO_COLOR", "COLUMNS")}
    subprocess.run(
        [*COMMAND, str(closed), "--order", "amazon-de/NONE"],
        stdout=child,
        env=environment | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
        check=True,
    )
    os.close(child)

    assert b"\x1b[31m" in os.read(parent, 100_000)
    os.close(parent)


# --- Words ---


def _fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def test_both_languages_say_the_same_things():
    assert set(WORDS["en"]) == set(WORDS["zh"])
    for key, text in WORDS["en"].items():
        assert _fields(text) == _fields(WORDS["zh"][key]), key


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("fate", FATES),
        ("basis", BASES),
        ("state", STATES),
        ("advance", ADVANCE_STATES),
        ("filing", FILINGS),
        ("gap", REFUNDS.column("data_gap").values),
        ("treatment", [v for v in REFUNDS.column("treatment").values if v != "refund"]),
    ],
)
def test_every_word_of_the_tables_has_words(kind, values):
    assert [value for value in values if f"{kind}.{value}" not in WORDS["en"]] == []


def test_every_exception_is_explained_in_chinese():
    assert set(EXCEPTIONS_ZH) == set(REMEDIES)


def test_a_word_that_came_later_is_shown_as_it_is():
    assert Teller("zh", 10).named("fate", "gone\x1b") == "gone\\x1b"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.00", "0.00"),
        ("-0.05", "-0.05"),
        ("1234567.80", "1,234,567.80"),
        ("-1234.00", "-1,234.00"),
        ("99999999999999999.99", "99,999,999,999,999,999.99"),
    ],
)
def test_amounts_are_grouped_to_the_last_digit(amount, text):
    assert grouped(amount) == text
    assert Decimal(text.replace(",", "")) == Decimal(amount)
