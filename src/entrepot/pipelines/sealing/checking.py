# SPDX-License-Identifier: Apache-2.0
"""Hold a season against its seals: say which sealed figures changed, and what brought it.

A close is a pure function of the rows that count for its day, the packs and the program. Where all
three are what they were, nothing sealed can have changed. Where one is another, the close of the
sealed day is worked out again from the present season and compared figure by figure.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from entrepot.engine.base import Frame
from entrepot.engine.write import Written, write_table
from entrepot.errors import Refused
from entrepot.pipelines.sealing.chain import Chain, Period
from entrepot.pipelines.sealing.counting import counted_tables
from entrepot.pipelines.sealing.desk import Desk, Marks, parquet
from entrepot.pipelines.sealing.differences import Differences, shape_of
from entrepot.pipelines.sealing.program import packs, program
from entrepot.pipelines.sealing.tables import AMENDMENT, CAUSES
from entrepot.pipelines.writing import OUTPUTS, VAT_OUTPUTS

Tell = Callable[[str], None]
#: What run.json would say of a close; asked for while the engine still holds it.
Facts = Callable[[], dict[str, Any]]
#: Closes the present season for another day into a folder, in Parquet.
Again = Callable[[date, Path], tuple[dict[str, Written], Facts]]

#: How many figures and cells of one table a refusal shows; an amendment lists all.
SHOWN = 2
#: How much is shown of a hash.
_SHORT = 12


class SealedFiguresChange(Refused):
    """A close that would change figures that are sealed; it has to be amended, with a reason."""

    code: ClassVar[str] = "seals.figures_change"


@dataclass(frozen=True, slots=True)
class Change:
    """A sealed day whose figures differ today.

    `folder`: today's tables of that day in Parquet, with the tables of an amendment.
    `figures`, `causes`: how many differ, by table. `first_figures`, `first_causes`: the first few.
    """

    period: Period
    folder: Path
    outputs: dict[str, Written]
    facts: dict[str, Any]
    figures: dict[str, int]
    causes: dict[str, int]
    first_figures: list[dict[str, Any]]
    first_causes: list[dict[str, Any]]


@dataclass(slots=True)
class Held:
    """How a season stands against its seals.

    `same`: days whose rows, packs or program changed, but no figure. `changes`: days with figures
    that changed, oldest first. `marks`: of the last sealed day; empty where nothing is sealed.
    """

    chain: Chain
    same: list[date] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    marks: Marks = field(default_factory=dict)


def hold(
    chain: Chain,
    desk: Desk,
    tables: Mapping[str, Frame],
    again: Again,
    scratch: Path,
    reason: str,
    tell: Tell,
) -> Held:
    """Say which sealed days still stand, and what changed in the others.

    Args:
        chain: the season's seals, whole.
        tables: the season's typed tables, as it is now.
        again: closes the present season for a sealed day.
        scratch: an existing folder, for those closes.
        reason: of an amendment, if one is made; it stands beside every figure.
    """
    held = Held(chain)
    current = chain.current
    if not current:
        return held
    last = max(current)
    tell("Checking what is sealed")
    held.marks = desk.marks(desk.counted(tables, last))
    if _is_as_checked(chain, last, held.marks):
        return held
    for as_of, period in current.items():
        rows = desk.counted(tables, as_of)
        marks = held.marks if as_of == last else desk.marks(rows)
        if _is_by_same_program(period) and period.about["inputs"] == marks:
            continue
        tell(f"Closing {as_of} again")
        change = _work_out(period, desk, rows, marks, again, scratch, reason)
        if change is None:
            held.same.append(as_of)
        else:
            held.changes.append(change)
    return held


def _is_as_checked(chain: Chain, last: date, marks: Marks) -> bool:
    """Whether the season is what it was when the last seal was made: every seal held then."""
    seal = chain.seals[-1].about
    checked = seal["checked"]
    return bool(
        seal["program"] == program()
        and seal["packs"] == packs()
        and checked["as_of"] == last.isoformat()
        and checked["inputs"] == marks
    )


def _is_by_same_program(period: Period) -> bool:
    about = period.seal.about
    return bool(about["program"] == program() and about["packs"] == packs())


def _work_out(
    period: Period,
    desk: Desk,
    rows: Mapping[str, str],
    marks: Marks,
    again: Again,
    scratch: Path,
    reason: str,
) -> Change | None:
    """Close a sealed day again and compare; None where no figure differs."""
    folder = scratch / period.as_of.isoformat()
    folder.mkdir()
    outputs, facts = again(period.as_of, folder)
    figures = Differences(desk, "_figures")
    for table in (*OUTPUTS, *VAT_OUTPUTS):
        sealed = period.about["outputs"].get(table.name)
        if sealed and sealed["digest"] != outputs[table.name].digest:
            figures.compare(
                shape_of(table),
                parquet(period.folder / sealed["file"]),
                parquet(folder / outputs[table.name].file),
            )
    counts = figures.counts()
    if not counts:
        figures.forget()
        shutil.rmtree(folder)
        return None
    write_table(AMENDMENT, figures.stream(period.as_of, reason), folder, "parquet")
    first = figures.first(SHOWN)
    figures.forget()
    causes = _causes(period, desk, rows, marks)
    write_table(CAUSES, causes.stream(period.as_of), folder, "parquet")
    change = Change(
        period, folder, outputs, facts(), counts, causes.counts(), first, causes.first(SHOWN)
    )
    causes.forget()
    return change


def _causes(period: Period, desk: Desk, rows: Mapping[str, str], marks: Marks) -> Differences:
    """Which rows of the season, packs and program differ from what the sealed day rested on."""
    causes = Differences(desk, "_causes")
    for table in counted_tables(rows):
        known = period.about["inputs"].get(table.name)
        if known != marks[table.name]:
            # A table that came after the seal was made had no rows then.
            sealed = f"SELECT * FROM ({rows[table.name]}) LIMIT 0"
            if known:
                sealed = parquet(period.folder / "inputs" / f"{table.name}.parquet")
            causes.compare(shape_of(table), sealed, rows[table.name])
    about = period.seal.about
    causes.note("packs", about["packs"], packs())
    causes.note("program", about["program"], program())
    return causes


def refuse_changes(season: Path, held: Held, files: Mapping[str, str]) -> None:
    """Refuse a close where sealed figures changed, and say which, and what brought it.

    Args:
        files: the file of each table of the season.
    """
    if not held.changes:
        return
    days = ", ".join(str(change.period.as_of) for change in held.changes)
    raise SealedFiguresChange(
        f"Cannot close {season}: figures that are sealed would change.",
        "\n".join(
            line for at, change in enumerate(held.changes) for line in _told(change, files, at == 0)
        ),
        f'Correct the season, or amend {days} with: --amend "why"',
        periods=[
            {
                "as_of": change.period.as_of.isoformat(),
                "figures": change.figures,
                "causes": change.causes,
                "first_figures": change.first_figures,
                "first_causes": change.first_causes,
            }
            for change in held.changes
        ],
    )


def _told(change: Change, files: Mapping[str, str], in_detail: bool) -> list[str]:
    """One line on a day; with the first few figures and what is behind them, for the oldest."""
    total = sum(change.figures.values())
    lines = [f"{change.period.as_of}: {total:,} sealed figures differ: {_counted(change.figures)}."]
    if in_detail:
        lines += _listed(change.first_figures, change.figures, {})
        lines.append(f"  What differs in the season: {_counted(change.causes) or 'nothing'}.")
        lines += _listed(change.first_causes, change.causes, files)
    return lines


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} of {table}" for table, number in counts.items())


def _listed(
    first: list[dict[str, Any]], counts: Mapping[str, int], files: Mapping[str, str]
) -> list[str]:
    lines = []
    for table, number in counts.items():
        shown = [each for each in first if each["table"] == table]
        name = files.get(table, table)
        for each in shown:
            column = f", {each['column']}" if each["column"] else ""
            was, now = (_shown(each, side) for side in ("before", "after"))
            lines.append(f"    {name} {each['key']}{column}: sealed {was}, now {now}")
        if number > len(shown):
            lines.append(f"    and {number - len(shown):,} more of {name}")
    return lines


def _shown(each: dict[str, Any], side: str) -> str:
    value = each[side]
    if value and each["table"] in ("packs", "program"):
        return str(value)[:_SHORT]
    return str(value) if value else "nothing"
