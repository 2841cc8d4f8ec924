# SPDX-License-Identifier: Apache-2.0
"""Looking at goods: the brokers' cases, exact factors and prices, files, and the command."""

from __future__ import annotations

import io
import json
import statistics
import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from entrepot.catalog.reading import UnreadableFile
from entrepot.cli import entrepot
from entrepot.customs.classifying.factors import exactly, factor, written
from entrepot.customs.classifying.naming import brand_in, nearest
from entrepot.customs.classifying.policy import SEVERITIES, checks, default, policy_of
from entrepot.customs.classifying.pricing import Limits, far_from
from entrepot.customs.classifying.reading import goods_of, read_goods, read_tariff
from entrepot.customs.classifying.refusals import FaultyTable
from entrepot.customs.classifying.rules import Known, arranged, judge, text_of, with_weight
from entrepot.customs.classifying.tables import TARIFF, TariffLine, element_names, in_force
from entrepot.customs.classifying.telling import LANGUAGES, next_step, reason

ROOT = Path(__file__).parents[2]
CASES = tomllib.loads((ROOT / "tests" / "cases" / "classification.toml").read_text("utf-8"))
EXAMPLES = ROOT / "examples" / "classification"
HEAD = "hs_code,name,elements,unit1,unit2,valid_from,valid_to,source\n"


def line(name: str) -> list[TariffLine]:
    if name == "none":
        return []
    said = CASES["tariff"][name]
    return [TariffLine(**{**{"unit2": "", "valid_to": None}, **said,
                          "elements": element_names(said["elements"])})]  # fmt: skip


@pytest.mark.parametrize("name", CASES["case"])
def test_goods_are_looked_at_as_the_broker_says(name):
    case = CASES["case"][name]
    goods, faults = goods_of(CASES["plain"] | case.get("goods", {}))
    policy, mistakes = policy_of(case.get("settings", {}), "settings")
    on = case.get("on", date(2026, 4, 1))
    before = case.get("before", {})
    known = Known(
        on,
        in_force(line(case.get("tariff", "lamp")), on).get(goods.hs_code),
        before.get("hs_code", ""),
        before.get("name", ""),
        [Decimal(each) for each in case.get("own", ())],
        [Decimal(each) for each in case.get("same_hs", ())],
        frozenset(case.get("brands", ())),
    )

    found = judge(goods, known, policy)

    assert (faults, mistakes) == ([], [])
    told = {severity: [each.check for each in found if each.severity == severity]
            for severity in ("refuse", "look")}  # fmt: skip
    assert told == {severity: case.get(severity, []) for severity in told}
    for each in found:
        assert all(reason(each, one) and next_step(each, one) for one in LANGUAGES)


def test_every_check_has_a_case_and_words_in_both_languages():
    told = {check for case in CASES["case"].values() for severity in ("refuse", "look")
            for check in case.get(severity, ())}  # fmt: skip

    assert told == set(checks())
    for check in checks().values():
        assert check["severity"] in SEVERITIES
        assert set(check) - {"always"} == {"severity", "field", "en", "zh", "en_next", "zh_next"}


@given(st.fractions(Fraction(1, 10**9), 10**9, max_denominator=10**9))
def test_a_factor_is_written_so_that_it_is_read_the_same(value):
    if value.numerator < 10**9:
        assert factor(written(value)) == value


@given(st.fractions(0, 10**9, max_denominator=10**6))
def test_a_quantity_is_given_exactly_or_not_at_all(value):
    found = exactly(value)

    if found is None:
        assert (value * 10**5).denominator != 1
    else:
        assert Fraction(found) == value


@pytest.mark.parametrize("text", ["", "0", "0.0", "0/3", "1/0", "-1", "1e3", "1,5", "1/2/3", "٣"])
def test_what_is_no_factor_is_none(text):
    assert factor(text) is None


PRICES = st.integers(0, 10**9).map(lambda each: Decimal(each).scaleb(-5))
LIMITS = st.builds(Limits, st.integers(1, 4), st.integers(0, 900), st.integers(0, 90))


