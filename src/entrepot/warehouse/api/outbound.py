# SPDX-License-Identifier: Apache-2.0
"""Waves and parcels for programs: gather, pick, pack, ship, and see them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from psycopg.rows import dict_row
from pydantic import Field

from entrepot.people.access import needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.api import lists
from entrepot.warehouse.api.shapes import Ids, LineNo, Narrow, Truth, Units, given
from entrepot.warehouse.models import Gs1Prefix, Parcel, Wave
from entrepot.warehouse.outbound import waves as gathering
from entrepot.warehouse.outbound.changing import set_prefix, set_tracking
from entrepot.warehouse.outbound.packing import NewParcel, Packed, pack, unpack
from entrepot.warehouse.outbound.picking import Moved, pick_wave
from entrepot.warehouse.outbound.shipping import Shipped, ship
from entrepot.web.fields import MOST_LINES, Absent, Body, Unasked, code, text, whole
from entrepot.web.paging import Page, Paging
from entrepot.web.problems import refuse_faults
from entrepot.web.reading import bulk

READ, WRITE = "floor.read", "floor.write"

waves, parcels = Router(tags=["waves"]), Router(tags=["parcels"])

Carrier = Annotated[str, text(40)]
Tracking = Annotated[str, text(80)]
#: Orders of one wave.
MOST_ORDERS = 1000


class GatherIn(Body):
    """Which orders to pick together: those that wait in a warehouse, promised first."""

    warehouse: Annotated[str, code(40)]
    most: Annotated[int, whole(1, MOST_ORDERS)] = 50
    orders: list[UUID] | None = Field(
        None, min_length=1, max_length=MOST_ORDERS, description="Only these."
    )
    only_whole: Truth = Field(True, description="Leave out orders that wait for goods.")
    note: Annotated[str, text(200)] = ""


class GatheredOut(Schema):
    """A new wave."""

    id: UUID
    number: str
    orders: int
    units: int


class WaveFilter(Paging):
    """Which waves."""

    is_open: bool | None = None
    warehouse: Narrow = Field("", description="Its place, such as warehouse/DUI1.")


class WaveOut(Schema):
    """Orders that are picked together; open as long as something is to be picked."""

    id: UUID
    number: str
    warehouse: str
    is_open: bool
    note: str
    created_at: datetime
    created_by: str


class WaveStopOut(Schema):
    """Units of a SKU in one bin, on the way along the bins."""

    sequence: int
    place: str
    sku: str
    lot: str
    quantity: int
    picked: int
    orders: int


class WaveShown(WaveOut):
    """A wave with its walk."""

    walk: list[WaveStopOut]


class PickedAllocationOut(Schema):
    """An allocation that was picked."""

    allocation: UUID
    order: UUID
    from_place: str
    to_place: str
    sku: str
    lot: str
    quantity: int


class PackLine(Body):
    """Units of a line that go into a parcel."""

    line_no: LineNo
    units: Units


class ParcelIn(Body):
    """What is to be packed for an order: everything that is picked, where no lines are named."""

    order: UUID
    lines: list[PackLine] = Field(default=[], max_length=MOST_LINES)
    weight_g: Annotated[int, whole(1, 2**31 - 1)] | None = Field(
        None, description="Of the scales; else what the products weigh, where all have a weight."
    )
    carton: Annotated[str, text(40)] = ""
    carrier: Carrier = ""
    tracking: Tracking = ""

    def parcel(self) -> NewParcel:
        """The parcel as it is packed."""
        lines = {each.line_no: each.units for each in self.lines}
        return NewParcel(self.order, lines, self.weight_g, self.carton, self.carrier, self.tracking)


class ParcelsIn(Body):
    """Parcels to pack together, at most one for each order: all of them, or none."""

    parcels: list[ParcelIn] = Field(min_length=1, max_length=MOST_LINES)


class PackedOut(Schema):
    """A parcel that was packed."""

    id: UUID
    number: str
    order: UUID
    warehouse: str
    weight_g: int | None


class ParcelIds(Body):
    """Which parcels."""

    parcels: Ids


class ShippedOut(Schema):
    """A parcel that left, and the document of the book with which it did."""

    parcel: UUID
    number: str
    order: UUID
    document: UUID
    on: date


class ParcelFilter(Paging):
    """Which parcels."""

    state: Unasked[Literal["packed", "shipped"]] = None
    number: Narrow = Field("", description="What the number begins with.")
    tracking: Narrow = Field("", description="What the tracking number begins with.")
    warehouse: Narrow = Field("", description="Its place, such as warehouse/DUI1.")
    order: Unasked[UUID] = None


class ParcelOut(Schema):
    """A parcel; its number is an SSCC where the firm has a prefix of GS1."""

    id: UUID
    number: str
    order: UUID
    warehouse: str
    state: str
    weight_g: int | None
    carton: str
    carrier: str
    tracking: str
    packed_at: datetime
    packed_by: str
    shipped_at: datetime | None
    shipped_by: str
    shipped_on: date | None
    document: UUID | None


class TrackingIn(Body):
    """What is to be different; what is left out stays."""

    carrier: Absent[Carrier] = ""
    tracking: Absent[Tracking] = ""


class PrefixIn(Body):
    """The firm's company prefix at GS1; empty: parcels have numbers of ours."""

    prefix: Annotated[str, Field(strict=True, pattern="^([0-9]{4,12})?$")]
    extension: Annotated[int, whole(0, 9)] = 0


