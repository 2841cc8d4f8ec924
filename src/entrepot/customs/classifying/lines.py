# SPDX-License-Identifier: Apache-2.0
"""What a declaration line says of goods, for whoever drafts lists; everything missing at once.

The same few statements for any number of goods, and nothing here is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import UUID

from entrepot.catalog.models import Product
from entrepot.customs.classifying.checking import goods_of, look_at
from entrepot.customs.classifying.configuring import policy
from entrepot.customs.classifying.factors import exactly, factor
from entrepot.customs.classifying.models import ACCEPTED, Classification
from entrepot.customs.classifying.refusals import NotClassified
from entrepot.customs.classifying.rules import Finding, arranged, text_of, with_weight
from entrepot.customs.classifying.tables import Goods
from entrepot.customs.classifying.telling import as_facts

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Declared:
    """How goods are declared on a day.

    Args:
        classification: by which version; `text`: the values of the elements in the order of the
            tariff, as one text (gmodel).
        per_unit, per_unit1, per_unit2: declared and statutory units of one stock unit, exact;
            None with an empty `unit2`.
        country: of origin; empty where it is not known.
    """

    sku: str
    classification: UUID
    hs_code: str
    name_zh: str
    name_en: str
    elements: tuple[tuple[str, str], ...]
    text: str
    unit: str
    per_unit: Fraction
    unit1: str
    per_unit1: Fraction
    unit2: str
    per_unit2: Fraction | None
    country: str

    def quantities(self, stock: int) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        """Declared, first and second statutory quantity of so many stock units.

        None: it does not end in the five decimals of a list, or there is no second unit.
        `check_lines` says which, and why that is refused.
        """
        factors = (self.per_unit, self.per_unit1, self.per_unit2)
        found = [None if each is None else exactly(stock * each) for each in factors]
        return found[0], found[1], found[2]


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit that goods are declared in: its code, and how many of it one stock unit is."""

    code: str
    per_unit: Fraction


@dataclass(frozen=True, slots=True)
class Line:
    """A drafted line: goods, stock units, price of one declared unit and its currency."""

    sku: str
    quantity: int
    price: Decimal
    currency: str


def for_goods(skus: Collection[str], on: date) -> dict[str, Declared]:
    """How goods are declared on a day, by SKU: what was accepted and holds then.

    Raises:
        NotClassified: something is missing of any of them: no accepted classification on that day,
            or a check that refuses; everything of all of them is told, in `facts["missing"]` with
            SKU, check and reason.
    """
    rows = _accepted(skus, on)
    weights = _weights(skus)
    its = policy()
    order = sorted(rows)
    looked = look_at([goods_of(rows[sku], weights.get(sku)) for sku in order], on, its)
    missing = [
        {"sku": sku, "check": "not_accepted", "en": f"Nothing accepted holds on {on}.",
         "zh": f"{on} 没有已接受的有效归类。"}
        for sku in sorted(set(skus) - set(rows))
    ]  # fmt: skip
    missing += [
        {"sku": sku, **as_facts(each)}  # type: ignore[dict-item]
        for sku, found in zip(order, looked, strict=True)
        for each in found.findings
        if each.refuses
    ]
    if missing:
        raise _not_classified(missing, on)
    return {
        sku: _declared(rows[sku], arranged(with_weight(found.goods, its), found.tariff), its.joiner)
        for sku, found in zip(order, looked, strict=True)
    }


def check_lines(lines: Sequence[Line], on: date) -> list[tuple[Finding, ...]]:
    """What is found about drafted lines: quantities, prices and all else, in their order.

    Goods without an accepted classification have no finding here: `for_goods` refuses them.
    """
    skus = {each.sku for each in lines}
    rows, weights = _accepted(skus, on), _weights(skus)
    known = [at for at, each in enumerate(lines) if each.sku in rows]
    goods = [_of_line(lines[at], rows, weights) for at in known]
    found = dict(zip(known, look_at(goods, on), strict=True))
    return [found[at].findings if at in found else () for at in range(len(lines))]


def units_of(goods: Collection[tuple[str, date]]) -> dict[tuple[str, date], Unit]:
    """The units of goods by SKU and day, of those of which something was accepted that holds then.

    As `for_goods` chooses: what began last, of its newest version.
    """
    rows = Classification.objects.filter(sku__in={sku for sku, _ in goods}, state=ACCEPTED)
    begun: dict[str, list[tuple[date, Unit]]] = {}
    ordered = rows.order_by("sku", "valid_from", "version")
    for sku, valid_from, unit, per_unit in ordered.values_list(
        "sku", "valid_from", "unit", "per_unit"
    ):
        if found := factor(per_unit):
            begun.setdefault(sku, []).append((valid_from, Unit(unit, found)))
    its = {
        (sku, on): [unit for valid_from, unit in begun.get(sku, ()) if valid_from <= on]
        for sku, on in goods
    }
    return {at: units[-1] for at, units in its.items() if units}


def _of_line(line: Line, rows: dict[str, Classification], weights: dict[str, int | None]) -> Goods:
    goods = goods_of(rows[line.sku], weights.get(line.sku))
    return replace(goods, quantity=line.quantity, price=line.price, currency=line.currency)


def _accepted(skus: Collection[str], on: date) -> dict[str, Classification]:
    """What was accepted and holds on a day: what began last, of its newest version."""
    rows = Classification.objects.filter(sku__in=set(skus), state=ACCEPTED, valid_from__lte=on)
    ordered = rows.order_by("sku", "-valid_from", "-version").distinct("sku")
    return {each.sku: each for each in ordered}


def _weights(skus: Collection[str]) -> dict[str, int | None]:
    return dict(Product.objects.filter(sku__in=set(skus)).values_list("sku", "weight_g"))


def _declared(row: Classification, goods: Goods, joiner: str) -> Declared:
    # The checks that say so refuse always.
    assert goods.per_unit is not None
    assert goods.per_unit1 is not None
    return Declared(
        row.sku, row.id, goods.hs_code, goods.name_zh, goods.name_en, goods.elements,
        text_of(goods, joiner), goods.unit, goods.per_unit, goods.unit1, goods.per_unit1,
        goods.unit2, goods.per_unit2, goods.country,
    )  # fmt: skip


def _not_classified(missing: list[dict[str, str]], on: date) -> NotClassified:
    told = [f"{each['sku']}: {each['en']}" for each in missing]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return NotClassified(
        f"Cannot declare these goods on {on}.",
        "\n".join(told[:_SHOWN]) + more,
        "Classify them first; the work list of classification shows each.",
        missing,
        found_zh="\n".join(f"{each['sku']}：{each['zh']}" for each in missing[:_SHOWN]),
        count=len(missing),
    )
