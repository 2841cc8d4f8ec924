# SPDX-License-Identifier: Apache-2.0
"""Which lines of a consignment units fill."""

from __future__ import annotations

import pytest

from entrepot.logistics.filling import Announced, Filling
from entrepot.people.walled import new_id

C = new_id()


def filling(*lots, units=2):
    """One line of so many units for each lot; the last has a declaration."""
    found = Filling()
    lines = [Announced(at, lot, units, None, None) for at, lot in enumerate(lots, 1)]
    lines[-1].declaration_no, lines[-1].item_no = "D", 1
    for line in lines:
        found.announce(C, "S", line, is_last=False)
    found.announce(C, "S", lines[-1], is_last=True)
    return found


@pytest.mark.parametrize(
    ("lots", "lot", "quantity", "wanted"),
    [
        (["", ""], "", 3, [(1, 2, ""), (2, 1, "")]),
        (["L1", ""], "", 3, [(1, 2, "L1"), (2, 1, "")]),
        (["", "L1"], "L1", 3, [(2, 2, "L1"), (1, 1, "L1")]),
        (["L2", ""], "L1", 3, [(2, 2, "L1"), (None, 1, "L1")]),
        (["L2"], "L1", 1, [(None, 1, "L1")]),
        (["L2", "L1"], "", 5, [(1, 2, "L2"), (2, 2, "L1"), (None, 1, "")]),
    ],
)
def test_units_fill_lines_of_their_lot_then_those_without_one(lots, lot, quantity, wanted):
    pieces = filling(*lots).take(C, "S", quantity, lot)

    assert [
        (None if each.is_over else each.line.line_no, each.quantity, each.lot) for each in pieces
    ] == wanted
    assert all(each.line.declaration_no == "D" for each in pieces if each.is_over)


def test_what_was_filled_stays_filled():
    found = filling("", "")

    taken = [found.take(C, "S", 1, "")[0] for _ in range(5)]

    assert [each.is_over or each.line.line_no for each in taken] == [1, 1, 2, 2, True]


def test_a_sku_on_no_line_is_not_expected():
    found = filling("")

    (piece,) = found.take(C, "T", 3, "")

    assert (piece.quantity, piece.line, piece.is_over) == (3, None, True)
    assert not found.is_expected(C, "T")
    assert found.is_expected(C, "S")
    assert not found.is_expected(new_id(), "S")
