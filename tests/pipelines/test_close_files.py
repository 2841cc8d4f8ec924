# SPDX-License-Identifier: Apache-2.0
"""A close of a season's files: any form in, any form out, the same values and digests."""

from __future__ import annotations

import csv
import json
import platform
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from entrepot.engine.write import FORMATS
from entrepot.errors import Misused
from entrepot.packs.read import read
from entrepot.pipelines.runs import FaultySeason
from tests import season_files
from tests.on_engines import files_in, run

HOSTILE = "=1+1"
REPORT = ("report.html", "report.json", "report.xlsx")
LIBRARIES = ("entrepot", "duckdb", "narwhals", "polars", "pyarrow", "pyspark")
TABLES = (
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
)


def with_hostile_sku() -> dict[str, Any]:
    """The valid season, one of its SKUs called like a formula."""
    tables = season_files.valid()
    for rows in tables.values():
        for row in rows:
            if row.get("sku") == "LAMP-1":
                row["sku"] = HOSTILE
    return tables


def digests(ran: dict[str, Any]) -> dict[str, str]:
    return {name: output["digest"] for name, output in ran["outputs"].items()}


def without_what_may_differ(ran: dict[str, Any]) -> dict[str, Any]:
    """run.json without the names and sums of the input files, and the engine."""
    return {name: ran[name] for name in ran if name not in ("inputs", "engine", "format")}


# --- Forms in ---


@pytest.mark.parametrize("form", ["csv.gz", "parquet", "xlsx"])
def test_a_season_closes_to_the_same_whatever_its_files_are(tmp_path, form):
    plain = season_files.write(tmp_path / "plain", with_hostile_sku())
    other = season_files.write(tmp_path / "other", with_hostile_sku(), formats=form)

    one = run(plain, tmp_path / "one")
    two = run(other, tmp_path / "two")

    assert one["inputs"][0]["file"] == "products.csv"
    assert two["inputs"][0]["file"] == f"products.{form}"
    assert without_what_may_differ(two) == without_what_may_differ(one)


def test_both_engines_and_a_second_run_say_the_same(tmp_path):
    season = season_files.write(tmp_path / "season")

    first, again = run(season, tmp_path / "out"), run(season, tmp_path / "again")
    other = run(season, tmp_path / "out", "duckdb", memory="1GB")

    assert again == first
    assert other["engine"] == "duckdb"
    assert without_what_may_differ(other) == without_what_may_differ(first)
    assert other["inputs"] == first["inputs"]


def test_one_value_more_is_another_digest(tmp_path):
    tables = season_files.valid()
    one = run(season_files.write(tmp_path / "one", tables), tmp_path / "out")
    tables["purchases"][0]["net_amount"] += Decimal("0.01")
    two = run(season_files.write(tmp_path / "two", tables), tmp_path / "out")

    same = {name for name in TABLES if digests(one)[name] == digests(two)[name]}
    assert "trace" not in same
    assert "book" in same, "the book holds goods; no unit moved"


# --- Forms out ---


