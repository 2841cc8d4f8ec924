# SPDX-License-Identifier: Apache-2.0
"""What a season holds of settlement reports, and where each account's money lies in the book."""

from typing import Final

from entrepot.engine.schema import Column, Kind, Table
from entrepot.settlement.tables import ACCOUNTS

_CURRENCY: Final = Column(
    "currency", Kind.TEXT, "ISO 4217 code", pattern="^[A-Z]{3}$", form="three capital letters"
)

#: For each account of a report the place of its money, before the name of the channel: on the other
#: side of what the payer owes. The payout itself is a table of its own, and no amount is none.
PLACES: Final = {
    "sales": "customer",
    "shipping_income": "customer",
    "sales_tax": "tax/sales",
    "promotions": "customer",
    "refunds": "customer",
    "disputes": "customer",
    "marketplace_fees": "cost/marketplace_fees",
    "payment_fees": "cost/payment_fees",
    "fulfilment": "cost/fulfilment",
    "storage": "cost/storage",
    "inbound": "cost/inbound",
    "returns_handling": "cost/returns_handling",
    "shipping_cost": "cost/shipping",
    "advertising": "cost/advertising",
    "fee_tax": "tax/fees",
    "tax_withheld": "tax/withheld",
    "reimbursements": "income/reimbursements",
    "adjustments": "income/adjustments",
    "reserve": "reserve",
    "transfers": "transfer",
    "loans": "loan",
    "conversion": "conversion",
    "unclassified": "unclassified",
}
assert set(PLACES) == set(ACCOUNTS) - {"payout", "no_amount"}

#: What the accounts come to for an order.
PARTS: Final = {
    "price": ("sales",),
    "shipping_income": ("shipping_income",),
    "promotions": ("promotions",),
    "refunds": ("refunds", "disputes"),
    "taxes": ("sales_tax", "tax_withheld", "fee_tax"),
    "fees": tuple(account for account, place in PLACES.items() if place.startswith("cost/")),
    "other": tuple(
        account
        for account, place in PLACES.items()
        if not place.startswith(("cost/", "tax/", "customer"))
    ),
}

SETTLEMENTS: Final = Table(
    "settlements",
    "amount of a settlement report of a marketplace or payment provider",
    (
        Column("channel", Kind.TEXT, "channel of the orders, as in sales", key=True),
        Column("settlement_no", Kind.TEXT, "settlement or payout that it is part of", key=True),
        Column("line_no", Kind.NUMBER, "line of the settlement", key=True),
        Column("posted_on", Kind.DAY, "day that the report gives it"),
        Column("account", Kind.TEXT, "what it is for, in our accounts", values=tuple(PLACES)),
        _CURRENCY,
        Column("amount", Kind.MONEY, "in that currency; below 0: taken from us", negative=True),
        Column("order_no", Kind.TEXT, "order", empty=True, absent=True, distinct=True),
        Column("sku", Kind.TEXT, "article", empty=True, absent=True),
        Column("label", Kind.TEXT, "what the report calls it", empty=True, absent=True),
    ),
    day="posted_on",
    optional=True,
    since=4,
)

PAYOUTS: Final = Table(
    "payouts",
    "payout of a settlement, as its report states it",
    (
        Column("channel", Kind.TEXT, "channel of the orders, as in sales", key=True),
        Column("settlement_no", Kind.TEXT, "settlement that is paid out", key=True),
        Column("paid_on", Kind.DAY, "day of the payout"),
        _CURRENCY,
        Column("amount", Kind.MONEY, "in that currency; below 0: charged to us", negative=True),
        Column("reference", Kind.TEXT, "what the bank prints with it", empty=True, absent=True),
    ),
    day="paid_on",
    optional=True,
    since=4,
)
