# SPDX-License-Identifier: Apache-2.0
"""Orders for programs: take them in, reserve, change, cancel, split, and see them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status
from psycopg.rows import dict_row

from entrepot.people.access import Access, needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.allocation.actions import Allocated, allocate_orders, take_back
from entrepot.warehouse.allocation.work import serve_later
from entrepot.warehouse.api import lists, shapes
from entrepot.warehouse.models import Order
from entrepot.warehouse.orders import changing
from entrepot.warehouse.orders.creating import Taken, create
from entrepot.warehouse.orders.recipients import read_recipient
from entrepot.warehouse.orders.splitting import split
from entrepot.web.fields import MOST_LINES
from entrepot.web.paging import Page
from entrepot.web.problems import refuse_faults
from entrepot.web.reading import bulk

READ, WRITE, PERSONAL = "orders.read", "orders.write", "orders.personal"

router = Router(tags=["orders"])


@router.get("", response=Page[shapes.OrderOut], auth=needs(READ))
def list_orders(request: HttpRequest, page: Query[shapes.OrderFilter]) -> dict[str, Any]:
    """List orders: the latest first, by number, or by the day of promise."""
    found = lists.orders(**page.model_dump(exclude={"limit", "cursor"}))
    with raw_cursor() as cursor:
        return page.of_sql(cursor, found.statement, found.given, *found.by)


@router.post("", response={201: shapes.TakenAndAllocated}, auth=needs(WRITE))
def take_order(request: HttpRequest, body: shapes.OneOrderIn) -> Status[dict[str, Any]]:
    """Take an order in, and reserve what is there; the same order twice is one.

    Answers 422 `warehouse.unknown_sku`, or 409 `warehouse.order_differs` where another of its
    channel and number is there.
    """
    return Status(201, _taken(create([body.order()]), body.allocate))


@router.post("/bulk", response={201: shapes.TakenAndAllocated}, auth=needs(WRITE))
@bulk
def take_orders(request: HttpRequest, body: shapes.OrdersIn) -> Status[dict[str, Any]]:
    """Take orders in, with up to 10,000 lines together: all of them, or none.

    Answers 422 `warehouse.unknown_sku` with every SKU that is no product, or 409
    `warehouse.order_differs`.
    """
    lines = sum(len(each.lines) for each in body.orders)
    if lines > MOST_LINES:
        refuse_faults(
            "Cannot take the orders.",
            [{"in": "body", "at": ["orders"], "found": f"{lines:,} lines together",
              "expected": f"at most {MOST_LINES:,}"}],
        )  # fmt: skip
    return Status(201, _taken(create([each.order() for each in body.orders]), body.allocate))


def _taken(taken: list[Taken], allocate: bool) -> dict[str, Any]:
    allocated = allocate_orders([each.id for each in taken]) if allocate else []
    return {"taken": taken, "allocated": allocated}


@router.get("/{uuid:id}", response=shapes.OrderShown, auth=needs(READ))
def show_order(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Show an order with its lines, what is reserved, and its parcels.

    Whom it goes to is shown to callers with the scope orders.personal.
    """
    access: Access = request.access  # type: ignore[attr-defined]
    may = PERSONAL in access.scopes
    given = {"enterprise": acting().enterprise, "order": id, "personal": may}
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        found: Any = cursor.execute(lists.SHOW, given).fetchone()
    if found is None:
        raise Order.DoesNotExist
    return {**found, "recipient": read_recipient(id, found["sealed"]) or None}


@router.patch("/{uuid:id}", response=shapes.ChangedOut, auth=needs(WRITE))
def change_order(request: HttpRequest, id: UUID, body: shapes.ChangeIn) -> changing.Changed:
    """Change the day of promise, priority, service or note of an order; not its lines.

    Answers 409 `warehouse.order_not_open` when it is done or cancelled.
    """
    Order.objects.only("id").get(id=id)
    return changing.change(id, **shapes.given(body))


@router.post("/cancel", response=shapes.ChangesOut, auth=needs(WRITE))
@bulk
def cancel_orders(request: HttpRequest, body: shapes.CancelIn) -> changing.Changes:
    """Cancel orders; what is packed or shipped stays. All of them, or none.

    Answers 409 `warehouse.already_picked` with those of which something is picked and in no
    parcel: put it back first.
    """
    return _served(changing.cancel([changing.Cancel(id) for id in body.orders], body.because))


@router.post("/{uuid:id}/cancel-units", response=shapes.ChangesOut, auth=needs(WRITE))
def cancel_units(request: HttpRequest, id: UUID, body: shapes.CancelUnitsIn) -> changing.Changes:
    """Cancel units of an order's lines, so many in all: asked twice it is done once.

    Answers 409 `warehouse.already_picked` when fewer can be.
    """
    Order.objects.only("id").get(id=id)
    wanted = changing.Cancel(id, {each.line_no: each.cancelled for each in body.lines})
    return _served(changing.cancel([wanted], body.because))


@router.post("/hold", response=shapes.ChangesOut, auth=needs(WRITE))
@bulk
def hold_orders(request: HttpRequest, body: shapes.HoldIn) -> changing.Changes:
    """Hold orders: nothing is reserved, picked, packed or shipped until they are released.

    Answers 409 `warehouse.order_not_open` when one is done or cancelled.
    """
    return _served(changing.hold(body.orders, body.because, gives_up=body.gives_up))


@router.post("/release", response=shapes.ChangesOut, auth=needs(WRITE))
@bulk
def release_orders(request: HttpRequest, body: shapes.OrderIds) -> changing.Changes:
    """Let orders that are held go on.

    Answers 409 `warehouse.order_not_open` when one is done or cancelled.
    """
    return changing.release(body.orders)


@router.post("/{uuid:id}/split", response={201: shapes.TakenOut}, auth=needs(WRITE))
def split_order(request: HttpRequest, id: UUID, body: shapes.SplitIn) -> Status[Taken]:
    """Make an order of some units of another; what is reserved of them goes along.

    Answers 409 `warehouse.already_picked` or `warehouse.nothing_to_split`.
    """
    Order.objects.only("id").get(id=id)
    lines = {each.line_no: each.units for each in body.lines}
    return Status(201, split(id, lines, shapes.given(body).get("number", "")))


@router.post("/allocate", response=list[shapes.AllocatedOut], auth=needs(WRITE))
@bulk
def reserve_for_orders(request: HttpRequest, body: shapes.OrderIds) -> list[Allocated]:
    """Reserve what is open of orders, as far as there is stock, those promised first first."""
    return allocate_orders(body.orders)


@router.post("/take-back", response=shapes.TakenBackOut, auth=needs(WRITE))
@bulk
def take_reserved_back(request: HttpRequest, body: shapes.OrderIds) -> dict[str, int]:
    """Give up what is reserved for orders and not picked; it lies free, and they wait."""
    return {"units": take_back(body.orders)}


def _served(changes: changing.Changes) -> changing.Changes:
    serve_later(changes.freed)
    return changes
