# SPDX-License-Identifier: Apache-2.0
"""Read what customs answers: a file of any content to the receipts in it, or to its faults."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from entrepot.customs.messages import forms
from entrepot.customs.messages.editions import Edition, edition, names
from entrepot.customs.messages.faults import Fault
from entrepot.customs.messages.reading import read

#: The answer that a whole message could not be read.
UNREAD: Final = "CEB900Message"
#: What became of a merge: it answers no one document, and is kept for whoever follows merges.
RESULT: Final = "CEB792Message"
#: Fields that hold a firm's own number of a document, the first that a document has.
OWN_NUMBERS: Final = ("copNo", "coElNo", "logisticsNo", "orderNo")
_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """One receipt in a file.

    `answers`: the message that is answered, as CEB603Message. `own_no`: the firm's number of the
    document. `about`: the message that could not be read, of `UNREAD` only. `content`: a hash of
    all that it says, by which the same receipt is known in another file.
    """

    answer: str
    answers: str
    guid: str
    own_no: str
    status: str
    at: str
    info: str
    about: str
    values: Mapping[str, str]
    content: bytes


@dataclass(slots=True)
class Answered:
    """What a file of customs holds: its receipts, and whatever is wrong with it."""

    answer: str = ""
    receipts: list[Told] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    @property
    def is_read(self) -> bool:
        """Whether anything could be taken from it."""
        return bool(self.receipts)


def answered_by(answer: str) -> str:
    """Which message an answer is about; empty where it answers none."""
    for name in reversed(names()):
        for kind in edition(name).kinds.values():
            if answer and kind.answered_by == answer:
                return kind.name
    return ""


def own_number(values: Mapping[str, Any]) -> str:
    """The firm's own number of a document, or of what a receipt is about."""
    return next((str(values[name]) for name in OWN_NUMBERS if values.get(name)), "")


def read_receipts(data: bytes) -> Answered:
    """Read a file of customs; nothing that it holds raises.

    A receipt with a fault elsewhere is taken all the same where it says whom it is about and what
    state it reports: what customs said must not be lost for a field of another length.
    """
    found = read(data)
    done = Answered(found.message, faults=found.faults, fault_count=found.fault_count)
    answers = answered_by(found.message)
    if not answers and found.message != UNREAD:
        if not found.fault_count and found.message != RESULT:
            done.faults = [_no_answer(found.message)]
            done.fault_count = 1
        return done
    for document in found.documents:
        told = _told(found.message, answers, document)
        if told is not None:
            done.receipts.append(told)
    return done


def _told(answer: str, answers: str, document: Any) -> Told | None:
    if not isinstance(document, Mapping):
        return None
    values = {
        name: value if isinstance(value, str) else forms.as_text(value)
        for name, value in document.items()
        if value is not None and not isinstance(value, Mapping | list)
    }
    status, guid = values.get("returnStatus", "").strip(), values.get("guid", "").strip()
    own_no, about = own_number(values), values.get("oriCopMsgId", "")
    if not status or not (guid or own_no or about):
        return None
    hashed = json.dumps([answer, sorted(values.items())], ensure_ascii=True).encode()
    return Told(
        answer, answers, guid.upper()[:36], own_no[:80], status[:20],
        values.get("returnTime", "").strip()[:17], values.get("returnInfo", "")[:_LONGEST * 5],
        about[:255], values, hashlib.sha256(hashed).digest(),
    )  # fmt: skip


def _no_answer(message: str) -> Fault:
    return Fault(
        "receipt.none", f"/{message}", "It is no receipt.", "an answer of customs",
        "Check messages that a firm sends with entrepot customs validate.",
    )  # fmt: skip


def head_of(chosen: Edition, message: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The head of a document: itself where it is one row."""
    part = chosen.part(chosen.kind(message).carries)
    if part.is_row:
        return document
    head = document.get(part.children[0].name)
    return head if isinstance(head, Mapping) else {}
