# SPDX-License-Identifier: Apache-2.0
"""What a hand-held sends carries an id of its own: sent again, it is done once and answered alike.

The row of a scan is taken first, so that whoever sends it again at the same moment waits for what
comes of it. A scan that is refused leaves no row and may be sent again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.utils import timezone
from psycopg import Cursor

from entrepot.errors import Refused
from entrepot.ledger.actions import Posted, post_all
from entrepot.ledger.document import Document
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_TAKE: Final = """
    INSERT INTO warehouse_scan (enterprise_id, number, hash, at)
    SELECT %(enterprise)s, number, hash, %(at)s
    FROM unnest(%(numbers)s::text[], %(hashes)s::bytea[]) AS s (number, hash)
    ORDER BY number
    ON CONFLICT (enterprise_id, number) DO NOTHING
    RETURNING number
"""
_KNOWN: Final = """
    SELECT number, hash, answer::text FROM warehouse_scan
    WHERE enterprise_id = %(enterprise)s AND number = ANY(%(numbers)s)
"""
_ANSWER: Final = """
    UPDATE warehouse_scan AS s SET answer = a.answer::jsonb
    FROM unnest(%(numbers)s::text[], %(answers)s::text[]) AS a (number, answer)
    WHERE s.enterprise_id = %(enterprise)s AND s.number = a.number
"""
_LEAVE: Final = """
    DELETE FROM warehouse_scan WHERE enterprise_id = %(enterprise)s AND number = ANY(%(numbers)s)
"""

Answer = TypeVar("Answer", bound="DataclassInstance")


class ScanDiffers(Refused):
    """A scan of this id was done, and it asked for something else."""

    code = "warehouse.scan_differs"


def once(scan: str, asks: Sequence[object], kind: type[Answer], do: Callable[[], Answer]) -> Answer:
    """Do something once for each id of a scan.

    Args:
        scan: the id that the hand-held gave.
        asks: what it asks for, as JSON takes it: a kind, then whatever makes a difference.
        kind: what is answered; its fields are what JSON takes.

    Raises:
        ScanDiffers: the id came with something else before.
    """
    with raw_cursor() as cursor:
        known = take(cursor, {scan: asks})
        if scan in known:
            found = known[scan]
            if isinstance(found, ScanDiffers):
                raise found
            return kind(**found)
        answer = do()
        keep(cursor, {scan: asdict(answer)})
    return answer


def take(
    cursor: Cursor[Any], scans: Mapping[str, Sequence[object]]
) -> dict[str, dict[str, Any] | ScanDiffers]:
    """Take the ids of scans.

    Returns:
        of each that was done before what it was answered, or that it asked for something else.
    """
    digests = {scan: _digest(asks) for scan, asks in scans.items()}
    given: dict[str, Any] = {
        "enterprise": acting().enterprise, "at": timezone.now(),
        "numbers": list(digests), "hashes": list(digests.values()),
    }  # fmt: skip
    new = {number for (number,) in cursor.execute(_TAKE, given).fetchall()}
    if len(new) == len(scans):
        return {}
    given["numbers"] = [scan for scan in scans if scan not in new]
    return {
        number: json.loads(answer) if bytes(digest) == digests[number] else _differs(number)
        for number, digest, answer in cursor.execute(_KNOWN, given).fetchall()
    }


def keep(cursor: Cursor[Any], answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Write down what scans were answered."""
    if answers:
        given = {
            "enterprise": acting().enterprise, "numbers": list(answers),
            "answers": [json.dumps(answer) for answer in answers.values()],
        }  # fmt: skip
        cursor.execute(_ANSWER, given)


def leave(cursor: Cursor[Any], scans: Sequence[str]) -> None:
    """Let go of the ids of scans that were refused."""
    if scans:
        cursor.execute(_LEAVE, {"enterprise": acting().enterprise, "numbers": list(scans)})


def post_new(documents: Sequence[Document]) -> list[Posted]:
    """Post documents that are numbered by scans.

    Raises:
        ScanDiffers: one is in the book already, which no scan posted.
    """
    posted = post_all(documents)
    if known := [each for each in posted if not each.is_new]:
        raise _differs(known[0].number)
    return posted


def _digest(asks: Sequence[object]) -> bytes:
    return hashlib.sha256(json.dumps(asks, ensure_ascii=False).encode()).digest()


def _differs(scan: str) -> ScanDiffers:
    return ScanDiffers(
        f"Cannot do scan {scan}.",
        "A scan of this id was done, and it asked for something else.",
        "Give each scan an id of its own, such as a UUID.",
        scan=scan,
    )
