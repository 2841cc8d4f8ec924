# SPDX-License-Identifier: Apache-2.0
"""Counts for programs and hand-helds: open, enter, close, approve."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from entrepot.errors import EntrepotError
from entrepot.people.access import needs
from entrepot.warehouse.counts import closing, lists
from entrepot.warehouse.counts.entering import Entry, enter
from entrepot.warehouse.counts.limits import limit, set_limit
from entrepot.warehouse.counts.opening import MOST_BINS, Which, ask, open_count
from entrepot.warehouse.counts.rules import Limit
from entrepot.warehouse.floor.shapes import (
    APPROVE,
    MOST_UNITS,
    READ,
    WRITE,
    BinCode,
    OutcomeOut,
    ScanId,
    WarehouseCode,
    refused,
)
from entrepot.warehouse.models import CountAsked
from entrepot.web.fields import Absent, Body, Flag, Lines, text, whole
from entrepot.web.paging import Page, Paging
from entrepot.web.problems import refuse_faults
from entrepot.web.reading import bulk

router = Router(tags=["counts"])

Percent = Annotated[int, whole(0, 100)]
#: A barcode, or nothing to say that somebody was there.
Counted = Annotated[
    str,
    StringConstraints(strict=True, max_length=100, pattern=r"^[^\x00-\x1c\x1e\x1f\x7f]*$"),
]


class CountIn(Body):
    """Which bins are counted: named ones, a zone, a class, those not counted for long, or those
    that somebody asked for; one of these.
    """

    warehouse: WarehouseCode
    bins: Annotated[list[BinCode], Field(max_length=MOST_BINS)] = Field(
        [], description="Areas @receiving, @damaged, @missing and the warehouse itself among them."
    )
    zone: Absent[Annotated[str, text(40)]] = ""
    abc: Absent[Literal["", "A", "B", "C"]] = ""
    not_counted: Flag = False
    asked: Flag = False
    days: Annotated[int, whole(1, 3650)] = 90
    share_a: Percent = Field(80, description="Of a hundred units that left, those of class A.")
    share_b: Percent = 15
    is_blind: Flag = Field(True, description="What the book has is not shown while counting.")

    def which(self) -> Which:
        """The bins that are meant.

        Raises:
            Faulty: they are named in no way, or in several.
        """
        named = [
            name for name in ("bins", "zone", "abc", "not_counted", "asked") if getattr(self, name)
        ]
        refuse_faults(
            "Cannot open this count.",
            [{"at": named[1:] or ["bins"], "found": f"{len(named)} ways to name bins",
              "expected": "one"}] if len(named) != 1 else [],
        )  # fmt: skip
        return Which(
            self.bins, self.zone, self.abc, self.not_counted, self.asked, self.days,
            (self.share_a, self.share_b),
        )  # fmt: skip


class CountOut(Schema):
    """A count; `right` of `counted` bins is its accuracy."""

    id: UUID
    number: str
    warehouse: str
    about: str
    is_blind: bool
    state: Literal["open", "done", "cancelled"]
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    bins: dict[str, int] = Field(description="How many bins are in which state.")
    counted: int
    right: int


class CountedBinOut(Schema):
    """A bin of a count."""

    id: UUID
    place: str
    state: Literal["to_count", "counting", "right", "differs", "posted", "left_out"]
    attempt: int
    again: str = Field(description="Why it is to be counted again: moved, rejected.")
    counted_by: list[str]
    closed_at: datetime | None
    approved_by: str


class CountLineOut(Schema):
    """A SKU in a bin of a count."""

    id: UUID
    place: str
    state: str
    sku: str
    counted: int
    expected: int | None = Field(description="What the book had; null while it is not shown.")


class EntryLine(Body):
    """Units that were counted in a bin."""

    scan: ScanId
    bin: BinCode
    barcode: Absent[Counted] = Field("", description="Empty: somebody was there.")
    quantity: Annotated[int, whole(0, MOST_UNITS)] = 1
    is_set: Flag = Field(False, description="It takes the place of what was counted before.")


class EntriesIn(Body):
    """What was counted, as it was scanned."""

    lines: Lines[EntryLine]


class EntryOutcomeOut(OutcomeOut):
    """What came of one entry."""

    kind: str = Field("", description="counted; kept: a barcode that is not known; begun.")
    sku: str = ""
    counted: int = Field(0, description="Units of it in the bin so far.")


class BinsIn(Body):
    """Which bins of a count; all that are ready, if left out."""

    bins: Absent[Annotated[list[BinCode], Field(max_length=MOST_BINS)] | None] = None


class ClosedOut(Schema):
    """What became of bins, by their codes."""

    right: list[str]
    posted: list[str] = Field(description="Their differences are in the book.")
    differs: list[str] = Field(description="They wait for somebody's approval.")
    moved: list[str] = Field(description="To be counted again, for something moved.")


class AskIn(Body):
    """A bin that looks wrong."""

    warehouse: WarehouseCode
    bin: BinCode
    because: Annotated[str, text(200, at_least=1)]


class AskedOut(Schema):
    """A bin that is to be counted."""

    id: UUID
    place: str
    because: str
    asked_at: datetime
    asked_by: str


class LimitIn(Body):
    """Which differences need nobody's approval: within both."""

    units: Annotated[int, whole(0, MOST_UNITS)]
    percent: Percent = Field(description="Of what the book has.")


