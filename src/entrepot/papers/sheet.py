# SPDX-License-Identifier: Apache-2.0
"""A document of pages that are drawn on: lengths in millimetres from the upper left corner.

Sizes of type are points. The same drawing gives the same bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any, Final, Literal

from reportlab.pdfgen.canvas import Canvas

from entrepot.papers import barcode
from entrepot.papers.fitting import LEADING, MM, Fitted, fitted
from entrepot.papers.fonts import NAME, font, width

Align = Literal["left", "centre", "right"]

#: How dark: ink for what is read, soft for captions, pale for lines.
INK, SOFT, PALE, FILL = 0.0, 0.35, 0.72, 0.94
#: The font has one weight: strong type is drawn with an outline of this part of its size.
_STRONG: Final = 0.026
#: Fonts are cut to what a document shows by one reader, which is not made for threads.
_ONE_AT_A_TIME: Final = threading.Lock()


class Sheet:
    """The page being drawn; see `document`."""

    def __init__(self, canvas: Any, size: tuple[float, float]) -> None:
        self._canvas = canvas
        self.width, self.height = size

    def text(
        self,
        x: float,
        y: float,
        said: str,
        size: float,
        *,
        align: Align = "left",
        strong: bool = False,
        grey: float = INK,
    ) -> None:
        """One line whose letters stand on `y`, beginning, centred or ending at `x`."""
        shift = {"left": 0.0, "centre": 0.5, "right": 1.0}[align] * width(said, size)
        drawn = self._canvas.beginText(x * MM - shift, (self.height - y) * MM)
        drawn.setFont(NAME, size)
        drawn.setFillGray(grey)
        drawn.textOut(said)
        if not strong:
            self._canvas.drawText(drawn)
            return
        # How letters are drawn outlasts the text: it is put back.
        self._canvas.saveState()
        self._canvas.setLineWidth(size * _STRONG)
        self._canvas.setStrokeGray(grey)
        self._canvas.addLiteral("2 Tr")
        self._canvas.drawText(drawn)
        self._canvas.restoreState()

    def block(
        self,
        x: float,
        y: float,
        text: Fitted,
        *,
        align: Align = "left",
        strong: bool = False,
        grey: float = INK,
    ) -> float:
        """Lines below `y`; answers with where they end."""
        step = text.size * LEADING / MM
        for row, line in enumerate(text.lines):
            # Letters stand a little above the lower edge of their line.
            base = y + (row + 0.79) * step
            self.text(x, base, line, text.size, align=align, strong=strong, grey=grey)
        return y + len(text.lines) * step

    def fit(
        self,
        x: float,
        y: float,
        room: float,
        said: str,
        size: float,
        *,
        least: float | None = None,
        lines: float = 1,
        align: Align = "left",
        strong: bool = False,
        grey: float = INK,
    ) -> float:
        """A text in `room` from `x` (centred in it, or up to its right), below `y`; see `fitted`.

        Answers with where the lines end.
        """
        held = fitted(said, room * MM, size, least=least or size * 0.7, lines=lines)
        at = {"left": x, "centre": x + room / 2, "right": x + room}[align]
        return self.block(at, y, held, align=align, strong=strong, grey=grey)

    def line(self, x: float, y: float, to: float, *, wide: float = 0.25, grey: float = INK) -> None:
        """A line across, from `x` to `to`; `wide` in millimetres."""
        self._canvas.setStrokeGray(grey)
        self._canvas.setLineWidth(wide * MM)
        self._canvas.line(x * MM, (self.height - y) * MM, to * MM, (self.height - y) * MM)

    def rect(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        *,
        line: float = 0.0,
        fill: float | None = None,
        grey: float = INK,
    ) -> None:
        """A rectangle below `y`, filled or with a line of `line` millimetres around it."""
        self._canvas.setStrokeGray(grey)
        self._canvas.setLineWidth(line * MM)
        if fill is not None:
            self._canvas.setFillGray(fill)
        self._canvas.rect(
            x * MM,
            (self.height - y - high) * MM,
            wide * MM,
            high * MM,
            stroke=int(line > 0),
            fill=int(fill is not None),
        )

    def shape(
        self,
        corners: Sequence[tuple[float, float]],
        *,
        fill: tuple[float, float, float] | None = None,
        line: float = 0.2,
    ) -> None:
        """A closed shape by its corners, filled with parts of red, green and blue."""
        path = self._canvas.beginPath()
        for at, (x, y) in enumerate(corners):
            (path.lineTo if at else path.moveTo)(x * MM, (self.height - y) * MM)
        path.close()
        self._canvas.setStrokeGray(INK)
        self._canvas.setLineWidth(line * MM)
        if fill is not None:
            self._canvas.setFillColorRGB(*fill)
        self._canvas.drawPath(path, stroke=1, fill=int(fill is not None))

    def bars(self, x: float, y: float, symbol: barcode.Symbol, high: float) -> None:
        """The bars of a symbol below `y`, from `x`; its quiet zones are to be left beside them."""
        path = self._canvas.beginPath()
        for at, wide in symbol.bars:
            path.rect((x + at) * MM, (self.height - y - high) * MM, wide * MM, high * MM)
        self._canvas.setFillGray(INK)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def next(self) -> None:
        """Begin the next page."""
        self._canvas.showPage()


def document(size: tuple[float, float], title: str, draw: Callable[[Sheet], None]) -> bytes:
    """A PDF of pages of one size in millimetres, drawn by `draw`; the last is ended for it."""
    wide, high = size
    out = BytesIO()
    with _ONE_AT_A_TIME:
        font()
        canvas = Canvas(
            out,
            pagesize=(wide * MM, high * MM),
            invariant=1,
            pageCompression=1,
            initialFontName=NAME,
        )
        canvas.setTitle(title)
        canvas.setCreator("Entrepot")
        draw(Sheet(canvas, size))
        canvas.save()
    return out.getvalue()
