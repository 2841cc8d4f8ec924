# SPDX-License-Identifier: Apache-2.0
"""What goods were declared as before, and what goods called alike are: suggestions, with why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

from entrepot.catalog.models import Product
from entrepot.catalog.words import wanted
from entrepot.customs.classifying.checking import goods_of, tariff_on
from entrepot.customs.classifying.configuring import policy
from entrepot.customs.classifying.models import ACCEPTED, Classification
from entrepot.customs.classifying.naming import nearest
from entrepot.customs.classifying.rules import arranged
from entrepot.customs.classifying.tables import Goods, TariffLine
from entrepot.customs.classifying.taking_over import RELEASED
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: Accepted goods that share most words, of which the nearest are chosen.
_CANDIDATES: Final = 200
_RELEASED: Final = f"""
    SELECT r.hs_code, r.name, r.text, r.unit, r.unit1, r.unit2, r.declared_on
    FROM classifying_releasedline AS r
    WHERE r.enterprise_id = %(enterprise)s AND r.sku = %(sku)s AND {RELEASED}
    ORDER BY r.declared_on DESC, r.id DESC LIMIT 1
"""
#: Accepted goods by how many words of the search they share.
_ALIKE: Final = """
    SELECT w.code FROM catalog_word AS w
    WHERE w.enterprise_id = %(enterprise)s AND w.about = 'product' AND w.word = ANY(%(words)s)
        AND w.code <> %(sku)s
        AND EXISTS (SELECT FROM classifying_classification AS c
            WHERE c.enterprise_id = %(enterprise)s AND c.sku = w.code AND c.state = 'accepted')
    GROUP BY w.code ORDER BY count(*) DESC, w.code LIMIT %(most)s
"""
Kind = Literal["accepted", "released", "alike"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What goods may be declared as, and why.

    Args:
        kind: accepted before for the same goods; released by customs for them; or accepted for
            goods called alike.
        of: the SKU that it is from; `on`: since when it holds, or when it was declared.
        permille: how much alike the names are; `shared`: the words both have.
    """

    kind: Kind
    of: str
    on: date
    goods: Goods
    permille: int = 1000
    shared: tuple[str, ...] = ()


def suggest(sku: str, on: date) -> list[Suggestion]:
    """What a product may be declared as: what it was, and what goods called alike are.

    A factor is taken from the same goods only: another product is of another size.

    Raises:
        ObjectDoesNotExist: no product has this SKU.
    """
    product = Product.objects.get(sku=sku)
    found = [*_own(sku), *_released(sku, on)]
    return found + _alike(product)


def _own(sku: str) -> list[Suggestion]:
    rows = Classification.objects.filter(sku=sku, state=ACCEPTED)
    last = rows.order_by("-valid_from", "-version").first()
    if last is None:
        return []
    return [Suggestion("accepted", sku, last.valid_from, goods_of(last, None))]


def _released(sku: str, on: date) -> list[Suggestion]:
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, "sku": sku}
        row = cursor.execute(_RELEASED.encode(), given).fetchone()
    if row is None:
        return []
    hs_code, name, text, unit, unit1, unit2, declared_on = row
    _, line = tariff_on([hs_code], on).get(hs_code, (None, None))
    elements = _elements(text, line)
    goods = Goods(
        sku, hs_code, name, elements=elements, unit=unit, unit1=unit1, unit2=unit2
    )  # fmt: skip
    return [Suggestion("released", sku, declared_on, goods)]


def _elements(text: str, line: TariffLine | None) -> tuple[tuple[str, str], ...]:
    """The values of a declared text by the tariff's elements, where there are as many of both."""
    parts = [each.strip() for each in text.split(policy().joiner)]
    if line is None or len(parts) != len(line.elements):
        return ()
    return tuple(zip(line.elements, parts, strict=True))


def _alike(product: Product) -> list[Suggestion]:
    names = [each for each in (product.name_zh, product.name) if each]
    words = [word for word, _ in wanted(" ".join(names))]
    if not words:
        return []
    with raw_cursor() as cursor:
        given: dict[str, Any] = {
            "enterprise": acting().enterprise, "words": words, "sku": product.sku,
            "most": _CANDIDATES,
        }  # fmt: skip
        codes = [code for (code,) in cursor.execute(_ALIKE, given)]
    others = Product.objects.filter(sku__in=codes).values_list("sku", "name_zh", "name")
    near = nearest(names, [(sku, [zh, en]) for sku, zh, en in others])
    rows = _accepted([each.sku for each in near])
    return [
        Suggestion(
            "alike", each.sku, row.valid_from, _for_other(goods_of(row, None), product.sku),
            each.permille, each.shared,
        )
        for each in near
        if (row := rows.get(each.sku)) is not None
    ]  # fmt: skip


def _accepted(skus: Sequence[str]) -> dict[str, Classification]:
    rows = Classification.objects.filter(sku__in=skus, state=ACCEPTED)
    ordered = rows.order_by("sku", "-valid_from", "-version").distinct("sku")
    return {each.sku: each for each in ordered}


def _for_other(goods: Goods, sku: str) -> Goods:
    return replace(goods, sku=sku, per_unit=None, per_unit1=None, per_unit2=None)


def taken(suggestion: Suggestion, onto: Goods, line: TariffLine | None) -> Goods:
    """Goods with what is suggested where they say nothing; elements in the tariff's order."""
    its = suggestion.goods
    new = {
        name: getattr(its, name)
        for name in ("hs_code", "name_zh", "name_en", "unit", "per_unit", "unit1", "per_unit1",
                     "unit2", "per_unit2", "country", "elements")
        if not getattr(onto, name)
    }  # fmt: skip
    return arranged(replace(onto, **new), line)
