# SPDX-License-Identifier: Apache-2.0
"""What the export VAT refund is worked out from, and what it comes to."""

from entrepot.engine.schema import Column, Kind, Reference, Table

KINDS = ("advance", "ordinary", "reversal", "confirmation", "recovery", "repayment")

PURCHASES = Table(
    "purchases",
    "VAT invoice line and SKU",
    (
        Column("invoice_no", Kind.TEXT, "number of the VAT special invoice", key=True),
        Column("line_no", Kind.NUMBER, "line of the invoice", key=True),
        Column("sku", Kind.TEXT, "article; a line may name several", key=True),
        Column("issued_on", Kind.DAY, "day of the invoice"),
        Column("supplier_uscc", Kind.TEXT, "supplier's unified social credit code"),
        Column("quantity", Kind.QUANTITY, "stock units bought"),
        Column("net_amount", Kind.MONEY, "CNY without VAT"),
        Column("vat_rate", Kind.RATE, "VAT rate of the invoice, 0.13"),
    ),
    day="issued_on",
    references=(Reference(("sku",), "products", ("sku",)),),
)

INVOICE_LINKS = Table(
    "invoice_links",
    "declared link of an invoice line to a declaration item",
    (
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True),
        Column("invoice_no", Kind.TEXT, "invoice", key=True),
        Column("line_no", Kind.NUMBER, "line of the invoice", key=True),
        Column("sku", Kind.TEXT, "article", key=True),
        Column("quantity", Kind.QUANTITY, "stock units of the line declared with the item"),
    ),
    references=(
        Reference(("declaration_no", "item_no"), "declarations", ("declaration_no", "item_no")),
        Reference(("invoice_no", "line_no"), "purchases", ("invoice_no", "line_no")),
        Reference(
            ("declaration_no", "item_no", "sku"),
            "declarations",
            ("declaration_no", "item_no", "sku"),
        ),
        Reference(("invoice_no", "line_no", "sku"), "purchases", ("invoice_no", "line_no", "sku")),
    ),
    optional=True,
)

REFUND_CLAIMS = Table(
    "refund_claims",
    "claim or settlement filed on a declaration item",
    (
        Column("claim_no", Kind.TEXT, "number of the claim", key=True),
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True),
        Column("kind", Kind.TEXT, "what was filed", values=KINDS),
        Column("of_claim", Kind.TEXT, "the claim it settles", empty=True),
        Column("quantity", Kind.QUANTITY, "stock units it is about"),
        Column("amount", Kind.MONEY, "CNY; below 0 where paid back", negative=True),
        Column("filed_on", Kind.DAY, "day it was filed"),
        Column("finished_on", Kind.DAY, "day the tax office finished it", empty=True),
        Column(
            "documents_on",
            Kind.DAY,
            "day the filing documents (备案单证) of an advance or ordinary claim were put on file "
            "with their index",
            empty=True,
            absent=True,
            since=2,
        ),
    ),
    day="filed_on",
    references=(
        Reference(("declaration_no", "item_no"), "declarations", ("declaration_no", "item_no")),
    ),
)

REFUND_RATES = Table(
    "refund_rates",
    "HS code and period",
    (
        Column(
            "hs_code",
            Kind.TEXT,
            "customs tariff number",
            key=True,
            pattern="^[0-9]{10}$",
            form="ten digits",
        ),
        Column("valid_from", Kind.DAY, "first day in force", key=True),
        Column("valid_to", Kind.DAY, "first day no longer in force", empty=True),
        Column("refund_rate", Kind.RATE, "export refund rate, 0.13"),
        Column("source", Kind.TEXT, "where the rate was read"),
    ),
)

STATES = (
    "overdue",
    "settle",
    "waiting",
    "pay_back",
    "lapsed",
    "late",
    "claim",
    "claim_advance",
    "settled",
)
ADVANCE_STATES = (
    "pending",
    "confirmed",
    "reversed",
    "recovered",
    "repaid",
    "overdue",
    "confirm",
    "adjust",
    "waiting",
)