def written(folder: Path, table: str, form: str) -> list[list[Any]]:
    """The rows of a written table, cells as texts, money to the fen."""
    path = folder / f"{table}.{form}"
    if form == "parquet":
        return [[plain(v) for v in row.values()] for row in pq.read_table(path).to_pylist()]
    if form == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [[plain(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    return [[plain(cell) for cell in row] for row in sheet.to_python()[1:]]


def plain(cell: Any) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, float | int | Decimal):
        cell = Decimal(str(cell)).normalize()
        return f"{cell:f}"
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    try:
        return f"{Decimal(cell).normalize():f}"
    except ArithmeticError:
        return str(cell)


@pytest.fixture(scope="module")
def in_every_form(tmp_path_factory) -> dict[str, tuple[Path, dict[str, Any]]]:
    """The same season, closed once for every form that tables are written in."""
    folder = tmp_path_factory.mktemp("forms")
    season = season_files.write(folder / "season", with_hostile_sku())
    return {form: (folder / form, run(season, folder / form, file_format=form)) for form in FORMATS}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_form_that_is_written_holds_the_same_values(in_every_form, form):
    parquet, ran = in_every_form["parquet"]
    folder, other = in_every_form[form]

    assert digests(other) == digests(ran)
    for table in TABLES:
        assert written(folder, table, form) == written(parquet, table, "parquet"), table
        assert other["outputs"][table]["file"] == f"{table}.{form}"
        assert other["outputs"][table]["rows"] == len(written(parquet, table, "parquet"))


def test_a_sku_that_looks_like_a_formula_stays_a_text(in_every_form):
    folder, _ = in_every_form["xlsx"]
    sheet = CalamineWorkbook.from_path(str(folder / "stock.xlsx")).get_sheet_by_index(0)

    assert HOSTILE in [row[1] for row in sheet.to_python()]


def test_every_file_that_is_there_is_named(in_every_form):
    for form, (folder, ran) in in_every_form.items():
        tables = {f"{table}.{form}" for table in TABLES}
        assert set(files_in(folder)) == {"run.json", *REPORT, *tables}
        assert tuple(ran["outputs"]) == TABLES
        assert json.loads((folder / "run.json").read_text(encoding="utf-8")) == ran


def test_parquet_types_are_those_that_were_promised(in_every_form):
    folder, _ = in_every_form["parquet"]
    kinds = {"date32[day]", "string", "int64", "bool"}
    kinds |= {f"decimal128({digits})" for digits in ("18, 2", "5, 4", "18, 6")}
    for table in TABLES:
        schema = pq.read_schema(folder / f"{table}.parquet")
        assert {str(field.type) for field in schema} <= kinds, table
    trace = pq.read_schema(folder / "trace.parquet")
    assert trace.field("net_amount").type == pa.decimal128(18, 2)
    assert trace.field("quantity").type == pa.int64()
    assert trace.field("day").type == pa.date32()


# --- run.json ---


def test_run_json_says_what_went_in_what_ran_and_what_came_out(tmp_path):
    tables = season_files.valid()
    tables["sales"][0] |= {"shipped_on": date(2026, 5, 1)}
    tables["returns"] = []
    season = season_files.write(tmp_path / "season", tables)

    ran = run(season, tmp_path / "out")

    assert {one["file"]: one["sha256"] for one in ran["inputs"]} == {
        path.name: sha256(path.read_bytes()).hexdigest() for path in season.glob("*.csv")
    }
    assert {one["table"]: one["rows"] for one in ran["inputs"]} == {
        name: len(rows) for name, rows in tables.items()
    }
    packs = Path(read.__code__.co_filename).parent
    assert set(ran["packs"]) == {
        "cn/collection_kinds",
        "cn/netting",
        "cn/refund_deadlines",
        "cn/refund_form",
        "cn/small_firm",
        "cn/tax_calendar",
    }
    for name, sums in ran["packs"].items():
        assert sums == {
            ending: sha256((packs / f"{name}.{ending}").read_bytes()).hexdigest()
            for ending in ("csv", "toml")
        }
    assert ran["versions"] == {
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES if find_spec(name)},
    }
    assert (ran["schema_version"], ran["engine"], ran["format"]) == (6, "polars", "parquet")
    assert (ran["name"], ran["uscc"], ran["kind"], ran["as_of"]) == (
        "Spring",
        "91110000600037341L",
        "trading",
        "2026-04-30",
    )
    assert ran["left_out"] == {name: int(name == "sales") for name in ran["left_out"]}


def test_control_totals_are_those_of_the_files(tmp_path):
    tables = season_files.valid()
    tables["sales"][0] |= {"currency": "GBP", "amount": Decimal("-5.25")}

    totals = run(season_files.write(tmp_path / "season", tables), tmp_path / "out")[
        "control_totals"
    ]

    for name in (
        "purchases",
        "declarations",
        "receipts",
        "transfers",
        "sales",
        "returns",
        "adjustments",
    ):
        rows = tables[name]
        assert totals[name]["rows"] == len(rows)
        assert totals[name]["quantity"] == sum(row["quantity"] for row in rows)
    others = [row["amount"] for row in tables["sales"][1:]]
    assert totals["sales"]["money"] == {"EUR": str(sum(others)), "GBP": "-5.25"}
    assert totals["purchases"]["money"] == {
        "CNY": str(sum(row["net_amount"] for row in tables["purchases"]))
    }
    assert totals["refund_claims"]["money"] == {"CNY": "0.00"}


def test_another_day_is_another_close(tmp_path):
    season = season_files.write(tmp_path / "season")

    late, early = run(season, tmp_path / "a"), run(season, tmp_path / "b", as_of=date(2025, 1, 1))

    assert (late["as_of"], early["as_of"]) == ("2026-04-30", "2025-01-01")
    assert early["left_out"]["sales"] == len(season_files.valid()["sales"])
    assert early["summary"]["units"] == {}
    assert late["summary"]["units"]["sold"] > 0


# --- Refusals: nothing is written, nothing that lies there is touched ---


def faulty(tmp_path: Path) -> Path:
    tables = season_files.valid()
    tables["sales"][0]["quantity"] = -1
    tables["products"][0]["hs_code"] = "94"
    return season_files.write(tmp_path / "season", tables)


def sound(tmp_path: Path) -> Path:
    return season_files.write(tmp_path / "season")


Make = Callable[[Path], Path]
REFUSED: dict[str, tuple[Make, dict[str, Any], type[Exception], list[str]]] = {
    "a faulty season": (
        faulty,
        {},
        FaultySeason,
        ["sales.csv:2, quantity", "products.csv:2, hs_code", "2 faults", "entrepot check"],
    ),
    "memory for Polars": (sound, {"memory": "2GB"}, Misused, ["--memory 2GB", "--engine duckdb"]),
    "memory that is none": (
        sound,
        {"memory": "lots", "engine": "duckdb"},
        Misused,
        ["--memory lots", "2GB"],
    ),
}


@pytest.mark.parametrize("before", ["an earlier close", "nothing"])
@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_says_why_and_leaves_what_was(tmp_path, what, before):
    make, options, error, words = REFUSED[what]
    out = tmp_path / "out"
    if before == "an earlier close":
        run(season_files.write(tmp_path / "earlier"), out)
    season = make(tmp_path)
    was = files_in(tmp_path)

    with pytest.raises(error) as refused:
        run(season, out, **options)

    assert files_in(tmp_path) == was
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
    assert out.exists() == (before == "an earlier close")
    for word in words:
        assert word in str(refused.value)


def test_a_folder_that_others_wrote_is_not_replaced(tmp_path):
    season = season_files.write(tmp_path / "season")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "photo.jpg").write_text("dear", encoding="utf-8")

    with pytest.raises(Misused, match=r"no run\.json"):
        run(season, tmp_path / "out")

    assert set(files_in(tmp_path / "out")) == {"photo.jpg"}


INSIDE = [
    "season",
    "season/out",
    "season/deep/out",
    "link",
    "link/out",
    "deep/../season/out",
]


@pytest.mark.parametrize("out", INSIDE)
def test_the_season_itself_is_never_written_to(tmp_path, out):
    season = season_files.write(tmp_path / "season")
    (tmp_path / "link").symlink_to(season, target_is_directory=True)
    (tmp_path / "deep").mkdir()
    was = files_in(season)

    with pytest.raises(Misused, match="lies in the season itself"):
        run(season, tmp_path / out)

    assert files_in(season) == was
    assert sorted(path.name for path in season.iterdir()) == sorted(was)


def test_a_way_through_the_season_and_out_again_is_fine(tmp_path):
    season = season_files.write(tmp_path / "season")

    run(season, season / ".." / "out")

    assert (tmp_path / "out" / "run.json").is_file()


def test_a_season_beside_a_folder_of_a_like_name_is_fine(tmp_path):
    season = season_files.write(tmp_path / "season")

    run(season, tmp_path / "season-out")

    assert (tmp_path / "season-out" / "run.json").is_file()
