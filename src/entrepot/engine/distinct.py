# SPDX-License-Identifier: Apache-2.0
"""Each row once, by grouping: `unique` numbers rows within their group, which sorts them all."""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.base import Frame


def distinct(rows: Frame, *columns: str) -> Frame:
    """Every combination of values in these columns once; what is empty is a value like others."""
    return rows.group_by(*columns).agg(_times=nw.len()).select(*columns)
