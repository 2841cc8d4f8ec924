# SPDX-License-Identifier: Apache-2.0
"""Take a step of a flow: draft its documents from the goods, and hand them to customs.

Each step is taken in its turn (`flows.closed_because`). What was refused is drafted anew from what
the desk knows by now; what customs has is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from entrepot.customs.messages.faults import FaultyMessage
from entrepot.customs.sending import outbox
from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.states import NEW
from entrepot.declaring import building
from entrepot.declaring.asked import LIST, OPTIONAL, ORDER, WAYBILL
from entrepot.declaring.building import Drafting, kilos
from entrepot.declaring.classified import unfit_lines
from entrepot.declaring.configuring import Known, known
from entrepot.declaring.flows import (
    ARRIVES,
    DEPARTS,
    HOUSES,
    LISTS,
    NONE,
    ORDERS,
    REFUSED,
    STEPS,
    Stand,
)
from entrepot.declaring.goods import read
from entrepot.declaring.models import Flow
from entrepot.declaring.opening import drafting, way_of
from entrepot.declaring.refusals import Missing, OutOfTurn, not_ready
from entrepot.declaring.standing import Standing, standing
from entrepot.people.audit import record

_ORDERED: Final = {ORDER: building.order, WAYBILL: building.waybill}
#: What the head of each document of a whole flow holds besides its own, of what is said.
_HEADS: Final = {
    ARRIVES: (
        "customsCode", "operatorCode", "operatorName", "loctNo", "trafMode", "billNo",
        "domesticTrafNo", "logisticsCode", "logisticsName",
    ),
    HOUSES: (
        "customsCode", "agentCode", "agentName", "loctNo", "trafMode", "trafName", "voyageNo",
        "billNo", "domesticTrafNo", "logisticsCode", "logisticsName",
    ),
    DEPARTS: (
        "customsCode", "logisticsCode", "logisticsName", "trafMode", "trafName", "voyageNo",
        "billNo", "leaveTime",
    ),
}  # fmt: skip
_PARTS: Final = {
    ARRIVES: ("ArrivalHead", "ArrivalList"),
    HOUSES: ("WayBillHead", "WayBillList"),
    DEPARTS: ("DepartureHead", "DepartureList"),
}
#: May be left out of these: whoever knows the voyage only later tells it then.
_MAY_LACK: Final = {
    ARRIVES: frozenset({"billNo"}),
    HOUSES: frozenset({"domesticTrafNo"}),
    DEPARTS: frozenset({"trafName", "voyageNo", "billNo"}),
}


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step did: documents that were drafted, and messages that they are in."""

    step: str
    documents: int
    messages: int


def take_step(flow: UUID, step: str) -> Stepped:
    """Draft the documents of a step, sign them and have them sent: all of them, or none.

    Raises:
        Flow.DoesNotExist: there is no such flow.
        OutOfTurn: it is not the turn of this step.
        NotReady: with everything that is missing.
        NoSetup, NoSigner: it is not set who sends, or there is no key.
        UnderWay: customs has a document of that number from elsewhere.
    """
    found = Flow.objects.select_for_update(no_key=True).get(id=flow)
    its = standing(found)
    at = next((each for each in its.steps if each.name == step), None)
    if at is None or not at.may:
        raise OutOfTurn(
            f"Cannot take the step {step} of {found.number}.",
            f"It is not its turn: {at.closed if at else 'there is no such step'}.",
            f"Take {its.next} first." if its.next else "Wait for customs.",
            closed=at.closed if at else "",
        )
    if step in (ORDERS, LISTS):
        documents = _of_tickets(found, its, step)
    else:
        documents = {STEPS[step][0]: [_whole(found, its, step)]}
    ids = [id for kind, rows in documents.items() for id in _added(found, kind, rows)]
    sent = outbox.send(ids) if ids else []
    record("declaring.stepped", found.number, step=step, documents=len(ids))
    return Stepped(step, len(ids), len(sent))


