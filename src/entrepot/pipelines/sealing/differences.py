# SPDX-License-Identifier: Apache-2.0
"""Every cell in which two sides of a table differ, found in sets: never a row at a time.

Rows are told apart by the table's key; where a table has none (the trace), by every column that is
no quantity or amount, and what such rows hold is summed. First the keys in which the sides differ
are found by hashes, which takes one pass and little memory; then only their rows are paired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from entrepot.engine.duck import quoted, text
from entrepot.engine.schema import Column, Kind, Table
from entrepot.pipelines.sealing.desk import Desk

#: Columns that tell what to do, not what is: their wording is no figure.
ADVICE = {"exceptions": {"remedy"}}
_UNITS = {Kind.QUANTITY, Kind.CHANGE, Kind.COUNT}
_ADDS = {Kind.QUANTITY, Kind.MONEY}
_ORDER = ("table_no", "key", "nth", "place")
_DIFFERENCE = (
    '"table"',
    "key",
    '"column"',
    "change",
    '"before"',
    '"after"',
    "quantity_difference",
    "amount_difference",
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table is compared: what tells its rows apart, and its figures.

    `adds`: rows that nothing tells apart count together; their figures are summed.
    """

    name: str
    identity: tuple[str, ...]
    figures: tuple[Column, ...]
    adds: bool

    def among(self, known: set[str]) -> Shape:
        """The same for two sides that both have only the `known` columns."""
        return Shape(
            self.name,
            tuple(name for name in self.identity if name in known),
            tuple(column for column in self.figures if column.name in known),
            self.adds,
        )


def shape_of(table: Table) -> Shape:
    """How a table is compared."""
    identity = table.key or [c.name for c in table.columns if c.kind not in _ADDS]
    advice = ADVICE.get(table.name, set())
    return Shape(
        table.name,
        tuple(identity),
        tuple(c for c in table.columns if c.name not in identity and c.name not in advice),
        adds=not table.key,
    )


