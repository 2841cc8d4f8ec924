# SPDX-License-Identifier: Apache-2.0
"""What was earned with an order line, all of it in CNY, and what of exchange orders bear."""

from __future__ import annotations

from typing import Final

from entrepot.engine.schema import Column, Kind, Table

#: What an order's settlements say of it.
OF_ORDERS: Final = (
    "price_difference",
    "shipping_income",
    "promotions",
    "refunds",
    "taxes",
    "fees",
    "other",
)
#: What is spread over many sales.
OF_MANY: Final = ("shared", "costs")
#: What came of it beyond what it was when it was settled.
OF_RECEIPTS: Final = ("exchange",)
#: What the goods came to.
OF_GOODS: Final = ("goods", "landed", "vat")
#: What is said of the export VAT refund beside a margin, and is no part of it.
OF_REFUNDS: Final = ("refundable", "refund_claimed", "refund_received")
#: All that a margin is the sum of.
PARTS: Final = ("sold", *OF_ORDERS, *OF_MANY, *OF_RECEIPTS, *OF_GOODS)


def _part(name: str, meaning: str) -> Column:
    return Column(name, Kind.MONEY, meaning, empty=True, negative=True)


def _beside(name: str, meaning: str) -> Column:
    return Column(name, Kind.MONEY, meaning, empty=True)


MARGIN: Final = Table(
    "margin",
    "order line: what was earned with it, in CNY; what was paid is below 0",
    (
        Column("channel", Kind.TEXT, "channel", key=True),
        Column("order_no", Kind.TEXT, "order", key=True, distinct=True),
        Column("line_no", Kind.NUMBER, "line of the order", key=True),
        Column("shipped_on", Kind.DAY, "day on which it left"),
        Column("warehouse", Kind.TEXT, "warehouse that it left"),
        Column("destination", Kind.TEXT, "country that it went to"),
        Column("sku", Kind.TEXT, "article"),
        Column("quantity", Kind.COUNT, "units sold"),
        Column("kept", Kind.COUNT, "of them with the buyer, or scrapped when they came back"),
        Column("uncovered", Kind.COUNT, "of these without a purchase invoice: they cost nothing"),
        Column("currency", Kind.TEXT, "currency of the sale"),
        _part("sold", "amount of the line in sales, at the rate of the day it left"),
        _part("price_difference", "price that was settled less the amount sold; 0: not settled"),
        _part("shipping_income", "shipping and gift wrap that the buyer paid"),
        _part("promotions", "discounts that we bear"),
        _part("refunds", "given back to the buyer, disputes included"),
        _part("taxes", "tax of the sale and on fees, and tax withheld"),
        _part("fees", "fees and costs that the payer took off for the order"),
        _part("other", "reimbursements, corrections, what is not classified"),
        _part("shared", "what a settlement has for no order, borne by the orders that it settles"),
        _part("costs", "costs of this sale, and its part of those of many sales"),
        _part(
            "exchange",
            "what banks say came of it, less what that was when it was settled; 0: nothing came",
        ),
        _part("goods", "what the factory's invoices carry of the units kept"),
        _part("landed", "freight, duty and the like of the units kept"),
        _part("vat", "input VAT of the units kept that is not refunded"),
        _part("margin", "all of these together; empty: one is not known, for want of a rate"),
        _beside(
            "refundable",
            "export VAT refund on the units kept that are sold for the tax; no part of the margin, "
            "as this VAT is no cost; empty: of a producing firm",
        ),
        _beside("refund_claimed", "of that filed, in advance or not, and not finished yet"),
        _beside("refund_received", "of that finished by the tax office, less what was paid back"),
        Column(
            "home_on",
            Kind.DAY,
            "day the last of its money came; empty: some of it has not, or no bank says",
            empty=True,
        ),
    ),
)  # fmt: skip

EXCHANGE_BORNE: Final = Table(
    "exchange_borne",
    "payer, account or payee and currency: whose the realised gains of exchange are, in CNY",
    (
        Column(
            "holder",
            Kind.TEXT,
            "channel: what it owes and what is on its way; bank: an account; payee: what we owe",
            key=True,
            values=("channel", "bank", "payee"),
        ),
        Column("name", Kind.TEXT, "its name", key=True),
        Column("currency", Kind.TEXT, "currency", key=True),
        _part("realised", "realised gains in exchange_settled; empty: a rate is missing"),
        Column(
            "of_orders", Kind.MONEY, "of that in margin, with the orders it is of", negative=True
        ),
        _part("pooled", "of no order: realised less of_orders"),
    ),
)
