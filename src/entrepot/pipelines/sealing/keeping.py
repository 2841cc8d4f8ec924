# SPDX-License-Identifier: Apache-2.0
"""Add a seal to the chain: fill a folder beside it, then rename it into its place, last of all."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.engine.duck import text
from entrepot.engine.folder import adding
from entrepot.engine.frames import arrow_type
from entrepot.engine.parts import parts_of
from entrepot.engine.schema import PLACES, Table
from entrepot.engine.write import Written, write_table
from entrepot.errors import Refused
from entrepot.pipelines.sealing.chain import FORM, SEAL, Chain, files_of, sha256_of, signed
from entrepot.pipelines.sealing.checking import Change, Held
from entrepot.pipelines.sealing.desk import Desk, Marks
from entrepot.pipelines.sealing.program import packs, program
from entrepot.pipelines.sealing.tables import AMENDMENT, CAUSES

RUN = "run.json"
#: Where the rows that a period rests on lie in its folder.
INPUTS = "inputs"
_NO_WRITING = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


class SealedMeanwhile(Refused):
    """Another close added a seal to the season while this one ran."""

    code: ClassVar[str] = "seals.meanwhile"


class CannotSeal(Refused):
    """The place where seals are kept cannot be written."""

    code: ClassVar[str] = "seals.unwritable"


@dataclass(frozen=True, slots=True)
class Final:
    """A close to seal: its day, its tables in Parquet, what run.json says of it."""

    as_of: date
    folder: Path
    outputs: Mapping[str, Written]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Signed:
    """Who makes a seal, and for whose season."""

    by: str
    name: str
    uscc: str


@contextmanager
def sealing(
    held: Held,
    final: Final | None,
    reason: str,
    signed_by: Signed,
    desk: Desk,
    rows: Mapping[date, Mapping[str, str]],
) -> Iterator[dict[str, Any]]:
    """Write the next seal and give what it says; once what is inside is done, it is in its place.

    It holds the amendment of every day whose figures changed, oldest first, and `final`. A close
    that is killed leaves the chain as it was, or longer by this seal, whole.

    Args:
        rows: for every day to write and for the last of all, queries for the rows that count.

    Raises:
        SealedMeanwhile, CannotSeal: the chain is what it was.
    """
    chain = held.chain
    folder = chain.folder / f"{chain.next_number:04d}"
    try:
        with adding(folder) as new:
            periods = [_write_change(new, change, reason) for change in held.changes]
            periods += [_write_final(new, final)] if final else []
            for period in periods:
                as_of = date.fromisoformat(period["as_of"])
                period["inputs"] = _write_rows(desk, new / period["as_of"], rows[as_of])
            about = _about(chain, periods, signed_by, _checked(held, periods, desk, rows))
            yield _write_seal(new, about)
    except FileExistsError as error:
        raise SealedMeanwhile(
            f"Cannot write seal {chain.next_number:04d}.",
            "Another close of this season made it meanwhile.",
            "Close again: what it sealed is then held to as well.",
        ) from error
    except OSError as error:
        if error.errno not in _NO_WRITING:
            raise
        raise unwritable(chain.folder, error.strerror or str(error)) from error


def unwritable(folder: Path, found: str) -> CannotSeal:
    """The error of a place that seals cannot be written to."""
    return CannotSeal(
        f"Cannot write seals to {folder}.",
        f"{found}.",
        "Allow writing there, or keep the seals of this season elsewhere with --seals FOLDER.",
    )


def read_back(table: Table, path: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a written Parquet file in the engine's types: decimals as whole numbers."""
    held = pa.schema([(column.name, arrow_type(column.kind)) for column in table.columns])
    for part in parts_of(path):
        for batch in pq.ParquetFile(part).iter_batches():
            columns = [
                _point_taken(batch.column(c.name)) if c.kind in PLACES else batch.column(c.name)
                for c in table.columns
            ]
            yield pa.RecordBatch.from_arrays(columns, names=table.names).cast(held)


