# SPDX-License-Identifier: Apache-2.0
"""How goods are declared: by what was accepted of them, of whole flows at once.

Names, HS codes, elements and units come from the classification alone; nothing of them is said a
second time here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from entrepot.customs.classifying.lines import Declared, check_lines, for_goods
from entrepot.customs.classifying.lines import Line as Drafted
from entrepot.customs.classifying.refusals import NotClassified
from entrepot.declaring.building import Drafting, unit_price
from entrepot.declaring.goods import Goods, Line
from entrepot.declaring.refusals import Missing


@dataclass(frozen=True, slots=True)
class Classified:
    """How goods are declared on a day, by SKU; `unfit`: the checks that refuse, where any does."""

    declared: Mapping[str, Declared] = field(default_factory=dict)
    unfit: Mapping[str, Sequence[str]] = field(default_factory=dict)


def classified(goods: Iterable[Goods], on: date) -> Classified:
    """How all these goods are declared; where some of them cannot be, which, and by which check."""
    skus = sorted({line.sku for each in goods for line in each.lines})
    try:
        return Classified(for_goods(skus, on))
    except NotClassified as error:
        unfit: dict[str, list[str]] = {}
        for each in error.missing:
            unfit.setdefault(each["sku"], []).append(each["check"])
        return Classified(unfit=unfit)


def unfit_lines(drafts: Sequence[Drafting]) -> list[Missing]:
    """What the checks refuse of quantities and prices, of all lines of all tickets."""
    lines = [
        (draft, line)
        for draft in drafts
        for line in draft.goods.lines
        if line.sku in draft.declared
    ]
    if not lines:
        return []
    looked = check_lines([_drafted(*each) for each in lines], lines[0][0].on)
    return [
        Missing("not_classified", line.sku, draft.goods.order_no, line.line_no, found.check)
        for (draft, line), findings in zip(lines, looked, strict=True)
        for found in findings
        if found.refuses
    ]


def _drafted(draft: Drafting, line: Line) -> Drafted:
    amount, currency = draft.amount(line)
    code = draft.code("currency", currency).code if currency else ""
    return Drafted(line.sku, line.quantity, unit_price(amount, draft.declared_qty(line)), code)
