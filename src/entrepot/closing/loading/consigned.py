# SPDX-License-Identifier: Apache-2.0
"""Consignments of a season: written, sent on their day, received on theirs, put away, closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from entrepot.closing.loading.arriving import Arrival, Journeys, Shipment, Surplus
from entrepot.closing.loading.masters import Masters
from entrepot.closing.loading.shipped import moment
from entrepot.ledger.document import Document, Line
from entrepot.ledger.places import RECEIVING
from entrepot.logistics import closing, consigning, dispatching
from entrepot.logistics.booking import Gate, Work, book
from entrepot.logistics.consigning import NewConsignment, Sent
from entrepot.logistics.filling import Announced, Piece
from entrepot.logistics.models import GOOD, RECEIVED, Scan
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id


@dataclass(frozen=True, slots=True)
class Written:
    """A consignment that was written, and the receipts that it comes with, ready to be booked."""

    shipment: Shipment
    id: UUID
    works: Sequence[Work]


def write(moved: Journeys, masters: Masters) -> tuple[list[Written], list[Work]]:
    """Write all consignments, and what their receipts are.

    Returns:
        the consignments, and what came beyond what was declared.
    """
    written, scans = [], []
    for shipment in moved.shipments:
        lines = shipment.lines
        if shipment.source:
            lines = [
                replace(line, from_bin=masters.bin_of(shipment.source, line.sku)) for line in lines
            ]
        source = shipment.source or masters.home
        new = NewConsignment(shipment.number, source, shipment.target, lines)
        id = consigning.create(new).id
        gate = Gate(
            f"warehouse/{shipment.target}", masters.zones[shipment.target], id, shipment.number
        )
        works = [_work(arrival, gate) for arrival in shipment.arrivals]
        written.append(Written(shipment, id, works))
        scans += works
    surplus = [_surplus(each, masters) for each in moved.surplus]
    Scan.objects.bulk_create([_scan(work) for work in [*scans, *surplus]], batch_size=2_000)
    return written, surplus


def dispatch(consignments: Iterable[Written]) -> None:
    """Send consignments on their day."""
    for each in consignments:
        dispatching.dispatch(each.id, each.shipment.left_on)


def receive(works: Sequence[Work]) -> None:
    """Book what came in on a day."""
    with raw_cursor() as cursor:
        book(cursor, works)


def close(consignments: Iterable[Written]) -> None:
    """Close consignments of which everything has come."""
    for each in consignments:
        closing.close(each.id, each.shipment.closed_on)


def put_away(number: int, on: date, works: Iterable[Work], masters: Masters) -> list[Document]:
    """The documents with which what came in goes to its bins: one for each warehouse.

    Args:
        number: how many times a day it was done.
    """
    lying: dict[str, Counter[str]] = {}
    for work in works:
        its = lying.setdefault(work.gate.warehouse, Counter())
        for piece in work.pieces:
            its[piece.sku] += piece.quantity
    return [
        Document("putaway", f"{warehouse} {on} {number}", on, [
            Line(
                sku, units, f"warehouse/{warehouse}/{RECEIVING}", masters.shelf_of(warehouse, sku)
            )
            for sku, units in sorted(its.items())
        ])
        for warehouse, its in sorted(lying.items())
    ]  # fmt: skip


def _work(arrival: Arrival, gate: Gate) -> Work:
    pieces = [_piece(line, units, is_over=False) for line, units in arrival.lines]
    units = sum(units for _, units in arrival.lines)
    return Work(
        new_id(), arrival.number, gate, "", units, "", GOOD, arrival.on,
        pieces=pieces, outcome="expected",
    )  # fmt: skip


def _surplus(surplus: Surplus, masters: Masters) -> Work:
    gate = Gate(f"warehouse/{surplus.warehouse}", masters.zones[surplus.warehouse])
    pieces = [_piece(line, line.quantity, is_over=True) for line in surplus.lines]
    units = sum(line.quantity for line in surplus.lines)
    return Work(
        new_id(), surplus.number, gate, "", units, "", GOOD, surplus.on, pieces=pieces,
        outcome="blind", over=units,
    )  # fmt: skip


def _piece(line: Sent, units: int, *, is_over: bool) -> Piece:
    announced = Announced(line.line_no, "", 0, line.declaration_no or None, line.item_no)
    return Piece(line.sku, units, "", announced, is_over)


def _scan(work: Work) -> Scan:
    return Scan(
        id=work.id, number=work.number, consignment_id=work.gate.consignment,
        place=work.gate.place, quantity=1, condition=GOOD, state=RECEIVED, received_on=work.day,
        created_at=moment(work.day), created_by=acting().actor,
    )  # fmt: skip
