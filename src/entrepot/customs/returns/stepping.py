# SPDX-License-Identifier: Apache-2.0
"""Lead a case home: checked, its refund repaid, announced, arrived in the book; or cancelled.

Each step is a row of its own, and taking one back is another.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from entrepot.catalog.forms import Fault, shown
from entrepot.catalog.models import Warehouse
from entrepot.customs.returns import repaying, room
from entrepot.customs.returns.judging import Verdict, judged
from entrepot.customs.returns.models import Case, CaseLine, CaseStep
from entrepot.customs.returns.refusals import (
    NeedsReason,
    NotAllowed,
    OtherAmount,
    OwnCase,
    WrongState,
    refuse_faults,
)
from entrepot.customs.returns.rules import ASK, REFUSED
from entrepot.customs.returns.scanning import proofs_of
from entrepot.customs.returns.states import STEPS, Event
from entrepot.ledger.actions import post, reverse
from entrepot.ledger.document import Document, Line
from entrepot.ledger.opening import open_places
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: The kind of document in the book with which a case comes home.
KIND: Final = "returned_home"


def check(case: UUID, note: str = "") -> Case:
    """Have the rules judge a case for the day on which it is to return.

    What no rule decides goes on with a note that says why, by somebody who did not draft it.

    Raises:
        Case.DoesNotExist: there is no such case.
        WrongState: it is not a draft.
        NotAllowed: a rule of customs forbids one of its lines.
        NeedsReason: no rule decides about one of its lines, and no note says who did.
        OwnCase: no rule decides, and whoever asks drafted it.
    """
    found = _held(case, "checked")
    said = judged(found, _lines(case), found.returns_on)
    asked = f"Cannot check return {found.number}."
    _refuse_forbidden(asked, said)
    if said.customs == ASK:
        first = said.first(ASK)
        if not note:
            raise NeedsReason(
                asked,
                f"No rule decides about line {first['line_no']}.",
                "Ask customs, and say in a note who answered what.",
                lines=said.lines,
            )
        if found.created_by == acting().actor:
            raise OwnCase(
                asked,
                "No rule decides, and whoever asks drafted it.",
                "Have somebody else check it.",
            )
    facts = {"customs": said.customs, "lines": said.lines}
    return _go(found, "checked", found.returns_on, note=note, facts=facts)


def clear(
    case: UUID, certificate_no: str = "", amount: int | None = None, note: str = "",
    on: date | None = None,
) -> Case:  # fmt: skip
    """Say that what was refunded of a case is repaid, or that nothing was.

    Args:
        certificate_no: number of the certificate 出口货物已补税/未退税证明; has to be said where
            something is repaid.
        amount: fen that were repaid; as the close has it, where it is None.
        note: why another amount was repaid, or how it is known what the close does not say.
        on: the day of the certificate; today, where it is None.

    Raises:
        Case.DoesNotExist: there is no such case.
        WrongState: it was not checked, or is cleared.
        Unfit: no certificate, or a day to come.
        OtherAmount: it is not what the close says, or that says nothing, and no note says why.
    """
    found = _held(case, "refund_repaid")
    parts = repaying.due(case, _lines(case))
    asked = f"Cannot clear the refund of return {found.number}."
    known = None if any(each.amount is None for each in parts) else sum(
        each.amount or 0 for each in parts
    )  # fmt: skip
    repaid = known if amount is None else amount
    if repaid is None or (repaid != known and not note):
        raise OtherAmount(
            asked,
            "No close says what is to be repaid."
            if known is None
            else f"{known / 100:.2f} CNY are to be repaid, by the close.",
            "Say what was repaid, and in a note why; or close the books first.",
            due=known,
        )
    day = on or _today(found)
    faults = [] if certificate_no or not repaid else [
        Fault("certificate_no", "nothing", "the number of the certificate")
    ]  # fmt: skip
    refuse_faults(asked, [*faults, *_future(found, day)])
    event: Event = "refund_repaid" if repaid else "refund_not_needed"
    lines = [{"line_no": each.line_no, "due": each.amount} for each in parts]
    return _go(
        found, event, day, note=note, paper_no=certificate_no, amount=repaid,
        facts={"due": known, "lines": lines},
    )  # fmt: skip


def announce(case: UUID, declaration_no: str, on: date | None = None) -> Case:
    """Name the declaration that a case returns under.

    Raises:
        Case.DoesNotExist: there is no such case.
        WrongState: its refund is not cleared, or it is announced.
        Unfit: a day to come.
        NotAllowed: on that day a rule of customs forbids one of its lines: its time is over.
    """
    found = _held(case, "announced")
    day = on or _today(found)
    asked = f"Cannot announce return {found.number}."
    refuse_faults(asked, _future(found, day))
    said = judged(found, _lines(case), day)
    _refuse_forbidden(asked, said)
    facts = {"customs": said.customs, "lines": said.lines}
    return _go(found, "announced", day, paper_no=declaration_no, facts=facts)


def arrive(case: UUID, on: date | None = None, note: str = "") -> Case:
    """Take a case in at home: the book moves every unit there, and it is kept how each is known.

    Raises:
        Case.DoesNotExist: there is no such case.
        WrongState: it is not announced, or has arrived.
        Unfit: a day to come.
        BelowZero: of something less lies where it is to come from.
    """
    found = _held(case, "arrived")
    day = on or _today(found)
    refuse_faults(f"Cannot take return {found.number} in.", _future(found, day))
    home = f"home/{found.home}"
    open_places([home])
    moved = [
        Line(each.sku, each.quantity, each.from_place, home, each.lot) for each in _lines(case)
    ]
    times = CaseStep.objects.filter(case=found, event="arrived").count()
    number = found.number if not times else f"{found.number}/{times + 1}"
    posted = post(Document(KIND, number, day, moved))
    units: Counter[str] = Counter()
    for proof in proofs_of(case):
        units[proof.proof] += proof.quantity
    return _go(found, "arrived", day, note=note, facts={"units": dict(units)}, document=posted.id)


def cancel(case: UUID, note: str) -> Case:
    """Give a case up: its units may come home with another.

    Raises:
        Case.DoesNotExist: there is no such case.
        WrongState: it has arrived, or is cancelled.
    """
    found = _held(case, "cancelled")
    return _go(found, "cancelled", _today(found), note=note)


def undo(case: UUID, note: str) -> Case:
    """Take the last step of a case back by another that says so.

    Raises:
        Case.DoesNotExist: there is no such case.
        WrongState: nothing has happened to it yet.
        Unfit: its units are in other cases by now.
        BelowZero: what arrived has left its warehouse again.
    """
    with raw_cursor() as cursor:
        room.lock(cursor)
        found = Case.objects.select_for_update(no_key=True).get(id=case)
        asked = f"Cannot take the last step of return {found.number} back."
        last = last_step(case)
        if last is None:
            raise WrongState(asked, "Nothing has happened to it yet.", "Cancel it instead.")
        if last.event == "cancelled":
            refuse_faults(asked, _beyond(room.declared(cursor, _units(case)), _units(case)))
    document = None
    if last.document_id is not None:
        times = CaseStep.objects.filter(case=found, event="arrived").count()
        number = found.number if times == 1 else f"{found.number}/{times}"
        document = reverse(last.document_id, f"{KIND} {number}", _today(found), note).id
    return _go(
        found, "undone", _today(found), note=note, undoes=last.step_no, document=document,
        became=last.was,
    )  # fmt: skip


def last_step(case: UUID) -> CaseStep | None:
    """The last step of a case that was not taken back."""
    steps = list(CaseStep.objects.filter(case_id=case).order_by("-step_no"))
    undone = {each.undoes for each in steps}
    held = (each for each in steps if each.event != "undone" and each.step_no not in undone)
    return next(held, None)


def _held(case: UUID, event: Event) -> Case:
    """The case, locked, where the event may happen to it."""
    found = Case.objects.select_for_update(no_key=True).get(id=case)
    begins, _ = STEPS[event]
    if found.state not in begins:
        raise WrongState(
            f"Cannot lead return {found.number} on.",
            f"The return is {found.state}.",
            "Look at its steps: something else comes before, or it is done already.",
            state=found.state,
            begins=list(begins),
        )
    return found


def _go(
    case: Case, event: Event, on: date, *, became: str = "", note: str = "", paper_no: str = "",
    amount: int | None = None, facts: dict[str, Any] | None = None,
    document: UUID | None = None, undoes: int | None = None,
) -> Case:  # fmt: skip
    """Add a step, and let the case go where it leads."""
    ends = became or STEPS[event][1]
    CaseStep.objects.create(
        case=case, step_no=case.steps + 1, event=event, was=case.state, became=ends,
        happened_on=on, paper_no=paper_no, amount=amount, note=note, facts=facts or {},
        document_id=document, undoes=undoes, recorded_by=acting().actor,
    )  # fmt: skip
    case.state, case.steps = ends, case.steps + 1
    case.save(update_fields=["state", "steps"])
    record(f"return_home.{event}", case.number, on=on.isoformat(), note=note, paper_no=paper_no)
    return case


def _lines(case: UUID) -> list[CaseLine]:
    return list(CaseLine.objects.filter(case_id=case).order_by("line_no"))


def _units(case: UUID) -> Counter[room.Key]:
    return room.summed(
        ((each.declaration_no, each.item_no, each.sku), each.quantity) for each in _lines(case)
    )


def _beyond(known: dict[room.Key, room.Declared], units: Counter[room.Key]) -> list[Fault]:
    return [
        Fault("quantity", f"{wanted} of {number}/{item} {sku}", "units that no other return has")
        for (number, item, sku), wanted in units.items()
        if (number, item, sku) not in known or known[number, item, sku].room < wanted
    ]


def _refuse_forbidden(asked: str, said: Verdict) -> None:
    if said.customs == REFUSED:
        first = said.first(REFUSED)
        raise NotAllowed(
            asked,
            f"Customs does not take line {first['line_no']}.",
            "Take the line out of a new draft, or return it where and while it is allowed.",
            lines=said.lines,
        )


def _today(case: Case) -> date:
    zone = Warehouse.objects.values_list("time_zone", flat=True).get(code=case.home)
    return timezone.now().astimezone(ZoneInfo(zone)).date()


def _future(case: Case, on: date) -> list[Fault]:
    return [] if on <= _today(case) else [Fault("on", shown(on), "today or a day before")]
