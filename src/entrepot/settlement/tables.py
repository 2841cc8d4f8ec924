# SPDX-License-Identifier: Apache-2.0
"""What is read of settlement reports: settlements, their lines, and what did not fit.

An amount stands twice: as whole smallest units of its currency (`minor_units`: cents, yen), which
is what sums are made of, and as the decimal that a person reads.
"""

from entrepot.engine.schema import Column, Kind, Table

#: What a line is part of.
KINDS = (
    "order",
    "refund",
    "dispute",
    "fee",
    "adjustment",
    "reserve",
    "transfer",
    "payout",
    "other",
)

#: Our chart of accounts for the money between a sale and the bank.
ACCOUNTS = {
    "sales": "price of goods sold, without what buyers pay for shipping",
    "shipping_income": "what buyers pay for shipping and gift wrap",
    "sales_tax": "tax that buyers pay with the price",
    "promotions": "discounts and points that the seller bears",
    "refunds": "price and shipping given back to buyers",
    "disputes": "money that a buyer's bank takes back, and what comes back of it",
    "marketplace_fees": "commission, subscription and other fees of the marketplace",
    "payment_fees": "fees of the payment provider",
    "fulfilment": "picking, packing and delivery by the marketplace",
    "storage": "storage at the marketplace",
    "inbound": "bringing goods into the marketplace's warehouses",
    "returns_handling": "handling of returns, removal and disposal",
    "shipping_cost": "shipping labels and carriers paid through the marketplace",
    "advertising": "advertising, coupons, deals and reviews",
    "fee_tax": "tax on fees",
    "tax_withheld": "tax that the marketplace keeps and pays itself",
    "reimbursements": "compensation for goods that were lost or damaged",
    "adjustments": "other corrections",
    "reserve": "money held back, and released again",
    "transfers": "debts, charges to a card, payouts that failed",
    "loans": "loans and their repayment",
    "conversion": "exchange into another currency",
    "payout": "the payout itself, where the report lists it: the other side of all lines",
    "no_amount": "rows that tell a quantity and no money",
    "unclassified": "labels that are not known: they are reported",
}

LINES = Table(
    "lines",
    "amount of a settlement report",
    (
        Column("settlement", Kind.TEXT, "settlement or payout; empty: not paid out yet", key=True),
        Column("line_no", Kind.NUMBER, "line of the settlement, in the order of the report", True),
        Column("posted_at", Kind.TEXT, "when, in UTC; a day where no time is told", empty=True),
        Column("kind", Kind.TEXT, "what it is part of", values=KINDS),
        Column("event", Kind.TEXT, "type of transaction as the report prints it", empty=True),
        Column("order_no", Kind.TEXT, "order", empty=True),
        Column("item_no", Kind.TEXT, "item of the order", empty=True),
        Column("sku", Kind.TEXT, "article", empty=True),
        Column("quantity", Kind.NUMBER, "units that the row tells", empty=True),
        Column("marketplace", Kind.TEXT, "where it was sold, as printed", empty=True),
        Column("group", Kind.TEXT, "column or list that the amount stands in", empty=True),
        Column("label", Kind.TEXT, "what the amount is for, as printed", empty=True),
        Column("account", Kind.TEXT, "account of ours", values=tuple(ACCOUNTS)),
        Column("minor_units", Kind.NUMBER, "amount in the currency's smallest unit"),
        Column("amount", Kind.TEXT, "the same as a decimal"),
        Column("currency", Kind.TEXT, "ISO 4217 code"),
        Column("entry_no", Kind.TEXT, "number that the payer gave the entry", empty=True),
        Column("file", Kind.TEXT, "file it stands in"),
        Column("row", Kind.NUMBER, "row of the file, or object of a JSON file"),
    ),
)

SETTLEMENTS = Table(
    "settlements",
    "settlement or payout",
    (
        Column("settlement", Kind.TEXT, "its number", key=True),
        Column("currency", Kind.TEXT, "currency of its lines"),
        Column("begins", Kind.TEXT, "from when, in UTC", empty=True),
        Column("ends", Kind.TEXT, "until when, in UTC", empty=True),
        Column("deposited_on", Kind.DAY, "day of the payout, in UTC", empty=True),
        Column("state", Kind.TEXT, "state as the report prints it", empty=True),
        Column("lines", Kind.COUNT, "lines, the payout itself left aside"),
        Column("sum_minor", Kind.NUMBER, "sum of these lines"),
        Column("sum", Kind.TEXT, "the same as a decimal"),
        Column("payout_minor", Kind.NUMBER, "what the report says is paid out", empty=True),
        Column("payout", Kind.TEXT, "the same as a decimal", empty=True),
        Column("residual_minor", Kind.NUMBER, "payout less sum: what no line explains", empty=True),
        Column("residual", Kind.TEXT, "the same as a decimal", empty=True),
        Column("paid", Kind.TEXT, "what arrives, where in another currency", empty=True),
        Column("paid_currency", Kind.TEXT, "that currency", empty=True),
    ),
)

EXCEPTIONS = Table(
    "exceptions",
    "fact that does not fit",
    (
        Column("code", Kind.TEXT, "what does not fit", key=True),
        Column("settlement", Kind.TEXT, "settlement it is about", key=True, empty=True),
        Column("place", Kind.TEXT, "file and row, or label", key=True, empty=True),
        Column("lines", Kind.COUNT, "lines it is about"),
        Column("minor_units", Kind.NUMBER, "money it is about", empty=True),
        Column("amount", Kind.TEXT, "the same as a decimal", empty=True),
        Column("currency", Kind.TEXT, "ISO 4217 code", empty=True),
        Column("found", Kind.TEXT, "what was found"),
        Column("remedy", Kind.TEXT, "what to do"),
    ),
)
