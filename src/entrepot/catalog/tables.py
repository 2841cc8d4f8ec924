# SPDX-License-Identifier: Apache-2.0
"""What the firm sells."""

from entrepot.engine.schema import Column, Kind, Table

PRODUCTS = Table(
    "products",
    "SKU",
    (
        Column("sku", Kind.TEXT, "the firm's own article number", key=True),
        Column("name", Kind.TEXT, "what the goods are called"),
        Column(
            "hs_code",
            Kind.TEXT,
            "customs tariff number",
            pattern="^[0-9]{10}$",
            form="ten digits",
        ),
        Column("weight_g", Kind.QUANTITY, "grams of one unit", empty=True, absent=True, since=5),
        Column(
            "volume_cm3",
            Kind.QUANTITY,
            "cubic centimetres of one unit",
            empty=True,
            absent=True,
            since=5,
        ),
    ),
)
