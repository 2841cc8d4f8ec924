# SPDX-License-Identifier: Apache-2.0
"""Foreign exchange of random seasons, beside a simulation that counts receipt after receipt."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from entrepot.finance.tables_collection import STATES
from tests.finance.test_netting import with_rates
from tests.on_engines import (
    ENGINES,
    IS_CI,
    Row,
    assert_same_rows,
    close_season,
    filing_days,
    open_engine,
)
from tests.oracle.seasons import random_season
from tests.oracle.simulation import simulate
from tests.pipelines.test_close_oracle import assert_as_simulated

#: How many on each engine; planning one takes DuckDB seconds.
TRIED = {"polars": 60 if IS_CI else 16, "duckdb": 8 if IS_CI else 4}
#: What the simulation says of each.
NAMES = ("code", "table", "key", "currency", "day", "amount")


def in_moneys(season: dict[str, list[Row]], rng: random.Random) -> dict[str, list[Row]]:
    """The season with lines of declarations in two currencies, whose days all have rates."""
    for row in season["declarations"]:
        row["fob_currency"] = rng.choice(("USD", "USD", "EUR"))
    return with_rates(season)


def of_receipts(tables: dict[str, list[Row]]) -> list[Row]:
    """What of receipts beside payouts does not fit."""
    return [row for row in tables["money_exceptions"] if row["table"] == "collections"]


@pytest.mark.parametrize("name", ENGINES)
def test_random_seasons_are_collected_as_simulated(name, tmp_path):
    states: Counter[str] = Counter()
    for seed in range(TRIED[name]):
        rng = random.Random(f"collection {seed}")
        season, as_of = random_season(rng, rng.choice((4, 8, 16)))
        # Without rates of their own, most declarations are not known.
        season = in_moneys(season, rng) if seed % 4 else season

        with open_engine(name, tmp_path / str(seed)) as engine:
            outputs = close_season(engine, season, as_of)

        simulated = simulate(season, as_of, filing_days())
        assert_as_simulated(outputs, {"collection": simulated["collection"]})
        assert_same_rows(
            [{column: row[column] for column in NAMES} for row in of_receipts(outputs.rows)],
            of_receipts(simulated),
            "money_exceptions",
        )
        states.update(row["state"] for row in outputs.rows["collection"])
        states["over"] += sum(bool(row["over"]) for row in outputs.rows["collection"])
    if name == "polars":
        assert set(states) == {*STATES, "over"}, "what never happens proves nothing"
