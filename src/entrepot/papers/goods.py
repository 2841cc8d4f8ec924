# SPDX-License-Identifier: Apache-2.0
"""What goods are called on papers, and how it is marked that they are dangerous."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entrepot.papers.words import Words


@dataclass(frozen=True, slots=True)
class Goods:
    """A product as papers name it.

    origin       two letters of the country
    un_number    of dangerous goods, such as UN3481
    """

    sku: str
    name: str
    name_zh: str = ""
    hs_code: str = ""
    origin: str = ""
    lot: str = ""
    contains_battery: bool = False
    is_dangerous: bool = False
    un_number: str = ""


def goods_cell(goods: Goods, words: Words) -> str:
    """The names in the languages of the paper, the lot, what is dangerous in them, a line each."""
    lot = f"{words('lot')} {goods.lot}" if goods.lot else ""
    marks = " · ".join(_marks(goods, words))
    return "\n".join(each for each in (*words.of(goods.name_zh, goods.name), lot, marks) if each)


def marks_of(goods: Iterable[Goods], words: Words) -> list[str]:
    """The marks that a paper bears for all that is on it: each kind once, with its UN numbers."""
    dangerous, batteries = set(), set()
    for each in goods:
        if each.is_dangerous or each.un_number:
            dangerous.add(each.un_number)
        if each.contains_battery:
            batteries.add(each.un_number)
    marks = []
    if dangerous:
        marks.append(" · ".join([words("dangerous"), *sorted(dangerous - {""})]))
    if batteries:
        marks.append(words("battery"))
    return marks


def _marks(goods: Goods, words: Words) -> list[str]:
    marks = [goods.un_number] if goods.un_number else []
    if goods.is_dangerous and not goods.un_number:
        marks.append(words("dangerous"))
    if goods.contains_battery:
        marks.append(words("battery"))
    return marks
