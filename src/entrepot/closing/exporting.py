# SPDX-License-Identifier: Apache-2.0
"""Hand the live book of an enterprise over as a season: every table as it stood at one moment.

The rows go from the database into Parquet as they come; memory does not grow with them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from django.utils import timezone
from procrastinate.contrib.django.utils import connector_params

from entrepot.closing import settled, sql
from entrepot.closing.kept import KEPT, header
from entrepot.engine.folder import replacing
from entrepot.engine.schema import Kind, Table
from entrepot.errors import Refused
from entrepot.pipelines.season import SCHEMA_VERSION, tables_of

ABOUT: Final = "season.toml"
#: Rows of a group in a Parquet file.
GROUP: Final = 1 << 20
_TYPES: Final = {
    Kind.TEXT: pa.string(),
    Kind.DAY: pa.date32(),
    Kind.MONEY: pa.decimal128(18, 2),
    Kind.RATE: pa.decimal128(18, 4),
    Kind.FX_RATE: pa.decimal128(18, 6),
    Kind.FLAG: pa.bool_(),
}
_KEPT: Final = """
    SELECT name, content FROM closing_kepttable WHERE enterprise_id = %(enterprise)s
"""

Stock = Mapping[tuple[str, str], int]


class NoProfile(Refused):
    """An enterprise of which nothing is known, so that no season could say whose it is."""

    code = "closing.no_profile"


class Unclassified(Refused):
    """Products of the season without a tariff number; every one is listed."""

    code = "closing.unclassified"


@dataclass(frozen=True, slots=True)
class Exported:
    """A season that was written: rows by table, and what the desk says lies in each overseas
    warehouse and SKU at the end of its day.
    """

    as_of: date
    rows: Mapping[str, int] = field(default_factory=dict)
    stock: Stock = field(default_factory=dict)


def export_season(
    enterprise: UUID,
    out: Path,
    as_of: date | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Exported:
    """Write the season of an enterprise into the folder `out`, which is replaced whole.

    Args:
        as_of: the day to close for; today, where the enterprise is, if none is given.
        tell: is told of each table before it is written.

    Raises:
        NoProfile: the enterprise has no name.
        CostTwice, GoodsNotDeclared: costs that are there twice, or of goods that are not declared.
        Unclassified: products without an HS code; every one is listed.
        UnfitMoney: amounts of settlements with more than two decimals.
        Misused: `out` is a file, or a folder that holds something else.
    """
    with replacing(out, marker=ABOUT) as (new, _), snapshot(enterprise) as cursor:
        given: dict[str, Any] = {"enterprise": enterprise}
        about = _about(cursor, enterprise, as_of)
        given["as_of"] = about["as_of"]
        given |= settled.decimals()
        tell("movements")
        for statement in sql.PREPARE:
            cursor.execute(statement, given)
        kept = {name: bytes(content) for name, content in cursor.execute(_KEPT, given)}
        _refuse_unclassified([sku for (sku,) in cursor.execute(sql.UNCLASSIFIED, given)])
        rows = {}
        read = settled.tables_read(cursor, given)
        settled.refuse_unfit(cursor, given)
        settled.refuse_costs(cursor, given, kept)
        for table in tables_of(about["kind"]):
            tell(table.name)
            if table.name in read:
                sent = kept.get(table.name)
                rows[table.name] = (
                    settled.write_both(cursor, table, given, sent, new)
                    if sent
                    else _write(cursor, table, given, new)
                )
            elif table.name in KEPT:
                text = kept.get(table.name, header(table).encode())
                (new / f"{table.name}.csv").write_bytes(text)
            else:
                rows[table.name] = _write(cursor, table, given, new)
        stock = {(place, sku): n for place, sku, n in cursor.execute(sql.STOCK, given)}
        (new / ABOUT).write_text(_toml(about), encoding="utf-8")
    return Exported(about["as_of"], rows, stock)


@contextmanager
def snapshot(enterprise: UUID) -> Iterator[psycopg.Cursor[Any]]:
    """A connection of its own that sees everything as it stands at this moment, and changes
    nothing that stays.
    """
    with psycopg.connect(**connector_params()) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction(force_rollback=True), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('entrepot.enterprise', %s, true)", [str(enterprise)])
            # Few statements over all rows: hash joins, and memory to do them in.
            cursor.execute("SELECT set_config('work_mem', '128MB', true)")
            yield cursor


def _refuse_unclassified(skus: Sequence[str]) -> None:
    if skus:
        more = f" and {len(skus) - 1:,} more" if len(skus) > 1 else ""
        raise Unclassified(
            "Cannot write the season.",
            f"{skus[0]}{more} were bought, declared or moved overseas and have no HS code.",
            "Give the products their ten digits; what is refunded depends on them.",
            skus=list(skus),
        )


def schema_of(table: Table) -> pa.Schema:
    """The types that a season's table has in Parquet."""
    return pa.schema(
        [pa.field(each.name, _TYPES.get(each.kind, pa.int64())) for each in table.columns]
    )


def _about(cursor: psycopg.Cursor[Any], enterprise: UUID, as_of: date | None) -> dict[str, Any]:
    row = cursor.execute(sql.ABOUT, {"enterprise": enterprise}).fetchone()
    if row is None or not row[0]:
        raise NoProfile(
            f"Cannot write the season of {enterprise}.",
            "The enterprise has no name.",
            "Open it with: entrepot enterprise open NAME --owner ADDRESS",
        )
    name, uscc, kind, zone = row
    return {
        "name": name, "uscc": uscc, "kind": kind, "schema": SCHEMA_VERSION,
        "as_of": as_of or today(zone),
    }  # fmt: skip


def today(zone: str, at: datetime | None = None) -> date:
    """The day in a time zone."""
    return (at or timezone.now()).astimezone(ZoneInfo(zone)).date()


def _toml(about: Mapping[str, Any]) -> str:
    # A text of TOML is written as one of JSON, but for the control characters that names have not.
    return "".join(
        f"{name} = {json.dumps(value, ensure_ascii=False) if isinstance(value, str) else value}\n"
        for name, value in about.items()
    )


def _write(
    cursor: psycopg.Cursor[Any], table: Table, given: Mapping[str, Any], folder: Path
) -> int:
    """Write one table; how many rows."""
    schema, rows = schema_of(table), 0
    names = ", ".join(f'"{each.name}"' for each in table.columns)
    statement = f"COPY (SELECT {names} FROM ({sql.TABLES[table.name]}) AS t) TO STDOUT (FORMAT csv)"
    with (
        cursor.copy(statement, given) as copy,
        pq.ParquetWriter(folder / f"{table.name}.parquet", schema) as writer,
    ):
        source = io.BufferedReader(_Copied(copy), buffer_size=1 << 20)
        if not source.peek(1):
            return 0
        for batch in pc.open_csv(
            pa.PythonFile(source, mode="r"),
            read_options=pc.ReadOptions(column_names=schema.names, block_size=1 << 22),
            parse_options=pc.ParseOptions(newlines_in_values=True),
            convert_options=pc.ConvertOptions(
                column_types=schema, null_values=[""], strings_can_be_null=True,
                quoted_strings_can_be_null=False, true_values=["t"], false_values=["f"],
            ),
        ):  # fmt: skip
            writer.write_batch(batch, row_group_size=GROUP)
            rows += batch.num_rows
    return rows


class _Copied(io.RawIOBase):
    """What COPY sends, as a file to be read once."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy, self._rest = copy, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(self._copy.read())
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
