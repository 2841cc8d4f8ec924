# SPDX-License-Identifier: Apache-2.0
"""Returns through customs: the brokers' cases, and how months are counted."""

from __future__ import annotations

import tomllib
from calendar import monthrange
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.customs.returns.rules import Exported, Returning, after_months, judge
from entrepot.customs.returns.telling import LANGUAGES, reason, say
from entrepot.packs.read import read

FILE = Path(__file__).parents[1] / "cases" / "returns_home.toml"
CASES = tomllib.loads(FILE.read_text(encoding="utf-8"))
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize("name", CASES["case"])
def test_a_return_is_judged_as_the_broker_says(name):
    case = CASES["case"][name]
    said = {k: v for k, v in {**CASES["plain"], **case}.items() if v != "unknown"}
    unit = Exported(
        said["mode"],
        said["exported_on"],
        said.get("released_on"),
        said.get("left_area_on"),
        said.get("from"),
        said.get("is_food"),
    )

    answer = judge(unit, Returning(said["on"], said.get("to"), said.get("is_original")))

    for judged, verdict, until, sure, why in (
        (answer.customs, "customs", "until", "sure", "why"),
        (answer.relief, "relief", "relief_until", "relief_sure", "relief_why"),
    ):
        assert judged.verdict == case[verdict]
        assert judged.until == case.get(until, judged.until)
        assert judged.confidence == case.get(sure, judged.confidence)
        assert set(case.get(why, ())) <= {each.condition for each in judged.findings}
        assert all(each.source for each in judged.findings)
        assert all(reason(judged, language) for language in LANGUAGES)


def test_both_languages_say_the_same_conditions():
    en, zh = (say(language) for language in LANGUAGES)

    assert {kind: set(words) for kind, words in en.items()} == {
        kind: set(words) for kind, words in zh.items()
    }


def test_the_pilot_had_twenty_districts_until_all_were_in():
    pilots = read("cn/return_pilots").rows

    assert len({row["district"] for row in pilots}) == 20
    assert {(row["valid_from"], row["valid_to"]) for row in pilots} == {
        (date(2024, 12, 15), date(2026, 4, 1))
    }


@given(DAYS, st.integers(0, 40))
def test_months_keep_the_day_or_take_the_last_of_the_month(day, months):
    later = after_months(day, months)

    assert (later.year - day.year) * 12 + later.month - day.month == months
    last = monthrange(later.year, later.month)[1]
    assert later.day == day.day or later.day == last < day.day


@given(DAYS, st.integers(0, 40))
def test_a_later_export_never_ends_earlier(day, months):
    assert after_months(day, months) <= after_months(day + timedelta(days=1), months)


@given(
    st.sampled_from(("9610", "9710", "9810", "1210", "0110")),
    st.dates(date(2024, 1, 1), date(2028, 6, 1)),
    st.integers(0, 500),
)
def test_relief_never_outlives_its_last_day_nor_a_return_its_own(mode, exported_on, days):
    on = exported_on + timedelta(days=days)

    answer = judge(
        Exported(mode, exported_on, exported_on, exported_on, "Ningbo", is_food=False),
        Returning(on, "Ningbo", is_original=True),
    )

    for judged in (answer.customs, answer.relief):
        if judged.until is not None and judged.verdict == "open":
            assert on <= judged.until
        if judged.until is not None and on > judged.until:
            assert judged.verdict == "refused"
