# SPDX-License-Identifier: Apache-2.0
"""A day is sealed; what comes later passes, what would change it is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from entrepot.cli import entrepot
from entrepot.errors import EntrepotError, Misused
from entrepot.pipelines import runs
from entrepot.pipelines.sealing import checking, keeping, program
from entrepot.pipelines.sealing.checking import SealedFiguresChange
from entrepot.pipelines.sealing.guard import Wish
from tests import season_files
from tests.on_engines import files_in, run
from tests.pipelines.sealing_kit import amend, read_tables, seal, sealed_tables

MARCH, APRIL = date(2025, 3, 31), date(2025, 4, 30)
Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture
def season(tmp_path) -> Path:
    return season_files.write(tmp_path / "season")


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    """A season that was sealed for the end of March."""
    folder = tmp_path_factory.mktemp("kept")
    seal(season_files.write(folder / "season"), folder / "out", MARCH)
    return folder


@pytest.fixture
def sealed(kept, tmp_path) -> Path:
    """The season, sealed for the end of March, and its close beside it in `out`."""
    shutil.copytree(kept / "out", tmp_path / "out")
    return Path(shutil.copytree(kept / "season", tmp_path / "season"))


def rewrite(season: Path, change: Callable[[Tables], None], formats: str = "csv") -> None:
    """Write the season again, changed."""
    for path in season.glob("*.csv"):
        path.unlink()
    tables = season_files.valid()
    change(tables)
    season_files.write(season, tables, formats=formats)


def add(table: str, **changed: Any) -> Callable[[Tables], None]:
    """Add a row like the table's first one."""
    return lambda tables: tables[table].append(tables[table][0] | changed)


def put(table: str, row: int, **changed: Any) -> Callable[[Tables], None]:
    """Change cells of a row."""
    return lambda tables: tables[table][row].update(changed)


# --- To seal ---


def test_a_seal_holds_the_tables_the_rows_behind_them_and_who_made_it(season, tmp_path):
    ran = run(season, tmp_path / "out", as_of=MARCH, seals=Wish(final=True, by="Chen"))

    folder = season / "sealed" / "0001"
    about = json.loads((folder / "seal.json").read_text(encoding="utf-8"))
    assert (about["number"], about["before"], about["by"]) == (1, "", "Chen")
    assert (about["season"], about["uscc"]) == (ran["name"], ran["uscc"])
    assert [(each["as_of"], each["kind"]) for each in about["periods"]] == [("2025-03-31", "seal")]
    assert about["periods"][0]["outputs"] == ran["outputs"]
    assert sealed_tables(season, 1, MARCH) == read_tables(tmp_path / "out")
    sales = pq.read_table(folder / "2025-03-31" / "inputs" / "sales.parquet").to_pylist()
    assert sorted(row["order_no"] for row in sales) == ["A-1", "A-2", "A-3"]
    assert sales[0]["amount"] == Decimal("39.98")
    run_json = json.loads((folder / "2025-03-31" / "run.json").read_text(encoding="utf-8"))
    assert run_json == {name: ran[name] for name in ran if name != "seals"}
    assert ran["seals"]["chain"] == [{"number": 1, "sha256": about["sha256"]}]
    assert set(about["files"]) == {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != "seal.json"
    }


def test_what_is_sealed_can_only_be_read(sealed):
    files = [path for path in (sealed / "sealed").rglob("*") if path.is_file()]

    assert files
    assert all(path.stat().st_mode & 0o222 == 0 for path in files)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_close_in_another_form_is_sealed_as_parquet_with_the_same_values(season, tmp_path, form):
    plain = run(season, tmp_path / "plain", as_of=MARCH)

    ran = seal(season, tmp_path / "out", MARCH, file_format=form)

    assert sealed_tables(season, 1, MARCH) == read_tables(tmp_path / "plain")
    assert ran["outputs"]["trace"]["file"] == f"trace.{form}"
    assert (tmp_path / "out" / f"trace.{form}").is_file()
    for table, written in ran["outputs"].items():
        assert written["digest"] == plain["outputs"][table]["digest"]


