# SPDX-License-Identifier: Apache-2.0
"""Read pieces, containers and pairs, and say everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import narwhals as nw

from entrepot.consolidating.planning.cargo import Kind, Piece, Segregation
from entrepot.consolidating.planning.tables import CONTAINERS, PAIRS, PIECES
from entrepot.engine.check import Checked, check_table
from entrepot.engine.delimited import reader
from entrepot.engine.duck import Duck
from entrepot.engine.faults import Fault, total
from entrepot.engine.relations import Rule, check_rule
from entrepot.engine.source import open_source
from entrepot.errors import Misused, Refused

_SHOWN = 20


class FaultyPieces(Refused):
    """Tables that do not have the form they should have; nothing was planned."""

    code: ClassVar[str] = "planning.faulty_tables"


class NoFile(Misused):
    """There is no such file."""

    code: ClassVar[str] = "planning.no_file"


@dataclass(frozen=True)
class Given:
    """What was read."""

    pieces: Sequence[Piece]
    kinds: Mapping[Kind, int | None]
    pairs: Segregation


def read(
    work: Path, pieces: Path, containers: Path, pairs: Path | None, leaves_on: date | None
) -> Given:
    """Read the tables of a plan; pieces due by `leaves_on` must go.

    Raises:
        NoFile: a file is not there.
        FaultyPieces: with every fault: file, row, column, what to do.
    """
    files = {PIECES: pieces, CONTAINERS: containers} | ({PAIRS: pairs} if pairs else {})
    for path in files.values():
        if not path.is_file():
            raise NoFile(f"Cannot read {path}.", "There is no such file.", "Name a table.")
    duck = Duck(work, "")
    try:
        csv_reader = reader(work, duck.budget)
        checked: dict[str, Checked] = {}
        faults: list[Fault] = []
        for table, path in files.items():
            source = open_source(table, path, work, csv_reader=csv_reader)
            checked[table.name] = check_table(duck, source)
            faults += checked[table.name].faults
        csv_reader.close()
        faults += check_rule(duck, _LACKS_CLASS, checked)
        if faults:
            raise _refusal(pieces, faults)
        rows = {}
        for name, one in checked.items():
            duck.keep(one.typed, name)
            rows[name] = duck.connection.sql(f"SELECT * FROM {name}").to_arrow_table().to_pylist()
    finally:
        duck.close()
    return _given(rows, leaves_on)


_LACKS_CLASS = Rule(
    code="dangerous.half",
    column="dg_class",
    reads={"pieces": ("un_no", "dg_class")},
    rows=lambda rows: rows.filter(nw.col("un_no").is_null() != nw.col("dg_class").is_null()),
    found=lambda _: "a UN number or a class alone",
    expected=lambda _: "both, or neither",
    remedy="Give the UN number and the class of dangerous goods.",
)


def _given(rows: dict[str, list[dict[str, Any]]], leaves_on: date | None) -> Given:
    return Given(
        [_piece(each, leaves_on) for each in rows["pieces"]],
        {
            Kind(
                each["kind"], each["length_mm"], each["width_mm"], each["height_mm"],
                each["door_width_mm"], each["door_height_mm"], each["payload_g"],
            ): each["count"]
            for each in rows["containers"]
        },
        Segregation(
            {frozenset((e["one"], e["other"])): e["apart_mm"] for e in rows.get("pairs", ())}
        ),
    )  # fmt: skip


def _piece(row: dict[str, Any], leaves_on: date | None) -> Piece:
    due = row["due_on"]
    return Piece(
        row["piece"], row["owner"], row["length_mm"], row["width_mm"], row["height_mm"],
        row["weight_g"], row["turn"], row["bears_g"] or 0, bool(row["floor_only"]),
        row["un_no"] or "", row["dg_class"] or "", row["destination"] or "",
        must_go=bool(due and leaves_on and due <= leaves_on),
    )  # fmt: skip


def _refusal(path: Path, faults: Sequence[Fault]) -> FaultyPieces:
    count = total(faults)
    found = [f"{count:,} {'fault' if count == 1 else 'faults'}:"]
    found += [f"  {fault.text}" for fault in faults[:_SHOWN]]
    if count > _SHOWN:
        found.append(f"  and {count - _SHOWN:,} more.")
    return FaultyPieces(
        f"Cannot plan {path}.",
        "\n".join(found),
        "Mend them and plan again.",
        count=count,
        faults=[asdict(fault) for fault in faults],
    )
