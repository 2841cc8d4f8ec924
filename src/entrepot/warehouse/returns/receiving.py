# SPDX-License-Identifier: Apache-2.0
"""Announce returns, and receive what comes back: by order, tracking, parcel, or SKU alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.ledger.document import Document, Line
from entrepot.ledger.opening import open_places
from entrepot.ledger.places import RETURNS
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.areas import place_of, today
from entrepot.warehouse.floor.barcodes import skus_of
from entrepot.warehouse.floor.scans import once, post_new
from entrepot.warehouse.floor.serving import served
from entrepot.warehouse.models import ExpectedLine, Order, Parcel, Return
from entrepot.warehouse.models.outbound import SHIPPED
from entrepot.warehouse.models.returns import RESTOCK
from entrepot.warehouse.numbering import take_numbers
from entrepot.warehouse.returns import sql
from entrepot.warehouse.returns.grades import grades, outcome_of
from entrepot.warehouse.returns.outcomes import Going, check_target, documents_of, places_of

#: The channel that goods come from where nobody knows who sent them.
UNKNOWN: Final = "unknown"


class NoSuchShipment(Refused):
    """Nothing was shipped under the number that a return names."""

    code = "warehouse.no_such_shipment"


class MoreThanShipped(Refused):
    """More came back than was shipped and has not come back yet."""

    code = "warehouse.more_than_shipped"


class AnnouncedAlready(Refused):
    """A return was announced under this number."""

    code = "warehouse.announced_already"


@dataclass(frozen=True, slots=True)
class Sender:
    """By what a return is known: one of these, or nothing.

    Args:
        channel, order: of an order.
        tracking: of a parcel that was shipped, with whatever carrier.
        parcel: the number of a parcel, an SSCC as a rule.
        rma: the number under which it was announced.
    """

    channel: str = ""
    order: str = ""
    tracking: str = ""
    parcel: str = ""
    rma: str = ""

    @property
    def name(self) -> str:
        """What it was sent back from, for people."""
        if self.rma:
            return f"return {self.rma}"
        if self.order:
            return f"order {self.channel} {self.order}"
        if self.parcel or self.tracking:
            return f"parcel {self.parcel or self.tracking}"
        return "a return without order"


@dataclass(frozen=True, slots=True)
class Came:
    """Units that came back, as a rule with their grade.

    Args:
        outcome: what the grade leads to where it is empty.
        target: the bin where they are restocked; the one that is suggested where it is None.
    """

    barcode: str
    quantity: int = 1
    grade: str = ""
    outcome: str = ""
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A return that was received: its number, and its lines with where their units are now."""

    id: str
    number: str
    without_order: bool
    lines: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Unit:
    """Units of one line that came, of one shipped line."""

    came: Came
    sku: str
    quantity: int
    outcome: str
    channel: str = UNKNOWN
    lot: str = ""
    document: UUID | None = None
    line: int | None = None
    id: UUID = field(default_factory=new_id)


def announce(rma: str, sender: Sender, lines: Sequence[tuple[str, int]], note: str = "") -> Return:
    """Announce a return under a number (an RMA), with what is expected.

    Raises:
        AnnouncedAlready: one was announced under this number.
        NoSuchShipment: there is no such order or parcel.
        UnknownBarcode: with every barcode that is not of one product.
    """
    with raw_cursor() as cursor:
        skus = skus_of(cursor, (text for text, _ in lines), f"Cannot announce return {rma}.")
        order = _shipment(sender)[0]
        (number,) = take_numbers(cursor, "return", 1)
    if Return.objects.filter(rma=rma).exists():
        raise AnnouncedAlready(
            f"Cannot announce return {rma}.",
            "A return was announced under this number.",
            "Give this one a number of its own.",
        )
    back = Return.objects.create(
        number=f"R{number:06}", rma=rma, order_id=order, note=note, created_by=acting().actor
    )
    wanted: dict[str, int] = {}
    for text, quantity in lines:
        wanted[skus[text]] = wanted.get(skus[text], 0) + quantity
    ExpectedLine.objects.bulk_create(
        ExpectedLine(back=back, sku=sku, quantity=quantity) for sku, quantity in wanted.items()
    )
    return back


def receive(
    scan: str, warehouse: str, sender: Sender, lines: Sequence[Came], note: str = ""
) -> Received:
    """Receive goods that came back, and do with them what their grade or outcome says.

    They come from the customer's channel to @returns, and go on from there at once where it is
    decided what becomes of them. Of a shipment never more comes back than was shipped.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
        UnknownBarcode: with every barcode that is not of one product.
        UnknownGrade: the enterprise has no such grade.
        NoShelf: an area was named as the bin, or a bin for what is not restocked.
        NoSuchShipment: there is no such order, parcel or announcement.
        MoreThanShipped: with every SKU of which fewer were shipped and have not come back.
        ScanDiffers: this id came with something else before.
    """
    asks = ["return", warehouse, asdict(sender), [asdict(each) for each in lines], note]
    return once(scan, asks, Received, lambda: _receive(scan, warehouse, sender, lines, note))


def _receive(
    scan: str, warehouse: str, sender: Sender, lines: Sequence[Came], note: str
) -> Received:
    asked = f"Cannot receive {sender.name}."
    known = grades()
    with raw_cursor() as cursor:
        place, zone = place_of(cursor, warehouse)
        skus = skus_of(cursor, (each.barcode for each in lines), asked)
        units = [
            _Unit(each, skus[each.barcode], each.quantity,
                  outcome_of(known, each.grade, each.outcome))
            for each in lines
        ]  # fmt: skip
        for unit in units:
            check_target(unit.outcome, unit.came.target)
        with served({unit.sku for unit in units if unit.outcome == RESTOCK}):
            order, parcels, back = _shipment(sender)
            if order is not None:
                units, order = _match(cursor, asked, order, parcels, units)
            back = _return(cursor, back, place, order, note)
            going = [
                Going(u.sku, u.lot, u.quantity, u.outcome, u.came.target, back.number)
                for u in units
            ]
            places = places_of(place, going)
            documents = documents_of(scan, today(zone), place, going, places)
            _book(cursor, scan, place, today(zone), back, units, places, documents)
    return Received(str(back.id), back.number, order is None, _told(units, place, places))