@given(PRICES, st.lists(PRICES, max_size=9), LIMITS, st.randoms())
def test_a_price_is_far_as_the_formula_says_in_any_order(price, others, limits, chance):
    mixed = list(others)
    chance.shuffle(mixed)
    found = far_from(price, mixed, limits)

    exact = [Fraction(each) for each in others]
    is_far = False
    if others and len(others) >= limits.least:
        middle = statistics.median(exact)
        deviation = statistics.median([abs(each - middle) for each in exact])
        is_far = abs(Fraction(price) - middle) > max(
            deviation * limits.times_percent / 100, middle * limits.share_percent / 100
        )
        if found is not None:
            assert (Fraction(found.median), Fraction(found.deviation)) == (middle, deviation)
    assert (found is not None) == is_far
    thrice = far_from(price * 3, [each * 3 for each in others], limits)
    assert (thrice is not None) == is_far


def test_the_longest_brand_that_stands_alone_is_named():
    assert brand_in("LUMO-Pro 灯", ["Lumo", "lumo-pro", "mo"]) == "lumo-pro"
    assert brand_in("美的风扇", ["美的"]) == "美的"
    assert brand_in("plumot", ["lumo"]) == ""


def test_goods_called_alike_are_suggested_with_the_words_they_share():
    others = [("A", ["棉质毛巾"]), ("B", ["LED 台灯"]), ("C", ["台灯 白色 LED"]), ("D", [""])]

    found = nearest(["LED台灯 大号"], others)

    assert [each.sku for each in found] == ["B", "C"]
    assert found[0].permille > found[1].permille
    assert found[0].shared == ("led", "台灯", "灯")


def test_all_mistakes_of_a_tariff_are_told_at_once():
    bad = HEAD + (
        "123,a,,35,,2026-01-01,,s\n"
        "9405429999,a,用途;用途,007,007,2026-13-01,,\n"
        "9405429998,a,用途,007,,2026-01-01,2026-08-01,s\n"
        "9405429998,a,用途,007,,2026-07-01,,s\n"
        "9405429998,a,用途,007,,2026-07-01,,s\n"
        "9405429997,a,用途,007,007,2026-02-01,2026-01-01,s\n"
    )

    with pytest.raises(FaultyTable) as error:
        read_tariff("t.csv", bad.encode())

    places = [(each["row"], each["column"]) for each in error.value.facts["mistakes"]]
    assert sorted(places) == [
        (2, "elements"), (2, "hs_code"), (2, "unit1"), (3, "elements"), (3, "source"),
        (3, "valid_from"), (4, "valid_to"), (6, "valid_from"), (7, "unit2"), (7, "valid_to"),
    ]  # fmt: skip
    with pytest.raises(FaultyTable, match="no rows"):
        read_tariff("t.csv", HEAD.encode())
    with pytest.raises(UnreadableFile):
        read_tariff("t.csv", b"name\nLamp\n")


def test_a_tariff_is_read_alike_from_csv_and_excel_in_either_language():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(
            0, 0, ["商品编码", "商品名称", "申报要素", "法定第一单位", "生效日期", "来源"]
        )
        sheet.write_row(1, 0, ["9405429999", "台灯", "用途；材质", "007", "2026-01-01", "made up"])
    text = HEAD + "9405429999,台灯,0:用途|1:材质,007,,2026-01-01,,made up\n"

    (first,), (second,) = read_tariff("t.xlsx", file.getvalue()), read_tariff("t", text.encode())

    assert first == second
    assert first.elements == ("用途", "材质")


def test_decimals_of_excel_are_read_exactly():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["SKU", "unit", "per_unit", "price"])
        sheet.write_row(1, 0, ["A", "035", 0.85, 1.1])

    (goods,) = read_goods("g.xlsx", file.getvalue())

    assert (goods.per_unit, goods.price) == (Fraction(17, 20), Decimal("1.1"))


