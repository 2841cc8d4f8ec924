# SPDX-License-Identifier: Apache-2.0
"""What is scanned of units that return, and what is told of them."""

from __future__ import annotations

from entrepot.engine.schema import Column, Kind, Table

#: How a unit is known. A unit goes out, and comes home, with one identity.
KINDS = ("serial", "batch", "parcel", "list")
PROOFS = ("identity", "shared", "assumed", "not_matched")
VERDICTS = ("open", "ask", "refused")

IDENTITIES = Table(
    "return_identities",
    "scan of a unit, or of units that share a number",
    (
        Column("scan_no", Kind.TEXT, "number of the scan", key=True),
        Column("way", Kind.TEXT, "out: at export; home: come back", values=("out", "home")),
        Column("sku", Kind.TEXT, "article"),
        Column("kind", Kind.TEXT, "what the number is of", values=KINDS),
        Column("identity", Kind.TEXT, "the number as scanned"),
        Column("quantity", Kind.QUANTITY, "stock units; of a serial 1"),
        Column("declaration_no", Kind.TEXT, "out: declaration they left under", empty=True),
        Column("item_no", Kind.NUMBER, "out: item of it", empty=True),
    ),
)

CLOCKS = Table(
    "return_clocks",
    "declaration line with units abroad",
    (
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("item_no", Kind.NUMBER, "item of it", key=True),
        Column("sku", Kind.TEXT, "article", key=True),
        Column("mode", Kind.TEXT, "customs supervision mode"),
        Column("exported_on", Kind.DAY, "export date"),
        Column("unsold", Kind.NUMBER, "units in warehouses abroad"),
        Column("in_transit", Kind.NUMBER, "units on the way there"),
        Column("sold", Kind.NUMBER, "units with buyers"),
        Column("sent_home", Kind.NUMBER, "units that came home before"),
        Column("refund_claimed", Kind.FLAG, "a refund of the item was claimed: repay it first"),
        Column(
            "customs",
            Kind.TEXT,
            "whether customs takes it at its original customs",
            values=VERDICTS,
        ),
        Column("customs_until", Kind.DAY, "last day of customs", empty=True),
        Column("customs_days", Kind.NUMBER, "days left; below 0: over", empty=True),
        Column("customs_sure", Kind.TEXT, "V, S or M"),
        Column("across", Kind.TEXT, "across customs areas: yes, no, pilot, not_named", empty=True),
        Column("relief", Kind.TEXT, "whether taxes are relieved", values=VERDICTS),
        Column("relief_until", Kind.DAY, "last day of the relief", empty=True),
        Column("relief_days", Kind.NUMBER, "days left; below 0: over", empty=True),
        Column("relief_sure", Kind.TEXT, "V, S or M"),
        Column("lapses_on", Kind.DAY, "the nearest last day that is not over", empty=True),
        Column("why_en", Kind.TEXT, "why, English"),
        Column("why_zh", Kind.TEXT, "why, Chinese"),
    ),
)

PROVED = Table(
    "return_proofs",
    "units sent home of an article, an identity and a declaration line",
    (
        Column("line_no", Kind.NUMBER, "counts the rows", key=True),
        Column("sku", Kind.TEXT, "article"),
        Column("proof", Kind.TEXT, "how it is known which units they are", values=PROOFS),
        Column("kind", Kind.TEXT, "what the number is of", empty=True),
        Column("identity", Kind.TEXT, "the number as scanned", empty=True),
        Column("declaration_no", Kind.TEXT, "declaration they left under", empty=True),
        Column("item_no", Kind.NUMBER, "item of it", empty=True),
        Column("quantity", Kind.QUANTITY, "stock units"),
    ),
)
