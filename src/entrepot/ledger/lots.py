# SPDX-License-Identifier: Apache-2.0
"""Walk a lot: where the units in a place came from, and where they went from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from entrepot.people.database import stream
from entrepot.people.tenancy import acting

Direction = Literal["back", "on"]

_MOVEMENTS = """
    SELECT m.document_id, m.line, d.kind, d.number, m."on", m.quantity, m.from_place, m.to_place
    FROM ledger_movement AS m
    JOIN ledger_document AS d ON d.enterprise_id = m.enterprise_id AND d.id = m.document_id
    WHERE m.enterprise_id = %(enterprise)s AND m.lot = %(lot)s AND m.lot <> ''
        AND m.item = %(item)s
    ORDER BY m.document_id {order}, m.line {order}
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One movement of a lot, and how many hops from the place that was asked about it lies."""

    hops: int
    document: UUID
    line: int
    kind: str
    number: str
    on: date
    quantity: int
    from_place: str
    to_place: str


def walk(
    item: str, lot: str, place: str, direction: Direction, most_hops: int = 100, most: int = 1000
) -> list[Step]:
    """The movements of a lot that lead to a place, or on from it, in the order of the walk.

    Rows are read once, in the order of posting: what left a place before anything had come there
    is not on the way. Walking back, the latest comes first.

    Args:
        most_hops: how many hops away a movement may lie.
        most: how many movements are given back.
    """
    given = {"enterprise": acting().enterprise, "item": item, "lot": lot}
    order = "ASC" if direction == "on" else "DESC"
    rows = stream(_MOVEMENTS.format(order=order), given, at_once=1000)
    steps = []
    for step in _steps(rows, place, direction, most_hops):
        steps.append(step)
        if len(steps) == most:
            break
    return steps


def _steps(
    rows: Iterable[tuple[Any, ...]], place: str, direction: Direction, most_hops: int
) -> Iterator[Step]:
    hops = {place: 0}
    for document, line, kind, number, on, quantity, from_place, to_place in rows:
        near, far = (from_place, to_place) if direction == "on" else (to_place, from_place)
        so_far = hops.get(near)
        if so_far is None or so_far >= most_hops:
            continue
        hops[far] = min(hops.get(far, so_far + 1), so_far + 1)
        yield Step(so_far + 1, document, line, kind, number, on, quantity, from_place, to_place)
