# SPDX-License-Identifier: Apache-2.0
"""The same report twice is one; two that contradict each other are refused.

Flat reports are one settlement each, so two files of one settlement must hold the same lines.
Entries that the payer numbers may come in overlapping files: each number counts once.
"""

from __future__ import annotations

from typing import Any

import duckdb

from entrepot.engine.mistakes import SHOWN, Mistake, refusal, shown
from entrepot.settlement.mistakes import Contradicting

_REMEDY = "Keep the report that is right, and take the other away."
#: What two reports of one settlement must agree on, besides its lines.
_STATED = ("begins", "ends", "deposited_on", "total", "currency", "paid", "paid_currency")
#: What two lines must agree on to be the same.
_SAME = """
    posted_at, event, order_no, item_no, sku, quantity, marketplace, "group", label, minor,
    currency, entry_no
"""

Given = dict[str, Any]


def merge(connection: duckdb.DuckDBPyConnection, *, is_flat: bool) -> list[Given]:
    """Leave what is given twice in `lines` and `totals` once, and make `stated`.

    `stated`: one row per settlement that a report states, its cells read as what they mean.

    Returns:
        what was given twice: settlement or entry, and the file that was left aside.

    Raises:
        Contradicting: reports of one settlement, or entries of one number, that differ.
    """
    names = dict(connection.execute("SELECT file, name FROM files").fetchall())
    _make_stated(connection)
    mistakes = [*_unlike_statements(connection, names)]
    given: list[Given] = []
    if is_flat:
        twice, unlike = _settlements_twice(connection, names)
    else:
        twice, unlike = _entries_twice(connection, names)
    given += twice
    mistakes += unlike
    if mistakes:
        raise refusal(
            Contradicting, "Cannot take reports that contradict each other.", mistakes, _REMEDY
        )
    _keep_one(connection)
    return given


