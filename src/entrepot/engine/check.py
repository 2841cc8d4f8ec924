# SPDX-License-Identifier: Apache-2.0
"""Checks a table against its schema: columns, cells, totals, key.

One aggregate query counts every kind of cell fault of a table at once. Only what has faults is
asked again, for the rows: a table without faults is read twice, once for cells, once for its key.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from entrepot.engine.parts import size_of
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
#: Bytes of a Parquet file below which a table is small.
_SMALL = 4 << 20

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
    that could be read. `flawed`: those of them with empty or unreadable cells. `target`: what
    other tables are compared with, where fewer rows than `typed` will do.
    """

    source: Source
    typed: Frame
    numbered: Frame
    rows: int = 0
    present: frozenset[str] = frozenset()
    flawed: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)
    target: Frame | None = None

    def as_target(self) -> Frame:
        """The rows that other tables are compared with."""
        return self.typed if self.target is None else self.target

    def has(self, columns: Iterable[str]) -> bool:
        """Whether all of `columns` could be read; one that may be left out is read as empty."""
        left_out = {
            each.name
            for each in self.source.table.columns
            if each.absent and each.name not in self.source.columns
        }
        return self.present.union(left_out).issuperset(columns)


@dataclass(frozen=True, slots=True)
class _Scan:
    """One table under check, its cells read but not judged.

    `cells`: one row per row of the file: each column of `columns` as its value, with the marks
    "empty NAME" and "unreadable NAME". `numbered`: the same with `ROW` and with "found NAME", the
    cell as the file has it. `texts`: columns of texts, marked "blank NAME". `plain`: `cells` again,
    with some of these read as they stand.
    """

    engine: Engine
    source: Source
    cells: Frame
    numbered: Frame
    columns: list[Column]
    texts: list[str]
    limit: int
    plain: Callable[[frozenset[str]], Frame]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns)

    def typed(self, frame: Frame, *more: str) -> Frame:
        """Every column of the schema, in its order; null where the file does not have it."""
        return frame.select(
            *more,
            *(
                nw.col(column.name)
                if column.name in self.names
                else nw.lit(None, engine_type(column.kind)).alias(column.name)
                for column in self.source.table.columns
            ),
        )


def empty_frame(engine: Engine, table: Table) -> Frame:
    """A typed table without rows."""
    schema = pa.schema([(column.name, arrow_type(column.kind)) for column in table.columns])
    return engine.table(schema.empty_table())


def check_table(
    engine: Engine, source: Source, limit: int = LIMIT, version: int | None = None
) -> Checked:
    """Check one table by itself: columns, cells, totals, key.

    Args:
        engine: what the table is read with.
        source: its opened file.
        limit: how many rows of one column and code are listed; all are counted.
        version: the version that the tables are said to be of; None is the newest.
    """
    faults = list(source.faults)
    if source.data is None:
        if source.columns:
            faults += _column_faults(source, {}, version)
        return _nothing(engine, source, faults)
    raw = engine.scan(source.data)
    dtypes = dict(raw.collect_schema())
    faults += _column_faults(source, dtypes, version)
    columns = [
        column
        for column in source.table.columns
        if column.name in dtypes and typed.accepts(column, dtypes[column.name])
    ]
    if not columns or not source.rows_known:
        return _nothing(engine, source, faults)
    numbered = _read(engine.scan(source.data, number=ROW), columns, dtypes, numbered=True)
    if size_of(source.data) < _SMALL:
        # Every question asked of a lazy frame is planned from the file on. For a small table the
        # planning is all there is, so its cells are read once and kept.
        cells = kept = engine.keep(numbered, f"opened {source.table.name}")
        scan = _Scan(engine, source, cells, kept, columns, [], limit, lambda _: kept)
    else:
        cells = _read(raw, columns, dtypes)
        scan = _Scan(
            engine,
            source,
            cells,
            numbered,
            columns,
            [column.name for column in columns if _is_text(column, dtypes)],
            limit,
            lambda texts: _read(raw, columns, dtypes, as_they_stand=texts),
        )
    return _check_rows(scan, faults)


