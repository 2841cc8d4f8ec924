# SPDX-License-Identifier: Apache-2.0
"""The font of the papers: WenQuanYi Micro Hei, from the package that brings it.

One font for all: Latin as far as Vietnamese, Greek, Cyrillic, Chinese, Japanese, Korean. It is read
once per process; a document carries the characters that it shows and no others.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from entrepot.papers.refusals import Unprintable

NAME: Final = "WenQuanYiMicroHei"
#: What stands for a character that the font does not have.
UNKNOWN: Final = "□"
#: Longer than any text of a paper: what comes after is not looked at.
MOST: Final = 2000
#: Controls, and marks on the letter before that have not become one letter with it.
_UNSEEN: Final = frozenset({"Cf", "Cc", "Mn", "Me"})
_BLANKS: Final = re.compile(r"[^\S\n]+")


@cache
def font() -> Any:
    """The font, made known to reportlab."""
    with as_file(files("paperang_p2_fonts_cjk") / "fonts" / "wqy-microhei.ttc") as path:
        found = TTFont(NAME, str(path), subfontIndex=0)
    pdfmetrics.registerFont(found)
    return found


def width(text: str, size: float) -> float:
    """How wide a text is at a size, both in points."""
    widths = _widths()
    return sum(widths.get(ord(each), 0) for each in text) * size / 1000


def printable(text: str) -> str:
    """A text as it is printed: composed, blanks as one, without what cannot be seen.

    A character that the font does not have becomes `UNKNOWN`.
    """
    return "".join(each if ord(each) in _widths() else UNKNOWN for each in _tidy(text))


def must_print(text: str, what: str) -> str:
    """`printable`, for what has to be there to the letter: an address, a number.

    Raises:
        Unprintable: with the characters that the font does not have.
    """
    tidy = _tidy(text)
    lacking = sorted({each for each in tidy if ord(each) not in _widths()})
    if lacking:
        named = ", ".join(f"{each} (U+{ord(each):04X})" for each in lacking[:8])
        raise Unprintable(
            f"Cannot print {what}.",
            f"The font of the papers does not have {named}.",
            "Write it in Latin, Greek, Cyrillic, Chinese, Japanese or Korean letters.",
            characters=lacking,
        )
    return tidy


@cache
def _widths() -> dict[int, float]:
    widths = dict(font().face.charWidths)
    widths[ord("\n")] = 0
    return widths


def _tidy(text: str) -> str:
    composed = unicodedata.normalize("NFC", text[:MOST])
    composed = composed.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    seen = (each for each in composed if each == "\n" or unicodedata.category(each) not in _UNSEEN)
    return _BLANKS.sub(" ", "".join(seen)).strip()
