# SPDX-License-Identifier: Apache-2.0
"""The close against a simulation that moves every unit by itself, on both engines.

Trace, stock, refunds, advances and exceptions must be the same, row for row and in order; all
outputs must have the same digests on both engines.
"""

from __future__ import annotations

import random
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings

from entrepot.pipelines.opening import open_season
from tests import season_files
from tests.on_engines import (
    ENGINES,
    IS_CI,
    Outputs,
    Row,
    assert_same_rows,
    close_season,
    filing_days,
    open_engine,
)
from tests.oracle.seasons import random_season, seasons
from tests.oracle.simulation import simulate
from tests.oracle.together import laid_together, relabelled, several, simulated_together
from tests.oracle.valid import check_valid

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
OUTPUTS = {
    "trace",
    "stock",
    "refunds",
    "advances",
    "filing_exports",
    "filing_purchases",
    "book",
    "exceptions",
    "money_book",
    "settled",
    "proceeds",
    "netting",
    "allocated",
    "collected",
    "collection",
    "receipts_year",
    "exchange_settled",
    "exchange_revalued",
    "exchange_borne",
    "landed",
    "margin",
    "cash_tied",
    "money_exceptions",
}


def assert_as_simulated(outputs: Outputs, simulated: dict[str, list[Row]]) -> None:
    for name, expected in simulated.items():
        columns = expected[0].keys() if expected else ()
        found = [
            {column: row[column] for column in columns} if columns else row
            for row in outputs.rows[name]
        ]

        assert_same_rows(found, expected, name)


@settings(max_examples=max(3, settings.default.max_examples // 10))
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
    assert set(digests["duckdb"]) == OUTPUTS


@pytest.mark.parametrize("as_of", CLOSED_ON, ids=str)
def test_many_random_seasons_close_in_one_as_each_by_itself(as_of, tmp_path):
    parts = several(as_of, LAID)
    season = laid_together(parts)
    check_valid(season)
    simulated = simulated_together(parts, as_of, filing_days())
    # Exchange rates are left out, and so is what they gain.
    told = [rows for name, rows in simulated.items() if not name.startswith("exchange_")]
    assert all(told), "a season in which nothing happens proves nothing"

    digests = {}
    for name in ENGINES:
        with open_engine(name, tmp_path / name) as engine:
            outputs = close_season(engine, season, as_of)
        digests[name] = outputs.digests
        assert_as_simulated(outputs, simulated)

    assert digests["duckdb"] == digests["polars"]


def test_random_seasons_pass_the_check(engine, tmp_path):
    """What the simulation is given is what a close is given: no check refuses it."""
    season = laid_together(several(CLOSED_ON[0], LAID, seed=1))
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
        assert len(own[name]) == len(plain[name]) > 0
        for row, other in zip(own[name], plain[name], strict=True):
            assert [v for v in row.values() if not isinstance(v, str)] == [
                v for v in other.values() if not isinstance(v, str)
            ]
    assert all(row["sku"].startswith("0012~") for row in own["trace"])
