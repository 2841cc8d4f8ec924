# SPDX-License-Identifier: Apache-2.0
"""Season versions: an old season closes as it always did, and says what it does not know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from entrepot.engine.base import Engine
from entrepot.engine.schema import Column, Kind, Table
from entrepot.finance.tables_bank import BANK
from entrepot.finance.tables_collection import COLLECTION_TERMS, COLLECTIONS
from entrepot.finance.tables_costs import COST_SHARES, COSTS
from entrepot.pipelines import opening
from entrepot.pipelines.commands_check import check
from entrepot.pipelines.commands_close import close
from entrepot.pipelines.documents import number_documents
from entrepot.pipelines.opening import OpenSeason, open_season
from entrepot.pipelines.runs import FaultySeason, NewerSeason
from entrepot.pipelines.sample.actions import make_sample
from entrepot.pipelines.season import FIRST_VERSION, SCHEMA_VERSION, SEASON
from entrepot.settlement.tables_season import PAYOUTS, SETTLEMENTS
from entrepot.warehouse.tables import TRANSFERS
from tests import season_files
from tests.on_engines import ENGINES, files_in, open_engine, run

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "season-versions.md"

#: A season as it was before seasons had versions. It is never to be changed: it stands for those
#: that firms have kept.
OLD = {
    "season.toml": """\
name = "Before versions"
uscc = "91110000600037341L"
kind = "trading"
as_of = 2026-04-30
""",
    "products.csv": """\
sku,name,hs_code
LAMP-1,台灯,9405210000
""",
    "purchases.csv": """\
invoice_no,line_no,sku,issued_on,supplier_uscc,quantity,net_amount,vat_rate
24332000000000000001,1,LAMP-1,2025-01-05,91110000600037341L,100,1234.50,0.13
""",
    "declarations.csv": """\
declaration_no,item_no,sku,mode,exported_on,quantity,fob_amount,fob_currency,destination,warehouse
310120250000000001,1,LAMP-1,9810,2025-01-20,90,2500.00,EUR,DE,DUI1
""",
    "receipts.csv": """\
receipt_no,line_no,received_on,warehouse,declaration_no,item_no,sku,quantity
R-1,1,2025-03-01,DUI1,310120250000000001,1,LAMP-1,90
""",
    "sales.csv": """\
channel,order_no,line_no,shipped_on,warehouse,sku,quantity,amount,currency,destination
amazon-de,A-1,0,2025-03-10,DUI1,LAMP-1,70,39.98,EUR,DE
""",
    "returns.csv": """\
return_no,line_no,channel,order_no,order_line_no,returned_on,warehouse,quantity,outcome
B-1,0,amazon-de,A-1,0,2025-03-20,DUI1,1,restocked
""",
    "adjustments.csv": """\
adjustment_no,line_no,on,warehouse,sku,quantity,reason
J-1,0,2025-04-01,DUI1,LAMP-1,-2,lost
""",
    "refund_claims.csv": """\
claim_no,declaration_no,item_no,kind,of_claim,quantity,amount,filed_on,finished_on
C-1,310120250000000001,1,advance,,90,144.44,2025-02-10,2025-02-13
C-2,310120250000000001,1,reversal,C-1,90,-144.44,2026-04-10,2026-04-20
C-3,310120250000000001,1,ordinary,,69,110.74,2026-04-10,
""",
    "refund_rates.csv": """\
hs_code,valid_from,valid_to,refund_rate,source
9405210000,2024-01-01,,0.13,rate library
""",
    "fx_rates.csv": """\
