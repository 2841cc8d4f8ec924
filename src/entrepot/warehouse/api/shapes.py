# SPDX-License-Identifier: Apache-2.0
"""What the API takes and gives of orders."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import BeforeValidator, Field

from entrepot.warehouse.orders.order import (
    MOST_AMOUNT,
    MOST_LINES,
    MOST_QUANTITY,
    NewOrder,
    Ordered,
)
from entrepot.web.fields import Absent, Body, Day, Unasked, code, text, whole
from entrepot.web.paging import Paging

#: A channel is a part of a place of the book.
CHANNEL = r"^[^/\s\x00-\x1f\x7f]([^/\x00-\x1f\x7f]*[^/\s\x00-\x1f\x7f])?$"
Channel = Annotated[str, Field(strict=True, max_length=40, pattern=CHANNEL)]
Number = Annotated[str, code(80)]
Sku = Annotated[str, code(64)]
Country = Annotated[str, Field(strict=True, pattern="^[A-Z]{2}$")]
Postcode = Annotated[str, text(20)]
Service = Annotated[str, text(60)]
Note = Annotated[str, text(500)]
Because = Annotated[str, text(200)]
Priority = Annotated[int, whole(-1000, 1000)]
LineNo = Annotated[int, whole(0, 2**31 - 1)]
Units = Annotated[int, whole(1, MOST_QUANTITY)]
Truth = Annotated[bool, Field(strict=True)]
Ids = Annotated[list[UUID], Field(min_length=1, max_length=MOST_LINES)]
#: What a list is narrowed by: empty narrows nothing.
Narrow = Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
State = Literal["open", "held", "done", "cancelled"]

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def _only_moment(value: object) -> object:
    if isinstance(value, str) and _MOMENT.fullmatch(value) and value >= "1990":
        return value
    raise ValueError("a time with its zone, written as 2026-01-02T15:04:05Z")


#: A point in time, as 2026-01-02T15:04:05Z.
Moment = Annotated[datetime, BeforeValidator(_only_moment, json_schema_input_type=datetime)]


class RecipientIn(Body):
    """Whom an order goes to; kept encrypted, and shown to few."""

    name: Annotated[str, text(200)] = ""
    company: Annotated[str, text(200)] = ""
    street: Annotated[str, text(200)] = ""
    city: Annotated[str, text(200)] = ""
    region: Annotated[str, text(200)] = ""
    phone: Annotated[str, text(200)] = ""
    email: Annotated[str, text(200)] = ""


class OrderedIn(Body):
    """So many units of a SKU."""

    line_no: LineNo | None = Field(None, description="Counted from 1 where none is given.")
    sku: Sku
    quantity: Units
    amount: Annotated[int, whole(0, MOST_AMOUNT)] = Field(
        0, description="Of the whole line, in the smallest unit of the currency."
    )


class OrderIn(Body):
    """What a customer ordered; channel and number name it."""

    channel: Channel
    number: Number
    ordered_at: Moment
    promised_on: Day = Field(description="The day by which it is to leave the warehouse.")
    country: Country
    postcode: Postcode = ""
    currency: Annotated[str, Field(strict=True, pattern="^([A-Z]{3})?$")] = ""
    service: Service = Field("", description="How it is to be shipped.")
    note: Note = ""
    priority: Priority = 0
    recipient: RecipientIn = Field(default_factory=RecipientIn)
    lines: list[OrderedIn] = Field(min_length=1, max_length=MOST_LINES)

    def order(self) -> NewOrder:
        """The order as it is taken in."""
        lines = [
            Ordered(each.line_no if each.line_no is not None else at, each.sku, each.quantity,
                    each.amount)
            for at, each in enumerate(self.lines, 1)
        ]  # fmt: skip
        told = {name: value for name, value in self.recipient.model_dump().items() if value}
        return NewOrder(
            self.channel, self.number, self.ordered_at, self.promised_on, self.country, lines,
            self.postcode, self.currency, self.service, self.note, self.priority, told,
        )  # fmt: skip


class OneOrderIn(OrderIn):
    """An order, and whether it is reserved for at once."""

    allocate: Truth = True


class OrdersIn(Body):
    """Orders to take in together: all of them, or none."""

    orders: list[OrderIn] = Field(min_length=1, max_length=MOST_LINES)
    allocate: Truth = True


class TakenOut(Schema):
    """An order that was taken in."""

    id: UUID
    channel: str
    number: str
    is_new: bool = Field(description="False: it was there already, word for word.")


class AllocatedOut(Schema):
    """What an order got."""

    order: UUID
    reserved: int = Field(description="Units reserved by this call.")
    waiting: int = Field(description="Units that still wait for goods.")


class TakenAndAllocated(Schema):
    """Orders that were taken in, and what those of them got of which something was open."""

    taken: list[TakenOut]
    allocated: list[AllocatedOut]


class CancelIn(Body):
    """Orders to cancel, as far as nothing of them is packed or shipped."""

    orders: Ids
    because: Because = ""


class CancelLine(Body):
    """How many units of a line are to be cancelled in all, those before included."""

    line_no: LineNo
    cancelled: Units


class CancelUnitsIn(Body):
    """Units of an order to cancel."""

    lines: list[CancelLine] = Field(min_length=1, max_length=MOST_LINES)
    because: Because = ""


class HoldIn(Body):
    """Orders to hold."""

    orders: Ids
    because: Annotated[str, text(200, at_least=1)]
    gives_up: Truth = Field(False, description="What is reserved and not picked lies free again.")


class OrderIds(Body):
    """Which orders."""

    orders: Ids


class ChangeIn(Body):
    """What is to be different; what is left out stays."""

    promised_on: Absent[Day] = date.min
    priority: Absent[Priority] = 0
    service: Absent[Service] = ""
    note: Absent[Note] = ""


class SplitLine(Body):
    """Units of a line that go into the new order."""

    line_no: LineNo
    units: Units


class SplitIn(Body):
    """What goes into a new order."""

    lines: list[SplitLine] = Field(min_length=1, max_length=MOST_LINES)
    number: Absent[Number] = Field("", description="Else the number and -2, -3, and so on.")


class ChangedOut(Schema):
    """An order after a change."""

    order: UUID
    channel: str
    number: str
    state: State
    units: int = Field(description="Units that were cancelled by this call.")


class ChangesOut(Schema):
    """Orders after a change."""

    orders: list[ChangedOut]


class TakenBackOut(Schema):
    """What lies free again."""

    units: int


class OrderFilter(Paging):
    """Which orders: the latest first, or by number, or by the day of promise."""

    state: Unasked[State] = None
    channel: Narrow = ""
    number: Narrow = Field("", description="What the number begins with.")
    sku: Narrow = ""
    promised_until: Unasked[Day] = Field(
        None, description="Of orders that are open, unless `state` says otherwise."
    )
    is_waiting: bool | None = Field(None, description="True: something of it waits for goods.")


class OrderOut(Schema):
    """An order. Whom it goes to is not said in lists."""

    id: UUID
    channel: str
    number: str
    state: State
    ordered_at: datetime
    promised_on: date
    priority: int
    country: str
    currency: str
    service: str
    held_because: str
    split_from: UUID | None
    created_at: datetime
    created_by: str


class LineOut(Schema):
    """A line: what is neither cancelled, reserved nor shipped is open."""

    line_no: int
    sku: str
    quantity: int
    amount: int
    cancelled: int
    allocated: int
    shipped: int
    open: int


class AllocationOut(Schema):
    """Units reserved for a line, and where they are."""

    id: UUID
    line_no: int
    sku: str
    lot: str
    quantity: int
    warehouse: str
    place: str
    picked_from: str
    wave: UUID | None
    parcel: UUID | None


class ParcelOfOrder(Schema):
    """A parcel of an order."""

    id: UUID
    number: str
    warehouse: str
    state: str
    carrier: str
    tracking: str
    shipped_on: date | None


class RecipientOut(Schema):
    """Whom an order goes to."""

    name: str = ""
    company: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    phone: str = ""
    email: str = ""


class OrderShown(OrderOut):
    """An order with all that belongs to it."""

    postcode: str
    note: str
    erased_at: datetime | None = Field(description="When what was kept of its buyer was erased.")
    erased_by: str
    lines: list[LineOut]
    allocations: list[AllocationOut]
    parcels: list[ParcelOfOrder]
    recipient: RecipientOut | None = Field(
        description="Nothing without the scope orders.personal, or where nothing is kept."
    )


def given(body: Body) -> dict[str, Any]:
    """What a body says of its own."""
    return body.model_dump(exclude_unset=True)
