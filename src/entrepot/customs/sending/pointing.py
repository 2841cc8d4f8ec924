# SPDX-License-Identifier: Apache-2.0
"""Which fields of a document the words of a rejection name.

Customs says in free text why it rejects a document. A field is pointed at where the text holds the
name of its element, or the Chinese term of the schema. Where it names none, none is marked: the
words themselves are always shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from entrepot.customs.messages.editions import Child, Edition, Part

#: Terms too short to mean a field, such as 单价 within another word, are looked for whole only.
_SHORTEST = 2
_LINE = re.compile(r"(?:gnum|gseqno|序号|第)\s*[:：=＝]?\s*([0-9]{1,5})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pointed:
    """A field that is named: the part and element, its Chinese term, and the line (0: any)."""

    part: str
    element: str
    term: str
    line: int = 0


def pointed_at(chosen: Edition, message: str, said: str) -> list[Pointed]:
    """The fields that a text names, in the order of the message.

    Source: our own policy, docs/decisions/0026
    """
    lines = [int(number) for number in _LINE.findall(said)]
    line = lines[0] if len(lines) == 1 else 0
    parts = list(_parts(chosen, chosen.part(chosen.kind(message).carries)))
    named = set(_named(said, [child for _, child, _ in parts]))
    return [
        Pointed(part, child.name, child.meaning.zh, line if is_line else 0)
        for part, child, is_line in parts
        if child.name in named
    ]


def _parts(chosen: Edition, part: Part, is_line: bool = False) -> Iterator[tuple[str, Child, bool]]:
    for child in part.children:
        if child.facet is not None:
            yield part.name, child, is_line
        else:
            yield from _parts(chosen, chosen.part(child.name, child.namespace), child.most > 1)


def _named(said: str, children: list[Child]) -> Iterator[str]:
    """Names of elements in a text, longer terms first so that 总价 is not found within 总价款."""
    text = said
    for name in sorted({child.name for child in children}, key=lambda each: (-len(each), each)):
        pattern = rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])"
        if re.search(pattern, text, re.IGNORECASE if len(name) > 3 else 0):
            yield name
    terms = {child.meaning.zh: child.name for child in children if child.meaning.zh}
    for term in sorted(terms, key=lambda each: (-len(each), each)):
        if len(term) >= _SHORTEST and term in text:
            text = text.replace(term, "\0")
            yield terms[term]
