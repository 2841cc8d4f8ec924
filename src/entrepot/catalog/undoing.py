# SPDX-License-Identifier: Apache-2.0
"""Take an import back: what it added is gone again, what it changed is as it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from entrepot.catalog.actions import fields_of
from entrepot.catalog.book import in_use, names
from entrepot.catalog.importing import locked
from entrepot.catalog.models import (
    Bin,
    Import,
    ImportedRow,
    Master,
    Photo,
    Warehouse,
    Zone,
)
from entrepot.catalog.nouns import NOUNS, Noun
from entrepot.catalog.planning import plan, rows_of
from entrepot.catalog.storing import remove, store
from entrepot.errors import Refused
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import Walled

_BLOCK: Final = 5_000
MOST_LISTED: Final = 10_000

#: What may hold a master: why, the rows that do, and the field by which they do.
_HOLDERS: Final[dict[str, tuple[tuple[str, type[Walled], str], ...]]] = {
    "product": (("it has a photo", Photo, "product"),),
    "partner": (("it runs a warehouse", Warehouse, "operator"),),
    "warehouse": (("it has zones", Zone, "warehouse"), ("it has bins", Bin, "warehouse")),
    "zone": (("it has bins", Bin, "zone"),),
}
#: After an undo a master says again what it said two versions before: an earlier import that made
#: that version may be taken back too.
_MOVE_EARLIER: Final = """
    UPDATE catalog_importedrow SET version = version + 2
    FROM unnest(%(masters)s::uuid[], %(versions)s::int[]) AS m (its, made)
    WHERE master = its AND version = made - 1
"""


class NotUndoable(Refused):
    """An import that cannot be taken back, with every reason."""

    code = "catalog.not_undoable"


def undo(id: UUID) -> Import:
    """Bring back what was before an import; the items and places it opened stay in the book.

    Raises:
        Import.DoesNotExist: there is no such import.
        WrongState: it was not taken over, or is undone.
        NotUndoable: something changed since, or something new is in use; every reason is listed.
    """
    source = locked(id, "committed", "undo")
    noun = NOUNS[source.about]
    reasons: list[dict[str, Any]] = []
    rows = list(ImportedRow.objects.filter(source=source).order_by("row"))
    for block in _blocks(rows):
        reasons += _reasons(noun, block, _masters(noun, block))
    if reasons:
        raise NotUndoable(
            f"Cannot undo the import of {source.file}.",
            f"{len(reasons):,} of its {noun.plural} stand in the way, first:"
            f" {reasons[0]['code']}, {reasons[0]['reason']}.",
            "Change what is wrong in a new file and import that; nothing was changed.",
            count=len(reasons),
            reasons=reasons[:MOST_LISTED],
        )
    for block in _blocks(rows):
        _take_back(noun, block, _masters(noun, block))
    source.state, source.undone_at, source.undone_by = "undone", timezone.now(), acting().actor
    source.save(update_fields=["state", "undone_at", "undone_by"])
    record("import.undone", f"{source.file} of {noun.plural}", rows=len(rows))
    return source


def _blocks(rows: Sequence[ImportedRow]) -> Iterable[Sequence[ImportedRow]]:
    return (rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK))


def _masters(noun: Noun, rows: Sequence[ImportedRow]) -> dict[UUID, Master]:
    refers = [field.name for field in noun.fields if field.refers]
    found = rows_of(noun).select_related(*refers)
    its = found.select_for_update(of=("self",)).filter(id__in=[row.master for row in rows])
    return {master.id: master for master in its.order_by("id")}


def _reasons(
    noun: Noun, rows: Sequence[ImportedRow], masters: dict[UUID, Master]
) -> list[dict[str, Any]]:
    """Why masters cannot go back to what they were."""
    found = []
    new = [masters[row.master] for row in rows if row.was is None and row.master in masters]
    held = _held(noun, new)
    for row in rows:
        master = masters.get(row.master)
        if master is None:
            code, reason = str(row.master), "it is gone"
        else:
            code = "/".join(str(fields_of(noun, master)[name]) for name in noun.key)
            reason = ""
            if master.version != row.version:
                reason = f"changed since, by {master.changed_by}"
            elif row.was is None:
                reason = held.get(row.master, "")
        if reason:
            found.append({"row": row.row, "code": code, "reason": reason})
    return found


def _held(noun: Noun, new: Sequence[Master]) -> dict[UUID, str]:
    """What new masters are held by: movements of the book, or other masters."""
    its = names(noun, [fields_of(noun, master) for master in new])
    used = in_use(noun, [name for each in its for name in each])
    held = {
        master.id: "in use in the book"
        for master, each in zip(new, its, strict=True)
        if not used.isdisjoint(each)
    }
    ids = [master.id for master in new]
    for reason, holders, field in _HOLDERS.get(noun.name, ()):
        there = holders._default_manager.filter(**{f"{field}__in": ids})
        for id in there.values_list(field, flat=True).distinct():
            held.setdefault(id, reason)
    return held


def _take_back(noun: Noun, rows: Sequence[ImportedRow], masters: dict[UUID, Master]) -> None:
    remove(noun, {r.master: fields_of(noun, masters[r.master]) for r in rows if r.was is None})
    changed = [row for row in rows if row.was is not None]
    found = plan(noun, [(row.row, row.was) for row in changed if row.was is not None])
    # What an old master refers to may be gone, or its old value no longer be taken.
    if found.faults:
        raise NotUndoable(
            "Cannot undo the import.",
            f"What was before cannot be again: {found.faults[0].text}.",
            "Change what is wrong in a new file and import that; nothing was changed.",
            count=len(found.faults),
            reasons=[fault.facts for fault in found.faults[:MOST_LISTED]],
        )
    store(noun, found.changes)
    with raw_cursor() as cursor:
        given = {
            "masters": [row.master for row in changed],
            "versions": [row.version for row in changed],
        }
        cursor.execute(_MOVE_EARLIER, given)