class Differences:
    """The differences of several tables, collected on the desk under a name."""

    def __init__(self, desk: Desk, name: str) -> None:
        self._desk, self._name, self._tables = desk, quoted(name), 0
        desk.connection.execute(
            f'CREATE OR REPLACE TEMP TABLE {self._name} (table_no INTEGER, "table" VARCHAR, '
            'key VARCHAR, nth BIGINT, place INTEGER, "column" VARCHAR, change VARCHAR, '
            '"before" VARCHAR, "after" VARCHAR, quantity_difference BIGINT, '
            "amount_difference BIGINT)"
        )

    def compare(self, shape: Shape, before: str, after: str) -> None:
        """Add every figure that differs between two queries for the same table.

        A column that only one side has, since the program's version is another, is no difference.
        """
        known = set(self._desk.columns(before)) & set(self._desk.columns(after))
        shape = shape.among(known)
        names = [*shape.identity, *(column.name for column in shape.figures)]
        columns = ", ".join(map(quoted, names))
        both = (
            f"SELECT -1 AS _side, {columns} FROM ({before}) UNION ALL "
            f"SELECT 1 AS _side, {columns} FROM ({after})"
        )
        self._find(shape, both)
        self._pair(shape, both)
        self._tables += 1
        for place, column in enumerate(shape.figures):
            self._desk.connection.execute(self._figures(shape, place, column))
        for each in ("_touched", "_paired"):
            self._desk.connection.execute(f"DROP TABLE {each}")

    def note(self, table: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """Add what differs between two sets of named texts, such as the hashes of packs."""
        self._tables += 1
        for name in sorted({*before, *after}):
            was, now = before.get(name), after.get(name)
            if was == now:
                continue
            change = "changed" if was and now else "added" if now else "removed"
            held = ", ".join("NULL" if each is None else text(each) for each in (was, now))
            self._desk.connection.execute(
                f"INSERT INTO {self._name} VALUES ({self._tables}, {text(table)}, {text(name)}, 1, "
                f"0, '', {text(change)}, {held}, NULL, NULL)"
            )

    def counts(self) -> dict[str, int]:
        """How many figures differ, by table; tables without any are left out."""
        rows = self._desk.rows(
            f'SELECT "table", count(*) FROM {self._name} '
            'GROUP BY table_no, "table" ORDER BY table_no'
        )
        return dict(rows)

    def first(self, at_most: int) -> list[dict[str, Any]]:
        """The first few of each table: table, key, column, change, before, after."""
        names = ("table", "key", "column", "change", "before", "after")
        found: list[dict[str, Any]] = []
        for table in self.counts():
            rows = self._desk.rows(
                f"SELECT {', '.join(map(quoted, names))} FROM {self._name} "
                f'WHERE "table" = {text(table)} ORDER BY {", ".join(_ORDER)} LIMIT {at_most}'
            )
            found += [dict(zip(names, row, strict=True)) for row in rows]
        return found

    def stream(self, as_of: date, reason: str = "") -> Iterator[pa.RecordBatch]:
        """Every difference, as the tables of an amendment hold it."""
        yield from self._desk.stream(
            f"SELECT {', '.join((*_ORDER, *(n for n in _DIFFERENCE if n != 'key')))}, "
            f"DATE {text(as_of.isoformat())} AS as_of, {text(reason)} AS reason "
            f"FROM {self._name}",
            _ORDER,
        )

    def forget(self) -> None:
        """Give the desk its room back."""
        self._desk.connection.execute(f"DROP TABLE {self._name}")

    def _find(self, shape: Shape, both: str) -> None:
        """Keep the hashes of what tells those rows apart in which the sides differ."""
        names = [quoted(column.name) for column in shape.figures]
        if shape.adds:
            sums = [f"sum(_side * {name})" for name in names]
            sums += [f"sum(_side * ({name} IS NOT NULL)::INTEGER)" for name in names]
        else:
            sums = ["sum(_side)", f"sum(_side * hash({', '.join(names)})::HUGEINT)"]
        differ = " OR ".join(f"coalesce({each}, 0) <> 0" for each in sums)
        self._desk.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE _touched AS SELECT {_hashes(shape)} FROM ({both}) "
            f"GROUP BY ALL HAVING {differ}"
        )

    def _pair(self, shape: Shape, both: str) -> None:
        """Lay the two sides of each of those rows side by side, figure by figure."""
        identity = ", ".join(map(quoted, shape.identity))
        names = [column.name for column in shape.figures]
        touched = (
            f"SELECT * FROM (SELECT {_hashes(shape)}, * FROM ({both})) "
            "SEMI JOIN _touched USING (_a, _b)"
        )
        if shape.adds:
            sums = ", ".join(
                f"sum({quoted(c.name)})::{_SUMMED[c.kind]} AS {quoted(c.name)}"
                for c in shape.figures
            )
            rows = f"SELECT _side, {identity}, {sums}, 1 AS _nth FROM ({touched}) GROUP BY ALL"
        else:
            # No two rows of a key are expected; if there are, they are paired in their order.
            order = ", ".join(map(quoted, names))
            rows = (
                f"SELECT *, row_number() OVER (PARTITION BY _side, {identity} ORDER BY {order}) "
                f"AS _nth FROM ({touched})"
            )
        sides = ", ".join(
            f"max({quoted(name)}) FILTER (_side = {side}) AS {quoted(f'_{prefix}_{name}')}"
            for name in names
            for side, prefix in ((-1, "was"), (1, "now"))
        )
        self._desk.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE _paired AS SELECT {identity}, _nth, {sides}, "
            f"bool_or(_side = -1) AS _was, bool_or(_side = 1) AS _is FROM ({rows}) "
            f"GROUP BY {identity}, _nth"
        )

    def _figures(self, shape: Shape, place: int, column: Column) -> str:
        """SQL that adds one figure of every paired row in which it differs."""
        was, now = quoted(f"_was_{column.name}"), quoted(f"_now_{column.name}")
        key = " || '/' || ".join(
            f"coalesce({quoted(name)}::VARCHAR, '')" for name in shape.identity
        )
        units = amount = "NULL"
        if column.kind in _UNITS:
            units = f"coalesce({now}, 0) - coalesce({was}, 0)"
        elif column.kind is Kind.MONEY:
            wide = "DECIMAL(20, 2)"
            amount = f"((coalesce({now}, 0)::{wide} - coalesce({was}, 0)::{wide}) * 100)::BIGINT"
        return (
            f"INSERT INTO {self._name} SELECT {self._tables}, {text(shape.name)}, {key} || "
            "CASE WHEN _nth > 1 THEN '#' || _nth ELSE '' END, _nth, "
            f"{place}, {text(column.name)}, "
            "CASE WHEN _was AND _is THEN 'changed' WHEN _is THEN 'added' ELSE 'removed' END, "
            f"{was}::VARCHAR, {now}::VARCHAR, {units}, {amount} "
            f"FROM _paired WHERE {was} IS DISTINCT FROM {now}"
        )


_SUMMED = {Kind.QUANTITY: "BIGINT", Kind.MONEY: "DECIMAL(20, 2)"}


def _hashes(shape: Shape) -> str:
    identity = ", ".join(map(quoted, shape.identity))
    return f"hash({identity}) AS _a, hash('again', {identity}) AS _b"
