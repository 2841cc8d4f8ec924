# SPDX-License-Identifier: Apache-2.0
"""Prove that the book of an enterprise is what was posted: nothing changed, nothing missing.

Everything is worked out again from the rows: the hash of every movement and document, what lies
where, every batch's root and the chain of batches. The chain can be kept elsewhere
(`chain_of`) and held against the book later (`against`): then whoever rewrote the whole
database, chain included, is found out as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from entrepot.ledger.document import Document, Line, document_hash, hash_beginning, movement_hash
from entrepot.ledger.merkle import chain, root
from entrepot.ledger.sealing import BEGINNING, Link, document_leaf
from entrepot.people.database import raw_cursor, stream
from entrepot.people.tenancy import within

#: How many findings are listed; all are counted.
MOST_LISTED = 1000

_DOCUMENTS = """
    SELECT d.id, d.kind, d.number, d."on", d.note, d.reverses_id, d.hash, d.lines, d.posted_at,
        d.posted_by, s.leaf, u.document_id IS NOT NULL
    FROM ledger_document AS d
    LEFT JOIN ledger_sealeddocument AS s
        ON s.enterprise_id = d.enterprise_id AND s.document_id = d.id
    LEFT JOIN ledger_unsealed AS u ON u.enterprise_id = d.enterprise_id AND u.document_id = d.id
    WHERE d.enterprise_id = %(enterprise)s
    ORDER BY d.id
"""
_MOVEMENTS = """
    SELECT document_id, line, "on", item, lot, quantity, from_place, to_place, hash
    FROM ledger_movement WHERE enterprise_id = %(enterprise)s
    ORDER BY document_id, line
"""
_SEALS = """
    SELECT number, documents, root, chain FROM ledger_seal WHERE enterprise_id = %(enterprise)s
    ORDER BY number
"""
_LEAVES = """
    SELECT s.seal, s.leaf, s.document_id, d.id IS NULL
    FROM ledger_sealeddocument AS s
    LEFT JOIN ledger_document AS d ON d.enterprise_id = s.enterprise_id AND d.id = s.document_id
    WHERE s.enterprise_id = %(enterprise)s
    ORDER BY s.seal, s.position
