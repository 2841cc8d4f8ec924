# SPDX-License-Identifier: Apache-2.0
"""Lines of random items against the same sums by hand, in decimals."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.engine.base import Engine
from entrepot.taxrefund.producing import steps
from tests.on_engines import ENGINES, open_engine

DAY = date(2025, 1, 20)
FIGURES = ("export_cny", "non_creditable", "refundable")
ENTRY = {
    "entry": pa.int64(),
    "claim_no": pa.string(),
    "item": pa.int64(),
    "period": pa.string(),
    "kind": pa.string(),
    "of_claim": pa.string(),
    "quantity": pa.int64(),
    "vat_rate": pa.int64(),
    "fob_amount": pa.int64(),
    "fob_currency": pa.string(),
    "rate_on": pa.date32(),
}


@st.composite
def item(draw: st.DrawFn) -> dict[str, Any]:
    """An item, cut into lines that together enter all its units, some of them in advance."""
    parts = draw(st.lists(st.integers(1, 9_999), min_size=1, max_size=6))
    vat = draw(st.sampled_from([600, 900, 1300]))
    return {
        "parts": [(units, draw(st.sampled_from(["ordinary", "advance"]))) for units in parts],
        "fob": draw(st.integers(0, 10**11)),
        "currency": draw(st.sampled_from(["USD", "JPY", "CNY"])),
        "vat_rate": vat,
        "refund_rate": draw(st.integers(1, vat)),
        "again": draw(st.integers(0, 10**11)),
    }


ITEMS = st.lists(item(), min_size=1, max_size=5)
RATES = st.fixed_dictionaries(
    {"USD": st.integers(1, 10**8), "JPY": st.integers(1, 10**6), "CNY": st.just(10**6)}
)


def entries_of(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every part in the first period; in the second, advances are reversed and entered again."""
    rows: list[dict[str, Any]] = []
    for number, each in enumerate(items):
        about = {"item": number, "vat_rate": each["vat_rate"]}
        for at, (units, kind) in enumerate(each["parts"]):
            no = f"{number}-{at}"
            line = about | {"claim_no": no, "period": "2025-01", "kind": kind, "quantity": units}
            rows.append(line)
            if kind == "advance":
                back = {"claim_no": f"{no}-R", "period": "2025-02", "of_claim": no}
                rows.append(line | back | {"kind": "reversal", "vat_rate": None})
                sold = {"fob_amount": each["again"], "fob_currency": each["currency"]}
                rows.append(
                    line | sold | {"claim_no": f"{no}-S", "period": "2025-02", "kind": "ordinary"}
                )
    rows.sort(key=lambda row: (row["period"], row["claim_no"], row["item"]))
    return [row | {"entry": at} for at, row in enumerate(rows)]


def half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def by_hand(items: list[dict[str, Any]], rates: dict[str, int]) -> dict[str, tuple[int, ...]]:
    """Quantity, value, CNY, N and R of each line, told by its number."""
    found: dict[str, tuple[int, ...]] = {}
    for number, each in enumerate(items):
        whole, before = sum(units for units, _ in each["parts"]), 0

        def figures(fob: int, each: dict[str, Any] = each) -> tuple[int, int, int]:
            cny = half_up(Decimal(fob) * rates[each["currency"]] / 10**6)
            kept = each["vat_rate"] - each["refund_rate"]
            shares = (Decimal(cny) * rate / 10_000 for rate in (kept, each["refund_rate"]))
            return cny, *map(half_up, shares)  # type: ignore[return-value]

        lines = [f"{number}-{at}" for at in range(len(each["parts"]))]
        for no, (units, kind) in sorted(zip(lines, each["parts"], strict=True)):
            upto = (half_up(Decimal(each["fob"]) * n / whole) for n in (before, before + units))
            start, end = upto
            before += units
            line = (units, end - start, *figures(end - start))
            found[no] = line
            if kind == "advance":
                found[f"{no}-R"] = tuple(-figure for figure in line)
                found[f"{no}-S"] = (units, each["again"], *figures(each["again"]))
    return found


def by_steps(
    engine: Engine, items: list[dict[str, Any]], rates: dict[str, int]
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """The lines, and the sums of each period."""
    rows = entries_of(items)
    entries = engine.table(
        pa.table({name: pa.array([r.get(name) for r in rows], t) for name, t in ENTRY.items()})
    )
    about = engine.table(
        pa.table(
            {
                "item": pa.array(range(len(items)), pa.int64()),
                "exported_on": pa.array([DAY] * len(items), pa.date32()),
                "units": pa.array([sum(u for u, _ in each["parts"]) for each in items], pa.int64()),
                "is_exempt": pa.array([False] * len(items)),
                **{name: [each[name] for each in items] for name in ("fob", "currency")},
                "refund_rate": [each["refund_rate"] for each in items],
            }
        )
    )
    fx = engine.table(
        pa.table(
            {
                "on": pa.array([DAY] * 2, pa.date32()),
                "currency": ["USD", "JPY"],
                "cny_per_unit": [rates["USD"], rates["JPY"]],
            }
        )
    )
    priced = engine.keep(steps.priced(steps.valued(entries, about), fx), "priced")
    lines = engine.keep(steps.nw.concat([priced, steps.reversals(entries, priced)]), "lines")
    sums = engine.rows(steps.sums_by_period(lines), ["period"])
    return engine.rows(lines, ["entry"]), {row["period"]: row for row in sums}


@pytest.mark.parametrize("name", ENGINES)
@settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(items=ITEMS, rates=RATES)
def test_lines_are_rounded_once_and_sum_to_the_whole(name, tmp_path, items, rates):
    with open_engine(name, tmp_path / name) as engine:
        lines, sums = by_steps(engine, items, rates)

    found = {
        row["claim_no"]: (row["quantity"], row["fob_amount"], *(row[f] for f in FIGURES))
        for row in lines
    }
    assert found == by_hand(items, rates)
    declared: dict[int, int] = defaultdict(int)
    for row in lines:
        if row["period"] == "2025-01":
            declared[row["item"]] += row["fob_amount"]
    assert declared == {at: each["fob"] for at, each in enumerate(items)}
    for period, row in sums.items():
        for figure in FIGURES:
            assert row[figure] == sum(x[figure] for x in lines if x["period"] == period)
        assert row["open_lines"] == 0


def test_a_value_that_cannot_be_held_exactly_has_no_figures(tmp_path):
    huge = {"parts": [(1, "ordinary")], "fob": 10**16, "currency": "USD", "vat_rate": 1300}
    items = [huge | {"refund_rate": 1300, "again": 0}]

    with open_engine("polars", tmp_path) as engine:
        [line], sums = by_steps(engine, items, {"USD": 10**12, "JPY": 1, "CNY": 10**6})

    assert [line[figure] for figure in FIGURES] == [None, None, None]
    assert sums["2025-01"]["open_lines"] == 1
