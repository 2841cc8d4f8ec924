# SPDX-License-Identifier: Apache-2.0
"""What came into the overseas warehouses and what left them."""

from entrepot.engine.schema import Column, Kind, Reference, Table

OUTCOMES = ("restocked", "scrapped", "sent_home")
REASONS = ("found", "lost", "scrapped", "sent_home")

_SKU = Reference(("sku",), "products", ("sku",))

RECEIPTS = Table(
    "receipts",
    "line received at an overseas warehouse",
    (
        Column("receipt_no", Kind.TEXT, "number of the goods receipt", key=True),
        Column("line_no", Kind.NUMBER, "line of the receipt", key=True),
        Column("received_on", Kind.DAY, "day the goods were taken in"),
        Column("warehouse", Kind.TEXT, "where"),
        Column("declaration_no", Kind.TEXT, "declaration the goods left under"),
        Column("item_no", Kind.NUMBER, "item of the declaration"),
        Column("sku", Kind.TEXT, "article"),
        Column("quantity", Kind.QUANTITY, "stock units received"),
    ),
    day="received_on",
    references=(
        _SKU,
        Reference(("declaration_no", "item_no"), "declarations", ("declaration_no", "item_no")),
        Reference(
            ("declaration_no", "item_no", "sku"),
            "declarations",
            ("declaration_no", "item_no", "sku"),
        ),
    ),
)

TRANSFERS = Table(
    "transfers",
    "line moved from one overseas warehouse to another",
    (
        Column("transfer_no", Kind.TEXT, "number of the transfer", key=True),
        Column("line_no", Kind.NUMBER, "line of the transfer", key=True),
        Column("shipped_on", Kind.DAY, "day the goods left"),
        Column("from_warehouse", Kind.TEXT, "where they left from"),
        Column("to_warehouse", Kind.TEXT, "where they go"),
        Column("sku", Kind.TEXT, "article"),
        Column("quantity", Kind.QUANTITY, "stock units"),
        Column(
            "arrived_on", Kind.DAY, "day they were taken in; empty: still on the way", empty=True
        ),
    ),
    day="shipped_on",
    references=(_SKU,),
    optional=True,
    since=3,
)

SALES = Table(
    "sales",
    "order line shipped",
    (
        Column("channel", Kind.TEXT, "marketplace or shop", key=True),
        Column("order_no", Kind.TEXT, "order number on the channel", key=True),
        Column("line_no", Kind.NUMBER, "line of the order", key=True),
        Column("shipped_on", Kind.DAY, "day the parcel left"),
        Column("warehouse", Kind.TEXT, "where it left from"),
        Column("sku", Kind.TEXT, "article"),
        Column("quantity", Kind.QUANTITY, "stock units shipped"),
        Column("amount", Kind.MONEY, "price of the line", negative=True),
        Column(
            "currency",
            Kind.TEXT,
            "ISO 4217 code",
            pattern="^[A-Z]{3}$",
            form="three capital letters",
        ),
        Column(
            "destination",
            Kind.TEXT,
            "ISO 3166 country",
            pattern="^[A-Z]{2}$",
            form="two capital letters",
        ),
    ),
    day="shipped_on",
    references=(_SKU,),
)

RETURNS = Table(
    "returns",
    "order line come back",
    (
        Column("return_no", Kind.TEXT, "number of the return", key=True),
        Column("line_no", Kind.NUMBER, "line of the return", key=True),
        Column("channel", Kind.TEXT, "channel of the order"),
        Column("order_no", Kind.TEXT, "order it reverses"),
        Column("order_line_no", Kind.NUMBER, "line of the order"),
        Column("returned_on", Kind.DAY, "day the goods came back"),
        Column("warehouse", Kind.TEXT, "where they came back to"),
        Column("quantity", Kind.QUANTITY, "stock units come back"),
        Column("outcome", Kind.TEXT, "what became of them", values=OUTCOMES),
    ),
    day="returned_on",
    references=(
        Reference(
            ("channel", "order_no", "order_line_no"), "sales", ("channel", "order_no", "line_no")
        ),
    ),
)

ADJUSTMENTS = Table(
    "adjustments",
    "other stock change",
    (
        Column("adjustment_no", Kind.TEXT, "number of the adjustment", key=True),
        Column("line_no", Kind.NUMBER, "line of the adjustment", key=True),
        Column("on", Kind.DAY, "day of the change"),
        Column("warehouse", Kind.TEXT, "where"),
        Column("sku", Kind.TEXT, "article"),
        Column("quantity", Kind.CHANGE, "stock units, > 0 found, < 0 gone"),
        Column("reason", Kind.TEXT, "why", values=REASONS),
    ),
    day="on",
    references=(_SKU,),
)
