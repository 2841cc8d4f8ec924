# SPDX-License-Identifier: Apache-2.0
"""What a close writes about goods: the trace, the stock, the book and what did not fit."""

from entrepot.engine.schema import Column, Kind, Table
from entrepot.ledger.numbers import BASES, FATES

TRACE = Table(
    "trace",
    "run of adjacent units of a declaration line that share everything",
    (
        Column("declaration_no", Kind.TEXT, "declaration; empty: of unknown origin", empty=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", empty=True),
        Column("invoice_no", Kind.TEXT, "VAT invoice; empty: no invoice covers it", empty=True),
        Column("invoice_line_no", Kind.NUMBER, "line of the invoice", empty=True),
        Column("basis", Kind.TEXT, "how the invoice is known", empty=True, values=BASES),
        Column("warehouse", Kind.TEXT, "where the fate befell it", empty=True),
        Column("sku", Kind.TEXT, "article"),
        Column("fate", Kind.TEXT, "what became of it", values=FATES),
        Column("channel", Kind.TEXT, "channel of the order", empty=True),
        Column("order_no", Kind.TEXT, "order", empty=True, distinct=True),
        Column("order_line_no", Kind.NUMBER, "line of the order", empty=True),
        Column("day", Kind.DAY, "day of the fate"),
        Column("quantity", Kind.QUANTITY, "stock units"),
        Column("net_amount", Kind.MONEY, "CNY of the units, by position", empty=True),
    ),
)

STOCK = Table(
    "stock",
    "lot on hand at as_of",
    (
        Column("warehouse", Kind.TEXT, "where it lies", key=True),
        Column("sku", Kind.TEXT, "article", key=True),
        Column("declaration_no", Kind.TEXT, "declaration", key=True, empty=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True, empty=True),
        Column("received_on", Kind.DAY, "day the units last entered this warehouse", key=True),
        Column("quantity", Kind.QUANTITY, "stock units"),
        Column("net_amount", Kind.MONEY, "CNY of the units", empty=True),
    ),
)

BOOK = Table(
    "book",
    "movement of goods from one place to another",
    (
        Column("on", Kind.DAY, "day of the movement"),
        Column("document_kind", Kind.TEXT, "what moved it", key=True),
        Column("document_no", Kind.TEXT, "number of the document", key=True, distinct=True),
        Column("document_line", Kind.NUMBER, "line of the document", key=True),
        Column("item", Kind.TEXT, "SKU", key=True),
        Column("quantity", Kind.QUANTITY, "stock units"),
        Column("from_place", Kind.TEXT, "the place they left", key=True),
        Column("to_place", Kind.TEXT, "the place they entered", key=True),
    ),
)

EXCEPTIONS = Table(
    "exceptions",
    "fact that did not fit",
    (
        Column("code", Kind.TEXT, "what did not fit", key=True),
        Column("table", Kind.TEXT, "table of the row it is about", key=True),
        Column("key", Kind.TEXT, "key of that row, parts joined by /", key=True),
        Column("day", Kind.DAY, "day it is about", key=True, empty=True),
        Column("quantity", Kind.COUNT, "stock units concerned", empty=True),
        Column("amount", Kind.MONEY, "CNY concerned", empty=True, negative=True),
        Column("found", Kind.TEXT, "what was found"),
        Column("remedy", Kind.TEXT, "what to do"),
    ),
)
