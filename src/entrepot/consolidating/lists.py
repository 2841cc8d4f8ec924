# SPDX-License-Identifier: Apache-2.0
"""The lists of pieces, steps and containers: statements whose rows come in the order of an index.

`{after}`, `{order}` and `{limit}` are filled in by `web.paging`; values are parameters.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from entrepot.consolidating.rules import STATES
from entrepot.ledger.lists import List
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: No text sorts after a prefix followed by this.
_LAST: Final = "\U0010ffff"
_PIECE: Final = """
    SELECT r.* FROM (
        SELECT p.id, p.mark, p.state, p.declaration_no, p.consignment, p.description, p.weight_g,
            p.volume_cm3, p.site, p.location, p.container_id, p.disposition, p.reason, p.steps,
            p.changed_at, p.created_at, p.created_by,
            (SELECT c.number FROM consolidating_container AS c
             WHERE c.enterprise_id = %(enterprise)s AND c.id = p.container_id) AS container
        FROM consolidating_piece AS p
        WHERE p.enterprise_id = %(enterprise)s AND {where}
    ) AS r WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""
_STEPS: Final = """
    SELECT r.* FROM (
        SELECT s.id, s.step_no, s.number, s.event, s.was, s.became, s.site, s.location,
            s.container_id, s.seal_no, s.declaration_no, s.disposition, s.reason, s.happened_at,
            s.recorded_at, s.recorded_by,
            (SELECT c.number FROM consolidating_container AS c
             WHERE c.enterprise_id = %(enterprise)s AND c.id = s.container_id) AS container
        FROM consolidating_step AS s
        WHERE s.enterprise_id = %(enterprise)s AND s.piece_id = %(piece)s
    ) AS r WHERE {after} ORDER BY {order} LIMIT {limit}
"""
_CONTAINERS: Final = """
    SELECT r.* FROM (
        SELECT c.id, c.number, c.site, c.state, c.seal_no, c.opened_at, c.opened_by, c.sealed_at,
            c.departed_at, i.pieces, i.weight_g, i.volume_cm3
        FROM consolidating_container AS c
        CROSS JOIN LATERAL (
            SELECT count(*) AS pieces, coalesce(sum(p.weight_g), 0)::bigint AS weight_g,
                coalesce(sum(p.volume_cm3), 0)::bigint AS volume_cm3
            FROM consolidating_piece AS p
            WHERE p.enterprise_id = %(enterprise)s AND p.container_id = c.id
            OFFSET 0
        ) AS i
        WHERE c.enterprise_id = %(enterprise)s AND {where}
    ) AS r WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""
#: For each piece in a container, when it went its last step of each kind, and who inspected it.
_RECORD: Final = """
    SELECT r.*, s.* FROM (
        SELECT p.id, p.mark, p.declaration_no, p.consignment, p.description, p.weight_g,
            p.volume_cm3, p.state, p.site
        FROM consolidating_piece AS p
        WHERE p.enterprise_id = %(enterprise)s AND p.container_id = %(container)s
    ) AS r
    CROSS JOIN LATERAL (
        SELECT {steps},
            CASE WHEN max(s.happened_at) FILTER (WHERE s.event = 'passed') IS NOT NULL
                THEN 'passed' ELSE 'not_selected' END AS inspection,
            (array_agg(s.recorded_by ORDER BY s.step_no DESC)
                FILTER (WHERE s.event IN ('passed', 'not_selected')))[1] AS inspected_by
        FROM consolidating_step AS s
        WHERE s.enterprise_id = %(enterprise)s AND s.piece_id = r.id
        OFFSET 0
    ) AS s
    WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""
#: Steps of a record, in their order.
RECORDED: Final = (
    "arrived", "declared", "selected", "not_selected", "inspecting", "passed", "released",
    "consolidated", "sealed", "loaded", "gate_out", "departed",
)  # fmt: skip
#: The pieces of a planned container in the order of loading, with where each is now; container 0
#: are those left out.
_PLANNED: Final = """
    SELECT r.* FROM (
        SELECT q.id, q.container_no, q.place_no, q.piece_id, q.mark, q.owner, q.x_mm, q.y_mm,
            q.z_mm, q.along_mm, q.across_mm, q.up_mm, q.weight_g, q.dg_class, q.reason,
            p.state, p.location,
            (SELECT c.number FROM consolidating_container AS c
             WHERE c.enterprise_id = %(enterprise)s AND c.id = p.container_id) AS container,
            p.container_id
        FROM consolidating_plannedpiece AS q
        JOIN consolidating_piece AS p
            ON p.enterprise_id = %(enterprise)s AND p.id = q.piece_id
        WHERE q.enterprise_id = %(enterprise)s AND q.plan_id = %(plan)s AND {where}
    ) AS r WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""
_PLANS: Final = """
    SELECT r.* FROM (
        SELECT l.id, l.number, l.site, l.leaves_on, l.pieces, l.placed, l.pieces - l.placed AS out,
            l.cut_short, l.made_at, l.made_by,
            (SELECT count(*) FROM consolidating_plannedcontainer AS c
             WHERE c.enterprise_id = %(enterprise)s AND c.plan_id = l.id) AS containers,
            coalesce(l.id = (SELECT h.plan_id FROM consolidating_choice AS h
             WHERE h.enterprise_id = %(enterprise)s AND h.site = l.site
             ORDER BY h.id DESC LIMIT 1), false) AS is_chosen
        FROM consolidating_loadplan AS l
        WHERE l.enterprise_id = %(enterprise)s AND {where}
    ) AS r WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""
