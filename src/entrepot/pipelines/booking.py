# SPDX-License-Identifier: Apache-2.0
"""From documents to the book: movements in numbers, and what every place holds."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.engine.base import Engine, Frame
from entrepot.engine.distinct import distinct
from entrepot.ledger import entries
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.tracing import Traced


@dataclass(frozen=True, slots=True)
class Book:
    """The book in whole numbers.

    moved: per kind of document one row per movement. balances: what places hold.
    suppliers: one row per supplier: supplier_no, supplier_uscc.
    """

    moved: dict[str, Frame]
    balances: Frame
    suppliers: Frame


def keep_book(engine: Engine, documents: Documents, traced: Traced) -> Book:
    """Book every document as movements from one place to another."""
    d = documents
    suppliers = engine.keep_in_order(
        distinct(d.bought, "supplier_uscc"), "suppliers", ["supplier_uscc"], "supplier_no"
    )
    moved = entries.movements(
        d.declared,
        d.bought,
        d.received,
        d.returned,
        d.adjusted,
        d.sold,
        traced.unmet,
        traced.arrivals,
        suppliers,
        d.channels,
        d.transferred,
    )
    return Book(moved, engine.keep(entries.balances(moved), "balances"), suppliers)
