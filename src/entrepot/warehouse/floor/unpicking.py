# SPDX-License-Identifier: Apache-2.0
"""Take a scan of a picker back: what was picked goes back to its bin, and is to be picked again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from entrepot.ledger.document import Document, Line
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.areas import place_of, today
from entrepot.warehouse.floor import sql
from entrepot.warehouse.floor.barcodes import skus_of
from entrepot.warehouse.floor.cutting import Cuts
from entrepot.warehouse.floor.moving import part_of
from entrepot.warehouse.floor.refusing import NothingLeft, TooMany
from entrepot.warehouse.floor.scans import once, post_new
from entrepot.warehouse.outbound import sql as outbound_sql
from entrepot.warehouse.outbound.waves import settle

_COLUMNS: Final = {"wave": "wave_id", "order": "order_id"}


@dataclass(frozen=True, slots=True)
class Unpicked:
    """What lies in its bin again."""

    scan: str
    sku: str
    bin: str
    quantity: int


def unpick(
    scan: str, warehouse: str, of: str, target: UUID, bin: str, barcode: str, quantity: int
) -> Unpicked:
    """Put units back that were picked from a bin for a wave or an order and are in no parcel.

    Args:
        scan: an id of its own, not that of the scan that picked them.
        warehouse: its code.
        of: `wave` or `order`, and `target` is its id.
        target: which one.
        bin: where they were picked from.
        barcode: the SKU, or what was scanned.
        quantity: how many units.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
        UnknownBarcode: it is not of one product.
        NothingLeft: nothing of it is picked from there, or it is in a parcel.
        TooMany: fewer are.
        ScanDiffers: this id came with something else before.
    """
    asks = ["unpick", warehouse, of, str(target), bin, barcode, quantity]
    return once(
        scan, asks, Unpicked, lambda: _unpick(scan, warehouse, of, target, bin, barcode, quantity)
    )


def _unpick(
    scan: str, warehouse: str, of: str, target: UUID, bin: str, barcode: str, quantity: int
) -> Unpicked:
    asked = f"Cannot put {quantity:,} of {barcode[:60]!r} back."
    with raw_cursor() as cursor:
        place, zone = place_of(cursor, warehouse)
        sku = skus_of(cursor, [barcode], asked)[barcode]
        given: dict[str, Any] = {
            "enterprise": acting().enterprise, "id": target, "sku": sku,
            "from": part_of(place, bin),
        }  # fmt: skip
        statement = sql.PICKED_FROM.format(of=_COLUMNS[of])
        rows = cursor.execute(statement, given).fetchall()
        there = sum(n for _, n in rows)
        _check(asked, quantity, there)
        cuts, parts, left = Cuts(dict(rows)), [], quantity
        for id, n in rows:
            if part := min(left, n):
                parts.append(cuts.take(id, part))
                left -= part
        cuts.make(cursor)
        given["allocations"] = parts
        back = outbound_sql.PUT_BACK.format(which=outbound_sql.THESE)
        moved = sorted(cursor.execute(back, given).fetchall())
        lines = [
            Line(its, n, source, goal, lot, is_reserved=True)
            for _, _, _, source, goal, its, lot, n, _, _ in moved
        ]
        post_new([Document("put_back", scan, today(zone), lines)])
        settle(cursor, (row[8] for row in moved))
    return Unpicked(scan, sku, bin, quantity)


def _check(asked: str, quantity: int, there: int) -> None:
    if not there:
        raise NothingLeft(
            asked,
            "Nothing of it is picked from there, or it is in a parcel.",
            "Unpack the parcel first.",
        )
    if there < quantity:
        raise TooMany(
            asked,
            f"{there:,} of it {'is' if there == 1 else 'are'} picked from there.",
            "Put back as many.",
            expected=there,
        )
