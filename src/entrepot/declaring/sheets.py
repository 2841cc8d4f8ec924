# SPDX-License-Identifier: Apache-2.0
"""What a flow says on paper: the booking order of 9810, and the items of a declaration form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from entrepot.declaring import building
from entrepot.declaring.building import Drafting
from entrepot.declaring.configuring import known
from entrepot.declaring.models import Flow, Ticket
from entrepot.declaring.opening import way_of
from entrepot.declaring.refusals import NotOpen, not_ready
from entrepot.declaring.stepping import drafting_of
from entrepot.logistics.drafting import booking_of
from entrepot.papers.booking_order import BookedLine, BookingOrder

#: What the items of a list or form say, in the order of the message.
ITEM: Final = (
    "itemNo", "itemRecordNo", "gcode", "gname", "gmodel", "qty", "unit", "qty1", "unit1", "qty2",
    "unit2", "price", "totalPrice", "currency", "country",
)  # fmt: skip


def drafted(flow: Flow) -> list[Drafting]:
    """The tickets of a flow that go along, ready to be written."""
    sources = Ticket.objects.filter(flow=flow, left_out="").order_by("at")
    return drafting_of(flow, list(sources.values_list("source_id", flat=True)), known(flow.said))


def items(flow: Flow) -> Iterator[dict[str, Any]]:
    """Every item of every ticket: what a list says, or a form is filled in with."""
    for draft in drafted(flow):
        made = building.inventory(draft)
        for row in made["InventoryList"]:
            yield {
                "order_no": draft.goods.order_no,
                "item_no": row["gnum"],
                **{name: row.get(name, "") for name in ITEM},
            }


def booking(flow: UUID) -> BookingOrder:
    """The booking order (订仓单) of a flow of 9810, with every column of the template.

    Raises:
        Flow.DoesNotExist: there is no such flow.
        NotOpen: it does not go to a warehouse overseas.
        NotReady: with everything that is missing.
    """
    found = Flow.objects.get(id=flow)
    if way_of(found.way).order_type != "W":
        raise NotOpen(
            f"Cannot make a booking order of {found.number}.",
            "Only what goes to a warehouse of the firm overseas (9810) has one.",
            "Choose a flow of 9810.",
        )
    (draft,) = drafted(found)
    order, made = building.order(draft), building.inventory(draft)
    if draft.missing:
        raise not_ready(f"the booking order of {found.number}", draft.missing)
    head = order["OrderHead"]
    return replace(
        booking_of(draft.goods.id),
        platform=head["ebpName"], platform_code=head["ebpCode"], currency=head["currency"],
        lines=tuple(_booked(row) for row in made["InventoryList"]),
    )  # fmt: skip


def _booked(row: dict[str, Any]) -> BookedLine:
    return BookedLine(
        row["itemName"], row["itemNo"], row["gcode"], row["gmodel"], Decimal(row["qty"]),
        row["unit"], row["unit1"], Decimal(row["qty1"]), Decimal(row["price"]),
        Decimal(row["totalPrice"]),
    )  # fmt: skip