@pytest.mark.parametrize(
    ("day", "name"),
    [(date(2025, 12, 31), None), (date(2026, 1, 1), "first"), (date(2026, 6, 30), "first"),
     (date(2026, 7, 1), "second"), (date(2027, 1, 1), None)],
)  # fmt: skip
def test_a_line_holds_until_the_next_begins_or_its_own_end(day, name):
    first = TariffLine("1" * 10, "first", ("a",), "007", "", date(2026, 1, 1), None, "s")
    second = replace(
        first, name="second", valid_from=date(2026, 7, 1), valid_to=date(2027, 1, 1)
    )  # fmt: skip
    back = replace(first, name="back", valid_from=date(2026, 8, 1), valid_to=date(2026, 8, 1))
    lines = [second, back] if day >= date(2027, 1, 1) else [second, first, back]

    found = in_force(lines, day).get("1" * 10)

    assert (found.name if found else None) == name


def test_the_text_of_elements_is_in_the_order_of_the_tariff():
    (its,) = line("lamp")
    goods, _ = goods_of({"sku": "A", "elements": "品牌=牌;颜色=白;用途=照明"})

    assert text_of(arranged(goods, its), "|") == "照明|牌|白"


def test_the_weight_of_the_master_fills_only_what_is_missing():
    policy = replace(default(), weight_units=("035",))
    goods, _ = goods_of({"sku": "A", "unit": "035", "unit2": "035", "per_unit2": "2",
                         "weight_g": 850})  # fmt: skip

    filled = with_weight(goods, policy)

    assert (filled.per_unit, filled.per_unit2) == (Fraction(17, 20), Fraction(2))
    assert with_weight(goods, default()) == goods


def test_every_mistake_of_settings_is_told():
    _, mistakes = policy_of(
        {"four_eyes": 1, "severities": {"hs_missing": "no"}, "limits": {"least": 0},
         "counted_units": ["7"], "brands": "Lumo", "joiner": "", "brand": []},
        "s.toml",
    )  # fmt: skip

    assert {each.column for each in mistakes} == {
        "four_eyes", "severities", "limits", "counted_units", "brands", "joiner", "brand",
    }  # fmt: skip
    assert policy_of(default().as_facts(), "s.toml") == (default(), [])
    assert policy_of({"severities": {"factor_missing": "off"}}, "s.toml")[1]


def run(*options: str):
    given_ = ["customs", "classify", str(EXAMPLES / "goods.csv"), "--tariff",
              str(EXAMPLES / "tariff.csv"), "--on", "2026-04-10", *options]  # fmt: skip
    return CliRunner().invoke(entrepot, given_)


def test_the_command_says_everything_and_ends_with_1_where_goods_are_refused():
    more = ("--accepted", str(EXAMPLES / "accepted.csv"),
            "--settings", str(EXAMPLES / "settings.toml"))  # fmt: skip
    answered = run(*more, "--json")
    report = json.loads(answered.output)

    assert answered.exit_code == 1
    assert report["counts"] == {"goods": 4, "refuse": 3, "look": 0, "fine": 1}
    by_sku = {each["sku"]: each for each in report["goods"]}
    assert by_sku["LAMP-1"]["findings"] == []
    assert {each["check"] for each in by_sku["CHG-2"]["findings"]} == {
        "brand_named", "name_differs", "price_far_own", "price_far_hs",
    }  # fmt: skip
    assert [each["sku"] for each in by_sku["LAMP-9"]["suggestions"]] == ["LAMP-1"]
    assert "示例牌" in run(*more, "--language", "zh").output
    assert run().exit_code == 1


def test_the_command_refuses_files_that_will_not_do(tmp_path):
    (tmp_path / "s.toml").write_text("four_eyes = 1\nlimit = {}\n")

    wrong = run("--settings", str(tmp_path / "s.toml"))
    none = run("--accepted", str(tmp_path / "none.csv"))

    assert type(wrong.exception).__name__ == "WrongSettings"
    assert "Did you mean limits?" in str(wrong.exception)
    assert type(none.exception).__name__ == "Misused"


def test_headings_name_every_column_in_both_languages():
    text = (ROOT / "src/entrepot/customs/classifying/headings.toml").read_text("utf-8")
    headings = tomllib.loads(text)

    assert set(headings["en"]) == set(headings["zh"]) >= set(TARIFF.names)
