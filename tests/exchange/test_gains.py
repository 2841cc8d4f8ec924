# SPDX-License-Identifier: Apache-2.0
"""Gains of exchange: the accountants' cases, and random ones against a walk through the days."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from entrepot.engine.amounts import WIDE_LIMIT, with_wide_shares
from entrepot.engine.base import Engine
from entrepot.exchange.mistakes import BadFlows
from tests.exchange.kit import booked, flow, half_up, signed, simulated, worth
from tests.on_engines import ENGINES, open_engine
from tests.on_spark import SPARK

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "exchange.toml").read_text(encoding="utf-8")
)["case"]
KNOWN = {"source", "currency", "flows", "revalued", "booked"}
DAY = date(2026, 1, 1)


def given_by(case: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The flows and revaluations of a case."""
    assert not case.keys() - KNOWN, "a word that no case has"
    usual = case.get("currency", "USD")
    flows, revaluations = [], []
    for number, (on, way, amount, at, *more) in enumerate(case["flows"]):
        currency, place = [*more, *[usual, "bank/usd"][len(more) :]]
        minor = int(Decimal(amount).scaleb(2))
        row = flow(number, date.fromisoformat(on), way, minor)
        row |= {"currency": currency, "place": place, "rate_source": "case"}
        row |= {"value": Decimal(at[1:])} if at.startswith("=") else {"rate": Decimal(at)}
        flows.append(row)
    for on, rate, *more in case.get("revalued", []):
        currency, place = [*more, *[usual, "bank/usd"][len(more) :]]
        row = {"place": place, "currency": currency, "on": date.fromisoformat(on)}
        revaluations.append({**row, "rate": Decimal(rate), "rate_source": "case"})
    return flows, revaluations


def expected_by(case: dict[str, Any]) -> list[tuple[str, str, int, str, str]]:
    usual = case.get("currency", "USD")
    rows = []
    for on, booking, gain, *more in case["booked"]:
        currency, place = [*more, *[usual, "bank/usd"][len(more) :]]
        rows.append((on, booking, int(Decimal(gain).scaleb(2)), currency, place))
    return sorted(rows)