class PrefixOut(Schema):
    """The firm's company prefix at GS1."""

    prefix: str
    extension: int


@waves.get("", response=Page[WaveOut], auth=needs(READ))
def list_waves(request: HttpRequest, page: Query[WaveFilter]) -> dict[str, Any]:
    """List waves, the latest first."""
    found = lists.waves(page.is_open, page.warehouse)
    with raw_cursor() as cursor:
        return page.of_sql(cursor, found.statement, found.given, *found.by)


@waves.post("", response={201: GatheredOut}, auth=needs(WRITE))
def gather_wave(request: HttpRequest, body: GatherIn) -> Status[gathering.Gathered]:
    """Make a wave of orders that wait to be picked in a warehouse.

    Answers 409 `warehouse.nothing_to_gather` or `warehouse.no_such_warehouse`.
    """
    made = gathering.gather(
        body.warehouse, body.most, body.orders, only_whole=body.only_whole, note=body.note
    )
    return Status(201, made)


@waves.get("/{uuid:id}", response=WaveShown, auth=needs(READ))
def show_wave(request: HttpRequest, id: UUID) -> Any:
    """Show a wave and its walk along the bins."""
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        given = {"enterprise": acting().enterprise, "wave": id}
        found = cursor.execute(lists.WAVE, given).fetchone()
    if found is None:
        raise Wave.DoesNotExist
    return found


@waves.post("/{uuid:id}/pick", response=list[PickedAllocationOut], auth=needs(WRITE))
def pick_whole_wave(request: HttpRequest, id: UUID) -> list[Moved]:
    """Pick everything of a wave that is not picked yet, without scanning."""
    Wave.objects.get(id=id)
    return pick_wave(id)


@waves.post("/{uuid:id}/dissolve", response={204: None}, auth=needs(WRITE))
def dissolve_wave(request: HttpRequest, id: UUID) -> Status[None]:
    """Take a wave apart of which nothing was picked.

    Answers 409 `warehouse.wave_begun` when something was.
    """
    gathering.dissolve(id)
    return Status(204, None)


@parcels.get("", response=Page[ParcelOut], auth=needs(READ))
def list_parcels(request: HttpRequest, page: Query[ParcelFilter]) -> dict[str, Any]:
    """List parcels: the latest first, or by number or tracking number."""
    found = lists.parcels(page.state, page.number, page.tracking, page.warehouse, page.order)
    with raw_cursor() as cursor:
        return page.of_sql(cursor, found.statement, found.given, *found.by)


