# SPDX-License-Identifier: Apache-2.0
"""Say what pieces measure, whose they are and how they may be loaded: many at once, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from entrepot.catalog.actions import unfit
from entrepot.catalog.forms import Fault, shown
from entrepot.consolidating.planning.cargo import Turn
from entrepot.consolidating.refusals import Unfit
from entrepot.people.audit import record
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

_KNOWN: Final = """
    SELECT p.mark, p.id FROM consolidating_piece AS p
    WHERE p.enterprise_id = %(enterprise)s AND p.mark = ANY(%(marks)s)
"""
_PUT: Final = """
    INSERT INTO consolidating_measure AS m (enterprise_id, id, piece_id, owner, length_mm, width_mm,
        height_mm, turn, bears_g, floor_only, un_no, dg_class, destination, due_on, measured_at,
        measured_by)
    SELECT %(enterprise)s, e.*, %(at)s, %(by)s
    FROM unnest(%(ids)s::uuid[], %(pieces)s::uuid[], %(owner)s::text[], %(length_mm)s::int[],
        %(width_mm)s::int[], %(height_mm)s::int[], %(turn)s::text[], %(bears_g)s::int[],
        %(floor_only)s::bool[], %(un_no)s::text[], %(dg_class)s::text[], %(destination)s::text[],
        %(due_on)s::date[]) AS e
    ORDER BY 2
    ON CONFLICT (enterprise_id, piece_id) DO UPDATE SET
        (owner, length_mm, width_mm, height_mm, turn, bears_g, floor_only, un_no, dg_class,
            destination, due_on, measured_at, measured_by)
        = (EXCLUDED.owner, EXCLUDED.length_mm, EXCLUDED.width_mm, EXCLUDED.height_mm, EXCLUDED.turn,
            EXCLUDED.bears_g, EXCLUDED.floor_only, EXCLUDED.un_no, EXCLUDED.dg_class,
            EXCLUDED.destination, EXCLUDED.due_on, EXCLUDED.measured_at, EXCLUDED.measured_by)
"""
_SAID: Final = (
    "owner", "length_mm", "width_mm", "height_mm", "turn", "bears_g", "floor_only", "un_no",
    "dg_class", "destination", "due_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewMeasure:
    """Of the piece with this mark: its owner, millimetres, grams that may lie on it."""

    mark: str
    owner: str
    length_mm: int
    width_mm: int
    height_mm: int
    turn: Turn = "flat"
    bears_g: int = 0
    floor_only: bool = False
    un_no: str = ""
    dg_class: str = ""
    destination: str = ""
    due_on: date | None = None


@transaction.atomic
def measure(measures: Sequence[NewMeasure]) -> int:
    """Say what pieces measure; told anew, a piece's measure is put right. Plans stay as they are.

    Returns:
        how many pieces were measured.

    Raises:
        Unfit: marks that stand there twice or belong to no piece, half a dangerous good; all.
    """
    asked = f"Cannot measure {len(measures):,} piece{'' if len(measures) == 1 else 's'}."
    given: dict[str, Any] = {
        "enterprise": acting().enterprise,
        "marks": [each.mark for each in measures],
    }
    many = planned_for(len(measures))
    with raw_cursor() as cursor:
        known = dict(cursor.execute(_KNOWN, given, prepare=many).fetchall())
        faults = _faults(measures, known)
        if faults:
            raise unfit(Unfit, asked, faults)
        cursor.execute(_PUT, _columns(measures, known), prepare=many)
    record("pieces.measured", f"{len(measures):,} pieces", pieces=len(measures))
    return len(measures)


def _faults(measures: Sequence[NewMeasure], known: dict[str, Any]) -> list[Fault]:
    faults = []
    places: dict[str, int] = {}
    for row, each in enumerate(measures, 1):
        if places.setdefault(each.mark, row) != row:
            faults.append(Fault("mark", shown(each.mark), "each mark once", row))
        elif each.mark not in known:
            faults.append(Fault("mark", shown(each.mark), "the mark of an announced piece", row))
        if bool(each.un_no) != bool(each.dg_class):
            said = shown(each.un_no or each.dg_class)
            faults.append(Fault("dg_class", said, "UN number and class, or neither", row))
    return faults


def _columns(measures: Sequence[NewMeasure], known: dict[str, Any]) -> dict[str, Any]:
    return {
        "enterprise": acting().enterprise,
        "at": timezone.now(),
        "by": acting().actor,
        "ids": [new_id() for _ in measures],
        "pieces": [known[each.mark] for each in measures],
        **{name: [getattr(each, name) for each in measures] for name in _SAID},
    }