on,currency,cny_per_unit
2025-01-02,EUR,7.523400
""",
}
CURRENT = OLD["season.toml"] + f"schema = {SCHEMA_VERSION}\n"
WITH_DOCUMENTS = """\
claim_no,declaration_no,item_no,kind,of_claim,quantity,amount,filed_on,finished_on,documents_on
C-1,310120250000000001,1,advance,,90,144.44,2025-02-10,2025-02-13,2025-02-08
C-2,310120250000000001,1,reversal,C-1,90,-144.44,2026-04-10,2026-04-20,
C-3,310120250000000001,1,ordinary,,69,110.74,2026-04-10,,2026-05-02
"""
#: What the old season closes to, as it did before there were transfers: seals of it hold.
DIGESTS = {
    "trace": "3b91bdcb81189c1c0e2894af99a32d5af8a589ab8a881c7da2dc74579e6b6ffa",
    "stock": "c2eda182da96d447c8d1e4164e7435a2b3b001cd6b9c76456e05fa9fcb84dd64",
    "refunds": "3f787065d5a8d4d8ffeee2ef8f414a1ff7ba0f4e83f95637fc3dd177b63f747f",
    "advances": "66ab11a75ea973d1aaa66553d96a39659216283f26be0343b763221529521a0f",
    "filing_exports": "192c9c1696dd03f2ccc0c04c8877a7a1caab3fe01018ebd8ac513885f25e3e9b",
    "filing_purchases": "9fe8def9e1776125f3b2f6a466c90897039f80de4c693e6113863e39db9df1c6",
    "book": "7fc19f3bbb67367978747cd90e3443625935ce7fa0aa59882db2ecfbcecaf564",
    "exceptions": "aa98a69dedbb110fd624e2b7413426b373e1cad28e710b3bf17c3248afc55c3e",
}
#: What a season of version 1 cannot tell.
UNKNOWN = {
    "products": ["weight_g", "volume_cm3"],
    "transfers": TRANSFERS.names,
    "refund_claims": ["documents_on"],
    "settlements": SETTLEMENTS.names,
    "payouts": PAYOUTS.names,
    "costs": COSTS.names,
    "cost_shares": COST_SHARES.names,
    "bank": BANK.names,
    "collections": COLLECTIONS.names,
    "collection_terms": COLLECTION_TERMS.names,
}
NO_TRANSFERS = ",".join(TRANSFERS.names) + "\n"
#: A table and a column that a later version might bring, for a season that has to have them.
LATER = Table("ports", "port", (Column("port", Kind.TEXT, "its code", key=True),), since=2)
ORIGIN = Column("origin", Kind.TEXT, "where it was made", since=2)


def season(folder: Path, **files: str) -> Path:
    """The old season in `folder`, with these files (`season_toml`, `refund_claims_csv`) instead."""
    folder.mkdir()
    changed = {
        name.replace("_csv", ".csv").replace("_toml", ".toml"): t for name, t in files.items()
    }
    for name, text in (OLD | changed).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def digests(ran: dict[str, Any]) -> dict[str, str]:
    return {name: written["digest"] for name, written in ran["outputs"].items()}


@pytest.fixture(params=ENGINES)
def engine(request, tmp_path: Path) -> Iterator[Engine]:
    with open_engine(request.param, tmp_path / "spill") as engine:
        yield engine


@pytest.fixture
def opened(engine, tmp_path):
    """Open the old season with these files instead."""
    (tmp_path / "work").mkdir()

    def open_folder(**files: str) -> OpenSeason:
        return open_season(engine, season(tmp_path / "season", **files), tmp_path / "work")

    return open_folder


def test_an_old_season_closes_as_it_always_did(tmp_path):
    run(season(tmp_path / "old"), tmp_path / "out")

    [refund] = pq.read_table(tmp_path / "out" / "refunds.parquet").to_pylist()
    assert {name: str(refund[name]) for name in ("covered", "sold", "unsold", "other")} == {
        "covered": "90",
        "sold": "69",
        "unsold": "19",
        "other": "2",
    }
    assert {
        name: str(refund[name])
        for name in ("refundable", "refundable_on_sold", "advanced", "claimed", "difference")
    } == {
        "refundable": "144.44",
        "refundable_on_sold": "110.74",
        "advanced": "0.00",
        "claimed": "110.74",
        "difference": "0.00",
    }


@pytest.mark.parametrize("engine_name", ENGINES)
def test_a_version_changes_no_figure(tmp_path, engine_name):
    old = run(season(tmp_path / "old"), tmp_path / "1", engine_name)
    new = run(season(tmp_path / "new", season_toml=CURRENT), tmp_path / "2", engine_name)
    full = run(
        season(
            tmp_path / "full",
            season_toml=CURRENT,
            refund_claims_csv=WITH_DOCUMENTS,
            transfers_csv=NO_TRANSFERS,
        ),
        tmp_path / "3",
        engine_name,
    )

    assert digests(old) == digests(new) == digests(full)
    assert DIGESTS.items() <= digests(old).items()
    assert [each["season_schema"] for each in (old, new, full)] == [1, 6, 6]
    assert [each["schema_version"] for each in (old, new, full)] == [6, 6, 6]
    assert [each["unknown"] for each in (old, new, full)] == [UNKNOWN, {}, {}]


def test_what_an_old_season_does_not_know_is_told_from_what_is_empty(engine, opened):
    old = opened()

    assert (old.faults, old.version) == ([], 1)
    assert old.unknown == {name: tuple(columns) for name, columns in UNKNOWN.items()}
    assert [row["documents_on"] for row in engine.rows(old.tables["refund_claims"])] == [None] * 3


def test_a_current_season_knows_everything(engine, opened):
    new = opened(season_toml=CURRENT, refund_claims_csv=WITH_DOCUMENTS)

    assert (new.faults, new.version, new.unknown) == ([], SCHEMA_VERSION, {})
    assert [
        row["documents_on"] for row in engine.rows(new.tables["refund_claims"], ["claim_no"])
    ] == [
        date(2025, 2, 8),
        None,
        date(2026, 5, 2),
    ]


def test_documents_put_on_file_after_the_day_are_not_on_file_yet(engine, opened):
    tables = opened(season_toml=CURRENT, refund_claims_csv=WITH_DOCUMENTS).tables

    def last_documents(as_of: date) -> date | None:
        claims = number_documents(engine, tables, as_of).claims
        return engine.rows(claims, ["claim"])[-1]["documents_on"]

    assert last_documents(date(2026, 5, 1)) is None
    assert last_documents(date(2026, 5, 2)) == date(2026, 5, 2)


def test_a_later_column_in_an_older_season_is_a_fault(opened):
    old = opened(refund_claims_csv=WITH_DOCUMENTS)

    [fault] = old.faults
    assert fault.code == "column.newer"
    assert fault.text == (
        'refund_claims.csv, documents_on: found a column "documents_on", which came with version '
        "2; expected only what version 1 has, since season.toml says no later one. Write schema = "
        "2 in season.toml, or delete the column."
    )


def test_its_cells_are_checked_all_the_same(opened):
    old = opened(refund_claims_csv=WITH_DOCUMENTS.replace("2025-02-08", "8.2.2025"))

    assert [(f.code, f.row) for f in old.faults] == [("cell.unreadable", 2), ("column.newer", None)]


def test_where_season_toml_cannot_tell_the_newest_version_is_read(engine, tmp_path):
    folder = season(tmp_path / "season", refund_claims_csv=WITH_DOCUMENTS)
    (folder / "season.toml").unlink()

    found = open_season(engine, folder, tmp_path)

    assert [fault.code for fault in found.faults] == ["season.missing"]
    assert (found.version, found.unknown) == (None, {})


@pytest.mark.parametrize(
    ("written", "shown"),
    [("0", "0"), ("-1", "-1"), ("true", "true"), ("2.0", "2.0"), ('"2"', "2"), ("[2]", "[2]")],
)
def test_a_version_is_a_whole_number_from_1(opened, written, shown):
    toml = OLD["season.toml"].replace("trading", "shop") + f"schema = {written}\n"

    found = opened(season_toml=toml, refund_claims_csv=WITH_DOCUMENTS)

    # The version is not known, so that the later column is no second fault; the rest is said.
    assert [(f.code, f.row, f.found) for f in found.faults] == [
        ("season.kind", 3, '"shop"'),
        ("season.schema", 5, f'"{shown}"'),
    ]
    assert found.version is None


NEWER = f"schema = {SCHEMA_VERSION + 1}\n" + OLD["season.toml"].replace("kind", "sort")


def test_of_a_newer_season_nothing_else_is_said(opened):
    found = opened(season_toml=NEWER, products_csv="article\n1\n")

    [fault] = found.faults
    assert (fault.code, fault.row, fault.found) == ("season.newer", 1, "7")
    assert fault.expected == "at most 6, the newest version that this program knows"
    assert (found.about, found.version, found.inputs) == (None, 7, [])
    assert [*found.tables] == [table.name for table in SEASON]


def test_a_newer_season_is_refused_and_nothing_changes(tmp_path):
    run(season(tmp_path / "old"), tmp_path / "out")
    before = files_in(tmp_path / "out")

    with pytest.raises(NewerSeason) as refused:
        run(season(tmp_path / "newer", season_toml=NEWER), tmp_path / "out")

    assert refused.value.found == (
        "Its tables are of version 7; this program knows them up to version 6."
    )
    assert refused.value.remedy.startswith("Update Entrepot")
    assert files_in(tmp_path / "out") == before


def test_a_later_column_is_not_missed_in_an_older_season_only(opened, monkeypatch):
    products = replace(SEASON[0], columns=(*SEASON[0].columns, ORIGIN))
    monkeypatch.setattr(opening, "SEASON", (products, *SEASON[1:]))

    old = opened()

    assert old.faults == []
    assert old.unknown["products"] == ("weight_g", "volume_cm3", "origin")
    assert old.tables["products"].collect_schema().names() == [*SEASON[0].names, "origin"]


def test_a_later_column_is_missed_in_a_season_that_should_have_it(opened, monkeypatch):
    products = replace(SEASON[0], columns=(*SEASON[0].columns, ORIGIN))
    monkeypatch.setattr(opening, "SEASON", (products, *SEASON[1:]))

    new = opened(season_toml=CURRENT)

    assert [(f.code, f.column) for f in new.faults] == [("column.missing", "origin")]


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        ({}, []),
        ({"ports_csv": "port,name\nCNNGB,Ningbo\n"}, ["file.newer", "column.unknown"]),
        ({"season_toml": CURRENT}, ["file.missing"]),
        ({"season_toml": CURRENT, "ports_csv": "port\nCNNGB\n"}, []),
    ],
)
def test_a_later_table_is_asked_for_from_its_version_on(opened, monkeypatch, files, codes):
    monkeypatch.setattr(opening, "SEASON", (*SEASON, LATER))

    found = opened(**files)

    assert [fault.code for fault in found.faults] == codes
    assert all(fault.table == "ports" for fault in found.faults)
    assert ("ports" in found.unknown) == ("season_toml" not in files)
    assert found.unknown.get("ports", ("port",)) == ("port",)


def test_check_says_what_an_older_season_does_not_know(tmp_path):
    folder = season(tmp_path / "old")

    said = CliRunner().invoke(check, [str(folder)])
    told = json.loads(CliRunner().invoke(check, [str(folder), "--json"]).output)

    assert (said.exit_code, said.output.splitlines()) == (
        0,
        [
            "No faults in 12 rows of 10 tables.",
            "The season is of version 1; the newest is 6. Not recorded in it:",
            "  products: weight_g (since version 5), volume_cm3 (since version 5)",
            "  transfers (since version 3)",
            "  refund_claims: documents_on (since version 2)",
            "  settlements (since version 4)",
            "  payouts (since version 4)",
            "  costs (since version 5)",
            "  cost_shares (since version 5)",
            "  bank (since version 6)",
            "  collections (since version 6)",
            "  collection_terms (since version 6)",
            "To make it current, write schema = 6 in season.toml and add what you know.",
        ],
    )
    assert (told["season_schema"], told["schema_version"]) == (1, 6)
    assert told["unknown"] == UNKNOWN


def test_check_of_a_newer_season_asks_to_mend_nothing(tmp_path):
    folder = season(tmp_path / "newer", season_toml=NEWER)

    said = CliRunner().invoke(check, [str(folder)])

    assert (said.exit_code, said.output.splitlines()) == (
        1,
        [
            "season",
            "  season.toml:1, schema: found 7; expected at most 6, the newest version that this "
            "program knows. Update Entrepot: an older one would misread the season.",
            "Nothing else of the season was looked at.",
        ],
    )


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            "Season of version 1, the newest is 6. Not recorded in it: products.weight_g, "
            "products.volume_cm3, transfers, refund_claims.documents_on, settlements, payouts, "
            "costs, cost_shares, bank, collections, collection_terms.",
        ),
        (
            "zh",
            "账期资料为第 1 版，最新为第 6 版，尚未记录：products.weight_g, products.volume_cm3, "
            "transfers, refund_claims.documents_on, settlements, payouts, costs, cost_shares, "
            "bank, collections, collection_terms。",
        ),
    ],
)
def test_close_says_that_a_season_is_older(tmp_path, language, told):
    asked = ["--engine", "polars", "--lang", language]
    old, new = season(tmp_path / "old"), season(tmp_path / "new", season_toml=CURRENT)

    of_old = CliRunner().invoke(close, [str(old), "--out", str(tmp_path / "1"), *asked])
    of_new = CliRunner().invoke(close, [str(new), "--out", str(tmp_path / "2"), *asked])

    assert told in of_old.output
    assert "schema = 6" in of_old.output
    assert "documents_on" not in of_new.output


def test_a_faulty_older_season_is_refused_for_its_faults(tmp_path):
    folder = season(tmp_path / "old", refund_claims_csv=WITH_DOCUMENTS)

    with pytest.raises(FaultySeason, match="Write schema = 2 in"):
        run(folder, tmp_path / "out")


def test_the_sample_is_current_and_has_documents_in_time_late_and_to_come(tmp_path):
    make_sample(tmp_path / "sample", 1500, 1)
    claims = f"read_parquet('{tmp_path / 'sample' / 'refund_claims.parquet'}')"

    others, needed = duckdb.sql(f"""
        SELECT kind IN ('advance', 'ordinary') AS needed, count(*),
            count(*) FILTER (documents_on BETWEEN filed_on - 2 AND filed_on + 15),
            count(*) FILTER (documents_on > filed_on + 15), count(documents_on)
        FROM {claims} GROUP BY needed ORDER BY needed
    """).fetchall()

    assert f"schema = {SCHEMA_VERSION}\n" in (tmp_path / "sample" / "season.toml").read_text()
    assert others[2:] == (0, 0, 0)
    _, claimed, in_time, late, on_file = needed
    assert on_file == in_time + late < claimed
    assert late > 0
    assert in_time > claimed * 3 // 4


def test_the_season_that_other_tests_write_is_current():
    assert season_files.ABOUT["schema"] == SCHEMA_VERSION


def test_no_column_is_of_a_version_that_is_not_there_yet():
    brought = {since for table in SEASON for since in table.later(0).values()}

    assert brought == set(range(FIRST_VERSION, SCHEMA_VERSION + 1))


@pytest.mark.parametrize(
    ("name", "since"),
    sorted(
        {
            (t.name if t.since == n else f"{t.name}.{c}", n)
            for t in SEASON
            for c, n in t.later(FIRST_VERSION).items()
        }
    ),
)
def test_the_guide_names_what_a_version_brought(name, since):
    [row] = [
        line for line in GUIDE.read_text(encoding="utf-8").splitlines() if f"| {since} |" in line
    ]

    assert f"`{name}`" in row
