# SPDX-License-Identifier: Apache-2.0
"""Classification of the demo: a made-up tariff, and products at every step of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from entrepot.customs.classifying import recording
from entrepot.customs.classifying.configuring import change_policy
from entrepot.customs.classifying.importing import take_tariff
from entrepot.customs.classifying.reading import goods_of
from entrepot.customs.classifying.tables import Goods

#: Of a chapter that no tariff has, so that nobody takes it for a real one.
_CODE: Final = "9999000001"
_TARIFF: Final = (
    "hs_code,name,elements,unit1,unit2,valid_from,valid_to,source\n"
    f"{_CODE},EXAMPLE 示例商品,品牌类型;用途;材质;品牌,007,035,2026-01-01,,"
    "made up for the demo; not a tariff\n"
)


def classify(today: date, skus: Sequence[str]) -> None:
    """Some products accepted, one proposed, one a draft that lacks something, the rest untouched.

    Without a second person in the demo, whoever proposes accepts too.
    """
    change_policy({"four_eyes": False, "counted_units": ["007"]})
    take_tariff("demo-tariff.csv", _TARIFF.encode())
    *done, proposed, begun = skus[:5]
    ids = _drafted(today, [_goods(sku) for sku in done])
    recording.propose(ids)
    recording.accept(ids)
    recording.propose(_drafted(today, [_goods(proposed, country="")]))
    _drafted(today, [_goods(begun, elements="品牌类型=无品牌;用途=家用", unit2="", per_unit2="")])


def _drafted(today: date, goods: Sequence[Goods]) -> list[UUID]:
    first = today.replace(month=1, day=1)
    return [each.id for each in recording.draft(goods, max(first, date(2026, 1, 1))).made]


def _goods(sku: str, **says: str) -> Goods:
    said = {
        "sku": sku, "hs_code": _CODE, "name_zh": "示例商品", "name_en": "Example goods",
        "elements": "品牌类型=境内自主品牌;用途=家用;材质=塑料;品牌=示例牌",
        "unit": "007", "per_unit": "1", "unit1": "007", "per_unit1": "1", "unit2": "035",
        "per_unit2": "0.5", "country": "CN",
    }  # fmt: skip
    found, faults = goods_of(said | says)
    assert not faults
    return found
