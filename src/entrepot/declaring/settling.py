# SPDX-License-Identifier: Apache-2.0
"""What a person decides about a list that customs released: take it over, or cancel it there."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.utils import timezone

from entrepot.customs.messages.faults import FaultyMessage
from entrepot.customs.sending import outbox
from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.models import Document
from entrepot.declaring.asked import CANCEL
from entrepot.declaring.booking import book
from entrepot.declaring.forming import book_form
from entrepot.declaring.models import BOOKED, DISAGREES, TAKEN_OVER, Booking
from entrepot.declaring.refusals import Missing, NotOpen, not_ready
from entrepot.people.audit import record
from entrepot.people.tenancy import acting

_COPIED = (
    "customsCode", "agentCode", "agentName", "ebcCode", "ebcName",
)  # fmt: skip


def look_again(booking: UUID) -> Booking:
    """Try once more to bring a declaration to what customs says.

    Raises:
        Booking.DoesNotExist: there is none.
        NotOpen: it does not disagree.
    """
    found = _open(booking, lambda number: f"Cannot look at {number} again.")
    if found.kind == "form":
        book_form(found.own_no)
    else:
        book([found.own_no])
    return Booking.objects.get(id=booking)


def take_over(booking: UUID, reason: str) -> Booking:
    """Leave the declaration as it is: a person answers for it, until customs says something else.

    Raises:
        Booking.DoesNotExist: there is none.
        NotOpen: it does not disagree.
    """
    found = _open(booking, lambda number: f"Cannot take {number} over.")
    found.state, found.reason = TAKEN_OVER, reason[:500]
    found.at, found.by = timezone.now(), acting().actor
    found.save(update_fields=["state", "reason", "at", "by"])
    record("declaring.taken_over", found.own_no, cause=found.cause, reason=reason)
    return found


def _open(booking: UUID, asked: Callable[[str], str]) -> Booking:
    found = Booking.objects.select_for_update(no_key=True).get(id=booking)
    if found.state != DISAGREES:
        raise NotOpen(
            asked(found.own_no), "It does not disagree with customs.",
            "Nothing is to be done.",
        )  # fmt: skip
    return found


def cancel(booking: UUID, reason: str) -> Document:
    """Ask customs to cancel a released list (605); what it answers is followed.

    Raises:
        Booking.DoesNotExist: there is none.
        NotOpen: the list is not booked by what customs released.
        NotReady: the reason or a field of the list does not fit.
        NoSetup, NoSigner: it is not set who sends, or there is no key.
    """
    found = Booking.objects.select_for_update(no_key=True).get(id=booking)
    if found.state not in (BOOKED, DISAGREES) or found.document is None or not found.declaration_no:
        raise NotOpen(
            f"Cannot cancel {found.own_no}.", "It is no released list with a number of customs.",
            "Leave it out, or delete it while customs has not released it.",
        )  # fmt: skip
    head = found.document.data["InventoryHead"]
    row = {name: head[name] for name in _COPIED}
    row |= {"copNo": head["copNo"], "invtNo": found.declaration_no, "reason": reason}
    try:
        (document,) = add_documents(CANCEL, [row]).documents
    except FaultyMessage as error:
        raise not_ready(
            f"the cancellation of {found.own_no}",
            [Missing("fault", each.place, found=f"{each.found} {each.expected}")
             for each in error.faults],
        ) from error  # fmt: skip
    if document.outcome == "new":
        outbox.send([document.id])
    record("declaring.cancelled", found.own_no, declaration_no=found.declaration_no, reason=reason)
    return document
