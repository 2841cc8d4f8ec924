# SPDX-License-Identifier: Apache-2.0
"""What a close writes: each table's rows as numbers, in order, and how their texts are found."""

from __future__ import annotations

from collections.abc import Iterator

from entrepot.engine.base import Frame
from entrepot.engine.lookup import (
    Always,
    Finder,
    Numbered,
    Place,
    Rows,
    Source,
    first_of,
    joined,
    look,
)
from entrepot.engine.schema import Table
from entrepot.ledger import assemble, entries
from entrepot.ledger.numbers import BASES, FATES, KIND
from entrepot.ledger.tables import BOOK, EXCEPTIONS, STOCK, TRACE
from entrepot.pipelines.booking import Book
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.finance import MONEY_OUTPUTS
from entrepot.pipelines.producing import VatPosition
from entrepot.pipelines.refunding import Position
from entrepot.taxrefund.producing.tables import VAT_FILING, VAT_LINES
from entrepot.taxrefund.tables import ADVANCES, FILING_EXPORTS, FILING_PURCHASES, REFUNDS

OUTPUTS = (
    TRACE,
    STOCK,
    REFUNDS,
    ADVANCES,
    FILING_EXPORTS,
    FILING_PURCHASES,
    BOOK,
    EXCEPTIONS,
    *MONEY_OUTPUTS,
)
#: What the close of a producing firm writes beside them.
VAT_OUTPUTS = (VAT_FILING, VAT_LINES)


def outputs(
    documents: Documents,
    trace: Frame,
    position: Position,
    book: Book,
    exceptions: Frame,
) -> Iterator[tuple[Table, list[Rows]]]:
    """The tables of goods and refunds, with their rows, part after part."""
    d = documents
    texts = _Texts(documents, book)
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
            if kind in book.moved
        ],
    )
    yield EXCEPTIONS, [Rows(exceptions, EXCEPTIONS.key)]


def vat_outputs(vat: VatPosition) -> Iterator[tuple[Table, list[Rows]]]:
    """The tables of a producing firm, with their rows."""
    yield VAT_FILING, [Rows(vat.filing, VAT_FILING.key)]
    yield VAT_LINES, [Rows(vat.lines, VAT_LINES.key)]


class _Texts:
    """The texts behind the numbers of the large tables."""

    def __init__(self, documents: Documents, book: Book) -> None:
        d = documents
        self.skus = Numbered(d.skus, "sku_no", ("sku",))["sku"]
        self.warehouses = Numbered(d.warehouses, "warehouse_no", ("warehouse",))["warehouse"]
        self.channels = Numbered(d.channels, "channel_no", ("channel",))["channel"]
        self.suppliers = Numbered(book.suppliers, "supplier_no", ("supplier_uscc",))
        self.declared = Numbered(
            d.declared,
            "dline",
            ("declaration_no", "item_no", "sku_no", "warehouse_no", "channel_no", "order_no"),
        )
        self.bought = Numbered(d.bought, "pline", ("invoice_no", "line_no"))
        self.sold = Numbered(
            d.sold,
            "sale",
            ("channel_no", "order_no", "line_no", "day", "warehouse_no", "sku_no"),
        )
        self.documents = {
            "purchase": self.bought,
            "declaration": self.declared,
            "receipt": Numbered(d.received, "receipt", ("receipt_no", "line_no")),
            "return": Numbered(d.returned, "ret", ("return_no", "line_no")),
            "adjustment": Numbered(d.adjusted, "adj", ("adjustment_no", "line_no")),
        }
        if d.transferred is not None:
            self.documents["transfer"] = Numbered(d.transferred, "trf", ("transfer_no", "line_no"))

    def of_trace(self) -> dict[str, Finder]:
        """How the trace's columns are found; `export_line` is a line that was sold at export."""
        sold, declared, bought = self.sold, self.declared, self.bought
        return {
            "declaration_no": look("dline", declared["declaration_no"]),
            "item_no": look("dline", declared["item_no"]),
            "invoice_no": look("pline", bought["invoice_no"]),
            "invoice_line_no": look("pline", bought["line_no"]),
            "basis": look("basis", BASES),
            "warehouse": look(
                first_of(
                    "warehouse_no",
                    look("sale", sold["warehouse_no"]),
                    look("dline", declared["warehouse_no"]),
                ),
                self.warehouses,
            ),
            "sku": look(
                first_of(look("dline", declared["sku_no"]), "sku_no", look("sale", sold["sku_no"])),
                self.skus,
            ),
            "fate": look("fate", FATES),
            "channel": look(
                first_of(
                    look("sale", sold["channel_no"]), look("export_line", declared["channel_no"])
                ),
                self.channels,
            ),
            "order_no": first_of(
                look("sale", sold["order_no"]), look("export_line", declared["order_no"])
            ),
            "order_line_no": look("sale", sold["line_no"]),
            "day": first_of("day", look("sale", sold["day"])),
        }

    def of_book(self, kind: str) -> dict[str, Finder]:
        """How the book's columns are found for one kind of document."""
        if kind == "sale":
            document_no: Finder = joined(
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
        from_kinds, to_kinds = _MOVES[kind]
        return {
            "document_kind": Always(kind),
            "document_no": document_no,
            "document_line": document_line,
            "item": look("sku_no", self.skus),
            "from_place": self._place("from_no", from_kinds),
            "to_place": self._place("to_no", to_kinds),
        }

    def _place(self, number: str, kinds: tuple[int, ...]) -> Place:
        names: dict[int, Source] = {
            entries.SUPPLIER: self.suppliers["supplier_uscc"],
            entries.HOME: entries.HOME_PLACES,
            entries.VOYAGE: self.declared["declaration_no"],
            entries.CUSTOMER: self.channels,
        }
        if entries.TRANSFER_VOYAGE in kinds:
            names[entries.TRANSFER_VOYAGE] = self.documents["transfer"]["transfer_no"]
        return Place(
            number,
            KIND,
            tuple((kind, entries.PLACES[kind], names.get(kind, self.warehouses)) for kind in kinds),
        )


#: The columns that a document of each kind is known by.
_KEY = {
    "purchase": ("invoice_no", "line_no"),
    "declaration": ("declaration_no", "item_no"),
    "receipt": ("receipt_no", "line_no"),
    "transfer": ("transfer_no", "line_no"),
    "return": ("return_no", "line_no"),
    "adjustment": ("adjustment_no", "line_no"),
}
_ENDS = (entries.WAREHOUSE, entries.SCRAPPED, entries.LOST, entries.HOME)
#: The kinds of place that a document of each kind moves goods from, and to.
_MOVES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "purchase": ((entries.SUPPLIER,), (entries.HOME,)),
    "declaration": ((entries.HOME, entries.VOYAGE), (entries.VOYAGE, entries.CUSTOMER)),
    "receipt": ((entries.VOYAGE, entries.UNKNOWN), (entries.WAREHOUSE,)),
    "transfer": (
        (entries.WAREHOUSE, entries.UNKNOWN, entries.TRANSFER_VOYAGE),
        (entries.TRANSFER_VOYAGE, entries.WAREHOUSE),
    ),
    "sale": ((entries.WAREHOUSE, entries.UNKNOWN), (entries.CUSTOMER,)),
    "return": ((entries.CUSTOMER,), _ENDS),
    "adjustment": ((entries.WAREHOUSE, entries.UNKNOWN), _ENDS),
}
