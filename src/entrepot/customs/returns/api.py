# SPDX-License-Identifier: Apache-2.0
"""Returns through customs for programs and hand-helds: cases, scans of numbers, clocks."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from entrepot.customs.returns import drafting, lists, scanning, stepping
from entrepot.customs.returns.drafting import NewCase, Wanted
from entrepot.customs.returns.models import Case, CaseLine
from entrepot.customs.returns.proving import Proof
from entrepot.customs.returns.repaying import due
from entrepot.customs.returns.scanning import ScanHome, ScanOut
from entrepot.customs.returns.shapes import (
    AnnounceHomeIn,
    ArriveIn,
    CaseIn,
    CaseLineOut,
    CaseListedOut,
    CaseOut,
    CaseStepOut,
    CheckIn,
    ClearIn,
    ClockOut,
    IdentitiesOut,
    IdentityListedOut,
    IdentityOut,
    Narrow,
    NewScansOut,
    ProofsOut,
    ScansHomeIn,
    ScansOutIn,
    UndoScanIn,
    WhyHomeIn,
)
from entrepot.customs.returns.states import State
from entrepot.ledger.lists import List
from entrepot.people.access import Access, needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.fields import Unasked
from entrepot.web.paging import Page, Paging
from entrepot.web.reading import bulk

READ, WRITE, SCAN, REPAY = "inbound.read", "customs.write", "inbound.write", "money.write"
cases = Router(tags=["returns home"])
marks = Router(tags=["returns home"])
clocks = Router(tags=["returns home"])


@cases.post("", response=CaseOut, auth=needs(WRITE))
def draft_return_home(request: HttpRequest, body: CaseIn) -> Case:
    """Draft a return; the same sent again is the same.

    Answers 422 `returning.unfit` with every line that is not declared or lies nowhere abroad, or
    409 `returning.says_otherwise`.
    """
    says = body.model_dump() | {"lines": [Wanted(**each.model_dump()) for each in body.lines]}
    return drafting.draft(NewCase(**says))


@cases.get("", response=Page[CaseListedOut], auth=needs(READ))
def list_returns_home(
    request: HttpRequest, page: Query[Paging], number: Narrow = "", state: Unasked[State] = None
) -> dict[str, Any]:
    """Returns, the latest first."""
    return _page_of(page, lists.cases(number, state or ""))


@cases.get("/{uuid:id}", response=CaseOut, auth=needs(READ))
def show_return_home(request: HttpRequest, id: UUID) -> Case:
    """Show a return."""
    return Case.objects.get(id=id)


@cases.get("/{uuid:id}/lines", response=Page[CaseLineOut], auth=needs(READ))
def list_return_home_lines(request: HttpRequest, id: UUID, page: Query[Paging]) -> dict[str, Any]:
    """The lines of a return, each with what of the refund it is to repay."""
    Case.objects.only("id").get(id=id)
    found = _page_of(page, lists.lines(id))
    every = CaseLine.objects.filter(case_id=id).order_by("line_no")
    parts = {each.line_no: each for each in due(id, every)}
    for line in found["items"]:
        its = parts[line["line_no"]]
        line |= {"due": its.amount, "closed_on": its.closed_on}
    return found


@cases.get("/{uuid:id}/steps", response=Page[CaseStepOut], auth=needs(READ))
def list_return_home_steps(request: HttpRequest, id: UUID, page: Query[Paging]) -> dict[str, Any]:
    """What happened to a return: who and when."""
    Case.objects.only("id").get(id=id)
    found = _page_of(page, lists.steps(id))
    for step in found["items"]:
        step["facts"] = json.loads(step["facts"])
    return found


@cases.get("/{uuid:id}/proofs", response=ProofsOut, auth=needs(READ))
def show_return_home_proofs(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Of every unit of a return how it is known which one it is."""
    return {"proofs": [_proof(each) for each in scanning.proofs_of(id)]}


@cases.post("/{uuid:id}/check", response=CaseOut, auth=needs(WRITE))
def check_return_home(request: HttpRequest, id: UUID, body: CheckIn) -> Case:
    """Have the rules judge a draft.

    Answers 409 `returning.not_allowed` where a rule forbids it; where none decides,
    `returning.needs_reason` without a note, or `returning.own_case` to whoever drafted it.
    """
    return stepping.check(id, body.note)


@cases.post("/{uuid:id}/clear", response=CaseOut, auth=needs(REPAY))
def clear_return_home(request: HttpRequest, id: UUID, body: ClearIn) -> Case:
    """Say that its refund is repaid, or that there was none.

    Answers 409 `returning.other_amount` where it is not what the last close says and no note says
    why, or 422 `returning.unfit` without a certificate.
    """
    return stepping.clear(id, body.certificate_no, body.amount, body.note, body.on)