def _nothing(engine: Engine, source: Source, faults: list[Fault]) -> Checked:
    """A table of which nothing can be read."""
    empty = empty_frame(engine, source.table)
    return Checked(source, empty, empty.with_columns(nw.lit(0, nw.Int64).alias(ROW)), faults=faults)


def _read(
    raw: Frame,
    columns: Sequence[Column],
    dtypes: Mapping[str, nw.dtypes.DType],
    *,
    numbered: bool = False,
    as_they_stand: frozenset[str] = frozenset(),
) -> Frame:
    """Read the cells of a file; see `_Scan`."""
    chosen: dict[str, nw.Expr] = {}
    if numbered:
        chosen[ROW] = nw.col(ROW).cast(nw.Int64)
    for column in columns:
        cell = typed.cell(column, dtypes[column.name])
        # An engine that reads a text as the file holds it can keep to the file's own dictionary.
        is_plain = column.name in as_they_stand
        chosen[column.name] = nw.col(column.name) if is_plain else cell.value
        if _is_text(column, dtypes):
            chosen[f"blank {column.name}"] = nw.col(column.name) == ""
        if not column.empty:
            chosen[f"empty {column.name}"] = cell.is_empty
        if column.kind is not Kind.TEXT:
            chosen[f"unreadable {column.name}"] = cell.is_unreadable
        if numbered:
            chosen[f"found {column.name}"] = nw.col(column.name)
    return raw.select(**chosen)


def _is_text(column: Column, dtypes: Mapping[str, nw.dtypes.DType]) -> bool:
    """Whether a text is held as one, so that it may be read as it stands."""
    return column.kind is Kind.TEXT and dtypes[column.name] == nw.String


def _column_faults(
    source: Source, dtypes: Mapping[str, nw.dtypes.DType], version: int | None
) -> list[Fault]:
    """Columns that are missing, unknown, or of a type that cannot hold what they should."""
    faults = []
    names = source.table.names
    later = source.table.later(version)
    spare = [name for name in source.columns if name not in names]
    for column in source.table.columns:
        if column.name not in source.columns:
            if not column.absent and column.name not in later:
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
            continue
        if column.name in later:
            faults.append(_newer(source, column.name, later[column.name], version))
        if column.name in dtypes and not typed.accepts(column, dtypes[column.name]):
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
                "only columns of this table: "
                + ", ".join(known for known in names if known not in later),
                f'Did you mean "{near}"? Rename it.' if near else "Delete the column.",
                column=name,
            )
        )
    return faults


def _newer(source: Source, name: str, since: int, version: int | None) -> Fault:
    """A column that tables of the version they are said to be of do not have yet."""
    return source.fault(
        "column.newer",
        f'a column "{name}", which came with version {since}',
        f"only what version {version} has, since season.toml says no later one",
        f"Write schema = {since} in season.toml, or delete the column.",
        column=name,
    )


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
        for code, condition in _conditions(column).items():
            asked[f"{code} {column.name}"] = nw.when(condition).then(1).count()
        if column.kind in {Kind.QUANTITY, Kind.CHANGE, Kind.MONEY}:
            asked[f"least {column.name}"] = nw.col(column.name).min()
            asked[f"most {column.name}"] = nw.col(column.name).max()
    for name in scan.texts:
        asked[f"blank {name}"] = nw.when(nw.col(f"blank {name}")).then(1).count()
    counts = scan.engine.rows(scan.cells.select(**asked))[0]
    cells = scan.plain(frozenset(name for name in scan.texts if not counts[f"blank {name}"]))

    flawed = set()
    for column in scan.columns:
        for code, condition in _conditions(column).items():
            if counts[f"{code} {column.name}"]:
                faults += _cell_faults(scan, column, code, condition)
                if code in {"cell.empty", "cell.unreadable"}:
                    flawed.add(column.name)
        most = max(abs(counts.get(f"{end} {column.name}") or 0) for end in ("least", "most"))
        if most * counts["rows"] >= TOTAL_LIMIT:
            faults += _total_faults(scan, column)
    faults += _key_faults(scan, cells, flawed)
    return Checked(
        scan.source,
        scan.typed(cells),
        scan.typed(scan.numbered, ROW),
        counts["rows"],
        scan.names,
        frozenset(flawed),
        faults,
    )


