# SPDX-License-Identifier: Apache-2.0
"""What an amendment writes: every sealed figure before and after, and the rows it came from."""

from entrepot.engine.schema import Column, Kind, Table

CHANGES = ("added", "removed", "changed")

_ABOUT = (
    Column("as_of", Kind.DAY, "the sealed day", key=True),
    Column("table", Kind.TEXT, "table of the figure", key=True),
    Column(
        "key",
        Kind.TEXT,
        "key of its row, parts joined by /; where the table has no key, all that is no amount",
        key=True,
    ),
    Column("column", Kind.TEXT, "which figure of the row", key=True),
    Column("change", Kind.TEXT, "what became of the row", values=CHANGES),
    Column("before", Kind.TEXT, "as it was sealed", empty=True),
    Column("after", Kind.TEXT, "as it is now", empty=True),
    Column("quantity_difference", Kind.COUNT, "stock units, after less before", empty=True),
    Column("amount_difference", Kind.MONEY, "money, after less before", empty=True, negative=True),
)

AMENDMENT = Table(
    "amendment",
    "sealed figure that an amendment changes",
    (*_ABOUT, Column("reason", Kind.TEXT, "why, as --amend was given")),
)

CAUSES = Table(
    "amendment_causes",
    "cell of a season's tables that differs from what was sealed, or pack or program that does",
    _ABOUT,
)
