# SPDX-License-Identifier: Apache-2.0
"""What a season holds of banks, and what a close says of netting and of the money that came home.

Netting (轧差结算): a payer sends what is left once storage, logistics and the like are taken off
the gross proceeds. Both gross sides are said here, and what each receipt is allocated to.
"""

from __future__ import annotations

from typing import Final

from entrepot.engine.schema import Column, Kind, Table

#: What an entry of a bank account is.
ENTRY_KINDS: Final = ("payout", "cost", "fee", "conversion", "opening", "spent", "other")
#: What netted proceeds are made of. The accounts of settlements that each has are KIND_OF.
NETTED_KINDS: Final = (
    "gross",
    "refunds",
    "platform",
    "storage",
    "logistics",
    "tax",
    "marketing",
    "other",
    "moved",
)
KIND_OF: Final = {
    "sales": "gross",
    "shipping_income": "gross",
    "promotions": "gross",
    "refunds": "refunds",
    "disputes": "refunds",
    "marketplace_fees": "platform",
    "payment_fees": "platform",
    "storage": "storage",
    "fulfilment": "logistics",
    "inbound": "logistics",
    "returns_handling": "logistics",
    "shipping_cost": "logistics",
    "sales_tax": "tax",
    "tax_withheld": "tax",
    "fee_tax": "tax",
    "advertising": "marketing",
    "reimbursements": "other",
    "adjustments": "other",
    "unclassified": "other",
    "reserve": "moved",
    "transfers": "moved",
    "loans": "moved",
    "conversion": "moved",
}
#: On what it rests that a kind is taken off proceeds; `rule` and `bank_policy` come from a pack.
BASES: Final = ("proceeds", "rule", "bank_policy", "unnamed", "moved")
#: Where the other side of an entry lies in the book of money, before channel, payee or account.
PLACES: Final = {
    "payout": "payout",
    "cost": "payable",
    "fee": "cost/bank",
    "conversion": "conversion/bank",
    "opening": "opening/bank",
    "spent": "spent/bank",
    "other": "unclassified/bank",
}
#: The steps from what was declared to what came home, in order. They sum to it.
STEPS: Final = (
    "fob",
    "not_sold",
    "written_off",
    "sent_home",
    "price",
    *NETTED_KINDS[1:],
    "pooled",
    "exchange",
    "outstanding",
)
#: Where a firm stands beside the yearly limit for small ones.
SMALL_STATES: Final = ("below", "near", "above")


def _currency(name: str, meaning: str, *, empty: bool = False) -> Column:
    return Column(
        name,
        Kind.TEXT,
        meaning,
        empty=empty,
        absent=empty,
        pattern="^[A-Z]{3}$",
        form="three capital letters",
    )


def _maybe(name: str, kind: Kind, meaning: str) -> Column:
    return Column(name, kind, meaning, empty=True, absent=True)


BANK: Final = Table(
    "bank",
    "entry of an account of ours at a bank, or the part of one that is of one payout or invoice",
    (
        Column("account", Kind.TEXT, "account of ours, as the bank names it", key=True),
        Column("entry_no", Kind.TEXT, "entry, by the bank's reference of it", key=True),
        Column("line_no", Kind.NUMBER, "part of the entry; 0 where it has one", key=True),
        Column("booked_on", Kind.DAY, "day on which the bank books it"),
        Column(
            "kind",
            Kind.TEXT,
            "what it is; opening: what the account held before; spent: on what is in no book here",
            values=ENTRY_KINDS,
        ),
        _currency("currency", "currency of the account, ISO 4217 code"),
        Column("amount", Kind.MONEY, "in that currency; below 0: taken", negative=True),
        _maybe("channel", Kind.TEXT, "of a payout: channel of the settlement"),
        _maybe("settlement_no", Kind.TEXT, "of a payout: the settlement"),
        _maybe("payee", Kind.TEXT, "of a cost: who was paid, as in costs"),
        _currency("of_currency", "currency exchanged for it; empty: nothing was", empty=True),
        Column(
            "of_amount",
            Kind.MONEY,
            "amount that was exchanged, with the same sign",
            empty=True,
            absent=True,
            negative=True,
        ),
        _maybe("reference", Kind.TEXT, "what the payer wrote, or the slip of the exchange"),
    ),
    day="booked_on",
    optional=True,
    since=6,
)


def _sum(name: str, meaning: str, *, empty: bool = False) -> Column:
    return Column(name, Kind.MONEY, meaning, empty=empty, negative=True)


_CHANNEL: Final = Column("channel", Kind.TEXT, "channel of the orders", key=True)
_SETTLEMENT: Final = Column("settlement_no", Kind.TEXT, "settlement", key=True)

