# SPDX-License-Identifier: Apache-2.0
"""Days of several time zones, and a sale that comes back at once, in a season of one calendar."""

from __future__ import annotations

from datetime import timedelta

import pytest

from entrepot.closing.comparing import compare, stock_of
from entrepot.closing.exporting import export_season
from entrepot.logistics.consigning import NewConsignment, Sent, create
from entrepot.logistics.dispatching import dispatch
from entrepot.logistics.receiving import Scanned, receive
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.pipelines.runs import Options, run_close
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.areas import today
from entrepot.warehouse.outbound.packing import NewParcel, pack
from entrepot.warehouse.outbound.picking import pick_orders
from entrepot.warehouse.outbound.shipping import ship
from entrepot.warehouse.returns import receiving as returns
from entrepot.warehouse.returns.receiving import Came, Sender
from tests.warehouse.floor import A1, open_floor, order, stock, taken

DAY = timedelta(1)
#: Where the goods are sold and come back.
BERLIN = "Europe/Berlin"


@pytest.fixture
def firm(enterprise):
    with within(enterprise):
        Profile.objects.create(name="Firm", uscc="91110000600037341L", kind="trading")
    open_floor(enterprise)
    stock(enterprise, A1, 10)
    return enterprise


def closed(firm, folder, as_of):
    """The stock by the desk, where the close has the same."""
    exported = export_season(firm, folder / "season", as_of)
    run_close(folder / "season", folder / "out", Options(), lambda _: None)
    compare(exported.stock, stock_of(folder / "out"))
    return {place: units for (place, _), units in exported.stock.items()}


@pytest.mark.parametrize(("days", "units"), [(0, 6), (1, 7)])
def test_what_comes_back_on_the_day_of_its_sale_is_there_the_day_after(firm, tmp_path, days, units):
    (id,) = taken(firm, order("1", ("SKU-1", 4)))
    with within(firm):
        allocate_orders([id])
        pick_orders([id])
        ship([each.id for each in pack([NewParcel(id)])])
        returns.receive(
            "1", "DUI1", Sender(channel="shop", order="1"), [Came(barcode="SKU-1", quantity=1)]
        )

    assert closed(firm, tmp_path, today(BERLIN) + days * DAY) == {"DUI1": units}


@pytest.mark.parametrize(
    ("days", "lies"), [(-1, {"DUI1": 10}), (0, {"DUI1": 6, "LON1": 4}), (1, {"DUI1": 6, "LON1": 4})]
)
def test_what_arrives_on_the_day_before_it_left_had_left_by_then(firm, tmp_path, days, lies):
    arrived_on = today("Europe/London")
    with within(firm):
        sent = create(NewConsignment("T-1", "DUI1", "LON1", [Sent(1, "SKU-1", 5, from_bin="A-01")]))
        dispatch(sent.id, arrived_on + DAY)
        receive(Scanned("S-1", "SKU-1", consignment="T-1", quantity=4))

    # The fifth is on its way, and left on the day on which it did.
    lies = {**lies, "DUI1": lies["DUI1"] - (days > 0)}
    assert closed(firm, tmp_path, arrived_on + days * DAY) == lies