_COUNTS: Final = """
    SELECT state, count(*) FROM consolidating_piece
    WHERE enterprise_id = %(enterprise)s AND state = ANY(%(states)s) GROUP BY state
"""


def pieces(
    mark: str = "",
    state: str = "",
    site: str = "",
    declaration_no: str = "",
    container: UUID | None = None,
) -> List:
    """Pieces, the latest first; by mark where marks are asked for, or those of a container."""
    where, given = ["TRUE"], {}
    for name, value in (("state", state), ("site", site), ("declaration_no", declaration_no)):
        if value:
            where.append(f"p.{name} = %({name})s")
            given[name] = value
    if mark:
        where.append("p.mark >= %(mark)s AND p.mark < %(mark_end)s")
        given |= {"mark": mark, "mark_end": mark + _LAST}
    if container is not None:
        where.append("p.container_id = %(container)s")
        given["container"] = container  # type: ignore[assignment]
    by = ("mark",) if mark or container is not None else ("-id",)
    return List(_PIECE.format(where=" AND ".join(where)), given, by)


def steps(piece: UUID) -> List:
    """What happened to a piece, in order."""
    return List(_STEPS, {"piece": piece}, ("step_no",))


def containers(number: str = "", state: str = "", site: str = "") -> List:
    """Containers, the latest first, each with what is in it."""
    where, given = ["TRUE"], {}
    for name, value in (("number", number), ("state", state), ("site", site)):
        if value:
            where.append(f"c.{name} = %({name})s")
            given[name] = value
    return List(_CONTAINERS.format(where=" AND ".join(where)), given, ("-id",))


def record(container: UUID) -> List:
    """The record of a container: each piece in it, with when each of its steps was."""
    times = ", ".join(
        f"max(s.happened_at) FILTER (WHERE s.event = '{event}') AS {event}_at" for event in RECORDED
    )
    return List(_RECORD.format(steps=times), {"container": container}, ("mark",))


def plans(site: str = "", id: UUID | None = None) -> List:
    """Plans, the latest first, and whether a site is loaded by each."""
    where, given = ["TRUE"], {}
    if site:
        where.append("l.site = %(site)s")
        given["site"] = site
    if id is not None:
        where.append("l.id = %(id)s")
        given["id"] = id  # type: ignore[assignment]
    return List(_PLANS.format(where=" AND ".join(where)), given, ("-number",))


def planned(plan: UUID, container_no: int) -> List:
    """What a plan puts into a container, in the order of loading; 0: what it left out."""
    where = "q.container_no = %(container_no)s"
    given = {"plan": plan, "container_no": container_no}
    return List(_PLANNED.format(where=where), given, ("place_no", "mark"))


def all_planned(plan: UUID) -> List:
    """All that a plan says: container by container, then what it left out."""
    return List(_PLANNED.format(where="TRUE"), {"plan": plan}, ("container_no", "place_no", "mark"))


def next_of(plan: UUID, container_no: int) -> dict[str, object] | None:
    """The piece that is loaded next: the first in order that is released and in no container."""
    with raw_cursor() as cursor:
        given = {
            "enterprise": acting().enterprise, "plan": plan, "container_no": container_no,
            "state": "released",
        }  # fmt: skip
        where = "q.container_no = %(container_no)s AND p.state = %(state)s"
        statement = _PLANNED.format(where=where).format(
            after="TRUE", order="place_no, mark", limit="1"
        )
        found = cursor.execute(statement, given)
        names = [each.name for each in found.description or ()]
        row = found.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def counts() -> dict[str, int]:
    """How many pieces are in each state; those that departed are not counted."""
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, "states": list(STATES[:-1])}
        found = cursor.execute(_COUNTS, given).fetchall()
    return dict(found)
