# SPDX-License-Identifier: Apache-2.0
"""An amendment lists exactly the figures that differ, whatever was changed under a seal."""

from __future__ import annotations

import contextlib
import copy
import csv
import json
import random
import shutil
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from entrepot.pipelines.runs import FaultySeason
from entrepot.pipelines.sealing import counting
from entrepot.pipelines.sealing.checking import SealedFiguresChange
from entrepot.pipelines.season import SCHEMA_VERSION
from tests import season_files
from tests.on_engines import IS_CI, run
from tests.oracle.seasons import KEYS, random_season, season_toml
from tests.pipelines.sealing_kit import (
    amend,
    figures,
    listed,
    read_tables,
    seal,
    sealed_tables,
)

MARCH, APRIL = date(2025, 3, 31), date(2025, 4, 30)
REASON = "supplier corrected the packing list, 供货方更正装箱单"


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """A season that was sealed for March and for April and in which a March receipt is changed."""
    folder = tmp_path_factory.mktemp("kept")
    season = season_files.write(folder / "season")
    for day in (MARCH, APRIL):
        seal(season, folder / "out", day)
    tables = season_files.valid()
    tables["receipts"][0]["quantity"] = 90
    season_files.write(season, tables)
    return folder


def test_rows_of_a_table_that_came_after_a_seal_are_named(tmp_path, monkeypatch):
    tables = season_files.valid()
    moved = tables.pop("transfers")
    season = season_files.write(tmp_path / "season", tables)
    with monkeypatch.context() as before:
        known = tuple(each for each in counting.SEASON if each.name != "transfers")
        before.setattr(counting, "SEASON", known)
        seal(season, tmp_path / "out", APRIL)
    assert run(season, tmp_path / "out")["seals"]["amended"] == []

    season_files.write_table(season, "transfers", moved)
    with pytest.raises(SealedFiguresChange) as refused:
        run(season, tmp_path / "out")

    [period] = refused.value.facts["periods"]
    assert period["causes"] == {"transfers": 11}
    assert "transfers.csv T-1/0, shipped_on: sealed nothing, now 2025-04-05" in refused.value.found


@pytest.fixture
def changed(kept, tmp_path) -> Path:
    """That season, and its last close beside it in `out`."""
    shutil.copytree(kept / "out", tmp_path / "out")
    return Path(shutil.copytree(kept / "season", tmp_path / "season"))


def test_an_amendment_lists_every_figure_before_and_after_and_why(changed, tmp_path):
    before = {day: sealed_tables(changed, n, day) for n, day in ((1, MARCH), (2, APRIL))}
    same = shutil.copytree(changed, tmp_path / "same", ignore=shutil.ignore_patterns("sealed"))

    ran = amend(changed, tmp_path / "out", REASON)

    rows = pq.read_table(tmp_path / "out" / "amendment.parquet").to_pylist()
    assert {row["reason"] for row in rows} == {REASON}
    for day in (MARCH, APRIL):
        run(same, tmp_path / day.isoformat(), as_of=day)
        expected = figures(before[day], read_tables(tmp_path / day.isoformat()))
        assert listed(row for row in rows if row["as_of"] == day) == expected
        assert len(expected) > 5
        folder = changed / "sealed" / "0003" / day.isoformat()
        kept = pq.read_table(folder / "amendment.parquet").to_pylist()
        assert kept == [row for row in rows if row["as_of"] == day]
        assert sealed_tables(changed, 3, day) == read_tables(tmp_path / day.isoformat())
    assert ran["outputs"]["amendment"]["rows"] == len(rows)
    assert [each["as_of"] for each in ran["seals"]["amended"]] == ["2025-03-31", "2025-04-30"]
    assert ran["seals"]["reason"] == REASON


