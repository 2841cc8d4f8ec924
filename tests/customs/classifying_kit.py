# SPDX-License-Identifier: Apache-2.0
"""A firm that classifies, for tests: a made-up tariff, products, classifications and lists."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from entrepot.catalog import actions
from entrepot.catalog.nouns import PRODUCT
from entrepot.customs.classifying import recording
from entrepot.customs.classifying.importing import Taken, take_tariff
from entrepot.customs.classifying.models import Classification
from entrepot.customs.classifying.reading import goods_of
from entrepot.customs.classifying.tables import Goods
from entrepot.customs.classifying.taking_over import take_over
from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.models import Document
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from tests.customs.desk_kit import documents
from tests.jobs.callers import Caller

LAMP, CHARGER = "9405429999", "8504401999"
BEGINS = date(2026, 1, 1)
HEAD = "hs_code,name,elements,unit1,unit2,valid_from,valid_to,source\n"
#: Made up: no tariff is shipped.
TARIFF = HEAD + (
    f"{LAMP},样例台灯,1:品牌类型;2:用途;3:材质;4:品牌,007,035,2026-01-01,,made up\n"
    f"{CHARGER},样例充电器,1:品牌类型;2:用途,007,,2026-01-01,,made up\n"
)
SAID = {
    "hs_code": LAMP, "name_zh": "样例台灯", "name_en": "Sample lamp",
    "elements": "品牌=样例牌;品牌类型=境内自主品牌;用途=照明;材质=铝",
    "unit": "007", "per_unit": "1", "unit1": "007", "per_unit1": "1", "unit2": "035",
    "per_unit2": "0.85", "country": "CN",
}  # fmt: skip
#: Two people.
ONE, OTHER = f"user:{new_id()}", f"user:{new_id()}"


def goods(sku: str, **says: object) -> Goods:
    found, faults = goods_of({"sku": sku, **SAID, **says})
    assert faults == []
    return found


def tariff(enterprise: UUID, text: str = TARIFF) -> Taken:
    with within(enterprise):
        return take_tariff("tariff.csv", text.encode())


def products(enterprise: UUID, *skus: str, **says: object) -> None:
    with within(enterprise):
        for sku in skus:
            given: dict[str, Any] = {"sku": sku, "name": f"Lamp {sku}", "name_zh": "样例台灯"}
            actions.add(PRODUCT, given | says)


def drafted(
    enterprise: UUID, *given: Goods, on: date = BEGINS, by: str = ONE
) -> list[Classification]:
    with within(enterprise, by):
        return recording.draft(given, on).made


def proposed(enterprise: UUID, *given: Goods, on: date = BEGINS) -> list[UUID]:
    ids = [each.id for each in drafted(enterprise, *given, on=on)]
    with within(enterprise, ONE):
        recording.propose(ids)
    return ids


def accepted(enterprise: UUID, *given: Goods, on: date = BEGINS) -> list[UUID]:
    ids = proposed(enterprise, *given, on=on)
    with within(enterprise, OTHER):
        recording.accept(ids)
    return ids


def classified(enterprise: UUID, *skus: str, **says: object) -> list[UUID]:
    """Products with a tariff, accepted."""
    tariff(enterprise)
    products(enterprise, *skus)
    return accepted(enterprise, *(goods(sku, **says) for sku in skus))


def states(enterprise: UUID, sku: str) -> list[str]:
    with within(enterprise):
        rows = Classification.objects.filter(sku=sku).order_by("version")
        return list(rows.values_list("state", flat=True))


def released(
    enterprise: UUID, sku: str, prices: Sequence[str], outcome: str = "closed", **says: object
) -> list[Document]:
    """Lists of one line each that customs released, a day after the other; and taken over."""
    given = documents(count=len(prices), status="2", seed=len(prices))
    line = {"itemNo": sku, "gcode": LAMP, "gname": "样例台灯", "unit": "007", "unit1": "007",
            "gmodel": "境内自主品牌|照明|铝|样例牌", "currency": "502"}  # fmt: skip
    for at, (each, price) in enumerate(zip(given, prices, strict=True)):
        each["InventoryHead"] |= {
            "appTime": f"202603{at + 1:02d}120000",
            "copNo": f"{new_id()}"[:30],
        }
        each["InventoryList"] = [{**each["InventoryList"][0], "gnum": 1, **line,
                                  "price": price, **says}]  # fmt: skip
    with within(enterprise):
        made = add_documents("603", given).documents
        Document.objects.filter(id__in=[each.id for each in made]).update(outcome=outcome)
        take_over()
    return made


@contextmanager
def as_(enterprise: UUID, actor: str = OTHER):
    """A transaction of the other person."""
    with within(enterprise, actor):
        yield


def add_classifying(caller: Caller, tag: str) -> None:
    """A tariff line, a classification that is proposed and one that is accepted, by the tag."""
    sku, other = f"{tag}-SKU", f"{tag}-TWO"
    products(caller.enterprise, other)
    tariff(caller.enterprise, TARIFF.replace("样例", f"{tag} "))
    accepted(caller.enterprise, goods(sku, name_zh=f"{tag} lamp"))
    proposed(caller.enterprise, goods(other, name_zh=f"{tag} other"))
    released(caller.enterprise, sku, ["9.5"], gname=f"{tag} lamp")
