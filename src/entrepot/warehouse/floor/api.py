# SPDX-License-Identifier: Apache-2.0
"""The floor for hand-helds: move, put away, walk, pick by scanning, say what is not there."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from entrepot.errors import EntrepotError
from entrepot.people.access import needs
from entrepot.warehouse.floor import picking, shorts, suggesting, unpicking
from entrepot.warehouse.floor.moving import Moved, Shift, move, put_away
from entrepot.warehouse.floor.picking import Pick, Picked
from entrepot.warehouse.floor.shapes import (
    READ,
    WRITE,
    Barcode,
    BinCode,
    Narrow,
    OutcomeOut,
    ScanId,
    Units,
    WarehouseCode,
    refused,
)
from entrepot.web.fields import Absent, Body, Lines, code, text, whole
from entrepot.web.reading import bulk

router = Router(tags=["floor"])


class ShiftIn(Body):
    """So many units from one bin or area to another."""

    barcode: Barcode
    quantity: Units = 1
    source: BinCode = Field(description="A bin, an area such as @receiving, or empty.")
    target: BinCode
    lot: Absent[Annotated[str, text(64)] | None] = Field(
        None, description="Which lot; whichever has lain there the longest, if left out."
    )


class MoveIn(Body):
    """Units that move, all of them or none."""

    scan: ScanId
    warehouse: WarehouseCode
    lines: Lines[ShiftIn]

    def shifts(self) -> list[Shift]:
        return [Shift(**each.model_dump()) for each in self.lines]


class MovedOut(Schema):
    """What a move did."""

    number: str
    units: int
    given_up: int = Field(description="Reserved units that went to an area: their orders wait.")
    over_capacity: list[str] = Field(description="Bins that hold more than they are made for.")


class SuggestLine(Body):
    """So many units of a SKU."""

    sku: Annotated[str, code(64)]
    quantity: Units = 1


class SuggestIn(Body):
    """What is to be put away."""

    warehouse: WarehouseCode
    lines: Lines[SuggestLine]


class SuggestedOut(Schema):
    """Where a SKU goes best."""

    sku: str
    bin: str = Field(description="Empty: the warehouse itself, for no bin has room.")


class StopOut(Schema):
    """One allocation on the walk."""

    allocation: UUID
    warehouse: str | None
    channel: str
    order_number: str
    line_no: int
    bin: str
    sequence: int | None
    sku: str
    name: str | None
    name_zh: str | None
    gtin: str | None
    lot: str
    quantity: int
    is_picked: bool


class WalkOut(Schema):
    """The way along the bins, and how far it is walked."""

    to_pick: int = Field(description="Units.")
    picked: int
    next: str | None = Field(description="The bin where the next unit is.")
    stops: list[StopOut]


class PickLine(Body):
    """A scan of a picker: of a wave, or of one order."""

    scan: ScanId
    of: Literal["wave", "order"]
    target: UUID = Field(description="The id of the wave or the order.")
    bin: BinCode
    barcode: Barcode
    quantity: Units = 1

    def pick(self) -> Pick:
        return Pick(self.scan, self.of, self.target, self.bin, self.barcode, self.quantity)


class PickIn(PickLine):
    """A scan of a picker in a warehouse."""

    warehouse: WarehouseCode


class PicksIn(Body):
    """Scans of pickers, as they come."""

    warehouse: WarehouseCode
    lines: Lines[PickLine]


class PickedOut(Schema):
    """What was picked."""

    scan: str
    sku: str
    name: str
    bin: str
    quantity: int
    left: int = Field(description="Still to be picked of it in this bin, for the same.")


class PickOutcomeOut(OutcomeOut):
    """What came of one scan of a picker."""

    picked: PickedOut | None = None


class UnpickedOut(Schema):
    """What lies in its bin again."""

    scan: str
    sku: str
    bin: str
    quantity: int


class ShortIn(Body):
    """How many units of an allocation lie in the bin, fewer than are to be picked."""

    scan: ScanId
    allocation: UUID
    found: Annotated[int, whole(0, 1_000_000)] = 0


class ShortOut(Schema):
    """What was not there."""

    sku: str
    place: str
    missing: int = Field(description="Units; free ones of the same bin among them.")
    given_up: int = Field(description="Units that the order is served with from elsewhere.")


@router.post("/moves", response=MovedOut, auth=needs(WRITE))
@bulk
def move_units(request: HttpRequest, body: MoveIn) -> Moved:
    """Move units within a warehouse: free ones first; reserved ones go along and stay reserved.

    Answers 409 `warehouse.not_there` with every place that has less, 422
    `warehouse.unknown_barcode`, `warehouse.misplaced`, `ledger.not_known`.
    """
    return move(body.scan, body.warehouse, body.shifts())


@router.post("/put-aways", response=MovedOut, auth=needs(WRITE))
@bulk
def put_away_units(request: HttpRequest, body: MoveIn) -> Moved:
    """Put away what lies in @receiving; orders that wait for it are served.

    Answers what moving answers.
    """
    return put_away(body.scan, body.warehouse, body.shifts())


@router.post("/suggestions", response=list[SuggestedOut], auth=needs(READ))
def suggest_bins(request: HttpRequest, body: SuggestIn) -> list[dict[str, str]]:
    """The best bin for each line: one that holds the SKU and has room, else an empty one."""
    wanted = [(each.sku, each.quantity) for each in body.lines]
    bins = suggesting.suggest(body.warehouse, wanted)
    return [{"sku": sku, "bin": bin} for (sku, _), bin in zip(wanted, bins, strict=True)]


@router.get("/walk", response=WalkOut, auth=needs(READ))
def walk_bins(
    request: HttpRequest,
    of: Literal["wave", "order"],
    target: UUID,
    warehouse: Narrow = "",
) -> dict[str, Any]:
    """What is to be picked of a wave or an order, along the bins, and what is picked already.

    An order may be picked in several warehouses: name one, or walk them one after the other.
    """
    stops = picking.walk(of, target, warehouse)
    left = [each for each in stops if not each["is_picked"]]
    return {
        "to_pick": sum(each["quantity"] for each in left),
        "picked": sum(each["quantity"] for each in stops if each["is_picked"]),
        "next": left[0]["bin"] if left else None,
        "stops": stops,
    }


@router.post("/picks", response=PickedOut, auth=needs(WRITE))
def pick_scan(request: HttpRequest, body: PickIn) -> Picked:
    """Pick one scan.

    Answers, each with what was expected in `facts`: `warehouse.wrong_bin`, `warehouse.wrong_sku`,
    `warehouse.too_many`, `warehouse.nothing_left` (409), `warehouse.unknown_barcode` (422).
    """
    return picking.scan_pick(body.warehouse, body.pick())


@router.post("/scans", response=list[PickOutcomeOut], auth=needs(WRITE))
@bulk
def pick_scans(request: HttpRequest, body: PicksIn) -> list[dict[str, Any]]:
    """Pick what a hand-held scanned while it was offline, up to 10,000 scans, each once.

    One that is refused takes no other with it: `refused` says why, as for one scan.
    """
    outcomes = picking.scan_picks(body.warehouse, [each.pick() for each in body.lines])
    return [
        refused(each.scan, outcome)
        if isinstance(outcome, EntrepotError)
        else {"scan": each.scan, "state": "done", "picked": asdict(outcome)}
        for each, outcome in zip(body.lines, outcomes, strict=True)
    ]


@router.post("/unpicks", response=UnpickedOut, auth=needs(WRITE))
def unpick_scan(request: HttpRequest, body: PickIn) -> unpicking.Unpicked:
    """Take a scan of a picker back: its units go from @packing to the bin they were picked from.

    `scan` is an id of its own. Answers 409 `warehouse.nothing_left` where nothing of it is picked
    from there, or it is in a parcel, and `warehouse.too_many`; 422 `warehouse.unknown_barcode`.
    """
    return unpicking.unpick(
        body.scan, body.warehouse, body.of, body.target, body.bin, body.barcode, body.quantity
    )


@router.post("/shorts", response=ShortOut, auth=needs(WRITE))
def pick_short(request: HttpRequest, body: ShortIn) -> shorts.Short:
    """Say that fewer units lie in a bin than are to be picked.

    What is missing goes to @missing, the order is served from elsewhere, the bin is to be counted.
    Answers 409 `warehouse.nothing_left` or `warehouse.too_many`.
    """
    return shorts.short_pick(body.scan, body.allocation, body.found)
