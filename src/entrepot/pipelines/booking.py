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
    places: the path of every place but voyages, few. voyages: of every place, voyages included.
    """

    moved: dict[str, Frame]
    balances: Frame
    places: Frame
    voyages: Frame


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
    places = engine.keep(named, "places")
    voyages = engine.keep(nw.concat([named, entries.voyage_names(d.declared)]), "voyages")
    return Book(moved, engine.keep(entries.balances(moved), "balances"), places, voyages)


def book_rows(documents: Documents, book: Book) -> list[Frame]:
    """The book as it is written, one frame per kind of document, with number and part for order."""
    d = documents
    frames = []
    for kind in entries.DOCUMENTS:
        places = book.voyages if kind in ("declaration", "receipt") else book.places
        rows = (
            book.moved[kind]
            .join(d.skus, on="sku_no")
            .join(places.select(from_no="place_no", from_place="path"), on="from_no")
            .join(places.select(to_no="place_no", to_place="path"), on="to_no")
            .with_columns(document_kind=nw.lit(kind), item="sku")
        )
        frames.append(rows.select("number", "part", *BOOK.names))
    return frames
