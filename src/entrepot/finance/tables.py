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
