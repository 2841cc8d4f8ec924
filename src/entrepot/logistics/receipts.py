# SPDX-License-Identifier: Apache-2.0
"""Take a consignment in as announced, say what an unknown barcode was, take a receipt back."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.catalog.forms import Fault, shown
from entrepot.ledger.actions import BelowZero, reverse
from entrepot.logistics import looking
from entrepot.logistics.barcodes import says
from entrepot.logistics.booking import KIND, Gate, Work, book, fill
from entrepot.logistics.consigning import locked, refuse_unless
from entrepot.logistics.filling import Announced, Piece
from entrepot.logistics.models import (
    ARRIVED,
    CLOSED,
    DISPATCHED,
    DROPPED,
    GOOD,
    RECEIVED,
    UNDONE,
    UNKNOWN,
    Consignment,
    ConsignmentLine,
    ReceiptLine,
    Scan,
)
from entrepot.logistics.refusals import WrongState, refuse_faults, refuse_otherwise
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

_TAKE_BACK: Final = """
    WITH gone AS (
        DELETE FROM logistics_receiptline
        WHERE enterprise_id = %(enterprise)s AND scan_id = %(scan)s
        RETURNING consignment_id, consignment_line, quantity, condition
    )
    UPDATE logistics_consignmentline AS l
    SET received = l.received - g.quantity, damaged = l.damaged - g.damaged
    FROM (
        SELECT consignment_id, consignment_line, sum(quantity)::bigint AS quantity,
            coalesce(sum(quantity) FILTER (WHERE condition = 'damaged'), 0)::bigint AS damaged
        FROM gone GROUP BY 1, 2
    ) AS g
    WHERE l.enterprise_id = %(enterprise)s AND l.consignment_id = g.consignment_id
        AND l.line_no = g.consignment_line
