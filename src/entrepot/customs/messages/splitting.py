# SPDX-License-Identifier: Apache-2.0
"""Divide what does not fit into one message: a hundred documents each, long documents numbered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from entrepot.customs.messages.building import Values
from entrepot.customs.messages.editions import Edition

#: Lines of one document at most, where an edition sets no bound of its own.
LINES = 100


def over_messages(
    edition: Edition, message: str, documents: Sequence[Values]
) -> Iterator[Sequence[Values]]:
    """Documents in groups that one message each can carry, in their order."""
    most = edition.kind(message).most
    for begin in range(0, len(documents), most):
        yield documents[begin : begin + most]


def over_parts(
    edition: Edition, message: str, document: Values, guids: Iterator[str], lines: int = LINES
) -> list[dict[str, Any]]:
    """A document with many lines as several, numbered msgSeqNo 1 to msgCount without a gap.

    Args:
        document: with a head that has msgCount and msgSeqNo, and a list of any length.
        guids: where the parts after the first take their GUID from; the first keeps its own.
        lines: how many lines a part has at most.

    Returns:
        the parts; their heads are the same but for GUID and numbers. Lines keep their numbers.
    """
    part = edition.part(edition.kind(message).carries)
    head_name, list_name = (child.name for child in part.children)
    head, rows = document[head_name], document.get(list_name, ())
    assert any(each.name == "msgSeqNo" for each in edition.part(head_name).children)
    groups = [rows[begin : begin + lines] for begin in range(0, len(rows), lines)] or [rows]
    made = []
    for number, group in enumerate(groups, start=1):
        numbered = {**head, "msgCount": len(groups), "msgSeqNo": number}
        if number > 1:
            numbered["guid"] = next(guids)
        made.append({head_name: numbered, list_name: list(group)})
    return made
