# SPDX-License-Identifier: Apache-2.0
"""Days as whole numbers that sort as the days do."""

from __future__ import annotations

import narwhals as nw


def day_number(day: nw.Expr) -> nw.Expr:
    """A whole number above 0 for a day: later days have larger ones, with gaps between months."""
    return (day.dt.year().cast(nw.Int64) * 16 + day.dt.month()) * 32 + day.dt.day()
