# SPDX-License-Identifier: Apache-2.0
"""Post and reverse documents: the only way into the book.

One document and ten thousand go the same way, as sets: the documents, then the movements, then
what lies where, all in the transaction of whoever calls (`people.tenancy.within`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.jobs.events import Event
from entrepot.jobs.webhooks import emit
from entrepot.ledger import posting_sql as sql
from entrepot.ledger.document import Document, Line, check_documents, hashes
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: From this many lines on, COPY into a temporary table costs less than it takes to make one.
COPY_FROM = 2_000
#: How many of what is wrong are listed.
MOST_LISTED = 1000


class NotKnown(Refused):
    """Items or places that the book does not have."""

    code = "ledger.not_known"


class BelowZero(Refused):
    """More would leave a place than is in it, or than is not reserved."""

    code = "ledger.below_zero"


class SaysOtherwise(Refused):
    """A document of this kind and number was posted, and it says something else."""

    code = "ledger.says_otherwise"


class NotReversible(Refused):
    """A document that cannot be reversed: not there, itself a reversal, or reversed already."""

    code = "ledger.not_reversible"


@dataclass(frozen=True, slots=True)
class Posted:
    """A document in the book; `is_new` is false where it was there already, word for word."""

    id: UUID
    kind: str
    number: str
    is_new: bool


def post(document: Document) -> Posted:
    """Post one document. See `post_all`."""
    return post_all([document])[0]


def post_all(documents: Sequence[Document]) -> list[Posted]:
    """Post documents together: all of them, or none.

    A document that is in the book already, word for word, counts as posted and moves nothing.

    Returns:
        one for each document, in order.

    Raises:
        Unpostable: a document that no book could take.
        SaysOtherwise: a document of the same kind and number is there and says something else.
        NotKnown: an item or a place is not in the book.
        BelowZero: with each place, item and lot that would go below zero.
    """
    check_documents(documents)
    enterprise = acting().enterprise
    hashed = [hashes(enterprise, document) for document in documents]
    with raw_cursor() as cursor:
        found = _add_documents(cursor, enterprise, documents, [own for own, _ in hashed])
        rows = [
            (posted.id, number, document.on, line.item, line.lot, line.quantity,
             line.from_place, line.to_place, line.is_reserved, its_hash)
            for posted, document, (_, of_lines) in zip(found, documents, hashed, strict=True)
            if posted.is_new
            for number, (line, its_hash) in enumerate(
                zip(document.lines, of_lines, strict=True), 1
            )
        ]  # fmt: skip
        if rows:
            _add_movements(cursor, enterprise, rows)
    _tell(documents, found)
    return found


def reverse(document: UUID, number: str, on: date, note: str) -> Posted:
    """Take a document back by a new one: the same lines, from where they went to where they were.

    Raises:
        NotReversible: there is no such document, it is a reversal, or it was reversed already.
        BelowZero: what it brought has left again.
    """
    given = {"enterprise": acting().enterprise, "document": document}
    with raw_cursor() as cursor:
        cursor.execute(sql.LOCK_REVERSED, given)
        row = cursor.execute(sql.TO_REVERSE, given).fetchone()
        asked = f"Cannot reverse document {document}."
        if row is None:
            raise NotReversible(asked, "There is no such document.", "Look its number up.")
        kind, its_number, reverses, reversed_by = row
        name = f"{kind} {its_number}"
        if reverses is not None:
            raise NotReversible(
                f"Cannot reverse {name}.",
                "It is itself a reversal.",
                "Post the document that it took back again, under a new number.",
            )
        if reversed_by is not None and reversed_by != number:
            raise NotReversible(
                f"Cannot reverse {name}.",
                f"It was reversed by {reversed_by}.",
                "Post a new document if something is still wrong.",
            )
        lines = cursor.execute(sql.LINES, given).fetchall()
    back = [Line(item, quantity, to, from_, lot) for item, lot, quantity, from_, to in lines]
    return post(Document("reversal", number, on, back, note, reverses=document))


def _tell(documents: Sequence[Document], found: Sequence[Posted]) -> None:
    """Tell those who want to know, once the transaction is committed."""
    told: dict[Event, list[dict[str, Any]]] = {}
    for document, posted in zip(documents, found, strict=True):
        if not posted.is_new:
            continue
        says = {"document": str(posted.id), "kind": posted.kind, "number": posted.number}
        if document.reverses is None:
            told.setdefault(Event.DOCUMENT_POSTED, []).append(says)
        else:
            says["reverses"] = str(document.reverses)
            told.setdefault(Event.DOCUMENT_REVERSED, []).append(says)
    for event, happened in told.items():
        emit(event, *happened)


def _add_documents(
    cursor: Cursor[Any], enterprise: UUID, documents: Sequence[Document], digests: Sequence[bytes]
) -> list[Posted]:
    """Add the documents that are not there yet.

    Two that add the same at once wait for each other here, before either has touched anything else.
    """
    ids = [new_id() for _ in documents]
    by, at = acting().actor, timezone.now()
    cursor.execute(
        sql.ADD_DOCUMENTS,
        {
            "enterprise": enterprise,
            "ids": ids,
            "kinds": [each.kind for each in documents],
            "numbers": [each.number for each in documents],
            "days": [each.on for each in documents],
            "counts": [len(each.lines) for each in documents],
            "notes": [each.note for each in documents],
            "reverses": [each.reverses for each in documents],
            "hashes": digests,
            "at": at,
            "by": by,
        },
    )
    added = {id for (id,) in cursor.fetchall()}
    if len(added) == len(ids):
        return [
            Posted(id, document.kind, document.number, True)
            for id, document in zip(ids, documents, strict=True)
        ]
    return _with_known(cursor, documents, digests, ids, added)


def _with_known(
    cursor: Cursor[Any],
    documents: Sequence[Document],
    digests: Sequence[bytes],
    ids: Sequence[UUID],
    added: set[UUID],
) -> list[Posted]:
    """What was posted, where some were in the book already or twice among the documents."""
    keys = [(each.kind, each.number) for each in documents]
    cursor.execute(
        sql.KNOWN,
        {
            "enterprise": acting().enterprise,
            "kinds": [kind for kind, _ in keys],
            "numbers": [number for _, number in keys],
        },
    )
    known = {(kind, number): (id, bytes(found)) for kind, number, id, found in cursor.fetchall()}
    posted, other = [], []
    for key, digest, id in zip(keys, digests, ids, strict=True):
        its_id, found = known[key]
        if found != digest:
            other.append({"kind": key[0], "number": key[1], "document": str(its_id)})
        posted.append(Posted(its_id, *key, is_new=id in added))
    if other:
        first = other[0]
        raise SaysOtherwise(
            f"Cannot post {first['kind']} {first['number']}"
            + (f" and {len(other) - 1:,} more." if len(other) > 1 else "."),
            "A document of this kind and number is in the book and says something else.",
            "Reverse that one, or give this one a number of its own.",
            documents=other[:MOST_LISTED],
        )
    return posted


def _add_movements(cursor: Cursor[Any], enterprise: UUID, rows: Sequence[tuple[Any, ...]]) -> None:
    """Add movements, and move what lies where by as much."""
    if len(rows) < COPY_FROM:
        source = sql.GIVEN
        columns = map(list, zip(*rows, strict=True))
        given: dict[str, Any] = dict(zip(sql.COLUMNS, columns, strict=True))
    else:
        source, given = sql.COPIED, {}
        cursor.execute(sql.MAKE_COPIED)
        cursor.execute(sql.EMPTY_COPIED)
        with cursor.copy(sql.COPY) as copy:
            copy.set_types(sql.TYPES)
            for row in rows:
                copy.write_row(row)
        cursor.execute(sql.COUNT_COPIED)
    given["enterprise"] = enterprise
    cursor.execute(sql.MOVE.format(lines=source), given)
    if left := cursor.fetchall():
        if unknown := cursor.execute(sql.NOT_KNOWN.format(lines=source), given).fetchall():
            _refuse_not_known(unknown)
        _refuse_below_zero(cursor, enterprise, rows, left)
    cursor.execute(sql.ADD_MOVEMENTS.format(lines=source), given)


def _refuse_not_known(found: Sequence[tuple[str, str]]) -> NoReturn:
    what, name = found[0]
    more = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
    raise NotKnown(
        f"Cannot post movements of {what} {name}{more}.",
        f"There is no such {what} in the book.",
        "Add the product, or open the place, and post again; nothing was posted.",
        not_known=[{what: name} for what, name in found[:MOST_LISTED]],
    )


def _refuse_below_zero(
    cursor: Cursor[Any],
    enterprise: UUID,
    rows: Sequence[tuple[Any, ...]],
    left: Sequence[tuple[str, str, str]],
) -> NoReturn:
    """Say of each place, item and lot what is there and how much would be taken."""
    taken: Counter[tuple[str, str, str]] = Counter()
    for _, _, _, item, lot, quantity, source, target, _, _ in rows:
        taken[source, item, lot] += quantity
        taken[target, item, lot] -= quantity
    listed = left[:MOST_LISTED]
    places, items, lots = (list(column) for column in zip(*listed, strict=True))
    given = {"enterprise": enterprise, "places": places, "items": items, "lots": lots}
    below = [
        {"place": place, "item": item, "lot": lot, "there": there, "reserved": reserved,
         "taken": taken[place, item, lot]}
        for place, item, lot, there, reserved in cursor.execute(sql.THERE, given)
    ]  # fmt: skip
    first = below[0]
    of_lot = f" of lot {first['lot']}" if first["lot"] else ""
    more = f", and {len(left) - 1:,} more like it" if len(left) > 1 else ""
    raise BelowZero(
        f"Cannot take {first['taken']:,} {first['item']}{of_lot} from {first['place']}{more}.",
        f"There are {first['there']:,}"
        + (f", of which {first['reserved']:,} are reserved." if first["reserved"] else "."),
        "Take less, or post first what brought them there; nothing was posted.",
        below=below,
    )
