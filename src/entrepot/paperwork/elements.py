# SPDX-License-Identifier: Apache-2.0
"""Sheets of declaration elements: the file of one, and what must agree in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from entrepot.papers.elements_sheet import (
    MOST_GOODS,
    DeclaredGoods,
    Element,
    ElementsSheet,
    elements_sheet,
)
from entrepot.papers.words import Language
from entrepot.paperwork.forms import Field, Part, Wrong, day, every, party, text
from entrepot.paperwork.kinds import Kind, Made, Values, party_of

_GOODS: Final = (
    Field("name", text(250)),
    Field("name_en", text(250), empty=""),
    Field("sku", text(64)),
    Field("hs_code", text(10, "[0-9]{8}([0-9]{2})?", "8 or 10 digits without points")),
    Field("brand", text(100)),
    Field("unit", text(20)),
    Field("statutory_unit", text(20)),
    Field("second_unit", text(20), empty=""),
    Part("elements", (Field("name", text(60)), Field("value", text(300))), 40),
)
_FORM: Final = (
    Field("number", text(60)),
    Field("issued_on", day),
    Field("declaration_no", text(18), empty=""),
    party("firm"),
    Part("goods", _GOODS, MOST_GOODS),
)


def _check(values: Values) -> Iterator[Wrong]:
    """No SKU and no element twice; goods of one tariff number have the same elements.

    Source: our own policy. A tariff number asks the same of all its goods, so one that lacks an
    element is told by the others.
    """
    skus: dict[str, int] = {}
    asked: dict[str, tuple[int, list[str]]] = {}
    for place, each in every(values["goods"]):
        at = f"goods[{place}]"
        if each["sku"] and skus.setdefault(each["sku"], place) != place:
            yield f"{at}.sku", f'"{each["sku"]}"', "each SKU once", "Take one of them out."
        named = [element["name"] for element in each["elements"] if element["name"]]
        for name in sorted({name for name in named if named.count(name) > 1}):
            yield f"{at}.elements", f'"{name}" twice', "each element once", "Take one out."
        if not each["hs_code"] or not named:
            continue
        first, others = asked.setdefault(each["hs_code"], (place, named))
        if set(others) != set(named):
            found = ", ".join(sorted(set(named) ^ set(others)))
            expected = f"the elements of goods[{first}], which has the same HS code"
            yield f"{at}.elements", f"in one of them only: {found}", expected, "Make them agree."


def _make(values: Values, language: Language, folder: Path) -> Made:
    goods = tuple(
        DeclaredGoods(
            **{**each, "elements": tuple(Element(**element) for element in each["elements"])}
        )
        for each in values["goods"]
    )
    sheet = ElementsSheet(
        values["number"], values["issued_on"], party_of(values["firm"]), goods,
        values["declaration_no"],
    )  # fmt: skip
    return Made(elements_sheet(sheet, language))


ELEMENTS_SHEET: Final = Kind("elements-sheet", _FORM, _make, _check)
