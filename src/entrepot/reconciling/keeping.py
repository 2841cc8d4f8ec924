# SPDX-License-Identifier: Apache-2.0
"""What was sent, part by part and encrypted: the evidence beside what was read of it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

from psycopg import Cursor

from entrepot.bank.actions import LARGEST
from entrepot.people.secrets import seal, unseal
from entrepot.people.tenancy import acting
from entrepot.reconciling.refusals import TooLargeReport

#: Bytes of a file as it is sent: what the readers of banks take at most.
MOST_BYTES: Final = LARGEST
_PART: Final = 1 << 20
_ADD: Final = """
    INSERT INTO reconciling_moneyfilepart (enterprise_id, source_id, at, content)
    VALUES (%(enterprise)s, %(source)s, %(at)s, %(content)s)
"""
_PARTS: Final = """
    SELECT content FROM reconciling_moneyfilepart
    WHERE enterprise_id = %(enterprise)s AND source_id = %(source)s AND at = %(at)s
"""
_DROP: Final = """
    DELETE FROM reconciling_moneyfilepart
    WHERE enterprise_id = %(enterprise)s AND source_id = %(source)s
"""


class Readable(Protocol):
    """Where bytes come from: a request, a file."""

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes, and none at the end."""


def keep(cursor: Cursor[Any], source: UUID, sent: Readable, file: str) -> tuple[int, bytes]:
    """Keep what is sent; how many bytes it was, and their sha256.

    Raises:
        TooLargeReport: it is more than is read.
    """
    digest, size, at = hashlib.sha256(), 0, 0
    while part := _whole_part(sent):
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeReport(
                f"Cannot take {file}.",
                f"It is larger than {MOST_BYTES:,} bytes.",
                "Fetch it for a shorter time, and send it in parts.",
            )
        digest.update(part)
        given = {
            "enterprise": acting().enterprise, "source": source, "at": at,
            "content": seal(part, f"money file {source} {at}"),
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


def write_out(cursor: Cursor[Any], source: UUID, path: Path) -> None:
    """Write what was sent into a file."""
    with path.open("wb") as file:
        at = 0
        while True:
            given = {"enterprise": acting().enterprise, "source": source, "at": at}
            row = cursor.execute(_PARTS, given, binary=True).fetchone()
            if row is None:
                return
            file.write(unseal(bytes(row[0]), f"money file {source} {at}"))
            at += 1


def drop(cursor: Cursor[Any], source: UUID) -> None:
    """Throw away what was sent."""
    cursor.execute(_DROP, {"enterprise": acting().enterprise, "source": source})
