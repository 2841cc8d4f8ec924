# SPDX-License-Identifier: Apache-2.0
"""Checks a table against its schema: columns, cells, totals, key.

One aggregate query counts every kind of cell fault of a table at once. Only what has faults is
asked again, for the rows: a table without faults is read twice, once for cells, once for its key.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pyarrow as pa

from entrepot.engine import typed
from entrepot.engine.amounts import TOTAL_LIMIT
from entrepot.engine.base import Engine, Frame
from entrepot.engine.faults import LIMIT, ROW, Fault
from entrepot.engine.frames import arrow_type, engine_type
from entrepot.engine.opened import Source
from entrepot.engine.schema import Column, Kind, Table

#: How a column is written in a Parquet file, for who wrote it otherwise.
_PARQUET = {
    Kind.TEXT: "VARCHAR",
    Kind.DAY: "DATE",
    Kind.MONEY: "DECIMAL(18, 2)",
    Kind.RATE: "DECIMAL(9, 4)",
    Kind.FX_RATE: "DECIMAL(18, 6)",
    Kind.FLAG: "BOOLEAN",
}
_SQL_NAMES = {"Float64": "DOUBLE", "Float32": "FLOAT", "Int64": "BIGINT", "Int32": "INTEGER"}
_SQL_NAMES |= {"String": "VARCHAR"}
_HIGH = 2**31

_MEND = {
    Kind.DAY: "Write the day as year-month-day.",
    Kind.MONEY: "Save the file with decimal points and without thousands separators.",
    Kind.RATE: "Write 13% as 0.13.",
    Kind.FX_RATE: "Save the file with decimal points.",
    Kind.FLAG: "Write true or false.",
}
_DIGITS = "Write digits only: no places, spaces or separators."


@dataclass(slots=True)
class Checked:
    """A table after its own checks.

    `typed`: every column of the schema in its order, with its engine type; null where the column
    is missing or a cell is unreadable. `numbered`: the same with `ROW`. `present`: the columns
    that could be read. `flawed`: those of them with empty or unreadable cells.
    """

    source: Source
    typed: Frame
    numbered: Frame
    rows: int = 0
    present: frozenset[str] = frozenset()
    flawed: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)

    def has(self, columns: Iterable[str]) -> bool:
        """Whether all of `columns` could be read."""
        return self.present.issuperset(columns)


@dataclass(frozen=True, slots=True)
class _Scan:
    """One table under check: its file, its frames, how each column reads."""

    engine: Engine
    source: Source
    raw: Frame
    numbered: Frame
    dtypes: Mapping[str, nw.dtypes.DType]
    columns: list[Column]
    cells: dict[str, typed.Cell]
    limit: int


def empty_frame(engine: Engine, table: Table) -> Frame:
    """A typed table without rows."""
    schema = pa.schema([(column.name, arrow_type(column.kind)) for column in table.columns])
    return engine.table(schema.empty_table())


def check_table(engine: Engine, source: Source, limit: int = LIMIT) -> Checked:
    """Check one table by itself: columns, cells, totals, key.

    Args:
        engine: what the table is read with.
        source: its opened file.
        limit: how many rows of one column and code are listed; all are counted.
    """
    empty = empty_frame(engine, source.table)
    nothing = Checked(source, empty, empty.with_columns(nw.lit(0, nw.Int64).alias(ROW)))
    nothing.faults.extend(source.faults)
    if source.data is None:
        if source.columns:
            nothing.faults.extend(_column_faults(source, {}))
        return nothing
    raw = engine.scan(source.data)
    dtypes = raw.collect_schema()
    nothing.faults.extend(_column_faults(source, dtypes))
    columns = [
        column
        for column in source.table.columns
        if column.name in dtypes and typed.accepts(column, dtypes[column.name])
    ]
    if not columns or not source.rows_known:
        return nothing
    cells = {column.name: typed.cell(column, dtypes[column.name]) for column in columns}
    numbered = engine.scan(source.data, number=ROW)
    scan = _Scan(engine, source, raw, numbered, dtypes, columns, cells, limit)
    return _check_rows(scan, nothing.faults)


def _column_faults(source: Source, dtypes: Mapping[str, nw.dtypes.DType]) -> list[Fault]:
    """Columns that are missing, unknown, or of a type that cannot hold what they should."""
    faults = []
    names = source.table.names
    spare = [name for name in source.columns if name not in names]
    for column in source.table.columns:
        if column.name not in source.columns:
            if not column.absent:
                near = _near(column.name, spare)
                faults.append(
                    source.fault(
                        "column.missing",
                        f'no such column, but "{near}"' if near else "no such column",
                        f"a column {column.name}: {column.meaning}",
                        f'Did you mean "{near}"? Rename it.' if near else "Add the column.",
                        column=column.name,
                    )
                )
        elif column.name in dtypes and not typed.accepts(column, dtypes[column.name]):
            held = _PARQUET.get(column.kind, "BIGINT")
            faults.append(
                source.fault(
                    "column.type",
                    _sql_name(dtypes[column.name]),
                    typed.expected(column),
                    f"Write it as {held}.",
                    column=column.name,
                )
            )
    for name in spare:
        near = _near(name, [column for column in names if column not in source.columns])
        faults.append(
            source.fault(
                "column.unknown",
                f'a column "{name}"',
                "only columns of this table: " + ", ".join(names),
                f'Did you mean "{near}"? Rename it.' if near else "Delete the column.",
                column=name,
            )
        )
    return faults


def _near(name: str, others: Sequence[str]) -> str:
    """The name among `others` that was probably meant; empty where none is close."""
    plain = {other.strip().casefold(): other for other in others}
    close = difflib.get_close_matches(name.strip().casefold(), plain, n=1, cutoff=0.75)
    return plain[close[0]] if close else ""


def _sql_name(dtype: nw.dtypes.DType) -> str:
    """A file's type as whoever writes the file calls it."""
    if isinstance(dtype, nw.Datetime):
        return "TIMESTAMP" + (" WITH TIME ZONE" if dtype.time_zone else "")
    if dtype.is_decimal():
        return f"DECIMAL({dtype.precision}, {dtype.scale})"  # type: ignore[attr-defined]
    return _SQL_NAMES.get(str(dtype), str(dtype).upper())


