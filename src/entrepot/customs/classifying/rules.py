# SPDX-License-Identifier: Apache-2.0
"""Look at goods as they are declared: everything that is missing or odd, at once, with why.

What the tariff asks is the firm's own table; how severe each check is, is the firm's own data.
Source of every check here: our own policy, docs/decisions/0030; the law asks for what the tariff
lists, and no rule of it says how a firm looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from entrepot.customs.classifying.factors import exactly, of_grams, written
from entrepot.customs.classifying.naming import brand_in, folded
from entrepot.customs.classifying.policy import OFF, REFUSE, Policy, checks
from entrepot.customs.classifying.pricing import far_from
from entrepot.customs.classifying.tables import Goods, TariffLine

#: Characters of all elements as one text: gmodel of a declaration list, in every edition.
MOST_TEXT: Final = 250
UNITS: Final = (("unit", "per_unit"), ("unit1", "per_unit1"), ("unit2", "per_unit2"))


@dataclass(frozen=True, slots=True)
class Finding:
    """What is missing or odd about goods: which check says so, how severe, what was found."""

    check: str
    severity: str
    field: str
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def refuses(self) -> bool:
        """Whether goods cannot be proposed, accepted or declared so."""
        return self.severity == REFUSE


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to compare goods with, on a day.

    Args:
        tariff: the line of their HS code that is in force; None: there is none.
        accepted_hs, accepted_name: of the last line of the same goods that was accepted.
        own_prices, hs_prices: accepted prices of the same goods, and of the same HS code, of the
            same declared unit and currency.
        brands: that accepted goods have.
    """

    on: date
    tariff: TariffLine | None = None
    accepted_hs: str = ""
    accepted_name: str = ""
    own_prices: Sequence[Decimal] = ()
    hs_prices: Sequence[Decimal] = ()
    brands: frozenset[str] = field(default_factory=frozenset)


Found = Iterator[tuple[str, dict[str, str]]]


def judge(goods: Goods, known: Known, policy: Policy) -> tuple[Finding, ...]:
    """Everything that the checks find, in their order; those that are off say nothing.

    Source: our own policy, docs/decisions/0030
    """
    filled = with_weight(goods, policy)
    found = [
        *_of_tariff(filled, known),
        *_of_names(filled, known, policy),
        *_of_units(filled, policy),
        *_of_quantity(filled, policy),
        *_of_price(filled, known, policy),
    ]
    order = list(checks())
    told = [
        Finding(check, severity, checks()[check]["field"], tuple(facts.items()))
        for check, facts in found
        if (severity := policy.severity(check)) != OFF
    ]
    # The declared unit is often a statutory one: what is said of both is said once.
    return tuple(sorted(dict.fromkeys(told), key=lambda each: order.index(each.check)))


def with_weight(goods: Goods, policy: Policy) -> Goods:
    """Goods whose missing factors to units of weight are the master's weight, where the firm says.

    Source: our own policy, docs/decisions/0030
    """
    if goods.weight_g is None:
        return goods
    missing = {
        per: of_grams(goods.weight_g)
        for unit, per in UNITS
        if getattr(goods, unit) in policy.weight_units and getattr(goods, per) is None
    }
    return replace(goods, **missing) if missing else goods  # type: ignore[arg-type]


def arranged(goods: Goods, line: TariffLine | None) -> Goods:
    """Goods with their elements in the order of the tariff; what it does not ask for comes last.

    Source: our own policy, docs/decisions/0030
    """
    if line is None:
        return goods
    order = {name: at for at, name in enumerate(line.elements)}
    elements = sorted(goods.elements, key=lambda each: order.get(each[0], len(order)))
    return replace(goods, elements=tuple(elements))


def text_of(goods: Goods, joiner: str) -> str:
    """The values of the elements as one text, in their order.

    Source: our own policy, docs/decisions/0030
    """
    return joiner.join(value for _, value in goods.elements)


def _of_tariff(goods: Goods, known: Known) -> Found:
    line = known.tariff
    if not goods.hs_code:
        yield "hs_missing", {}
        return
    if line is None:
        yield "hs_not_in_force", {"hs_code": goods.hs_code, "on": known.on.isoformat()}
        return
    values = {name: value for name, value in goods.elements if value}
    if missing := [name for name in line.elements if name not in values]:
        yield "elements_missing", {"names": ", ".join(missing)}
    if unknown := [name for name, _ in goods.elements if name not in line.elements]:
        yield "elements_unknown", {"names": ", ".join(unknown)}
    for name in ("unit1", "unit2"):
        asked, found = getattr(line, name), getattr(goods, name)
        if asked != found:
            yield f"{name}_differs", {"found": found or "–", "asked": asked or "–"}


def _of_names(goods: Goods, known: Known, policy: Policy) -> Found:
    if not goods.name_zh:
        yield "name_missing", {}
    if not goods.country:
        yield "country_missing", {}
    length = len(text_of(goods, policy.joiner))
    if length > MOST_TEXT:
        yield "text_long", {"length": str(length), "most": str(MOST_TEXT)}
    brands = known.brands | set(policy.brands)
    for name, value in goods.elements:
        if not policy.says_no_brand(name, value):
            continue
        for called in (goods.name_zh, goods.name_en):
            if brand := brand_in(called, brands):
                facts = {"brand": brand, "name": called, "element": name, "value": value}
                yield "brand_named", facts
                break
    before = known.accepted_name
    if before and goods.name_zh and folded(before) != folded(goods.name_zh):
        yield "name_differs", {"found": goods.name_zh, "before": before}
    if known.accepted_hs and goods.hs_code and known.accepted_hs != goods.hs_code:
        yield "hs_differs", {"found": goods.hs_code, "before": known.accepted_hs}


def _of_units(goods: Goods, policy: Policy) -> Found:
    if not (goods.unit and goods.unit1):
        yield "unit_missing", {}
    factors: dict[str, Fraction] = {}
    for name, per in UNITS:
        unit, value = getattr(goods, name), getattr(goods, per)
        if not unit:
            continue
        if value is None:
            kind = "weight_missing" if unit in policy.weight_units else "factor_missing"
            yield kind, {"unit": unit}
            continue
        if factors.setdefault(unit, value) != value:
            facts = {"unit": unit, "found": written(value), "other": written(factors[unit])}
            yield "factors_differ", facts
        if unit in policy.weight_units and goods.weight_g is not None:
            weight = of_grams(goods.weight_g)
            if value != weight:
                facts = {"unit": unit, "found": written(value), "weight": written(weight)}
                yield "weight_differs", facts


def _of_quantity(goods: Goods, policy: Policy) -> Found:
    if goods.quantity is None:
        return
    for name, per in UNITS:
        unit, value = getattr(goods, name), getattr(goods, per)
        if not unit or value is None:
            continue
        quantity = goods.quantity * value
        facts = {"unit": unit, "stock": str(goods.quantity), "quantity": written(quantity)}
        if unit in policy.counted_units and quantity.denominator != 1:
            yield "quantity_not_whole", facts
        elif exactly(quantity) is None:
            yield "quantity_not_exact", facts


def _of_price(goods: Goods, known: Known, policy: Policy) -> Found:
    if goods.price is None:
        return
    for check, prices in (("price_far_own", known.own_prices), ("price_far_hs", known.hs_prices)):
        spread = far_from(goods.price, prices, policy.limits)
        if spread is not None:
            yield check, {
                "price": f"{goods.price:f}", "currency": goods.currency,
                "median": f"{spread.median:f}", "deviation": f"{spread.deviation:f}",
                "count": str(spread.count),
            }  # fmt: skip
