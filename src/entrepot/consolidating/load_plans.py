# SPDX-License-Identifier: Apache-2.0
"""Make plans of what lies at a site, keep them, and choose by which of them is loaded.

Only what may be loaded is planned (`rules.may_be_loaded`); what lies there and is not released, or
was not measured, stands among what was left out. A plan is checked before it is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from entrepot.consolidating import terms
from entrepot.consolidating.models import Choice, LoadPlan, PlannedContainer, PlannedPiece, Terms
from entrepot.consolidating.planning.cargo import Loaded, Piece, Plan
from entrepot.consolidating.planning.checking import faults
from entrepot.consolidating.planning.planner import Watch, plan
from entrepot.consolidating.refusals import Lacking
from entrepot.consolidating.rules import INSIDE, STATES, may_be_loaded
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: Pieces of one plan.
MOST_PIECES: Final = 5_000
#: Seconds after which the best plan so far is kept.
SECONDS: Final = 10
#: Why a piece of the desk is left out before anything is planned; see `planning.cargo.REASONS`.
NOT_RELEASED, NOT_MEASURED = "not_released", "not_measured"
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_THERE: Final = """
    SELECT p.id, p.mark, p.state, p.weight_g, coalesce(m.owner, '') AS owner, m.length_mm,
        m.width_mm, m.height_mm, m.turn, m.bears_g, m.floor_only, m.un_no, m.dg_class,
        m.destination, m.due_on
    FROM consolidating_piece AS p
    LEFT JOIN consolidating_measure AS m
        ON m.enterprise_id = %(enterprise)s AND m.piece_id = p.id
    WHERE p.enterprise_id = %(enterprise)s AND p.state = ANY(%(states)s) AND p.site = %(site)s
    ORDER BY p.mark
    LIMIT %(most)s
