# SPDX-License-Identifier: Apache-2.0
"""What follows from a way: what goes along it, which documents, and in which turn their steps are.

Nothing here reads or writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from entrepot.customs.sending import states
from entrepot.declaring.asked import ARRIVAL, DEPARTURE, HOUSE, LIST, ORDER, WAYBILL
from entrepot.declaring.models import CONSIGNMENT, PARCEL

ORDERS, LISTS, ARRIVES, HOUSES, DEPARTS = "orders", "lists", "arrival", "houses", "departure"
#: In their turn, with the messages that each sends.
STEPS: Final = {
    ORDERS: (ORDER, WAYBILL),
    LISTS: (LIST,),
    ARRIVES: (ARRIVAL,),
    HOUSES: (HOUSE,),
    DEPARTS: (DEPARTURE,),
}
#: Steps of every ticket; the others are of the whole flow.
OF_TICKETS: Final = (ORDERS, LISTS)
RELEASED: Final = frozenset({states.RELEASED, states.CLOSED})
#: Customs has it, and said nothing against it.
TAKEN: Final = frozenset({states.TAKEN_IN, states.HELD, states.EXAMINED}) | RELEASED
REFUSED: Final = states.OPENS
#: What is filed with no message that was read, so that the desk tells its items and no more: by
#: the form of a way, why its later steps are closed.
BY_FORM, BY_OUTBOUND_LIST = "form", "outbound_list"
CLOSED_BY: Final = {BY_FORM: "by_form", BY_OUTBOUND_LIST: "by_outbound_list"}
#: There is none yet.
NONE: Final = ""


@dataclass(frozen=True, slots=True)
class Way:
    """A way as documents tell it.

    `order_type`: of the order, E to a consumer, B to a firm, W booked for a warehouse overseas.
    `source`: what goes along it. `buyer`: as the ways are judged by.

    Source:
        codes of the order as the messages document them; that a list of 9710 or 9810 is the
        message of lists with that mode is likely, and no sample of one was seen; that the order of
        1210 in bulk is of type W is our reading of what W stands for.
    """

    mode: str
    form: str
    flag: str
    order_type: str
    source: str
    buyer: str


WAYS: Final = {
    "9610_list_b": Way("9610", "list", "B", "E", PARCEL, "consumer"),
    "9610_list_a": Way("9610", "list", "A", "E", PARCEL, "consumer"),
    "9710_list": Way("9710", "list", "", "B", PARCEL, "firm"),
    "9710_form": Way("9710", BY_FORM, "", "B", PARCEL, "firm"),
    "9810_list": Way("9810", "list", "", "W", CONSIGNMENT, "own_warehouse"),
    "9810_form": Way("9810", BY_FORM, "", "W", CONSIGNMENT, "own_warehouse"),
    "1210_parcels": Way("1210", "list", "", "E", PARCEL, "consumer"),
    "1210_bulk": Way("1210", BY_OUTBOUND_LIST, "", "W", CONSIGNMENT, "own_warehouse"),
}


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a ticket stands: the outcomes of its order, waybill and list; empty where none is."""

    order: str = NONE
    waybill: str = NONE
    list: str = NONE

    def may_list(self) -> bool:
        """Whether its list may be drafted: customs has order and waybill, and no good list."""
        has_both = self.order in TAKEN and self.waybill in TAKEN
        return has_both and (self.list == NONE or self.list in REFUSED)

    def may_order(self) -> bool:
        """Whether its order or waybill is to be drafted, anew where it was refused."""
        return any(each == NONE or each in REFUSED for each in (self.order, self.waybill))


def closed_because(step: str, tickets: list[Stand], whole: Mapping[str, str], way: Way) -> str:
    """Why it is not a step's turn: a code that the pages have words for; empty where it is.

    Args:
        tickets: of those that go along.
        whole: the outcome of each step of the whole flow, by step.

    Holds:
        a list has its order and waybill at customs; arrival and house have every list there, and
        departure has every list released.

    Source: flow of 9610, domain rules; that only 9610 and 1210 need the arrival is our own policy
    """
    if not tickets:
        return "no_tickets"
    if step == ORDERS:
        return "" if any(each.may_order() for each in tickets) else "done"
    if way.form in CLOSED_BY:
        return CLOSED_BY[way.form]
    if step == LISTS:
        if any(each.may_list() for each in tickets):
            return ""
        is_all = all(each.list not in {NONE, *REFUSED} for each in tickets)
        return "done" if is_all else "needs_orders"
    if whole.get(step, NONE) not in {NONE, *REFUSED}:
        return "done"
    if any(each.list not in TAKEN for each in tickets):
        return "needs_lists"
    if step != DEPARTS:
        return ""
    if any(each.list not in RELEASED for each in tickets):
        return "needs_release"
    needs_arrival = way.mode in ("9610", "1210")
    return "needs_arrival" if needs_arrival and whole.get(ARRIVES, NONE) not in TAKEN else ""
