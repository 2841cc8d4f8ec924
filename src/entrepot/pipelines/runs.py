# SPDX-License-Identifier: Apache-2.0
"""One run of the close: check, close, write, and say what was done in run.json."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

from entrepot.engine.base import Engine
from entrepot.engine.duck import Duck
from entrepot.engine.faults import Fault, total
from entrepot.engine.folder import replacing
from entrepot.engine.polar import Polar
from entrepot.errors import Misused, Refused
from entrepot.packs.read import read
from entrepot.pipelines.about import About
from entrepot.pipelines.close import Closed, close_books
from entrepot.pipelines.opening import OpenSeason, open_season
from entrepot.pipelines.refunding import PACKS
from entrepot.pipelines.summary import control_totals, left_out, summarize
from entrepot.pipelines.writing import OUTPUTS

#: Version of the tables that a close reads and writes.
SCHEMA_VERSION = 1
RUN = "run.json"
#: Stages that a close tells of, for a progress bar.
STAGES = 9 + len(OUTPUTS)
_LIBRARIES = ("duckdb", "narwhals", "polars", "pyarrow")


@dataclass(frozen=True, slots=True)
class Options:
    """How a season is closed: on what engine, for which day, and how the result is written.

    `memory`: DuckDB's budget, such as 2GB. `as_of`: in place of the day in season.toml.
    `file_format`: one of `write.FORMATS`. `language`: of what a person reads.
    """

    engine: str = "duckdb"
    as_of: date | None = None
    memory: str = ""
    file_format: str = "parquet"
    language: str = "en"


class FaultySeason(Refused):
    """A season whose tables break their own schema; every fault is in `facts`."""

    code: ClassVar[str] = "season.faulty"

    def __init__(self, season: Path, faults: list[Fault]) -> None:
        listed = "\n".join(fault.text for fault in faults[:50])
        rest = total(faults) - min(len(faults), 50)
        more = f"\nand {rest:,} more" if rest > 0 else ""
        super().__init__(
            f"Cannot close {season}.",
            f"{listed}{more}",
            f"Mend the {total(faults):,} faults, or list them with: entrepot check {season}",
            faults=[asdict(fault) for fault in faults],
        )


class ProducingFirm(Refused):
    """The refund of a producing firm is worked out per VAT period, which a season does not hold."""

    code: ClassVar[str] = "season.producing"


def engine_named(name: str, scratch: Path, memory: str) -> Engine:
    """The engine called `name`.

    Raises:
        Misused: `memory` is given to an engine that has no budget.
    """
    if name == "duckdb":
        return Duck(scratch, memory)
    if memory:
        raise Misused(
            f"Cannot use --memory {memory} with --engine {name}.",
            "Only DuckDB keeps to a memory budget.",
            "Leave --memory out, or use --engine duckdb.",
        )
    return Polar()


def run_close(
    season: Path, out: Path, options: Options, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Close the season in `season` and put the result in the place of `out`.

    Returns:
        what run.json says: the season, its inputs and packs with their sha256, versions, counts,
        control totals, a summary, and a digest of each output's values.

    Raises:
        FaultySeason, ProducingFirm: nothing is written and `out` stays what it was.
    """
    _refuse_inside(season, out)
    with replacing(out, marker=RUN) as (new, scratch):
        engine = engine_named(options.engine, scratch, options.memory)
        try:
            run = _close_into(new, scratch, engine, season, options, tell)
        except Exception as error:
            meaning = engine.explain(error)
            if meaning is None:
                raise
            raise meaning from error
        finally:
            engine.close()
    return run


def _close_into(
    new: Path,
    scratch: Path,
    engine: Engine,
    season: Path,
    options: Options,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Fill the folder `new` with everything a close writes; say what run.json says."""
    tell("Checking the season")
    opened = open_season(engine, season, scratch, options.as_of)
    about = _closable(season, opened)
    closed = close_books(engine, opened.tables, about.as_of, new, options.file_format, tell)
    tell("Summing up")
    return _write_run(new, _facts(engine, opened, about, closed, options))


def _facts(
    engine: Engine, opened: OpenSeason, about: About, closed: Closed, options: Options
) -> dict[str, Any]:
    return asdict(about) | {
        "engine": options.engine,
        "format": options.file_format,
        "schema_version": SCHEMA_VERSION,
        "versions": _versions(),
        "inputs": [asdict(each) for each in opened.inputs],
        "packs": {name: dict(read(name).sha256) for name in PACKS},
        "control_totals": control_totals(engine, opened.tables),
        "left_out": left_out(engine, closed, opened.tables),
        "summary": summarize(engine, closed),
        "outputs": {name: asdict(each) for name, each in closed.written.items()},
    }


def _write_run(folder: Path, facts: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(facts, indent=2, ensure_ascii=False, default=str)
    (folder / RUN).write_text(text + "\n", encoding="utf-8")
    plain: dict[str, Any] = json.loads(text)
    return plain


def _refuse_inside(season: Path, out: Path) -> None:
    inside = season.resolve()
    if inside in (out.resolve(), *out.resolve().parents):
        raise Misused(
            f"Cannot write to {out}.",
            "It lies in the season itself.",
            "Name a folder outside the season.",
        )


def _closable(season: Path, opened: OpenSeason) -> About:
    if opened.faults:
        raise FaultySeason(season, opened.faults)
    assert opened.about is not None
    if opened.about.kind == "producing":
        raise ProducingFirm(
            f"Cannot close {season}: a producing firm's refund is not worked out yet.",
            "kind is producing. Missing: input VAT and domestic output VAT of each VAT period, the "
            "credit carried forward, and duty-free materials (exempt, credit and refund method).",
            'Close it once the money tables exist. A trading firm\'s season has kind = "trading".',
        )
    return opened.about


def _versions() -> dict[str, str]:
    found = {"entrepot": version("entrepot"), "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except ModuleNotFoundError:
            continue
    return found
