# SPDX-License-Identifier: Apache-2.0
"""Lay out the columns of units by month; the template draws them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot.pipelines.report.language import Words

#: Size of the picture and of a panel, in its own units.
WIDTH, PANEL, HEAD, FOOT = 640, 120, 26, 24
_LEFT, _GAP = 4, 0.22
#: As many months are named below the columns, at most.
_LABELS = 8


def months_chart(figures: Mapping[str, Any], words: Words) -> dict[str, Any] | None:
    """One panel each of units exported, sold and come back, a column a month.

    Exported and sold are drawn to one scale; what came back, far less, to its own.

    Returns:
        width and height; panels: name, highest, base (where its columns stand), columns (x, y,
        width, height, label); ticks: x, text. None where no month has units.
    """
    rows = figures["movement"]["months"]
    highest = {
        name: max((row[name] for row in rows), default=0)
        for name in ("exported", "sold", "returned")
    }
    if not any(highest.values()):
        return None
    scale = {
        "exported": max(highest["exported"], highest["sold"]),
        "sold": max(highest["exported"], highest["sold"]),
        "returned": highest["returned"],
    }
    step = (WIDTH - 2 * _LEFT) / len(rows)
    panels = []
    for at, name in enumerate(highest):
        base = at * (HEAD + PANEL) + HEAD + PANEL
        panels.append(
            {
                "name": words("columns", name),
                "highest": words("charts", "highest", units=f"{highest[name]:,}"),
                "title_y": at * (HEAD + PANEL) + 16,
                "base": base,
                "columns": [
                    _column(row["month"], row[name], scale[name], _LEFT + place * step, step, base)
                    for place, row in enumerate(rows)
                ],
            }
        )
    every = -(-len(rows) // _LABELS)
    ticks = [
        {
            # The last one ends with its column, so that it stays within the picture.
            "x": round(_LEFT + (place + (1 if row is rows[-1] else 0.5)) * step, 2),
            "anchor": "end" if row is rows[-1] else "middle",
            "text": row["month"],
        }
        for place, row in enumerate(rows)
        if (len(rows) - 1 - place) % every == 0
    ]
    height = 3 * (HEAD + PANEL) + FOOT
    return {"width": WIDTH, "height": height, "panels": panels, "ticks": ticks}


def _column(
    month: str, units: int, scale: int, left: float, step: float, base: float
) -> dict[str, Any]:
    """One column; a month with any units is seen, however few."""
    height = max(units * (PANEL - 8) / scale, 1.0) if units else 0.0
    return {
        "x": round(left + step * _GAP / 2, 2),
        "y": round(base - height, 2),
        "width": round(step * (1 - _GAP), 2),
        "height": round(height, 2),
        "label": f"{month}: {units:,}",
    }
