# SPDX-License-Identifier: Apache-2.0
"""From documents to the book: movements with their texts, and what every place holds."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.ledger import entries
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.tracing import Traced


@dataclass(frozen=True, slots=True)
class Book:
    """moved: per kind of document, its movements in whole numbers. balances: what places hold.
    places: the path of every place."""

    moved: dict[str, Frame]
    balances: Frame
    places: Frame


def keep_book(engine: Engine, documents: Documents, traced: Traced) -> Book:
    """Book every document as movements from one place to another."""
    d = documents
    suppliers = engine.keep_in_order(
        d.bought.select("supplier_uscc").unique(), "suppliers", ["supplier_uscc"], "supplier_no"
    )
    export = engine.table(pa.table({"channel": [entries.EXPORT_CUSTOMER]}))
    named = d.declared.filter(~nw.col("channel").is_null()).select("channel")
    channels = engine.keep_in_order(
        nw.concat([export, named.unique(), d.sold.select("channel").unique()]).unique(),
        "channels",
        ["channel"],
        "channel_no",
    )
    moved = entries.movements(
        d.declared,
        d.bought,
        d.received,
        d.returned,
        d.adjusted,
        d.sold,
        traced.outflows,
        traced.arrivals,
        suppliers,
        channels,
    )
    home = engine.table(
        pa.table(
            {
                "number": [entries.HOME_STOCK, entries.HOME_RETURNED],
                "name": ["stock", "returned"],
            }
        )
    )
    places = engine.keep(
        entries.place_names(d.declared, suppliers, channels, d.warehouses, home), "places"
    )
    return Book(moved, engine.keep(entries.balances(moved), "balances"), places)


def book_rows(documents: Documents, book: Book) -> list[Frame]:
    """The book as it is written, one frame per kind of document, with number and part for order."""
    d = documents
    keys = {
        "purchase": d.bought.select(
            "line_no", number="pline", document_no=nw.col("invoice_no")
        ),
        "declaration": d.declared.select(
            number="dline", document_no=nw.col("declaration_no"), line_no=nw.col("item_no")
        ),
        "receipt": d.received.select("line_no", number="receipt", document_no="receipt_no"),
        "sale": d.sold.select(
            "line_no",
            number="sale",
            document_no=nw.concat_str(
                [nw.col("channel"), nw.col("order_no")], separator="/"
            ),
        ),
        "return": d.returned.select("line_no", number="ret", document_no="return_no"),
        "adjustment": d.adjusted.select("line_no", number="adj", document_no="adjustment_no"),
    }
    return [
        book.moved[kind]
        .join(keys[kind], on="number")
        .join(d.skus, on="sku_no")
        .join(book.places.select(from_no="place_no", from_place="path"), on="from_no")
        .join(book.places.select(to_no="place_no", to_place="path"), on="to_no")
        .select(
            "number",
            "part",
            "on",
            "document_no",
            "quantity",
            "from_place",
            "to_place",
            document_kind=nw.lit(kind),
            document_line="line_no",
            item="sku",
        )
        for kind in entries.DOCUMENTS
    ]
