# SPDX-License-Identifier: Apache-2.0
"""Seal posted documents: batches under Merkle roots, each chained to the one before.

Who posts waits for no sealer: a document says in its own transaction that it is not sealed yet
(`Unsealed`), and the sealer takes what it finds committed. One sealer at a time per enterprise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.utils import timezone

from entrepot.ledger.merkle import chain, leaf, root
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id

#: Documents in one batch, at most.
BATCH = 4096
#: What the first batch is chained to.
BEGINNING = bytes(32)

#: Held by the sealer of an enterprise; the first number says what the lock is about.
_LOCK = "SELECT pg_advisory_xact_lock(1397703500, hashtext(%(enterprise)s::text))"
_TAKE = """
    DELETE FROM ledger_unsealed AS u
    USING (
        SELECT document_id FROM ledger_unsealed WHERE enterprise_id = %(enterprise)s
        ORDER BY document_id LIMIT %(most)s
    ) AS next
    WHERE u.enterprise_id = %(enterprise)s AND u.document_id = next.document_id
    RETURNING u.document_id
"""
_DOCUMENTS = """
    SELECT id, hash, posted_at, posted_by FROM ledger_document
    WHERE enterprise_id = %(enterprise)s AND id = ANY(%(ids)b)
    ORDER BY id
"""
_LAST = """
    SELECT number, chain FROM ledger_seal WHERE enterprise_id = %(enterprise)s
    ORDER BY number DESC LIMIT 1
"""
_ADD_SEAL = """
    INSERT INTO ledger_seal (enterprise_id, id, number, documents, root, chain, sealed_at)
    VALUES (%(enterprise)s, %(id)s, %(number)s, %(documents)s, %(root)s, %(chain)s, %(at)s)
"""
_ADD_DOCUMENTS = """
    INSERT INTO ledger_sealeddocument (enterprise_id, seal, position, document_id, leaf)
    SELECT %(enterprise)s, %(number)s, position - 1, document_id, leaf
    FROM unnest(%(ids)b::uuid[], %(leaves)b::bytea[]) WITH ORDINALITY
        AS d (document_id, leaf, position)
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A batch in the chain of an enterprise."""

    number: int
    documents: int
    root: bytes
    chain: bytes


def document_leaf(document: UUID, hash: bytes, posted_at: datetime, posted_by: str) -> bytes:
    """The leaf that stands for a document: what it says, when it was posted and by whom."""
    at = posted_at.astimezone(UTC).isoformat(timespec="microseconds")
    says = json.dumps([str(document), hash.hex(), at, posted_by], separators=(",", ":"))
    return leaf(says.encode())


def seal_all(enterprise: UUID) -> list[Link]:
    """Seal everything that an enterprise has posted and that no seal covers yet."""
    links = []
    while link := seal(enterprise):
        links.append(link)
    return links


def seal(enterprise: UUID) -> Link | None:
    """Seal the next documents of an enterprise, as one batch in a transaction of its own.

    Returns:
        the batch; nothing where all is sealed.
    """
    given = {"enterprise": enterprise, "most": BATCH}
    with within(enterprise), raw_cursor() as cursor:
        cursor.execute(_LOCK, given)
        ids = sorted(id for (id,) in cursor.execute(_TAKE, given))
        if not ids:
            return None
        rows = cursor.execute(_DOCUMENTS, given | {"ids": ids}).fetchall()
        leaves = [document_leaf(id, bytes(hash), at, by) for id, hash, at, by in rows]
        assert len(leaves) == len(ids)
        number, before = cursor.execute(_LAST, given).fetchone() or (0, BEGINNING)
        over = root(leaves)
        link = Link(
            number + 1, len(leaves), over, chain(bytes(before), number + 1, len(leaves), over)
        )
        cursor.execute(
            _ADD_SEAL,
            given
            | {
                "id": new_id(),
                "number": link.number,
                "documents": link.documents,
                "root": link.root,
                "chain": link.chain,
                "at": timezone.now(),
            },
        )
        cursor.execute(
            _ADD_DOCUMENTS, given | {"number": link.number, "ids": ids, "leaves": leaves}
        )
    return link
