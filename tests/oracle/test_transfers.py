# SPDX-License-Identifier: Apache-2.0
"""Transfers small enough to be worked out by hand: who is moved, when, and what was not there."""

from __future__ import annotations

from tests.oracle.by_hand import (
    D1,
    V,
    chosen,
    close,
    closed_with,
    codes,
    day,
    declaration,
    purchase,
    receipt,
    returned,
    sale,
    season,
    transfer,
)

BACK_TO_W = {"from_warehouse": "V", "to_warehouse": "W"}


def test_a_transfer_moves_the_oldest_units_and_they_stay_who_they_are() -> None:
    closed = closed_with(
        purchases=[purchase("P1", 4, "1.00"), purchase("P2", 2, "2.00", issued_on=day(1, 2))],
        declarations=[declaration(6)],
        receipts=[receipt("R1", day(2, 1), 6)],
        transfers=[transfer("T1", day(2, 3), day(2, 5), 3), transfer("T2", day(2, 6), None, 2)],
        sales=[sale("O1", day(2, 2), 1), sale("O2", day(2, 6), 1, **V)],
    )
    names = ("invoice_no", "warehouse", "fate", "order_no", "day", "quantity")
    # O1 takes unit 0, T1 units 1 to 3 in this order, T2 units 4 and 5: it is still on its way to V.
    assert chosen(closed["trace"], *names) == [
        ("P1", "W", "sold", "O1", day(2, 2), 1),
        ("P1", "V", "sold", "O2", day(2, 6), 1),
        ("P1", "V", "unsold", None, day(2, 5), 2),
        ("P2", "V", "in_transit", None, day(2, 6), 2),
    ]
    assert chosen(closed["stock"], "warehouse", "received_on", "quantity") == [("V", day(2, 5), 2)]
    assert chosen(closed["refunds"], "sold", "unsold", "other") == [(2, 4, 0)]
    assert closed["exceptions"] == []


def test_a_transfer_that_arrives_after_the_day_is_on_its_way() -> None:
    made = season(
        declarations=[declaration(2)],
        receipts=[receipt("R1", day(2, 1), 2)],
        transfers=[transfer("T1", day(2, 3), day(2, 5), 2)],
    )
    found = [
        chosen(close(made, on)["trace"], "fate", "warehouse", "day")
        for on in (day(2, 2), day(2, 3), day(2, 4), day(2, 5))
    ]
    on_its_way = [("in_transit", "V", day(2, 3))]
    assert found == [
        [("unsold", "W", day(2, 1))],
        on_its_way,
        on_its_way,
        [("unsold", "V", day(2, 5))],
    ]


def test_a_van_across_the_town_serves_the_sales_of_its_day() -> None:
    """W to V, V to X and back to W on one day, in the order of their numbers, then the sale."""
    to_x = {"from_warehouse": "V", "to_warehouse": "X"}
    back = {"from_warehouse": "X", "to_warehouse": "W"}
    on = day(2, 3)
    closed = closed_with(
        purchases=[purchase("P1", 2, "2.00")],
        declarations=[declaration(2)],
        receipts=[receipt("R1", day(2, 1), 2)],
        transfers=[
            transfer("T1", on, on, 2),
            transfer("T2", on, on, 2, **to_x),
            transfer("T3", on, on, 1, **back),
        ],
        sales=[sale("O1", on, 1), sale("O2", on, 1, warehouse="X")],
    )
    assert chosen(closed["trace"], "fate", "warehouse", "order_no") == [
        ("sold", "W", "O1"),
        ("sold", "X", "O2"),
    ]
    assert closed["exceptions"] == []


def test_no_transfer_brings_what_it_takes_itself() -> None:
    """Of two that cross on one day with nothing there, both lack; the second moves the first's."""
    on = day(2, 3)
    closed = closed_with(
        transfers=[transfer("T1", on, on, 2), transfer("T2", on, on, 3, **BACK_TO_W)]
    )
    assert codes(closed) == [
        ("transferred_without_stock", "T1/0", on, 2),
        ("transferred_without_stock", "T2/0", on, 1),
    ]
    assert chosen(closed["stock"], "warehouse", "declaration_no", "quantity") == [("W", None, 3)]


def test_transferred_without_stock_is_of_unknown_origin_where_it_goes() -> None:
    moved = [transfer("T1", day(2, 3), day(2, 4), 3), transfer("T2", day(2, 3), None, 1)]
    closed = closed_with(
        purchases=[purchase("P1", 1, "1.00")],
        declarations=[declaration(1)],
        receipts=[receipt("R1", day(2, 1), 1)],
        transfers=moved,
        sales=[sale("O1", day(2, 5), 2, **V)],
    )
    assert chosen(closed["trace"], "declaration_no", "fate", "warehouse", "day", "quantity") == [
        (D1, "sold", "V", day(2, 5), 1),
        (None, "in_transit", "V", day(2, 3), 1),
        (None, "sold", "V", day(2, 5), 1),
        (None, "unsold", "V", day(2, 4), 1),
    ]
    assert codes(closed) == [
        ("transferred_without_stock", "T1/0", day(2, 3), 2),
        ("transferred_without_stock", "T2/0", day(2, 3), 1),
    ]


def test_a_unit_is_moved_sold_returned_and_moved_back() -> None:
    closed = closed_with(
        purchases=[purchase("P1", 3, "3.00")],
        declarations=[declaration(3)],
        receipts=[receipt("R1", day(2, 1), 3)],
        transfers=[
            transfer("T1", day(2, 2), day(2, 3), 3),
            transfer("T2", day(2, 6), day(2, 7), 1, **BACK_TO_W),
        ],
        sales=[sale("O1", day(2, 4), 3, **V), sale("O2", day(2, 8), 1)],
        returns=[returned("X1", "O1", day(2, 5), 2, **V)],
    )
    # X1 brings units 2 and 1 back to V, in this order; T2 moves unit 2 to W, where O2 takes it.
    assert chosen(closed["trace"], "fate", "warehouse", "order_no", "day") == [
        ("sold", "V", "O1", day(2, 4)),
        ("unsold", "V", None, day(2, 5)),
        ("sold", "W", "O2", day(2, 8)),
    ]