class LimitOut(Schema):
    """Which differences need nobody's approval."""

    units: int
    percent: int


@router.post("", response={201: CountOut}, auth=needs(WRITE))
def open_new_count(request: HttpRequest, body: CountIn) -> Status[dict[str, Any]]:
    """Open a count of bins that are in no open one.

    Answers 409 `warehouse.nothing_to_count`, 422 `warehouse.no_such_bin` with every one.
    """
    made = open_count(body.warehouse, body.which(), is_blind=body.is_blind)
    return Status(201, lists.told(made))


@router.get("", response=Page[CountOut], auth=needs(READ))
def list_counts(
    request: HttpRequest,
    page: Query[Paging],
    state: Literal["", "open", "done", "cancelled"] = "",
) -> dict[str, Any]:
    """Counts, the latest first."""
    return lists.counts(page, state)


@router.get("/asked", response=Page[AskedOut], auth=needs(READ))
def list_asked_counts(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """Bins that somebody asked to be counted and that no count has taken up."""
    return page.of(CountAsked.objects.filter(count=None), "-id")


@router.post("/asked", response={204: None}, auth=needs(WRITE))
def ask_to_count(request: HttpRequest, body: AskIn) -> Status[None]:
    """Ask for a bin to be counted; once, however often it is asked.

    Answers 422 `warehouse.no_such_bin`.
    """
    ask(body.warehouse, body.bin, body.because)
    return Status(204, None)


@router.get("/limit", response=LimitOut, auth=needs(READ))
def show_count_limit(request: HttpRequest) -> Limit:
    """Which differences need nobody's approval; none do where nothing is set."""
    return limit()


@router.put("/limit", response=LimitOut, auth=needs(APPROVE))
def set_count_limit(request: HttpRequest, body: LimitIn) -> Limit:
    """Set which differences need nobody's approval."""
    return set_limit(Limit(body.units, body.percent))


@router.get("/{uuid:id}", response=CountOut, auth=needs(READ))
def show_count(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Show a count."""
    return lists.one(id)


@router.get("/{uuid:id}/bins", response=Page[CountedBinOut], auth=needs(READ))
def list_counted_bins(request: HttpRequest, id: UUID, page: Query[Paging]) -> dict[str, Any]:
    """The bins of a count."""
    return lists.bins(id, page)


@router.get("/{uuid:id}/lines", response=Page[CountLineOut], auth=needs(READ))
def list_count_lines(request: HttpRequest, id: UUID, page: Query[Paging]) -> dict[str, Any]:
    """What was counted; beside it what the book had, of a blind count once the bin is closed."""
    return lists.lines(id, page)


@router.post("/{uuid:id}/entries", response=list[EntryOutcomeOut], auth=needs(WRITE))
@bulk
def enter_counted(request: HttpRequest, id: UUID, body: EntriesIn) -> list[dict[str, Any]]:
    """Enter what was counted, up to 10,000 scans, each once.

    One that is refused takes no other with it: `warehouse.not_in_count`,
    `warehouse.scan_differs`. A barcode that means no product is kept.
    """
    entries = [
        Entry(each.scan, each.bin, each.barcode, each.quantity, each.is_set) for each in body.lines
    ]
    return [
        refused(each.id, outcome)
        if isinstance(outcome, EntrepotError)
        else {"scan": each.id, "state": "done", "kind": outcome.state, "sku": outcome.sku,
              "counted": outcome.counted}
        for each, outcome in zip(entries, enter(id, entries), strict=True)
    ]  # fmt: skip


@router.post("/{uuid:id}/close", response=ClosedOut, auth=needs(WRITE))
def close_bins(request: HttpRequest, id: UUID, body: BinsIn) -> closing.Closed:
    """Close bins that were counted: right, within the limit, or waiting for approval.

    A bin in which something moved since its first entry is to be counted again.
    """
    return closing.close(id, body.bins)


@router.post("/{uuid:id}/approve", response=ClosedOut, auth=needs(APPROVE))
def approve_count(request: HttpRequest, id: UUID, body: BinsIn) -> closing.Closed:
    """Approve differences, and book them as one document.

    Answers 409 `warehouse.own_count` where whoever asks counted one of these bins,
    `warehouse.nothing_to_approve`.
    """
    return closing.approve(id, body.bins)


@router.post("/{uuid:id}/reject", response=ClosedOut, auth=needs(APPROVE))
def reject_count(request: HttpRequest, id: UUID, body: BinsIn) -> closing.Closed:
    """Have bins counted again that wait for approval."""
    return closing.reject(id, body.bins)


@router.post("/{uuid:id}/cancel", response=CountOut, auth=needs(WRITE))
def cancel_count(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """End a count; bins that are not settled are left out."""
    return lists.told(closing.cancel(id))