@cases.post("/{uuid:id}/announce", response=CaseOut, auth=needs(WRITE))
def announce_return_home(request: HttpRequest, id: UUID, body: AnnounceHomeIn) -> Case:
    """Name the declaration of a return, or answer 409 `returning.not_allowed`: its time is over."""
    return stepping.announce(id, body.declaration_no, body.on)


@cases.post("/{uuid:id}/arrive", response=CaseOut, auth=needs(WRITE))
def take_return_home_in(request: HttpRequest, id: UUID, body: ArriveIn) -> Case:
    """Take a return in: the book moves its units home, or 409 `ledger.below_zero`."""
    return stepping.arrive(id, body.on, body.note)


@cases.post("/{uuid:id}/cancel", response=CaseOut, auth=needs(WRITE))
def cancel_return_home(request: HttpRequest, id: UUID, body: WhyHomeIn) -> Case:
    """Give a return up, or answer 409 `returning.wrong_state`: it has arrived."""
    return stepping.cancel(id, body.note)


@cases.post("/{uuid:id}/undo", response=CaseOut, auth=needs(WRITE))
def undo_return_home(request: HttpRequest, id: UUID, body: WhyHomeIn) -> Case:
    """Take the last step back by another; that of a refund by who may repay it."""
    may_undo(request.access, id)  # type: ignore[attr-defined]
    return stepping.undo(id, body.note)


@cases.post("/{uuid:id}/scans", response=IdentitiesOut, auth=needs(SCAN))
@bulk
def scan_return_home(request: HttpRequest, id: UUID, body: ScansHomeIn) -> dict[str, Any]:
    """Take in numbers of units that came home, as hand-helds send them: each once, by itself.

    What is `refused` says why, and proves nothing. Answers 422 `returning.unfit` where it is not
    known of which article a number is.
    """
    return {"scans": scanning.scan_home(id, [ScanHome(**each.model_dump()) for each in body.scans])}


@marks.post("/bulk", response=NewScansOut, auth=needs(SCAN))
@bulk
def scan_units_out(request: HttpRequest, body: ScansOutIn) -> dict[str, int]:
    """Take in up to 10,000 numbers of units that leave, all of them or none.

    Answers 422 `returning.unfit` with every scan that cannot be.
    """
    return {"new": scanning.scan_out([ScanOut(**each.model_dump()) for each in body.scans])}


@marks.post("/undo", response=IdentityOut, auth=needs(SCAN))
def undo_unit_scan(request: HttpRequest, body: UndoScanIn) -> Any:
    """Take a scan back by another.

    Answers 422 `returning.unfit` where there is none, 409 `returning.wrong_state` where it counts
    for nothing or others rest on it.
    """
    return scanning.undo_scan(body.number, body.by)


@marks.get("", response=Page[IdentityListedOut], auth=needs(READ))
def list_unit_scans(
    request: HttpRequest,
    page: Query[Paging],
    way: Unasked[Literal["out", "home"]] = None,
    identity: Narrow = "",
    case: Unasked[UUID] = None,
) -> dict[str, Any]:
    """Scans of numbers, the latest first."""
    return _page_of(page, lists.scans(way or "", identity, case=case))


@clocks.get("", response=Page[ClockOut], auth=needs(READ))
def list_return_clocks(
    request: HttpRequest,
    page: Query[Paging],
    within: Unasked[Annotated[int, Field(ge=0, le=3650)]] = None,
    mode: Narrow = "",
    declaration_no: Narrow = "",
    sku: Narrow = "",
) -> dict[str, Any]:
    """Declaration lines with units that are not home, the oldest first, with both their clocks."""
    return _page_of(page, lists.clocks(timezone.localdate(), within, mode, declaration_no, sku))


ROUTERS: Final = (("/returns-home", cases), ("/unit-scans", marks), ("/return-clocks", clocks))


def may_undo(access: Access, case: UUID) -> None:
    """Refuse who may not take the last step of a case back.

    Raises:
        NotAllowed: it is one of a refund, and they may not write of money.
    """
    last = stepping.last_step(case)
    if last is not None and last.event.startswith("refund_"):
        access.need(REPAY)


def _page_of(page: Paging, found: List) -> dict[str, Any]:
    with raw_cursor() as cursor:
        given = {**found.given, "enterprise": acting().enterprise}
        return page.of_sql(cursor, found.statement, given, *found.by)


def _proof(proof: Proof) -> dict[str, Any]:
    declaration_no, item_no = proof.line or (None, None)
    return {
        "sku": proof.sku, "proof": proof.proof, "kind": proof.kind, "identity": proof.identity,
        "declaration_no": declaration_no, "item_no": item_no, "quantity": proof.quantity,
    }  # fmt: skip