def test_without_final_nothing_is_written_to_the_season(season, tmp_path):
    was = files_in(season)

    ran = run(season, tmp_path / "out", seals=Wish(reason="none"))

    assert files_in(season) == was
    assert ran["seals"]["chain"] == []


def test_sealing_a_day_twice_seals_it_once(sealed, tmp_path):
    was = files_in(sealed)

    ran = seal(sealed, tmp_path / "out", MARCH)

    assert ran["seals"]["sealed"] == {"as_of": "2025-03-31", "seal": 1, "was_sealed": True}
    assert files_in(sealed) == was


def test_seals_may_be_kept_elsewhere(season, tmp_path):
    was, elsewhere = files_in(season), tmp_path / "deep" / "seals"

    run(season, tmp_path / "out", as_of=MARCH, seals=Wish(final=True, folder=elsewhere))
    rewrite(season, put("sales", 0, quantity=1))

    assert set(files_in(season)) == set(was)
    run(season, tmp_path / "other")
    with pytest.raises(SealedFiguresChange):
        run(season, tmp_path / "other", seals=Wish(folder=elsewhere))


# --- What passes ---


PASSES: dict[str, Callable[[Tables], None]] = {
    "nothing new": lambda tables: None,
    "a later sale": add("sales", order_no="A-9", shipped_on=date(2025, 4, 1)),
    "a later declaration of a new article": lambda tables: (
        tables["products"].append({"sku": "NEW", "name": "New", "hs_code": "8516101000"}),
        tables["declarations"].append(
            tables["declarations"][0] | {"item_no": 9, "sku": "NEW", "exported_on": APRIL}
        ),
    ),
    "a later link": lambda tables: (
        tables["purchases"].append(tables["purchases"][0] | {"line_no": 7, "issued_on": APRIL}),
        tables["invoice_links"].append(
            tables["invoice_links"][0] | {"line_no": 7, "item_no": 1, "quantity": 1}
        ),
    ),
    "a claim finished later": put("refund_claims", 1, finished_on=APRIL),
    "a rate that ends later": put("refund_rates", 2, valid_to=APRIL),
    "a rate that begins later": add(
        "refund_rates", hs_code="0000000000", valid_from=APRIL, valid_to=None
    ),
    "another name": put("products", 0, name="Lamp"),
    "where a rate was read": put("refund_rates", 0, source="elsewhere"),
    "rows in another order": lambda tables: [rows.reverse() for rows in tables.values()],
}


@pytest.mark.parametrize("what", PASSES)
def test_what_counts_for_no_sealed_day_passes_without_a_second_close(sealed, tmp_path, what):
    rewrite(sealed, PASSES[what])

    ran = run(sealed, tmp_path / "out")

    assert ran["seals"]["held"] == [{"as_of": "2025-03-31", "seal": 1, "worked_out_again": False}]


@pytest.mark.parametrize(
    ("form", "engine"), [("csv.gz", "polars"), ("xlsx", "polars"), ("parquet", "duckdb")]
)
def test_the_same_rows_from_other_files_on_any_engine_pass_at_once(sealed, tmp_path, form, engine):
    rewrite(sealed, lambda tables: None, formats=form)

    ran = run(sealed, tmp_path / "out", engine)

    assert [each["worked_out_again"] for each in ran["seals"]["held"]] == [False]


@pytest.mark.parametrize(
    "change",
    [
        put("sales", 0, amount=Decimal("1.00")),
        put("fx_rates", 0, cny_per_unit=Decimal("7.000000")),
    ],
    ids=["an amount sold", "a rate where nothing was settled"],
)
def test_a_row_that_moves_no_figure_costs_a_close_and_passes(sealed, tmp_path, change):
    rewrite(sealed, change)

    ran = run(sealed, tmp_path / "out")

    assert [each["worked_out_again"] for each in ran["seals"]["held"]] == [True]


