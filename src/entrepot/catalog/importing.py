# SPDX-License-Identifier: Apache-2.0
"""Import masters from a file: look at it, take it over, take it back.

`upload` reads the whole file and says every mistake of it at once, or what it would do; `commit`
does just that, in one transaction, or refuses where things have changed since; `undo` brings back
what was before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, Final, cast
from uuid import UUID

from django.utils import timezone
from psycopg.types.json import Jsonb

from entrepot.catalog.actions import MOST_LISTED, unfit
from entrepot.catalog.forms import Fault
from entrepot.catalog.models import Import
from entrepot.catalog.nouns import NOUNS, Noun
from entrepot.catalog.planning import Change, Given, plan
from entrepot.catalog.reading import Cell, Sheet, Unreadable, open_sheet
from entrepot.catalog.storing import store
from entrepot.errors import Refused
from entrepot.jobs.models import QUEUED, RUNNING, Job
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: Rows that are in memory at a time.
_BLOCK: Final = 5_000
#: How many changes a preview spells out; all are counted.
MOST_SHOWN: Final = 500
#: What was looked at and not taken over is thrown away after this time, or when there are more.
KEPT_FOR: Final = timedelta(days=1)
MOST_KEPT: Final = 20
#: The jobs that take files over (`catalog.work`); what one of them is to take over is kept.
KIND: Final = "catalog.import"

Progress = Callable[[int, int], None]

_ADD_ROWS: Final = """
    INSERT INTO catalog_importedrow (id, about, source_id, row, master, was, version)
    SELECT id, %(about)s, %(source)s, row, master, was, version
    FROM unnest(%(ids)s::uuid[], %(rows)s::int[], %(masters)s::uuid[], %(was)s::jsonb[],
        %(versions)s::int[]) AS r (id, row, master, was, version)