def rewrite(
    tables: Iterable[Table], written: Mapping[str, Written], source: Path, folder: Path, form: str
) -> dict[str, Written]:
    """Write tables that lie in `source` as Parquet into `folder` in another form."""
    return {
        table.name: write_table(
            table, read_back(table, source / written[table.name].file), folder, form
        )
        for table in tables
    }


def write_amendment(changes: Iterable[Change], folder: Path, form: str) -> dict[str, Written]:
    """Write what an amendment changes beside the tables of the close that makes it."""
    told = list(changes)
    return {
        table.name: write_table(
            table,
            (
                batch
                for change in told
                for batch in read_back(table, change.folder / f"{table.name}.parquet")
            ),
            folder,
            form,
        )
        for table in (AMENDMENT, CAUSES)
    }


def _write_change(new: Path, change: Change, reason: str) -> dict[str, Any]:
    as_of = change.period.as_of.isoformat()
    folder = new / as_of
    shutil.move(change.folder, folder)
    _write_json(folder / RUN, change.facts)
    return {
        "as_of": as_of,
        "kind": "amendment",
        "of": change.period.seal.number,
        "reason": reason,
        "figures": change.figures,
        "causes": change.causes,
        "outputs": {name: asdict(each) for name, each in change.outputs.items()},
    }


def _write_final(new: Path, final: Final) -> dict[str, Any]:
    folder = new / final.as_of.isoformat()
    folder.mkdir()
    for each in final.outputs.values():
        # A copy, no second name of the same file: what is sealed has to outlive what is not.
        source = final.folder / each.file
        if source.is_dir():
            shutil.copytree(source, folder / each.file)
        else:
            shutil.copyfile(source, folder / each.file)
    outputs = {name: asdict(each) for name, each in final.outputs.items()}
    _write_json(folder / RUN, {**final.facts, "format": "parquet", "outputs": outputs})
    return {"as_of": final.as_of.isoformat(), "kind": "seal", "outputs": outputs}


def _write_rows(desk: Desk, folder: Path, rows: Mapping[str, str]) -> Marks:
    """Keep the rows that a period rests on, so that a later change of them can be named."""
    (folder / INPUTS).mkdir()
    for name, query in rows.items():
        path = folder / INPUTS / f"{name}.parquet"
        desk.connection.execute(
            f"COPY ({query}) TO {text(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )
    return desk.marks(rows)


def _checked(
    held: Held,
    periods: list[dict[str, Any]],
    desk: Desk,
    rows: Mapping[date, Mapping[str, str]],
) -> dict[str, Any]:
    """The rows up to the last sealed day, with which every seal was found to agree."""
    written = {date.fromisoformat(each["as_of"]): each["inputs"] for each in periods}
    last = max({*held.chain.current, *written})
    marks = written[last] if last in written else held.marks or desk.marks(rows[last])
    return {"as_of": last.isoformat(), "inputs": marks}


def _about(
    chain: Chain, periods: list[dict[str, Any]], signed_by: Signed, checked: dict[str, Any]
) -> dict[str, Any]:
    return {
        "form": FORM,
        "number": chain.next_number,
        "before": chain.head,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "by": signed_by.by,
        "season": signed_by.name,
        "uscc": signed_by.uscc,
        "program": program(),
        "packs": packs(),
        "checked": checked,
        "periods": periods,
    }


def _write_seal(new: Path, about: dict[str, Any]) -> dict[str, Any]:
    paths = files_of(new)
    names = [path.relative_to(new).as_posix() for path in paths]
    seal = signed(about | {"files": dict(zip(names, sha256_of(paths), strict=True))})
    _write_json(new / SEAL, seal)
    return seal


def _write_json(path: Path, facts: Mapping[str, Any]) -> None:
    text = json.dumps(facts, indent=2, ensure_ascii=False, default=str)
    path.write_text(text + "\n", encoding="utf-8")


def _point_taken(column: pa.Array) -> pa.Array:
    """A decimal as a whole number of its smallest unit: the digits stay, the point goes."""
    wide = column.cast(pa.decimal128(38, column.type.scale))
    whole = pa.Array.from_buffers(
        pa.decimal128(38, 0), len(wide), wide.buffers(), wide.null_count, wide.offset
    )
    return whole.cast(pa.int64())
