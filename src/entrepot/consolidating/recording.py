# SPDX-License-Identifier: Apache-2.0
"""Record what happens to pieces: one scan or ten thousand rows, each once, in the same statements.

Containers are locked before pieces, and both in the order of their keys, so that nobody waits for
each other in a ring. A piece that goes several steps in one call goes them in rounds: the database
looks at every one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from psycopg import Cursor

from entrepot.catalog.actions import unfit
from entrepot.catalog.forms import Fault
from entrepot.consolidating.judging import Box, Happened, Judged, Scene, Standing, Told
from entrepot.consolidating.refusals import Unfit
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: Those that are named, and those in which named pieces are.
_BOXES: Final = """
    SELECT c.id, c.number, c.site, c.state FROM consolidating_container AS c
    WHERE c.enterprise_id = %(enterprise)s AND c.state <> 'departed'
        AND (c.number = ANY(%(numbers)s) OR c.id IN (
            SELECT p.container_id FROM consolidating_piece AS p
            WHERE p.enterprise_id = %(enterprise)s AND p.mark = ANY(%(out)s)))
    ORDER BY c.id
    FOR SHARE
"""
_PIECES: Final = """
    SELECT p.id, p.mark, p.state, p.steps, p.site, p.declaration_no, p.container_id, p.disposition
    FROM consolidating_piece AS p
    WHERE p.enterprise_id = %(enterprise)s AND p.mark = ANY(%(marks)s)
    ORDER BY p.id
    FOR NO KEY UPDATE
"""
_KNOWN: Final = """
    SELECT s.piece_id, s.number, s.event, s.became
    FROM unnest(%(pieces)s::uuid[], %(numbers)s::text[]) AS e (piece_id, number)
    JOIN consolidating_step AS s ON s.enterprise_id = %(enterprise)s
        AND s.piece_id = e.piece_id AND s.number = e.number
"""
_ADD: Final = """
    INSERT INTO consolidating_step (enterprise_id, id, piece_id, number, step_no, event, was,
        became, site, location, container_id, seal_no, declaration_no, disposition, reason,
        happened_at, recorded_at, recorded_by)
    SELECT %(enterprise)s, e.id, e.piece_id, e.number, e.step_no, e.event, e.was, e.became, e.site,
        e.location, e.container_id, '', e.declaration_no, e.disposition, e.reason, e.happened_at,
        %(at)s, %(by)s
    FROM unnest(%(ids)s::uuid[], %(pieces)s::uuid[], %(numbers)s::text[], %(step_nos)s::int[],
        %(events)s::text[], %(was)s::text[], %(became)s::text[], %(sites)s::text[],
        %(locations)s::text[], %(containers)s::uuid[], %(declarations)s::text[],
        %(dispositions)s::text[], %(reasons)s::text[], %(moments)s::timestamptz[])
        AS e (id, piece_id, number, step_no, event, was, became, site, location, container_id,
            declaration_no, disposition, reason, happened_at)
    ORDER BY e.piece_id
"""
_GO: Final = """
    UPDATE consolidating_piece AS p SET state = s.became, steps = s.step_no, site = s.site,
        location = coalesce(nullif(s.location, ''), p.location),
        container_id = CASE WHEN s.event = 'taken_out' THEN NULL ELSE s.container_id END,
        declaration_no = s.declaration_no, disposition = s.disposition, reason = s.reason,
        changed_at = %(at)s
    FROM consolidating_step AS s
    WHERE s.enterprise_id = %(enterprise)s AND s.id = ANY(%(ids)s)
        AND p.enterprise_id = %(enterprise)s AND p.id = s.piece_id
