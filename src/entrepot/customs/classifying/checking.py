# SPDX-License-Identifier: Apache-2.0
"""Look at many goods at once, with all that there is to compare them with: a statement for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from entrepot.customs.classifying.configuring import policy
from entrepot.customs.classifying.factors import factor
from entrepot.customs.classifying.models import Classification
from entrepot.customs.classifying.naming import folded
from entrepot.customs.classifying.policy import Policy
from entrepot.customs.classifying.rules import Finding, Known, judge
from entrepot.customs.classifying.tables import Goods, TariffLine
from entrepot.customs.classifying.taking_over import RELEASED
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting

#: Accepted prices that a price is compared with: the latest of them.
MOST_PRICES: Final = 500
#: The line in force of each code: of the newest versions that hold, the one that began last.
_IN_FORCE: Final = """
    SELECT DISTINCT ON (n.hs_code) n.id, n.hs_code, n.name, n.elements, n.unit1, n.unit2,
        n.valid_from, n.valid_to, n.source
    FROM (
        SELECT DISTINCT ON (t.hs_code, t.valid_from) t.*
        FROM classifying_tariffline AS t
        WHERE t.enterprise_id = %(enterprise)s AND t.hs_code = ANY(%(codes)s)
            AND t.valid_from <= %(on)s
        ORDER BY t.hs_code, t.valid_from, t.version DESC
    ) AS n
    WHERE n.valid_to IS NULL OR n.valid_to > %(on)s
    ORDER BY n.hs_code, n.valid_from DESC
"""
_LAST: Final = f"""
    SELECT s.sku, r.hs_code, r.name
    FROM unnest(%(skus)s::text[]) AS s (sku)
    CROSS JOIN LATERAL (
        SELECT r.hs_code, r.name FROM classifying_releasedline AS r
        WHERE r.enterprise_id = %(enterprise)s AND r.sku = s.sku AND {RELEASED}
        ORDER BY r.declared_on DESC, r.id DESC LIMIT 1
    ) AS r
"""
_PRICES: Final = f"""
    SELECT a.at, r.price
    FROM unnest(%(ats)s::int[], %(keys)s::text[], %(units)s::text[], %(currencies)s::text[])
        AS a (at, key, unit, currency)
    CROSS JOIN LATERAL (
        SELECT r.price FROM classifying_releasedline AS r
        WHERE r.enterprise_id = %(enterprise)s AND r.{{column}} = a.key AND r.unit = a.unit
            AND r.currency = a.currency AND {RELEASED}
        ORDER BY r.declared_on DESC, r.id DESC LIMIT {MOST_PRICES}
    ) AS r
"""
_BRANDS: Final = """
    SELECT DISTINCT e ->> 1 FROM classifying_classification AS c
    CROSS JOIN LATERAL jsonb_array_elements(c.elements) AS e
    WHERE c.enterprise_id = %(enterprise)s AND c.state = 'accepted'
        AND e ->> 0 = ANY(%(elements)s)
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """Goods that were looked at: by which line of the tariff, and what was found."""

    goods: Goods
    tariff_line: UUID | None
    tariff: TariffLine | None
    findings: tuple[Finding, ...]

    @property
    def refuses(self) -> bool:
        """Whether goods cannot be proposed, accepted or declared so."""
        return any(each.refuses for each in self.findings)


def look_at(goods: Sequence[Goods], on: date, its: Policy | None = None) -> list[Looked]:
    """Every finding about each of the goods, in their order: five statements at most."""
    its = its or policy()
    lines = tariff_on([each.hs_code for each in goods], on)
    last = _last([each.sku for each in goods])
    priced = [(at, each) for at, each in enumerate(goods) if each.price is not None]
    own, hs = _prices(priced, "sku"), _prices(priced, "hs_code")
    brands = _brands(goods, its)
    told = []
    for at, each in enumerate(goods):
        id, line = lines.get(each.hs_code, (None, None))
        hs_before, name_before = last.get(each.sku, ("", ""))
        known = Known(on, line, hs_before, name_before, own[at], hs[at], brands)
        told.append(Looked(each, id, line, judge(each, known, its)))
    return told


def tariff_on(codes: Sequence[str], on: date) -> dict[str, tuple[UUID, TariffLine]]:
    """The line in force of each HS code on a day, with its id; codes without one are left out."""
    wanted = sorted({each for each in codes if each})
    if not wanted:
        return {}
    rows = _rows(_IN_FORCE, len(wanted), codes=wanted, on=on)
    return {
        code: (id, TariffLine(code, name, tuple(elements), unit1, unit2, begins, ends, source))
        for id, code, name, elements, unit1, unit2, begins, ends, source in rows
    }


def goods_of(row: Classification, weight_g: int | None) -> Goods:
    """A classification as goods to look at."""
    return Goods(
        row.sku, row.hs_code, row.name_zh, row.name_en,
        tuple((name, value) for name, value in row.elements),
        row.unit, factor(row.per_unit), row.unit1, factor(row.per_unit1), row.unit2,
        factor(row.per_unit2), row.country, weight_g,
    )  # fmt: skip


def _last(skus: Sequence[str]) -> dict[str, tuple[str, str]]:
    """HS code and name of what customs released last, else of what was accepted last."""
    wanted = sorted(set(skus))
    accepted = Classification.objects.filter(sku__in=wanted, state="accepted")
    rows = accepted.order_by("valid_from", "version").values_list("sku", "hs_code", "name_zh")
    found = {sku: (hs_code, name) for sku, hs_code, name in rows}
    released = _rows(_LAST, len(wanted), skus=wanted)
    return found | {sku: (hs_code, name) for sku, hs_code, name in released}


def _prices(priced: Sequence[tuple[int, Goods]], column: str) -> dict[int, list[Decimal]]:
    found: dict[int, list[Decimal]] = defaultdict(list)
    if priced:
        rows = _rows(
            _PRICES.format(column=column), len(priced), ats=[at for at, _ in priced],
            keys=[getattr(each, column) for _, each in priced],
            units=[each.unit for _, each in priced],
            currencies=[each.currency for _, each in priced],
        )  # fmt: skip
        for at, price in rows:
            found[at].append(price)
    return found


def _brands(goods: Sequence[Goods], its: Policy) -> frozenset[str]:
    """Brands of accepted goods; asked for only where some of the goods say that they have none."""
    if not any(its.says_no_brand(*said) for each in goods for said in each.elements):
        return frozenset()
    rows = _rows(_BRANDS, 0, elements=list(its.brand_elements))
    none = {folded(each) for each in its.no_brand}
    return frozenset(brand for (brand,) in rows if brand and folded(brand) not in none)


def _rows(statement: str, many: int, **given: object) -> list[Any]:
    with raw_cursor() as cursor:
        given["enterprise"] = acting().enterprise
        return cursor.execute(statement.encode(), given, prepare=planned_for(many)).fetchall()