def test_another_program_is_held_to_the_figures_until_they_are_sealed_again(
    sealed, tmp_path, monkeypatch
):
    def again() -> list[bool]:
        ran = run(sealed, tmp_path / "out", as_of=MARCH)
        return [each["worked_out_again"] for each in ran["seals"]["held"]]

    for module in (checking, keeping):
        monkeypatch.setattr(module, "program", lambda: {"version": "9", "sha256": "9"})

    assert again() == [True]
    assert again() == [True]
    seal(sealed, tmp_path / "out", MARCH)
    assert again() == [False]
    assert "      Everything sealed held under version 9" in told("seals", sealed)


def test_looking_back_from_a_sealed_season_is_allowed(sealed, tmp_path):
    ran = run(sealed, tmp_path / "out", as_of=date(2025, 2, 15))

    assert ran["as_of"] == "2025-02-15"


def test_check_does_not_take_the_folder_for_a_table(sealed):
    assert CliRunner().invoke(entrepot, ["check", str(sealed)]).exit_code == 0
    (sealed / "sales.csv").unlink()

    said = CliRunner().invoke(entrepot, ["check", str(sealed)]).output

    assert "sales.csv: found no such file" in said


# --- What is refused ---


REFUSED: dict[str, tuple[Callable[[Tables], None], str]] = {
    "an old sale changed": (
        put("sales", 2, quantity=2),
        "sales.csv amazon-de/A-3/0, quantity: sealed 1, now 2",
    ),
    "an old sale gone": (
        lambda tables: tables["sales"].pop(),
        "sales.csv amazon-de/A-3/0, shipped_on: sealed 2025-03-10, now nothing",
    ),
    "a late receipt dated back": (
        add("receipts", receipt_no="R-0", received_on=date(2025, 3, 2), quantity=1),
        "receipts.csv R-0/1, received_on: sealed nothing, now 2025-03-02",
    ),
    "a sale put off to after the sealed day": (
        put("sales", 2, shipped_on=date(2025, 4, 2)),
        "sales.csv amazon-de/A-3/0, shipped_on: sealed 2025-03-10, now nothing",
    ),
    "a transfer entered late": (
        add("transfers", transfer_no="T-0", shipped_on=date(2025, 3, 20)),
        "transfers.csv T-0/0, shipped_on: sealed nothing, now 2025-03-20",
    ),
    "a rate changed": (
        put("refund_rates", 2, refund_rate=Decimal("0.09")),
        "refund_rates.csv 8516101000/2024-01-01, refund_rate: sealed 0.1300, now 0.0900",
    ),
    "another HS code": (
        put("products", 1, hs_code="9405210000"),
        "products.csv KETTLE-2, hs_code: sealed 8516101000, now 9405210000",
    ),
    "an invoice amount": (
        put("purchases", 1, net_amount=Decimal("3000.01")),
        "net_amount: sealed 3000.00, now 3000.01",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_changes_a_sealed_figure_is_refused_and_nothing_is_written(sealed, tmp_path, what):
    change, cause = REFUSED[what]
    rewrite(sealed, change)
    was, out_was = files_in(sealed), files_in(tmp_path / "out")

    with pytest.raises(SealedFiguresChange) as refused:
        run(sealed, tmp_path / "out")

    assert cause in refused.value.found
    assert "amend 2025-03-31" in refused.value.remedy
    assert files_in(sealed) == was
    assert files_in(tmp_path / "out") == out_was


def test_a_refusal_names_figures_before_and_after(sealed, tmp_path):
    rewrite(sealed, put("sales", 2, quantity=2))

    with pytest.raises(SealedFiguresChange) as refused:
        run(sealed, tmp_path / "out")

    found = refused.value.found.splitlines()
    assert found[0] == (
        "2025-03-31: 23 sealed figures differ: 4 of trace, 2 of stock, 4 of refunds, "
        "6 of filing_exports, 6 of filing_purchases, 1 of book."
    )
    stock = f"stock DUI1/KETTLE-2/{season_files.DECLARATION}/2/2025-03-01"
    assert f"    {stock}, quantity: sealed 99, now 98" in found
    assert f"    {stock}, net_amount: sealed 2970.00, now 2940.00" in found
    assert "  What differs in the season: 1 of sales." in found
    period = refused.value.facts["periods"][0]
    assert period["figures"]["stock"] == 2
    assert period["causes"] == {"sales": 1}


def test_final_refuses_as_well(sealed, tmp_path):
    rewrite(sealed, put("sales", 2, quantity=2))

    for as_of in (MARCH, APRIL):
        with pytest.raises(SealedFiguresChange):
            seal(sealed, tmp_path / "out", as_of)


def test_correcting_the_season_back_makes_it_pass(sealed, tmp_path):
    rewrite(sealed, put("sales", 2, quantity=2))
    with pytest.raises(SealedFiguresChange):
        run(sealed, tmp_path / "out")

    rewrite(sealed, lambda tables: None)

    run(sealed, tmp_path / "out")


def test_a_change_that_an_earlier_seal_does_not_see_is_refused_for_the_later_one(sealed, tmp_path):
    seal(sealed, tmp_path / "out", APRIL)
    rewrite(sealed, put("adjustments", 0, quantity=2))

    with pytest.raises(SealedFiguresChange) as refused:
        run(sealed, tmp_path / "out")

    assert [each["as_of"] for each in refused.value.facts["periods"]] == ["2025-04-30"]


def test_taking_an_amended_change_back_is_a_change_again(sealed, tmp_path):
    """What the first seal says no longer holds, although it was true of the same rows."""
    rewrite(sealed, put("sales", 2, quantity=2))
    amend(sealed, tmp_path / "out")
    rewrite(sealed, lambda tables: None)

    with pytest.raises(SealedFiguresChange, match="sealed 98, now 99"):
        run(sealed, tmp_path / "out")


MISUSED: dict[str, Callable[[Path], list[str]]] = {
    "no reason": lambda out: ["--amend", " "],
    "somebody who does nothing": lambda out: ["--by", "Chen"],
    "seals in what is replaced": lambda out: ["--final", "--seals", str(out / "seals")],
}


@pytest.mark.parametrize("what", MISUSED)
def test_what_makes_no_sense_is_said(season, tmp_path, what):
    was = files_in(season)
    arguments = [
        "close",
        str(season),
        "--out",
        str(tmp_path / "out"),
        *MISUSED[what](tmp_path / "out"),
    ]

    done = CliRunner().invoke(entrepot, arguments)

    assert isinstance(done.exception, Misused)
    assert files_in(season) == was
    assert not (tmp_path / "out").exists()


def test_a_season_that_cannot_be_written_says_so_before_any_work(season, tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)

    with pytest.raises(EntrepotError, match=r"can only be read.*\n.*--seals"):
        seal(season, tmp_path / "out", MARCH)

    assert not (tmp_path / "out").exists()


def test_a_file_in_the_place_of_the_seals_is_said(season, tmp_path):
    (season / "sealed").write_text("mine", encoding="utf-8")

    with pytest.raises(EntrepotError, match="is a file"):
        seal(season, tmp_path / "out", MARCH)


def test_a_changed_pack_stands_among_the_causes(sealed, tmp_path, monkeypatch):
    rewrite(sealed, put("sales", 2, quantity=2))
    changed = {**program.packs(), "cn/tax_calendar.csv": "0" * 64}
    monkeypatch.setattr(checking, "packs", lambda: changed)

    with pytest.raises(SealedFiguresChange) as refused:
        run(sealed, tmp_path / "out")

    assert refused.value.facts["periods"][0]["causes"] == {"sales": 1, "packs": 1}
    was = program.packs()["cn/tax_calendar.csv"][:12]
    assert f"packs cn/tax_calendar.csv: sealed {was}, now 000000000000" in refused.value.found


def test_tables_that_are_folders_of_parts_are_sealed_and_compared(season, tmp_path, monkeypatch):
    """As an engine that works in parallel writes them."""
    plain = run(season, tmp_path / "plain", as_of=MARCH)
    monkeypatch.setattr(runs, "close_books", in_parts(runs.close_books))

    seal(season, tmp_path / "out", MARCH)
    rewrite(season, put("sales", 2, quantity=2))
    with pytest.raises(SealedFiguresChange) as refused:
        run(season, tmp_path / "out")
    amend(season, tmp_path / "out", file_format="csv")

    assert refused.value.facts["periods"][0]["figures"]["trace"] == 4
    for number in ("0001", "0002"):
        parts = season / "sealed" / number / "2025-03-31" / "trace.parquet"
        assert len(list(parts.iterdir())) == 2
    assert plain["outputs"]["trace"]["rows"] == pq.read_table(parts).num_rows
    assert run(season, tmp_path / "out")["seals"]["held"][0]["seal"] == 2


def in_parts(close_books: Callable[..., Any]) -> Callable[..., Any]:
    """Close, and cut the trace that was written as Parquet into two parts."""

    def close(*arguments: Any) -> Any:
        closed = close_books(*arguments)
        path = arguments[3] / "trace.parquet"
        if path.is_file():
            rows = pq.read_table(path)
            path.unlink()
            path.mkdir()
            for part, start in enumerate((0, rows.num_rows // 2)):
                end = rows.num_rows if part else rows.num_rows // 2
                pq.write_table(rows.slice(start, end - start), path / f"part-{part}.parquet")
        return closed

    return close


# --- Words ---


def told(command: str, season: Path, *arguments: object) -> list[str]:
    """What a command says."""
    engine = ["--engine", "polars"] if command == "close" else []
    typed = [command, str(season), *engine, *map(str, arguments)]
    done = CliRunner().invoke(entrepot, typed, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def test_the_summary_says_what_was_sealed_and_what_stands_open(season, tmp_path):
    said = told("close", season, "--out", tmp_path / "out", "--as-of", "2025-03-30", "--final")

    sha256 = json.loads((season / "sealed" / "0001" / "seal.json").read_text("utf-8"))["sha256"]
    assert f"Sealed 2025-03-30: seal 0001, {sha256[:12]}" in said
    assert "2025-03-30 is not the last day of a month." in said
    assert not any("exceptions stand open" in line for line in said)


def test_the_summary_and_the_list_speak_both_languages(sealed, tmp_path):
    out = tmp_path / "out"
    assert "与已封账数据一致：2025-03-31" in told("close", sealed, "--out", out, "--lang", "zh")
    rewrite(sealed, put("sales", 2, quantity=2))

    english = told("close", sealed, "--out", out, "--amend", "miscounted", "--by", "Chen")

    assert (
        "Amended 2025-03-31: 23 figures (4 of trace, 2 of stock, 4 of refunds, 6 of "
        "filing_exports, 6 of filing_purchases, 1 of book). Reason: miscounted"
    ) in english
    chinese = told("seals", sealed, "--lang", "zh")
    assert "      封账 2025-03-31" in chinese
    assert any(line.startswith("      更正 2025-03-31：") for line in chinese)
    assert any("，经办人 Chen" in line for line in chinese)
    assert chinese[-1] == "封账数据未被改动。"
    assert told("seals", sealed)[-1] == "Nothing sealed was changed."


def test_the_list_is_for_programs_too(sealed):
    said = json.loads("\n".join(told("seals", sealed, "--json")))

    assert said["broken"] == []
    assert [each["number"] for each in said["seals"]] == [1]
    assert said["seals"][0]["periods"] == [{"as_of": "2025-03-31", "kind": "seal"}]


def test_a_season_without_seals_says_so(season):
    assert told("seals", season) == [f"No seals in {season / 'sealed'}."]
    assert told("seals", season, "--lang", "zh") == [f"{season / 'sealed'} 中没有封账记录。"]
