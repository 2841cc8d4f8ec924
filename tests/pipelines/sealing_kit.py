# SPDX-License-Identifier: Apache-2.0
"""Seal a season in a test, and compare two closes of it figure by figure in plain Python."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from entrepot.engine.schema import Kind, Table
from entrepot.pipelines.sealing.guard import Wish
from entrepot.pipelines.writing import OUTPUTS
from tests.on_engines import run

Row = dict[str, Any]
#: Table, key, column, change, before, after.
Figure = tuple[str, str, str, str, str | None, str | None]


def seal(season: Path, out: Path, as_of: date, **options: Any) -> dict[str, Any]:
    """Close for a day and seal it."""
    return run(season, out, as_of=as_of, seals=Wish(final=True), **options)


def amend(season: Path, out: Path, reason: str = "why", **options: Any) -> dict[str, Any]:
    """Close, and amend what changed."""
    return run(season, out, seals=Wish(reason=reason), **options)


def copy_of(kept: Path, to: Path) -> Path:
    """Copy a folder with seals in it so that a test may spoil the copy."""
    shutil.copytree(kept, to)
    for path in to.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return to


def sealed_tables(season: Path, number: int, as_of: date) -> dict[str, list[Row]]:
    """The rows that a seal holds of a day, by table."""
    return read_tables(season / "sealed" / f"{number:04d}" / as_of.isoformat())


def read_tables(folder: Path) -> dict[str, list[Row]]:
    """The rows of every table that a close wrote as Parquet."""
    return {t.name: pq.read_table(folder / f"{t.name}.parquet").to_pylist() for t in OUTPUTS}


def figures(before: dict[str, list[Row]], after: dict[str, list[Row]]) -> list[Figure]:
    """Every figure that differs between two closes, one row at a time."""
    found: list[Figure] = []
    for table in OUTPUTS:
        identity = identity_of(table)
        old, new = (_by_identity(table, identity, side[table.name]) for side in (before, after))
        for key in {*old, *new}:
            for nth in range(max(len(old[key]), len(new[key]))):
                was = old[key][nth] if nth < len(old[key]) else None
                now = new[key][nth] if nth < len(new[key]) else None
                change = "changed" if was and now else "added" if now else "removed"
                name = "/".join("" if part is None else str(part) for part in key)
                name += f"#{nth + 1}" if nth else ""
                for column in table.names:
                    if column in identity or (table.name, column) == ("exceptions", "remedy"):
                        continue
                    values = [row[column] if row else None for row in (was, now)]
                    if values[0] != values[1]:
                        texts = [None if value is None else str(value) for value in values]
                        found.append((table.name, name, column, change, texts[0], texts[1]))
    return sorted(found, key=repr)


def listed(rows: Iterable[Row]) -> list[Figure]:
    """What an amendment lists, in the order of `figures`."""
    names = ("table", "key", "column", "change", "before", "after")
    return sorted((tuple(row[name] for name in names) for row in rows), key=repr)


def identity_of(table: Table) -> list[str]:
    """The columns that tell rows apart: the key, or all that is no amount or quantity."""
    adding = (Kind.QUANTITY, Kind.MONEY)
    return table.key or [c.name for c in table.columns if c.kind not in adding]


def _by_identity(
    table: Table, identity: list[str], rows: list[Row]
) -> defaultdict[tuple[Any, ...], list[Row]]:
    found: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row[name] for name in identity)].append(row)
    for key, alike in found.items():
        if not table.key:
            found[key] = [_summed(table, identity, alike)]
        else:
            rest = [name for name in table.names if name not in identity and name != "remedy"]
            alike.sort(key=lambda row: [(row[name] is None, row[name] or 0) for name in rest])
    return found


def _summed(table: Table, identity: list[str], rows: list[Row]) -> Row:
    total = dict(rows[0])
    for column in (name for name in table.names if name not in identity):
        held: list[int | Decimal] = [row[column] for row in rows if row[column] is not None]
        total[column] = sum(held[1:], held[0]) if held else None
    return total
