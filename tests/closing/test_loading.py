# SPDX-License-Identifier: Apache-2.0
"""A season that was loaded, exported and closed says what a close of the season itself says."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pytest

from entrepot.closing.comparing import compare, stock_of
from entrepot.closing.exporting import export_season
from entrepot.closing.loading.actions import BookNotEmpty, Loaded, OtherFirm, load_season
from entrepot.closing.loading.reading import Unloadable
from entrepot.ledger.audit import audit
from entrepot.ledger.models import Balance, Document
from entrepot.logistics.models import Consignment
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.pipelines.about import read_about
from entrepot.pipelines.runs import Options, run_close
from entrepot.pipelines.sample.actions import make_sample
from entrepot.warehouse.auditing import audit_orders
from entrepot.warehouse.models import Order, Parcel, ReturnedLine
from tests.season_files import valid, write

EXAMPLE = Path(__file__).parents[2] / "examples" / "season"
PRODUCING = EXAMPLE.parent / "producing"
#: Of these tables nothing may differ, in no column.
SAME = ("refunds", "advances", "filing_exports", "filing_purchases", "stock")
#: What a close reports that cannot be so in a live book: nothing leaves it that is not there.
NOT_THERE = {"sold_without_stock", "adjusted_without_stock", "transferred_without_stock"}


@pytest.fixture
def firm(enterprise):
    """An enterprise that any season may be loaded into."""
    with within(enterprise):
        Profile.objects.create(name="Lanting", uscc="", kind="trading")
    return enterprise


class Closed:
    """A season that was loaded and exported, and closes of both."""

    def __init__(self, firm: UUID, season: Path, folder: Path) -> None:
        about = read_about(season).about
        assert about is not None
        self.loaded: Loaded = load_season(firm, season)
        exported = export_season(firm, folder / "exported", about.as_of)
        self.folders = folder / "original", folder / "again"
        tell = lambda *_: None  # noqa: E731
        self.original = run_close(season, self.folders[0], Options(as_of=about.as_of), tell)
        self.again = run_close(folder / "exported", self.folders[1], Options(), tell)
        compare(exported.stock, stock_of(self.folders[1]))

    def rows(self, table: str, which: int, columns: str = "*") -> Counter[tuple[Any, ...]]:
        path = self.folders[which] / f"{table}.parquet"
        return Counter(duckdb.sql(f"SELECT {columns} FROM '{path}'").fetchall())

    def asked(self, which: str, of: int) -> Counter[tuple[Any, ...]]:
        """What a statement over the book of one close finds."""
        path = self.folders[of] / "book.parquet"
        return Counter(duckdb.sql(f"WITH book AS (FROM '{path}') FROM {which}").fetchall())

    def differs(self, table: str, columns: str = "*") -> tuple[Counter[Any], Counter[Any]]:
        """Rows that only one close has: the original's, and that of what was loaded."""
        one, other = self.rows(table, 0, columns), self.rows(table, 1, columns)
        return one - other, other - one


def prove(closed: Closed, firm: UUID) -> None:
    """Everything that can be equal is; and what is not is what was not there."""
    for table in SAME:
        assert closed.differs(table) == (Counter(), Counter()), table

    # Units that were not there are in the trace as found: of unknown origin, one row for each.
    gone, come = closed.differs("trace")
    assert not gone
    assert {row[0] for row in come} <= {None}
    # (One that came back later is so in the season's own close already.)
    assert sum(come.values()) <= len(closed.loaded.found)

    # Units beyond what was declared are a receipt of their own, whose number says so.
    code = "code, \"table\", split_part(key, '/', 1), day, quantity, amount"
    gone, come = closed.differs("exceptions", code)
    assert {row[0] for row in gone} <= NOT_THERE
    assert not come

    # Adjustments are called by their kind besides, and what was not there comes from nowhere known
    # by way of the warehouse: what came from suppliers, and where everything ended, is the same.
    ends = "item, to_place, sum(quantity) AS units"
    for place in ("home", "customer", "scrapped", "voyage"):
        which = f"(SELECT {ends} FROM book WHERE to_place LIKE '{place}/%' GROUP BY ALL)"
        assert closed.asked(which, 0) == closed.asked(which, 1), place

    totals = closed.original["control_totals"], closed.again["control_totals"]
    for table, total in totals[0].items():
        if table not in ("receipts", "adjustments"):  # see above
            assert totals[1][table] == total, table
    assert totals[0]["receipts"]["quantity"] == totals[1]["receipts"]["quantity"]
    assert closed.original["summary"]["refund"] == closed.again["summary"]["refund"]
    assert closed.original["summary"]["due"] == closed.again["summary"]["due"]

    found = audit(firm)
    audit_orders(found)
    assert found.is_clean, found.findings


