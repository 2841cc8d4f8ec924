# SPDX-License-Identifier: Apache-2.0
"""Settlements and payouts of the desk as the tables of a season, with those that were sent as CSV.

What the desk read itself goes before what was sent of the same settlement.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psycopg

from entrepot.bank.money import digits
from entrepot.closing import sql
from entrepot.engine.schema import Table
from entrepot.errors import Refused

#: The tables that the desk knows once it has read reports.
SETTLED: Final = ("settlements", "payouts")
_SHOWN: Final = 20


class UnfitMoney(Refused):
    """Amounts of more decimals than a season has."""

    code = "closing.unfit_money"


def decimals() -> dict[str, Any]:
    """Parameters of the statements: each currency with its decimals."""
    known = digits()
    return {"currencies": list(known), "digits": list(known.values())}


def refuse_unfit(cursor: psycopg.Cursor[Any], given: Mapping[str, Any]) -> None:
    """Refuse amounts that a season cannot say.

    Raises:
        UnfitMoney: with the first of them.
    """
    found = [
        f"{channel} {number}: {amount.normalize():f} {currency}"
        for channel, number, currency, amount in cursor.execute(sql.UNFIT_MONEY, given)
    ]
    if found:
        raise UnfitMoney(
            "Cannot write the season.",
            f"Amounts of a season have two decimals: {'; '.join(found[:_SHOWN])}.",
            "Close without these settlements, and keep them apart.",
            settlements=found[:_SHOWN],
        )


def has_any(cursor: psycopg.Cursor[Any], given: Mapping[str, Any]) -> bool:
    """Whether the desk has read any report."""
    return cursor.execute(sql.HAS_SETTLED, given).fetchone() == (True,)


def write_both(
    cursor: psycopg.Cursor[Any], table: Table, given: Mapping[str, Any], sent: bytes, folder: Path
) -> int:
    """Write one table as CSV: what the desk has, and what was sent of other settlements; how many
    rows.
    """
    names = [column.name for column in table.columns]
    known = set(cursor.execute(sql.SETTLEMENTS_KNOWN, given).fetchall())
    rows = 0
    with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in csv.DictReader(io.StringIO(sent.decode("utf-8-sig"), newline="")):
            if (row.get("channel"), row.get("settlement_no")) not in known:
                writer.writerow([row.get(name) or "" for name in names])
                rows += 1
        quoted = ", ".join(f'"{name}"' for name in names)
        for own in cursor.execute(
            f"SELECT {quoted} FROM ({sql.TABLES[table.name]}) AS t".encode(), given
        ):
            writer.writerow(["" if value is None else value for value in own])
            rows += 1
    return rows
