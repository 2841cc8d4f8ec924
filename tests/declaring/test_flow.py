# SPDX-License-Identifier: Apache-2.0
"""Parcels become orders, waybills and lists, step by step, to the departure."""

from __future__ import annotations

from entrepot.declaring.flows import ARRIVES, DEPARTS, HOUSES, LISTS, ORDERS
from entrepot.declaring.models import Flow
from entrepot.declaring.opening import open_flow, say
from entrepot.declaring.standing import standing
from entrepot.declaring.stepping import take_step
from entrepot.people.tenancy import within
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
