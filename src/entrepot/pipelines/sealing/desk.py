# SPDX-License-Identifier: Apache-2.0
"""Where sealed and present rows are laid side by side: DuckDB, whatever engine closes.

It is there in every installation, reads Parquet as it lies and spills to disk. Where DuckDB closes
as well, the desk is the same connection, so that both keep to one memory budget.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.engine.base import Engine, Frame
from entrepot.engine.duck import Duck, quoted, text
from entrepot.engine.frames import arrow_type
from entrepot.engine.parts import parts_of
from entrepot.engine.schema import PLACES, Column, Kind
from entrepot.pipelines.sealing.counting import counted, counted_columns, counted_tables

#: A season's rows as of a day, by table: columns, how many rows, two sums over hashes of them.
Marks = dict[str, dict[str, Any]]


class Desk:
    """DuckDB beside the engine that closes, with a folder for what is laid on it.

    Args:
        engine: what the season is opened with.
        scratch: an existing folder.
    """

    def __init__(self, engine: Engine, scratch: Path) -> None:
        self.engine, self._scratch = engine, scratch
        self._own = None if isinstance(engine, Duck) else Duck(scratch)

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._own:
            self._own.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection to run SQL on."""
        duck = self._own or self.engine
        assert isinstance(duck, Duck)
        return duck.connection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query; for small results only."""
        return self.connection.sql(query).fetchall()

    def stream(self, query: str, order: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows of a query, sorted by `order`, in batches."""
        duck = self._own or self.engine
        yield from duck.stream(nw.from_native(self.connection.sql(query)), order)

    def counted(self, tables: Mapping[str, Frame], as_of: date) -> dict[str, str]:
        """Per table a query for the rows that count for a day, as they are sealed."""
        frames = counted(tables, as_of)
        return {
            table.name: self._as_sealed(
                f"{table.name}.{as_of.isoformat()}", frames[table.name], counted_columns(table)
            )
            for table in counted_tables(tables)
        }

    def marks(self, queries: Mapping[str, str]) -> Marks:
        """What tells rows that are the same from others, whatever their order and their files.

        DuckDB hashes a row twice, and sums over rows know no order. A hash differs between
        versions of DuckDB: then rows count as changed, which costs time and changes no result.
        """
        found: Marks = {}
        for name, query in queries.items():
            names = self.columns(query)
            columns = ", ".join(map(quoted, names))
            count, *sums = self.rows(
                f"SELECT count(*), sum(hash({columns})), sum(hash('again', {columns})) "
                f"FROM ({query})"
            )[0]
            # As texts: they are larger than what readers of JSON take for a whole number.
            hashes = [str(value or 0) for value in sums]
            found[name] = {"columns": names, "rows": count, "hashes": hashes}
        return found

    def columns(self, query: str) -> list[str]:
        """The names of the columns that a query gives."""
        return self.connection.sql(query).columns

    def _as_sealed(self, name: str, frame: Frame, columns: list[Column]) -> str:
        """A query for a frame's rows, amounts as decimals with their places."""
        chosen = ", ".join(_sealed(column) for column in columns)
        return f"SELECT {chosen} FROM ({self._query(name, frame, columns)})"

    def _query(self, name: str, frame: Frame, columns: list[Column]) -> str:
        if not self._own:
            return nw.to_native(frame).sql_query()  # type: ignore[no-any-return]
        path = self._scratch / f"{name}.parquet"
        held = pa.schema([(column.name, arrow_type(column.kind)) for column in columns])
        with pq.ParquetWriter(path, held, compression="zstd") as writer:
            for batch in self.engine.stream(frame):
                writer.write_batch(batch.select(held.names).cast(held))
        return parquet(path)


def parquet(path: Path) -> str:
    """A query for the rows of a Parquet file, or of a folder of such files."""
    files = ", ".join(text(str(part)) for part in parts_of(path))
    return f"SELECT * FROM read_parquet([{files}])"


def _sealed(column: Column) -> str:
    name = quoted(column.name)
    if column.kind not in PLACES:
        return name
    places = PLACES[column.kind]
    wide = 18 if column.kind is not Kind.RATE else 5
    # The digits stay, only the point is set: multiplying decimals is exact.
    unit = f"CAST('{'0.' + '0' * (places - 1) + '1'}' AS DECIMAL({places + 1}, {places}))"
    return f"CAST(CAST({name} AS DECIMAL(18, 0)) * {unit} AS DECIMAL({wide}, {places})) AS {name}"
