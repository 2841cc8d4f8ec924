# SPDX-License-Identifier: Apache-2.0
"""Elements, origin data, powers of attorney, invoices and packing lists of files."""

from __future__ import annotations

import json

import pytest

from tests.paperwork.kit import make, mistakes, text_of, unbroken


def test_elements_stand_in_the_order_and_by_the_names_given(tmp_path):
    text = text_of(make(tmp_path, "elements-sheet"))
    places = [text.index(each) for each in ("9405210090", "品牌类型", "用途", "光源", "6109100021",
                                            "织造方法", "种类", "成分含量")]  # fmt: skip

    assert places == sorted(places)
    assert "未与税则核对" in text
    assert "境内自主品牌" in text


def test_goods_of_one_tariff_number_have_the_same_elements(tmp_path):
    def changed(said):
        more = json.loads(json.dumps(said["goods"][0])) | {"sku": "LAMP-07W"}
        more["elements"] = more["elements"][:3]
        said["goods"].append(more)

    assert mistakes(make(tmp_path, "elements-sheet", changed)) == {
        "goods[3].elements": "in one of them only: 型号"
    }


def test_an_element_or_sku_that_stands_there_twice_is_refused(tmp_path):
    def changed(said):
        said["goods"][0]["elements"].append({"name": "用途", "value": "室外"})
        said["goods"][1]["sku"] = "LAMP-05W"

    assert mistakes(make(tmp_path, "elements-sheet", changed)) == {
        "goods[1].elements": '"用途" twice', "goods[2].sku": '"LAMP-05W"',
    }  # fmt: skip


def test_a_long_element_is_printed_whole(tmp_path):
    value = "室内照明用途说明，" * 33

    def changed(said):
        said["goods"][0]["elements"][1]["value"] = value

    assert unbroken(value) in unbroken(text_of(make(tmp_path, "elements-sheet", changed)))


def test_origin_data_says_the_judgement(tmp_path):
    folder = make(tmp_path, "origin-sheet", lambda _: None, "--data")
    text = text_of(folder)

    for said in ("RVC40", "67.50", "WO", "851679", "090210", "1,000.00 USD", "1,750.00",
                 "149.700 kg", "本件不是证书"):  # fmt: skip
        assert said in text
    [judged] = folder.glob("*-judged.json")
    told = json.loads(judged.read_text("utf-8"))
    assert [each["criterion"] for each in told["certificate"]] == ["RVC40", "WO"]
    assert set(told["packs"]) == {"world/rcep_origin", "world/rcep_parties"}


def test_goods_that_do_not_originate_are_refused_with_those_not_judged(tmp_path):
    def changed(said):
        said["lines"] += [{"product": name} for name in ("LAMP", "TOY", "BOAT")]

    found = mistakes(make(tmp_path, "origin-sheet", changed))

    assert found == {
        "lines[3].product": '"LAMP", does_not (no_proof)',
        "lines[4].product": '"TOY", open (no_exchange_rate, unknown_origin)',
        "lines[5].product": '"BOAT"',
    }


def test_a_product_stands_there_once(tmp_path):
    error = make(tmp_path, "origin-sheet", lambda said: said["lines"].append({"product": "TEA"}))

    assert mistakes(error) == {"lines[3].product": '"TEA" again'}


def test_de_minimis_and_accumulation_are_said(tmp_path):
    def changed(said):
        said["lines"] = [{"product": "SCARF"}, {"product": "KETTLE"}]

    text = unbroken(text_of(make(tmp_path, "origin-sheet", changed, "--language", "en")))

    assert "bydeminimis" in text
    assert "withaccumulation" in text


def test_a_power_of_attorney_says_that_its_text_is_the_firms_own(tmp_path):
    text = text_of(make(tmp_path, "power-of-attorney"))

    assert "格式与条款由企业自拟，未与海关或报关协会的格式核对。" in text
    assert "Form and wording are the firm's own." in text
    assert "2026-11-26 – 2027-11-25" in text
    assert text.count("样例报关有限公司") == 2


def test_its_clauses_are_printed_whole(tmp_path):
    clauses = [f"第{at}条" + "委托事项的完整文字，" * 49 for at in range(30)]
    text = unbroken(
        text_of(make(tmp_path, "power-of-attorney", lambda said: said.update(scope=clauses)))
    )

    assert "…" not in text
    assert text.count("委托事项的完整文字，") == 30 * 49


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"valid_to": "2026-11-25"}, "valid_to"),
        ({"scope": []}, "scope"),
        ({"scope": ["x" * 501]}, "scope"),
        ({"terms": "x"}, "terms"),
    ],
)
def test_a_power_of_attorney_that_makes_no_sense_is_refused(change, place, tmp_path):
    error = make(tmp_path, "power-of-attorney", lambda said: said.update(change))

    assert set(mistakes(error)) == {place}


def test_nobody_gives_power_to_themselves(tmp_path):
    error = make(
        tmp_path, "power-of-attorney",
        lambda said: said["agent"].update(uscc=said["principal"]["uscc"]),
    )  # fmt: skip

    assert set(mistakes(error)) == {"agent.uscc"}


def test_an_invoice_of_a_file_is_exact(tmp_path):
    text = text_of(make(tmp_path, "commercial-invoice"))

    for said in ("8.50", "5,100.00", "820.00", "5,920.00", "564.000", "612.000 kg"):
        assert said in text


def test_amounts_finer_than_their_currency_and_light_packages_are_refused(tmp_path):
    def changed(said):
        said.update(currency="JPY", freight="0.5")
        said["lines"][0].update(amount="5100.01", gross_g=1)

    assert set(mistakes(make(tmp_path, "commercial-invoice", changed))) == {
        "freight", "lines[1].amount", "lines[1].gross_g",
    }  # fmt: skip


def test_a_packing_list_of_a_file_adds_up(tmp_path):
    def changed(said):
        said["packages"].append(said["packages"][0] | {"number": "2"})

    text = text_of(make(tmp_path, "packing-list", changed))

    assert "30.600 kg" in text
    assert "28.200" in text


def test_a_package_lighter_than_what_is_in_it_or_named_twice_is_refused(tmp_path):
    def changed(said):
        said["packages"].append(dict(said["packages"][0]))
        said["packages"][0]["gross_g"] = 14099

    assert set(mistakes(make(tmp_path, "packing-list", changed))) == {
        "packages[1].gross_g", "packages[2].number",
    }  # fmt: skip
