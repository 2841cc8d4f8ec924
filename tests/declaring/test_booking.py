# SPDX-License-Identifier: Apache-2.0
"""What customs released is declared; what it takes back is reversed; nothing in use is changed."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from entrepot.closing.exporting import export_season
from entrepot.customs.classifying import recording
from entrepot.customs.classifying.models import Classification
from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.models import Document
from entrepot.customs.sending.outbox import send
from entrepot.declaring import settling
from entrepot.declaring.booking import follow
from entrepot.declaring.flows import LISTS, ORDERS
from entrepot.declaring.models import Booking
from entrepot.declaring.opening import open_flow
from entrepot.declaring.refusals import NotOpen, NotReady
from entrepot.declaring.stepping import take_step
from entrepot.logistics import declaring
from entrepot.logistics.declaring import Declared
from entrepot.logistics.models import DeclarationLine
from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import within
from tests.customs.classifying_kit import accepted, goods
from tests.declaring.kit import DECLARED, ON, documents, list_no, parcels, told


def listed(firm, count=1, *statuses, begin=1, way="9610_list_a"):
    """Lists of parcels that are with customs, which says so much."""
    ids = parcels(firm, count, begin)
    with within(firm):
        flow = open_flow(way, ids, ON, {})
        take_step(flow.id, ORDERS)
    for kind in ("303", "505"):
        told(firm, kind, "120")
    with within(firm):
        take_step(flow.id, LISTS)
    if statuses:
        told(firm, "603", *statuses)
    return flow


def followed(firm):
    with within(firm):
        return follow().as_facts()


def declared(firm):
    with within(firm):
        rows = DeclarationLine.objects.order_by("declaration_no", "item_no")
        return [(r.declaration_no, r.item_no, r.sku, r.quantity, r.fob_amount) for r in rows]


def bookings(firm):
    with within(firm):
        return list(Booking.objects.order_by("own_no"))


ONE = [(list_no(1), 1, "LAMP-1", 1, 1000), (list_no(1), 2, "BULB-1", 2, 2000)]


def test_a_released_list_is_in_the_season(firm, tmp_path):
    listed(firm, 2, "120", "800", "899")

    assert followed(firm) == {"booked": 2, "rebooked": 0, "withdrawn": 0, "disagree": 0}
    assert followed(firm)["booked"] == 0
    export_season(firm, tmp_path / "season", date(2099, 1, 1))
    rows = duckdb.sql(
        f"SELECT declaration_no, item_no, sku, mode, exported_on, quantity, fob_amount::text,"
        f" fob_currency, destination, statistics_flag, channel, order_no"
        f" FROM '{tmp_path}/season/declarations.parquet' ORDER BY ALL"
    ).fetchall()
    shared = ("9610", ON)
    assert rows == [
        (list_no(1), 1, "LAMP-1", *shared, 1, "10.00", "EUR", "DE", "A", "shop", "O-1"),
        (list_no(1), 2, "BULB-1", *shared, 2, "20.00", "EUR", "DE", "A", "shop", "O-1"),
        (list_no(2), 1, "LAMP-1", *shared, 1, "10.00", "EUR", "DE", "A", "shop", "O-2"),
        (list_no(2), 2, "BULB-1", *shared, 2, "20.00", "EUR", "DE", "A", "shop", "O-2"),
    ]


def test_only_what_is_released_is_declared_and_late_ones_follow(firm):
    listed(firm, 2, "120")
    told(firm, "603", "120", "800", only=[documents(firm, "603")[0].own_no])

    assert followed(firm)["booked"] == 1
    assert declared(firm) == ONE
    told(firm, "603", "800")
    assert followed(firm)["booked"] == 1
    assert len(declared(firm)) == 4


def test_a_cancelled_list_is_withdrawn_and_the_log_keeps_what_it_said(firm):
    listed(firm, 1, "800")
    followed(firm)
    with within(firm):
        settling.cancel(Booking.objects.get().id, "重复申报")
    told(firm, "605", "399")

    assert followed(firm)["withdrawn"] == 1
    assert declared(firm) == []
    assert [each.state for each in bookings(firm)] == ["withdrawn"]
    with within(firm):
        entry = AuditEntry.objects.get(action="declaration.withdrawn")
        assert entry.facts["lines"][0][2:4] == ["LAMP-1", 1]
    assert followed(firm)["withdrawn"] == 0


def test_a_refused_cancellation_changes_nothing(firm):
    listed(firm, 1, "800")
    followed(firm)
    with within(firm):
        settling.cancel(Booking.objects.get().id, "重复申报")
    told(firm, "605", "100")
    followed(firm)

    assert declared(firm) == ONE


def changed(firm, quantity, status="800"):
    """A newer version of the one list, of so many lamps."""
    (before,) = documents(firm, "603")
    data = {**before.data, "InventoryHead": {**before.data["InventoryHead"], "appType": "2"}}
    data["InventoryHead"].pop("guid")
    lines = [{**row} for row in data["InventoryList"]]
    lines[0]["qty"], lines[0]["totalPrice"] = str(quantity), str(10 * quantity)
    data["InventoryList"] = lines
    with within(firm):
        add_documents("603", [data])
        send()
    told(firm, "603", status)


def test_a_changed_list_is_rebooked_once_customs_released_the_change(firm):
    listed(firm, 1, "800")
    followed(firm)
    changed(firm, 5, "120")
    followed(firm)
    assert declared(firm) == ONE

    told(firm, "603", "800")
    assert followed(firm)["rebooked"] == 1
    assert declared(firm)[0] == (list_no(1), 1, "LAMP-1", 5, 5000)
    assert followed(firm)["rebooked"] == 0


def test_what_is_in_use_is_not_changed_but_shown_until_somebody_takes_it_over(firm):
    listed(firm, 1, "800")
    followed(firm)
    with within(firm):
        DeclarationLine.objects.filter(item_no=1).update(linked=1)
    changed(firm, 5)

    assert followed(firm)["disagree"] == 1
    assert declared(firm) == ONE
    (found,) = bookings(firm)
    assert (found.state, found.cause) == ("disagrees", "in_use")
    with within(firm):
        settling.take_over(found.id, "the broker corrects it")
        with pytest.raises(NotOpen):
            settling.take_over(found.id, "again")
    assert followed(firm)["disagree"] == 0
    assert declared(firm) == ONE


def test_a_disagreement_ends_by_itself_once_its_cause_is_gone(firm):
    listed(firm, 1, "800")
    followed(firm)
    with within(firm):
        DeclarationLine.objects.filter(item_no=1).update(linked=1)
    changed(firm, 5)
    followed(firm)
    with within(firm):
        DeclarationLine.objects.filter(item_no=1).update(linked=0)

    assert followed(firm)["rebooked"] == 1
    assert declared(firm)[0][3] == 5
    assert bookings(firm)[0].state == "booked"


def test_customs_that_says_two_things_books_nothing(firm):
    listed(firm, 1, "800", "100")

    assert followed(firm)["disagree"] == 1
    assert declared(firm) == []
    assert bookings(firm)[0].cause == "contradicted"


def test_a_declaration_that_somebody_entered_otherwise_is_left_and_told(firm):
    listed(firm, 2, "120")
    other = Declared(list_no(1), 1, "LAMP-1", "9610", ON, 7, 7000, "EUR", "DE")
    with within(firm):
        declaring.put([other])
    told(firm, "603", "800")

    assert followed(firm) == {"booked": 1, "rebooked": 0, "withdrawn": 0, "disagree": 1}
    found = {each.declaration_no: each.cause for each in bookings(firm)}
    assert found == {"": "refused", list_no(2): ""}
    assert declared(firm)[0] == (list_no(1), 1, "LAMP-1", 7, 7000)


def test_what_is_declared_by_the_dozen_is_booked_in_stock_units(firm):
    dozen = {"unit": "011", "per_unit": "1/12", "name_zh": "灯泡"}
    accepted(firm, goods("BULB-1", **DECLARED | dozen))
    ids = parcels(firm)
    with within(firm), pytest.raises(NotReady) as refused:  # two bulbs are no part of a dozen
        open_flow("9610_list_a", ids, ON, {})
    assert [(m["name"], m["found"]) for m in refused.value.facts["missing"]] == [
        ("BULB-1", "quantity_not_exact")
    ]

    pair = {**dozen, "per_unit": "0.5", "unit": "025"}
    accepted(firm, goods("BULB-1", **DECLARED | pair))
    with within(firm):
        flow = open_flow("9610_list_a", ids, ON, {})
        take_step(flow.id, ORDERS)
    for kind in ("303", "505"):
        told(firm, kind, "120")
    with within(firm):
        take_step(flow.id, LISTS)
    told(firm, "603", "800")

    (of_order,), (listed,) = documents(firm, "303"), documents(firm, "603")
    row = listed.data["InventoryList"][1]
    assert (row["qty"], row["unit"], row["price"], row["qty2"]) == ("1", "025", "20", "0.2")
    assert of_order.data["OrderList"][1]["qty"] == "1"
    assert followed(firm)["booked"] == 1
    assert declared(firm) == ONE


def test_a_list_of_goods_that_nobody_classified_is_not_guessed(firm):
    listed(firm, 1, "120", "800")
    with within(firm):
        recording.undo([Classification.objects.get(sku="BULB-1").id], "wrong")

    assert followed(firm)["disagree"] == 1
    assert bookings(firm)[0].cause == "not_classified"


@pytest.mark.parametrize(
    ("field", "value", "cause"),
    [
        ("itemNo", "NOBODY", "unknown_sku"),
        ("currency", "555", "no_code"),
        ("country", "555", "no_code"),
        ("unit", "555", "other_unit"),
        ("qty", "1.5", "part_units"),
        ("totalPrice", "10.001", "part_amount"),
    ],
)
def test_a_list_that_cannot_be_told_for_sure_is_not_guessed(firm, field, value, cause):
    listed(firm, 1, "120")
    with within(firm):
        found = Document.objects.get(kind="CEB603Message")
        found.data["InventoryList"][0][field] = value
        found.save(update_fields=["data"])
    told(firm, "603", "800")

    assert followed(firm)["disagree"] == 1
    assert declared(firm) == []
    assert bookings(firm)[0].cause == cause
