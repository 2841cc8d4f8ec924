# SPDX-License-Identifier: Apache-2.0
"""Parcels become orders, waybills and lists, step by step, to the departure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.customs.classifying import recording
from entrepot.customs.classifying.models import Classification
from entrepot.customs.sending.states import OUTCOMES
from entrepot.declaring.configuring import change_setup
from entrepot.declaring.flows import (
    ARRIVES,
    DEPARTS,
    HOUSES,
    LISTS,
    ORDERS,
    RELEASED,
    TAKEN,
    WAYS,
    Stand,
    closed_because,
)
from entrepot.declaring.models import Flow
from entrepot.declaring.opening import leave_out, open_flow, say
from entrepot.declaring.refusals import NothingToDeclare, NotReady, OutOfTurn
from entrepot.declaring.standing import standing
from entrepot.declaring.stepping import take_step
from entrepot.people.tenancy import within
from entrepot.warehouse.models import Parcel
from tests.declaring.kit import ON, VOYAGE, documents, parcels, told


def opened(firm, count=1, way="9610_list_a", **said):
    ids = parcels(firm, count)
    with within(firm):
        return open_flow(way, ids, ON, said)


def step(firm, flow, name):
    with within(firm):
        return take_step(flow.id, name)


def stands(firm, flow):
    with within(firm):
        return standing(Flow.objects.get(id=flow.id))


def test_parcels_go_from_the_order_to_the_departure(firm):
    flow = opened(firm, 3)

    assert step(firm, flow, ORDERS).documents == 6
    told(firm, "303", "120")
    told(firm, "505", "120")
    assert step(firm, flow, LISTS).documents == 3
    told(firm, "603", "120", "800")
    with within(firm):
        say(flow.id, VOYAGE)
    assert step(firm, flow, ARRIVES).documents == 1
    assert step(firm, flow, HOUSES).documents == 1
    told(firm, "507", "120")
    told(firm, "607", "120")
    assert step(firm, flow, DEPARTS).documents == 1
    told(firm, "509", "120")

    its = stands(firm, flow)
    assert [each.closed for each in its.steps] == ["done"] * 5
    assert its.next == ""
    (departure,) = documents(firm, "509")
    assert [row["logisticsNo"] for row in departure.data["DepartureList"]] == [
        "T00001", "T00002", "T00003",
    ]  # fmt: skip


def test_nothing_is_done_out_of_turn(firm):
    flow = opened(firm, 2)
    for name in (LISTS, ARRIVES, HOUSES, DEPARTS):
        with pytest.raises(OutOfTurn):
            step(firm, flow, name)
    step(firm, flow, ORDERS)
    with pytest.raises(OutOfTurn) as refused:
        step(firm, flow, ORDERS)

    assert refused.value.facts["closed"] == "done"
    assert len(documents(firm, "303")) == 2


def test_what_was_refused_is_drafted_anew_from_what_the_desk_knows_by_then(firm):
    flow = opened(firm, 2)
    step(firm, flow, ORDERS)
    told(firm, "303", "120")
    told(firm, "505", "100", only=["T00001"])
    told(firm, "505", "120", only=["T00002"])
    with within(firm):
        change_setup({"logisticsName": "宁波新物流"})

    assert step(firm, flow, ORDERS).documents == 1
    first, second = documents(firm, "505")
    assert (first.version, first.data["logisticsName"]) == (2, "宁波新物流")
    assert second.version == 1
    assert step(firm, flow, LISTS).documents == 1  # of the one that customs has


def test_what_is_left_out_keeps_the_others_from_nothing_and_goes_in_another_flow(firm):
    flow = opened(firm, 2)
    with within(firm):
        ticket = flow.tickets.get(order_no="O-1")
        leave_out(ticket.id, "damp")
        open_flow("9610_list_a", [ticket.source_id], ON, {})
        with pytest.raises(NothingToDeclare):
            open_flow("9610_list_a", [ticket.source_id], ON, {})

    assert step(firm, flow, ORDERS).documents == 2


def test_everything_that_is_missing_is_told_at_once_and_nothing_is_opened(firm):
    ids = parcels(firm, 2)
    with within(firm):
        Parcel.objects.filter(id=ids[0]).update(weight_g=None, tracking="")
        recording.undo([Classification.objects.get(sku="LAMP-1").id], "wrong")
        change_setup({"portCode": ""})
        with pytest.raises(NotReady) as refused:
            open_flow("9610_list_a", ids, ON, {})
        assert not Flow.objects.exists()

    found = {(m["code"], m["name"], m["order_no"]) for m in refused.value.facts["missing"]}
    number = {("not_weighed", ""), ("no_tracking", "")}
    assert {(code, "") for code, _, order in found if order == "O-1"} >= number
    lamps = {("not_classified", "LAMP-1", "O-1"), ("not_classified", "LAMP-1", "O-2")}
    assert lamps <= found
    assert ("said", "portCode", "") in found


_STATES = st.sampled_from(["", *OUTCOMES])


@given(st.lists(st.builds(Stand, _STATES, _STATES, _STATES), max_size=4), st.data())
def test_no_departure_without_the_release_of_every_list(tickets, data):
    whole = {name: data.draw(_STATES) for name in (ARRIVES, HOUSES, DEPARTS)}
    way = WAYS["9610_list_b"]
    if not closed_because(DEPARTS, tickets, whole, way):
        assert tickets
        assert all(each.list in RELEASED for each in tickets)
        assert whole[ARRIVES] in TAKEN
    if not closed_because(ARRIVES, tickets, whole, way):
        assert all(each.list in TAKEN for each in tickets)
