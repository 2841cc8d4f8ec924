# SPDX-License-Identifier: Apache-2.0
"""A season's documents as they stood on a day, each row numbered in the order of its key.

Everything after this works on whole numbers: a number stands for a key of several texts and sorts
as the key does. Texts come back when the results are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.engine.distinct import distinct
from entrepot.ledger.entries import EXPORT_CUSTOMER
from entrepot.ledger.numbers import TRANSFERS, lane

LINE = ["declaration_no", "item_no", "sku"]


@dataclass(frozen=True, slots=True)
class Documents:
    """The season's rows up to `as_of`, kept by the engine.

    skus: one row per SKU: sku_no, sku.
    warehouses: one row per warehouse: warehouse_no, warehouse.
    channels: one row per channel: channel_no, channel; `entries.EXPORT_CUSTOMER` is one.
    declared: one row per declaration item and SKU: dline (its number), item (that of its item),
        key, sku_no, warehouse_no, channel_no, mode, exported_on, quantity, fob_amount (fen),
        by_sale (True where tax follows the sale), warehouse, channel, order_no, hs_code.
    bought: one row per VAT invoice line and SKU: pline, iline (the number of its invoice line),
        key, sku_no, issued_on, supplier_uscc, quantity, net_amount (fen), vat_rate
        (ten-thousandths).
    links: one row per declared link: dline, pline, quantity.
    received: one row per receipt line: receipt, dline, lane, day, warehouse, quantity, key.
    sold: one row per order line: sale, warehouse_no, sku_no, day, quantity, channel_no, order_no,
        line_no.
    returned: one row per return line: ret, sale, lane, day (effective), returned_on, is_early,
        warehouse, quantity, outcome, key.
    adjusted: one row per adjustment line: adj, lane, day, quantity (signed), reason, key.
    transferred: one row per transfer line: trf, ret (its number among the returns), lane (that it
        left), to_lane, day (it left), arrived_on (null: on its way), from_warehouse, quantity, key.
        None where nothing was transferred, so that no step does work for it.
    claims: one row per claim and item: claim, item, kind, of_claim, quantity, amount (fen),
        filed_on, finished_on, documents_on, key.

    A lane is where the units of one SKU in one warehouse lie (`ledger.numbers.lane`).
    """

    as_of: date
    channels: Frame
    declared: Frame
    bought: Frame
    links: Frame
    skus: Frame
    warehouses: Frame
    received: Frame
    sold: Frame
    returned: Frame
    adjusted: Frame
    claims: Frame
    transferred: Frame | None = None


def number_documents(engine: Engine, tables: Mapping[str, Frame], as_of: date) -> Documents:
    """Take what had happened by `as_of`, with its parents, and number it."""
    transfers = _unless_empty(engine, tables["transfers"].filter(_happened("shipped_on", as_of)))
    skus = engine.keep_in_order(tables["products"].select("sku"), "skus", ["sku"], "sku_no")
    # Few warehouses and channels: read the sales once for both.
    sold_at = engine.keep(distinct(tables["sales"], "warehouse", "channel"), "sold_at")
    warehouses = _warehouses(engine, tables, sold_at, transfers)
    channels = _channels(engine, tables, sold_at)
    declared = _declared(engine, tables, skus, warehouses, channels, as_of)
    bought = _bought(engine, tables, skus, as_of)
    sold = _sold(engine, tables, skus, warehouses, channels, as_of)
    return Documents(
        as_of=as_of,
        declared=declared,
        bought=bought,
        links=_links(engine, tables, declared, bought),
        skus=skus,
        warehouses=warehouses,
        channels=channels,
        received=_received(engine, tables, declared, warehouses, as_of),
        sold=sold,
        returned=_returned(engine, tables, sold, warehouses, channels, as_of),
        adjusted=_adjusted(engine, tables, skus, warehouses, as_of),
        claims=_claims(engine, tables, declared, as_of),
        transferred=transfers
        if transfers is None
        else _transferred(engine, transfers, skus, warehouses, as_of),
    )


def _happened(column: str, as_of: date) -> nw.Expr:
    return nw.col(column) <= nw.lit(as_of)


def _declared(
    engine: Engine,
    tables: Mapping[str, Frame],
    skus: Frame,
    warehouses: Frame,
    channels: Frame,
    as_of: date,
) -> Frame:
    rows = (
        tables["declarations"]
        .filter(_happened("exported_on", as_of))
        .with_columns(
            by_sale=(nw.col("mode") == "9810") & ~nw.col("sold_at_export").fill_null(value=False)
        )
        .join(tables["products"].select("sku", "hs_code"), on="sku")
        .join(skus, on="sku")
        .join(warehouses, on="warehouse", how="left")
        .join(channels, on="channel", how="left")
        .drop("sold_at_export")
    )
    lines = engine.keep_in_order(rows, "declared_lines", LINE, "dline")
    # Lines of one item lie together in key order, so its first line can number the item.
    items = lines.group_by("declaration_no", "item_no").agg(item=nw.col("dline").min())
    numbered = lines.join(items, on=["declaration_no", "item_no"])
    return _kept(engine, numbered, "declared", drop="declared_lines")


def _bought(engine: Engine, tables: Mapping[str, Frame], skus: Frame, as_of: date) -> Frame:
    rows = tables["purchases"].filter(_happened("issued_on", as_of)).join(skus, on="sku")
    lines = engine.keep_in_order(rows, "bought_lines", ["invoice_no", "line_no", "sku"], "pline")
    invoice_lines = lines.group_by("invoice_no", "line_no").agg(iline=nw.col("pline").min())
    numbered = lines.join(invoice_lines, on=["invoice_no", "line_no"])
    return _kept(engine, numbered, "bought", drop="bought_lines")


def _links(engine: Engine, tables: Mapping[str, Frame], declared: Frame, bought: Frame) -> Frame:
    rows = (
        tables["invoice_links"]
        .join(declared.select(*LINE, "dline"), on=LINE)
        .join(
            bought.select("invoice_no", "line_no", "sku", "pline"),
            on=["invoice_no", "line_no", "sku"],
        )
        .select("dline", "pline", "quantity")
    )
    return engine.keep(rows, "links")


def _unless_empty(engine: Engine, rows: Frame) -> Frame | None:
    """The rows, or None where there are none."""
    return rows if engine.rows(rows.select(n=nw.len()))[0]["n"] else None


def _warehouses(
    engine: Engine, tables: Mapping[str, Frame], sold_at: Frame, transfers: Frame | None
) -> Frame:
    stocked = ("declarations", "receipts", "returns", "adjustments")
    names = [distinct(tables[name], "warehouse") for name in stocked]
    names.append(sold_at.select("warehouse"))
    if transfers is not None:
        names += [transfers.select(warehouse=end) for end in ("from_warehouse", "to_warehouse")]
    rows = distinct(nw.concat(names), "warehouse")
    rows = rows.filter(~nw.col("warehouse").is_null())
    return engine.keep_in_order(rows, "warehouses", ["warehouse"], "warehouse_no")


def _channels(engine: Engine, tables: Mapping[str, Frame], sold_at: Frame) -> Frame:
    """Every channel, and the customer of goods sold at export whose declaration names none."""
    export = engine.table(pa.table({"channel": [EXPORT_CUSTOMER]}))
    declared = tables["declarations"].filter(~nw.col("channel").is_null())
    names = [rows.select("channel") for rows in (export, declared, sold_at)]
    rows = distinct(nw.concat(names), "channel")
    return engine.keep_in_order(rows, "channels", ["channel"], "channel_no")


def _received(
    engine: Engine, tables: Mapping[str, Frame], declared: Frame, warehouses: Frame, as_of: date
) -> Frame:
    rows = (
        tables["receipts"]
        .filter(_happened("received_on", as_of))
        .join(declared.select(*LINE, "dline", "sku_no"), on=LINE)
        .join(warehouses, on="warehouse")
        .select(
            "receipt_no",
            "line_no",
            "dline",
            "warehouse",
            "quantity",
            day="received_on",
            lane=lane(nw.col("warehouse_no"), nw.col("sku_no")),
        )
    )
    return engine.keep_in_order(rows, "received", ["receipt_no", "line_no"], "receipt")


def _sold(
    engine: Engine,
    tables: Mapping[str, Frame],
    skus: Frame,
    warehouses: Frame,
    channels: Frame,
    as_of: date,
) -> Frame:
    rows = (
        tables["sales"]
        .filter(_happened("shipped_on", as_of))
        .join(skus, on="sku")
        .join(warehouses, on="warehouse")
        .join(channels, on="channel")
        .select(
            "channel_no",
            "order_no",
            "line_no",
            "quantity",
            "warehouse_no",
            "sku_no",
            day="shipped_on",
        )
    )
    return engine.keep_in_order(rows, "sold", ["channel_no", "order_no", "line_no"], "sale")


def _returned(
    engine: Engine,
    tables: Mapping[str, Frame],
    sold: Frame,
    warehouses: Frame,
    channels: Frame,
    as_of: date,
) -> Frame:
    """Returns of sales that are in; one on or before its sale counts on the day after."""
    order = ["channel_no", "order_no", "order_line_no"]
    sales = sold.select(
        "channel_no",
        "order_no",
        "sale",
        "sku_no",
        order_line_no="line_no",
        sold_on="day",
    )
    next_day = nw.col("sold_on").dt.offset_by("1d").cast(nw.Date)
    is_early = nw.col("returned_on") <= nw.col("sold_on")
    rows = (
        tables["returns"]
        .join(channels, on="channel")
        .join(sales, on=order)
        .join(warehouses, on="warehouse")
        .with_columns(
            day=nw.when(is_early).then(next_day).otherwise(nw.col("returned_on")),
            is_early=is_early,
            lane=lane(nw.col("warehouse_no"), nw.col("sku_no")),
        )
        .filter(_happened("day", as_of))
        .select(
            "return_no",
            "line_no",
            "sale",
            "lane",
            "day",
            "returned_on",
            "is_early",
            "warehouse",
            "quantity",
            "outcome",
            *order,
        )
    )
    return engine.keep_in_order(rows, "returned", ["return_no", "line_no"], "ret")


def _adjusted(
    engine: Engine, tables: Mapping[str, Frame], skus: Frame, warehouses: Frame, as_of: date
) -> Frame:
    rows = (
        tables["adjustments"]
        .filter(_happened("on", as_of))
        .join(skus, on="sku")
        .join(warehouses, on="warehouse")
        .select(
            "adjustment_no",
            "line_no",
            "warehouse",
            "sku",
            "quantity",
            "reason",
            day="on",
            lane=lane(nw.col("warehouse_no"), nw.col("sku_no")),
        )
    )
    return engine.keep_in_order(rows, "adjusted", ["adjustment_no", "line_no"], "adj")


def _transferred(
    engine: Engine, transfers: Frame, skus: Frame, warehouses: Frame, as_of: date
) -> Frame:
    """Transfers that have left; one that arrives after the day is on its way."""
    numbers = [
        warehouses.select(nw.col("warehouse").alias(end), nw.col("warehouse_no").alias(f"{end}_no"))
        for end in ("from_warehouse", "to_warehouse")
    ]
    rows = (
        transfers.join(skus, on="sku")
        .join(numbers[0], on="from_warehouse")
        .join(numbers[1], on="to_warehouse")
        .select(
            "transfer_no",
            "line_no",
            "from_warehouse",
            "quantity",
            day="shipped_on",
            arrived_on=nw.when(_happened("arrived_on", as_of)).then(nw.col("arrived_on")),
            lane=lane(nw.col("from_warehouse_no"), nw.col("sku_no")),
            to_lane=lane(nw.col("to_warehouse_no"), nw.col("sku_no")),
        )
    )
    kept = engine.keep_in_order(rows, "transferred", ["transfer_no", "line_no"], "trf")
    return kept.with_columns(ret=nw.col("trf") + TRANSFERS)


def _claims(engine: Engine, tables: Mapping[str, Frame], declared: Frame, as_of: date) -> Frame:
    """Claims on items that are in; a settlement goes with the claim that it settles."""
    item = ["declaration_no", "item_no"]
    filed = (
        tables["refund_claims"]
        .filter(_happened("filed_on", as_of))
        .join(distinct(declared, *item, "item"), on=item)
        .with_columns(
            nw.when(_happened(later, as_of)).then(nw.col(later)).alias(later)
            for later in ("finished_on", "documents_on")
        )
    )
    settled = filed.select("item", of_claim="claim_no", is_in=nw.lit(value=True))
    rows = (
        filed.join(settled, on=["item", "of_claim"], how="left")
        .filter(nw.col("of_claim").is_null() | nw.col("is_in"))
        .drop("is_in")
    )
    return engine.keep_in_order(rows, "claims", ["claim_no", *item], "claim")


def _kept(engine: Engine, frame: Frame, name: str, *, drop: str) -> Frame:
    kept = engine.keep(frame, name)
    engine.forget(drop)
    return kept
