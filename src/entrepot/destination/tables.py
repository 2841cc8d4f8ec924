# SPDX-License-Identifier: Apache-2.0
"""What a firm gives to work out VAT where its buyers are, and the tables that come out."""

from typing import Any

from entrepot.engine.schema import Column, Kind, Table

#: Under which a line is filed, or why it is not.
SCHEMES = ("local", "union_oss", "ioss", "uk", "marketplace", "import", "outside", "open")
#: Schemes that the firm itself files under.
OWN_SCHEMES = SCHEMES[:4]
KINDS = ("sale", "correction")
BASES = ("standard", "own")
#: Why a line is open: nothing says what holds for it.
OPEN = (
    "channel_unknown",
    "warehouse_unknown",
    "destination_unknown",
    "no_exchange_rate",
    "no_rate",
    "no_registration",
    "below_threshold",
)
#: What a person should look at although the line is judged. That of a missing rate of exchange
#: leaves a row of the filing table without its figures in the return's currency.
NOTES = (
    "no_filing_rate",
    "rate_start_unknown",
    "limit_depends",
    "interim_duty",
    "above_threshold",
    "period_differs",
    "period_not_over",
)

_COUNTRY: dict[str, Any] = {"pattern": "^[A-Z]{2}$", "form": "two capital letters"}
_CURRENCY: dict[str, Any] = {"pattern": "^[A-Z]{3}$", "form": "three capital letters"}

OWN_RATES = Table(
    "own_rates",
    "VAT rate that the firm gives for an article in a country",
    (
        Column("sku", Kind.TEXT, "article", key=True),
        Column("destination", Kind.TEXT, "ISO 3166 country", key=True, **_COUNTRY),
        Column("valid_from", Kind.DAY, "first day in force", key=True),
        Column("valid_to", Kind.DAY, "first day no longer in force", empty=True, absent=True),
        Column("rate", Kind.RATE, "rate, such as 0.07"),
        Column("source", Kind.TEXT, "where the firm has it from"),
    ),
)

EXCHANGE_RATES = Table(
    "exchange_rates",
    "rate of exchange for returns",
    (
        Column("on", Kind.DAY, "day", key=True),
        Column("base", Kind.TEXT, "currency of which there is one", key=True, **_CURRENCY),
        Column("currency", Kind.TEXT, "currency that it is worth", key=True, **_CURRENCY),
        Column("units", Kind.FX_RATE, "units of `currency` for one of `base`"),
    ),
)


def _money(name: str, meaning: str, *, empty: bool = False) -> Column:
    return Column(name, Kind.MONEY, meaning, negative=True, empty=empty)


_SCHEME = Column("scheme", Kind.TEXT, "what it is filed under", values=SCHEMES)
_KIND = Column("kind", Kind.TEXT, "a sale, or what came back of one", values=KINDS)
_FILED_BY = Column("filed_by", Kind.TEXT, "firm, marketplace, importer or nobody", empty=True)

LINES = Table(
    "destination_lines",
    "order line, or line come back, of the period",
    (
        Column("channel", Kind.TEXT, "marketplace or shop", key=True),
        Column("order_no", Kind.TEXT, "order", key=True, distinct=True),
        Column("line_no", Kind.NUMBER, "line of the order", key=True),
        Column("return_no", Kind.TEXT, "return; empty: a sale", key=True, empty=True),
        Column("return_line_no", Kind.NUMBER, "line of the return", key=True, empty=True),
        _KIND,
        Column("day", Kind.DAY, "day it left, or came back"),
        Column("sold_on", Kind.DAY, "day it left"),
        Column("sold_in", Kind.TEXT, "month or quarter of that day"),
        Column("sku", Kind.TEXT, "article"),
        Column("quantity", Kind.CHANGE, "stock units, below 0 where they came back"),
        Column("warehouse", Kind.TEXT, "where it left from"),
        Column("dispatch", Kind.TEXT, "country of the warehouse", empty=True),
        Column("destination", Kind.TEXT, "country of the buyer"),
        _SCHEME,
        _FILED_BY,
        Column("registration", Kind.TEXT, "number it is filed under", empty=True),
        Column("rate", Kind.RATE, "VAT rate; empty: none is charged", empty=True),
        Column("rate_basis", Kind.TEXT, "whose rate it is", values=BASES, empty=True),
        Column("rate_source", Kind.TEXT, "where it was read, and how sure it is", empty=True),
        Column("currency", Kind.TEXT, "currency of the sale"),
        _money("amount", "as the season has it; what came back: its part, below 0"),
        _money("gross", "with VAT"),
        _money("net", "without VAT; empty: open", empty=True),
        _money("vat", "gross less net", empty=True),
        Column("filed_currency", Kind.TEXT, "currency of the return", empty=True),
        _money("filed_net", "net in that currency", empty=True),
        _money("filed_vat", "VAT in that currency", empty=True),
        Column("reason", Kind.TEXT, "why it is filed so; of an open line, what is missing"),
        Column("reason_zh", Kind.TEXT, "the same in words, Chinese"),
        Column("reason_en", Kind.TEXT, "the same in words, English"),
    ),
)

