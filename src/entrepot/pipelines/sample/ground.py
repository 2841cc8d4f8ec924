# SPDX-License-Identifier: Apache-2.0
"""What every room of the sample stands on: a connection, the seed, and the days of the season."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from entrepot.engine.duck import Duck, text
from entrepot.pipelines.sample.chance import Chance


class Tell(Protocol):
    """Says which step runs, and again how much of it is done; a progress display listens."""

    def __call__(self, step: str, share: float = 0) -> None: ...


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the tables of a season grow.

    Whoever lays the ground makes, in `duck`:
        places: one row per overseas warehouse: wid (from 0), warehouse, country, voyage (days).
        articles: one row per SKU: sid (from 0, in the order of the SKUs), sku, name, hs_code, cost
            (fen a piece, without VAT), supplier (from 0), uscc, vat_rate (ten-thousandths), billed
            (False where the supplier's invoice never came).
    and in `folder`, sales.parquet and returns.parquet as the season will hold them.
    """

    duck: Duck
    chance: Chance
    folder: Path
    first_day: date
    as_of: date
    tell: Tell

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """What SQL that brings rows to Python is asked of."""
        return self.duck.connection

    def run(self, query: str) -> None:
        """Run SQL that brings no rows to Python."""
        self.duck.run(query)

    def count(self, query: str) -> int:
        """The whole number that `query` comes to; 0 for none."""
        ((value,),) = self.connection.execute(query).fetchall()
        return int(value or 0)

    def keep(self, name: str, rows: Sequence[dict[str, object]]) -> None:
        """Keep a small table that Python made under `name`."""
        self.connection.register("made", pa.Table.from_pylist(list(rows)))
        self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM made")
        self.connection.unregister("made")

    def write(self, name: str, query: str) -> None:
        """Write the rows of `query`, in their order, as the table `name` of the season.

        The same rows give the same bytes: row groups hold a fixed number of rows.
        """
        target = text(str(self.path(name)))
        self.run_in_order(
            f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )

    def write_flowing(self, name: str, query: str) -> None:
        """Write the rows of `query` as they come, without a sort that would have to hold them all.

        The table that the query names first lies in the order wanted. Its rows flow past those they
        are joined with, whatever the sizes, in one thread: several would cut row groups elsewhere
        each time, and the same rows would not give the same bytes.
        """
        threads = self.count("SELECT current_setting('threads')")
        self.run("SET disabled_optimizers = 'join_order,build_side_probe_side'; SET threads = 1")
        self.write(name, query)
        self.run(f"RESET disabled_optimizers; SET threads = {threads}")

    def run_in_order(self, query: str) -> None:
        """Run SQL that keeps the order of the rows that it reads."""
        self.run("SET preserve_insertion_order = true")
        self.run(query)
        self.run("SET preserve_insertion_order = false")

    def path(self, name: str) -> Path:
        """Where the table `name` lies until the season is finished."""
        return self.folder / f"{name}.parquet"

    def read(self, name: str, *, number: str = "") -> str:
        """SQL for the table `name` as written; `number` names a column that counts rows from 0."""
        path = text(str(self.path(name)))
        if not number:
            return f"read_parquet({path})"
        numbered = f"read_parquet({path}, file_row_number = true)"
        return f"(SELECT * RENAME (file_row_number AS {number}) FROM {numbered})"


def day(value: date) -> str:
    """A day as SQL writes it."""
    return f"DATE '{value.isoformat()}'"


def day_no(sql: str) -> str:
    """SQL for a day as a whole number, so that it can be divided into weeks and mixed."""
    return f"(({sql}) - DATE '1970-01-01')"


def money(sql: str) -> str:
    """SQL for whole fen as an amount with two places, exactly: no division, no float."""
    return f"((({sql})::DECIMAL(18, 0)) * 0.01)::DECIMAL(18, 2)"


def rate(sql: str) -> str:
    """SQL for whole ten-thousandths as a rate with four places."""
    return f"((({sql})::DECIMAL(9, 0)) * 0.0001)::DECIMAL(5, 4)"


def padded(sql: str, digits: int) -> str:
    """SQL for a whole number as a text of at least `digits` digits."""
    number = f"({sql})::VARCHAR"
    return f"lpad({number}, greatest({digits}, length({number}))::INTEGER, '0')"


def currency_table(values: dict[str, int]) -> str:
    """SQL for a table of currency and what a unit is worth, in ten-thousandths of a CNY."""
    rows = ", ".join(f"({text(name)}, {worth})" for name, worth in values.items())
    return f"(VALUES {rows})"