def _make_stated(connection: duckdb.DuckDBPyConnection) -> None:
    money = """
        LEFT JOIN amounts AS {name} ON {name}.file = said.file AND {name}.cell = said.{cell}
            AND {name}.currency = said.{currency} AND {name}.settlement
                = CASE WHEN said.{currency} = '' THEN said.settlement ELSE '' END
    """
    time = "LEFT JOIN moments AS {name} ON {name}.file = said.file AND {name}.cell = said.{name}"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE said_of AS
        SELECT said.file, said.row, said.settlement, begins.printed AS begins,
            ends.printed AS ends, deposited.day AS deposited_on, total.minor AS total,
            nullif(said.currency, '') AS currency, total.digits,
            nullif(said.state, '') AS state, paid.minor AS paid,
            nullif(said.paid_currency, '') AS paid_currency, paid.digits AS paid_digits
        FROM statements AS said
        {money.format(name="total", cell="total", currency="currency")}
        {money.format(name="paid", cell="paid", currency="paid_currency")}
        {time.format(name="begins")} {time.format(name="ends")} {time.format(name="deposited")}
    """)


def _unlike_statements(
    connection: duckdb.DuckDBPyConnection, names: dict[int, str]
) -> list[Mistake]:
    """Settlements that are stated differently, in one file or in two."""
    mistakes = []
    for name in _STATED:
        found = connection.execute(f"""
            SELECT settlement, arg_min({name}, (file, row))::VARCHAR,
                arg_max({name}, (file, row))::VARCHAR,
                arg_max(file, (file, row)) FILTER ({name} IS NOT NULL),
                arg_max(row, (file, row)) FILTER ({name} IS NOT NULL)
            FROM said_of GROUP BY settlement HAVING count(DISTINCT {name}) > 1 ORDER BY 1
            LIMIT {SHOWN}
        """).fetchall()
        mistakes += [
            Mistake(
                names[file],
                row,
                name.removesuffix("_on"),
                shown(str(last)),
                f"{shown(str(first))}, as settlement {settlement} was stated before",
                "Are they of one settlement?",
            )
            for settlement, first, last, file, row in found
        ]
    return mistakes


def _settlements_twice(
    connection: duckdb.DuckDBPyConnection, names: dict[int, str]
) -> tuple[list[Given], list[Mistake]]:
    """Settlements whose lines stand in several files: the first file is kept."""
    found = connection.execute("""
        SELECT settlement, list(DISTINCT file ORDER BY file) FROM lines
        GROUP BY settlement HAVING count(DISTINCT file) > 1 ORDER BY 1
    """).fetchall()
    given: list[Given] = []
    mistakes: list[Mistake] = []
    for settlement, (first, *others) in found:
        for other in others:
            unlike = _differ(connection, settlement, first, other)
            if unlike:
                mistakes.append(
                    Mistake(
                        names[other],
                        None,
                        "",
                        f"settlement {settlement} with {unlike}",
                        f"the lines that {names[first]} has",
                        "One of the files was changed or cut off.",
                    )
                )
                continue
            given.append({"settlement": settlement, "kept": names[first], "left": names[other]})
            for table in ("lines", "totals"):
                connection.execute(
                    f"DELETE FROM {table} WHERE settlement = ? AND file = ?", [settlement, other]
                )
    return given, mistakes


def _differ(connection: duckdb.DuckDBPyConnection, settlement: str, first: int, other: int) -> str:
    """How the lines of a settlement in two files differ; nothing where they do not."""
    counts = []
    for mine, theirs in ((first, other), (other, first)):
        ((found,),) = connection.execute(
            f"""SELECT count(*) FROM (
                SELECT {_SAME} FROM lines WHERE settlement = $settlement AND file = $mine
                EXCEPT ALL
                SELECT {_SAME} FROM lines WHERE settlement = $settlement AND file = $theirs)""",
            {"settlement": settlement, "mine": mine, "theirs": theirs},
        ).fetchall()
        counts.append(found)
    missing, more = counts
    if not missing and not more:
        return ""
    return f"{missing} lines fewer and {more} others"


def _entries_twice(
    connection: duckdb.DuckDBPyConnection, names: dict[int, str]
) -> tuple[list[Given], list[Mistake]]:
    """Entries of one number that stand in several rows: the first is kept."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE again AS
        SELECT entry_no, file, row, min((file, row)) OVER whole AS first,
            hash(list(({_SAME}, settlement) ORDER BY part)) AS content,
            min(hash(list(({_SAME}, settlement) ORDER BY part))) OVER whole AS least,
            max(hash(list(({_SAME}, settlement) ORDER BY part))) OVER whole AS most
        FROM lines WHERE entry_no IN (
            SELECT entry_no FROM lines WHERE entry_no <> ''
            GROUP BY entry_no, part HAVING count(*) > 1)
        GROUP BY entry_no, file, row
        WINDOW whole AS (PARTITION BY entry_no)
    """)
    unlike = connection.execute(
        "SELECT entry_no, arg_max(file, (file, row)), arg_max(row, (file, row)) FROM again"
        f" WHERE least <> most GROUP BY entry_no ORDER BY 2, 3 LIMIT {SHOWN}"
    ).fetchall()
    mistakes = [
        Mistake(
            names[file],
            row,
            "",
            f"entry {entry} with other money, or of another payout",
            "the same as where it stands before",
            "Is it the same account?",
        )
        for entry, file, row in unlike
    ]
    left = connection.execute("""
        SELECT file, first, count(*) FROM (
            SELECT again.file, first[1] AS first FROM again WHERE (file, row) <> first)
        GROUP BY ALL ORDER BY 1, 2
    """).fetchall()
    for table in ("lines", "totals"):
        connection.execute(
            f"DELETE FROM {table} WHERE (file, row) IN"
            " (SELECT (file, row) FROM again WHERE (file, row) <> first)"
        )
    given = [
        {"entries": entries, "kept": names[first], "left": names[file]}
        for file, first, entries in left
    ]
    return given, mistakes


def _keep_one(connection: duckdb.DuckDBPyConnection) -> None:
    """One row per settlement, of what its statements say together."""
    chosen = ", ".join(
        f"arg_min({name}, (file, row)) FILTER ({name} IS NOT NULL) AS {name}"
        for name in (*_STATED, "digits", "paid_digits")
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE stated AS
        SELECT settlement, string_agg(DISTINCT state, ' / ' ORDER BY state) AS state, {chosen}
        FROM said_of GROUP BY settlement
    """)
