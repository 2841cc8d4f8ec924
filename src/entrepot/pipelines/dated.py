# SPDX-License-Identifier: Apache-2.0
"""Packs of rules as frames, to be joined by the day that something happened on."""

from __future__ import annotations

import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.packs.read import read


def rules_of(engine: Engine, pack: str, *texts: str) -> Frame:
    """The rows of a pack: these columns of text, valid_from and valid_to."""
    rows = read(pack).rows
    kinds = dict.fromkeys(texts, pa.string()) | dict.fromkeys(
        ("valid_from", "valid_to"), pa.date32()
    )
    columns = {name: pa.array([row[name] for row in rows], kind) for name, kind in kinds.items()}
    return engine.table(pa.table(columns))