@parcels.post("", response={201: list[PackedOut]}, auth=needs(WRITE))
def pack_parcel(request: HttpRequest, body: ParcelIn) -> Status[list[Packed]]:
    """Pack what is picked for an order; what lies in two warehouses makes two parcels.

    Answers 409 `warehouse.nothing_to_pack`.
    """
    return Status(201, pack([body.parcel()]))


@parcels.post("/bulk", response={201: list[PackedOut]}, auth=needs(WRITE))
@bulk
def pack_parcels(request: HttpRequest, body: ParcelsIn) -> Status[list[Packed]]:
    """Pack parcels, at most one for each order: all of them, or none.

    Answers 409 `warehouse.nothing_to_pack` with the orders of which less is picked.
    """
    seen: set[UUID] = set()
    faults = []
    for at, each in enumerate(body.parcels):
        if each.order in seen:
            faults.append({"in": "body", "at": ["parcels", at, "order"], "found": str(each.order),
                           "expected": "each order once"})  # fmt: skip
        seen.add(each.order)
    refuse_faults("Cannot pack the parcels.", faults)
    return Status(201, pack([each.parcel() for each in body.parcels]))


@parcels.post("/ship", response=list[ShippedOut], auth=needs(WRITE))
@bulk
def ship_parcels(request: HttpRequest, body: ParcelIds) -> list[Shipped]:
    """Hand parcels over: all of them, or none. Those that have left already count as shipped.

    Answers 409 `warehouse.not_packed` with those that are not there, or whose orders are held.
    """
    return ship(body.parcels)


@parcels.get("/gs1-prefix", response=PrefixOut, auth=needs(READ))
def show_gs1_prefix(request: HttpRequest) -> Gs1Prefix:
    """Show the firm's company prefix at GS1; empty where there is none."""
    return Gs1Prefix.objects.first() or Gs1Prefix(prefix="")


@parcels.put("/gs1-prefix", response=PrefixOut, auth=needs("orders.write"))
def put_gs1_prefix(request: HttpRequest, body: PrefixIn) -> PrefixIn:
    """Set the firm's company prefix at GS1: parcels packed from now on have SSCCs."""
    set_prefix(body.prefix, body.extension)
    return body


@parcels.get("/{uuid:id}", response=ParcelOut, auth=needs(READ))
def show_parcel(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Show a parcel."""
    return _out(Parcel.objects.get(id=id))


@parcels.patch("/{uuid:id}", response=ParcelOut, auth=needs(WRITE))
def change_parcel(request: HttpRequest, id: UUID, body: TrackingIn) -> dict[str, Any]:
    """Say who carries a parcel, and under which number; also once it has left."""
    return _out(set_tracking(id, **given(body)))


@parcels.post("/{uuid:id}/unpack", response={204: None}, auth=needs(WRITE))
def unpack_parcel(request: HttpRequest, id: UUID) -> Status[None]:
    """Take a parcel apart that has not left: what was in it is picked, as before.

    Answers 409 `warehouse.already_shipped` when it has.
    """
    unpack(id)
    return Status(204, None)


@parcels.post("/{uuid:id}/ship", response=ShippedOut, auth=needs(WRITE))
def ship_parcel(request: HttpRequest, id: UUID) -> Shipped:
    """Hand a parcel over; one that has left already counts as shipped.

    Answers 409 `warehouse.not_packed` when its order is held.
    """
    Parcel.objects.get(id=id)
    return ship([id])[0]


def _out(parcel: Parcel) -> dict[str, Any]:
    known = {name: getattr(parcel, name, None) for name in ParcelOut.model_fields}
    return known | {"order": parcel.order_id, "document": parcel.document_id}