FILING = Table(
    "destination_filing",
    "scheme, country of the buyer, country of dispatch, rate and currency",
    (
        Column("scheme", Kind.TEXT, "what it is filed under", key=True, values=SCHEMES),
        Column("registration", Kind.TEXT, "number it is filed under", key=True, empty=True),
        Column("destination", Kind.TEXT, "country of the buyer", key=True),
        Column("dispatch", Kind.TEXT, "country of dispatch", key=True, empty=True),
        Column("kind", Kind.TEXT, "sales, or what came back", key=True, values=KINDS),
        Column("sold_in", Kind.TEXT, "month or quarter of the sale", key=True),
        Column("rate", Kind.RATE, "VAT rate", key=True, empty=True),
        Column("rate_basis", Kind.TEXT, "whose rate it is", key=True, values=BASES, empty=True),
        Column("currency", Kind.TEXT, "currency of the sale", key=True),
        _FILED_BY,
        Column("lines", Kind.COUNT, "rows of `destination_lines`"),
        _money("gross", "with VAT"),
        _money("net", "taxable amount; empty: open", empty=True),
        _money("vat", "VAT", empty=True),
        Column("filed_currency", Kind.TEXT, "currency of the return", empty=True),
        _money("filed_net", "taxable amount in that currency", empty=True),
        _money("filed_vat", "VAT in that currency", empty=True),
    ),
)

CONSIGNMENTS = Table(
    "destination_consignments",
    "consignment from abroad: lines of an order that left one warehouse on one day",
    (
        Column("channel", Kind.TEXT, "marketplace or shop", key=True),
        Column("order_no", Kind.TEXT, "order", key=True, distinct=True),
        Column("warehouse", Kind.TEXT, "where it left from", key=True),
        Column("shipped_on", Kind.DAY, "day it left", key=True),
        Column("destination", Kind.TEXT, "country of the buyer", key=True),
        Column("lines", Kind.COUNT, "order lines in it"),
        Column("currency", Kind.TEXT, "currency of the limit"),
        _money("without_vat", "its value without VAT; empty: no rate", empty=True),
        _money("as_charged", "its value with VAT; empty: no rate", empty=True),
        Column("limit", Kind.MONEY, "up to which VAT is due at the sale"),
        Column("within", Kind.FLAG, "whether it is within, by the measure chosen", empty=True),
        Column("tariff_items", Kind.COUNT, "different tariff numbers of six digits"),
        Column("duty", Kind.MONEY, "interim duty on them, in EUR; empty: none", empty=True),
    ),
)

EXCEPTIONS = Table(
    "destination_exceptions",
    "what is open, or to be looked at: lines that have it in common",
    (
        Column("code", Kind.TEXT, "what it is", key=True, values=(*OPEN, *NOTES)),
        Column("about", Kind.TEXT, "channel, warehouse, country, rate or period", key=True),
        Column("currency", Kind.TEXT, "currency of the lines", key=True, empty=True),
        Column("is_open", Kind.FLAG, "the lines are not filed, or not in the return's currency"),
        Column("lines", Kind.COUNT, "lines, or consignments"),
        Column("first_on", Kind.DAY, "day of the first", empty=True),
        Column("last_on", Kind.DAY, "day of the last", empty=True),
        _money("amount", "what they come to", empty=True),
        Column("found_zh", Kind.TEXT, "what was found, Chinese"),
        Column("found_en", Kind.TEXT, "the same, English"),
        Column("remedy_zh", Kind.TEXT, "what to do, Chinese"),
        Column("remedy_en", Kind.TEXT, "the same, English"),
    ),
)

RESULTS = (FILING, LINES, CONSIGNMENTS, EXCEPTIONS)
