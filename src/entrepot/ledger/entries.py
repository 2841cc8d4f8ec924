# SPDX-License-Identifier: Apache-2.0
"""Turn documents into movements: every unit leaves one place and enters another.

Places inside the engine are numbers: kind * KIND + number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.ledger.numbers import (
    ADJUSTMENT,
    KIND,
    RETURNED_SALE,
    SALE,
    TRANSFER,
    is_kind,
    number_in,
    sku_of,
    warehouse_of,
)

#: Kinds of place, in the order of their codes. home has two places: bought, and sent back. A voyage
#: is that of a declaration, or, the last kind, that of a transfer.
PLACES: Final = (
    "supplier",
    "home",
    "voyage",
    "warehouse",
    "customer",
    "scrapped",
    "lost",
    "unknown",
    "voyage",
)
SUPPLIER, HOME, VOYAGE, WAREHOUSE, CUSTOMER, SCRAPPED, LOST, UNKNOWN, TRANSFER_VOYAGE = range(9)
HOME_PLACES: Final = ("stock", "returned")
HOME_STOCK, HOME_RETURNED = range(2)
#: The customer of goods that were sold at export, when the declaration names no channel.
EXPORT_CUSTOMER = "export"

#: Kinds of document, in the order in which the book lists them.
DOCUMENTS: Final = (
    "purchase",
    "declaration",
    "receipt",
    "transfer",
    "sale",
    "return",
    "adjustment",
)

MOVEMENT_COLUMNS = (
    "number",
    "part",
    "on",
    "sku_no",
    "quantity",
    "from_no",
    "to_no",
)


def place(kind: int, number: nw.Expr) -> nw.Expr:
    """The number of a place."""
    return number + kind * KIND


def unmet_sales(outflows: Frame) -> Frame:
    """Units of sales that there was no stock for: sale, unmet."""
    right = nw.col("right")
    unmet = outflows.filter(nw.col("unmet") > 0)
    sales = (
        unmet.filter(is_kind(kind, right)).select("unmet", sale=number_in(kind, right))
        for kind in (SALE, RETURNED_SALE)
    )
    return nw.concat(list(sales))


def unmet_adjustments(outflows: Frame) -> Frame:
    """Units of negative adjustments that there was no stock for: adj, unmet."""
    right = nw.col("right")
    return outflows.filter(nw.col("unmet") > 0, is_kind(ADJUSTMENT, right)).select(
        "unmet", adj=number_in(ADJUSTMENT, right)
    )


def unmet_transfers(outflows: Frame) -> Frame:
    """Units of transfers that there was no stock for: trf, unmet."""
    right = nw.col("right")
    return outflows.filter(nw.col("unmet") > 0, is_kind(TRANSFER, right)).select(
        "unmet", trf=number_in(TRANSFER, right)
    )


def _fixed(kind: int, number: int) -> nw.Expr:
    return nw.lit(kind * KIND + number, nw.Int64)


def _part(number: int) -> nw.Expr:
    return nw.lit(number, nw.Int64)


def movements(
    declared: Frame,
    bought: Frame,
    received: Frame,
    returned: Frame,
    adjusted: Frame,
    sold: Frame,
    outflows: Frame,
    arrivals: Frame,
    suppliers: Frame,
    channels: Frame,
    transferred: Frame | None = None,
) -> dict[str, Frame]:
    """Every movement of goods, by kind of document, in whole numbers.

    Args:
        suppliers: one row per supplier: supplier_no, supplier_uscc.
        channels: one row per channel: channel_no, channel (`EXPORT_CUSTOMER` included).

    Returns:
        per kind of document one row per movement: number (of the document), part (a document line
        may move goods in several parts), on, sku_no, quantity, from_no, to_no (places). There are
        no transfers where nothing was transferred.
    """
    moved = {
        "purchase": _purchases(bought, suppliers),
        "declaration": _declarations(declared, arrivals, channels),
        "receipt": _receipts(received, arrivals),
        "sale": _sales(sold, outflows),
        "return": _returns(returned),
        "adjustment": _adjustments(adjusted, outflows),
    }
    if transferred is not None:
        moved["transfer"] = _transfers(transferred, outflows)
    return moved


def _purchases(bought: Frame, suppliers: Frame) -> Frame:
    return bought.join(suppliers, on="supplier_uscc").select(
        "sku_no",
        "quantity",
        number="pline",
        part=_part(0),
        on="issued_on",
        from_no=place(SUPPLIER, nw.col("supplier_no")),
        to_no=_fixed(HOME, HOME_STOCK),
    )


def _declarations(declared: Frame, arrivals: Frame, channels: Frame) -> Frame:
    voyage = place(VOYAGE, nw.col("dline"))
    left = declared.select(
        "sku_no",
        "quantity",
        number="dline",
        part=_part(0),
        on="exported_on",
        from_no=_fixed(HOME, HOME_STOCK),
        to_no=voyage,
    )
    never_received = (
        arrivals.filter(nw.col("receipt").is_null())
        .group_by("dline")
        .agg(never_received=nw.col("quantity").sum().cast(nw.Int64))
    )
    sold = (
        declared.filter(~nw.col("by_sale"))
        .join(never_received, on="dline")
        .drop("channel_no")
        .with_columns(channel=nw.col("channel").fill_null(EXPORT_CUSTOMER))
        .join(channels, on="channel")
        .select(
            "sku_no",
            quantity="never_received",
            number="dline",
            part=_part(1),
            on="exported_on",
            from_no=voyage,
            to_no=place(CUSTOMER, nw.col("channel_no")),
        )
    )
    return _together(left, sold)


def _receipts(received: Frame, arrivals: Frame) -> Frame:
    is_over = nw.col("dstart").is_null()
    parts = (
        arrivals.filter(~nw.col("receipt").is_null())
        .with_columns(part=nw.when(is_over).then(1).otherwise(0).cast(nw.Int64))
        .group_by("receipt", "part")
        .agg(nw.col("quantity").sum().cast(nw.Int64))
    )
    warehouse = warehouse_of(nw.col("lane"))
    return parts.join(received.drop("quantity"), on="receipt").select(
        "part",
        "quantity",
        number="receipt",
        on="day",
        sku_no=sku_of(nw.col("lane")),
        from_no=nw.when(nw.col("part") == 0)
        .then(place(VOYAGE, nw.col("dline")))
        .otherwise(place(UNKNOWN, warehouse)),
        to_no=place(WAREHOUSE, warehouse),
    )


def _transfers(transferred: Frame, outflows: Frame) -> Frame:
    """What left, what left without having been there, and what arrived."""
    voyage = place(TRANSFER_VOYAGE, nw.col("trf"))
    origin = warehouse_of(nw.col("lane"))
    lines = transferred.join(unmet_transfers(outflows), on="trf", how="left").select(
        "quantity",
        "day",
        "arrived_on",
        "lane",
        "to_lane",
        "trf",
        number="trf",
        sku_no=sku_of(nw.col("lane")),
        unmet=nw.col("unmet").fill_null(0),
    )
    left = lines.with_columns(
        quantity=nw.col("quantity") - nw.col("unmet"),
        part=_part(0),
        on="day",
        from_no=place(WAREHOUSE, origin),
        to_no=voyage,
    )
    without_stock = lines.with_columns(
        quantity="unmet", part=_part(1), on="day", from_no=place(UNKNOWN, origin), to_no=voyage
    )
    arrived = lines.filter(~nw.col("arrived_on").is_null()).with_columns(
        part=_part(2),
        on="arrived_on",
        from_no=voyage,
        to_no=place(WAREHOUSE, warehouse_of(nw.col("to_lane"))),
    )
    return _together(left, without_stock, arrived).filter(nw.col("quantity") > 0)


def _sales(sold: Frame, outflows: Frame) -> Frame:
    unmet = unmet_sales(outflows)
    lines = sold.select(
        "sale",
        "quantity",
        "sku_no",
        "warehouse_no",
        on="day",
        to_no=place(CUSTOMER, nw.col("channel_no")),
    )
    served = (
        lines.join(unmet, on="sale", how="left")
        .with_columns(quantity=nw.col("quantity") - nw.col("unmet").fill_null(0))
        .filter(nw.col("quantity") > 0)
    )
    without_stock = lines.drop("quantity").join(unmet.select("sale", quantity="unmet"), on="sale")
    return _together(
        *(
            rows.select(
                "on",
                "sku_no",
                "quantity",
                "to_no",
                number="sale",
                part=_part(number),
                from_no=place(origin, nw.col("warehouse_no")),
            )
            for number, (rows, origin) in enumerate(((served, WAREHOUSE), (without_stock, UNKNOWN)))
        )
    )


def _returns(returned: Frame) -> Frame:
    warehouse = warehouse_of(nw.col("lane"))
    return returned.select(
        "quantity",
        number="ret",
        part=_part(0),
        on="day",
        sku_no=sku_of(nw.col("lane")),
        from_no=place(CUSTOMER, nw.col("channel_no")),
        to_no=_end(nw.col("outcome"), warehouse),
    )


def _adjustments(adjusted: Frame, outflows: Frame) -> Frame:
    unmet = unmet_adjustments(outflows)
    lines = adjusted.with_columns(
        sku_no=sku_of(nw.col("lane")), warehouse_no=warehouse_of(nw.col("lane"))
    )
    warehouse = nw.col("warehouse_no")
    found = lines.filter(nw.col("quantity") > 0).with_columns(
        part=_part(0),
        from_no=place(UNKNOWN, warehouse),
        to_no=place(WAREHOUSE, warehouse),
    )
    gone = lines.filter(nw.col("quantity") < 0).with_columns(
        to_no=_end(nw.col("reason"), warehouse)
    )
    served = (
        gone.join(unmet, on="adj", how="left")
        .with_columns(
            quantity=0 - nw.col("quantity") - nw.col("unmet").fill_null(0),
            part=_part(0),
            from_no=place(WAREHOUSE, warehouse),
        )
        .filter(nw.col("quantity") > 0)
    )
    without_stock = (
        gone.drop("quantity")
        .join(unmet.select("adj", quantity="unmet"), on="adj")
        .with_columns(part=_part(1), from_no=place(UNKNOWN, warehouse))
    )
    return _together(
        *(
            rows.select(
                "part",
                "sku_no",
                "quantity",
                "from_no",
                "to_no",
                number="adj",
                on="day",
            )
            for rows in (found, served, without_stock)
        )
    )


def _end(word: nw.Expr, warehouse_no: nw.Expr) -> nw.Expr:
    """Where a unit ends that is restocked, scrapped, lost or sent home."""
    return (
        nw.when(word == "restocked")
        .then(place(WAREHOUSE, warehouse_no))
        .when(word == "scrapped")
        .then(place(SCRAPPED, warehouse_no))
        .when(word == "lost")
        .then(place(LOST, warehouse_no))
        .otherwise(_fixed(HOME, HOME_RETURNED))
    )


def _together(*frames: Frame) -> Frame:
    return nw.concat([frame.select(list(MOVEMENT_COLUMNS)) for frame in frames])


def balances(moved: Mapping[str, Frame]) -> Frame:
    """What every place holds: one row per place and SKU: place_no, sku_no, quantity (not 0)."""
    sums = [
        frame.group_by("sku_no", "from_no", "to_no").agg(nw.col("quantity").sum().cast(nw.Int64))
        for frame in moved.values()
    ]
    flows = nw.concat(sums)
    sides = nw.concat(
        [
            flows.select("sku_no", "quantity", place_no="to_no"),
            flows.select("sku_no", quantity=0 - nw.col("quantity"), place_no="from_no"),
        ]
    )
    return (
        sides.group_by("place_no", "sku_no")
        .agg(nw.col("quantity").sum().cast(nw.Int64))
        .filter(nw.col("quantity") != 0)
    )
