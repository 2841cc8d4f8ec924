# SPDX-License-Identifier: Apache-2.0
"""A paper of trade on A4: heading, parties, facts, a table over as many pages as it takes, a foot.

The table's heading is repeated on every page, and every page says which of how many it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from entrepot.papers.fitting import MM, Fitted, fitted, paged
from entrepot.papers.fonts import must_print, printable
from entrepot.papers.parties import Party
from entrepot.papers.sheet import FILL, PALE, SOFT, Align, Sheet, document
from entrepot.papers.words import Words

SIZE: Final = (210.0, 297.0)
LEFT, RIGHT = 15.0, 195.0
_TOP, _BOTTOM = 16.0, 280.0
#: Where the table begins on every page but the first.
_LATER_TOP: Final = 24.0
_CELL, _PAD = 8.5, 1.3
_HEADING: Final = 8.4
_FACTS: Final = 4
_FOOT_ROW: Final = 5.6
_MOST_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, a language a line, how wide it is, where its texts stand.

    `lines`: how many a cell of words may have before it is cut.
    """

    heading: str
    room: float
    align: Align = "left"
    lines: int = _MOST_LINES


@dataclass(frozen=True, slots=True)
class Row:
    """Texts for each column; or one, over all of them, that heads the rows below it."""

    cells: tuple[str, ...]

    @property
    def is_heading(self) -> bool:
        return len(self.cells) == 1


@dataclass(frozen=True, slots=True)
class Paper:
    """What is drawn, in the words of the paper's language.

    groups   rows that stay on one page together
    total    the last row of the table, where there is something to add up
    sums     captions and amounts below it on the right; the last is the one that counts
    """

    title: str
    number: str
    facts: Sequence[tuple[str, str]]
    parties: Sequence[tuple[str, str, Party]]
    columns: Sequence[Column]
    groups: Sequence[Sequence[Row]]
    total: Row | None = None
    sums: Sequence[tuple[str, str]] = ()
    marks: Sequence[str] = ()
    notes: Sequence[str] = ()
    signed: str = field(default="", kw_only=True)
    signed_too: str = field(default="", kw_only=True)


def render(paper: Paper, words: Words) -> bytes:
    """The paper as a PDF.

    Raises:
        Unprintable: a party's name, address or number has characters that the font does not have.
    """
    return document(SIZE, f"{paper.title} {paper.number}", lambda sheet: _draw(sheet, paper, words))


def _draw(sheet: Sheet, paper: Paper, words: Words) -> None:
    groups = [[_measured(row, paper.columns) for row in group] for group in paper.groups]
    total = _measured(paper.total, paper.columns) if paper.total else None
    heights = [sum(_high(row) for row in group) for group in groups]
    tail = (_high(total) if total else 0.0) + _foot_high(paper)
    top = _draw_front(sheet, paper, words)
    pages = paged(heights, _BOTTOM - top - _HEADING, _BOTTOM - _LATER_TOP - _HEADING, tail)
    for count, rows in enumerate(pages, start=1):
        if count > 1:
            sheet.next()
            _draw_running_head(sheet, paper)
            top = _LATER_TOP
        y = _draw_table_head(sheet, paper.columns, top)
        for place in rows:
            for row in groups[place]:
                y = _draw_row(sheet, paper.columns, row, y)
        if count == len(pages):
            sheet.line(LEFT, y, RIGHT, wide=0.35)
            if total:
                y = _draw_row(sheet, paper.columns, total, y, is_total=True)
            _draw_foot(sheet, paper, words, y)
        _draw_page_number(sheet, paper, words, count, len(pages))


def _draw_front(sheet: Sheet, paper: Paper, words: Words) -> float:
    """Title, parties, facts and marks; answers with where the table begins."""
    number = must_print(paper.number, "the number of the paper")
    title = sheet.fit(LEFT, _TOP - 2, 122, paper.title, 21, least=12, strong=True)
    ends = sheet.fit(RIGHT - 55, _TOP + 0.6, 55, number, 13, least=7, align="right")
    y = max(title, ends)
    sheet.line(LEFT, y + 1.5, RIGHT, wide=0.5)
    y += 5.0
    room = (RIGHT - LEFT - 8) / 2
    for place in range(0, len(paper.parties), 2):
        y = 2.5 + max(
            _draw_party(sheet, LEFT + column * (room + 8), y, room, party, words)
            for column, party in enumerate(paper.parties[place : place + 2])
        )
    y = _draw_facts(sheet, paper.facts, y + 0.5)
    if paper.marks:
        said = printable("  ·  ".join(paper.marks))
        sheet.rect(LEFT, y + 0.5, RIGHT - LEFT, 7.6, line=0.5)
        sheet.fit(LEFT + 3, y + 1.7, RIGHT - LEFT - 6, said, 11, least=5, strong=True)
        y += 9.6
    return y + 1.0


def _draw_party(
    sheet: Sheet, x: float, y: float, room: float, party: tuple[str, str, Party], words: Words
) -> float:
    caption, whose, who = party
    sheet.text(x, y + 2, caption, 6.5, grey=SOFT)
    name = must_print(who.address.name, whose)
    y = sheet.fit(x, y + 2.8, room, name, 10.5, least=7, lines=2, strong=True)
    return sheet.fit(x, y, room, "\n".join(who.lines(words, whose)), 8.5, least=6, lines=8)


