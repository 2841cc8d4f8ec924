# SPDX-License-Identifier: Apache-2.0
"""From documents to the book: movements with their texts, and what every place holds."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.ledger import entries
from entrepot.ledger.tables import BOOK
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.tracing import Traced


@dataclass(frozen=True, slots=True)
class Book:
    """The book in whole numbers.

    moved: per kind of document one row per movement. balances: what places hold.
    few_places: the path of every place but voyages. places: of every place.
    """

    moved: dict[str, Frame]
    balances: Frame
    few_places: Frame
    places: Frame


def keep_book(engine: Engine, documents: Documents, traced: Traced) -> Book:
    """Book every document as movements from one place to another."""
    d = documents
    suppliers = engine.keep_in_order(
        d.bought.select("supplier_uscc").unique(), "suppliers", ["supplier_uscc"], "supplier_no"
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
        d.channels,
    )
    home = engine.table(
        pa.table(
            {
                "number": [entries.HOME_STOCK, entries.HOME_RETURNED],
                "name": ["stock", "returned"],
            }
        )
    )
    named = entries.place_names(suppliers, d.channels, d.warehouses, home)
    few = engine.keep(named, "places")
    every = engine.keep(nw.concat([few, entries.voyage_names(d.declared)]), "all_places")
    return Book(moved, engine.keep(entries.balances(moved), "balances"), few, every)


def book_rows(book: Book) -> list[Frame]:
    """The book as it is written, one frame per kind of document, with number and part for order.

    item, and places where few, are numbers still and are put back while writing.
    """
    frames = []
    for kind in entries.DOCUMENTS:
        rows = book.moved[kind].with_columns(document_kind=nw.lit(kind), item="sku_no")
        if kind in ("declaration", "receipt"):
            # Voyages are as many as declaration lines: joined, where all others are put back.
            rows = rows.join(
                book.places.select(from_no="place_no", from_place="path"), on="from_no"
            ).join(book.places.select(to_no="place_no", to_place="path"), on="to_no")
        else:
            rows = rows.with_columns(from_place="from_no", to_place="to_no")
        frames.append(rows.select("number", "part", *BOOK.names))
    return frames
