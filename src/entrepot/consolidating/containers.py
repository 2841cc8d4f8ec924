# SPDX-License-Identifier: Apache-2.0
"""Containers at a site: opened, sealed with the number of the seal, loaded, out of the gate, gone.

What happens to a container happens to every piece in it, as a step of each. Asked again, what was
done is answered as it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from entrepot.consolidating.models import Container
from entrepot.consolidating.refusals import Lacking, SaysOtherwise, WrongState
from entrepot.consolidating.rules import CONTAINER_STATES, CONTAINER_STEPS, PIECES_OF, Event
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: One statement for all pieces, however many.
_ADD: Final = """
    INSERT INTO consolidating_step (enterprise_id, id, piece_id, number, step_no, event, was,
        became, site, location, container_id, seal_no, declaration_no, disposition, reason,
        happened_at, recorded_at, recorded_by)
    SELECT %(enterprise)s, gen_random_uuid(), p.id, %(number)s, p.steps + 1, %(event)s, p.state,
        %(became)s, p.site, '', p.container_id, %(seal_no)s, p.declaration_no, '', '',
        %(happened_at)s, %(at)s, %(by)s
    FROM consolidating_piece AS p
    WHERE p.enterprise_id = %(enterprise)s AND p.container_id = %(container)s
        AND p.state = %(was)s
    ORDER BY p.id
"""
_GO: Final = """
    UPDATE consolidating_piece AS p SET state = %(became)s, steps = p.steps + 1, changed_at = %(at)s
    WHERE p.enterprise_id = %(enterprise)s AND p.container_id = %(container)s AND p.state = %(was)s
"""
_LOCK: Final = """
    SELECT FROM consolidating_piece AS p
    WHERE p.enterprise_id = %(enterprise)s AND p.container_id = %(container)s
    ORDER BY p.id FOR NO KEY UPDATE
"""


@transaction.atomic
def open_container(number: str, site: str) -> Container:
    """Open a container at a site; one that is open there already is that one.

    Raises:
        SaysOtherwise: it stands at another site.
        WrongState: it is sealed, and has not departed.
    """
    asked = f"Cannot open container {number} at {site}."
    with raw_cursor() as cursor:
        cursor.execute(_OPEN, {
            "enterprise": acting().enterprise, "id": new_id(), "number": number, "site": site,
            "at": timezone.now(), "by": acting().actor,
        })  # fmt: skip
    found = Container.objects.exclude(state="departed").get(number=number)
    if found.site != site:
        remedy = "Let it depart there first, or read its number again."
        raise SaysOtherwise(asked, "It stands at another site.", remedy)
    if found.state != "open":
        remedy = "Its number is free again once it has departed."
        raise WrongState(asked, f"It is {found.state}.", remedy, state=found.state)
    return found


_OPEN: Final = """
    INSERT INTO consolidating_container (enterprise_id, id, number, site, state, seal_no, opened_at,
        opened_by)
    VALUES (%(enterprise)s, %(id)s, %(number)s, %(site)s, 'open', '', %(at)s, %(by)s)
    ON CONFLICT (enterprise_id, number) WHERE NOT (state = 'departed') DO NOTHING
"""


def seal(id: UUID, seal_no: str, at: datetime | None = None) -> Container:
    """Close a container with a seal; sealed with the same seal already, it stays as it is.

    Raises:
        Lacking: nothing is in it.
        SaysOtherwise: it bears another seal.
    """
    return _go(id, "sealed", at, seal_no)


def load(id: UUID, at: datetime | None = None) -> Container:
    """Put a sealed container on what takes it away.

    Raises:
        WrongState: it is not sealed.
    """
    return _go(id, "loaded", at)


def gate_out(id: UUID, at: datetime | None = None) -> Container:
    """Let a loaded container out of the gate.

    Raises:
        WrongState: it is not loaded.
    """
    return _go(id, "gate_out", at)


def depart(id: UUID, at: datetime | None = None) -> Container:
    """Say that a container has left the country; its number is free again.

    Raises:
        WrongState: it is not out of the gate.
    """
    return _go(id, "departed", at)


@transaction.atomic
def _go(id: UUID, event: Event, at: datetime | None, seal_no: str = "") -> Container:
    found = Container.objects.select_for_update().get(id=id)
    begins, ends = CONTAINER_STEPS[event]
    asked = f"Cannot record {event} of container {found.number}."
    if seal_no and found.seal_no and seal_no != found.seal_no:
        said = f"It bears seal {found.seal_no}, not {seal_no}."
        raise SaysOtherwise(asked, said, "Compare the seal; nothing was changed.")
    if CONTAINER_STATES.index(found.state) >= CONTAINER_STATES.index(ends):
        return found
    if found.state != begins:
        remedy = "Say first what comes before."
        raise WrongState(asked, f"It is {found.state}.", remedy, state=found.state, begins=begins)
    now = timezone.now()
    happened_at = now if at is None else min(at, now)
    was, became = PIECES_OF[event]
    given: dict[str, Any] = {
        "enterprise": acting().enterprise, "container": id, "event": event, "was": was,
        "became": became, "number": f"{event}-{new_id()}", "seal_no": seal_no or found.seal_no,
        "happened_at": happened_at, "at": now, "by": acting().actor,
    }  # fmt: skip
    with raw_cursor() as cursor:
        cursor.execute(_LOCK, given)
        if cursor.execute(_ADD, given).rowcount == 0:
            raise Lacking(asked, "Nothing is in it.", "Load pieces first.")
        cursor.execute(_GO, given)
    found.state = ends
    if event == "sealed":
        found.seal_no, found.sealed_at = seal_no, happened_at
    if event == "departed":
        found.departed_at = happened_at
    found.save(update_fields=["state", "seal_no", "sealed_at", "departed_at"])
    record(f"container.{event}", found.number, seal_no=found.seal_no)
    return found