def test_the_bundled_season_becomes_a_live_book(firm, tmp_path):
    closed = Closed(firm, EXAMPLE, tmp_path)

    prove(closed, firm)
    assert len(closed.loaded.found) == 4
    with within(firm):
        assert set(Order.objects.values_list("state", flat=True)) == {"done"}
        assert Parcel.objects.count() >= Order.objects.count()
        assert not Balance.objects.filter(place__contains="/@", quantity__gt=0).exists()
        assert set(Consignment.objects.values_list("state", flat=True)) == {"closed", "dispatched"}


@pytest.mark.parametrize(("sales", "seed"), [(120, 1), (250, 3)])
def test_so_does_a_sample(firm, tmp_path, sales, seed):
    make_sample(tmp_path / "season", sales, seed)

    prove(Closed(firm, tmp_path / "season", tmp_path), firm)


def test_a_producing_firm_has_the_same_periods_from_its_desk(enterprise, tmp_path):
    with within(enterprise):
        Profile.objects.create(name="Cup works", uscc="", kind="producing")
    closed = Closed(enterprise, PRODUCING, tmp_path)

    assert closed.original["summary"]["periods"]
    for table in ("vat_filing", "vat_lines"):
        assert closed.rows(table, 0) == closed.rows(table, 1)
    assert closed.original["summary"]["periods"] == closed.again["summary"]["periods"]


def test_a_season_of_the_other_kind_of_firm_is_refused(firm):
    with pytest.raises(OtherFirm) as refused:
        load_season(firm, PRODUCING)

    assert refused.value.remedy == "Load it into an enterprise opened with --kind producing."


def test_the_same_season_again_changes_nothing(firm, tmp_path):
    make_sample(tmp_path / "season", 60, 2)
    load_season(firm, tmp_path / "season")
    with within(firm):
        before = Document.objects.count()

    again = load_season(firm, tmp_path / "season")

    assert not again.is_new
    with within(firm):
        assert Document.objects.count() == before


def test_a_season_is_not_laid_upon_a_book(firm, tmp_path):
    make_sample(tmp_path / "season", 60, 2)
    load_season(firm, tmp_path / "season")
    make_sample(tmp_path / "other", 60, 4)

    with pytest.raises(BookNotEmpty):
        load_season(firm, tmp_path / "other")


def test_another_firm_keeps_its_book(enterprise, tmp_path):
    with within(enterprise):
        Profile.objects.create(name="Else", uscc="91110000600037341L", kind="trading")

    with pytest.raises(OtherFirm):
        load_season(enterprise, EXAMPLE)


def test_transfers_and_returns_are_what_they_were(firm, tmp_path):
    tables = valid()
    later = date(2025, 4, 20)
    lamp = {"transfer_no": "T-2", "shipped_on": later, "from_warehouse": "DUI1", "sku": "LAMP-1"}
    tables["transfers"] += [
        lamp | {"line_no": 1, "to_warehouse": "DUI2", "quantity": 3, "arrived_on": later},
        # More than there is, and one that leaves again on the day on which it came.
        lamp | {"line_no": 2, "to_warehouse": "LON9", "quantity": 200, "arrived_on": None},
    ]

    closed = Closed(firm, write(tmp_path / "season", tables), tmp_path)

    for table in SAME:
        assert closed.differs(table) == (Counter(), Counter()), table
    assert len(closed.loaded.found) == 1
    with within(firm):
        sent = dict(Consignment.objects.values_list("number", "to_place"))
        assert (sent["T-2"], sent["T-2/2"]) == ("warehouse/DUI2", "warehouse/LON9")
        outcomes = set(ReturnedLine.objects.values_list("outcome", flat=True))
    assert outcomes <= {"restock", "scrap", "send_home"}
    found = audit(firm)
    audit_orders(found)
    assert found.is_clean


# --- Refused in words ---


def test_a_faulty_season_is_refused_with_file_row_and_column(firm, tmp_path):
    tables = valid()
    tables["sales"][0]["quantity"] = "many"

    with pytest.raises(Unloadable) as refused:
        load_season(firm, write(tmp_path / "season", tables))

    assert "sales.csv:2, quantity" in str(refused.value)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("receipts", "receipt_no", "GR" * 20),
        ("sales", "channel", "shop/web"),
        ("products", "name", "x" * 201),
    ],
)
def test_what_the_desk_does_not_keep_is_refused_likewise(firm, tmp_path, table, column, value):
    tables = valid()
    tables[table][0][column] = value
    if table == "sales":
        tables["returns"] = []

    with pytest.raises(Unloadable) as refused:
        load_season(firm, write(tmp_path / "season", tables))

    with within(firm):
        assert not Order.objects.exists()
    found = {
        (fault["file"], fault["row"], fault["column"]) for fault in refused.value.facts["faults"]
    }
    assert (f"{table}.csv", 2, column) in found


def test_an_order_has_one_currency(firm, tmp_path):
    tables = valid()
    first = tables["sales"][0]
    tables["sales"].insert(1, first | {"line_no": 77, "currency": "CHF"})

    with pytest.raises(Unloadable) as refused:
        load_season(firm, write(tmp_path / "season", tables))

    assert 'sales.csv:3, currency: found "' in str(refused.value)
