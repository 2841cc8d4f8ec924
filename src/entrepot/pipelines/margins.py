# SPDX-License-Identifier: Apache-2.0
"""What was earned by channel, article, country, month: the margins of a close, added up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, Final

from entrepot.errors import Misused
from entrepot.finance.tables_margin import PARTS
from entrepot.pipelines.walk.closed import open_closed

#: By what margins can be added up, and where each is in the table.
BY: Final = {
    "channel": "channel",
    "country": "destination",
    "month": "strftime(shipped_on, '%Y-%m')",
    "order": "channel || '/' || order_no",
    "sku": "sku",
    "warehouse": "warehouse",
}
#: Figures of a group, in order: how many lines and units, and the parts in CNY.
COUNTS: Final = ("lines", "unknown", "units", "kept", "uncovered")
FIGURES: Final = (*COUNTS, *PARTS, "margin")

Row = dict[str, Any]


class UnknownGroup(Misused):
    """Margins are to be added up by something that they do not have."""

    code = "margin.unknown_group"


def add_up(out: Path, by: Sequence[str], worst_first: bool = False) -> list[Row]:
    """Add up the margins of a close.

    Args:
        out: the folder that `entrepot close` wrote.
        by: names of BY, the first the outermost; none adds up everything.
        worst_first: by what was earned, the least first, instead of by name.

    Returns:
        one row per group: the names of `by`; lines of which everything is known, and unknown ones;
        units, those kept, those without a purchase invoice; the parts and the margin in CNY, of the
        lines that are known, as decimals.

    Raises:
        UnknownGroup: a name is not one of BY, or stands twice.
        NoClose, NewerClose, BrokenClose: `out` is no close, or not as it was written.
    """
    unknown = [name for name in by if name not in BY]
    if unknown or len(set(by)) < len(by):
        raise UnknownGroup(
            "Cannot add margins up.",
            f"By {', '.join(by)}.",
            f"Name each once, of: {', '.join(BY)}.",
        )
    groups = [f'{BY[name]} AS "{name}"' for name in by]
    known = "margin IS NOT NULL"
    sums = [
        f"coalesce(sum({name}) FILTER ({known}), 0)::DECIMAL(38, 2) AS {name}"
        for name in (*PARTS, "margin")
    ]
    counts = [
        f"count(*) FILTER ({known}) AS lines",
        f"count(*) FILTER (NOT ({known})) AS unknown",
        *(
            f"coalesce(sum({column}) FILTER ({known}), 0)::BIGINT AS {name}"
            for name, column in (
                ("units", "quantity"),
                ("kept", "kept"),
                ("uncovered", "uncovered"),
            )
        ),
    ]
    keys = ", ".join(str(at) for at in range(1, len(by) + 1))
    order = ["margin"] if worst_first else []
    query = f"SELECT {', '.join([*groups, *counts, *sums])} FROM margin" + (
        f" GROUP BY {keys} ORDER BY {', '.join([*order, keys])}" if by else ""
    )
    with open_closed(out, ("margin",)) as closed:
        return closed.rows(query)


def per_cent(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part of a whole in per cent with one place, half away from zero; None of nothing."""
    if not whole:
        return None
    return (part * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)
