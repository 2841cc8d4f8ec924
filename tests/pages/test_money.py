# SPDX-License-Identifier: Apache-2.0
"""Amounts are written with the decimals that the book gives their currency."""

from __future__ import annotations

import pytest

from entrepot.ledger.opening import open_items
from entrepot.pages.money import in_units, money
from entrepot.people.tenancy import within


@pytest.mark.parametrize(
    ("currency", "written"),
    [("JPY", "1,234,567"), ("USD", "12,345.67"), ("KWD", "1,234.567"), ("ZZZ", "12,345.67")],
)
def test_an_amount_has_the_decimals_of_its_currency(enterprise, currency, written):
    with within(enterprise):
        for code, digits in (("JPY", 0), ("USD", 2), ("KWD", 3)):
            open_items([code], kind="money", digits=digits)

        assert money(1_234_567, currency) == written
        assert str(in_units(1_234_567, currency)) == written.replace(",", "")


def test_a_currency_that_the_book_learns_later_is_known_then(enterprise):
    with within(enterprise):
        assert money(500, "JPY") == "5.00"
        open_items(["JPY"], kind="money", digits=0)

        assert money(500, "JPY") == "500"
