# SPDX-License-Identifier: Apache-2.0
"""Put a finished season in its place, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrepot.engine.duck import text
from entrepot.errors import Misused
from entrepot.pipelines.sample.goods import EXPORTER, checked_uscc
from entrepot.pipelines.sample.ground import Ground
from entrepot.pipelines.season import SCHEMA_VERSION, SEASON

#: A sample has no such tables: its goods are sold where they were received, nothing is settled.
_NONE = (
    "transfers",
    "settlements",
    "payouts",
    "costs",
    "cost_shares",
    "bank",
    "collections",
    "collection_terms",
)
TABLES = tuple(table for table in SEASON if table.name not in _NONE)
#: How the name of a sample season begins: by it a later sample knows what it may replace.
NAMED = "Sample season"


@contextmanager
def workshop(out: Path) -> Iterator[Path]:
    """A folder beside `out` to work in; what is left of it in the end goes away.

    Raises:
        Misused: `out` holds something that no sample wrote, or its parent cannot be written to.
    """
    check_ours(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise Misused(
            f"Cannot write {out}.", f"{error.strerror}.", "Choose another folder."
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_ours(out: Path) -> None:
    """Refuse to replace a folder with anything in it that no sample wrote."""
    before = _before(out)
    if before.is_dir() and not out.exists():
        before.rename(out)  # a run was killed between taking the old away and putting the new
    if not out.exists():
        return
    remedy = "Choose another folder, or move away what is there."
    if not out.is_dir():
        raise Misused(f"Cannot write a season into {out}.", "It is a file.", remedy)
    if not any(out.iterdir()):
        return
    try:
        about = tomllib.loads((out / "season.toml").read_text("utf-8"))
    except (OSError, ValueError):
        about = {}
    if not str(about.get("name", "")).startswith(NAMED):
        raise Misused(
            f"Cannot write a season into {out}.", "It holds files that no sample wrote.", remedy
        )


def finish(ground: Ground, name: str, form: str, made: Path) -> dict[str, int]:
    """Write the folder `made`: season.toml and each table in the form asked for.

    Returns:
        the rows of each table, in the order in which the goods move.
    """
    ground.tell("Writing the tables")
    rows = {
        table.name: ground.count(f"SELECT count(*) FROM {ground.read(table.name)}")
        for table in TABLES
    }
    for table in TABLES:
        path = ground.path(table.name)
        if form == "parquet":
            path.rename(made / path.name)
            continue
        ground.run("SET preserve_insertion_order = true")
        target = text(str(made / f"{table.name}.csv"))
        ground.run(f"COPY (FROM {ground.read(table.name)}) TO {target} (FORMAT csv, HEADER)")
    (made / "season.toml").write_text(
        f'name = "{name}"\n'
        f'uscc = "{checked_uscc(EXPORTER)}"\n'
        'kind = "trading"\n'
        f"as_of = {ground.as_of.isoformat()}\n"
        f"schema = {SCHEMA_VERSION}\n",
        "utf-8",
    )
    return rows


def put(made: Path, out: Path) -> None:
    """Give the finished folder its name; what was there goes once the new one stands."""
    for path in made.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    if not out.exists():
        made.rename(out)
        return
    before = _before(out)
    shutil.rmtree(before, ignore_errors=True)
    out.rename(before)
    made.rename(out)
    shutil.rmtree(before, ignore_errors=True)


def _before(out: Path) -> Path:
    return out.parent / f".{out.name}.before"
