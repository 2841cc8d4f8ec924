# SPDX-License-Identifier: Apache-2.0
"""What a season holds of costs, where each lies in the book, and what goods have come to cost."""

from __future__ import annotations

from typing import Final

from entrepot.engine.schema import Column, Kind, Reference, Table

#: What a cost is for. Taxes that are not given back are duty.
ACCOUNTS: Final = (
    "freight",
    "insurance",
    "duty",
    "import_vat",
    "brokerage",
    "inbound",
    "storage",
    "handling",
    "delivery",
    "returns_handling",
    "advertising",
    "other",
)
#: What tax abroad gives back is owed to us, and no cost of goods.
GIVEN_BACK: Final = "import_vat"
#: By what a cost is spread over the declared lines that it paid for.
SPREADS: Final = ("quantity", "value", "weight", "volume")
#: The account of the goods themselves in LANDED.
GOODS: Final = "goods"

#: Where the money of a cost lies, in the order of its code, before payee or account. Goods that
#: are not exported yet are ahead; what cannot be spread waits in unspread.
PLACES: Final = (
    "payable",
    "landed/ahead",
    "landed/transit",
    "landed/stock",
    "cost",
    "scrapped",
    "lost",
    "landed/home",
    "landed/unspread",
    "tax",
)
PAYABLE, AHEAD, TRANSIT, STOCK, SOLD, SCRAPPED, LOST, HOME, UNSPREAD, TAX = range(10)

_PAYEE: Final = Column("payee", Kind.TEXT, "who is owed", key=True)
_COST_NO: Final = Column("cost_no", Kind.TEXT, "number of the payee's invoice", key=True)
_LINE_NO: Final = Column("line_no", Kind.NUMBER, "line of the invoice", key=True)
_CURRENCY: Final = Column(
    "currency", Kind.TEXT, "ISO 4217 code", pattern="^[A-Z]{3}$", form="three capital letters"
)


def _scope(name: str, kind: Kind, meaning: str) -> Column:
    return Column(name, kind, meaning, empty=True, absent=True)


COSTS: Final = Table(
    "costs",
    "line of an invoice for a cost, of a credit note, or of what undoes one",
    (
        _PAYEE,
        _COST_NO,
        _LINE_NO,
        Column("posted_on", Kind.DAY, "day on which it is booked, however late it came"),
        Column("account", Kind.TEXT, "what it is for", values=ACCOUNTS),
        _CURRENCY,
        Column("amount", Kind.MONEY, "in that currency; below 0: given back", negative=True),
        Column(
            "spread",
            Kind.TEXT,
            "by what it is spread over declared lines; empty: quantity",
            empty=True,
            absent=True,
            values=SPREADS,
        ),
        _scope("declaration_no", Kind.TEXT, "declaration whose goods it paid for"),
        _scope("item_no", Kind.NUMBER, "only this item of it"),
        _scope("sku", Kind.TEXT, "only goods of this article"),
        _scope("channel", Kind.TEXT, "channel whose sales it paid for"),
        _scope("order_no", Kind.TEXT, "only this order of the channel"),
        _scope("warehouse", Kind.TEXT, "only sales out of this warehouse"),
        _scope("first_on", Kind.DAY, "only sales from this day on"),
        _scope("last_on", Kind.DAY, "only sales up to this day"),
        _scope("reverses_no", Kind.TEXT, "invoice of the payee whose line this undoes"),
        _scope("reverses_line", Kind.NUMBER, "that line"),
    ),
    day="posted_on",
    references=(Reference(("sku",), "products", ("sku",)),),
    optional=True,
    since=5,
)

COST_SHARES: Final = Table(
    "cost_shares",
    "declared line that a cost is spread over by hand, as over a container's load",
    (
        _PAYEE,
        _COST_NO,
        _LINE_NO,
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True),
        Column("sku", Kind.TEXT, "article", key=True),
        Column("share", Kind.QUANTITY, "its part: of the sum of all shares of the cost"),
    ),
    references=(
        Reference(("payee", "cost_no", "line_no"), "costs", ("payee", "cost_no", "line_no")),
        Reference(
            ("declaration_no", "item_no", "sku"),
            "declarations",
            ("declaration_no", "item_no", "sku"),
        ),
    ),
    optional=True,
    since=5,
)


def _lies(name: str, meaning: str) -> Column:
    return Column(name, Kind.MONEY, meaning, negative=True)


LANDED: Final = Table(
    "landed",
    "declared line, account and currency: what the goods have cost so far, and where it lies",
    (
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True),
        Column("sku", Kind.TEXT, "article", key=True),
        Column("account", Kind.TEXT, "goods, or what a cost is for", key=True),
        Column("currency", Kind.TEXT, "ISO 4217 code", key=True),
        Column("quantity", Kind.COUNT, "units declared"),
        _lies("amount", "all of it"),
        _lies("transit", "of it with units on their way"),
        _lies("stock", "with units on hand"),
        _lies("sold", "with units sold"),
        _lies("gone", "with units scrapped, lost or sent home"),
        Column(
            "cny",
            Kind.MONEY,
            "amount in CNY, at the rate of the day on which each cost was booked; empty: no rate",
            empty=True,
            negative=True,
        ),
    ),
)  # fmt: skip
