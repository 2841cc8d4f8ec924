# SPDX-License-Identifier: Apache-2.0
"""What the desk knows of money as the tables of a season, completed by what was sent.

Settlements, payouts, bank entries and costs. What the desk read itself goes before what was sent of
the same settlement, or of the same account. A cost that was booked on the desk
and sent as well is refused: nobody could say which one counts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import psycopg

from entrepot.bank.money import digits
from entrepot.closing import banked_sql, costed_sql, sql
from entrepot.engine.schema import Table
from entrepot.errors import Refused

#: The tables that the desk knows once it has read files: whether it has, what it knows already,
#: and by which columns that is told.
_SETTLEMENT: Final = (sql.HAS_SETTLED, sql.SETTLEMENTS_KNOWN, ("channel", "settlement_no"))
_COST: Final = (
    costed_sql.HAS_COSTS, costed_sql.COSTS_KNOWN, ("payee", "cost_no", "line_no"),
)  # fmt: skip
_READ: Final = {
    "settlements": _SETTLEMENT,
    "payouts": _SETTLEMENT,
    "costs": _COST,
    "cost_shares": _COST,
    "bank": (banked_sql.HAS_BANK, banked_sql.ACCOUNTS_KNOWN, ("account",)),
}
_SHOWN: Final = 20


class UnfitMoney(Refused):
    """Amounts of more decimals than a season has."""

    code = "closing.unfit_money"


class CostTwice(Refused):
    """A cost that was booked on the desk and sent as a table as well."""

    code = "closing.cost_twice"


class GoodsNotDeclared(Refused):
    """Costs that were booked for goods that are not declared any more."""

    code = "closing.cost_of_no_goods"


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


def refuse_costs(
    cursor: psycopg.Cursor[Any], given: Mapping[str, Any], kept: Mapping[str, bytes]
) -> None:
    """Refuse costs that are there twice, and those whose goods are not declared any more.

    Args:
        kept: the tables that were sent, by name.

    Raises:
        CostTwice: a line was booked on the desk, and stands in a table that was sent.
        GoodsNotDeclared: a line was booked, and not undone, for goods that were withdrawn.
    """
    known = set(cursor.execute(costed_sql.COSTS_KNOWN.encode(), given).fetchall())
    for name in ("costs", "cost_shares"):
        twice = [key for key in _keys(kept.get(name, b"")) if key in known]
        if twice:
            raise CostTwice(
                "Cannot write the season.",
                f"These lines were booked on the desk, and {name} that was sent has them as well: "
                f"{_listed(twice)}.",
                f"Take them out of {name} and send it again, or reverse them on the desk.",
                lines=[list(key) for key in twice[:_SHOWN]],
            )
    found = cursor.execute(costed_sql.UNDECLARED.encode(), given).fetchall()
    if found:
        raise GoodsNotDeclared(
            "Cannot write the season.",
            f"These lines were booked for goods that are not declared any more: {_listed(found)}.",
            "Reverse them and book them again for what is declared now, or declare it again.",
            lines=[list(map(str, key)) for key in found[:_SHOWN]],
        )


def _keys(sent: bytes) -> Iterator[tuple[str, str, str]]:
    """Which lines a table that was sent has; a number is the same however many zeros it begins
    with.
    """
    for row in csv.DictReader(io.StringIO(sent.decode("utf-8-sig"), newline="")):
        number = (row.get("line_no") or "").strip()
        plain = (number.lstrip("0") or "0") if number.isdecimal() else number
        yield (row.get("payee") or "").strip(), (row.get("cost_no") or "").strip(), plain


def _listed(keys: list[Any]) -> str:
    shown = "; ".join(f"{payee} {number}, line {line}" for payee, number, line in keys[:_SHOWN])
    return shown + (f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else "")


def tables_read(cursor: psycopg.Cursor[Any], given: Mapping[str, Any]) -> frozenset[str]:
    """The tables of which the desk has read anything itself."""
    return frozenset(
        name
        for name, (has_any, _, _) in _READ.items()
        if cursor.execute(has_any.encode(), given).fetchone() == (True,)
    )


def write_both(
    cursor: psycopg.Cursor[Any], table: Table, given: Mapping[str, Any], sent: bytes, folder: Path
) -> int:
    """Write one table as CSV: what the desk has, and what was sent of others; how many rows."""
    names = [column.name for column in table.columns]
    _, known_sql, told_by = _READ[table.name]
    known = set(cursor.execute(known_sql.encode(), given).fetchall())
    rows = 0
    with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in csv.DictReader(io.StringIO(sent.decode("utf-8-sig"), newline="")):
            if tuple(row.get(name) for name in told_by) not in known:
                writer.writerow([row.get(name) or "" for name in names])
                rows += 1
        quoted = ", ".join(f'"{name}"' for name in names)
        for own in cursor.execute(
            f"SELECT {quoted} FROM ({sql.TABLES[table.name]}) AS t".encode(), given
        ):
            writer.writerow(["" if value is None else value for value in own])
            rows += 1
    return rows
