# SPDX-License-Identifier: Apache-2.0
"""The words under which a master is found.

Letters and digits between spaces and punctuation are a word, without regard to case; of a run of
Chinese, Japanese or Korean characters, which has no spaces, every two neighbours are one, and the
last character alone, so that a single character finds every run that holds it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: A word is kept, and looked for, by this many characters.
MOST = 64
#: What somebody looks for is read up to this many words.
MOST_WANTED = 12

_CJK = (
    "[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
#: A run of CJK characters, or a word of others: USB充电器 is a word and a run.
_RUNS = re.compile(f"({_CJK}+)|((?:(?!{_CJK})[^\\W_])+)")


def _runs(text: str) -> list[tuple[str, str]]:
    """The runs of a text in order: of CJK characters first, of others second, one of them empty."""
    return _RUNS.findall(unicodedata.normalize("NFKC", text).casefold())


def words_of(texts: Iterable[str]) -> set[str]:
    """The words that some texts are found by."""
    found = set()
    for text in texts:
        for cjk, word in _runs(text):
            if word:
                found.add(word[:MOST])
            found.update(cjk[at : at + 2] for at in range(len(cjk)))
    return found


def wanted(text: str) -> list[tuple[str, bool]]:
    """What to look for: words, all of which have to be there, longest first, since few have those.

    With each, whether it is enough that a word begins so: for a single CJK character.
    """
    found: dict[str, bool] = {}
    for cjk, word in _runs(text):
        if word:
            found[word[:MOST]] = False
        elif len(cjk) == 1:
            found[cjk] = True
        else:
            found.update((cjk[at : at + 2], False) for at in range(len(cjk) - 1))
    return sorted(found.items(), key=lambda each: -len(each[0]))[:MOST_WANTED]
