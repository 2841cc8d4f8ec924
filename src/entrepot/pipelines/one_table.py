# SPDX-License-Identifier: Apache-2.0
"""One table beside a season: checked whole before anything is decided, written in batches."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from entrepot.engine.check import check_table
from entrepot.engine.delimited import reader
from entrepot.engine.duck import Duck
from entrepot.engine.faults import Fault, total
from entrepot.engine.relations import Rule, check_rule
from entrepot.engine.schema import Table
from entrepot.engine.source import open_source
from entrepot.engine.write import held_schema
from entrepot.errors import Misused, Refused

_SHOWN = 20
#: Rows with their words that are held at once.
_BATCH_ROWS = 1 << 14


class FaultyTable(Refused):
    """A table or a message does not have the form it should have; nothing was decided."""

    code: ClassVar[str] = "customs.faulty_table"


@contextmanager
def opened(table: Table, path: Path, rules: Sequence[Rule]) -> Iterator[Iterator[dict[str, Any]]]:
    """The rows of one table's file, checked whole, in the order of its key."""
    asked = f"Cannot read {path}."
    if not path.is_file():
        raise Misused(asked, "There is no such file.", f"Name a table of {table.name}.")
    with tempfile.TemporaryDirectory(prefix="entrepot-ways-") as folder:
        work = Path(folder)
        duck = Duck(work)
        try:
            csv_reader = reader(work, duck.budget)
            checked = check_table(duck, open_source(table, path, work, csv_reader=csv_reader))
            csv_reader.close()
            faults: list[Fault] = list(checked.faults)
            for rule in rules:
                faults += check_rule(duck, rule, {table.name: checked})
            if faults:
                raise refusal(asked, [each.text for each in faults], total(faults), faults)
            batches = duck.stream(checked.typed.select(table.names), table.key)
            yield (row for batch in batches for row in batch.to_pylist())
        finally:
            duck.close()


def refusal(
    asked: str, told: Sequence[str], count: int, faults: Sequence[Fault] = ()
) -> FaultyTable:
    """One refusal that tells the first faults and counts all."""
    found_ = [f"{count:,} {'fault' if count == 1 else 'faults'}:"]
    found_ += [f"  {each}" for each in told[:_SHOWN]]
    if count > _SHOWN:
        found_.append(f"  and {count - _SHOWN:,} more.")
    facts = [asdict(each) for each in faults]
    return FaultyTable(
        asked, "\n".join(found_), "Mend them and ask again.", count=count, faults=facts
    )


def batches(table: Table, rows: Iterable[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    """Rows as batches of the types a table is written in."""
    held = held_schema(table)
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append({name: row[name] for name in held.names})
        if len(some) == _BATCH_ROWS:
            yield pa.RecordBatch.from_pylist(some, held)
            some = []
    yield pa.RecordBatch.from_pylist(some, held)
