# SPDX-License-Identifier: Apache-2.0
"""Refuses reports with cells that cannot be read, every one of them named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import duckdb

from entrepot.engine.amounts import TOTAL_LIMIT
from entrepot.engine.mistakes import SHOWN, Mistake, listed, refusal, shown
from entrepot.settlement import moments
from entrepot.settlement.mistakes import UnreadableReport
from entrepot.settlement.money import WHOLE_DIGITS
from entrepot.settlement.steps import Ways

_AS_DOWNLOADED = "Give the report as it was downloaded, not as a spreadsheet program saved it."
_MONEY = """
    LEFT JOIN amounts ON amounts.file = said.file AND amounts.cell = said.cell
        AND amounts.currency = said.currency
        AND amounts.settlement = CASE WHEN said.currency = '' THEN said.settlement ELSE '' END
"""
#: Every text of money that must be one, with its place.
_CELLS_OF_MONEY = """
    SELECT file, row, "column", settlement, currency, amount AS cell FROM entries
    UNION ALL SELECT file, row, 'total', settlement, currency, total FROM statements
        WHERE total <> ''
    UNION ALL SELECT file, row, 'converted total', settlement, paid_currency, paid FROM statements
        WHERE paid <> ''
    UNION ALL SELECT file, row, 'net', settlement, currency, stated FROM totals
"""
_UNREADABLE = f"""
    SELECT said.file, said.row, said."column", said.cell, amounts.resolved, amounts.digits
    FROM ({_CELLS_OF_MONEY}) AS said {_MONEY} WHERE amounts.minor IS NULL
"""
_CELLS_OF_TIME = """
    SELECT file, row, 'posted' AS "column", posted AS cell FROM entries
    UNION ALL SELECT file, row, 'begins', begins FROM statements
    UNION ALL SELECT file, row, 'ends', ends FROM statements
    UNION ALL SELECT file, row, 'deposited', deposited FROM statements
"""
_TIMELESS = f"""
    SELECT said.file, said.row, said."column", said.cell FROM ({_CELLS_OF_TIME}) AS said
    LEFT JOIN moments ON moments.file = said.file AND moments.cell = said.cell
    WHERE said.cell <> '' AND moments.printed IS NULL
"""
_QUANTITIES = """
    SELECT file, row, 'quantity', quantity FROM entries
    WHERE quantity <> '' AND NOT regexp_full_match(quantity, '-?\\d{1,9}([.]0+)?')
"""


def check_cells(
    connection: duckdb.DuckDBPyConnection,
    ways: Ways,
    *,
    is_flat: bool,
    columns: Mapping[str, str],
) -> None:
    """Refuse unless every cell of every report can be read, in one way only.

    Args:
        columns: what the reports call a column of ours, where they call it something else.
        is_flat: rows without a settlement are mistakes, not money that is not paid out yet.

    Raises:
        UnreadableReport: with every mistake.
    """
    names = dict(connection.execute("SELECT file, name FROM files").fetchall())
    mistakes: list[Mistake] = []
    count = 0

    def placed(mistake: Mistake) -> Mistake:
        return replace(mistake, column=columns.get(mistake.column, mistake.column))

    looked_for: list[tuple[str, Callable[..., Mistake]]] = [
        (_UNREADABLE, _money),
        (_TIMELESS, _time),
        (_QUANTITIES, _quantity),
        *([(_NAMELESS, _nameless)] if is_flat else []),
    ]
    for query, tell in looked_for:
        ((counted,),) = connection.execute(f"SELECT count(*) FROM ({query})").fetchall()
        if counted:
            count += counted
            rows = connection.execute(f"FROM ({query}) ORDER BY 1, 2, 3 LIMIT {SHOWN}").fetchall()
            mistakes += [placed(tell(names[row[0]], *row[1:])) for row in rows]
    for mistake in (
        *_too_much(connection, names),
        *_two_marks(connection, names, ways),
        *_two_orders(connection, names, ways),
    ):
        mistakes.append(mistake)
        count += 1
    if mistakes:
        files = list(dict.fromkeys(mistake.file for mistake in mistakes))
        raise refusal(
            UnreadableReport,
            f"Cannot read {files[0]}." if len(files) == 1 else f"Cannot read {listed(files)}.",
            mistakes,
            _AS_DOWNLOADED,
            count=count,
        )


_NAMELESS = """
    SELECT file, row, 'settlement' FROM entries WHERE settlement = ''
    UNION SELECT file, row, 'settlement' FROM statements WHERE settlement = ''
"""


def _money(
    file: str, row: int, column: str, cell: str, currency: str | None, digits: int | None
) -> Mistake:
    if digits is None:
        return Mistake(
            file,
            row,
            "currency",
            shown(currency or ""),
            "the code of a currency, in this row or with the total of its settlement",
            "Look whether the first rows were cut off.",
        )
    decimals = f"with at most {digits} decimals" if digits else "without decimals"
    expected = f"an amount in {currency} {decimals}, of at most {WHOLE_DIGITS} digits before them"
    return Mistake(file, row, column, shown(cell), expected, "Fetch the report again.")


def _time(file: str, row: int, column: str, cell: str) -> Mistake:
    return Mistake(file, row, column, shown(cell), moments.EXPECTED, "Fetch the report again.")


def _quantity(file: str, row: int, column: str, cell: str) -> Mistake:
    return Mistake(file, row, column, shown(cell), "a whole number", "Fetch the report again.")


def _nameless(file: str, row: int, column: str) -> Mistake:
    return Mistake(file, row, column, "nothing", "the number of a settlement", "Fetch it again.")


def _too_much(connection: duckdb.DuckDBPyConnection, names: dict[int, str]) -> Iterator[Mistake]:
    """Files whose money in all is more than a book holds."""
    for file, currency in connection.execute(
        f"SELECT file, currency FROM lines GROUP BY ALL HAVING sum(abs(minor)) >= {TOTAL_LIMIT}"
        " ORDER BY ALL"
    ).fetchall():
        found = f"more {currency} in all than a book holds"
        yield Mistake(names[file], None, "amount", found, "amounts", "Have columns slipped?")


def _two_marks(
    connection: duckdb.DuckDBPyConnection, names: dict[int, str], ways: Ways
) -> Iterator[Mistake]:
    """Files whose amounts can all be read with either decimal mark, and mean other sums then."""
    if ways.decimal:
        return
    for file, example in connection.execute(
        "SELECT file, example FROM marks WHERE differ AND NOT no_point AND NOT no_comma ORDER BY 1"
    ).fetchall():
        yield Mistake(
            names[file],
            None,
            "",
            f"amounts such as {shown(example)}, which a point or a comma may part",
            "amounts that can be read in one way only",
            "Say which with --decimal point or --decimal comma.",
        )


def _two_orders(
    connection: duckdb.DuckDBPyConnection, names: dict[int, str], ways: Ways
) -> Iterator[Mistake]:
    """Files whose slashed days can all be read with the day or the month first."""
    if ways.dates:
        return
    for file, example in connection.execute(
        "SELECT file, example FROM orders WHERE differ AND may_be_dmy AND may_be_mdy ORDER BY 1"
    ).fetchall():
        yield Mistake(
            names[file],
            None,
            "",
            f"days such as {shown(example)}, with the day or the month first",
            "days that can be read in one way only",
            "Say which with --dates mdy (as in the US) or --dates dmy.",
        )
