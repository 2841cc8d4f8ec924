# SPDX-License-Identifier: Apache-2.0
"""What is a row of a tariff, of goods to classify and of declared lines; and their columns.

No tariff is shipped: a firm brings the one that it declares by, and says where it is from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from entrepot.catalog import forms, rules
from entrepot.catalog.forms import Check, Fault, Wrong, shown
from entrepot.catalog.nouns import Field, Noun
from entrepot.customs.classifying.factors import EXPECTED, factor

FOLDER: Final = "entrepot.customs.classifying"
#: What separates elements in a cell, and a name from its value.
_BETWEEN = re.compile(r"[;；|\n]")
_NUMBERED = re.compile(r"[0-9]{1,2}\s*[.:：、]\s*")
_SAYS = re.compile(r"[=＝:：]")
MOST_ELEMENTS: Final = 40
#: Characters of the name of an element, of its value, and of declared names.
NAME, VALUE, DECLARED = 60, 200, 250


@dataclass(frozen=True, slots=True)
class TariffLine:
    """What the tariff asks of an HS code from a day on.

    Args:
        elements: names of the declaration elements, in the order in which they are declared.
        unit1: first statutory unit, a code of three digits; `unit2`: the second, or empty.
        valid_to: the first day on which it does not hold any more; None: not known.
    """

    hs_code: str
    name: str
    elements: tuple[str, ...]
    unit1: str
    unit2: str
    valid_from: date
    valid_to: date | None
    source: str

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day, as far as it says itself."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def asks(self) -> tuple[object, ...]:
        """What it asks of a declaration: lines alike in this need no new classification."""
        return (self.elements, self.unit1, self.unit2)


@dataclass(frozen=True, slots=True)
class Goods:
    """One of a firm's goods as it is declared.

    Args:
        elements: (name, value), in the order of the tariff.
        per_unit, per_unit1, per_unit2: declared and statutory units that one stock unit is.
        country: of origin, two letters.
        weight_g: of one stock unit, from the masters.
        quantity: stock units, where a line is looked at; `price`: of one declared unit.
    """

    sku: str
    hs_code: str = ""
    name_zh: str = ""
    name_en: str = ""
    elements: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    per_unit: Fraction | None = None
    unit1: str = ""
    per_unit1: Fraction | None = None
    unit2: str = ""
    per_unit2: Fraction | None = None
    country: str = ""
    weight_g: int | None = None
    quantity: int | None = None
    price: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A line that customs released: of which goods, and what was declared."""

    sku: str
    hs_code: str
    name: str
    unit: str
    currency: str
    price: Decimal
    accepted_on: date | None = None


def in_force(lines: Sequence[TariffLine], day: date) -> dict[str, TariffLine]:
    """The line of each HS code on a day: of those that hold, the one that began last.

    Source: our own policy, docs/decisions/0030
    """
    found: dict[str, TariffLine] = {}
    for line in lines:
        if line.holds_on(day):
            known = found.get(line.hs_code)
            if known is None or known.valid_from < line.valid_from:
                found[line.hs_code] = line
    return found


def day(value: object) -> date:
    """A day, as 2026-01-02."""
    if isinstance(value, date):
        return value
    text = forms.as_text_of(value, "a day such as 2026-01-02")
    try:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Wrong("a day such as 2026-01-02")


def element_names(value: object) -> tuple[str, ...]:
    """Names of elements in one cell, `品牌类型;用途`, with or without numbers: `1:品牌类型`."""
    text = forms.as_text_of(value, "names of elements with semicolons between them")
    found = tuple(
        _NUMBERED.sub("", part.strip(), count=1) for part in _BETWEEN.split(text) if part.strip()
    )
    if not found or len(found) > MOST_ELEMENTS or not all(_fits(each, NAME) for each in found):
        raise Wrong(f"1 to {MOST_ELEMENTS} names of at most {NAME} characters")
    if len(set(found)) < len(found):
        raise Wrong("each element once")
    return found


def element_values(value: object) -> tuple[tuple[str, str], ...]:
    """Elements with what is declared, in one cell: `品牌类型=无品牌;材质=棉`."""
    if isinstance(value, (list, tuple)):
        pairs = [tuple(map(str, each)) for each in value]
    else:
        text = forms.as_text_of(value, "elements as name=value with semicolons between them")
        pairs = [
            tuple(side.strip() for side in _SAYS.split(part, maxsplit=1))
            for part in re.split(r"[;；\n]", text)
            if part.strip()
        ]
    if not all(
        len(pair) == 2 and pair[0] and _fits(pair[0], NAME) and _fits(pair[1], VALUE)
        for pair in pairs
    ):
        raise Wrong("elements as name=value with semicolons between them")
    if len(pairs) > MOST_ELEMENTS or len({pair[0] for pair in pairs}) < len(pairs):
        raise Wrong("each element once")
    return tuple((pair[0], pair[1]) for pair in pairs)


