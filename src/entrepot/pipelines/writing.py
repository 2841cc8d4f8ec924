# SPDX-License-Identifier: Apache-2.0
"""What a close writes: each table's rows as numbers, in order, and how their texts are found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from entrepot.engine.base import Engine, Frame
from entrepot.engine.lookup import Columns, Finder, first_of, joined, look, look_up
from entrepot.engine.schema import Table
from entrepot.ledger import assemble, entries
from entrepot.ledger.numbers import BASES, FATES, KIND
from entrepot.ledger.tables import BOOK, EXCEPTIONS, STOCK, TRACE
from entrepot.pipelines.booking import Book
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.refunding import Position
from entrepot.taxrefund.tables import ADVANCES, FILING_EXPORTS, FILING_PURCHASES, REFUNDS

OUTPUTS = (TRACE, STOCK, REFUNDS, ADVANCES, FILING_EXPORTS, FILING_PURCHASES, BOOK, EXCEPTIONS)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to write: a frame, the order they are written in, and finders for looked-up columns."""

    frame: Frame
    order: list[str]
    finders: Mapping[str, Finder] = field(default_factory=dict)


def outputs(
    engine: Engine,
    documents: Documents,
    trace: Frame,
    position: Position,
    book: Book,
    exceptions: Frame,
) -> Iterator[tuple[Table, list[Rows]]]:
    """Every table to write, with its rows, part after part."""
    d = documents
    texts = _Texts(engine, documents, book)
    yield TRACE, [Rows(assemble.trace_numbers(trace), ["first", "second"], texts.of_trace())]
    yield STOCK, [Rows(assemble.stock_rows(trace, d.declared, d.skus, d.warehouses), STOCK.key)]
    yield REFUNDS, [Rows(position.refunds, REFUNDS.key)]
    yield ADVANCES, [Rows(position.advances, ADVANCES.key)]
    yield FILING_EXPORTS, [Rows(position.filing_exports, ["association"])]
    yield FILING_PURCHASES, [Rows(position.filing_purchases, ["association", "row"])]
    yield (
        BOOK,
        [
            Rows(book.moved[kind], ["number", "part"], texts.of_book(kind))
            for kind in entries.DOCUMENTS
        ],
    )
    yield EXCEPTIONS, [Rows(exceptions, EXCEPTIONS.key)]


def stream(engine: Engine, parts: list[Rows]) -> Iterator[pa.RecordBatch]:
    """The rows of all parts in order, texts looked up."""
    for part in parts:
        yield from look_up(engine.stream(part.frame, part.order), part.finders)


class _Texts:
    """The texts behind the numbers of the large tables."""

    def __init__(self, engine: Engine, documents: Documents, book: Book) -> None:
        d = documents
        self.skus = Columns(engine, d.skus, "sku_no", ["sku"])["sku"]
        self.warehouses = Columns(engine, d.warehouses, "warehouse_no", ["warehouse"])["warehouse"]
        self.channels = Columns(engine, d.channels, "channel_no", ["channel"])["channel"]
        self.suppliers = Columns(engine, book.suppliers, "supplier_no", ["supplier_uscc"])
        self.declared = Columns(
            engine,
            d.declared,
            "dline",
            ["declaration_no", "item_no", "sku_no", "warehouse_no", "channel_no", "order_no"],
        )
        self.bought = Columns(engine, d.bought, "pline", ["invoice_no", "line_no"])
        self.sold = Columns(
            engine,
            d.sold,
            "sale",
            ["channel_no", "order_no", "line_no", "day", "warehouse_no", "sku_no"],
        )
        self.documents = {
            "purchase": self.bought,
            "declaration": self.declared,
            "receipt": Columns(engine, d.received, "receipt", ["receipt_no", "line_no"]),
            "return": Columns(engine, d.returned, "ret", ["return_no", "line_no"]),
            "adjustment": Columns(engine, d.adjusted, "adj", ["adjustment_no", "line_no"]),
        }

    def of_trace(self) -> dict[str, Finder]:
        """How the trace's columns are found; `export_line` is a line that was sold at export."""
        sold, declared, bought = self.sold, self.declared, self.bought
        warehouses, skus, channels = self.warehouses, self.skus, self.channels
        return {
            "declaration_no": look("dline", declared["declaration_no"]),
            "item_no": look("dline", declared["item_no"]),
            "invoice_no": look("pline", bought["invoice_no"]),
            "invoice_line_no": look("pline", bought["line_no"]),
            "basis": look("basis", pa.array(BASES)),
            "warehouse": first_of(
                look("warehouse_no", warehouses),
                look("sale", sold["warehouse_no"], warehouses),
                look("dline", declared["warehouse_no"], warehouses),
            ),
            "sku": first_of(
                look("dline", declared["sku_no"], skus),
                look("sku_no", skus),
                look("sale", sold["sku_no"], skus),
            ),
            "fate": look("fate", pa.array(FATES)),
            "channel": first_of(
                look("sale", sold["channel_no"], channels),
                look("export_line", declared["channel_no"], channels),
            ),
            "order_no": first_of(
                look("sale", sold["order_no"]), look("export_line", declared["order_no"])
            ),
            "order_line_no": look("sale", sold["line_no"]),
            "day": first_of(look("day"), look("sale", sold["day"])),
        }

    def of_book(self, kind: str) -> dict[str, Finder]:
        """How the book's columns are found for one kind of document."""
        if kind == "sale":
            document_no = joined(
                "/",
                look("number", self.sold["channel_no"], self.channels),
                look("number", self.sold["order_no"]),
            )
            document_line = look("number", self.sold["line_no"])
        else:
            columns = self.documents[kind]
            name, line = _KEY[kind]
            document_no = look("number", columns[name])
            document_line = look("number", columns[line])
        return {
            "document_kind": _always(kind),
            "document_no": document_no,
            "document_line": document_line,
            "item": look("sku_no", self.skus),
            "from_place": self._place("from_no"),
            "to_place": self._place("to_no"),
        }

    def _place(self, column: str) -> Finder:
        """The path of a place: those of all kinds lie in one column, kind after kind."""
        declaration = self.declared["declaration_no"]
        names = {
            "supplier": self.suppliers["supplier_uscc"],
            "home": pa.array(entries.HOME_PLACES),
            "voyage": declaration,
            "customer": self.channels,
        }
        parts, starts, start = [], [], 0
        for kind in entries.PLACES:
            name = names.get(kind, self.warehouses)
            first_part, slash = (pa.scalar(text, name.type) for text in (kind, "/"))
            parts.append(pc.binary_join_element_wise(first_part, name, slash))
            starts.append(start)
            start += len(name)
        kind = max((part.type for part in parts), key=pa.types.is_large_string)
        paths = pa.concat_arrays([part.cast(kind) for part in parts])
        first = pa.array(starts, pa.int64())

        def find(batch: pa.RecordBatch) -> pa.Array:
            place = batch.column(column)
            kind = pc.shift_right(place, _KIND_BITS)
            return paths.take(pc.add(first.take(kind), pc.bit_wise_and(place, KIND - 1)))

        return find


_KIND_BITS = KIND.bit_length() - 1
#: The columns that a document of each kind is known by.
_KEY = {
    "purchase": ("invoice_no", "line_no"),
    "declaration": ("declaration_no", "item_no"),
    "receipt": ("receipt_no", "line_no"),
    "return": ("return_no", "line_no"),
    "adjustment": ("adjustment_no", "line_no"),
}


def _always(text: str) -> Finder:
    return lambda batch: pa.repeat(text, batch.num_rows)
