# SPDX-License-Identifier: Apache-2.0
"""What a producing firm enters per VAT period (免抵退税), and what a period comes to."""

from entrepot.engine.schema import Column, Kind, Reference, Table

KINDS = ("ordinary", "advance", "reversal", "confirmation")

_MONTH = "^[0-9]{4}-(0[1-9]|1[0-2])$"
_SUCH_AS = "a month such as 2026-03"

VAT_PERIODS = Table(
    "vat_periods",
    "VAT period of a producing firm",
    (
        Column(
            "period",
            Kind.TEXT,
            "VAT period, by its last month",
            key=True,
            pattern=_MONTH,
            form=_SUCH_AS,
        ),
        Column("output_vat", Kind.MONEY, "CNY, domestic output VAT", negative=True),
        Column(
            "input_vat",
            Kind.MONEY,
            "CNY, input VAT certified for credit, less what was transferred out; empty: the sum of "
            "input_invoices",
            empty=True,
            negative=True,
        ),
        Column(
            "credit_before",
            Kind.MONEY,
            "CNY, credit carried into the first period",
            empty=True,
            absent=True,
        ),
        Column(
            "refundable_before",
            Kind.MONEY,
            "CNY, below 0: what the first period still has to offset",
            empty=True,
            absent=True,
            negative=True,
        ),
        Column(
            "non_creditable_reduction",
            Kind.MONEY,
            "CNY, reduction of the non-creditable amount for duty-free materials",
            empty=True,
            absent=True,
        ),
        Column(
            "refundable_reduction",
            Kind.MONEY,
            "CNY, reduction of the exempt-credit-refund amount for duty-free materials",
            empty=True,
            absent=True,
        ),
    ),
    optional=True,
)

VAT_EXPORTS = Table(
    "vat_exports",
    "line that a producing firm enters in a VAT period",
    (
        Column("claim_no", Kind.TEXT, "declaration serial number (申报序号)", key=True),
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True),
        Column(
            "period", Kind.TEXT, "VAT period in which it is entered", pattern=_MONTH, form=_SUCH_AS
        ),
        Column("kind", Kind.TEXT, "what is entered", values=KINDS),
        Column("of_claim", Kind.TEXT, "the advance it settles", empty=True),
        Column("quantity", Kind.QUANTITY, "stock units it is about"),
        Column(
            "vat_rate",
            Kind.RATE,
            "VAT rate of the goods, 0.13; empty where an advance is settled",
            empty=True,
        ),
        Column(
            "fob_amount",
            Kind.MONEY,
            "value, where it is not the declared one: that of the actual sale",
            empty=True,
            absent=True,
        ),
        Column(
            "fob_currency",
            Kind.TEXT,
            "its ISO 4217 code",
            empty=True,
            absent=True,
            pattern="^[A-Z]{3}$",
            form="three capital letters",
        ),
        Column(
            "rate_on",
            Kind.DAY,
            "day whose exchange rate counts; empty: the export date",
            empty=True,
            absent=True,
        ),
        Column(
            "finished_on",
            Kind.DAY,
            "day the tax office finished an advance",
            empty=True,
            absent=True,
        ),
    ),
    references=(
        Reference(("declaration_no", "item_no"), "declarations", ("declaration_no", "item_no")),
        Reference(("period",), "vat_periods", ("period",)),
    ),
    optional=True,
)

INPUT_INVOICES = Table(
    "input_invoices",
    "invoice certified in a VAT period",
    (
        Column("invoice_no", Kind.TEXT, "VAT invoice, or customs payment document", key=True),
        Column(
            "period",
            Kind.TEXT,
            "VAT period in which it is certified",
            pattern=_MONTH,
            form=_SUCH_AS,
        ),
        Column("purpose", Kind.TEXT, "what it is certified for", values=("credit", "refund")),
        Column("vat_amount", Kind.MONEY, "CNY, below 0 for a red-letter invoice", negative=True),
    ),
    references=(Reference(("period",), "vat_periods", ("period",)),),
    optional=True,
)

VAT_FILING = Table(
    "vat_filing",
    "VAT period of a producing firm",
    (
        Column("period", Kind.TEXT, "VAT period", key=True),
        Column("output_vat", Kind.MONEY, "CNY, domestic output VAT", negative=True),
        Column("input_vat", Kind.MONEY, "CNY, certified for credit", negative=True),
        Column("credit_before", Kind.MONEY, "CNY, credit carried in"),
        Column("export_cny", Kind.MONEY, "CNY, exports entered, sum of the lines", negative=True),
        Column(
            "non_creditable",
            Kind.MONEY,
            "CNY, N: of the lines, less the reduction; moved to cost",
            negative=True,
        ),
        Column("tax", Kind.MONEY, "CNY, T: output - (input - N) - credit_before", negative=True),
        Column("refundable_before", Kind.MONEY, "CNY, still to offset, carried in", negative=True),
        Column(
            "refundable",
            Kind.MONEY,
            "CNY, R: of the lines, less the reduction, with refundable_before; 0 where below",
        ),
        Column("refund", Kind.MONEY, "CNY, paid out by the tax office"),
        Column("offset", Kind.MONEY, "CNY, exempt and credited: R - refund"),
        Column("payable", Kind.MONEY, "CNY, VAT to pay"),
        Column("credit_after", Kind.MONEY, "CNY, credit carried on"),
        Column("refundable_after", Kind.MONEY, "CNY, below 0: carried on to offset", negative=True),
        Column("open_lines", Kind.COUNT, "lines that have no figures yet; nothing is theirs above"),
    ),
)

VAT_LINES = Table(
    "vat_lines",
    "line of the export detail of a producing firm",
    (
        Column("period", Kind.TEXT, "VAT period", key=True),
        Column("claim_no", Kind.TEXT, "declaration serial number (申报序号)", key=True),
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True),
        Column("kind", Kind.TEXT, "ordinary, advance or reversal"),
        Column("business_type", Kind.TEXT, "退（免）税业务类型: HWC-YT for an advance", empty=True),
        Column("of_claim", Kind.TEXT, "the advance that a reversal takes back", empty=True),
        Column("exported_on", Kind.DAY, "export date"),
        Column("hs_code", Kind.TEXT, "customs tariff number"),
        Column("quantity", Kind.CHANGE, "stock units, negative where taken back"),
        Column("fob_amount", Kind.MONEY, "FOB value", negative=True),
        Column("fob_currency", Kind.TEXT, "its currency"),
        Column("rate_on", Kind.DAY, "day of the exchange rate"),
        Column("export_cny", Kind.MONEY, "CNY, FOB x rate", empty=True, negative=True),
        Column("vat_rate", Kind.RATE, "VAT rate of the goods"),
        Column("refund_rate", Kind.RATE, "in force on exported_on", empty=True),
        Column(
            "non_creditable",
            Kind.MONEY,
            "CNY, its part of N: export_cny x (VAT rate - refund rate)",
            empty=True,
            negative=True,
        ),
        Column(
            "refundable",
            Kind.MONEY,
            "CNY, its part of R: export_cny x refund rate",
            empty=True,
            negative=True,
        ),
    ),
)