def per(value: object) -> Fraction:
    """A factor."""
    found = factor(forms.as_text_of(value, EXPECTED))
    if found is None:
        raise Wrong(EXPECTED)
    return found


def price(value: object) -> Decimal:
    """A price with at most five decimals."""
    text = forms.as_text_of(value, "a price such as 12 or 12.50")
    if not re.fullmatch(r"[0-9]{1,14}(\.[0-9]{1,5})?", text):
        raise Wrong("a price such as 12 or 12.50")
    return Decimal(text)


def _fits(text: str, most: int) -> bool:
    return len(text) <= most and text.isprintable()


#: A unit of customs: a code of three digits.
unit: Check = forms.form("[0-9]{3}", "a unit as a code of 3 digits")
currency: Check = forms.form("[A-Z]{3}|[0-9]{3}", "a currency as a code of 3 letters or digits")


def _tariff_together(values: dict[str, Any]) -> list[Fault]:
    faults = []
    if values["valid_to"] is not None and values["valid_to"] < values["valid_from"]:
        expected = "a day not before valid_from; the same day takes the line back"
        faults.append(Fault("valid_to", shown(str(values["valid_to"])), expected))
    if values["unit1"] and values["unit1"] == values["unit2"]:
        faults.append(Fault("unit2", shown(values["unit2"]), "another unit than the first"))
    return faults


TARIFF: Final = Noun(
    "tariff line",
    "tariff lines",
    ("hs_code", "valid_from"),
    (
        Field("hs_code", rules.hs_code, "customs tariff number of 10 digits", must=True),
        Field("name", forms.name(DECLARED), "what the tariff calls the goods", must=True),
        Field("elements", element_names, "declaration elements in order", must=True),
        Field("unit1", unit, "first statutory unit", must=True),
        Field("unit2", unit, "second statutory unit, if it has one"),
        Field("valid_from", day, "first day on which it holds", must=True),
        Field("valid_to", day, "first day on which it does not; empty: not known", blank=None),
        Field("source", forms.name(200), "where the firm has it from", must=True),
    ),
    _tariff_together,
    folder=FOLDER,
)  # fmt: skip

#: Goods with what is declared of them: drafts on the desk, and what the command looks at.
GOODS: Final = Noun(
    "classification",
    "classifications",
    ("sku",),
    (
        Field("sku", forms.code(64, has_spaces=True), "the firm's own article number", must=True),
        Field("hs_code", rules.hs_code, "customs tariff number of 10 digits"),
        Field("name_zh", forms.name(DECLARED), "declared name in Chinese"),
        Field("name_en", forms.name(DECLARED), "declared name in English"),
        Field("elements", element_values, "name=value with semicolons between them", blank=()),
        Field("unit", unit, "declared unit"),
        Field("per_unit", per, "declared units that one stock unit is", blank=None),
        Field("unit1", unit, "first statutory unit"),
        Field("per_unit1", per, "first statutory units that one stock unit is", blank=None),
        Field("unit2", unit, "second statutory unit"),
        Field("per_unit2", per, "second statutory units that one stock unit is", blank=None),
        Field("country", rules.country, "country of origin, two letters"),
        Field("weight_g", forms.whole(1, 100_000_000), "weight of one stock unit, grams", None),
        Field("quantity", forms.whole(1, 10**9), "stock units of a line to look at", None),
        Field("price", price, "price of one declared unit", None),
        Field("currency", currency, "its currency"),
    ),
    folder=FOLDER,
    has_decimals=True,
)

ACCEPTED: Final = Noun(
    "accepted line",
    "accepted lines",
    ("sku", "hs_code", "unit", "currency", "price"),
    (
        Field("sku", forms.code(64, has_spaces=True), "the firm's own article number", must=True),
        Field("hs_code", rules.hs_code, "HS code that was declared", must=True),
        Field("name", forms.name(DECLARED), "name that was declared"),
        Field("unit", unit, "declared unit", must=True),
        Field("currency", currency, "currency of the price", must=True),
        Field("price", price, "price of one declared unit", must=True),
        Field("accepted_on", day, "day of the declaration", blank=None),
    ),
    folder=FOLDER,
    has_decimals=True,
)