def _of_tickets(flow: Flow, its: Standing, step: str) -> dict[str, list[dict[str, Any]]]:
    """Documents of the tickets whose turn it is, by kind."""
    wanted = {
        each["source_id"]: Stand(each["order_state"], each["waybill_state"], each["list_state"])
        for each in its.going()
    }
    numbers = {each["source_id"]: each["list_no"] for each in its.going()}
    chosen = [
        id for id, stand in wanted.items()
        if (stand.may_order() if step == ORDERS else stand.may_list())
    ]  # fmt: skip
    drafts = [
        replace(each, list_no=numbers[each.goods.id])
        for each in drafting_of(flow, chosen, known(flow.said))
    ]
    made: dict[str, list[dict[str, Any]]] = {}
    missing: list[Missing] = []
    for draft in drafts:
        draft.check()
        for kind, write in _writers(step, wanted[draft.goods.id]):
            made.setdefault(kind, []).append(write(draft))
        missing += draft.missing
    missing += unfit_lines(drafts)
    missing += _gone(its, {draft.goods.id for draft in drafts}, chosen)
    if missing:
        raise not_ready(f"the {step} of {flow.number}", missing)
    return made


def drafting_of(flow: Flow, sources: Sequence[UUID], said: Known) -> list[Drafting]:
    """Tickets of a flow, ready to be written from what the desk knows now."""
    way = way_of(flow.way)
    return drafting(read(way.source, sources), way, said, flow.on, flow.number)


def _writers(step: str, stand: Stand) -> list[tuple[str, Callable[[Drafting], dict[str, Any]]]]:
    if step == LISTS:
        return [(LIST, building.inventory)]
    states = {ORDER: stand.order, WAYBILL: stand.waybill}
    return [
        (kind, write) for kind, write in _ORDERED.items()
        if states[kind] == NONE or states[kind] in REFUSED
    ]  # fmt: skip


def _gone(its: Standing, there: set[UUID], chosen: Sequence[UUID]) -> list[Missing]:
    """Tickets whose parcel was unpacked, or whose consignment is gone."""
    return [
        Missing("gone", each["logistics_no"], each["order_no"])
        for each in its.going()
        if each["source_id"] in chosen and each["source_id"] not in there
    ]


def _whole(flow: Flow, its: Standing, step: str) -> dict[str, Any]:
    """The one document of a whole flow, with a line for each waybill; long ones go in parts."""
    said, missing = known(flow.said).said, []
    head: dict[str, Any] = {"copNo": flow.number}
    for name in _HEADS[step]:
        value = said.get(name, "")
        if value:
            head[name] = value
        elif name not in OPTIONAL and name not in _MAY_LACK[step]:
            missing.append(Missing("said", name))
    if step == ARRIVES:
        head["ieFlag"] = "E"
    if step == HOUSES:
        head["grossWeight"] = _gross(flow, its)
    if missing:
        raise not_ready(f"the {step} of {flow.number}", missing)
    package = {"totalPackageNo": said["totalPackageNo"]} if said.get("totalPackageNo") else {}
    rows = [
        {
            "gnum": at,
            "logisticsNo": each["logistics_no"],
            **package,
            **({"invtNo": each["declaration_no"]} if step == HOUSES else {}),
        }
        for at, each in enumerate(its.going(), 1)
    ]
    head_name, list_name = _PARTS[step]
    return {head_name: head, list_name: rows}


def _gross(flow: Flow, its: Standing) -> str:
    """What all of it weighs, in kg: what the parcels weigh, or what is said of a consignment."""
    said = known(flow.said)
    drafts = drafting_of(flow, [each["source_id"] for each in its.going()], said)
    if way_of(flow.way).source == "consignment":
        return drafts[0].gross() if drafts else "0"
    return kilos(sum(each.goods.weight_g or 0 for each in drafts))


def _added(flow: Flow, kind: str, rows: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """The documents that wait to be sent, of those that were added."""
    try:
        added = add_documents(kind, rows)
    except FaultyMessage as error:
        numbers = [_number_of(each) for each in rows]
        raise not_ready(
            f"{flow.number}", [_told(fault, numbers) for fault in error.faults]
        ) from error
    return [each.id for each in added.documents if each.outcome == NEW]


def _told(fault: Any, numbers: Sequence[str]) -> Missing:
    """A fault of a message, as something that an order lacks."""
    before, _, after = fault.place.partition("]")
    at = before.rpartition("[")[2]
    number = numbers[int(at) - 1] if at.isdigit() and int(at) <= len(numbers) else ""
    return Missing("fault", after.lstrip("/"), number, 0, f"{fault.found} {fault.expected}")


def _number_of(row: Mapping[str, Any]) -> str:
    head = next((value for name, value in row.items() if name.endswith("Head")), row)
    return str(head.get("orderNo") or head.get("logisticsNo") or head.get("copNo") or "")
