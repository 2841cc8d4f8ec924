# SPDX-License-Identifier: Apache-2.0
"""One run of the close: check, close, write, and say what was done in run.json."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

from entrepot.engine.base import Engine
from entrepot.engine.faults import Fault, total
from entrepot.engine.folder import replacing
from entrepot.engine.named import engine_named
from entrepot.engine.write import Written
from entrepot.errors import Misused, Refused
from entrepot.packs.read import read
from entrepot.pipelines.about import About
from entrepot.pipelines.close import Closed, close_books
from entrepot.pipelines.finance import PACKS as MONEY_PACKS
from entrepot.pipelines.opening import OpenSeason, open_season
from entrepot.pipelines.refunding import PACKS
from entrepot.pipelines.report.figures import report_figures
from entrepot.pipelines.report.render import write_report
from entrepot.pipelines.sealing.checking import Again, Facts
from entrepot.pipelines.sealing.desk import Desk
from entrepot.pipelines.sealing.guard import Guard, Subject, Wish
from entrepot.pipelines.sealing.keeping import rewrite
from entrepot.pipelines.season import SCHEMA_VERSION, is_newer
from entrepot.pipelines.summary import control_totals, left_out, summarize
from entrepot.pipelines.writing import OUTPUTS, VAT_OUTPUTS

RUN = "run.json"
#: Stages that a close tells of, for a progress bar.
STAGES = 12 + len(OUTPUTS)
_LIBRARIES = ("duckdb", "narwhals", "polars", "pyarrow", "pyspark")


@dataclass(frozen=True, slots=True)
class Options:
    """How a season is closed: on what engine, for which day, and how the result is written.

    `memory`: DuckDB's budget, such as 2GB. `master`: where Spark runs. `as_of`: in place of the day
    in season.toml. `file_format`: one of `write.FORMATS`. `language`: of what a person reads.
    `seals`: whether the day is sealed, and whether sealed figures are amended.
    """

    engine: str = "duckdb"
    as_of: date | None = None
    memory: str = ""
    master: str = ""
    file_format: str = "parquet"
    language: str = "en"
    seals: Wish = field(default_factory=Wish)


class FaultySeason(Refused):
    """A season whose tables break their own schema; every fault is in `facts`."""

    code: ClassVar[str] = "season.faulty"

    def __init__(self, season: Path, faults: list[Fault], to: str = "close") -> None:
        listed = "\n".join(fault.text for fault in faults[:50])
        rest = total(faults) - min(len(faults), 50)
        more = f"\nand {rest:,} more" if rest > 0 else ""
        super().__init__(
            f"Cannot {to} {season}.",
            f"{listed}{more}",
            f"Mend the {total(faults):,} faults, or list them with: entrepot check {season}",
            faults=[asdict(fault) for fault in faults],
        )


class NewerSeason(Refused):
    """A season of a later version than the program knows, which it would misread."""

    code: ClassVar[str] = "season.newer"


def run_close(
    season: Path, out: Path, options: Options, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Close the season in `season` and put the result in the place of `out`.

    Returns:
        what run.json says: the season, its inputs and packs with their sha256, versions, counts,
        control totals, a summary, and a digest of each output's values.

    Raises:
        FaultySeason, NewerSeason, SealedFiguresChange: nothing is written and `out`
            stays what it was.
    """
    refuse_inside(season, out)
    with replacing(out, marker=RUN) as (new, scratch):
        engine = engine_named(options.engine, scratch, options.memory, options.master)
        try:
            run = _close_into(new, scratch, engine, season, out, options, tell)
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
    out: Path,
    options: Options,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Fill the folder `new` with everything a close writes; say what run.json says."""
    tell("Checking the season")
    opened = open_season(engine, season, scratch, options.as_of)
    about = closable(season, opened)
    files = {each.table: each.file for each in opened.inputs}
    subject = Subject(season, about.name, about.uscc, about.as_of, opened.tables, files)
    desk_folder, again_folder, parquet_folder = _folders(scratch, "desk", "again", "parquet")
    with Desk(engine, desk_folder) as desk:
        guard = Guard(subject, out, options.seals, desk)
        guard.hold(_again(engine, opened, about, options), again_folder, tell)
        # What is sealed is sealed as Parquet, whatever the close is written as.
        is_twofold = guard.will_seal and options.file_format != "parquet"
        folder = parquet_folder if is_twofold else new
        form = "parquet" if is_twofold else options.file_format
        closed = close_books(engine, opened.tables, about.as_of, folder, form, tell)
        tell("Summing up")
        facts = _facts(engine, opened, about, closed, options)
        written = closed.written
        if is_twofold:
            tables = [t for t in (*OUTPUTS, *VAT_OUTPUTS) if t.name in written]
            written = rewrite(tables, written, folder, new, options.file_format)
        written = written | guard.write_amendment(new, options.file_format)
        facts["outputs"] = {name: asdict(each) for name, each in written.items()}
        with guard.seal(folder, closed.written, facts) as seals:
            run = _write_run(new, facts | {"seals": seals})
            tell("Writing the report")
            write_report(new, report_figures(engine, closed, opened.tables, run), options.language)
            tell("Putting everything in place")
            return run


def _again(engine: Engine, opened: OpenSeason, about: About, options: Options) -> Again:
    """How the present season is closed for a day that is sealed."""

    def again(as_of: date, folder: Path) -> tuple[dict[str, Written], Facts]:
        closed = close_books(engine, opened.tables, as_of, folder, "parquet", lambda _: None)
        then, how = replace(about, as_of=as_of), replace(options, file_format="parquet")
        return closed.written, lambda: _facts(engine, opened, then, closed, how)

    return again


def _folders(scratch: Path, *names: str) -> list[Path]:
    folders = [scratch / name for name in names]
    for folder in folders:
        folder.mkdir()
    return folders


def _facts(
    engine: Engine, opened: OpenSeason, about: About, closed: Closed, options: Options
) -> dict[str, Any]:
    return asdict(about) | {
        "engine": options.engine,
        "format": options.file_format,
        "schema_version": SCHEMA_VERSION,
        "season_schema": opened.version,
        "unknown": {name: list(columns) for name, columns in opened.unknown.items()},
        "versions": _versions(),
        "inputs": [asdict(each) for each in opened.inputs],
        "packs": {name: dict(read(name).sha256) for name in (*PACKS, *MONEY_PACKS)},
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


def refuse_inside(season: Path, out: Path) -> None:
    """Refuse a folder for results that lies in the season.

    Raises:
        Misused: it does.
    """
    inside = season.resolve()
    if inside in (out.resolve(), *out.resolve().parents):
        raise Misused(
            f"Cannot write to {out}.",
            "It lies in the season itself.",
            "Name a folder outside the season.",
        )


def closable(season: Path, opened: OpenSeason, to: str = "close") -> About:
    """What season.toml says, where the season can be used to close, or whatever `to` says.

    Raises:
        NewerSeason, FaultySeason: it cannot.
    """
    if is_newer(opened.version):
        raise NewerSeason(
            f"Cannot {to} {season}.",
            f"Its tables are of version {opened.version}; this program knows them up to version "
            f"{SCHEMA_VERSION}.",
            "Update Entrepot, or ask for the season in an earlier version.",
        )
    if opened.faults:
        raise FaultySeason(season, opened.faults, to)
    assert opened.about is not None
    return opened.about


def _versions() -> dict[str, str]:
    found = {"entrepot": version("entrepot"), "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except ModuleNotFoundError:
            continue
    return found