def _conditions(column: Column) -> dict[str, nw.Expr]:
    """What can be wrong with a cell, by code; no cell has two of them."""
    value = nw.col(column.name)
    out_of_bounds = typed.breaks_bounds(column, value)
    conditions = {} if column.empty else {"cell.empty": nw.col(f"empty {column.name}")}
    if column.kind is Kind.TEXT:
        if column.values or column.pattern:
            conditions["cell.value" if column.values else "cell.form"] = out_of_bounds
        return conditions
    conditions["cell.unreadable"] = nw.col(f"unreadable {column.name}")
    if column.kind is Kind.FLAG:
        return conditions
    if column.kind in {Kind.DAY, Kind.CHANGE} or column.negative:
        return conditions | {"cell.bounds": out_of_bounds}
    return conditions | {"cell.negative": value < 0, "cell.bounds": out_of_bounds & ~(value < 0)}


def _cell_faults(scan: _Scan, column: Column, code: str, condition: nw.Expr) -> list[Fault]:
    source = scan.source
    remedy = {
        "cell.empty": "Fill it in.",
        "cell.unreadable": _MEND.get(column.kind, _DIGITS),
        "cell.negative": "Correct the sign.",
        "cell.bounds": _MEND[Kind.RATE] if column.kind is Kind.RATE else "Correct the value.",
        "cell.value": "Write one of these, in the same letters.",
        "cell.form": f"Correct it; the column is the {column.meaning}.",
    }[code]
    faulty = scan.numbered.filter(condition).select(ROW, found=nw.col(f"found {column.name}"))
    return [
        source.fault(
            code,
            "" if row["found"] is None else shown(row["found"]),
            typed.expected(column),
            remedy,
            at=row[ROW],
            column=column.name,
            count=count,
        )
        for row, count in listed(scan.engine, faulty, scan.limit)
    ]


def _total_faults(scan: _Scan, column: Column) -> list[Fault]:
    """Whether a column sums to more than the engine can hold, cells within their bounds only."""
    value = nw.col(column.name)
    inside = nw.when(~typed.breaks_bounds(column, value)).then(value.abs())
    # High and low parts apart: neither sum can overflow, whatever the whole comes to.
    parts = scan.engine.rows(
        scan.cells.select(inside=inside).select(
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


def _key_faults(scan: _Scan, cells: Frame, flawed: set[str]) -> list[Fault]:
    """Rows whose key an earlier row has already."""
    key = scan.source.table.key
    if not scan.names.issuperset(key):
        return []
    filled = [~nw.col(name).is_null() for name in key if name in flawed]

    def keyed(frame: Frame, *more: str) -> Frame:
        chosen = frame.select(*more, *key)
        return chosen.filter(*filled) if filled else chosen

    if not scan.engine.repeats(keyed(cells)):
        return []
    numbered = keyed(scan.numbered, ROW)
    firsts = numbered.group_by(key).agg(first=nw.col(ROW).min(), times=nw.len())
    again = numbered.join(firsts.filter(nw.col("times") > 1), on=key, how="inner").filter(
        nw.col(ROW) > nw.col("first")
    )
    source = scan.source
    return [
        source.fault(
            "key.repeated",
            ", ".join(shown(row[name]) for name in key),
            f"a key that stands once; {source.named(row['first'])} has it already",
            "Delete one of the rows or correct its key.",
            at=row[ROW],
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
