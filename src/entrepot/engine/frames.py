# SPDX-License-Identifier: Apache-2.0
"""Typed tables made from Python values: for small inputs and tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import narwhals as nw
import pyarrow as pa

from entrepot.engine.schema import PLACES, WHOLE, Kind, Table

_ARROW = {Kind.TEXT: pa.string(), Kind.DAY: pa.date32(), Kind.FLAG: pa.bool_()}


def arrow_type(kind: Kind) -> pa.DataType:
    """What a kind is inside the engine."""
    return pa.int64() if kind in WHOLE else _ARROW[kind]


def engine_type(kind: Kind) -> nw.dtypes.DType:
    """What a kind is inside the engine, as Narwhals names it."""
    if kind in WHOLE:
        return nw.Int64()
    return {Kind.TEXT: nw.String(), Kind.DAY: nw.Date(), Kind.FLAG: nw.Boolean()}[kind]


def scaled(kind: Kind, value: object) -> object:
    """A Python value as the engine holds it: an amount of 12.50 as 1250 fen."""
    if kind in PLACES and value is not None:
        exact = Decimal(str(value)).scaleb(PLACES[kind])
        assert exact == int(exact), f"{value} has more than {PLACES[kind]} places"
        return int(exact)
    return value


def typed_table(table: Table, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows of Python values as a typed table, every column present, missing values null."""
    held = list(rows)
    return pa.table(
        {
            column.name: pa.array(
                [scaled(column.kind, row.get(column.name)) for row in held],
                arrow_type(column.kind),
            )
            for column in table.columns
        }
    )
