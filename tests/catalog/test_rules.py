# SPDX-License-Identifier: Apache-2.0
"""What a value of a master may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.catalog import forms, rules
from entrepot.catalog.forms import Wrong
from entrepot.catalog.nouns import NOUNS, PARTNER, PRODUCT, check_fields, complete
from entrepot.catalog.words import wanted, words_of

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()),
    st.dictionaries(st.text(), st.text()), st.binary(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("case", "check", "value", "expected"),
    [
        ("EAN-13", rules.gtin, "4006381333931", "4006381333931"),
        ("EAN-8", rules.gtin, "73513537", "73513537"),
        ("UPC-A", rules.gtin, "036000291452", "036000291452"),
        ("GTIN-14", rules.gtin, "98412345678908", "98412345678908"),
        ("hyphens go", rules.gtin, "4-006381-333931", "4006381333931"),
        ("HS code", rules.hs_code, "8504401400", "8504401400"),
        ("UN number", rules.un_number, "UN3481", "UN3481"),
        ("USCC", rules.uscc_number, "91110000600037341L", "91110000600037341L"),
        ("EU VAT", rules.vat_number, "DE 136 695 976", "DE136695976"),
        ("Greek VAT", rules.vat_number, "EL094259216", "EL094259216"),
        ("British VAT", rules.vat_number, "GB 980 7806 84", "GB980780684"),
        ("VAT of a country not checked", rules.vat_number, "CHE107787577", "CHE107787577"),
        ("a zone with a slash", rules.time_zone, "Asia/Shanghai", "Asia/Shanghai"),
        ("country", rules.country, "CN", "CN"),
        ("digits as text", forms.whole(1, 9), "7", 7),
        ("是", forms.truth, "是", True),
        ("FALSE", forms.truth, "FALSE", False),
        ("roles in order", forms.several("a", "b"), "b，a", ["a", "b"]),
        ("a code in Chinese", forms.code(9), "充电器-1", "充电器-1"),
    ],
)
def test_what_is_kept(case, check, value, expected):
    assert check(value) == expected


@pytest.mark.parametrize(
    ("case", "check", "value"),
    [
        ("wrong check digit", rules.gtin, "4006381333932"),
        ("eleven digits", rules.gtin, "40063813339"),
        ("nine digits", rules.hs_code, "850440140"),
        ("digits of another script", rules.hs_code, "८५०४४०१४००"),
        ("lower case", rules.un_number, "un3481"),
        ("wrong check character", rules.uscc_number, "91110000600037342L"),
        ("German VAT with a wrong digit", rules.vat_number, "DE136695978"),
        ("no such time zone", rules.time_zone, "Europe/Duisburg"),
        ("a path", rules.time_zone, "../../etc/passwd"),
        ("no such country", rules.country, "XX"),
        ("lower case country", rules.country, "cn"),
        ("a truth is no number", forms.whole(0, 9), True),
        ("a float is no whole number", forms.whole(0, 9), 1.0),
        ("too large", forms.whole(0, 9), 10),
        ("too many digits to read", forms.whole(0, 9), "9" * 5000),
        ("a blank within a code", forms.code(9), "A B"),
        ("nothing but a blank", forms.code(9, has_spaces=True), " "),
        ("a blank of another width in it", forms.code(9, has_spaces=True), "A\u00a0B"),
        ("a zero width space", forms.code(9), "A\u200bB"),
        ("a letter nobody sees", forms.code(9), "A\u3164"),
        ("an accent apart", forms.code(9), "e\u0301"),
        ("a slash in a place", forms.code(9, is_place=True), "A/B"),
        ("a line end in a name", forms.name(9), "A\nB"),
        ("text turned round", forms.name(9), "A\u202eB"),
        ("half a character", forms.name(9), "\ud800"),
        ("no such role", forms.several("a"), "a,b"),
    ],
)
def test_what_is_refused(case, check, value):
    with pytest.raises(Wrong):
        check(value)


def test_a_vat_number_without_letters_is_that_of_the_country():
    given_ = {"code": "A", "name": "A", "roles": ["bank"], "country": "DE"}
    kept, _ = check_fields(PARTNER, {**given_, "vat_number": "136695976"})

    now, faults = complete(PARTNER, kept, None)

    assert (now["vat_number"], faults) == ("DE136695976", [])


def test_a_greek_number_gets_the_letters_of_its_vat():
    assert rules.with_country("094259216", "GR") == "EL094259216"


def test_a_vat_number_outside_is_kept_as_it_is():
    assert rules.with_country("107787577", "CH") == "107787577"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"battery_kind": "lithium_ion"}, "battery_kind"),
        ({"un_number": "UN3481"}, "un_number"),
    ],
)
def test_fields_that_contradict_each_other(values, field):
    kept, _ = check_fields(PRODUCT, {"sku": "A", "name": "A", **values})

    _, faults = complete(PRODUCT, kept, None)

    assert [fault.field for fault in faults] == [field]


def test_an_article_number_may_have_spaces_in_it():
    kept, faults = check_fields(PRODUCT, {"sku": "BANK CHARGES", "name": "A"})

    assert (kept["sku"], faults) == ("BANK CHARGES", [])


def test_every_fault_of_a_line_is_said():
    values = {
        "sku": "A\u00a0B",
        "gtin": "1",
        "hs_code": "2",
        "weight_g": "-3",
        "is_active": "maybe",
    }

    _, faults = check_fields(PRODUCT, values, row=9)

    assert [(fault.field, fault.row) for fault in faults] == [
        ("sku", 9), ("gtin", 9), ("hs_code", 9), ("weight_g", 9), ("is_active", 9),
    ]  # fmt: skip
    assert faults[1].text.startswith('row 9, gtin: found "1", expected a GTIN')


@given(st.sampled_from([f for noun in NOUNS.values() for f in noun.fields]), ANYTHING)
def test_a_field_keeps_or_refuses_whatever_comes(field, value):
    try:
        kept = field.take(value)
    except Wrong:
        return
    assert field.take(kept) == kept


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("USB-C Cable", {"usb", "c", "cable"}),
        ("USB充电器", {"usb", "充电", "电器", "器"}),
        ("手机壳 3", {"手机", "机壳", "壳", "3"}),
        ("ＡＢＣ１", {"abc1"}),
        ("Straße", {"strasse"}),
        ("_-/", set()),
    ],
)
def test_words(text, expected):
    assert words_of([text]) == expected


def test_what_is_wanted_is_found_by_the_words():
    assert wanted("手机壳 case") == [("case", False), ("手机", False), ("机壳", False)]
    assert wanted("壳") == [("壳", True)]


@given(st.text(alphabet="手机壳充 ab1-", max_size=12), st.data())
def test_every_part_of_a_name_in_chinese_is_found(name, data):
    runs = [run for run in name.replace("-", " ").split() if run.isascii() is False]
    cjk = "".join(c for c in (runs[0] if runs else "") if not c.isascii())
    if not cjk or cjk not in name:
        return
    start = data.draw(st.integers(0, len(cjk) - 1))
    part = cjk[start : data.draw(st.integers(start + 1, len(cjk)))]
    known = words_of([name])

    assert all(
        any(word.startswith(each) if is_begun else word == each for word in known)
        for each, is_begun in wanted(part)
    )