def found_by(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What is booked for every case, all in one go: each has places of its own."""
    flows, revaluations = [], []
    for at, case in enumerate(CASES.values()):
        for rows, more in zip((flows, revaluations), given_by(case), strict=True):
            rows += [
                row | {"place": f"{row['place']}#{at}", "document_kind": f"case {at}"}
                for row in more
            ]
    found: dict[str, list[tuple[Any, ...]]] = {name: [] for name in CASES}
    for m in booked(engine, flows, revaluations).movements:
        place, at = m["place"].split("#")
        booking = (str(m["on"]), m["booking"], signed(m), m["currency"], place)
        found[[*CASES][int(at)]].append(booking)
    return {name: sorted(bookings) for name, bookings in found.items()}


@cache
def found_on(name: str) -> dict[str, list[tuple[Any, ...]]]:
    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        return found_by(engine)


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("name", CASES)
def test_a_case_is_booked_as_the_accountant_says(engine_name, name):
    assert found_on(engine_name)[name] == expected_by(CASES[name])


@SPARK
def test_cases_are_booked_alike_on_spark(spark):
    assert found_by(spark) == {name: expected_by(case) for name, case in CASES.items()}


def test_both_rates_and_their_sources_stand_beside_a_gain(engine):
    flows = [
        flow(1, DAY, "in", 10_000) | {"rate": 7, "rate_source": "pboc 2025-12-31"},
        flow(2, DAY + timedelta(40), "out", 10_000) | {"rate": "7.1", "rate_source": "bank"},
    ]
    on = DAY + timedelta(30)
    row = {"place": "bank/usd", "currency": "USD", "on": on, "rate": "7.25", "rate_source": "ecb"}

    (settled,) = booked(engine, flows, [row]).settled

    assert (settled["opened_rate"], settled["opened_source"]) == (7_000_000, "pboc 2025-12-31")
    assert (settled["closed_rate"], settled["closed_source"]) == (7_100_000, "bank")
    assert (settled["revalued_on"], settled["revalued_rate"]) == (on, 7_250_000)
    assert settled["revalued_source"] == "ecb"
    assert (settled["opened_value"], settled["closed_value"]) == (70_000, 71_000)
    assert (settled["realised"], settled["carried"]) == (1_000, 2_500)


LINES = [("bank/a", "USD"), ("bank/a", "JPY"), ("bank/b", "USD"), ("receivable/c", "KWD")]


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Flows of a few cents over some days, in several places and currencies, with revaluations."""
    flows = []
    for number in range(draw(st.integers(0, 40))):
        on = DAY + timedelta(draw(st.integers(0, 5)))
        way = draw(st.sampled_from(["in", "out"]))
        place, currency = draw(st.sampled_from(LINES))
        amount, value = draw(st.integers(1, 9)), draw(st.integers(0, 400))
        flows.append(flow(number, on, way, amount, value) | {"place": place, "currency": currency})
    revaluations = [
        {"place": place, "currency": currency, "on": DAY + timedelta(at), "rate": rate}
        for at, (place, currency) in draw(
            st.sets(st.tuples(st.integers(0, 6), st.sampled_from(LINES)), max_size=20)
        )
        for rate in [Decimal(draw(st.integers(1, 9_999_999))) / 1_000_000]
    ]
    return flows, revaluations


@pytest.mark.parametrize("name", ENGINES)
@settings(max_examples=20, deadline=None)
@given(lives())
def test_gains_are_those_of_a_walk_through_the_days(name, life):
    flows, revaluations = life
    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        found = booked(engine, flows, revaluations)

    told = [
        (m["on"], m["place"], m["currency"], m["booking"], m["document_no"], signed(m))
        for m in found.movements
    ]
    assert sorted(told, key=repr) == simulated(flows, revaluations)
    assert all(m["quantity"] > 0 for m in found.movements)
    assert sum(_places(found.movements).values()) == 0
    for row in found.revalued:
        # The CNY of a place is its balance at the rate, to the fen: what came less what left, and
        # all that was booked.
        def here(other: dict[str, Any], row: dict[str, Any] = row) -> bool:
            return (other["place"], other["currency"]) == (row["place"], row["currency"])

        until = [f for f in flows if here(f) and f["on"] <= row["on"]]
        way = {"in": 1, "out": -1}
        balance = sum(way[f["way"]] * f["amount"] for f in until)
        paid = sum(way[f["way"]] * f["value_fen"] for f in until)
        gained = sum(signed(m) for m in found.movements if here(m) and m["on"] <= row["on"])
        assert row["balance"] == balance
        assert row["value"] == worth(balance, Fraction(row["rate"], 1_000_000))
        assert paid + gained == row["value"]


def _places(movements: list[dict[str, Any]]) -> Counter[str]:
    places: Counter[str] = Counter()
    for movement in movements:
        places[movement["from_place"]] -= movement["quantity"]
        places[movement["to_place"]] += movement["quantity"]
    return places


numbers = st.integers(0, WIDE_LIMIT - 1)


@pytest.mark.parametrize("name", ENGINES)
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(numbers, numbers, st.integers(0, 2**60 - 1)), min_size=1, max_size=20))
@example([(2**46 - 1, 2**46 - 2, 2**60 - 1), (0, 0, 0), (2**32, 2**31 + 1, 2**32 - 1), (7, 3, 5)])
def test_wide_amounts_are_split_exactly_up_to_their_bounds(name, drawn):
    rows = [
        (at, value, min(units, max(whole, 1)), max(whole, 1))
        for at, (whole, units, value) in enumerate(drawn)
    ]
    names = ("at", "value", "units", "whole")
    columns = zip(*rows, strict=True)
    table = pa.table({n: pa.array(c, pa.int64()) for n, c in zip(names, columns, strict=True)})
    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        frame = with_wide_shares(engine.table(table), {"part": ("value", "units", "whole")})
        found = engine.rows(frame, ["at"])

    for row, (_, value, units, whole) in zip(found, rows, strict=True):
        assert row["part"] == half_up(Fraction(value * units, whole))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": None}, "neither value nor rate"),
        ({"amount": WIDE_LIMIT}, "too large"),
        ({"value": None, "rate": 10_001}, "too large"),
        ({"amount": 0}, "without an amount"),
        ({"currency": "CNY"}, "amount of CNY"),
    ],
)
def test_what_cannot_be_computed_is_refused(engine, change, words):
    with pytest.raises(BadFlows, match=words):
        booked(engine, [flow(1, DAY, "in", 100, 700) | change], [])


def test_two_revaluations_of_a_day_are_refused(engine):
    row = {"place": "bank/usd", "currency": "USD", "on": DAY, "rate": 7}

    with pytest.raises(BadFlows, match="two revaluations"):
        booked(engine, [flow(1, DAY, "in", 100, 700)], [row, row])


def test_nothing_gives_nothing(engine):
    found = booked(engine, [], [])

    assert (found.settled, found.revalued, found.movements) == ([], [], [])
