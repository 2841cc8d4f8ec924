# SPDX-License-Identifier: Apache-2.0
"""Announce pieces: packages that are ordered to a site, each by its mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from entrepot.catalog.actions import unfit
from entrepot.catalog.forms import Fault, shown
from entrepot.consolidating.refusals import Unfit
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

_ADD: Final = """
    INSERT INTO consolidating_piece (enterprise_id, id, mark, weight_g, volume_cm3, declaration_no,
        consignment, description, state, site, location, disposition, reason, steps, changed_at,
        created_at, created_by)
    SELECT %(enterprise)s, p.*, 'ordered', '', '', '', '', 0, %(at)s, %(at)s, %(by)s
    FROM unnest(%(ids)s::uuid[], %(marks)s::text[], %(weights)s::int[], %(volumes)s::int[],
        %(declarations)s::text[], %(consignments)s::text[], %(descriptions)s::text[])
        AS p (id, mark, weight_g, volume_cm3, declaration_no, consignment, description)
    ORDER BY p.mark
    ON CONFLICT (enterprise_id, mark) DO NOTHING
    RETURNING mark
"""
#: A declaration may have been named since; what a piece was announced with is compared.
_KNOWN: Final = """
    SELECT mark, weight_g, volume_cm3, declaration_no, consignment, description
    FROM consolidating_piece
    WHERE enterprise_id = %(enterprise)s AND mark = ANY(%(marks)s)
"""


@dataclass(frozen=True, slots=True)
class NewPiece:
    """A package; `declaration_no` of a declaration or list, `consignment` its number."""

    mark: str
    weight_g: int
    volume_cm3: int
    declaration_no: str = ""
    consignment: str = ""
    description: str = ""


@transaction.atomic
def announce(pieces: Sequence[NewPiece]) -> int:
    """Announce pieces; the same sent again are the same.

    Returns:
        how many were new.

    Raises:
        Unfit: marks that stand there twice, or that say something else than before; all of them.
    """
    asked = f"Cannot announce {len(pieces):,} piece{'' if len(pieces) == 1 else 's'}."
    places: dict[str, int] = {}
    faults = [
        Fault("mark", shown(each.mark), "each mark once", row)
        for row, each in enumerate(pieces, 1)
        if places.setdefault(each.mark, row) != row
    ]
    if faults:
        raise unfit(Unfit, asked, faults)
    with raw_cursor() as cursor:
        prepare = planned_for(len(pieces))
        new = {mark for (mark,) in cursor.execute(_ADD, _given(pieces), prepare=prepare)}
        known = {}
        if len(new) < len(pieces):
            given = {"enterprise": acting().enterprise, "marks": sorted(places.keys() - new)}
            known = {row[0]: row for row in cursor.execute(_KNOWN, given, prepare=prepare)}
    faults = [
        Fault("mark", shown(each.mark), "a mark of its own: it says something else", row)
        for row, each in enumerate(pieces, 1)
        if each.mark in known and not _is_same(astuple(each), known[each.mark])
    ]
    if faults:
        raise unfit(Unfit, asked, faults)
    return len(new)


def _is_same(said: tuple[Any, ...], kept: tuple[Any, ...]) -> bool:
    """Whether a piece is announced as it was; the declaration may have been named meanwhile."""
    return said == kept or (not said[3] and said[:3] + said[4:] == kept[:3] + kept[4:])


def _given(pieces: Sequence[NewPiece]) -> dict[str, Any]:
    return {
        "enterprise": acting().enterprise,
        "at": timezone.now(),
        "by": acting().actor,
        "ids": [new_id() for _ in pieces],
        "marks": [each.mark for each in pieces],
        "weights": [each.weight_g for each in pieces],
        "volumes": [each.volume_cm3 for each in pieces],
        "declarations": [each.declaration_no for each in pieces],
        "consignments": [each.consignment for each in pieces],
        "descriptions": [each.description for each in pieces],
    }
