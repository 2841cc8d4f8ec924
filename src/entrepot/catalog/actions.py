# SPDX-License-Identifier: Apache-2.0
"""Add, change and put masters out of use: one at a time, or thousands together.

Called within an enterprise (`people.tenancy.within`). Nothing is deleted: the book names masters
by their codes, which therefore never change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from entrepot.catalog.forms import Fault
from entrepot.catalog.models import Master
from entrepot.catalog.nouns import Noun
from entrepot.catalog.planning import Change, Plan, plan, rows_of
from entrepot.catalog.storing import ChangedMeanwhile, store
from entrepot.errors import Refused
from entrepot.people.audit import record

#: How many lines one call may have.
MOST_LINES = 10_000
#: How many faults are listed; all are counted.
MOST_LISTED = 10_000


class Unfit(Refused):
    """Masters with fields that they cannot have; every fault is listed."""

    code = "catalog.unfit"


class TakenCode(Refused):
    """A master of this code is there already."""

    code = "catalog.taken_code"


@dataclass(frozen=True, slots=True)
class Put:
    """What became of one line: `what` is new, changed or unchanged."""

    line: int
    id: UUID
    what: str


def get(noun: Noun, id: UUID) -> Master:
    """One master of this enterprise.

    Raises:
        ObjectDoesNotExist: there is none, or it is another enterprise's.
    """
    refers = [field.name for field in noun.fields if field.refers]
    found: Master = rows_of(noun).select_related(*refers).get(id=id)
    return found


def fields_of(noun: Noun, master: Master) -> dict[str, object]:
    """The fields of a master as they are given: of what it refers to, the code."""
    found: dict[str, object] = {}
    for field in noun.fields:
        value = getattr(master, field.name)
        found[field.name] = (value.code if value else "") if field.refers else value
    return found


def add(noun: Noun, values: Mapping[str, object]) -> Master:
    """Add a master, and open its name in the book.

    Raises:
        Unfit: a field holds what it cannot; every one is listed.
        TakenCode: there is one of this code.
    """
    found = plan(noun, [(1, values)])
    _refuse_unfit(f"Cannot add the {noun.name}.", found.faults, is_one=True)
    if not found.changes or not found.changes[0].is_new:
        raise TakenCode(
            f"Cannot add the {noun.name} {values[noun.key[-1]]}.",
            f"There is a {noun.name} of this code.",
            "Change that one, or choose another code.",
        )
    (change,) = found.changes
    store(noun, [change])
    record(f"{noun.name}.added", _about(noun, change.now))
    return get(noun, change.id)


def change(noun: Noun, id: UUID, version: int, values: Mapping[str, object]) -> Master:
    """Change fields of a master; those that are not given stay.

    Args:
        noun: the kind of master.
        id: which one.
        version: the one that whoever changes it has seen.
        values: fields by name.

    Raises:
        ObjectDoesNotExist: there is none.
        ChangedMeanwhile: it has another version by now.
        Unfit: a field holds what it cannot, or is one that never changes.
    """
    there = get(noun, id)
    its = fields_of(noun, there)
    asked = f"Cannot change the {noun.name} {its[noun.key[-1]]}."
    if there.version != version:
        raise ChangedMeanwhile(
            asked,
            f"It has version {there.version} by now; version {version} was to be changed.",
            "Look at it again and repeat the change.",
            version=there.version,
        )
    key = {name: its[name] for name in noun.key}
    moved = [
        Fault(name, f'"{values[name]}"', f'"{its[name]}": codes never change, the book names them')
        for name in noun.key
        if name in values and values[name] != its[name]
    ]
    _refuse_unfit(asked, moved, is_one=True)
    found = plan(noun, [(1, {**values, **key})], is_locked=True)
    _refuse_unfit(asked, found.faults, is_one=True)
    for each in found.changes:
        store(noun, [replace(each, version=version)])
        record(f"{noun.name}.changed", _about(noun, each.now), fields=_differences(each))
    return get(noun, id)


def deactivate(noun: Noun, id: UUID, version: int) -> Master:
    """Put a master out of use: it is kept, and not offered any more. See `change`."""
    return change(noun, id, version, {"is_active": False})


def put(noun: Noun, lines: Sequence[Mapping[str, object]], *, only_new: bool = False) -> list[Put]:
    """Add masters, and change those that are there: all of them, or none.

    Args:
        noun: the kind of master.
        lines: at most 10,000; a field that a line leaves out stays as it is.
        only_new: refuse masters that are there already, instead of changing them.

    Returns:
        one for each line, in order.

    Raises:
        Unfit: with every fault of every line.
        ChangedMeanwhile: somebody else writes the same masters at this moment.
    """
    found = plan(noun, list(enumerate(lines, 1)), is_locked=True)
    if only_new:
        found.faults += _already_there(noun, found)
    _refuse_unfit(f"Cannot store {len(lines):,} {noun.plural}.", found.faults)
    store(noun, found.changes)
    done = [
        *(Put(c.row, c.id, "new" if c.is_new else "changed") for c in found.changes),
        *(Put(row, id, "unchanged") for row, id in found.unchanged),
    ]
    record(f"{noun.plural}.stored", f"{len(lines):,} lines", **count(found.changes))
    return sorted(done, key=lambda each: each.line)


def count(changes: Sequence[Change]) -> dict[str, int]:
    """How many masters are new, and how many change."""
    new = sum(change.is_new for change in changes)
    return {"new": new, "changed": len(changes) - new}


def _already_there(noun: Noun, found: Plan) -> list[Fault]:
    rows = [c.row for c in found.changes if not c.is_new] + [row for row, _ in found.unchanged]
    return [Fault(noun.key[-1], "a code that is there", "a new one", row) for row in rows]


def _refuse_unfit(asked: str, faults: Sequence[Fault], *, is_one: bool = False) -> None:
    """Refuse what has faults.

    Raises:
        Unfit: there are any.
    """
    if faults:
        if is_one:
            faults = [replace(fault, row=None) for fault in faults]
        raise unfit(Unfit, asked, faults)


def unfit(
    kind: type[Refused],
    asked: str,
    faults: Sequence[Fault],
    count: int | None = None,
    **facts: object,
) -> Refused:
    """A refusal that says the first fault and lists all of them, those of the first row first.

    `count` is how many there are, where not all of them are in `faults`.
    """
    faults = sorted(faults, key=lambda fault: (fault.row or 0, fault.field))
    count = len(faults) if count is None else count
    many = f"{count:,} faults, first: " if count > 1 else ""
    return kind(
        asked,
        f"{many}{faults[0].text}.",
        "Correct them and send it again; nothing was changed.",
        count=count,
        faults=[fault.facts for fault in faults[:MOST_LISTED]],
        **facts,
    )


def _about(noun: Noun, values: Mapping[str, object]) -> str:
    return " ".join([noun.name, "/".join(str(values[name]) for name in noun.key)])


def _differences(change: Change) -> dict[str, dict[str, object]]:
    was = change.was or {}
    return {name: {"was": was[name], "is": change.now[name]} for name in change.differs}
