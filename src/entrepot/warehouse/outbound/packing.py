# SPDX-License-Identifier: Apache-2.0
"""Pack what was picked into parcels, and unpack again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.papers import sscc
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.models import Allocation, Parcel
from entrepot.warehouse.models.outbound import PACKED
from entrepot.warehouse.numbering import take_numbers
from entrepot.warehouse.outbound import sql


class NothingToPack(Refused):
    """Orders of which nothing lies picked and unpacked, or less than was to be packed."""

    code = "warehouse.nothing_to_pack"


class AlreadyShipped(Refused):
    """A parcel that has left cannot be unpacked."""

    code = "warehouse.already_shipped"


@dataclass(frozen=True, slots=True)
class NewParcel:
    """What is to be packed for an order.

    Args:
        lines: so many units of each line, by its number; everything that is picked where empty.
        weight_g: what the scales say; what the products weigh where none is given and all of
            them have a weight.
    """

    order: UUID
    lines: Mapping[int, int] = field(default_factory=dict)
    weight_g: int | None = None
    carton: str = ""
    carrier: str = ""
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class Packed:
    """A parcel: what was picked in two warehouses makes two."""

    id: UUID
    number: str
    order: UUID
    warehouse: str
    weight_g: int | None


def pack(parcels: Sequence[NewParcel]) -> list[Packed]:
    """Pack parcels: all of them, or none; at most one for each order.

    Raises:
        NothingToPack: less is picked and unpacked of an order than was to be packed.
        NumbersUsedUp: the firm's GS1 prefix leaves no digits for more parcels.
    """
    enterprise = acting().enterprise
    wanted = {each.order: each for each in parcels}
    with raw_cursor() as cursor:
        given: dict[str, Any] = {"enterprise": enterprise, "orders": sorted(wanted)}
        rows = cursor.execute(sql.PICKED, given).fetchall()
        if len({row[1] for row in rows}) < len(wanted):
            _refuse_nothing(sorted(wanted.keys() - {row[1] for row in rows}))
        if any(each.lines for each in parcels):
            rows = _chosen(cursor, enterprise, rows, wanted)
        packed, contents = [], []
        groups = [(key, list(its)) for key, its in groupby(rows, itemgetter(1, 2))]
        numbers = _numbers(cursor, enterprise, len(groups))
        for number, ((order, warehouse), its) in zip(numbers, groups, strict=True):
            weight = wanted[order].weight_g or _weight(its)
            packed.append(Packed(new_id(), number, order, warehouse, weight))
            contents += [(row[0], packed[-1].id) for row in its]
        given = _given(enterprise, packed, wanted, contents)
        cursor.execute(sql.PACK, given)
    return packed


def _numbers(cursor: Cursor[Any], enterprise: UUID, count: int) -> list[str]:
    """The next numbers of parcels: SSCCs, where the firm has a prefix of GS1."""
    row = cursor.execute(sql.PREFIX, {"enterprise": enterprise}).fetchone()
    numbers = take_numbers(cursor, "parcel", count)
    if row is None:
        return [f"P{number:010}" for number in numbers]
    prefix, extension = row
    return [sscc.make(prefix, number, extension) for number in numbers]


def unpack(parcel: UUID) -> None:
    """Take a parcel apart that has not left: what was in it is picked, as before.

    Raises:
        Parcel.DoesNotExist: there is no such parcel.
        AlreadyShipped: it has left.
    """
    found = Parcel.objects.select_for_update().get(id=parcel)
    if found.state != PACKED:
        raise AlreadyShipped(
            f"Cannot unpack parcel {found.number}.",
            f"It left on {found.shipped_on}.",
            "Take it back as a return when it comes back.",
        )
    Allocation.objects.filter(parcel_id=parcel).update(parcel_id=None)
    found.delete()


def _given(
    enterprise: UUID,
    packed: Sequence[Packed],
    wanted: Mapping[UUID, NewParcel],
    contents: Sequence[tuple[UUID, UUID]],
) -> dict[str, Any]:
    return {
        "enterprise": enterprise,
        "at": timezone.now(),
        "by": acting().actor,
        "ids": [each.id for each in packed],
        "numbers": [each.number for each in packed],
        "orders": [each.order for each in packed],
        "warehouses": [each.warehouse for each in packed],
        "weights": [each.weight_g for each in packed],
        "cartons": [wanted[each.order].carton for each in packed],
        "carriers": [wanted[each.order].carrier for each in packed],
        "trackings": [wanted[each.order].tracking for each in packed],
        "allocations": [allocation for allocation, _ in contents],
        "parcel_of": json.dumps({str(each): str(parcel) for each, parcel in contents}),
    }


def _weight(rows: Sequence[tuple[Any, ...]]) -> int | None:
    weights = [row[6] for row in rows]
    return None if None in weights else min(sum(weights), 2**31 - 1)


def _chosen(
    cursor: Cursor[Any],
    enterprise: UUID,
    rows: Sequence[tuple[Any, ...]],
    wanted: Mapping[UUID, NewParcel],
) -> list[tuple[Any, ...]]:
    """Those units that were asked for; an allocation of which a part is packed becomes two."""
    chosen, parts = [], []
    rest = {(order, line): n for order, each in wanted.items() for line, n in each.lines.items()}
    for row in rows:
        id, order, warehouse, line_no, sku, quantity, weight = row
        if not wanted[order].lines:
            chosen.append(row)
            continue
        part = min(quantity, rest.get((order, line_no), 0))
        if not part:
            continue
        rest[order, line_no] -= part
        if part < quantity:
            new = new_id()
            parts.append((id, part, new))
            its = None if weight is None else weight // quantity * part
            row = (new, order, warehouse, line_no, sku, part, its)
        chosen.append(row)
    if lacking := sorted({order for (order, _), n in rest.items() if n}):
        _refuse_nothing(lacking)
    if parts:
        allocations, quantities, new_ids = (list(column) for column in zip(*parts, strict=True))
        given = {
            "enterprise": enterprise, "allocations": allocations, "quantities": quantities,
            "new": new_ids,
        }  # fmt: skip
        cursor.execute(sql.SPLIT, given, prepare=planned_for(len(parts)))
    return chosen


def _refuse_nothing(orders: Sequence[UUID]) -> None:
    raise NothingToPack(
        f"Cannot pack order {orders[0]}"
        + (f" and {len(orders) - 1:,} more." if len(orders) > 1 else "."),
        "Less of it lies picked and unpacked than was to be packed, or it is held.",
        "Pick it first, or pack less; nothing was packed.",
        orders=[str(each) for each in orders[:1000]],
    )