NETTING: Final = Table(
    "netting",
    "kind of amount in a settlement: both gross sides, and on what it rests that they are netted",
    (
        _CHANNEL,
        _SETTLEMENT,
        Column("currency", Kind.TEXT, "ISO 4217 code", key=True),
        Column("kind", Kind.TEXT, "what it is", key=True, values=NETTED_KINDS),
        Column(
            "basis",
            Kind.TEXT,
            "rule: foreign exchange rules name it; bank_policy: the bank decides; unnamed: no rule"
            " that was read names it",
            key=True,
            values=BASES,
        ),
        Column("lines", Kind.COUNT, "amounts that the report lists"),
        Column("given", Kind.MONEY, "those above 0"),
        Column("taken", Kind.MONEY, "those below 0, without their sign"),
        _sum("amount", "given less taken"),
        _sum("cny", "the same in CNY, at the rate of each day; empty: no rate", empty=True),
    ),
)

ALLOCATED: Final = Table(
    "allocated",
    "part of a receipt: the order and the declared line whose money it is",
    (
        Column("account", Kind.TEXT, "account that it came to", key=True),
        Column("entry_no", Kind.TEXT, "entry of the bank", key=True),
        Column("entry_line", Kind.NUMBER, "part of the entry", key=True),
        Column("part", Kind.NUMBER, "part of the receipt", key=True),
        Column("booked_on", Kind.DAY, "day on which it came"),
        Column("channel", Kind.TEXT, "channel of the settlement"),
        Column("settlement_no", Kind.TEXT, "settlement that was paid out"),
        Column(
            "order_no", Kind.TEXT, "order; empty: more came than orders account for", empty=True
        ),
        Column("line_no", Kind.NUMBER, "line of the order; empty: no sale has it", empty=True),
        Column("declaration_no", Kind.TEXT, "empty: the units have no declaration", empty=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", empty=True),
        Column("sku", Kind.TEXT, "article", empty=True),
        Column("currency", Kind.TEXT, "of the settlement, ISO 4217 code"),
        Column("amount", Kind.MONEY, "in that currency"),
        _sum("cny", "in CNY: what the bank gave, or at the rate of the day", empty=True),
    ),
)

COLLECTED: Final = Table(
    "collected",
    "declared line that orders have units of, or that is sold from abroad: from its declared value"
    " to what came home of it, in CNY",
    (
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True),
        Column("sku", Kind.TEXT, "article", key=True),
        Column("exported_on", Kind.DAY, "day of export"),
        Column("quantity", Kind.COUNT, "units declared"),
        Column("sold", Kind.COUNT, "of them with buyers of orders"),
        Column("fob_currency", Kind.TEXT, "currency of the declared value"),
        Column("fob_amount", Kind.MONEY, "declared value in it"),
        _sum("fob", "the same at the rate of the day of export", empty=True),
        _sum(
            "not_sold",
            "declared value of units on their way, on hand, or sold at export",
            empty=True,
        ),
        _sum("written_off", "of units scrapped or lost", empty=True),
        _sum("sent_home", "of units sent home", empty=True),
        _sum("price", "gross proceeds less the declared value of units with buyers", empty=True),
        _sum("refunds", "given back to buyers, disputes included", empty=True),
        _sum("platform", "fees of marketplace and payment", empty=True),
        _sum("storage", "storage abroad", empty=True),
        _sum("logistics", "fulfilment, inbound, delivery, handling of returns", empty=True),
        _sum("tax", "tax of the sale and on fees, and tax withheld", empty=True),
        _sum("marketing", "advertising", empty=True),
        _sum("other", "reimbursements, corrections, what is not classified", empty=True),
        _sum("moved", "held back, transferred, lent", empty=True),
        _sum("pooled", "borne for orders of a settlement that came to less than 0", empty=True),
        _sum("exchange", "of what came: by the day it was settled and the day it came", empty=True),
        _sum("outstanding", "sold and not settled, or settled and not come so far", empty=True),
        _sum("received", "what came home; the sum of all from fob on", empty=True),
    ),
)

RECEIPTS_YEAR: Final = Table(
    "receipts_year",
    "calendar year: what came from abroad, beside the limit for small firms",
    (
        Column("year", Kind.NUMBER, "calendar year", key=True),
        Column("receipts", Kind.COUNT, "receipts of payouts"),
        Column("received", Kind.MONEY, "what came, in USD at the rate of each day", empty=True),
        Column("gross", Kind.MONEY, "gross proceeds settled, the same way", empty=True),
        Column("limit", Kind.MONEY, "limit in USD"),
        Column("valid_from", Kind.DAY, "since when the limit holds"),
        Column(
            "state",
            Kind.TEXT,
            "of the greater of the two: the text read does not say which counts; empty: no rate",
            empty=True,
            values=SMALL_STATES,
        ),
    ),
)

#: The steps as a person is shown them: a name, and what it is the sum of.
SHOWN_STEPS: Final = (
    ("step.fob", ("fob",)),
    ("step.not_sold", ("not_sold",)),
    ("collected.gone", ("written_off", "sent_home")),
    ("step.price", ("price",)),
    ("step.refunds", ("refunds",)),
    ("collected.netted", (*NETTED_KINDS[2:], "pooled")),
    ("step.exchange", ("exchange",)),
    ("step.outstanding", ("outstanding",)),
    ("step.received", ("received",)),
)
assert {*STEPS, "received"} == {name for _, names in SHOWN_STEPS for name in names}
