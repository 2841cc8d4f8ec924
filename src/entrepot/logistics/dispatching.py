# SPDX-License-Identifier: Apache-2.0
"""Send consignments on their way: from shelves into the voyage, and back while nothing came."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from entrepot.catalog.forms import Fault
from entrepot.jobs.events import Event
from entrepot.jobs.webhooks import emit
from entrepot.ledger.actions import post, reverse
from entrepot.ledger.document import Document, Line
from entrepot.ledger.opening import open_places
from entrepot.logistics import looking
from entrepot.logistics.consigning import locked, refuse_unless
from entrepot.logistics.models import (
    DISPATCHED,
    DRAFT,
    Consignment,
    ConsignmentLine,
    ReceiptLine,
)
from entrepot.logistics.refusals import WrongState, refuse_faults
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor

#: The kind of document in the book with which a consignment leaves.
KIND: Final = "dispatch"


def dispatch(consignment: UUID, on: date | None = None) -> Consignment:
    """Send a draft on its way: everything on its lines leaves where it lies.

    One that is on its way already stays as it is.

    Args:
        consignment: which one.
        on: the day; today where it leaves from, if none is given.

    Raises:
        Consignment.DoesNotExist: there is no such consignment.
        WrongState: it is closed or cancelled.
        Unfit: it has no lines.
        BelowZero: with everything of which less lies there, or lies there unreserved.
    """
    found = locked(consignment)
    asked = f"Cannot dispatch consignment {found.number}."
    if found.state == DISPATCHED:
        return found
    refuse_unless(found, asked, DRAFT)
    voyage = voyage_of(found)
    lines = [
        Line(sku, quantity, place, voyage, lot)
        for sku, quantity, place, lot in ConsignmentLine.objects.filter(consignment=found)
        .order_by("line_no")
        .values_list("sku", "quantity", "from_place", "lot")
    ]
    refuse_faults(asked, [] if lines else [Fault("lines", "none", "at least one")])
    open_places([voyage, unknown_of(found), lost_of(found)])
    found.dispatches += 1
    found.dispatched_on = on or day_at(found.from_place)
    number = numbered(found.number, found.dispatches)
    posted = post(Document(KIND, number, found.dispatched_on, lines))
    found.state, found.document_id = DISPATCHED, posted.id
    found.save(update_fields=["state", "document", "dispatches", "dispatched_on"])
    emit(
        Event.CONSIGNMENT_DISPATCHED,
        {
            "consignment": str(found.id),
            "number": found.number,
            "to_place": found.to_place,
            "expected_on": found.expected_on and found.expected_on.isoformat(),
        },
    )
    return found


def undo_dispatch(consignment: UUID, note: str) -> Consignment:
    """Bring a consignment back of which nothing was received: it is a draft again.

    Raises:
        Consignment.DoesNotExist: there is no such consignment.
        WrongState: it is not on its way, or something of it was received, or lost.
    """
    found = locked(consignment)
    asked = f"Cannot take the dispatch of consignment {found.number} back."
    if ReceiptLine.objects.filter(consignment_id=consignment).exists():
        raise WrongState(
            asked, "Something of it was received.", "Take what was received back first."
        )
    refuse_unless(found, asked, DISPATCHED)
    if ConsignmentLine.objects.filter(consignment=found, short__gt=0).exists():
        raise WrongState(
            asked, "Some of it was lost.", "Close it and reopen it with all that is short first."
        )
    assert found.document_id is not None
    number = f"{KIND} {numbered(found.number, found.dispatches)}"
    reverse(found.document_id, number, day_at(found.from_place), note)
    found.state, found.document_id, found.dispatched_on = DRAFT, None, None
    found.save(update_fields=["state", "document", "dispatched_on"])
    record("consignment.dispatch_undone", found.number, note=note)
    return found


def voyage_of(found: Consignment) -> str:
    """Where the goods of a consignment lie while they are on their way."""
    return f"voyage/{found.number}"


def unknown_of(found: Consignment) -> str:
    """Where what arrives with a consignment, and was not announced, comes from."""
    return f"unknown/{found.number}"


def lost_of(found: Consignment) -> str:
    """Where what never arrives goes: its carrier's, or nobody's."""
    return f"lost/{found.carrier or 'unknown'}"


def numbered(number: str, times: int) -> str:
    """The number of a consignment's first document of a kind, its second, and so on."""
    return number if times == 1 else f"{number}/{times}"


def day_at(place: str) -> date:
    """Today at a warehouse, by its place."""
    with raw_cursor() as cursor:
        return looking.today(looking.zone_at(cursor, place))
