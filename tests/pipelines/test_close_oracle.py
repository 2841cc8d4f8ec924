# SPDX-License-Identifier: Apache-2.0
"""The close against a simulation that moves every unit by itself, on both engines.

Trace, stock, refunds, advances and exceptions must be the same, row for row and in order; all
eight outputs must have the same digests on both engines.
"""

from __future__ import annotations

import random
import re
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from tests import season_files
from tests.closing import (
    ENGINES,
    IS_CI,
    Outputs,
    Row,
    assert_same_rows,
    close_season,
    filing_days,
    open_engine,
)
from tests.oracle.seasons import KEYS, check_valid, random_season, seasons
from tests.oracle.simulation import Season, simulate

from entrepot.pipelines.close import OUTPUTS
from entrepot.pipelines.opening import open_season

#: Seasons laid into one, and the days that they are closed on: inside a season, on the last day of
#: an April, in it, the day after it, and past 36 months for some.
LAID = 300 if IS_CI else 40
CLOSED_ON = (
    date(2025, 1, 1),
    date(2025, 4, 30),
    date(2026, 4, 15),
    date(2026, 5, 1),
    date(2027, 12, 31),
)
#: Texts that name a row or a place; a season's own prefix keeps those of two seasons apart.
OWN = (
    "sku",
    "warehouse",
    "invoice_no",
    "receipt_no",
    "order_no",
    "return_no",
    "adjustment_no",
    "claim_no",
    "of_claim",
)
NUMBER = 18  # characters of a declaration number


def prefix(number: int) -> str:
    return f"{number:04d}~"


def relabelled(season: Season, number: int) -> Season:
    """The same season with texts of its own; a common prefix keeps their order."""
    own = prefix(number)

    def cell(name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in OWN:
            return own + value
        if name == "declaration_no":
            return (own + value)[:NUMBER]
        if name == "hs_code":
            return f"{number:04d}{value[0]}{value[-5:]}"
        return value

    return {
        table: [{name: cell(name, value) for name, value in row.items()} for row in rows]
        for table, rows in season.items()
        if table != "fx_rates"
    }


def laid_together(parts: list[Season]) -> Season:
    return {table: [row for part in parts for row in part.get(table, [])] for table in KEYS}


def simulated_together(parts: list[Season], as_of: date) -> dict[str, list[Row]]:
    """What the parts come to in one close: each for itself, put together in the tables' order."""
    known = filing_days()
    each = [simulate(part, as_of, known) for part in parts]
    together = {name: [row for one in each for row in one[name]] for name in each[0]}
    together["trace"].sort(key=lambda row: row["declaration_no"] is None)
    together["exceptions"].sort(
        key=lambda row: (row["code"], row["table"], row["key"], row["day"] or date.max)
    )
    return together


def assert_as_simulated(outputs: Outputs, simulated: dict[str, list[Row]]) -> None:
    for name, expected in simulated.items():
        columns = expected[0].keys() if expected else ()
        found = [
            {column: row[column] for column in columns} if columns else row
            for row in outputs.rows[name]
        ]

        assert_same_rows(found, expected, name)


@settings(max_examples=max(4, settings.default.max_examples // 7))
@given(made=seasons())
def test_a_random_season_closes_as_the_simulation(made):
    season, as_of = made
    simulated = simulate(season, as_of, filing_days())
    digests = {}
    with tempfile.TemporaryDirectory() as spill:
        for name in ENGINES:
            with open_engine(name, Path(spill)) as engine:
                outputs = close_season(engine, season, as_of)
            digests[name] = outputs.digests
            assert_as_simulated(outputs, simulated)

    assert digests["duckdb"] == digests["polars"]
    assert set(digests["duckdb"]) == {table.name for table in OUTPUTS}


@pytest.mark.parametrize("as_of", CLOSED_ON, ids=str)
def test_many_random_seasons_close_in_one_as_each_by_itself(as_of, tmp_path):
    rng = random.Random(f"{as_of}")
    drawn = [random_season(rng, rng.choice((2, 4, 8, 16)), as_of)[0] for _ in range(LAID)]
    parts = [relabelled(season, number) for number, season in enumerate(drawn)]
    season = laid_together(parts)
    check_valid(season)
    simulated = simulated_together(parts, as_of)
    assert all(simulated.values()), "a season in which nothing happens proves nothing"

    digests = {}
    for name in ENGINES:
        with open_engine(name, tmp_path / name) as engine:
            outputs = close_season(engine, season, as_of)
        digests[name] = outputs.digests
        assert_as_simulated(outputs, simulated)

    assert digests["duckdb"] == digests["polars"]


@pytest.mark.parametrize("as_of", CLOSED_ON[:1], ids=str)
def test_random_seasons_pass_the_check(as_of, engine, tmp_path):
    """What the simulation is given is what a close is given: no check refuses it."""
    rng = random.Random(7)
    drawn = [random_season(rng, rng.choice((2, 4, 8, 16)), as_of)[0] for _ in range(LAID)]
    season = laid_together([relabelled(part, number) for number, part in enumerate(drawn)])
    (tmp_path / "work").mkdir()
    folder = season_files.write(tmp_path / "season", season, formats="parquet")

    opened = open_season(engine, folder, tmp_path / "work")

    assert [fault.text for fault in opened.faults] == []
    assert {one.table: one.rows for one in opened.inputs} == {
        name: len(rows) for name, rows in season.items()
    }


@pytest.mark.parametrize("size", [0, 1])
def test_a_season_without_rows_and_one_of_one_row(size, engine):
    season, as_of = random_season(random.Random(size), size)

    outputs = close_season(engine, season, as_of)

    assert_as_simulated(outputs, simulate(season, as_of, filing_days()))


def test_a_prefix_keeps_the_order_of_a_season():
    season, as_of = random_season(random.Random(3), 16)
    known = filing_days()

    plain = simulate(season, as_of, known)
    own = simulate(relabelled(season, 12), as_of, known)

    for name in ("trace", "stock", "refunds", "advances"):
        numbers = [row["quantity"] for row in own[name] if "quantity" in row]
        assert numbers == [row["quantity"] for row in plain[name] if "quantity" in row]
    assert all(re.match("0012~", row["sku"]) for row in own["trace"])
