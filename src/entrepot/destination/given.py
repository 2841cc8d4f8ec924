# SPDX-License-Identifier: Apache-2.0
"""Lay what packs and a firm say before the engine: small tables that lines are joined to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from entrepot.destination.firm import Firm
from entrepot.packs.read import Row, read

RATES = ("eu/vat_rates", "uk/vat_rates")
FIGURES = ("eu/vat_schemes", "uk/vat_schemes")
PACKS = (*RATES, *FIGURES)

_TEXT, _DAY, _FLAG = pa.string(), pa.date32(), pa.bool_()


def put_given(connection: duckdb.DuckDBPyConnection, firm: Firm) -> None:
    """Make rates, figures, channels, warehouses, outside and registrations."""
    put(
        connection,
        "rates",
        {
            "state": _TEXT,
            "in_eu": _FLAG,
            "rate": pa.int64(),
            "start_known": _FLAG,
            "read_on": _DAY,
            "rate_source": _TEXT,
            "valid_from": _DAY,
            "valid_to": _DAY,
        },
        (_rate(pack, row) for pack in RATES for row in read(pack).rows),
    )
    put(
        connection,
        "figures",
        {"figure": _TEXT, "amount": pa.int64(), "valid_from": _DAY, "valid_to": _DAY},
        (dict(row) for pack in FIGURES for row in read(pack).rows),
    )
    put(
        connection,
        "channels",
        {"channel": _TEXT, "with_vat": _FLAG, "collects": _TEXT},
        (
            {"channel": each.name, "with_vat": each.prices == "with_vat", "collects": each.collects}
            for each in firm.channels
        ),
    )
    put(
        connection,
        "warehouses",
        {"warehouse": _TEXT, "country": _TEXT},
        ({"warehouse": name, "country": country} for name, country in firm.warehouses.items()),
    )
    put(
        connection,
        "outside",
        {"country": _TEXT},
        ({"country": each} for each in dict.fromkeys(firm.outside)),
    )
    put(
        connection,
        "registrations",
        {
            "scheme": _TEXT,
            "state": _TEXT,
            "number": _TEXT,
            "currency": _TEXT,
            "valid_from": _DAY,
            "valid_to": _DAY,
        },
        ({name: getattr(each, name) for name in each.__slots__} for each in firm.registrations),
    )


def put(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    kinds: Mapping[str, pa.DataType],
    rows: Iterable[Mapping[str, Any]],
) -> None:
    """Make a table of a few rows."""
    cells = [{column: row[column] for column in kinds} for row in rows]
    connection.register("given", pa.Table.from_pylist(cells, pa.schema(list(kinds.items()))))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given")
    connection.unregister("given")


def _rate(pack: str, row: Row) -> dict[str, Any]:
    return {
        **row,
        "in_eu": pack.startswith("eu/"),
        "rate": int(row.amount("percent") * 100),
        "start_known": row.text("start_known") == "true",
        "rate_source": f"{row.text('source')} ({row.text('confidence')})",
    }
