# SPDX-License-Identifier: Apache-2.0
"""A document as it is posted: what it says, and the hash over it.

The hashes are over JSON without spaces, in UTF-8, so that anybody can work them out again with
what any language brings (docs/algorithms/sealed-book.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from json.encoder import encode_basestring
from uuid import UUID

from entrepot.errors import Refused

#: A quantity, a sum of quantities in a place: what a signed number of 64 bits holds, with room.
MOST = 2**53 - 1
MOST_LINES = 1_000_000


class Unpostable(Refused):
    """A document that says something no document may say; every fault is listed."""

    code = "ledger.unpostable"


@dataclass(frozen=True, slots=True)
class Line:
    """One movement: `quantity` of an item leaves a place and enters another.

    Quantities are stock units of a SKU, or the smallest units of a currency; more than zero.
    `is_reserved`: these units are reserved where they are. They stay so where they go, unless they
    leave the firm. What a document says, and its hash, does not depend on it.
    """

    item: str
    quantity: int
    from_place: str
    to_place: str
    lot: str = ""
    is_reserved: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """What moved something: its lines are booked together or not at all.

    `kind` and `number` name it: the same document posted twice is one document.
    """

    kind: str
    number: str
    on: date
    lines: Sequence[Line]
    note: str = ""
    reverses: UUID | None = None

    @property
    def name(self) -> str:
        return f"{self.kind} {self.number}"


def movement_hash(beginning: str, line: int, on: str, says: Line) -> bytes:
    """sha256 over one movement and the document it is a line of.

    Args:
        beginning: `hash_beginning` of the document.
        on: the day of the document, as 2026-03-01.
    """
    # Written by hand: a book of ten million movements is hashed again by every audit.
    return hashlib.sha256(
        f"{beginning}{line},{_text(on)},{_text(says.item)},{_text(says.lot)},{says.quantity},"
        f"{_text(says.from_place)},{_text(says.to_place)}]".encode()
    ).digest()


def hash_beginning(enterprise: UUID, kind: str, number: str) -> str:
    """What is hashed of every movement of a document before the movement itself."""
    return f"[{_text(str(enterprise))},{_text(kind)},{_text(number)},"


def document_hash(enterprise: UUID, document: Document, movements: Sequence[bytes]) -> bytes:
    """sha256 over what a document says, with the hashes of its movements in the order of lines."""
    reverses = str(document.reverses) if document.reverses else None
    says = [
        str(enterprise), document.kind, document.number, document.on.isoformat(),
        document.note, reverses, [each.hex() for each in movements],
    ]  # fmt: skip
    return hashlib.sha256(_JSON.encode(says).encode()).digest()


def hashes(enterprise: UUID, document: Document) -> tuple[bytes, list[bytes]]:
    """The hash of a document, and those of its movements."""
    beginning = hash_beginning(enterprise, document.kind, document.number)
    on = document.on.isoformat()
    movements = [
        movement_hash(beginning, number, on, line) for number, line in enumerate(document.lines, 1)
    ]
    return document_hash(enterprise, document, movements), movements


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_text = encode_basestring


def check_documents(documents: Sequence[Document]) -> None:
    """Refuse documents that say what none may say, with every fault.

    Raises:
        Unpostable: no lines or too many, a quantity that is not a whole number above zero and
            below 2**53, or a line that leaves and enters the same place.
    """
    faults: list[Mapping[str, object]] = []
    for document in documents:
        if not 1 <= len(document.lines) <= MOST_LINES:
            faults.append(
                {
                    "document": document.name,
                    "found": f"{len(document.lines):,} lines",
                    "expected": f"1 to {MOST_LINES:,}",
                }
            )
        for number, line in enumerate(document.lines, 1):
            if not 0 < line.quantity <= MOST:
                faults.append(
                    {
                        "document": document.name,
                        "line": number,
                        "found": f"quantity {line.quantity}",
                        "expected": f"1 to {MOST}",
                    }
                )
            if line.from_place == line.to_place:
                faults.append(
                    {
                        "document": document.name,
                        "line": number,
                        "found": f"from and to {line.from_place}",
                        "expected": "two places",
                    }
                )
    if faults:
        raise Unpostable(
            f"Cannot post {_count(len(documents), 'document')}.",
            f"{_count(len(faults), 'fault')}, first: {_in_words(faults[0])}.",
            "Correct them and post again; nothing was posted.",
            faults=faults,
        )


def _in_words(fault: Mapping[str, object]) -> str:
    line = f", line {fault['line']}" if "line" in fault else ""
    return f"{fault['document']}{line}: {fault['found']}, expected {fault['expected']}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
