# SPDX-License-Identifier: Apache-2.0
"""Take in what customs sends: every file is kept, every receipt counted once, states worked out.

Nothing is lost: a file that cannot be read is kept with its faults, a receipt of no document waits
until there is one. Nothing is doubled: files are known by their bytes, receipts by what they say.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.customs.sending import intake_sql as sql
from entrepot.customs.sending.configuring import setup, transport_of
from entrepot.customs.sending.models import Setup
from entrepot.customs.sending.receipts import (
    RESULT,
    UNREAD,
    Answered,
    Told,
    answered_by,
    read_receipts,
)
from entrepot.customs.sending.refusals import NoReceipts, Unsent
from entrepot.customs.sending.states import AWAITS, day_of, meaning
from entrepot.customs.sending.transports.port import LARGEST, Transport
from entrepot.jobs.events import Event
from entrepot.jobs.webhooks import emit
from entrepot.people.audit import record
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting, within
from entrepot.people.walled import new_id

#: Files that are taken in with one transaction, bytes of them, and files that one look takes.
AT_ONCE: Final = 200
BYTES_AT_ONCE: Final = 16 * 2**20
MOST: Final = 5_000
#: Faults of a file that are kept, and of a file that is no receipt how much.
_FAULTS_KEPT: Final = 100
_CUT: Final = 2**20
_UPLOAD: Final = "upload"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of files: how many were new, how many receipts were, and which have faults."""

    files: int = 0
    known_files: int = 0
    faulty_files: int = 0
    receipts: int = 0
    known_receipts: int = 0
    matched: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(*(getattr(self, n) + getattr(other, n) for n in Taken.__dataclass_fields__))

    def as_facts(self) -> dict[str, int]:
        """The counts for programs."""
        return {name: getattr(self, name) for name in Taken.__dataclass_fields__}


def take_in(files: Sequence[tuple[str, bytes]], came_by: str) -> Taken:
    """Take files in, in this transaction.

    Args:
        files: the name and the bytes of each.
        came_by: the way they came: folder, sftp, or upload.
    """
    digests = [hashlib.sha256(data).digest() for _, data in files]
    # Of the same file twice, the name that came first.
    read = dict(zip(reversed(digests), reversed(files), strict=True))
    answered = {digest: read_receipts(data) for digest, (_, data) in read.items()}
    with raw_cursor() as cursor:
        ids = _keep_files(cursor, read, answered, Counter(digests), came_by)
        new = {digest: id for digest, (id, is_new) in ids.items() if is_new}
        told = [(new[digest], each) for digest in new for each in answered[digest].receipts]
        added = _keep_receipts(cursor, told)
        matched = _match(cursor, added)
    return Taken(
        files=len(new), known_files=len(files) - len(new),
        faulty_files=sum(bool(answered[digest].fault_count) for digest in new),
        receipts=len(added), known_receipts=len(told) - len(added), matched=matched,
    )  # fmt: skip


def upload(name: str, data: bytes) -> Taken:
    """Take a file in that somebody brings; one of customs is kept even where it is damaged.

    Raises:
        NoReceipts: it is nothing that customs answers.
    """
    found = read_receipts(data)
    is_known = found.answer in (UNREAD, RESULT) or answered_by(found.answer)
    if not (found.receipts or is_known):
        raise NoReceipts(
            f"Cannot take {name}.",
            f"It is no answer of customs: {found.faults[0].found}" if found.faults
            else "It is no answer of customs.",
            "Send a file of receipts; what comes by the way that is set is kept whatever it is.",
            faults=[fault.as_facts() for fault in found.faults[:_FAULTS_KEPT]],
        )  # fmt: skip
    taken = take_in([(name[:200], data)], _UPLOAD)
    record("customs.file_taken", name, **taken.as_facts())
    return taken


def match_again(most: int = 10_000) -> int:
    """Look again for the documents of receipts that had none; how many were found."""
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, "most": most}
        rows = cursor.execute(sql.UNMATCHED, given).fetchall()
        return _match(cursor, [row[0] for row in rows])


def collect(enterprise: UUID, told: Callable[[int], None] | None = None) -> Taken:
    """Take in what waits on the way that is set.

    A file is set aside only after it is kept; one that could not be set aside comes again, which
    changes nothing.
    """
    with within(enterprise):
        found = setup()
        way = transport_of(found) if found is not None else None
        came_by = found.way if found is not None else ""
    total = Taken()
    if way is None:
        return total
    problem = ""
    try:
        with closing(way):
            names = way.waiting(MOST)
            for few in _in_groups(way, names):
                with within(enterprise):
                    total += take_in(few, came_by)
                for name, _ in few:
                    way.done(name)
                if told is not None:
                    told(total.files + total.known_files)
    except Unsent as error:
        problem = error.found[:500]
    with within(enterprise):
        Setup.objects.update(looked_at=timezone.now(), problem=problem)
        match_again()
    return total