"""


def record(happened: Sequence[Happened]) -> list[Told]:
    """Record events in their order; one result for each.

    What was recorded before is answered as it was. Nothing is raised for a single event, and one
    that is refused holds up no other: see `Told.refusal`.
    """
    with raw_cursor() as cursor:
        scene = _scene(cursor, happened)
        told = [scene.judge(each) for each in happened]
        for round_ in _rounds(scene.steps):
            _write(cursor, round_)
    return told


@transaction.atomic
def record_all(happened: Sequence[Happened]) -> int:
    """Record events, all of them or none.

    Returns:
        how many were new.

    Raises:
        Unfit: events that cannot happen; every one with its reason.
    """
    told = record(happened)
    faults = [
        Fault("event", f"{said.event} of {said.mark}", each.refusal.found.removesuffix("."), row)
        for row, (said, each) in enumerate(zip(happened, told, strict=True), 1)
        if each.refusal is not None
    ]
    if faults:
        many = "" if len(happened) == 1 else "s"
        raise unfit(Unfit, f"Cannot record {len(happened):,} event{many}.", faults)
    return sum(each.is_new for each in told)


def _scene(cursor: Cursor[Any], happened: Sequence[Happened]) -> Scene:
    """Containers, pieces and known events, locked in this order."""
    many = planned_for(len(happened))
    given = {"enterprise": acting().enterprise}
    numbers = sorted({each.container for each in happened if each.container})
    out = sorted({each.mark for each in happened if each.event == "taken_out"})
    boxes = {}
    if numbers or out:
        # Pieces that are put in and taken out in one call are of named containers.
        asked = {**given, "numbers": numbers, "out": out}
        boxes = {row[1]: Box(*row) for row in cursor.execute(_BOXES, asked, prepare=many)}
    marks = sorted({each.mark for each in happened})
    rows = cursor.execute(_PIECES, {**given, "marks": marks}, prepare=many).fetchall()
    pieces = {row[1]: Standing(*row) for row in rows}
    pairs = [(pieces[each.mark].id, each.number) for each in happened if each.mark in pieces]
    asked = {**given, "pieces": [id for id, _ in pairs], "numbers": [no for _, no in pairs]}
    known = {
        (piece, number): (event, became)
        for piece, number, event, became in cursor.execute(_KNOWN, asked, prepare=many)
    }
    return Scene(pieces, boxes, known)


def _rounds(steps: Sequence[Judged]) -> Iterator[list[Judged]]:
    """The first steps of all pieces, then the second, and so on."""
    rounds: list[list[Judged]] = []
    went: dict[UUID, int] = {}
    for step in steps:
        at = went.get(step.piece, 0)
        went[step.piece] = at + 1
        if at == len(rounds):
            rounds.append([])
        rounds[at].append(step)
    yield from rounds


def _write(cursor: Cursor[Any], steps: Sequence[Judged]) -> None:
    """Steps of different pieces, and where they lead them."""
    now = timezone.now()
    ids = [new_id() for _ in steps]
    given: dict[str, Any] = {
        "enterprise": acting().enterprise,
        "at": now,
        "by": acting().actor,
        "ids": ids,
        "pieces": [each.piece for each in steps],
        "numbers": [each.said.number for each in steps],
        "step_nos": [each.step_no for each in steps],
        "events": [each.said.event for each in steps],
        "was": [each.was for each in steps],
        "became": [each.became for each in steps],
        "sites": [each.site for each in steps],
        "locations": [each.said.location for each in steps],
        "containers": [each.container for each in steps],
        "declarations": [each.declaration_no for each in steps],
        "dispositions": [each.said.disposition if each.became == "failed" else ""
                         for each in steps],
        "reasons": [each.said.reason for each in steps],
        "moments": [_moment(each.said.at, now) for each in steps],
    }  # fmt: skip
    many = planned_for(len(steps))
    cursor.execute(_ADD, given, prepare=many)
    cursor.execute(_GO, {name: given[name] for name in ("enterprise", "at", "ids")}, prepare=many)


def _moment(at: datetime | None, now: datetime) -> datetime:
    """When it was done; a hand-held whose clock is ahead did it now."""
    return now if at is None else min(at, now)
