# SPDX-License-Identifier: Apache-2.0
"""The declaration elements (申报要素) of goods: what a tariff number asks to be told of them.

Which elements a number asks for is the tariff's; they are printed by the names that are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from entrepot.papers.parties import Party
from entrepot.papers.refusals import Unfit
from entrepot.papers.trade import Column, Paper, Row, render
from entrepot.papers.words import Language, Words

MOST_GOODS: Final = 1000


@dataclass(frozen=True, slots=True)
class Element:
    """An element by its name, and what is declared."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class DeclaredGoods:
    """Goods with their elements in the order in which they are declared; units are codes or words.

    `unit`: in which they are sold; `statutory_unit` and `second_unit`: which the tariff asks for.
    """

    name: str
    name_en: str
    sku: str
    hs_code: str
    brand: str
    unit: str
    statutory_unit: str
    second_unit: str
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class ElementsSheet:
    """What stands on a sheet of declaration elements."""

    number: str
    issued_on: date
    firm: Party
    goods: tuple[DeclaredGoods, ...]
    declaration_no: str = ""


def elements_sheet(given: ElementsSheet, language: Language = "zh+en") -> bytes:
    """The elements as a PDF on A4: for each of the goods a block that begins with its number.

    Raises:
        Unfit: no goods or too many.
        Unprintable: a name, address or number with characters that the font does not have.
    """
    if not 0 < len(given.goods) <= MOST_GOODS:
        raise Unfit(
            f"Cannot print declaration elements {given.number}.",
            f"There are {len(given.goods)} goods; a sheet has 1 to {MOST_GOODS:,}.",
            "Choose what it is for.",
        )
    words = Words(language)
    paper = Paper(
        words("elements_sheet"),
        given.number,
        [
            (words("date"), given.issued_on.isoformat()),
            (words("declaration"), given.declaration_no),
        ],
        [(words("firm"), "the firm", given.firm)],
        [
            Column(words.stacked("line"), 12, "centre"),
            Column(words.stacked("element"), 58, lines=6),
            Column(words.stacked("content"), 110, lines=12),
        ],
        [
            group
            for place, each in enumerate(given.goods, 1)
            for group in _groups(place, each, words)
        ],
        notes=[words("elements_note")],
        signed=" ",
    )
    return render(paper, words)


def _groups(place: int, goods: DeclaredGoods, words: Words) -> list[list[Row]]:
    """The rows of goods: its heading stays with what it is called."""
    heading = Row((f"{place}  ·  {words('hs_code')} {goods.hs_code}  ·  {goods.sku}",))
    facts = [
        ("goods_name", "\n".join(words.of(goods.name, goods.name_en))),
        ("brand", goods.brand),
        ("declared_unit", goods.unit),
        ("statutory_unit", goods.statutory_unit),
        ("second_unit", goods.second_unit),
    ]
    rows = [Row(("", words(key), said)) for key, said in facts if said]
    rows += [Row((str(at), each.name, each.value)) for at, each in enumerate(goods.elements, 1)]
    return [[heading, rows[0]], *([row] for row in rows[1:])]