def test_differences_are_of_units_or_of_money(changed, tmp_path):
    amend(changed, tmp_path / "out", REASON)

    rows = {
        (row["key"], row["column"]): row
        for row in pq.read_table(tmp_path / "out" / "amendment.parquet").to_pylist()
        if row["table"] == "stock" and row["as_of"] == MARCH
    }
    key = f"DUI1/LAMP-1/{season_files.DECLARATION}/1/2025-03-01"
    units, amount = rows[key, "quantity"], rows[key, "net_amount"]
    assert (units["before"], units["after"]) == ("95", "85")
    assert (units["quantity_difference"], units["amount_difference"]) == (-10, None)
    assert amount["quantity_difference"] is None
    assert amount["amount_difference"] == Decimal(amount["after"]) - Decimal(amount["before"])


def test_what_brought_it_is_listed_too(changed, tmp_path):
    amend(changed, tmp_path / "out", REASON, file_format="csv")

    with (tmp_path / "out" / "amendment_causes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["as_of"], row["table"], row["key"], row["column"]) for row in rows] == [
        ("2025-03-31", "receipts", "R-1/1", "quantity"),
        ("2025-04-30", "receipts", "R-1/1", "quantity"),
    ]
    assert [(row["before"], row["after"], row["quantity_difference"]) for row in rows] == [
        ("100", "90", "-10")
    ] * 2


@pytest.mark.parametrize(
    ("engine", "form"),
    [("polars", "csv"), ("polars", "xlsx"), ("polars", "parquet"), ("duckdb", "parquet")],
)
def test_an_amendment_is_the_same_from_every_engine_in_every_form(changed, tmp_path, engine, form):
    ran = amend(changed, tmp_path / "out", REASON, engine=engine, file_format=form)

    kept = [
        row
        for day in ("2025-03-31", "2025-04-30")
        for row in pq.read_table(
            changed / "sealed" / "0003" / day / "amendment.parquet"
        ).to_pylist()
    ]
    path = tmp_path / "out" / f"amendment.{form}"
    assert ran["outputs"]["amendment"]["file"] == path.name
    if form == "parquet":
        assert pq.read_table(path).to_pylist() == kept
    elif form == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            found = [(row["key"], row["before"], row["reason"]) for row in csv.DictReader(file)]
        assert found == [(row["key"], row["before"] or "", REASON) for row in kept]
    else:
        cells = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()[1:]
        assert [(row[2], row[5]) for row in cells] == [
            (row["key"], row["before"] or "") for row in kept
        ]


def test_an_amendment_stands_for_the_next_close(changed, tmp_path):
    amend(changed, tmp_path / "out", REASON)

    ran = run(changed, tmp_path / "out")

    assert [(each["as_of"], each["seal"]) for each in ran["seals"]["held"]] == [
        ("2025-03-31", 3),
        ("2025-04-30", 3),
    ]
    assert not any(each["worked_out_again"] for each in ran["seals"]["held"])
    assert "amendment" not in ran["outputs"]
    assert not (tmp_path / "out" / "amendment.parquet").exists()


def test_what_was_sealed_first_is_kept_for_ever(changed, tmp_path):
    before = sealed_tables(changed, 1, MARCH)

    amend(changed, tmp_path / "out", REASON)

    assert sealed_tables(changed, 1, MARCH) == before
    said = json.loads((changed / "sealed" / "0003" / "seal.json").read_text(encoding="utf-8"))
    assert [(each["as_of"], each["kind"], each["of"]) for each in said["periods"]] == [
        ("2025-03-31", "amendment", 1),
        ("2025-04-30", "amendment", 2),
    ]
    assert {each["reason"] for each in said["periods"]} == {REASON}


def test_an_amendment_of_an_amendment_starts_from_it(changed, tmp_path):
    amend(changed, tmp_path / "out", REASON)
    first = sealed_tables(changed, 3, MARCH)
    tables = season_files.valid()
    tables["receipts"][0]["quantity"] = 80
    season_files.write(changed, tables)

    amend(changed, tmp_path / "out", "counted once more")

    rows = pq.read_table(changed / "sealed/0004/2025-03-31/amendment.parquet").to_pylist()
    assert listed(rows) == figures(first, sealed_tables(changed, 4, MARCH))


