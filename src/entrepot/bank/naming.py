# SPDX-License-Identifier: Apache-2.0
"""Which payouts a text of a bank names: references as whole words, however they are parted.

A reference is compared by its letters and digits. It is named where words that stand beside each
other make it up (`PO 123-456`); one of ten signs or more may also stand within a longer word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

#: Signs that a reference has at least; a shorter one names nothing.
SHORTEST = 4
#: Signs from which on a reference may stand within a longer word.
_WITHIN = 10
#: Words beside each other that may make up one reference.
_JOINED = 5
_WORDS = re.compile("[A-Z0-9]+")


def folded(text: str) -> str:
    """Letters and digits only, in capitals."""
    return "".join(_WORDS.findall(text.upper()))


class References:
    """References of payouts, to be found in texts."""

    def __init__(self, references: Iterable[str]) -> None:
        self.places = defaultdict[str, list[int]](list)
        for place, reference in enumerate(references):
            key = folded(reference)
            if len(key) >= SHORTEST and re.search("[0-9]", key):
                self.places[key].append(place)
        self.lengths = sorted({len(key) for key in self.places if len(key) >= _WITHIN})
        self.longest = max(map(len, self.places), default=0)

    def named(self, texts: Iterable[str]) -> set[int]:
        """The places of all references that the texts name."""
        found: set[int] = set()
        for text in texts:
            words = _WORDS.findall(text.upper())
            for begin in range(len(words)):
                joined = ""
                for word in words[begin : begin + _JOINED]:
                    joined += word
                    if len(joined) > self.longest:
                        break
                    found.update(self.places.get(joined, ()))
            for word in words:
                for length in self.lengths:
                    for begin in range(len(word) - length + 1):
                        found.update(self.places.get(word[begin : begin + length], ()))
        return found
