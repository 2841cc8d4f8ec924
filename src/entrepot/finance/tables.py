# SPDX-License-Identifier: Apache-2.0
"""Money of other countries."""

from entrepot.engine.schema import Column, Kind, Table

FX_RATES = Table(
    "fx_rates",
    "day and currency",
    (
        Column("on", Kind.DAY, "the day the rate holds for", key=True),
        Column(
            "currency",
            Kind.TEXT,
            "ISO 4217 code",
            key=True,
            pattern="^[A-Z]{3}$",
            form="three capital letters",
        ),
        Column("cny_per_unit", Kind.FX_RATE, "CNY for one unit of the currency"),
    ),
    day="on",
)

_CHANNEL = Column("channel", Kind.TEXT, "channel of the orders", key=True)
_CURRENCY = Column("currency", Kind.TEXT, "ISO 4217 code", key=True)
#: Where a settlement stands.
SETTLED_STATES = ("footed", "not_footed", "no_lines", "open")
#: Where the money of an order stands.
PROCEEDS_STATES = ("settled", "unsettled", "unknown")

MONEY_BOOK = Table(
    "money_book",
    "movement of money from one place to another",
    (
        Column("on", Kind.DAY, "day of the movement"),
        Column(
            "document_kind",
            Kind.TEXT,
            "what moved it",
            key=True,
            values=("bank", "cost", "exchange", "payout", "settlement"),
        ),
        Column(
            "document_no",
            Kind.TEXT,
            "channel/settlement, payee/cost, account/entry, or place/currency/day of a gain",
            key=True,
        ),
        Column("document_line", Kind.NUMBER, "line of it; 0 of a payout", key=True),
        Column(
            "part",
            Kind.NUMBER,
            "movement of the line: a cost moves on with goods, an exchange has two; of a gain 0"
            " realised, 1 reversed, 2 revalued",
            key=True,
        ),
        Column("item", Kind.TEXT, "currency, ISO 4217 code", key=True),
        Column("amount", Kind.MONEY, "in that currency"),
        Column("from_place", Kind.TEXT, "the place it left"),
        Column("to_place", Kind.TEXT, "the place it entered"),
    ),
)

SETTLED = Table(
    "settled",
    "settlement in a currency: what its lines come to, and what was paid out",
    (
        _CHANNEL,
        Column("settlement_no", Kind.TEXT, "settlement", key=True),
        _CURRENCY,
        Column("lines", Kind.COUNT, "amounts that the report lists"),
        Column("first_on", Kind.DAY, "day of the first of them", empty=True),
        Column("last_on", Kind.DAY, "day of the last of them", empty=True),
        Column("amount", Kind.MONEY, "what they come to", negative=True),
        Column("paid_on", Kind.DAY, "day of the payout", empty=True),
        Column("payout", Kind.MONEY, "what was paid out", empty=True, negative=True),
        Column(
            "residual",
            Kind.MONEY,
            "payout less amount: what no line explains",
            empty=True,
            negative=True,
        ),
        Column(
            "received",
            Kind.MONEY,
            "what banks say came of it; empty: the season has no entries of banks",
            empty=True,
            negative=True,
        ),
        Column("received_on", Kind.DAY, "day on which the last of it came", empty=True),
        Column(
            "state",
            Kind.TEXT,
            "footed: the lines come to the payout; no_lines: a payout without lines; open: not "
            "paid out so far",
            values=SETTLED_STATES,
        ),
    ),
)


def _part(name: str, meaning: str) -> Column:
    return Column(name, Kind.MONEY, meaning, negative=True)


PROCEEDS = Table(
    "proceeds",
    "order in a currency: what it was sold for, and what came of it",
    (
        _CHANNEL,
        Column("order_no", Kind.TEXT, "order", key=True, distinct=True),
        _CURRENCY,
        Column("shipped_on", Kind.DAY, "day on which the first of it left", empty=True),
        Column("sold", Kind.MONEY, "amount of its lines in sales"),
        Column("lines", Kind.COUNT, "amounts in settlements"),
        Column("settled_on", Kind.DAY, "day of the last of them", empty=True),
        _part("price", "price of the goods"),
        _part("shipping_income", "shipping and gift wrap that the buyer pays"),
        _part("promotions", "discounts that we bear"),
        _part("refunds", "given back to the buyer, disputes included"),
        _part("taxes", "tax of the sale and on fees, and tax withheld"),
        _part("fees", "fees and costs that the payer takes off"),
        _part("other", "reimbursements, corrections, reserves, what is not classified"),
        _part("net", "all of these together"),
        Column(
            "difference", Kind.MONEY, "price less sold; empty: not settled", empty=True,
            negative=True,
        ),
        Column(
            "state",
            Kind.TEXT,
            "unsettled: no amount names it so far; unknown: no sale has it",
            values=PROCEEDS_STATES,
        ),
    ),
)  # fmt: skip

MONEY_EXCEPTIONS = Table(
    "money_exceptions",
    "fact about money that did not fit",
    (
        Column("code", Kind.TEXT, "what did not fit", key=True),
        Column("table", Kind.TEXT, "table of the row it is about", key=True),
        Column("key", Kind.TEXT, "key of that row, parts joined by /", key=True),
        _CURRENCY,
        Column("day", Kind.DAY, "day it is about", empty=True),
        Column("amount", Kind.MONEY, "money concerned", negative=True),
        Column("found", Kind.TEXT, "what was found"),
        Column("remedy", Kind.TEXT, "what to do"),
    ),
)
