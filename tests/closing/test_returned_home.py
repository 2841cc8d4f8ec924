# SPDX-License-Identifier: Apache-2.0
"""A return through customs that arrived is in the next close: its units are sent home."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from entrepot.catalog.models import Warehouse
from entrepot.closing.exporting import export_season
from entrepot.closing.loading.actions import load_season
from entrepot.closing.models import Close, ClosedFile
from entrepot.closing.work import WhichClose, close_books
from entrepot.customs.returns import stepping
from entrepot.customs.returns.drafting import draft
from entrepot.customs.returns.models import CaseLine, Refund
from entrepot.customs.returns.repaying import due, part
from entrepot.ledger.actions import post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Balance
from entrepot.ledger.opening import open_places
from entrepot.logistics.declaring import put
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.pipelines.runs import Options, run_close
from tests.customs.returning_kit import (
    BEN,
    EXPORTED,
    TODAY,
    brought,
    case_of,
    declared,
    open_firm,
    wanted,
)

RETAIL, AFLOAT = "310120260000000011", "310120260000000012"

SEASON = Path(__file__).parents[2] / "examples" / "season"
AS_OF = date(2026, 10, 31)


class Silent:
    """A job's progress that nobody looks at."""

    def progress(self, done, of=None):
        pass


@pytest.fixture
def firm(enterprise):
    with within(enterprise):
        Profile.objects.create(name="Lanting", uscc="", kind="trading")
    load_season(enterprise, SEASON)
    return enterprise


def closed(firm, folder):
    """Close the books; the folder of what was kept."""
    with within(firm):
        close = Close.objects.create(as_of=AS_OF, asked_by="test")
        close_books.does(Silent(), WhichClose(close=close.id))
        folder.mkdir()
        for each in ClosedFile.objects.filter(close=close):
            (folder / each.name).write_bytes(each.content)
    return folder


def fates(folder, sku):
    rows = duckdb.execute(
        f"SELECT fate, sum(quantity)::BIGINT FROM '{folder}/trace.parquet' WHERE sku = ?"
        " GROUP BY fate", [sku],
    ).fetchall()  # fmt: skip
    return dict(rows)


def test_units_that_arrived_are_sent_home_in_the_close_and_repaid_to_the_fen(firm, tmp_path):
    before = closed(firm, tmp_path / "before")
    with within(firm):
        ((whole,),) = duckdb.sql(
            f"SELECT sum(coalesce(claimed, 0) + coalesce(advanced, 0)) "
            f"FROM '{before}/refunds.parquet'"
        ).fetchall()
        refunds = {(r.declaration_no, r.item_no, r.sku): r for r in Refund.objects.all()}
        assert sum(r.amount for r in refunds.values()) == whole * 100
        # An article that lies overseas, and a line of it that something was claimed of.
        lying = Balance.objects.filter(place__startswith="warehouse/", quantity__gte=2)
        refund, place = next(
            (refund, each) for each in lying.order_by("place", "item")
            for refund in refunds.values()
            if refund.sku == each.item and refund.amount and refund.units >= 2
        )  # fmt: skip
        home = Warehouse.objects.get(kind="home").code
        case = draft(case_of(
            wanted(2, refund.declaration_no, item_no=refund.item_no, sku=refund.sku,
                   from_place=place.place, lot=place.lot),
            home=home, returns_on=AS_OF, customs_out="", customs_back="",
        ))  # fmt: skip
    with within(firm, BEN):
        (its,) = due(case.id, CaseLine.objects.filter(case=case))
        assert its.amount == part(refund.amount, refund.units, 0, 2) > 0
        stepping.check(case.id, "customs agreed")
        stepping.clear(case.id, "C-1", on=AS_OF)
        stepping.announce(case.id, "310120261000000009", AS_OF)
        stepping.arrive(case.id, AS_OF)

    after = closed(firm, tmp_path / "after")

    was, now = fates(before, refund.sku), fates(after, refund.sku)
    assert now["sent_home"] - was.get("sent_home", 0) == 2
    assert was["unsold"] - now.get("unsold", 0) == 2
    book = duckdb.sql(
        f"SELECT document_no, quantity, to_place FROM '{after}/book.parquet'"
        " WHERE document_no LIKE 'returned_home%'"
    ).fetchall()
    assert [(number, units) for number, units, _ in book] == [("returned_home RH-1", 2)]


def season_of(firm, folder):
    """The desk's season, closed: rows of the season, and the folder of the close."""
    export_season(firm, folder / "season", TODAY)
    run_close(folder / "season", folder / "out", Options(), lambda _: None)
    return folder / "out"


@pytest.fixture
def parcels(enterprise):
    """Ten units of a 9610 declaration with their buyers, and ten of a 9810 one on their way."""
    open_firm(enterprise)
    with within(enterprise):
        retail = declared(RETAIL, mode="9610", warehouse="", channel="shop", order_no="O-1")
        put([retail, declared(AFLOAT, warehouse="DUI1")])
        open_places(["supplier/S", "customer/shop", "voyage/V-1"])
        post(Document("out", "1", EXPORTED, [
            Line("SKU-1", 10, "supplier/S", "customer/shop"),
            Line("SKU-1", 10, "supplier/S", "voyage/V-1"),
        ]))  # fmt: skip
    return enterprise


def of_lines(folder):
    rows = duckdb.sql(
        "SELECT declaration_no, fate, sum(quantity)::BIGINT FROM "
        f"'{folder}/trace.parquet' WHERE declaration_no IN ('{RETAIL}', '{AFLOAT}') GROUP BY ALL"
    ).fetchall()
    return {(number, fate): units for number, fate, units in rows}


def test_units_that_lay_in_no_warehouse_come_home_under_their_own_declaration(parcels, tmp_path):
    before = of_lines(season_of(parcels, tmp_path / "before"))
    case = brought(
        parcels, "arrived", wanted(3, RETAIL, from_place="customer/shop"),
        wanted(2, AFLOAT, from_place="voyage/V-1"),
    )  # fmt: skip
    folder = season_of(parcels, tmp_path / "after")
    with within(parcels):
        stepping.undo(case, "another parcel")
    again = of_lines(season_of(parcels, tmp_path / "again"))

    assert before == again == {(RETAIL, "sold"): 10, (AFLOAT, "in_transit"): 10}
    assert of_lines(folder) == {
        (RETAIL, "sold"): 7, (RETAIL, "sent_home"): 3,
        (AFLOAT, "in_transit"): 8, (AFLOAT, "sent_home"): 2,
    }  # fmt: skip
    stock = duckdb.sql(f"SELECT sum(quantity) FROM '{folder}/stock.parquet'").fetchall()
    assert stock == [(20,)]
    misfits = duckdb.sql(f"FROM '{folder}/exceptions.parquet'").fetchall()
    # Those on their way never came to the warehouse that they were declared for.
    assert [row[:3] for row in misfits if "RH-1" in str(row)] == [
        ("received_elsewhere", "receipts", "returned_home RH-1/2")
    ]
