# SPDX-License-Identifier: Apache-2.0
"""What lines of masters would do to those there are: what is new, what changes, what is wrong.

One line and twenty thousand go the same way: every field is checked, the masters of the same keys
are read in one query, and every fault of every line is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from entrepot.catalog.book import conflicts
from entrepot.catalog.forms import Fault, shown
from entrepot.catalog.models import Bin, Master, Partner, Product, Warehouse, Zone
from entrepot.catalog.nouns import NOUNS, Noun, check_fields, complete
from entrepot.people.walled import new_id

MODELS: Final[dict[str, type[Master]]] = {
    "product": Product, "warehouse": Warehouse, "zone": Zone, "bin": Bin, "partner": Partner,
}  # fmt: skip


def rows_of(noun: Noun) -> QuerySet[Any]:
    """Every master of a kind, of this enterprise."""
    return MODELS[noun.name]._default_manager.all()


#: One line of a file or call: its number, and fields by name.
Given = tuple[int, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Change:
    """One master that is new or changes; `version` is the one it had, 0 where it is new."""

    row: int
    id: UUID
    version: int
    was: Mapping[str, Any] | None
    now: Mapping[str, Any]
    #: The rows it refers to, by the field that does.
    refers: Mapping[str, UUID | None] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.was is None

    @property
    def differs(self) -> list[str]:
        """The names of the fields that change."""
        was = self.was
        if was is None:
            return [name for name, value in self.now.items() if value not in ("", None, [])]
        return [name for name, value in self.now.items() if value != was[name]]


@dataclass(slots=True)
class Plan:
    """What lines would do: faults, or changes; `unchanged` are there already, word for word."""

    changes: list[Change] = field(default_factory=list)
    unchanged: list[tuple[int, UUID]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def plan(
    noun: Noun,
    lines: Iterable[Given],
    seen: dict[tuple[str, ...], int] | None = None,
    *,
    is_locked: bool = False,
) -> Plan:
    """Compare lines with the masters there are.

    Args:
        noun: the kind of master.
        lines: a field that a line leaves out stays as it is, or blank where the master is new.
        seen: the keys of earlier lines with their rows, where there are earlier ones.
        is_locked: nobody else may change these masters until the transaction ends.
    """
    found = Plan()
    keyed = _by_key(noun, lines, {} if seen is None else seen, found.faults)
    current = read(noun, [key for key, _, _ in keyed], is_locked=is_locked)
    for key, row, kept in keyed:
        there = current.get(key)
        was = None if there is None else there[2]
        now, faults = complete(noun, kept, was, row)
        found.faults += faults
        if faults:
            continue
        if there is None:
            found.changes.append(Change(row, new_id(), 0, None, now))
        elif now != was:
            found.changes.append(Change(row, there[0], there[1], was, now))
        else:
            found.unchanged.append((row, there[0]))
    found.changes = _refer(noun, found.changes, found.faults)
    found.faults += conflicts(noun, [(c.row, c.now) for c in found.changes])
    return found


def read(
    noun: Noun, keys: Sequence[tuple[str, ...]], *, is_locked: bool = False
) -> dict[tuple[str, ...], tuple[UUID, int, dict[str, Any]]]:
    """The masters of these keys: id, version and fields."""
    if not keys:
        return {}
    rows = rows_of(noun).filter(_among(noun, keys)).order_by("id")
    if is_locked:
        # In one order, so that two who change the same masters never wait in a circle.
        rows = rows.select_for_update(of=("self",))
    paths = [each.path for each in noun.fields]
    found = {}
    for id, version, *values in rows.values_list("id", "version", *paths):
        fields = {
            name: "" if value is None and noun.field(name).refers else value
            for name, value in zip(noun.names, values, strict=True)
        }
        found[noun.key_of(fields)] = (id, version, fields)
    return found


def _by_key(
    noun: Noun, lines: Iterable[Given], seen: dict[tuple[str, ...], int], faults: list[Fault]
) -> list[tuple[tuple[str, ...], int, dict[str, Any]]]:
    """Lines whose every field is right on its own, with their keys; faults of the others."""
    keyed = []
    for row, given in lines:
        kept, wrong = check_fields(noun, given, row)
        wrong += [Fault(name, "nothing", "a value", row) for name in noun.key if name not in given]
        faults += wrong
        if not all(name in kept for name in noun.key):
            continue
        key = noun.key_of(kept)
        first = seen.setdefault(key, row)
        if first != row:
            faults.append(
                Fault(noun.key[-1], shown(key[-1]), f"each once; row {first} has it too", row)
            )
        elif not wrong:
            keyed.append((key, row, kept))
    return keyed


def _refer(noun: Noun, changes: Sequence[Change], faults: list[Fault]) -> list[Change]:
    """The changes with the rows they refer to; faults where there is no such row."""
    ids: list[dict[str, UUID | None]] = [{} for _ in changes]
    for each in noun.fields:
        if not each.refers:
            continue
        other = NOUNS[each.refers]
        keys = [
            tuple(c.now[each.name if part == "code" else part] for part in other.key)
            for c in changes
        ]
        known = _ids(other, {key for key in keys if key[-1]})
        for change, key, row in zip(changes, keys, ids, strict=True):
            row[each.name] = known.get(key)
            if key[-1] and key not in known:
                place = f" of {key[0]}" if len(key) > 1 else ""
                faults.append(
                    Fault(each.name, shown(key[-1]), f"a {other.name}{place} there is", change.row)
                )
    return [replace(change, refers=row) for change, row in zip(changes, ids, strict=True)]


def _ids(noun: Noun, keys: set[tuple[str, ...]]) -> dict[tuple[str, ...], UUID]:
    if not keys:
        return {}
    paths = [noun.field(name).path for name in noun.key]
    rows = rows_of(noun).filter(_among(noun, list(keys))).values_list("id", *paths)
    return {tuple(key): id for id, *key in rows}


def _among(noun: Noun, keys: Sequence[tuple[str, ...]]) -> Q:
    """Masters each part of whose key is among these; of two parts, that is some more than asked."""
    parts = zip(noun.key, zip(*keys, strict=True), strict=True)
    return reduce(
        and_, (Q(**{f"{noun.field(name).path}__in": sorted(set(part))}) for name, part in parts)
    )