def _in_groups(way: Transport, names: Iterable[str]) -> Iterable[list[tuple[str, bytes]]]:
    few: list[tuple[str, bytes]] = []
    size = 0
    for name in names:
        data = way.take(name)
        few.append((name, data))
        size += len(data)
        if len(few) >= AT_ONCE or size >= BYTES_AT_ONCE:
            yield few
            few, size = [], 0
    if few:
        yield few


def _keep_files(
    cursor: Cursor[Any],
    read: dict[bytes, tuple[str, bytes]],
    answered: dict[bytes, Answered],
    times: Counter[bytes],
    came_by: str,
) -> dict[bytes, tuple[UUID, bool]]:
    """Each file's id, and whether it is new. In one order, so that nobody waits in a circle."""
    digests = sorted(read)
    its = [answered[digest] for digest in digests]
    given = {
        "enterprise": acting().enterprise, "actor": acting().actor, "came_by": came_by,
        "ids": [new_id() for _ in digests],
        "hashes": digests,
        "names": [read[digest][0] for digest in digests],
        "contents": [_kept(read[digest][1], answered[digest]) for digest in digests],
        "answers": [_clean(each.answer)[:20] for each in its],
        "counts": [len(each.receipts) for each in its],
        "faults": [_json([fault.as_facts() for fault in each.faults[:_FAULTS_KEPT]])
                   for each in its],
        "fault_counts": [each.fault_count for each in its],
        "times": [times[digest] for digest in digests],
    }  # fmt: skip
    rows = cursor.execute(
        sql.FILES, given, prepare=planned_for(len(digests)), binary=True
    ).fetchall()
    return {bytes(row[0]): (row[1], row[2]) for row in rows}


def _kept(data: bytes, answered: Answered) -> bytes:
    """What is kept of a file: all, but of what is too large to be a receipt its beginning."""
    return data if answered.receipts or len(data) <= LARGEST else data[:_CUT]


def _keep_receipts(cursor: Cursor[Any], told: Sequence[tuple[UUID, Told]]) -> list[UUID]:
    """The ids of those that are new, in one order of contents."""
    once = {each.content: (file, each) for file, each in reversed(told)}
    ordered = [once[content] for content in sorted(once)]
    if not ordered:
        return []
    its = [each for _, each in ordered]
    means = [meaning(each.answer, each.status, day_of(each.at)) for each in its]
    given = {
        "enterprise": acting().enterprise,
        "ids": [new_id() for _ in its],
        "files": [file for file, _ in ordered],
        "contents": [each.content for each in its],
        "answers": [each.answer[:20] for each in its],
        "kinds": [each.answers for each in its],
        "guids": [_clean(each.guid) for each in its],
        "own_nos": [_clean(each.own_no) for each in its],
        "abouts": [_clean(each.about) for each in its],
        "statuses": [_clean(each.status) for each in its],
        "ats": [_clean(each.at) for each in its],
        "infos": [_clean(each.info) for each in its],
        "says": [_json(dict(each.values)) for each in its],
        "outcomes": [each.outcome for each in means],
        "ranks": [each.rank for each in means],
        "ends": [each.ends for each in means],
        "expected": [each.is_expected for each in means],
    }  # fmt: skip
    rows = cursor.execute(sql.RECEIPTS, given, prepare=planned_for(len(its))).fetchall()
    return [row[0] for row in rows]


def _match(cursor: Cursor[Any], receipts: Sequence[UUID]) -> int:
    """Match receipts to documents, and work the state of these out; how many were matched."""
    if not receipts:
        return 0
    given: dict[str, Any] = {"enterprise": acting().enterprise, "ids": list(receipts)}
    plan = planned_for(len(receipts))
    rows = cursor.execute(sql.MATCH, given, prepare=plan).fetchall()
    given["documents"] = list({row[0] for row in rows if row[0] is not None})
    given["messages"] = list({row[1] for row in rows if row[1] is not None})
    locked = cursor.execute(sql.LOCK, given, prepare=plan).fetchall()
    given["documents"], given["awaits"] = [row[0] for row in locked], sorted(AWAITS)
    states = cursor.execute(sql.STATES, given, prepare=plan).fetchall()
    before = {id: (outcome, contradicted) for id, outcome, contradicted in locked}
    _tell([row for row in states if before[row[0]] != (row[5], row[7])])
    return len(rows)


def _tell(states: Sequence[Sequence[Any]]) -> None:
    """Tell other programs of documents that have another state now."""
    names = ("kind", "number", "version", "part", "state", "status", "is_contradicted")
    said = [
        {"customs_document": str(id), **dict(zip(names, row, strict=True))} for id, *row in states
    ]
    if said:
        emit(Event.CUSTOMS_STATE, *said)


def _clean(text: str) -> str:
    """A text that the database can keep."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")


def _json(value: object) -> str:
    # ASCII, with what PostgreSQL cannot keep in it taken out.
    return json.dumps(value, ensure_ascii=True).replace("\\u0000", "\\ufffd")
