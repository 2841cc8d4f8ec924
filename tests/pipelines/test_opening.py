# SPDX-License-Identifier: Apache-2.0
"""Opening a season: every fault across rows and tables, all at once, and nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from entrepot.engine.base import Engine
from entrepot.engine.duck import Duck
from entrepot.engine.polar import Polar
from entrepot.pipelines.about import About
from entrepot.pipelines.commands_check import check
from entrepot.pipelines.opening import OpenSeason, open_season
from entrepot.pipelines.season import SEASON
from tests import season_files

ITEM = f"item 1 of {season_files.DECLARATION}"


@pytest.fixture(params=["duckdb", "polars"])
def engine(request, tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "spill").mkdir()
    engine = Duck(tmp_path / "spill") if request.param == "duckdb" else Polar()
    yield engine
    engine.close()


@pytest.fixture
def opened(engine, tmp_path):
    """Open the season in tmp_path/season; anything given is written there first."""
    (tmp_path / "work").mkdir()

    def open_folder(tables: Any = None, about: Any = None, **how: Any) -> OpenSeason:
        season_files.write(tmp_path / "season", tables, about, **how)
        return open_season(engine, tmp_path / "season", tmp_path / "work")

    return open_folder


def brief(opened: OpenSeason) -> list[tuple[str, str, int | None, str, str]]:
    return [(f.code, f.file, f.row, f.column, f.found) for f in opened.faults]


def with_rows(name: str, *more: dict[str, Any]) -> dict[str, Any]:
    """A valid season in which a table has more rows, each its first row with these changes."""
    tables = season_files.valid()
    tables[name] = tables[name] + [tables[name][0] | cells for cells in more]
    return tables


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet", "xlsx"])
def test_a_valid_season_opens(engine, opened, form):
    season = opened(formats=form)

    assert season.faults == []
    assert season.about == About("Spring", "91110000600037341L", "trading", date(2026, 4, 30))
    assert [(one.table, one.file, one.rows) for one in season.inputs][:2] == [
        ("products", f"products.{form}", 2),
        ("purchases", f"purchases.{form}", 2),
    ]
    assert engine.rows(season.tables["purchases"], ["line_no"])[1] == {
        "invoice_no": "24332000000000000001",
        "line_no": 1,
        "sku": "KETTLE-2",
        "issued_on": date(2025, 1, 5),
        "supplier_uscc": "91110000600037341L",
        "quantity": 100,
        "net_amount": 300_000,
        "vat_rate": 1300,
    }
    for table in SEASON:
        assert season.tables[table.name].collect_schema().names() == table.names


@pytest.mark.parametrize(
    ("name", "last"), [("invoice_links", "quantity"), ("transfers", "arrived_on")]
)
def test_an_optional_table_that_is_missing_is_empty(engine, opened, name, last):
    tables = season_files.valid()
    del tables[name]

    season = opened(tables)

    assert season.faults == []
    assert engine.rows(season.tables[name]) == []
    assert season.tables[name].collect_schema().names()[-1] == last
    assert len(season.inputs) == 11


RULES = [
    (
        "returns",
        # B-0 is taken back first although the file has it last.
        [
            {"return_no": "B-2", "returned_on": date(2025, 3, 21)},
            {"return_no": "B-0", "returned_on": date(2025, 3, 1)},
        ],
        ("return.beyond_sold", 3, "quantity", "3 units come back in all"),
        "at most the 2 sold with line 0 of order A-1 (amazon-de)",
    ),
    (
        "adjustments",
        [{"line_no": 9, "quantity": -1}],
        ("adjustment.sign", 4, "quantity", "-1 with the reason found"),
        "more than 0",
    ),
    (
        "adjustments",
        [{"line_no": 9, "reason": "sent_home"}],
        ("adjustment.sign", 4, "quantity", "1 with the reason sent_home"),
        "less than 0",
    ),
    (
        "transfers",
        [{"line_no": 9, "to_warehouse": "DUI1"}],
        ("transfer.to_itself", 4, "to_warehouse", '"DUI1", the warehouse that the goods left'),
        "another warehouse",
    ),
    (
        "transfers",
        [
            {"line_no": 8, "arrived_on": date(2025, 4, 5)},
            {"line_no": 9, "arrived_on": date(2025, 4, 4)},
        ],
        ("transfer.arrives_before", 5, "arrived_on", "2025-04-04"),
        "2025-04-05, the day the goods left, or later",
    ),
    (
        "invoice_links",
        [{"quantity": 41, "invoice_no": "24332000000000000002"}],
        ("link.beyond_declared", 3, "quantity", "101 units linked in all"),
        f"at most the 100 of LAMP-1 declared with {ITEM}",
    ),
    (
        "invoice_links",
        [{"quantity": 41, "item_no": 3}],
        ("link.beyond_bought", 3, "quantity", "101 units linked in all"),
        "at most the 100 of LAMP-1 bought with line 0 of invoice 24332000000000000001",
    ),
    (
        "refund_claims",
        [{"claim_no": "C-3", "kind": "recovery", "amount": Decimal("-1")}],
        ("claim.of_nothing", 4, "of_claim", "nothing"),
        "the number of the claim that this recovery settles",
    ),
    (
        "refund_claims",
        [{"claim_no": "C-3", "kind": "ordinary", "of_claim": "C-1"}],
        ("claim.of_another", 4, "of_claim", '"C-1"'),
        "nothing: kind ordinary settles no other claim",
    ),
    (
        "refund_claims",
        [{"claim_no": "C-3", "kind": "confirmation", "of_claim": "C-2", "amount": 0}],
        ("claim.of_no_claim", 4, "of_claim", '"C-2"'),
        f"an advance or ordinary claim on {ITEM}",
    ),
    (
        "refund_claims",
        [{"claim_no": "C-3", "kind": "confirmation", "of_claim": "C-1", "amount": 0, "item_no": 2}],
        ("claim.of_no_claim", 4, "of_claim", '"C-1"'),
        f"an advance or ordinary claim on item 2 of {season_files.DECLARATION}",
    ),
    (
        "refund_claims",
        [{"claim_no": "C-3", "amount": Decimal("0.00")}],
        ("claim.sign", 4, "amount", "0.00"),
        "more than 0 for kind advance",
    ),
    (
        "refund_claims",
        [{"claim_no": "C-3", "kind": "confirmation", "of_claim": "C-1", "amount": "-0.01"}],
        ("claim.sign", 4, "amount", "-0.01"),
        "0.00 for a confirmation",
    ),
    (
        "refund_claims",
        [{"claim_no": "C-3", "kind": "repayment", "of_claim": "C-1", "amount": 5}],
        ("claim.sign", 4, "amount", "5.00"),
        "less than 0 for kind repayment",
    ),
    (
        "refund_rates",
        [{"hs_code": "0000000001", "valid_to": date(2024, 1, 1)}],
        ("rate.ends_before_start", 5, "valid_to", "2024-01-01"),
        "a day after 2024-01-01, on which the rate starts",
    ),
    (
        "refund_rates",
        [{"valid_from": date(2024, 12, 31), "valid_to": date(2025, 1, 1)}],
        ("rate.overlaps", 5, "valid_from", "9405210000 from 2024-12-31"),
        "a day on or after the end of the rate from 2024-01-01, which is 2025-01-01",
    ),
    (
        "refund_rates",
        [{"hs_code": "8516101000", "valid_from": date(2026, 1, 1), "valid_to": ""}],
        ("rate.overlaps", 5, "valid_from", "8516101000 from 2026-01-01"),
        "a day on or after the end of the rate from 2024-01-01, which is still in force",
    ),
    (
        "purchases",
        [{"line_no": 9, "supplier_uscc": "91110000600037341M"}],
        ("uscc.check_digit", 4, "supplier_uscc", '"91110000600037341M"'),
        "18 characters whose last one is the check digit of the others",
    ),
    (
        "purchases",
        [{"line_no": 9, "supplier_uscc": "91110000600037341l"}],
        ("uscc.check_digit", 4, "supplier_uscc", '"91110000600037341l"'),
        "18 characters whose last one is the check digit of the others",
    ),
    (
        "purchases",
        [{"line_no": 9, "net_amount": "-12.50"}],
        ("cell.negative", 4, "net_amount", "-12.50"),
        "no negative line: red-letter invoices of a trading firm are not worked out yet",
    ),
    (
        "purchases",
        [{"line_no": 9, "quantity": -5}],
        ("cell.negative", 4, "quantity", "-5"),
        "no negative line: red-letter invoices of a trading firm are not worked out yet",
    ),
]


@pytest.mark.parametrize(("name", "more", "expected", "told"), RULES)
def test_a_rule_is_broken(opened, name, more, expected, told):
    tables = with_rows(name, *more)
    # What the new links name, so that nothing but the rule is broken.
    tables["purchases"].append(
        tables["purchases"][0] | {"invoice_no": "24332000000000000002", "line_no": 0}
    )
    tables["declarations"].append(tables["declarations"][0] | {"item_no": 3})
    # The other tables stay away: what is missing is said, and hides nothing.
    needed = {
        name,
        *{"returns": ["sales"], "invoice_links": ["purchases", "declarations"]}.get(name, []),
    }

    season = opened({each: tables[each] for each in needed})

    [fault] = [fault for fault in season.faults if fault.code != "file.missing"]
    assert (fault.code, fault.row, fault.column, fault.found) == expected
    assert (fault.file, fault.expected) == (f"{name}.csv", told)


def test_all_that_was_sold_may_come_back(opened):
    assert opened(with_rows("returns", {"return_no": "B-2"})).faults == []


@pytest.mark.parametrize(
    ("change", "code", "line", "found"),
    [
        ({"uscc": "91110000600037341M"}, "season.uscc", 2, '"91110000600037341M"'),
        ({"uscc": "9111000060003734"}, "season.uscc", 2, '"9111000060003734"'),
        ({"kind": "Trading"}, "season.kind", 3, '"Trading"'),
        ({"name": ""}, "season.name", 1, '""'),
        ({"as_of": "2026-02-30"}, "season.as_of", 4, '"2026-02-30"'),
        ({"as_of": 2026}, "season.as_of", 4, '"2026"'),
        ({"firm": "x"}, "season.key_unknown", 6, 'a key "firm"'),
    ],
)
def test_season_toml_is_checked(opened, change, code, line, found):
    season = opened(about=season_files.ABOUT | change)

    [column] = change
    assert brief(season) == [(code, "season.toml", line, column, found)]
    assert season.about is None


def test_a_day_may_be_a_text(opened):
    season = opened(about=season_files.ABOUT | {"as_of": "2026-04-30"})

    assert season.about is not None
    assert season.about.as_of == date(2026, 4, 30)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, [("season.missing", None)]),
        (b'name = "a"\nuscc = 91110000600037341L\n', [("season.unreadable", 2)]),
        ('name = "春"\n'.encode("gbk"), [("season.encoding", None)]),
        # It names no version either, and there are transfers, and a claim has its documents.
        (
            b"",
            [*[("season.key_missing", None)] * 4, ("file.newer", None), ("column.newer", None)],
        ),
    ],
)
def test_season_toml_that_says_nothing(engine, tmp_path, written, expected):
    folder = season_files.write(tmp_path / "season")
    (folder / "season.toml").unlink()
    if written is not None:
        (folder / "season.toml").write_bytes(written)

    season = open_season(engine, folder, tmp_path)

    assert [(f.code, f.row) for f in season.faults] == expected


def test_another_day_replaces_that_of_the_file(engine, tmp_path):
    about = {key: value for key, value in season_files.ABOUT.items() if key != "as_of"}
    folder = season_files.write(tmp_path / "season", about=about)

    season = open_season(engine, folder, tmp_path, date(2026, 1, 31))

    assert season.about is not None
    assert season.about.as_of == date(2026, 1, 31)


def spoil(folder: Path) -> None:
    """A season with something wrong in every file."""
    tables = season_files.valid()
    tables["products"][1]["hs_code"] = "8516"
    tables["purchases"][0]["vat_rate"] = "13%"
    for row in tables["declarations"]:
        row["Quantity"] = row.pop("quantity")
    tables["declarations"][0]["fob_amount"] = "1,000.00"
    tables["invoice_links"][0]["quantity"] = 101
    tables["receipts"][1]["item_no"] = 1
    tables["sales"].append(tables["sales"][0])
    tables["returns"][0]["quantity"] = 3
    tables["adjustments"][0] |= {"sku": "LAMP-9", "on": "1.4.2025", "reason": "lost"}
    tables["refund_claims"][1]["of_claim"] = "C-9"
    tables["refund_rates"][1]["valid_from"] = date(2024, 12, 1)
    tables["fx_rates"][0]["cny_per_unit"] = "7,5"
    season_files.write(folder, tables, season_files.ABOUT | {"kind": "shop"})


EVERYTHING = [
    ("season.kind", "season.toml", 3, "kind", '"shop"'),
    ("cell.form", "products.csv", 3, "hs_code", "8516"),
    ("cell.unreadable", "purchases.csv", 2, "vat_rate", "13%"),
    ("column.missing", "declarations.csv", None, "quantity", 'no such column, but "Quantity"'),
    ("cell.unreadable", "declarations.csv", 2, "fob_amount", "1,000.00"),
    ("column.unknown", "declarations.csv", None, "Quantity", 'a column "Quantity"'),
    ("link.beyond_bought", "invoice_links.csv", 2, "quantity", "101 units linked in all"),
    (
        "reference.other",
        "receipts.csv",
        3,
        "declaration_no, item_no, sku",
        f"{season_files.DECLARATION}, 1, KETTLE-2",
    ),
    ("key.repeated", "sales.csv", 5, "channel, order_no, line_no", "amazon-de, A-1, 0"),
    ("return.beyond_sold", "returns.csv", 2, "quantity", "3 units come back in all"),
    ("cell.unreadable", "adjustments.csv", 2, "on", "1.4.2025"),
    ("reference.missing", "adjustments.csv", 2, "sku", "LAMP-9"),
    ("adjustment.sign", "adjustments.csv", 2, "quantity", "1 with the reason lost"),
    ("claim.of_no_claim", "refund_claims.csv", 3, "of_claim", '"C-9"'),
    ("rate.overlaps", "refund_rates.csv", 3, "valid_from", "9405210000 from 2024-12-01"),
    ("cell.unreadable", "fx_rates.csv", 2, "cny_per_unit", "7,5"),
]


def test_everything_is_said_at_once_and_nothing_written(engine, tmp_path):
    spoil(tmp_path / "season")
    (tmp_path / "work").mkdir()
    before = {path: path.read_bytes() for path in (tmp_path / "season").iterdir()}

    season = open_season(engine, tmp_path / "season", tmp_path / "work")

    assert brief(season) == EVERYTHING
    assert {path: path.read_bytes() for path in (tmp_path / "season").iterdir()} == before


def test_unreadable_files_do_not_hide_the_others(engine, tmp_path):
    folder = season_files.write(tmp_path / "season", formats={"receipts": "xlsx"})
    (folder / "products.csv").write_bytes(b"")
    (folder / "sales.csv").unlink()
    (folder / "sales.parquet").write_bytes(b"PAR1 and no more")
    (folder / "receipts.xlsx").write_bytes(b"no sheet")
    (folder / "returns.csv").unlink()
    fx_rates = folder / "fx_rates.csv"
    fx_rates.write_text(fx_rates.read_text() + "2025-01-03,eur,7.5,x\n2025-01-04,eur,7.5\n")

    season = open_season(engine, folder, tmp_path)

    assert [(f.code, f.file, f.row) for f in season.faults] == [
        ("file.empty", "products.csv", None),
        ("file.unreadable", "receipts.xlsx", None),
        ("file.unreadable", "sales.parquet", None),
        ("file.missing", "returns.csv", None),
        ("line.too_many", "fx_rates.csv", 3),
        ("cell.form", "fx_rates.csv", 4),
    ]
    assert all(engine.rows(season.tables[table.name]) is not None for table in SEASON)


def test_a_damaged_page_is_a_fault(engine, tmp_path):
    tables = with_rows("sales", *({"order_no": f"Z-{i}", "sku": "LAMP-1"} for i in range(2000)))
    folder = season_files.write(tmp_path / "season", tables, formats={"sales": "parquet"})
    raw = bytearray((folder / "sales.parquet").read_bytes())
    raw[4:400] = b"\xff" * 396
    (folder / "sales.parquet").write_bytes(raw)

    season = open_season(engine, folder, tmp_path)

    assert [(f.code, f.file) for f in season.faults] == [("file.unreadable", "sales.parquet")]


@pytest.mark.parametrize("engine_name", ["duckdb", "polars"])
def test_the_command_says_no_faults(tmp_path, engine_name):
    folder = season_files.write(tmp_path / "season")

    result = CliRunner().invoke(check, [str(folder), "--engine", engine_name])

    assert (result.exit_code, result.output) == (0, "No faults in 23 rows of 12 tables.\n")


def test_the_command_says_every_fault(tmp_path):
    spoil(tmp_path / "season")

    result = CliRunner().invoke(check, [str(tmp_path / "season")])

    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[:3] == [
        "season",
        '  season.toml:3, kind: found "shop"; expected one of trading, producing. Correct it.',
        "products",
    ]
    assert lines[-1].startswith("16 faults in 12 tables.")


def test_the_command_counts_what_it_does_not_list(tmp_path):
    tables = with_rows("fx_rates", *({"currency": f"{i:02}"} for i in range(7)))
    folder = season_files.write(tmp_path / "season", tables)

    result = CliRunner().invoke(check, [str(folder), "--limit", "2"])

    assert result.output.splitlines()[3:] == [
        "  and 5 more like this",
        "7 faults in 1 table. Mend them and check again; until then the season cannot be closed.",
    ]


def test_the_command_speaks_json(tmp_path):
    spoil(tmp_path / "season")

    result = CliRunner().invoke(check, [str(tmp_path / "season"), "--json"])

    assert result.exit_code == 1
    said = json.loads(result.output)
    assert said["total"] == len(said["faults"]) == 16
    assert said["faults"][1]["column"] == "hs_code"


def test_the_command_needs_a_folder(tmp_path):
    result = CliRunner().invoke(check, [str(tmp_path / "nowhere")])

    assert result.exit_code == 2


def test_help_loads_no_engine():
    asked = (
        "import sys, entrepot.pipelines.commands_check; "
        "sys.exit(bool({'duckdb', 'narwhals', 'pyarrow', 'polars'} & sys.modules.keys()))"
    )

    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
