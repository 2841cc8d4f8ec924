# SPDX-License-Identifier: Apache-2.0
"""Keep what was sent until it is taken over: in parts of a megabyte, each encrypted.

A file says who ordered what and where they live; nothing of it lies readable in the database.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, Protocol
from uuid import UUID

from psycopg import Cursor

from entrepot.people.secrets import seal, unseal
from entrepot.people.tenancy import acting
from entrepot.warehouse.intake.refusals import TooLargeTable

#: Bytes of a file as it is sent: a million orders are about 50 MB of compressed CSV.
MOST_BYTES: Final = 512 * 1024 * 1024
_PART: Final = 1024 * 1024

_ADD: Final = """
    INSERT INTO warehouse_orderfilepart (enterprise_id, source_id, at, content)
    VALUES (%(enterprise)s, %(source)s, %(at)s, %(content)s)
"""
_PARTS: Final = """
    SELECT content FROM warehouse_orderfilepart
    WHERE enterprise_id = %(enterprise)s AND source_id = %(source)s AND at = %(at)s
"""
_DROP: Final = """
    DELETE FROM warehouse_orderfilepart
    WHERE enterprise_id = %(enterprise)s AND source_id = ANY(%(sources)s)
"""


class Readable(Protocol):
    """Where bytes come from: a request, a file."""

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes, and none at the end."""


def keep(cursor: Cursor[Any], source: UUID, sent: Readable, file: str) -> tuple[int, bytes]:
    """Keep what is sent; how many bytes it was, and their sha256.

    Raises:
        TooLargeTable: it is more than is read.
    """
    digest, size, at = hashlib.sha256(), 0, 0
    while part := _whole_part(sent):
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeTable(
                f"Cannot take {file}.",
                f"It is larger than {MOST_BYTES:,} bytes.",
                "Send it in parts, or as CSV that is compressed (.csv.gz).",
            )
        digest.update(part)
        given = {
            "enterprise": acting().enterprise, "source": source, "at": at,
            "content": seal(part, f"order file {source} {at}"),
        }  # fmt: skip
        cursor.execute(_ADD, given)
        at += 1
    return size, digest.digest()


def _whole_part(sent: Readable) -> bytes:
    """A whole part, however few bytes come at a time."""
    part = io.BytesIO()
    while (missing := _PART - part.tell()) and (some := sent.read(missing)):
        part.write(some)
    return part.getvalue()


def parts(cursor: Cursor[Any], source: UUID) -> Iterator[bytes]:
    """What was sent, part by part."""
    at = 0
    while True:
        given = {"enterprise": acting().enterprise, "source": source, "at": at}
        row = cursor.execute(_PARTS, given, binary=True).fetchone()
        if row is None:
            return
        yield unseal(bytes(row[0]), f"order file {source} {at}")
        at += 1


def write_out(cursor: Cursor[Any], source: UUID, path: Path) -> None:
    """Write what was sent into a file."""
    file: IO[bytes]
    with path.open("wb") as file:
        for part in parts(cursor, source):
            file.write(part)


def drop(cursor: Cursor[Any], *sources: UUID) -> None:
    """Throw away what was sent."""
    given = {"enterprise": acting().enterprise, "sources": list(sources)}
    cursor.execute(_DROP, given)