def _check_rows(scan: _Scan, faults: list[Fault]) -> Checked:
    """Count what is wrong with the rows, list the rows where anything is."""
    asked = {"rows": nw.len()}
    for column in scan.columns:
        for code, condition in _conditions(column, scan.cells[column.name]).items():
            asked[f"{code} {column.name}"] = nw.when(condition).then(1).count()
        if column.kind in {Kind.QUANTITY, Kind.CHANGE, Kind.MONEY}:
            value = scan.cells[column.name].value
            asked[f"least {column.name}"] = value.min()
            asked[f"most {column.name}"] = value.max()
    counts = scan.engine.rows(scan.raw.select(**asked))[0]

    flawed = set()
    for column in scan.columns:
        for code, condition in _conditions(column, scan.cells[column.name]).items():
            if counts[f"{code} {column.name}"]:
                faults += _cell_faults(scan, column, code, condition)
                if code in {"cell.empty", "cell.unreadable"}:
                    flawed.add(column.name)
        most = max(abs(counts.get(f"{end} {column.name}") or 0) for end in ("least", "most"))
        if most * counts["rows"] >= TOTAL_LIMIT:
            faults += _total_faults(scan, column)
    faults += _key_faults(scan, flawed)
    return Checked(
        scan.source,
        scan.raw.select(*_typed_columns(scan)),
        scan.numbered.select(nw.col(ROW).cast(nw.Int64), *_typed_columns(scan)),
        counts["rows"],
        frozenset(scan.cells),
        frozenset(flawed),
        faults,
    )


def _typed_columns(scan: _Scan) -> list[nw.Expr]:
    return [
        scan.cells[column.name].value.alias(column.name)
        if column.name in scan.cells
        else nw.lit(None, engine_type(column.kind)).alias(column.name)
        for column in scan.source.table.columns
    ]


def _conditions(column: Column, cell: typed.Cell) -> dict[str, nw.Expr]:
    """What can be wrong with a cell, by code; no cell has two of them."""
    out_of_bounds = typed.breaks_bounds(column, cell.value)
    conditions = {} if column.empty else {"cell.empty": cell.is_empty}
    if column.kind is Kind.TEXT:
        if column.values or column.pattern:
            conditions["cell.value" if column.values else "cell.form"] = out_of_bounds
        return conditions
    conditions["cell.unreadable"] = cell.is_unreadable
    if column.kind is Kind.FLAG:
        return conditions
    if column.kind in {Kind.DAY, Kind.CHANGE} or column.negative:
        return conditions | {"cell.bounds": out_of_bounds}
    negative = cell.value < 0
    return conditions | {"cell.negative": negative, "cell.bounds": out_of_bounds & ~negative}