REFUNDS = Table(
    "refunds",
    "declaration item",
    (
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True),
        Column("mode", Kind.TEXT, "customs supervision mode"),
        Column("exported_on", Kind.DAY, "export date"),
        Column("refund_rate", Kind.RATE, "in force on exported_on, lowest of its SKUs", empty=True),
        Column("declared", Kind.COUNT, "stock units declared"),
        Column("covered", Kind.COUNT, "of which an invoice covers"),
        Column("sold", Kind.COUNT, "of which sold, for the tax"),
        Column("unsold", Kind.COUNT, "of which not sold yet, for the tax"),
        Column("other", Kind.COUNT, "of which scrapped, lost or sent home"),
        Column("refundable", Kind.MONEY, "CNY on everything covered", empty=True),
        Column("refundable_on_sold", Kind.MONEY, "CNY on what is sold", empty=True),
        Column("advanced", Kind.MONEY, "CNY of all claims that are not ordinary", negative=True),
        Column("claimed", Kind.MONEY, "CNY of ordinary claims"),
        Column(
            "difference",
            Kind.MONEY,
            "CNY still to be claimed (+) or paid back (-)",
            empty=True,
            negative=True,
        ),
        Column("open_advance", Kind.MONEY, "CNY of advances nothing has settled"),
        Column("treatment", Kind.TEXT, "how it is treated", values=("refund", "exempt", "none")),
        Column(
            "data_gap",
            Kind.TEXT,
            "what the data lacks",
            empty=True,
            values=("no_rate", "not_covered", "partly_covered"),
        ),
        Column("state", Kind.TEXT, "what it waits for", values=STATES),
        Column("claim_by", Kind.DAY, "last day of the ordinary claim and of the foreign exchange"),
        Column("lapses_on", Kind.DAY, "after it the export is taxed as a domestic sale"),
    ),
)

ADVANCES = Table(
    "advances",
    "advance claim",
    (
        Column("claim_no", Kind.TEXT, "number of the claim", key=True),
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True),
        Column("quantity", Kind.COUNT, "stock units claimed for"),
        Column("amount", Kind.MONEY, "CNY"),
        Column("finished_on", Kind.DAY, "day the tax office finished it", empty=True),
        Column("reconcile_from", Kind.DAY, "first day it may be reconciled", empty=True),
        Column("legal_until", Kind.DAY, "last day of the reconciliation period", empty=True),
        Column("file_by", Kind.DAY, "last day of that April's VAT filing period", empty=True),
        Column("settled_by", Kind.TEXT, "claim that settled it", empty=True),
        Column("state", Kind.TEXT, "what it waits for", values=ADVANCE_STATES),
    ),
)

FILING_EXPORTS = Table(
    "filing_exports",
    "line of the export detail to type in",
    (
        Column("association_no", Kind.TEXT, "ties export and purchase lines (关联号)", key=True),
        Column("business_type", Kind.TEXT, "退（免）税业务类型: HWC-YT for an advance", empty=True),
        Column("filing", Kind.TEXT, "reversal, repayment, ordinary or advance"),
        Column("of_claim", Kind.TEXT, "the advance that a reversal takes back", empty=True),
        Column("declaration_no", Kind.TEXT, "declaration"),
        Column("item_no", Kind.NUMBER, "item of the declaration"),
        Column("exported_on", Kind.DAY, "export date"),
        Column("hs_code", Kind.TEXT, "customs tariff number"),
        Column("quantity", Kind.CHANGE, "stock units, negative where taken back"),
        Column("fob_amount", Kind.MONEY, "their part of the declared FOB value", negative=True),
        Column("fob_currency", Kind.TEXT, "its currency"),
        Column("refundable", Kind.MONEY, "CNY, sum of the purchase lines", negative=True),
    ),
)

FILING_PURCHASES = Table(
    "filing_purchases",
    "line of the purchase detail to type in",
    (
        Column("association_no", Kind.TEXT, "ties export and purchase lines (关联号)", key=True),
        Column("invoice_no", Kind.TEXT, "VAT special invoice", key=True),
        Column("invoice_line_no", Kind.NUMBER, "line of the invoice", key=True),
        Column("hs_code", Kind.TEXT, "customs tariff number", key=True),
        Column("supplier_uscc", Kind.TEXT, "supplier"),
        Column("issued_on", Kind.DAY, "day of the invoice"),
        Column("quantity", Kind.CHANGE, "stock units, negative where taken back"),
        Column("net_amount", Kind.MONEY, "CNY without VAT", negative=True),
        Column("vat_rate", Kind.RATE, "VAT rate of the invoice"),
        Column(
            "refund_rate",
            Kind.RATE,
            "rate applied: the lower of refund and VAT rate; empty where none is in force",
            key=True,
            empty=True,
        ),
        Column("refundable", Kind.MONEY, "CNY", negative=True),
    ),
)
