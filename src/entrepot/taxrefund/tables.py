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
        Reference(
            ("invoice_no", "line_no", "sku"), "purchases", ("invoice_no", "line_no", "sku")
        ),
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
