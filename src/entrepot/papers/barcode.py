# SPDX-License-Identifier: Apache-2.0
"""Bar codes: Code 128, and GS1-128, which is Code 128 that begins with FNC1.

What reportlab works out is which bars; here, how wide they are. Lengths are millimetres.

Source: GS1 General Specifications 18, 5.4.4.2 (quiet zone of 10 X), 5.4.4.3 (at most 165.10 mm with
    quiet zones), 6.6.4.1 (the SSCC lowest, bars upright, its text given); 5.9.3, table 5 (logistic
    units: X from 0.495 to 0.940 mm, bars at least 31.75 mm high), quoted from memory
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reportlab.graphics.barcode.code128 import Code128

from entrepot.papers.gs1 import FNC1
from entrepot.papers.refusals import Unfit

#: The narrowest bar of a symbol of GS1 on a logistic unit: four dots of a printer of 203 per inch.
GS1_X: Final = 0.5
GS1_LEAST_X: Final = 0.495
#: How high its bars are at least.
GS1_HEIGHT: Final = 31.75
#: What stays white on both sides, in narrowest bars.
QUIET: Final = 10
GS1_LONGEST: Final = 165.10
#: The narrowest bar of any other symbol: two dots of such a printer, read by every hand-held.
LEAST_X: Final = 0.25

#: FNC1 as reportlab writes it.
_REPORTLAB_FNC1: Final = "\xf1"


@dataclass(frozen=True, slots=True)
class Symbol:
    """The bars of a symbol without its quiet zones.

    x      the narrowest bar
    bars   where each begins, and how wide it is
    width  from the first bar to the last
    """

    x: float
    bars: tuple[tuple[float, float], ...]
    width: float

    @property
    def quiet(self) -> float:
        """How wide a zone stays white on each side."""
        return QUIET * self.x


def gs1_128(element_string: str, room: float) -> Symbol:
    """The symbol of an element string, as `gs1.write` gives it, to stand in `room`.

    Raises:
        Unfit: too long for the room at the least width of a bar.
    """
    modules = _modules(_REPORTLAB_FNC1 + element_string.replace(FNC1, _REPORTLAB_FNC1))
    return _in_room(modules, element_string, min(room, GS1_LONGEST), GS1_X, GS1_LEAST_X)


def code_128(text: str, room: float, x: float) -> Symbol:
    """The symbol of a text of ASCII, as wide as `room` allows up to `x` for the narrowest bar.

    Raises:
        Unfit: too long for the room, or with a character that is not printable ASCII.
    """
    if not text or not all(" " <= each <= "~" for each in text):
        raise Unfit(
            f"Cannot make a bar code of {text[:40]!r}.",
            "Code 128 has letters, digits and signs of ASCII only, one at least.",
            "Correct the number.",
        )
    return _in_room(_modules(text), text, room, x, LEAST_X)


def _modules(text: str) -> list[int]:
    """Bars and gaps in turn, as multiples of the narrowest, from the first bar to the last."""
    symbol = Code128(text, quiet=0)
    symbol.validate()
    symbol.encode()
    # Letters of reportlab's patterns: capitals are bars, A is one module wide.
    return [ord(each.upper()) - ord("A") + 1 for each in symbol.decompose()]


def _in_room(modules: list[int], text: str, room: float, most: float, least: float) -> Symbol:
    wide = sum(modules)
    x = min(most, room / (wide + 2 * QUIET))
    if x < least:
        raise Unfit(
            f"Cannot print a bar code of {text[:60]!r}.",
            f"It needs {(wide + 2 * QUIET) * least:.0f} mm with the white beside it; "
            f"there are {room:.0f} mm.",
            "Shorten the number.",
        )
    bars, at = [], 0
    for place, each in enumerate(modules):
        if place % 2 == 0:
            bars.append((at * x, each * x))
        at += each
    return Symbol(x, tuple(bars), wide * x)