"""


class FaultyFile(Refused):
    """A file with mistakes; every one is listed with its row and column."""

    code = "catalog.faulty_file"


class OutdatedPreview(Refused):
    """An import that would do something else by now than its preview says."""

    code = "catalog.outdated_preview"


class WrongState(Refused):
    """An import that is not in the state for what was asked."""

    code = "catalog.wrong_state"


def upload(noun: Noun, file: str, content: bytes) -> Import:
    """Read a file of masters and say what taking it over would do; no master changes.

    Raises:
        UnreadableFile, TooLargeFile: it is no table that can be read.
        FaultyFile: with every mistake of every row.
    """
    file = "".join(c for c in file if c.isprintable())[-200:] or "the file"
    preview, digest = _walk(noun, file, content)
    _throw_old_away()
    return Import.objects.create(
        about=noun.name,
        file=file,
        content=content,
        sha256=hashlib.sha256(content).digest(),
        state="previewed",
        preview=preview,
        plan=digest,
        uploaded_by=acting().actor,
    )


def _throw_old_away() -> None:
    waiting = Import.objects.filter(state="previewed")
    young = waiting.filter(uploaded_at__gte=timezone.now() - KEPT_FOR).order_by("-uploaded_at")
    old = waiting.exclude(id__in=young.values("id")[: MOST_KEPT - 1])
    # First held, then asked about: nobody can ask for a job in between.
    held = set(old.select_for_update(skip_locked=True).values_list("id", flat=True))
    jobs = Job.objects.filter(kind=KIND, state__in=(QUEUED, RUNNING))
    awaited = set(map(UUID, jobs.values_list("arguments__source", flat=True)))
    Import.objects.filter(id__in=held - awaited).delete()


def commit(id: UUID, progress: Progress | None = None) -> Import:
    """Take a file over: all of it, or nothing.

    Args:
        id: the import.
        progress: is told how many rows of how many are written.

    Raises:
        Import.DoesNotExist: there is no such import, or it was not taken over within a day.
        WrongState: it was taken over already.
        OutdatedPreview: it would do something else by now than its preview says.
        FaultyFile: what it refers to is no longer there.
        ChangedMeanwhile: somebody else writes the same masters at this moment.
    """
    found = locked(id, "previewed", "take over")
    noun = NOUNS[found.about]

    def write(changes: Sequence[Change], rows: int) -> None:
        store(noun, changes)
        _remember(found, changes)
        if progress is not None:
            progress(rows, found.preview["counts"]["rows"])

    _, digest = _walk(noun, found.file, bytes(found.content), write)
    if digest != bytes(found.plan):
        raise OutdatedPreview(
            f"Cannot take over {found.file}.",
            f"The {noun.plural} changed since the preview, so it would do something else by now.",
            "Send the file again and look at the new preview; nothing was changed.",
        )
    found.state, found.content = "committed", b""
    found.committed_at, found.committed_by = timezone.now(), acting().actor
    found.save(update_fields=["state", "content", "committed_at", "committed_by"])
    record("import.committed", f"{found.file} of {noun.plural}", **found.preview["counts"])
    return found


def locked(id: UUID, state: str, verb: str) -> Import:
    """One import in the state for what is asked, that nobody else touches meanwhile.

    Raises:
        Import.DoesNotExist: there is none.
        WrongState: it is in another state.
    """
    found = Import.objects.select_for_update().get(id=id)
    if found.state != state:
        raise WrongState(
            f"Cannot {verb} {found.file}.",
            f"The import is {found.state}.",
            f"Only one that is {state} can be; send the file again if it is to be read again.",
            state=found.state,
        )
    return found


def _walk(
    noun: Noun,
    file: str,
    content: bytes,
    write: Callable[[Sequence[Change], int], None] | None = None,
) -> tuple[dict[str, Any], bytes]:
    """Go through a file in blocks, and write each where there is something to write with.

    Returns:
        the preview, and a sha256 over what the file does to which version of which master.

    Raises:
        FaultyFile: with every mistake; what was written is taken back with the transaction.
    """
    sheet = open_sheet(noun, file, content)
    faults = Faults()
    counts = {"rows": 0, "new": 0, "changed": 0, "unchanged": 0}
    shown: list[dict[str, Any]] = []
    seen: dict[tuple[str, ...], int] = {}
    digest = hashlib.sha256()
    lines = _lines(sheet, faults)
    while block := list(islice(lines, _BLOCK)):
        found = plan(noun, block, seen, is_locked=write is not None)
        faults.add(found.faults)
        _count(counts, found.changes, len(block), len(found.unchanged))
        for change in found.changes:
            digest.update(repr((noun.key_of(change.now), change.version, change.now)).encode())
            if len(shown) < MOST_SHOWN:
                shown.append(_shown(noun, change))
        if write is not None and not faults.count:
            write(found.changes, counts["rows"])
    if not counts["rows"] and not faults.count:
        faults.add([Fault("", "no rows", noun.plural, 2)])
    if faults.count:
        raise _faulty(file, sheet, faults)
    return _preview(sheet, counts, shown), digest.digest()


@dataclass(slots=True)
class Faults:
    """The faults of a file: the first ones, and how many there are."""

    listed: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, faults: Sequence[Fault]) -> None:
        self.count += len(faults)
        self.listed += faults[: MOST_LISTED - len(self.listed)]


def _lines(sheet: Sheet, faults: Faults) -> Iterator[Given]:
    """The rows of a sheet as lines; a row whose cells cannot be read goes to the faults."""
    width = len(sheet.columns)
    for row, cells in sheet.rows:
        if len(cells) < width or any(cells[width:]):
            expected = f"{width} cells, as in the heading"
            faults.add([Fault("", f"{len(cells)} cells", expected, row)])
            continue
        given = {name: cell for name, cell in zip(sheet.columns, cells, strict=False) if name}
        unreadable = _unreadable(given, row)
        faults.add(unreadable)
        if not unreadable:
            yield row, given


def _unreadable(given: dict[str, Cell], row: int) -> list[Fault]:
    return [
        Fault(name, cell.found, cell.expected, row)
        for name, cell in given.items()
        if isinstance(cell, Unreadable)
    ]


def _count(counts: dict[str, int], changes: Sequence[Change], rows: int, unchanged: int) -> None:
    counts["rows"] += rows
    counts["unchanged"] += unchanged
    counts["new"] += sum(change.is_new for change in changes)
    counts["changed"] += sum(not change.is_new for change in changes)


def _shown(noun: Noun, change: Change) -> dict[str, Any]:
    """A change as a preview says it: old and new of each field that differs."""
    was = change.was or {}
    return {
        "row": change.row,
        "key": list(noun.key_of(change.now)),
        "what": "new" if change.is_new else "changed",
        "fields": {name: {"was": was.get(name), "is": change.now[name]} for name in change.differs},
    }


def _preview(sheet: Sheet, counts: dict[str, int], shown: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "counts": counts,
        "changes": shown,
        "columns": [name for name in sheet.columns if name],
        "ignored": list(sheet.ignored),
        "encoding": sheet.encoding,
        "delimiter": sheet.delimiter,
    }


def _faulty(file: str, sheet: Sheet, faults: Faults) -> Refused:
    """A refusal with every mistake, and the letter of the column that each is in."""
    columns = list(sheet.columns)
    error = unfit(
        FaultyFile,
        f"Cannot take over {file}.",
        faults.listed,
        faults.count,
        encoding=sheet.encoding,
    )
    for each in cast(list[dict[str, object]], error.facts["faults"]):
        if each["field"] in columns:
            each["column"] = letters(columns.index(str(each["field"])))
    return error


def letters(at: int) -> str:
    """What a spreadsheet calls a column: A for 0, AA for 26."""
    name, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(65 + rest) + name
    return name


def _remember(source: Import, changes: Sequence[Change]) -> None:
    """Keep what an import does to each master, so that it can be taken back."""
    given = {
        "about": source.about,
        "source": source.id,
        "ids": [new_id() for _ in changes],
        "rows": [change.row for change in changes],
        "masters": [change.id for change in changes],
        "was": [None if change.was is None else Jsonb(dict(change.was)) for change in changes],
        "versions": [change.version + 1 for change in changes],
    }
    if changes:
        with raw_cursor() as cursor:
            cursor.execute(_ADD_ROWS, given)
