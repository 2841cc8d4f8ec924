# SPDX-License-Identifier: Apache-2.0
"""What was declared before is used again, compared with, and given to lists, exactly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from entrepot.catalog.models import Product
from entrepot.customs.classifying import recording
from entrepot.customs.classifying.checking import look_at, tariff_on
from entrepot.customs.classifying.configuring import change_policy
from entrepot.customs.classifying.lines import Line, check_lines, for_goods
from entrepot.customs.classifying.models import (
    ReleasedLine,
)
from entrepot.customs.classifying.refusals import (
    NotClassified,
    Unfit,
)
from entrepot.customs.classifying.reusing import suggest, taken
from entrepot.customs.classifying.tables import Goods
from entrepot.customs.classifying.taking_over import take_over
from entrepot.customs.classifying.work import released as sweep
from entrepot.customs.sending.models import Document
from entrepot.people.tenancy import within
from tests.customs.classifying_kit import (
    CHARGER,
    HEAD,
    LAMP,
    ONE,
    OTHER,
    classified,
    drafted,
    goods,
    products,
    released,
    tariff,
)

TODAY = date(2026, 4, 1)


# Re-use


def test_released_lines_are_taken_over_once_and_only_while_they_are_released(enterprise):
    (first, *_) = released(enterprise, "A", ["9.5", "9.6"])
    released(enterprise, "A", ["7"], outcome="sent")
    with within(enterprise):
        assert take_over() == 0
        assert ReleasedLine.objects.count() == 2
    sweep.__wrapped__(enterprise) if hasattr(sweep, "__wrapped__") else sweep(enterprise)

    products(enterprise, "A")
    with within(enterprise):
        assert [each.kind for each in suggest("A", TODAY)] == ["released"]
        Document.objects.exclude(id=first.id).update(is_latest=False)
        assert suggest("A", TODAY)[0].on == date(2026, 3, 1)
        Document.objects.update(outcome="rejected")
        assert suggest("A", TODAY) == []


def test_a_product_is_suggested_what_it_was_and_what_goods_called_alike_are(enterprise):
    classified(enterprise, "A")
    released(enterprise, "A", ["9.5"], gname="样例台灯 LED")
    products(enterprise, "B", name="Lamp white", name_zh="样例台灯 白色")
    products(enterprise, "C", name="Towel", name_zh="毛巾")

    with within(enterprise):
        own, line = suggest("A", TODAY)
        (alike,) = suggest("B", TODAY)
        none = suggest("C", TODAY)
        filled = taken(alike, Goods("B", name_zh="白色台灯"), tariff_on([LAMP], TODAY)[LAMP][1])

    assert (own.kind, own.goods.per_unit2) == ("accepted", Fraction(17, 20))
    assert (line.kind, line.goods.name_zh) == ("released", "样例台灯 LED")
    assert dict(line.goods.elements)["材质"] == "铝"
    assert (alike.of, alike.goods.per_unit) == ("A", None)
    assert "台灯" in alike.shared
    assert none == []
    assert (filled.hs_code, filled.name_zh, filled.sku) == (LAMP, "白色台灯", "B")


# Checks on the desk


def test_prices_are_compared_with_released_lines_of_the_goods_and_of_their_code(enterprise):
    classified(enterprise, "A", "B")
    released(enterprise, "A", ["9.5", "9.6", "9.7", "9.8", "9.9"])
    told = [Line("A", 4, Decimal("98"), "502"), Line("B", 4, Decimal("98"), "502"),
            Line("A", 4, Decimal("98"), "142"), Line("A", 4, Decimal("9.7"), "502"),
            Line("Z", 1, Decimal(1), "502")]  # fmt: skip

    with within(enterprise):
        found = check_lines(told, TODAY)

    assert [[each.check for each in one] for one in found] == [
        ["price_far_own", "price_far_hs"], ["price_far_hs"], [], [], [],
    ]  # fmt: skip


def test_brands_of_accepted_goods_are_known(enterprise):
    classified(enterprise, "A")
    no_brand = goods("B", elements="品牌类型=无品牌;用途=充电", hs_code=CHARGER, unit2="",
                     per_unit2="", name_zh="样例牌充电器")  # fmt: skip

    with within(enterprise):
        (found,) = look_at([no_brand], TODAY)

    assert [each.check for each in found.findings] == ["brand_named"]


def test_the_name_is_compared_with_what_customs_released_last(enterprise):
    classified(enterprise, "A")
    released(enterprise, "A", ["9.5"], gname="台灯")

    with within(enterprise):
        (found,) = look_at([goods("A")], TODAY)

    assert [(each.check, dict(each.facts)["before"]) for each in found.findings] == [
        ("name_differs", "台灯")
    ]


# Lines for lists


def test_lines_are_given_everything_exactly(enterprise):
    classified(enterprise, "A", unit="017", per_unit="1/12")

    with within(enterprise):
        found = for_goods({"A"}, TODAY)["A"]

    assert (found.hs_code, found.unit, found.unit1, found.unit2) == (LAMP, "017", "007", "035")
    assert found.text == "境内自主品牌|照明|铝|样例牌"
    assert found.quantities(24) == (Decimal(2), Decimal(24), Decimal("20.4"))
    assert found.quantities(7)[0] is None


def test_everything_that_is_missing_of_all_goods_is_told_at_once(enterprise):
    classified(enterprise, "A", "B")
    tariff(enterprise, HEAD + f"{LAMP},样例,品牌类型;用途;材质;品牌;光源,007,035,2026-05-01,,s\n")
    with within(enterprise):
        assert set(for_goods(["A", "B"], TODAY)) == {"A", "B"}

        with pytest.raises(NotClassified) as error:
            for_goods(["A", "B", "X"], date(2026, 5, 1))

    assert [(each["sku"], each["check"]) for each in error.value.facts["missing"]] == [
        ("X", "not_accepted"), ("A", "elements_missing"), ("B", "elements_missing"),
    ]  # fmt: skip
    with within(enterprise), pytest.raises(NotClassified):
        for_goods(["A"], date(2025, 12, 31))


def test_the_weight_of_the_master_counts_where_the_firm_says_so(enterprise):
    tariff(enterprise)
    products(enterprise, "A", weight_g=900)
    (draft,) = drafted(enterprise, goods("A", per_unit2=""))
    with within(enterprise, ONE), pytest.raises(Unfit):
        recording.propose([draft.id])
    with within(enterprise):
        change_policy({"weight_units": ["035"]})
    with within(enterprise, ONE):
        recording.propose([draft.id])
    with within(enterprise, OTHER):
        recording.accept([draft.id])
        assert for_goods(["A"], TODAY)["A"].per_unit2 == Fraction(9, 10)
        Product.objects.update(weight_g=None)
        with pytest.raises(NotClassified, match="weight of the masters"):
            for_goods(["A"], TODAY)


def test_few_statements_are_asked_for_any_number_of_goods(enterprise, monkeypatch):
    import psycopg

    skus = [f"S{at:03d}" for at in range(60)]
    classified(enterprise, *skus)
    asked = []
    execute = psycopg.Cursor.execute

    def noted(self, query, *given, **named):
        asked.append(query)
        return execute(self, query, *given, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    counts = []
    for some in (skus[:1], skus):
        with within(enterprise):
            asked.clear()
            assert len(for_goods(some, TODAY)) == len(some)
            counts.append(len(asked))

    assert counts[0] == counts[1] <= 6
