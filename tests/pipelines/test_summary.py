# SPDX-License-Identifier: Apache-2.0
"""What a person reads first: it must be what the tables say, to the fen and to the day."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

import pyarrow.parquet as pq
import pytest

from entrepot.ledger.numbers import FATES
from entrepot.pipelines.commands_close import summary_lines
from entrepot.pipelines.words import LANGUAGES, WORDS
from tests import season_files
from tests.on_engines import Row, run
from tests.oracle.together import laid_together, several

AS_OF = date(2026, 4, 30)
ENGLISH = WORDS["en"]
ABOUT = season_files.ABOUT | {"as_of": AS_OF}


@pytest.fixture(scope="module")
def closed(tmp_path_factory) -> tuple[dict[str, Any], dict[str, list[Row]]]:
    """run.json of many seasons laid into one, and the rows of its tables."""
    folder: Path = tmp_path_factory.mktemp("summary")
    season = laid_together(several(AS_OF, 60, seed=5))
    ran = run(
        season_files.write(folder / "season", season, ABOUT, formats="parquet"), folder / "out"
    )
    rows = {
        name: pq.read_table(folder / "out" / one["file"]).to_pylist()
        for name, one in ran["outputs"].items()
    }
    return ran, rows


def test_units_by_fate_are_those_of_the_trace(closed):
    ran, rows = closed
    units: Counter[str] = Counter()
    for row in rows["trace"]:
        units[row["fate"]] += row["quantity"]

    assert ran["summary"]["units"] == units
    assert len(units) == 6


def test_money_is_that_of_the_refunds(closed):
    ran, rows = closed
    for name, found in ran["summary"]["refund"].items():
        assert Decimal(found) == sum(row[name] or 0 for row in rows["refunds"]), name


def test_items_are_counted_by_state(closed):
    ran, rows = closed
    found = ran["summary"]["items"]

    assert {state: one["items"] for state, one in found.items()} == Counter(
        row["state"] for row in rows["refunds"]
    )
    assert len(found) >= 5
    for state, one in found.items():
        ours = [row for row in rows["refunds"] if row["state"] == state]
        assert Decimal(one["difference"]) == sum(row["difference"] or 0 for row in ours)
        assert Decimal(one["open_advance"]) == sum(row["open_advance"] for row in ours)


def test_exceptions_are_counted_by_code(closed):
    ran, rows = closed

    assert ran["summary"]["exceptions"] == Counter(row["code"] for row in rows["exceptions"])


def test_what_is_due_is_named_with_its_day_and_money(closed):
    ran, rows = closed
    due: defaultdict[tuple[str, str | None], list[Decimal]] = defaultdict(list)
    for row in rows["advances"]:
        if row["state"] in ("overdue", "confirm", "adjust", "waiting"):
            by = row["file_by"] or row["legal_until"]
            due[f"advance.{row['state']}", str(by)].append(row["amount"])
    for row in rows["refunds"]:
        if row["difference"] is None:
            continue
        if row["state"] in ("lapsed", "pay_back", "late", "claim"):
            by = str(row["claim_by"]) if row["state"] == "claim" else None
            due[f"item.{row['state']}", by].append(row["difference"])
        if row["state"] == "claim_advance":
            money = row["refundable"] - row["refundable_on_sold"]
            due["item.claim_advance", None].append(money)
    lapses = [row["lapses_on"] for row in rows["refunds"] if row["state"] == "late"]
    if lapses:
        due["item.late", str(min(lapses))] = due.pop(("item.late", None))

    for row in rows["collection"]:
        if row["state"] in ("late", "waiting", "unknown"):
            is_known = row["state"] != "unknown"
            missing = row["not_sold"] + row["open"] if is_known else None
            due[f"collect.{row['state']}", str(row["due_by"])].append(missing)

    found = ran["summary"]["due"]

    assert {(one["what"], one["by"]): (one["lines"], decimal(one["money"])) for one in found} == {
        key: (len(amounts), None if None in amounts else sum(amounts))
        for key, amounts in due.items()
    }
    days = [one["by"] or str(AS_OF) for one in found]
    assert days == sorted(days), "the nearest first"
    assert len({one["what"] for one in found}) >= 4


def decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def told(money: str | None) -> str:
    return "–" if money is None else f"{Decimal(money):,}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_person_reads_all_of_it(closed, lang):
    ran, _ = closed
    words = WORDS[lang]

    lines = summary_lines(ran, words)

    read = [line.split() for line in lines]
    for fate, units in ran["summary"]["units"].items():
        assert [*words[fate].split(), f"{units:,}"] in read
    for name, money in ran["summary"]["refund"].items():
        assert [*words[name].split(), f"{Decimal(money):,}"] in read
    for one in ran["summary"]["due"]:
        by = words["by"].format(day=one["by"]) if one["by"] else words["now"]
        cells = [*by.split(), told(one["money"]), f"{one['lines']:,}"]
        assert [*cells, *words[one["what"]].split()] in read
    for code, count in ran["summary"]["exceptions"].items():
        assert [code, f"{count:,}"] in read


def fields_of(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def test_every_language_has_a_word_for_everything():
    assert WORDS.keys() == set(LANGUAGES)
    for words in WORDS.values():
        assert words.keys() == WORDS["en"].keys()
        assert set(FATES) <= words.keys()
        assert all(words.values())
        for key, text in words.items():
            assert fields_of(text) == fields_of(WORDS["en"][key])


def test_what_was_left_out_is_said(tmp_path):
    season = season_files.write(tmp_path / "season")

    ran = run(season, tmp_path / "out", as_of=date(2025, 1, 3))

    said = summary_lines(ran, ENGLISH)[-1]
    assert said.startswith("Left out, dated after 2025-01-03: ")
    assert f"{len(season_files.valid()['sales'])} of sales" in said


@pytest.mark.parametrize(
    ("money", "shown"), [("-0.05", "-0.05"), ("1234567.80", "1,234,567.80"), ("0.00", "0.00")]
)
def test_money_keeps_its_sign_and_places(closed, money, shown):
    ran, _ = closed
    refund = ran["summary"]["refund"] | {"claimed": money}
    changed = ran | {"summary": ran["summary"] | {"refund": refund}}

    (line,) = (line for line in summary_lines(changed, ENGLISH) if line.startswith("  claimed "))

    assert line.split()[-1] == shown


def test_a_season_in_which_nothing_happens_has_nothing_due(tmp_path):
    tables: dict[str, Any] = {name: [] for name in season_files.valid()}

    ran = run(season_files.write(tmp_path / "season", tables), tmp_path / "out")

    assert ran["summary"]["due"] == []
    assert ran["summary"]["exceptions"] == {}
    assert set(ran["summary"]["refund"].values()) == {"0.00"}
    assert "Due" not in "\n".join(summary_lines(ran, ENGLISH))