def _draw_facts(sheet: Sheet, facts: Sequence[tuple[str, str]], y: float) -> float:
    told = [(caption, said) for caption, said in facts if said]
    room = (RIGHT - LEFT) / _FACTS
    for place in range(0, len(told), _FACTS):
        sheet.line(LEFT, y, RIGHT, grey=PALE)
        ends = []
        for column, (caption, said) in enumerate(told[place : place + _FACTS]):
            x = LEFT + column * room
            sheet.fit(x, y + 0.9, room - 3, caption, 6.5, least=5, grey=SOFT)
            ends.append(sheet.fit(x, y + 3.9, room - 3, printable(said), 9, least=6.5, lines=2))
        y = max(ends) + 1.4
    return y + 1.0


def _measured(row: Row, columns: Sequence[Column]) -> tuple[Row, list[Fitted]]:
    if row.is_heading:
        text = printable(row.cells[0])
        return row, [fitted(text, (RIGHT - LEFT - 2) * MM, _CELL, least=6, lines=1)]
    return row, [_measured_cell(*each) for each in zip(row.cells, columns, strict=True)]


def _measured_cell(said: str, column: Column) -> Fitted:
    # A number stays on one line, and may be set smaller than words before it is cut.
    least, lines = (4.0, 1) if column.align == "right" else (6.0, column.lines)
    return fitted(printable(said), (column.room - 2) * MM, _CELL, least=least, lines=lines)


def _high(row: tuple[Row, list[Fitted]]) -> float:
    return max(text.height for text in row[1]) / MM + 2 * _PAD


def _draw_table_head(sheet: Sheet, columns: Sequence[Column], y: float) -> float:
    sheet.rect(LEFT, y, RIGHT - LEFT, _HEADING, fill=FILL)
    x = LEFT
    for column in columns:
        held = fitted(column.heading, (column.room - 2) * MM, 7, least=4.5, lines=2)
        high = held.height / MM
        _draw_cell(sheet, column, x, y + (_HEADING - high) / 2, held, grey=SOFT)
        x += column.room
    return y + _HEADING


def _draw_row(
    sheet: Sheet,
    columns: Sequence[Column],
    measured: tuple[Row, list[Fitted]],
    y: float,
    *,
    is_total: bool = False,
) -> float:
    row, texts = measured
    end = y + _high(measured)
    shown = [Column("", RIGHT - LEFT)] if row.is_heading else columns
    x = LEFT
    for column, text in zip(shown, texts, strict=True):
        _draw_cell(sheet, column, x, y + _PAD, text, strong=is_total or row.is_heading)
        x += column.room
    if not is_total:
        sheet.line(LEFT, end, RIGHT, wide=0.15, grey=PALE)
    return end


def _draw_cell(
    sheet: Sheet,
    column: Column,
    x: float,
    y: float,
    text: Fitted,
    *,
    strong: bool = False,
    grey: float = 0.0,
) -> None:
    at = {"left": x + 1, "centre": x + column.room / 2, "right": x + column.room - 1}
    sheet.block(at[column.align], y, text, align=column.align, strong=strong, grey=grey)


def _foot_high(paper: Paper) -> float:
    sums = len(paper.sums) * _FOOT_ROW + (3.0 if paper.sums else 0.0)
    return 4.0 + max(sums, len(paper.notes) * 9.0) + (20.0 if paper.signed else 0.0)


def _draw_foot(sheet: Sheet, paper: Paper, words: Words, y: float) -> None:
    """Notes on the left, sums on the right, a line to sign on, or two."""
    notes = y = y + 3.0
    for note in paper.notes:
        room = 95 if paper.sums else RIGHT - LEFT
        sheet.fit(LEFT, notes, room, printable(note), 8, least=6, lines=2.4)
        notes += 9.0
    for place, (caption, said) in enumerate(paper.sums):
        is_last = place == len(paper.sums) - 1
        size = 12.0 if is_last else 9.0
        if is_last:
            sheet.line(RIGHT - 80, y + 0.4, RIGHT, wide=0.35)
            y += 0.8
        sheet.fit(RIGHT - 80, y, 38, printable(caption), size, least=6, strong=is_last)
        sheet.fit(RIGHT - 42, y, 41, said, size, least=6, align="right", strong=is_last)
        y += _FOOT_ROW
    if paper.signed:
        end = max(y, notes) + 15.0
        room = 82.0 if paper.signed_too else 90.0
        for x, name in ((LEFT, paper.signed), (RIGHT - room, paper.signed_too)):
            if name:
                sheet.fit(x, end - 5.2, room, printable(name), 9, least=6)
                sheet.line(x, end, x + room)
                sheet.text(x, end + 3, words("signature"), 6.5, grey=SOFT)


def _draw_running_head(sheet: Sheet, paper: Paper) -> None:
    sheet.fit(LEFT, _TOP - 2.5, 110, paper.title, 10, least=7, strong=True)
    number = must_print(paper.number, "the number of the paper")
    sheet.fit(RIGHT - 60, _TOP - 2.5, 60, number, 10, least=6, align="right")
    sheet.line(LEFT, _TOP + 3.5, RIGHT)


def _draw_page_number(sheet: Sheet, paper: Paper, words: Words, page: int, pages: int) -> None:
    sheet.line(LEFT, 286, RIGHT, grey=PALE)
    sheet.fit(LEFT, 287, 100, printable(paper.number), 7, least=5, grey=SOFT)
    said = words("page", between="  ", page=page, pages=pages)
    sheet.fit(RIGHT - 75, 287, 75, said, 7, least=5, align="right", grey=SOFT)