def _cell_faults(scan: _Scan, column: Column, code: str, condition: nw.Expr) -> list[Fault]:
    source = scan.source
    is_text = scan.dtypes[column.name] == nw.String
    remedy = {
        "cell.empty": "Fill it in.",
        "cell.unreadable": _MEND.get(column.kind, _DIGITS)
        if is_text
        else f"Write it as {_PARQUET.get(column.kind, 'BIGINT')}.",
        "cell.negative": "Correct the sign.",
        "cell.bounds": _MEND[Kind.RATE] if column.kind is Kind.RATE else "Correct the value.",
        "cell.value": "Write one of these, in the same letters.",
        "cell.form": f"Correct it; the column is the {column.meaning}.",
    }[code]
    faulty = scan.numbered.filter(condition).select(ROW, found=nw.col(column.name))
    return [
        source.fault(
            code,
            "" if row["found"] is None else shown(row["found"]),
            typed.expected(column),
            remedy,
            row=source.row(row[ROW]),
            column=column.name,
            count=count,
        )
        for row, count in listed(scan.engine, faulty, scan.limit)
    ]


def _total_faults(scan: _Scan, column: Column) -> list[Fault]:
    """Whether a column sums to more than the engine can hold, cells within their bounds only."""
    value = scan.cells[column.name].value
    inside = nw.when(~typed.breaks_bounds(column, value)).then(value.abs())
    # High and low parts apart: neither sum can overflow, whatever the whole comes to.
    parts = scan.engine.rows(
        scan.raw.select(inside=inside).select(
            high=(nw.col("inside") // _HIGH).sum().cast(nw.Int64),
            low=(nw.col("inside") % _HIGH).sum().cast(nw.Int64),
        )
    )[0]
    total = (parts["high"] or 0) * _HIGH + (parts["low"] or 0)
    if total < TOTAL_LIMIT:
        return []
    unit, scale = ("", 1) if column.kind is not Kind.MONEY else (" in all", 100)
    return [
        scan.source.fault(
            "total.bound",
            f"{total // scale:,}{unit}",
            f"less than {TOTAL_LIMIT // scale:,} in the whole column",
            "Look for amounts in the wrong unit, or close in parts.",
            column=column.name,
        )
    ]


def _key_faults(scan: _Scan, flawed: set[str]) -> list[Fault]:
    """Rows whose key an earlier row has already."""
    key = scan.source.table.key
    if not set(key) <= scan.cells.keys():
        return []

    def keyed(frame: Frame, *more: str) -> Frame:
        frame = frame.select(*more, *(scan.cells[name].value.alias(name) for name in key))
        holes = flawed.intersection(key)
        return (
            frame.filter(*(~nw.col(name).is_null() for name in sorted(holes))) if holes else frame
        )

    repeated = keyed(scan.raw).group_by(key).agg(times=nw.len()).filter(nw.col("times") > 1)
    if not scan.engine.rows(repeated.select(n=nw.len()))[0]["n"]:
        return []
    numbered = keyed(scan.numbered, ROW).with_columns(nw.col(ROW).cast(nw.Int64))
    firsts = numbered.group_by(key).agg(first=nw.col(ROW).min(), times=nw.len())
    again = numbered.join(firsts.filter(nw.col("times") > 1), on=key, how="inner").filter(
        nw.col(ROW) > nw.col("first")
    )
    source = scan.source
    return [
        source.fault(
            "key.repeated",
            ", ".join(shown(row[name]) for name in key),
            f"a key that stands once; row {source.row(row['first'])} has it already",
            "Delete one of the rows or correct its key.",
            row=source.row(row[ROW]),
            column=", ".join(key),
            count=count,
        )
        for row, count in listed(scan.engine, again.select(ROW, "first", *key), scan.limit)
    ]


def listed(engine: Engine, faulty: Frame, limit: int) -> list[tuple[dict[str, Any], int]]:
    """The first `limit` faulty rows of a file in its order, each with the count of all."""
    count = engine.rows(faulty.select(n=nw.len()))[0]["n"]
    if not count:
        return []
    rows = engine.rows(faulty.sort(ROW).head(limit), [ROW])
    return [(row, count) for row in rows]


def shown(value: Any) -> str:
    """A value as a file would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
