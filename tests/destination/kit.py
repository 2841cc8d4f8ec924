# SPDX-License-Identifier: Apache-2.0
"""Sales and returns given as rows, made out without a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from entrepot.destination.excepting import exceptions
from entrepot.destination.filing import lay_out, prove
from entrepot.destination.firm import Channel, Firm, Registration
from entrepot.destination.given import put_given
from entrepot.destination.judging import judge
from entrepot.destination.periods import Period
from entrepot.destination.reporting import reasons
from entrepot.destination.tables import EXCHANGE_RATES, OWN_RATES
from entrepot.engine.schema import Table
from entrepot.engine.write import held_schema
from entrepot.pipelines.season import SEASON

Row = Mapping[str, Any]
OPEN_END = date(2099, 12, 31)
FIRM: dict[str, Any] = {
    "file": "firm.toml", "established": "CN", "below_threshold": False,
    "consignment_value": "without_vat", "outside": (), "exchange_on": "day",
    "exchange_source": "made up", "exchange_rates": None, "own_rates": None, "warehouses": {},
    "channels": (), "registrations": (),
}  # fmt: skip


def firm(**said: Any) -> Firm:
    return Firm(**{**FIRM, **said})


def channel(name: str = "shop", prices: str = "with_vat", collects: str = "firm") -> Channel:
    return Channel(name, prices, collects, "made up")


def registration(
    scheme: str,
    state: str = "DE",
    currency: str = "EUR",
    since: date = date(2000, 1, 1),
    until: date | None = None,
) -> Registration:
    return Registration(scheme, state, f"{scheme}-{state}", currency, since, until)


def made_out(
    said: Firm, period: Period, as_of: date = OPEN_END, spoilt: str = "", **given: Sequence[Row]
) -> dict[str, list[dict[str, Any]]]:
    """The tables of results as rows; amounts are whole hundredths, as the engine holds them.

    `spoilt`: a statement that is run before the proof, to see that it notices.
    """
    with TemporaryDirectory() as work, duckdb.connect() as connection:
        connection.execute(f"SET temp_directory = '{Path(work)}'")
        for table in _tables():
            rows = [dict(each) for each in given.get(table.name, ())]
            connection.register("given", pa.Table.from_pylist(rows, held_schema(table)))
            connection.execute(f"CREATE TABLE {table.name} AS SELECT * FROM given")
        put_given(connection, said)
        judge(connection, said, period)
        lay_out(connection, said, period)
        if spoilt:
            connection.execute(spoilt)
        totals = prove(connection, period)
        found = {
            name: connection.sql(f"SELECT * FROM {name} ORDER BY ALL").to_arrow_table().to_pylist()
            for name in ("entries", "destination_filing", "destination_consignments")
        }
        return {
            **found,
            "totals": totals,
            "exceptions": exceptions(connection, period, as_of),
            "reasons": reasons(connection, period),
        }


def _tables() -> list[Table]:
    needed = ("sales", "returns", "products", "fx_rates")
    return [*(t for t in SEASON if t.name in needed), OWN_RATES, EXCHANGE_RATES]