# --- Any change of any season ---


def spoil(rng: random.Random, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Change one cell of one row, or take the row away."""
    filled = [name for name, rows in tables.items() if rows]
    # Most changes are to what figures are made of; the others are to pass.
    moving = [name for name in filled if name not in ("products", "refund_rates", "fx_rates")]
    table = rng.choice(moving if moving and rng.random() < 0.8 else filled)
    rows = tables[table]
    row = rng.choice(rows)
    if rng.random() < 0.25:
        rows.remove(row)
        return
    rest = [name for name in row if name not in KEYS[table]] or list(row)
    column = "quantity" if "quantity" in row and rng.random() < 0.4 else rng.choice(rest)
    value = row[column]
    if isinstance(value, bool) or value is None:
        others = [other[column] for other in rows if other[column] != value]
        row[column] = rng.choice(others) if others else (not value if value is not None else None)
    elif isinstance(value, date):
        row[column] = value + timedelta(days=rng.choice((-2, -1, 1, 2)))
    elif isinstance(value, Decimal):
        row[column] = value + Decimal(1).scaleb(value.as_tuple().exponent)
    elif isinstance(value, int):
        row[column] = value + rng.choice((-1, 1))
    else:
        row[column] = rng.choice([other[column] for other in rows] + ["restocked", "scrapped"])


def current(as_of: date) -> dict[str, Any]:
    """season.toml of a season whose tables have every column there is."""
    return season_toml(as_of) | {"schema": SCHEMA_VERSION}


def fresh(folder: Path, tables: dict[str, Any], as_of: date, day: date) -> dict[str, Any]:
    """The tables of a close of the same rows that knows of no seal."""
    season = season_files.write(folder / f"fresh {day}", tables, current(as_of))
    run(season, folder / f"closed {day}", as_of=day)
    return read_tables(folder / f"closed {day}")


# In four parts, so that as many processes can share them: 20 seasons in the long run, else 4.
@pytest.mark.parametrize("part", range(4))
@settings(max_examples=5 if IS_CI else 1)
@given(seed=st.integers(0, 2**32))
def test_a_close_refuses_what_changes_a_sealed_figure_and_nothing_else(part, seed):
    rng = random.Random(seed)
    tables, as_of = random_season(rng, rng.randint(2, 6))
    early = as_of - timedelta(days=rng.choice((1, 3, 30)))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        season = season_files.write(folder / "season", tables, current(as_of))
        for day in (early, as_of):
            seal(season, folder / "out", day)
        # Some changes make a season that no close takes: look for another one.
        for _ in range(6):
            changed = copy.deepcopy(tables)
            spoil(rng, changed)
            with contextlib.suppress(FaultySeason):
                after = {day: fresh(folder, changed, as_of, day) for day in (early, as_of)}
                break
        else:
            return
        season_files.write(season, changed, current(as_of))
        sealed = {day: sealed_tables(season, n, day) for n, day in ((1, early), (2, as_of))}
        expected = {day: figures(sealed[day], after[day]) for day in after}

        if any(expected.values()):
            with pytest.raises(SealedFiguresChange) as refused:
                run(season, folder / "out")
            counts = {each["as_of"]: each["figures"] for each in refused.value.facts["periods"]}
            assert {day: sum(each.values()) for day, each in counts.items()} == {
                day.isoformat(): len(each) for day, each in expected.items() if each
            }
        else:
            run(season, folder / "out")
        ran = amend(season, folder / "out")

        path = folder / "out" / "amendment.parquet"
        rows = pq.read_table(path).to_pylist() if path.exists() else []
        for day, each in expected.items():
            assert listed(row for row in rows if row["as_of"] == day) == each
        assert bool(ran["seals"]["amended"]) == any(expected.values())
        run(season, folder / "out")