def _shipment(sender: Sender) -> tuple[UUID | None, list[UUID], Return | None]:
    """The order that a return is of, and the parcels where it is known of which; its announcement.

    Raises:
        NoSuchShipment: there is none.
    """
    found: tuple[UUID | None, list[UUID], Return | None] | None = (None, [], None)
    if sender.rma:
        back = Return.objects.select_for_update().filter(rma=sender.rma).first()
        found = (back.order_id, [], back) if back else None
    elif sender.order:
        orders = Order.objects.filter(channel=sender.channel, number=sender.order)
        its = orders.values_list("id", flat=True).first()
        found = (its, [], None) if its else None
    elif sender.parcel or sender.tracking:
        by = {"number": sender.parcel} if sender.parcel else {"tracking": sender.tracking}
        rows = list(Parcel.objects.filter(**by, state=SHIPPED).values_list("order_id", "id"))
        found = (rows[0][0], [parcel for _, parcel in rows], None) if rows else None
    if found is None:
        raise NoSuchShipment(
            f"Cannot receive {sender.name}.",
            "Nothing was shipped or announced under this number.",
            "Look the number up, or receive it without an order.",
        )
    return found


def _match(
    cursor: Cursor[Any], asked: str, order: UUID, parcels: Sequence[UUID], units: Sequence[_Unit]
) -> tuple[list[_Unit], UUID]:
    """Units by the shipped lines that they came from, those shipped first first.

    Raises:
        MoreThanShipped: with every SKU of which fewer may come back.
    """
    given = {
        "enterprise": acting().enterprise, "order": order, "parcels": list(parcels),
        "skus": list({unit.sku for unit in units}),
    }  # fmt: skip
    which = sql.OF_PARCELS if parcels else sql.OF_ORDER
    rows = cursor.execute(sql.SHIPPED.format(which=which), given).fetchall()
    left = [row[4] for row in rows]
    matched: list[_Unit] = []
    short: dict[str, int] = {}
    for unit in units:
        wanted = unit.quantity
        for at, (document, line, sku, lot, _, channel, its_order) in enumerate(rows):
            part = min(wanted, left[at]) if sku == unit.sku else 0
            if part:
                left[at] -= part
                wanted -= part
                order = its_order
                matched.append(
                    _Unit(unit.came, sku, part, unit.outcome, channel, lot, document, line)
                )
        if wanted:
            short[unit.sku] = short.get(unit.sku, 0) + wanted
    if short:
        _refuse_more(asked, short)
    return matched, order


def _refuse_more(asked: str, short: Mapping[str, int]) -> None:
    sku, quantity = next(iter(short.items()))
    more = f", and {len(short) - 1:,} more SKUs like it" if len(short) > 1 else ""
    raise MoreThanShipped(
        asked,
        f"{quantity:,} {sku} more came than were shipped and have not come back yet{more}.",
        "Count again; what is of another order or of none is received by itself.",
        more_than_shipped=[{"sku": sku, "quantity": n} for sku, n in list(short.items())[:1000]],
    )


def _return(
    cursor: Cursor[Any], announced: Return | None, place: str, order: UUID | None, note: str
) -> Return:
    by, at = acting().actor, timezone.now()
    if announced is not None:
        announced.warehouse = place
        announced.received_at = announced.received_at or at
        announced.note = note or announced.note
        announced.save(update_fields=["warehouse", "received_at", "note"])
        return announced
    (number,) = take_numbers(cursor, "return", 1)
    return Return.objects.create(
        number=f"R{number:06}", warehouse=place, order_id=order, note=note, created_by=by,
        received_at=at,
    )  # fmt: skip


def _book(
    cursor: Cursor[Any],
    scan: str,
    place: str,
    on: date,
    back: Return,
    units: Sequence[_Unit],
    places: Sequence[str],
    documents: Sequence[Document],
) -> None:
    if any(unit.channel == UNKNOWN for unit in units):
        open_places([f"customer/{UNKNOWN}"])
    came = [
        Line(u.sku, u.quantity, f"customer/{u.channel}", f"{place}/{RETURNS}", u.lot) for u in units
    ]
    received, *decided = post_new([Document("return", scan, on, came), *documents])
    by_outcome = {each.kind: each.id for each in decided}
    given = {
        "enterprise": acting().enterprise,
        "by": acting().actor,
        "back": back.id,
        "warehouse": place,
        "on": on,
        "received": received.id,
        "ids": [u.id for u in units],
        "documents": [u.document for u in units],
        "lines": [u.line for u in units],
        "channels": [u.channel for u in units],
        "skus": [u.sku for u in units],
        "lots": [u.lot for u in units],
        "quantities": [u.quantity for u in units],
        "grades": [u.came.grade for u in units],
        "outcomes": [u.outcome for u in units],
        "places": list(places),
        "decided": [by_outcome.get(u.outcome) for u in units],
    }
    cursor.execute(sql.ADD_LINES, given)


def _told(units: Sequence[_Unit], place: str, places: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(u.id), "sku": u.sku, "quantity": u.quantity, "grade": u.came.grade,
            "outcome": u.outcome, "place": where or f"{place}/{RETURNS}",
        }
        for u, where in zip(units, places, strict=True)
    ]  # fmt: skip