"""
_BALANCES = """
    SELECT place, item, lot, coalesce(b.quantity, 0), coalesce(m.quantity, 0)
    FROM (
        SELECT place, item, lot, quantity FROM ledger_balance
        WHERE enterprise_id = %(enterprise)s
    ) AS b
    FULL JOIN (
        SELECT place, item, lot, sum(quantity) AS quantity
        FROM (
            SELECT from_place AS place, item, lot, -quantity AS quantity FROM ledger_movement
            WHERE enterprise_id = %(enterprise)s
            UNION ALL
            SELECT to_place, item, lot, quantity FROM ledger_movement
            WHERE enterprise_id = %(enterprise)s
        ) AS sides
        GROUP BY place, item, lot
    ) AS m USING (place, item, lot)
    WHERE coalesce(b.quantity, 0) <> coalesce(m.quantity, 0)
    ORDER BY place, item, lot
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the book that is not what was posted."""

    code: str
    about: str
    found: str
    expected: str


@dataclass(slots=True)
class Audit:
    """What was looked at, and what was found."""

    enterprise: UUID
    documents: int = 0
    movements: int = 0
    unsealed: int = 0
    links: list[Link] = field(default_factory=list)
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.found

    def add(self, code: str, about: str, found: object, expected: object) -> None:
        """Note a finding; beyond the first thousand they are only counted."""
        self.found += 1
        if len(self.findings) < MOST_LISTED:
            self.findings.append(Finding(code, about, str(found), str(expected)))


def audit(
    enterprise: UUID,
    against: Mapping[int, bytes] | None = None,
    progress: Callable[[int], None] = lambda documents: None,
) -> Audit:
    """Work the book of an enterprise out again, as it stood at one moment.

    Args:
        against: for the number of each batch whose chain was kept elsewhere, that chain.
        progress: told how many documents have been looked at.
    """
    done = Audit(enterprise)
    given = {"enterprise": enterprise}
    with within(enterprise, snapshot=True):
        _check_documents(done, given, progress)
        _check_seals(done, given)
        with raw_cursor() as cursor:
            for place, item, lot, kept, moved in cursor.execute(_BALANCES, given):
                about = "/".join(part for part in (place, item, lot) if part)
                done.add("balance_differs", about, kept, moved)
    _check_against(done, against or {})
    return done


def chain_of(enterprise: UUID) -> list[Link]:
    """The batches of an enterprise, to be kept elsewhere."""
    with within(enterprise), raw_cursor() as cursor:
        rows = cursor.execute(_SEALS, {"enterprise": enterprise}).fetchall()
    return [Link(number, count, bytes(its), bytes(so_far)) for number, count, its, so_far in rows]


def _check_documents(
    done: Audit, given: Mapping[str, Any], progress: Callable[[int], None]
) -> None:
    """Hash every document and movement again; both come in the order of documents."""
    movements = groupby(stream(_MOVEMENTS, given), key=itemgetter(0))
    waiting = next(movements, None)
    for row in stream(_DOCUMENTS, given):
        while waiting is not None and waiting[0] < row[0]:
            _strays(done, waiting)
            waiting = next(movements, None)
        lines: Iterator[tuple[Any, ...]] = iter(())
        if waiting is not None and waiting[0] == row[0]:
            lines = waiting[1]
        _check_document(done, row, lines)
        if waiting is not None and waiting[0] == row[0]:
            waiting = next(movements, None)
        if done.documents % 10_000 == 0:
            progress(done.documents)
    while waiting is not None:
        _strays(done, waiting)
        waiting = next(movements, None)


def _strays(done: Audit, group: tuple[UUID, Iterator[tuple[Any, ...]]]) -> None:
    lines = sum(1 for _ in group[1])
    done.movements += lines
    done.add("document_missing", str(group[0]), f"{lines} movements without a document", "one")


def _check_document(
    done: Audit, row: tuple[Any, ...], movements: Iterator[tuple[Any, ...]]
) -> None:
    (id, kind, number, on, note, reverses, hash, lines, at, by, its_leaf, is_waiting) = row
    done.documents += 1
    says = Document(kind, number, on, (), note, reverses)
    kept, seen = [], 0
    beginning = hash_beginning(done.enterprise, kind, number)
    day_written = on.isoformat()
    for _, line, day, item, lot, quantity, from_place, to_place, its_hash in movements:
        done.movements += 1
        seen += 1
        again = movement_hash(
            beginning, line, day_written, Line(item, quantity, from_place, to_place, lot)
        )
        if again != bytes(its_hash) or day != on or line != seen:
            done.add("movement_changed", f"{says.name}, line {line}", again.hex(), its_hash.hex())
        kept.append(again)
    if seen != lines:
        done.add("movement_missing", says.name, f"{seen} lines", f"{lines} lines")
    elif document_hash(done.enterprise, says, kept) != bytes(hash):
        done.add("document_changed", says.name, "another hash", hash.hex())
    if its_leaf is None:
        done.unsealed += 1
        if not is_waiting:
            done.add("never_sealed", says.name, "no seal and not waiting for one", "either")
    elif document_leaf(id, bytes(hash), at, by) != bytes(its_leaf):
        done.add("document_changed", says.name, "another leaf", its_leaf.hex())


def _check_seals(done: Audit, given: Mapping[str, Any]) -> None:
    """Build every batch's tree again, and the chain over all."""
    batches = groupby(stream(_LEAVES, given), key=itemgetter(0))
    waiting = next(batches, None)
    before, expected = BEGINNING, 0
    with raw_cursor() as cursor:
        seals = cursor.execute(_SEALS, given).fetchall()
    for number, documents, its_root, its_chain in seals:
        expected += 1
        if number != expected:
            done.add("seal_missing", f"batch {expected}", f"batch {number}", f"batch {expected}")
            expected = number
        leaves = []
        if waiting is not None and waiting[0] == number:
            for _, its_leaf, document, is_missing in waiting[1]:
                leaves.append(bytes(its_leaf))
                if is_missing:
                    done.add("document_missing", str(document), "not there", f"in batch {number}")
            waiting = next(batches, None)
        over = root(leaves) if leaves else BEGINNING
        so_far = chain(before, number, len(leaves), over)
        if over != bytes(its_root) or len(leaves) != documents or so_far != bytes(its_chain):
            done.add("seal_broken", f"batch {number}", so_far.hex(), its_chain.hex())
        before = bytes(its_chain)
        done.links.append(Link(number, documents, bytes(its_root), before))


def _check_against(done: Audit, against: Mapping[int, bytes]) -> None:
    here = {link.number: link.chain for link in done.links}
    for number, kept in sorted(against.items()):
        found = here.get(number)
        if found != kept:
            said = found.hex() if found else "no such batch"
            done.add("seal_differs", f"batch {number}", said, kept.hex())