"""


class PutAway(WrongState):
    """Goods that have left the gate are not taken back by taking their receipt back."""

    code = "logistics.put_away"


def receive_whole(consignment: UUID, number: str) -> Scan:
    """Take in everything that is open of a consignment, in good condition, as one receipt.

    Args:
        consignment: which one.
        number: of the receipt; the same again is one receipt.

    Raises:
        Consignment.DoesNotExist: there is no such consignment.
        SaysOtherwise: another receipt or scan has the number.
        WrongState: it is not on its way.
        Unfit: nothing of it is open.
    """
    found = locked(consignment)
    asked = f"Cannot take in consignment {found.number}."
    before = Scan.objects.filter(number=number).first()
    if before:
        is_same = before.consignment_id == consignment and not before.barcode
        refuse_otherwise("receipt", [] if is_same else [number])
        return before
    refuse_unless(found, asked, DISPATCHED, ARRIVED)
    pieces = [
        Piece(sku, open_, lot, Announced(line_no, lot, open_, declaration_no, item_no), False)
        for line_no, sku, lot, open_, declaration_no, item_no in ConsignmentLine.objects.filter(
            consignment=found, open__gt=0
        )
        .order_by("line_no")
        .values_list("line_no", "sku", "lot", "open", "declaration_no", "item_no")
    ]
    refuse_faults(asked, [] if pieces else [Fault("lines", "none open", "at least one")])
    gate = _gate(found.to_place, found)
    scan, is_new = Scan.objects.get_or_create(
        number=number,
        defaults={
            "consignment": found,
            "place": found.to_place,
            "quantity": 1,
            "condition": GOOD,
            "state": RECEIVED,
            "received_on": looking.today(gate.zone),
            "created_by": acting().actor,
        },
    )
    # Somebody else received something under this number at this moment.
    refuse_otherwise("receipt", [] if is_new else [number])
    work = Work(
        scan.id, number, gate, "", 1, "", GOOD, scan.received_on, pieces=pieces, outcome="expected"
    )
    with raw_cursor() as cursor:
        book(cursor, [work])
    scan.refresh_from_db()
    return scan


def resolve(scan: UUID, sku: str) -> Scan:
    """Say what SKU an unknown barcode was, and receive it.

    Raises:
        Scan.DoesNotExist: there is no such scan.
        WrongState: it is no open question, or its consignment is closed.
        Unfit: there is no such SKU.
    """
    found, consignment = _locked(scan)
    asked = f"Cannot receive scan {found.number}."
    if found.state == RECEIVED and found.sku == sku:
        return found
    _refuse_unless(found, asked, UNKNOWN)
    if consignment:
        refuse_unless(consignment, asked, DISPATCHED, ARRIVED)
    said = says(found.barcode)
    work = Work(
        found.id, found.number, _gate(found.place, consignment), sku,
        found.quantity * max(said.units, 1), found.lot or said.lot, found.condition,
        found.received_on,
    )  # fmt: skip
    with raw_cursor() as cursor:
        known = looking.skus(cursor, [sku])
        refuse_faults(asked, [] if known else [Fault("sku", shown(sku), "a SKU of a product")])
        fill(cursor, [work])
        book(cursor, [work])
    record("scan.resolved", found.number, barcode=found.barcode, sku=sku)
    found.refresh_from_db()
    return found


def drop(scan: UUID, note: str) -> Scan:
    """Say that an unknown barcode was of no goods of ours.

    Raises:
        Scan.DoesNotExist: there is no such scan.
        WrongState: it is no open question.
    """
    found, _ = _locked(scan)
    _refuse_unless(found, f"Cannot drop scan {found.number}.", UNKNOWN)
    found.state, found.note = DROPPED, note
    found.save(update_fields=["state", "note"])
    record("scan.dropped", found.number, barcode=found.barcode, note=note)
    return found


def undo(scan: UUID, note: str) -> Scan:
    """Take a receipt back, as long as its goods lie at the gate.

    Raises:
        Scan.DoesNotExist: there is no such scan.
        WrongState: it is not received, or its consignment is closed.
        PutAway: goods of it have been put away.
    """
    found, consignment = _locked(scan)
    asked = f"Cannot take scan {found.number} back."
    _refuse_unless(found, asked, RECEIVED)
    if consignment and consignment.state == CLOSED:
        refuse_unless(consignment, asked, DISPATCHED, ARRIVED)
    assert found.document_id is not None
    try:
        day = looking.today(_gate(found.place, consignment).zone)
        reverse(found.document_id, f"{KIND} {found.number}", day, note)
    except BelowZero as below:
        raise PutAway(
            asked, "What it brought lies at the gate no more.",
            "Move it back to the gate first, or correct the stock by a count.", **below.facts,
        ) from below  # fmt: skip
    with raw_cursor() as cursor:
        _take_back(cursor, found, consignment)
    found.state, found.undone_at, found.undone_by = UNDONE, timezone.now(), acting().actor
    found.note = note
    found.save(update_fields=["state", "undone_at", "undone_by", "note"])
    return found


def _take_back(cursor: Cursor[Any], found: Scan, consignment: Consignment | None) -> None:
    given = {"enterprise": acting().enterprise, "scan": found.id}
    cursor.execute(_TAKE_BACK, given)
    if consignment and not ReceiptLine.objects.filter(consignment_id=consignment.id).exists():
        consignment.state = DISPATCHED
        consignment.save(update_fields=["state"])


def _locked(scan: UUID) -> tuple[Scan, Consignment | None]:
    """A scan and its consignment, which is locked first, as whoever receives it does."""
    of = Scan.objects.get(id=scan).consignment_id
    consignment = locked(of) if of else None
    return Scan.objects.select_for_update(no_key=True).get(id=scan), consignment


def _refuse_unless(found: Scan, asked: str, state: str) -> None:
    if found.state != state:
        raise WrongState(
            asked,
            f"It is {found.state}.",
            f"It has to be {state} for that.",
            state=found.state,
        )


def _gate(place: str, consignment: Consignment | None) -> Gate:
    with raw_cursor() as cursor:
        zone = looking.zone_at(cursor, place)
    if consignment is None:
        return Gate(place, zone)
    return Gate(place, zone, consignment.id, consignment.number, consignment.state)
