# SPDX-License-Identifier: Apache-2.0
"""What was declared for export."""

from entrepot.engine.schema import Column, Kind, Reference, Table

MODES = ("9610", "9710", "9810", "1210", "0110")

DECLARATIONS = Table(
    "declarations",
    "export declaration item and SKU",
    (
        Column(
            "declaration_no",
            Kind.TEXT,
            "number of the customs declaration or list",
            key=True,
            pattern="^.{18}$",
            form="18 characters",
        ),
        Column("item_no", Kind.NUMBER, "item of the declaration", key=True),
        Column("sku", Kind.TEXT, "article; an item may hold several", key=True),
        Column("mode", Kind.TEXT, "customs supervision mode", values=MODES),
        Column("exported_on", Kind.DAY, "export date on the declaration"),
        Column("quantity", Kind.QUANTITY, "stock units declared"),
        Column("fob_amount", Kind.MONEY, "declared FOB value of these units"),
        Column(
            "fob_currency",
            Kind.TEXT,
            "ISO 4217 code",
            pattern="^[A-Z]{3}$",
            form="three capital letters",
        ),
        Column(
            "destination",
            Kind.TEXT,
            "ISO 3166 country",
            pattern="^[A-Z]{2}$",
            form="two capital letters",
        ),
        Column("warehouse", Kind.TEXT, "overseas warehouse the goods go to", empty=True),
        Column(
            "sold_at_export",
            Kind.FLAG,
            "sold to a buyer abroad before export, then stored",
            empty=True,
            absent=True,
        ),
        Column(
            "statistics_flag",
            Kind.TEXT,
            "9610 only: A summary statistics, B merged declaration",
            empty=True,
            absent=True,
            values=("A", "B"),
        ),
        Column("channel", Kind.TEXT, "where it was sold", empty=True, absent=True),
        Column("order_no", Kind.TEXT, "order it was sold with", empty=True, absent=True),
    ),
    day="exported_on",
    references=(Reference(("sku",), "products", ("sku",)),),
)
