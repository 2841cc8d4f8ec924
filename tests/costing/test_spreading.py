# SPDX-License-Identifier: Apache-2.0
"""What lines are spread over: sums to the cent, and says why where it cannot be."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.costing.rules import WHOLE, as_shares, split
from entrepot.costing.saying import NewShare
from entrepot.finance import spreading
from entrepot.people.tenancy import within
from tests.consolidating.kit import brought
from tests.costing.kit import line, open_firm, parts, spread, why
from tests.logistics.dock import DECLARATION, declared, on_its_way, sent

KEYS = [("D", item, "A") for item in range(1, 7)]


@pytest.fixture
def firm(enterprise):
    return open_firm(enterprise)


@given(st.integers(-(10**14), 10**14), st.lists(st.integers(1, 10**6), min_size=1, max_size=40))
def test_the_parts_of_an_amount_sum_to_it_and_turn_round_with_it(amount, shares):
    found = split(amount, shares)

    assert sum(found) == amount
    assert [-part for part in found] == split(-amount, shares)
    whole = sum(shares)
    assert all(abs(part - amount * share / whole) <= 1 + abs(amount) * 2**-50
               for part, share in zip(found, shares, strict=True))  # fmt: skip


@given(st.lists(st.fractions(0, 10**13), min_size=1, max_size=6))
def test_shares_are_below_the_whole_and_in_proportion(weights):
    given_ = dict(zip(KEYS, weights, strict=False))
    shares = as_shares(given_)
    total = sum(weights)

    assert sum(shares.values()) <= WHOLE
    assert list(shares) == sorted(shares)
    if total:
        for key, weight in given_.items():
            exact = Fraction(weight, 1) / total
            assert abs(Fraction(shares.get(key, 0), sum(shares.values())) - exact) < Fraction(
                1, 10**7
            )


def test_small_whole_weights_stay_what_they_are():
    assert as_shares({KEYS[1]: Fraction(30), KEYS[0]: Fraction(60)}) == {KEYS[0]: 60, KEYS[1]: 30}


@pytest.mark.parametrize("amount", [1, 100, 99_999, -12_345, 7 * 10**12 + 3])
@pytest.mark.parametrize(
    "shares", [[1], [3, 5, 7], [1, 10**6], [WHOLE - 10, 3, 6], [0x1FFF, 2**20]]
)
def test_an_engine_splits_them_alike(engine, amount, shares):
    costs = engine.table(pa.table({"cline": pa.array([0]), "amount": [amount], "cny": [amount]}))
    weighed = engine.table(pa.table({
        "cline": [0] * len(shares), "declaration_no": ["D"] * len(shares),
        "item_no": pa.array(range(len(shares)), pa.int64()), "sku": ["A"] * len(shares),
        "weight": pa.array(shares, pa.int64()),
    }))  # fmt: skip

    rows = engine.rows(spreading.spread(engine, costs, weighed).select("item_no", "amount"))

    found = {row["item_no"]: row["amount"] for row in rows}
    assert [found[at] for at in range(len(shares))] == split(amount, shares)


# --- On the desk ---


def test_a_declaration_is_spread_by_what_was_asked(firm):
    by_units, by_value, by_weight = spread(
        firm, line(15_700), line(157, sku="SKU-1"), line(30_000, item_no=2, spread="weight")
    )

    assert parts(by_units) == {"SKU-1": 10_000, "SKU-2": 5_000, "SKU-3": 700}
    assert parts(by_value) == {"SKU-1": 157}
    assert parts(by_weight) == {"SKU-2": 30_000}


def test_a_consignment_is_spread_over_what_it_took_along(firm):
    units, value, weight = spread(
        firm, line(9_000, "consignment"), line(9_001, "consignment", spread="value"),
        line(18_000, "consignment", spread="weight"),
    )  # fmt: skip

    assert parts(units) == {"SKU-1": 6_000, "SKU-2": 3_000}
    assert parts(value) == {"SKU-1": 6_001, "SKU-2": 3_000}
    # 60 x 100 g beside 30 x 400 g.
    assert parts(weight) == {"SKU-1": 6_000, "SKU-2": 12_000}


def test_every_line_that_cannot_be_spread_says_why(firm):
    on_its_way(firm, "C-2", sent(1, "SKU-1", 5))
    found = spread(
        firm,
        line(spread="weight"),
        line(spread="volume"),
        line(declaration_no="310120260000000999"),
        line(item_no=9),
        line(sku="SKU-9"),
        line(10_000, "consignment", consignment="C-9"),
        line(10_000, "consignment", consignment="C-2"),
        line(10_000, "container", container_no="NONE1"),
        line(10_000, "shares", shares=(NewShare(DECLARATION, 9, "SKU-1", 1),)),
    )

    assert [reason for each in found for reason in why(each)] == [
        ("spread", "articles without weight: SKU-3", 1),
        ("spread", "articles without volume: SKU-1, SKU-3", 2),
        ("declaration_no", '"310120260000000999"', 3),
        ("item_no", "9", 4),
        ("sku", '"SKU-9"', 5),
        ("consignment", '"C-9"', 6),
        ("consignment", "goods that are not declared: SKU-1", 7),
        ("container_no", '"NONE1"', 8),
        ("shares", f"{DECLARATION}/9 SKU-1", 9),
    ]
    assert not any(each.parts for each in found)


def test_values_in_two_currencies_are_not_added_up(firm):
    from entrepot.logistics.declaring import put

    with within(firm):
        put(declared((1, "SKU-1", 5), no="310120260000000002")
            + declared((2, "SKU-2", 5), no="310120260000000002", fob_currency="EUR"))  # fmt: skip

    (found,) = spread(firm, line(spread="value", declaration_no="310120260000000002"))

    assert why(found) == [("spread", "values in EUR, USD", 1)]


def test_a_container_is_the_consignments_that_name_it(firm):
    from entrepot.logistics.consigning import NewConsignment, Says, create

    with within(firm):
        create(NewConsignment("C-3", "NB1", "DUI1", [sent(1, "SKU-1", 10, 1)],
                              Says(container_no="MSCU1")))  # fmt: skip
        create(NewConsignment("C-4", "NB1", "DUI1", [sent(1, "SKU-2", 10, 2)],
                              Says(container_no="MSCU1")))  # fmt: skip

    (found,) = spread(firm, line(10_000, "container", container_no="MSCU1", spread="weight"))

    assert parts(found) == {"SKU-1": 2_000, "SKU-2": 8_000}


def test_loose_cargo_bears_by_what_its_pieces_weigh(firm):
    from entrepot.consolidating.models import Piece
    from entrepot.logistics.declaring import put

    other = "310120260000000002"
    with within(firm):
        put(declared((1, "SKU-1", 3), no=other))
    brought(firm, "consolidated", "P-1", "P-2")
    with within(firm):
        Piece.objects.filter(mark="P-2").update(declaration_no=other, weight_g=36_000)

    weight, value = spread(
        firm, line(10_000, "container", container_no="TCLU1234567"),
        line(10_000, "container", container_no="TCLU1234567", spread="value"),
    )  # fmt: skip

    # A piece each: half of it for the declaration with 157 units, half for the one with 3.
    assert sum(each.amount for each in weight.parts) == 10_000
    assert [each.amount for each in weight.parts if each.declaration_no == other] == [5_000]
    assert why(value) == [("spread", "pieces, whose value nobody knows", 2)]


def test_what_tax_gives_back_lies_with_no_goods(firm):
    vat, sales = spread(firm, line(account="import_vat"), line(100, "all", account="advertising"))

    assert (vat.goes, vat.parts, sales.goes, sales.parts) == ("tax", (), "sales", ())
