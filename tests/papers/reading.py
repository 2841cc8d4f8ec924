# SPDX-License-Identifier: Apache-2.0
"""What a finished PDF says: its text, where each character stands, its bar codes, its fonts."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pypdfium2
import zxingcpp

#: Pixels per millimetre of a rendered page.
DENSITY = 12
_MM = 72 / 25.4


@dataclass(frozen=True)
class Character:
    """A character on a page: its box in millimetres from the upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def characters(pdf: bytes, page: int = 0) -> list[Character]:
    found = pypdfium2.PdfDocument(pdf)[page]
    high = found.get_height()
    text = found.get_textpage()
    all_of_them = text.get_text_range()
    boxes = []
    for place, each in enumerate(all_of_them):
        if each.isspace():
            continue
        left, bottom, right, top = text.get_charbox(place)
        boxes.append(
            Character(each, left / _MM, (high - top) / _MM, right / _MM, (high - bottom) / _MM)
        )
    return boxes


def picture(pdf: bytes, page: int = 0):
    """The page as it is printed, in grey."""
    drawn = pypdfium2.PdfDocument(pdf)[page].render(scale=DENSITY / _MM, grayscale=True)
    return drawn.to_pil().convert("L")


def symbols(pdf: bytes, page: int = 0, *, plain: bool = False):
    """The bar codes of a page from above: (what the scanner says it is, text).

    The text as it stands below the bars, or `plain` as the bars have it.
    """
    found = zxingcpp.read_barcodes(
        picture(pdf, page),
        formats=zxingcpp.BarcodeFormat.Code128,
        text_mode=zxingcpp.TextMode.Plain if plain else zxingcpp.TextMode.HRI,
    )
    in_order = sorted(found, key=lambda each: each.position.top_left.y)
    return [(each.symbology_identifier, each.text) for each in in_order]


def fonts(pdf: bytes) -> set[str]:
    """The fonts of a document; one that is cut to what is shown has a tag before its name."""
    return {name.decode() for name in re.findall(rb"/BaseFont\s*/([^\s/>]+)", pdf)}


def are_cut(names: set[str]) -> bool:
    return all(re.fullmatch(r"[A-Z]{6}\+WenQuanYiMicroHei-\d+", name) for name in names)
