# SPDX-License-Identifier: Apache-2.0
"""What holds of every judgement: it is that of fractions, and origin added never takes a yes."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.origin.kit import DAY, MATERIAL, PRODUCT, judged

#: A book of products is small enough to read; shrinking it takes minutes.
NO_SHRINKING = [Phase.explicit, Phase.reuse, Phase.generate]
RULES = ["CC", "CTH", "CTSH", "RVC40"]
HEADS = ["851679", "851680", "853690", "721934", "611710", "611780", "510710"]
LEVEL = {"CC": 2, "CTH": 4, "CTSH": 6}
ORIGINS = ["CN", "KR", "DE", None]

hs_codes = st.sampled_from(HEADS)
amounts = st.one_of(st.integers(0, 12_000), st.sampled_from([1000, 1001, 4000, 5999, 6000, 6001]))
material = st.fixed_dictionaries(
    {
        "hs_code": hs_codes,
        "origin": st.sampled_from(ORIGINS),
        "proof": st.sampled_from(["CO-1", None]),
        "value": amounts,
        "weight_g": st.one_of(st.none(), st.integers(0, 200)),
        "currency": st.sampled_from(["USD", "USD", "CNY", "EUR"]),
    }
)
product = st.fixed_dictionaries(
    {
        "hs_code": hs_codes,
        "fob": st.sampled_from([10_000, 7, 9_999]),
        "weight_g": st.one_of(st.none(), st.integers(1, 1_000)),
        "labour": st.one_of(st.none(), amounts),
        "profit": st.one_of(st.none(), st.integers(-3000, 3000)),
        "rules": st.sets(st.sampled_from(RULES)),
        "materials": st.lists(material, max_size=4),
    }
)
books = st.lists(product, min_size=1, max_size=12)
#: EUR has no rate.
RATES = [{"on": DAY, "currency": "USD", "cny_per_unit": 7_200_001}]
PER_UNIT = {"USD": 7_200_001, "CNY": 1_000_000}


def judge_all(book: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Judge a book; a product's rules are those of chapters nobody else has, by its own key."""
    products, materials, rules = [], [], []
    for place, each in enumerate(book):
        name = f"P{place}"
        told = {key: value for key, value in each.items() if key not in ("rules", "materials")}
        products.append({**PRODUCT, **told, "product": name})
        for line, row in enumerate(each["materials"], 1):
            materials.append({**MATERIAL, **row, "product": name, "line_no": line})
    # One set of rules for each subheading: of the first product that has it.
    by_code = {each["hs_code"]: each["rules"] for each in reversed(book)}
    for code, named in by_code.items():
        rules += [
            {"hs_code": code, "rule": rule, "valid_from": date(2022, 1, 1), "source": "made up"}
            for rule in named
        ]
    return judged(products, materials, rules, RATES)


def worth(row: dict[str, Any]) -> Fraction | None:
    rate = PER_UNIT.get(row["currency"])
    return None if rate is None else Fraction(row["value"] * rate, PER_UNIT["USD"])


def total(values: list[Any]) -> Any:
    return None if None in values else sum(values, Fraction(0))


def at_most(part: Any, whole: Any) -> bool | None:
    return None if part is None or whole is None else part * 10 <= whole


def either(*said: bool | None) -> bool | None:
    return True if True in said else None if None in said else False


def expected(each: dict[str, Any], rule: str) -> bool | None:
    """The criterion by fractions, one product at a time."""
    own = [m for m in each["materials"] if m["origin"] in ("CN", "KR") and m["proof"]]
    foreign = [m for m in each["materials"] if m not in own]
    if rule == "PE":
        return not foreign
    if not each["materials"]:
        return None
    if rule == "RVC40":
        values, vnm = [worth(m) for m in own], total([worth(m) for m in foreign])
        costs = (each["labour"] or 0) + (each["profit"] or 0)
        down = None if vnm is None else (each["fob"] - vnm) / each["fob"] >= Fraction(2, 5)
        known = sum(value for value in values if value is not None)
        is_enough = Fraction(known + costs) / each["fob"] >= Fraction(2, 5)
        return either(down, is_enough or (None if None in values else False))
    digits = LEVEL[rule]
    same = [m for m in foreign if m["hs_code"][:digits] == each["hs_code"][:digits]]
    value = at_most(total([worth(m) for m in same]), each["fob"])
    textile = each["hs_code"].startswith(("51", "61"))
    weight = at_most(total([m["weight_g"] for m in same]), each["weight_g"]) if textile else False
    return either(not same, value, weight)


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(books)
def test_a_criterion_is_what_fractions_say(book):
    found = judge_all(book)

    for row in found["tests"]:
        each = book[int(row["product"][1:])]
        assert row["met"] == expected(each, row["criterion"]), row


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(books)
def test_a_verdict_is_what_its_criteria_say(book):
    found = judge_all(book)

    for row in found["verdicts"]:
        name = row["product"]
        met = [each["met"] for each in found["tests"] if each["product"] == name]
        lacks = [each["code"] for each in found["missing"] if each["product"] == name]
        assert (row["verdict"] == "qualifies") == (True in met)
        assert (row["verdict"] == "open") <= bool(lacks), "what is open says what it lacks"
        assert (row["verdict"] == "does_not") <= (None not in met)
    certified = {each["product"] for each in found["certificate"]}
    assert certified == {r["product"] for r in found["verdicts"] if r["verdict"] == "qualifies"}


@settings(max_examples=25, deadline=None, phases=NO_SHRINKING)
@given(books, st.data())
def test_more_originating_value_never_turns_a_yes_into_a_no(book, data):
    before = judge_all(book)
    richer = []
    for each in book:
        rows = [dict(row) for row in each["materials"]]
        for row in rows:
            if data.draw(st.booleans()):
                row |= {"origin": "KR", "proof": "CO-2"}
        labour = (each["labour"] or 0) + data.draw(st.integers(0, 500))
        richer.append({**each, "materials": rows, "labour": labour})
    after = judge_all(richer)

    rank = {"does_not": 0, "open": 1, "qualifies": 2}
    said = {row["product"]: rank[row["verdict"]] for row in after["verdicts"]}
    for row in before["verdicts"]:
        if row["verdict"] == "qualifies":
            assert said[row["product"]] == 2


@settings(max_examples=20, deadline=None, phases=NO_SHRINKING)
@given(books)
def test_what_is_shown_is_the_fraction_rounded_against_the_product(book):
    found = judge_all(book)

    for row in found["verdicts"]:
        for way in ("build_down", "build_up"):
            if row[way] is not None:
                exact, told = Fraction(row[way]) * 100, Fraction(row[f"{way}_percent"])
                assert 0 <= exact - told < Fraction(1, 100)
                assert str(Fraction(row[way])) == row[way], "in lowest terms"
    for row in found["lines"]:
        if row["share"] is not None:
            assert (
                0
                <= Fraction(row["share_percent"]) - Fraction(row["share"]) * 100
                < Fraction(1, 100)
            )


@settings(max_examples=15, deadline=None, phases=NO_SHRINKING)
@given(books, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(book, random):
    mixed = [{**each, "materials": list(each["materials"])} for each in book]
    for each in mixed:
        random.shuffle(each["materials"])

    def told(found):
        return [{**row, "product": row["product"]} for row in found["verdicts"]]

    assert told(judge_all(mixed)) == told(judge_all(book))
