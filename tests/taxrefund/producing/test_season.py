# SPDX-License-Identifier: Apache-2.0
"""The season of a producing firm: what `check` refuses, engines, seals, a day that is sealed."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from entrepot.pipelines.opening import open_season
from entrepot.pipelines.runs import FaultySeason
from entrepot.pipelines.sealing.checking import SealedFiguresChange
from entrepot.pipelines.sealing.guard import wish
from tests.on_engines import ENGINES, open_engine, run
from tests.on_spark import SPARK

EXAMPLE = Path(__file__).parents[3] / "examples" / "producing"
ADVANCE = "202510-002,310120250000000102,1,2025-10,advance,,100,0.13,,,2025-10-09,2025-11-24\n"
REVERSAL = "202601-001,310120250000000102,1,2026-01,reversal,202510-002,100,,,,,\n"
SOLD = "202601-002,310120250000000102,1,2026-01,ordinary,,100,0.13,1330.00,USD,2025-10-09,\n"


@pytest.fixture
def season(tmp_path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "season"))


def change(season: Path, table: str, old: str, new: str) -> None:
    path = season / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


CLAIM = "claim_no,declaration_no,item_no,kind,of_claim,quantity,amount,filed_on,finished_on"
FAULTS = {
    "a reversal of nothing": (
        "vat_exports",
        "reversal,202510-002",
        "reversal,",
        "claim.of_nothing",
    ),
    "an advance of an advance": (
        "vat_exports",
        "2026-02,advance,,",
        "2026-02,advance,202510-002,",
        "claim.of_another",
    ),
    "a reversal of part": (
        "vat_exports",
        REVERSAL,
        REVERSAL.replace("100,,", "99,,"),
        "claim.of_no_advance",
    ),
    "a reversal before the advance": (
        "vat_exports",
        ADVANCE,
        ADVANCE.replace("2025-10,advance", "2026-02,advance"),
        "claim.of_no_advance",
    ),
    "settled by two lines": (
        "vat_exports",
        SOLD,
        SOLD + REVERSAL.replace("202601-001", "202601-009"),
        "claim.settled_again",
    ),
    "an advance that is not alone": (
        "vat_exports",
        "202510-001,310120250000000101,1",
        "202510-002,310120250000000101,1",
        "claim.not_alone",
    ),
    "no VAT rate": ("vat_exports", "5000,0.13", "5000,", "claim.no_vat_rate"),
    "a value without currency": ("vat_exports", "1330.00,USD", "1330.00,", "claim.value"),
    "a reversal with a value": (
        "vat_exports",
        REVERSAL,
        REVERSAL.replace(",,,,,", ",,1.00,USD,,"),
        "claim.value",
    ),
    "entered again without a value": (
        "vat_exports",
        "1330.00,USD",
        ",",
        "claim.value_used_up",
    ),
    "a claim of a trading firm": (
        "refund_claims",
        CLAIM,
        CLAIM + "\nC-1,310120250000000101,1,ordinary,,1,1.00,2025-12-01,",
        "claim.of_trading",
    ),
    "carried into a later period": (
        "vat_periods",
        "9000.00,4000.00,,",
        "9000.00,4000.00,7.00,",
        "claim.carried_again",
    ),
    "an unknown period": (
        "vat_exports",
        ",2025-12,ordinary",
        ",2025-09,ordinary",
        "reference.missing",
    ),
    "a period that is no month": ("vat_periods", "2025-12,", "2025-13,", "cell.form"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_check_refuses(season, tmp_path, what):
    table, old, new, code = FAULTS[what]
    change(season, table, old, new)
    (tmp_path / "work").mkdir()

    with open_engine("polars", tmp_path / "spill") as engine:
        faults = open_season(engine, season, tmp_path / "work").faults

    assert code in {fault.code for fault in faults}
    if code.startswith("claim"):
        assert [(fault.table, fault.code) for fault in faults] == [(table, code)]


def test_what_the_first_period_still_offsets_is_below_zero(season, tmp_path):
    change(season, "vat_periods", "credit_before,", "refundable_before,")

    with pytest.raises(FaultySeason, match="0 or less"):
        run(season, tmp_path / "out")


def test_lines_need_their_periods(season, tmp_path):
    (season / "vat_periods.csv").unlink()

    with pytest.raises(FaultySeason, match="vat_periods"):
        run(season, tmp_path / "out")


def test_a_producing_firm_without_periods_closes_and_hears_what_is_missing(season, tmp_path):
    for name in ("vat_periods", "vat_exports", "input_invoices"):
        (season / f"{name}.csv").unlink()

    ran = run(season, tmp_path / "out")

    assert ran["outputs"]["vat_filing"]["rows"] == 0
    assert ran["summary"]["exceptions"] == {"not_entered": 5}


def test_a_trading_firm_has_none_of_these_tables(season, tmp_path):
    change(season.rename(tmp_path / "trading"), "products", "Cup", "Mug")
    toml = tmp_path / "trading" / "season.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("producing", "trading"), "utf-8")

    ran = run(tmp_path / "trading", tmp_path / "out")

    assert not {"vat_filing", "vat_lines"} & ran["outputs"].keys()
    assert "periods" not in ran["summary"]


def test_engines_agree_and_what_is_summed_up_is_what_is_written(tmp_path):
    runs = {name: run(EXAMPLE, tmp_path / name, name) for name in ENGINES}

    digests = [{n: o["digest"] for n, o in ran["outputs"].items()} for ran in runs.values()]
    assert digests[0] == digests[1]
    for same in ("control_totals", "summary", "left_out"):
        assert runs["duckdb"][same] == runs["polars"][same]
    assert runs["polars"]["control_totals"]["vat_exports"] == {"rows": 7, "quantity": 6900}
    filing = pq.read_table(tmp_path / "polars" / "vat_filing.parquet").to_pylist()
    told = runs["polars"]["summary"]["periods"]
    for row, one in zip(filing, told, strict=True):
        assert {name: str(row[name]) for name in one if name != "open_lines"} == {
            name: value for name, value in one.items() if name != "open_lines"
        }


@SPARK
def test_spark_agrees(spark_session, tmp_path):
    runs = [run(EXAMPLE, tmp_path / name, name) for name in ("spark", "polars")]

    spark, polars = ({n: o["digest"] for n, o in ran["outputs"].items()} for ran in runs)
    assert spark == polars
    assert runs[0]["summary"] == runs[1]["summary"]


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("vat_periods", "21000.00", "20000.00"),
        ("vat_exports", "1330.00", "1331.00"),
        ("fx_rates", "7.110200", "7.110300"),
        ("input_invoices", "910.00", "911.00"),
    ],
)
def test_a_sealed_period_does_not_change_unseen(season, tmp_path, table, old, new):
    run(season, tmp_path / "out", seals=wish(final=True, amend=None, by="Li", folder=None))
    change(season, table, old, new)

    with pytest.raises(SealedFiguresChange, match="vat_filing"):
        run(season, tmp_path / "out")


def test_periods_to_come_leave_a_sealed_day_alone(season, tmp_path):
    early = date(2025, 12, 31)
    run(
        season,
        tmp_path / "a",
        as_of=early,
        seals=wish(final=True, amend=None, by="Li", folder=None),
    )
    change(season, "vat_periods", "2026-02,500.00", "2026-02,600.00")

    ran = run(season, tmp_path / "out")

    assert [row["period"] for row in ran["summary"]["periods"]][-1] == "2026-02"
