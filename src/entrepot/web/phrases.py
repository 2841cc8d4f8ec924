# SPDX-License-Identifier: Apache-2.0
"""Sentences in another language: a phrase book whose keys are the English ones, with holes.

`"Cannot pack order {order}< and {n} more>." = "无法打包订单 {order}< 等 {n} 个>。"`

The program says everything in English, and keeps what it said of jobs, imports and scans. A phrase
is known again by its words; what stands in its holes is put into the Chinese sentence. What stands
in `<` and `>` may be missing. A hole of the Chinese sentence may say how it is told itself:
`{what:word}` is a phrase, `{state:order|import}` the state of one of these kinds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias

HOLE: Final = re.compile(r"\{(\w+)(?::([\w|]+))?\}")
MAYBE: Final = re.compile(r"<([^<>]*)>")
#: What every code may say.
SHARED: Final = "*"
#: A longer text is no sentence, and is told as it is.
LONGEST: Final = 4000
#: How often a phrase may stand in the hole of another.
_DEEPEST: Final = 8

#: How the content of a hole is told: given its text and what the hole says of it.
Telling: TypeAlias = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """An English sentence: what stands around its holes, and how it is told."""

    around: tuple[str, ...]
    holes: tuple[str, ...]
    says: str

    @property
    def weight(self) -> int:
        """How much of it is fixed: of several that fit, the one that says most is meant."""
        return sum(map(len, self.around))

    def find(self, text: str) -> dict[str, str] | None:
        """What stands in its holes; nothing where the text is another one."""
        if not self.holes:
            return {} if text == self.around[0] else None
        first, *between, last = self.around
        end = len(text) - len(last)
        if end <= len(first) or not (text.startswith(first) and text.endswith(last)):
            return None
        found, at = [], len(first)
        for part in between:
            # A hole holds a character at least; the first place that fits leaves the rest most.
            place = text.find(part, at + 1, end)
            if place < 0:
                return None
            found.append(text[at:place])
            at = place + len(part)
        if at >= end:
            return None
        return dict(zip(self.holes, [*found, text[at:end]], strict=True))

    def tell(self, found: Mapping[str, str], telling: Telling) -> str:
        """The sentence with its holes filled."""
        says = MAYBE.sub(lambda part: part[1] if _is_filled(part[1], found) else "", self.says)
        return HOLE.sub(lambda hole: telling(found[hole[1]], hole[2] or ""), says)


def phrases(english: str, says: str) -> Iterator[tuple[str, Phrase]]:
    """A sentence with and without each of its parts that may be missing."""
    parts = MAYBE.split(english)
    for kept in product((True, False), repeat=len(parts) // 2):
        text = "".join(part for at, part in enumerate(parts) if at % 2 == 0 or kept[at // 2])
        pieces = HOLE.split(text)
        yield text, Phrase(tuple(pieces[::3]), tuple(pieces[1::3]), says)


class Book:
    """The phrases of each code, and those that every code may say."""

    def __init__(
        self, sections: Mapping[str, Mapping[str, str]], state: Callable[[str, str], str]
    ) -> None:
        self._whole: dict[str, dict[str, str]] = defaultdict(dict)
        self._holed: dict[str, list[Phrase]] = defaultdict(list)
        self._state = state
        for code, section in sections.items():
            for english, says in section.items():
                for text, phrase in phrases(english, says):
                    if phrase.holes:
                        self._holed[code].append(phrase)
                    else:
                        self._whole[code][text] = MAYBE.sub("", says)
        shared = self._holed[SHARED]
        for code, found in self._holed.items():
            # What a code says itself comes first of those that say as much.
            found += shared if code != SHARED else []
            found.sort(key=lambda phrase: -phrase.weight)

    def tell(self, text: str, code: str = "", depth: int = 0) -> str | None:
        """A sentence or word of a code in Chinese; nothing where the book does not have it."""
        if len(text) > LONGEST or depth > _DEEPEST:
            return None

        def telling(value: str, how: str) -> str:
            if how == "word":
                return self.tell(value, code, depth + 1) or value
            return self._state(how, value) if how else value

        for section in (code, SHARED):
            if says := self._whole.get(section, {}).get(text):
                return says
        for phrase in self._holed.get(code) or self._holed[SHARED]:
            found = phrase.find(text)
            if found is not None:
                return phrase.tell(found, telling)
        return None


def _is_filled(part: str, found: Mapping[str, str]) -> bool:
    names: Iterable[str] = (hole[1] for hole in HOLE.finditer(part))
    return all(name in found for name in names)