"""


def make(
    site: str, leaves_on: date | None, seconds: int, progress: Callable[[int, int], None]
) -> LoadPlan:
    """Plan what lies at a site, keep the plan, and load by it where no plan was chosen before.

    Args:
        leaves_on: what is due by then goes first.
        progress: told how far it is; may raise to stop, and then nothing is kept.

    Raises:
        Lacking: no kinds of containers were set, nothing lies there, or more than one plan takes.
    """
    asked = f"Cannot plan what lies at {site}."
    kept = terms.current()
    if not kept.kinds:
        remedy = "Set the kinds of containers under the loading rules."
        raise Lacking(asked, "No kinds of containers are set.", remedy)
    rows = _there(site)
    if not rows:
        remedy = "Say that pieces arrived there first."
        raise Lacking(asked, "Nothing that could be loaded lies there.", remedy)
    if len(rows) > MOST_PIECES:
        remedy = "Load a part of them first."
        raise Lacking(asked, f"More than {MOST_PIECES} pieces lie there.", remedy)
    lies = {row["mark"]: row for row in rows}
    before = {mark: why for mark, row in lies.items() if (why := _why_not(row))}
    pieces = [_piece(row, leaves_on) for mark, row in lies.items() if mark not in before]
    given = terms.asked_of(kept)
    end = time.monotonic() + seconds
    found = plan(pieces, given, Watch(progress, lambda: time.monotonic() > end))
    wrong = faults(found, pieces, given.kinds, given.limits, given.pairs)
    if wrong:  # a mistake of the program, which nobody is asked to mend
        raise RuntimeError("; ".join(wrong[:5]))
    return _keep(site, kept, leaves_on, found, lies, before)


def _there(site: str) -> list[dict[str, Any]]:
    states = [each for each in STATES if each != "ordered" and each not in INSIDE]
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, "states": states, "site": site,
                 "most": MOST_PIECES + 1}  # fmt: skip
        found = cursor.execute(_THERE, given)
        names = [each.name for each in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found]


def _why_not(row: Mapping[str, Any]) -> str:
    if not may_be_loaded(row["state"]):
        return NOT_RELEASED
    return NOT_MEASURED if row["length_mm"] is None else ""


def _piece(row: Mapping[str, Any], leaves_on: date | None) -> Piece:
    due = row["due_on"]
    return Piece(
        row["mark"], row["owner"], row["length_mm"], row["width_mm"], row["height_mm"],
        row["weight_g"], row["turn"], row["bears_g"], row["floor_only"], row["un_no"],
        row["dg_class"], row["destination"], bool(due and leaves_on and due <= leaves_on),
    )  # fmt: skip


@transaction.atomic
def _keep(
    site: str,
    kept: Terms,
    leaves_on: date | None,
    found: Plan,
    lies: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, str],
) -> LoadPlan:
    by = acting()
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"load-plan:{by.enterprise}"])
    last = LoadPlan.objects.aggregate(last=Max("number"))["last"] or 0
    placed = sum(len(each.placed) for each in found.loaded)
    made = LoadPlan.objects.create(
        number=last + 1, site=site, terms=kept, leaves_on=leaves_on, pieces=len(lies),
        placed=placed, cut_short=found.cut_short, made_by=by.actor,
    )  # fmt: skip
    PlannedContainer.objects.bulk_create([_container(made, each) for each in found.loaded])
    PlannedPiece.objects.bulk_create(list(_planned(made, found, lies, before)), batch_size=1_000)
    record("load_plan.made", str(made.number), site=site, placed=placed, pieces=len(lies))
    if not Choice.objects.filter(site=site).exists():
        choose(made.id)
    return made


def _container(made: LoadPlan, one: Loaded) -> PlannedContainer:
    x, y, z = one.centre()
    return PlannedContainer(
        id=new_id(), plan=made, container_no=one.number, kind=one.kind.kind,
        destination=one.destination, length_mm=one.kind.length, width_mm=one.kind.width,
        height_mm=one.kind.height, pieces=len(one.placed), weight_g=one.weight_g,
        volume_cm3=-(-one.volume // 1000), filled_percent=100 * one.volume // one.kind.volume,
        centre_x_mm=x, centre_y_mm=y, centre_z_mm=z,
    )  # fmt: skip


def _planned(
    made: LoadPlan,
    found: Plan,
    lies: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, str],
) -> Iterator[PlannedPiece]:
    def row(mark: str, **says: Any) -> PlannedPiece:
        known = lies[mark]
        said = {
            "piece_id": known["id"], "owner": known["owner"], "weight_g": known["weight_g"],
            "dg_class": known["dg_class"] or "", "container_no": 0, "place_no": 0,
        }  # fmt: skip
        return PlannedPiece(id=new_id(), plan=made, mark=mark, **(said | says))

    for one in found.loaded:
        for place, each in enumerate(one.placed, 1):
            yield row(
                each.piece.piece, container_no=one.number, place_no=place, x_mm=each.x,
                y_mm=each.y, z_mm=each.z, along_mm=each.long, across_mm=each.wide,
                up_mm=each.high,
            )  # fmt: skip
    out: Sequence[tuple[str, str]] = [
        *((each.piece.piece, each.reason) for each in found.out), *before.items()
    ]  # fmt: skip
    for mark, reason in sorted(out):
        yield row(mark, reason=reason)


@transaction.atomic
def choose(id: UUID) -> Choice:
    """Load by a plan from now on; an older one is chosen again in the same way.

    Raises:
        LoadPlan.DoesNotExist: there is none.
    """
    found = LoadPlan.objects.get(id=id)
    latest = chosen(found.site)
    if latest is not None and latest.plan_id == id:
        return latest
    made = Choice.objects.create(plan=found, site=found.site, chosen_by=acting().actor)
    record("load_plan.chosen", str(found.number), site=found.site)
    return made


def chosen(site: str) -> Choice | None:
    """By which plan is loaded at a site."""
    return Choice.objects.filter(site=site).order_by("-id").first()
