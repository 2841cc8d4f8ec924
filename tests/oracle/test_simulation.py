# SPDX-License-Identifier: Apache-2.0
"""Seasons small enough to be worked out by hand, and what the random ones must be like."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.oracle.by_hand import (
    ADVANCES,
    AS_OF,
    D1,
    D2,
    REFUNDS,
    STOCK,
    TRACE,
    V,
    adjustment,
    chosen,
    claim,
    close,
    closed_with,
    codes,
    day,
    declaration,
    link,
    position,
    purchase,
    rate,
    receipt,
    returned,
    row,
    sale,
    season,
    yuan,
)
from tests.oracle.refunds import end_of_april_after, first_of_next_month, months_after
from tests.oracle.seasons import KEYS, random_season, seasons
from tests.oracle.simulation import Row, Season, simulate
from tests.oracle.valid import check_valid


def test_first_in_first_out_through_every_column() -> None:
    closed = closed_with(
        purchases=[purchase("P1", 3, "1.00")],
        declarations=[declaration(3)],
        receipts=[receipt("R1", day(2, 1), 2)],
        sales=[sale("O1", day(2, 2), 1)],
    )
    origin = D1, 0, "P1", 0, "assumed", "W", "A"
    order, none = ("shop", "O1", 0), (None, None, None)
    # 100 fen over three units by position: 33, then 67 - 33, then 100 - 67.
    assert closed["trace"] == [
        row(TRACE, *origin, "sold", *order, day(2, 2), 1, yuan("0.33")),
        row(TRACE, *origin, "unsold", *none, day(2, 1), 1, yuan("0.34")),
        row(TRACE, *origin, "in_transit", *none, day(1, 10), 1, yuan("0.33")),
    ]
    assert closed["stock"] == [row(STOCK, "W", "A", D1, 0, day(2, 1), 1, yuan("0.34"))]
    assert list(closed["trace"][0]) == TRACE.split()
    assert list(closed["stock"][0]) == STOCK.split()
    assert closed["exceptions"] == []


def test_older_invoices_and_older_receipts_go_first() -> None:
    closed = closed_with(
        purchases=[purchase("P2", 2, "2.00"), purchase("P1", 1, "5.00", issued_on=day(1, 2))],
        declarations=[declaration(2, declaration_no=D2), declaration(1, exported_on=day(1, 11))],
        receipts=[receipt("R2", day(2, 1), 2, declaration_no=D2), receipt("R10", day(2, 1), 1)],
        sales=[sale("O1", day(2, 1), 2)],
    )
    assert chosen(closed["trace"], "declaration_no", "invoice_no", "fate", "quantity") == [
        (D1, "P1", "sold", 1),  # R10 comes before R2 by code point
        (D2, "P2", "sold", 1),
        (D2, "P2", "unsold", 1),
    ]


def test_oversold_day_loses_the_demand_and_the_last_units_of_the_sale() -> None:
    scrapped = returned("X2", "O2", day(2, 4), 1, outcome="scrapped")
    closed = closed_with(
        declarations=[declaration(4)],
        receipts=[receipt("R1", day(2, 1), 2), receipt("R2", day(2, 3), 2)],
        sales=[sale("O1", day(2, 2), 3), sale("O2", day(2, 2), 1)],
        returns=[returned("X1", "O1", day(2, 3), 2), scrapped],
    )
    # The unit that O1 sold without stock comes back first, then the last one it really had.
    names = ("declaration_no", "fate", "order_no", "day", "quantity", "net_amount")
    assert chosen(closed["trace"], *names) == [
        (D1, "sold", "O1", day(2, 2), 1, None),
        (D1, "unsold", None, day(2, 3), 3, None),
        (None, "unsold", None, day(2, 3), 1, None),
        (None, "scrapped", "O2", day(2, 4), 1, None),
    ]
    assert chosen(closed["stock"], "declaration_no", "quantity") == [(D1, 3), (None, 1)]
    assert codes(closed) == [
        ("not_covered", f"{D1}/0/A", day(1, 10), 4),
        ("sold_without_stock", "shop/O1/0", day(2, 2), 1),
        ("sold_without_stock", "shop/O2/0", day(2, 2), 1),
    ]


def test_a_returned_unit_is_sold_and_returned_again_elsewhere() -> None:
    closed = closed_with(
        purchases=[purchase("P1", 3, "3.00")],
        declarations=[declaration(3)],
        receipts=[receipt("R1", day(2, 1), 3)],
        sales=[sale("O1", day(2, 2), 3), sale("O2", day(2, 4), 1), sale("O3", day(2, 6), 1, **V)],
        returns=[returned("X1", "O1", day(2, 3), 2), returned("X2", "O2", day(2, 5), 1, **V)],
    )
    # X1 brings units 2 and 1 back, in this order; O2 sells unit 2 again, and X2 brings it to V.
    assert chosen(closed["trace"], "fate", "warehouse", "order_no", "day", "quantity") == [
        ("sold", "W", "O1", day(2, 2), 1),
        ("unsold", "W", None, day(2, 3), 1),
        ("sold", "V", "O3", day(2, 6), 1),
    ]


def test_a_return_on_or_before_its_sale_counts_the_day_after_it() -> None:
    made = season(
        declarations=[declaration(1)],
        receipts=[receipt("R1", day(2, 1), 1)],
        sales=[sale("O1", day(2, 2), 1)],
        returns=[returned("X1", "O1", day(1, 5), 1)],
    )
    closed = close(made, day(2, 3))
    assert chosen(closed["trace"], "fate", "day") == [("unsold", day(2, 3))]
    assert ("return_not_after_sale", "X1/0", day(1, 5), 1) in codes(closed)
    closed = close(made, day(2, 2))
    assert chosen(closed["trace"], "fate", "day") == [("sold", day(2, 2))]
    assert "return_not_after_sale" not in [row["code"] for row in closed["exceptions"]]


def test_declared_links_come_before_first_in_first_out() -> None:
    closed = closed_with(
        purchases=[purchase("P1", 2, "2.00"), purchase("P2", 3, "0.10", issued_on=day(1, 2))],
        declarations=[declaration(2), declaration(4, declaration_no=D2, exported_on=day(1, 11))],
        invoice_links=[link("P2", 1, declaration_no=D2), link("P2", 1)],
    )
    # P2 lies 3 fen (D1, linked), 4 fen (D2, linked), 3 fen (D2, first in first out).
    names = ("declaration_no", "invoice_no", "basis", "quantity", "net_amount")
    assert chosen(closed["trace"], *names) == [
        (D1, "P2", "linked", 1, yuan("0.03")),
        (D1, "P1", "assumed", 1, yuan("1.00")),
        (D2, "P2", "linked", 1, yuan("0.04")),
        (D2, "P1", "assumed", 1, yuan("1.00")),
        (D2, "P2", "assumed", 1, yuan("0.03")),
        (D2, None, None, 1, None),
    ]
    assert codes(closed) == [("not_covered", f"{D2}/0/A", day(1, 11), 1)]


def test_9710_is_sold_at_export_unless_a_warehouse_received_it() -> None:
    closed = closed_with(
        purchases=[purchase("P1", 4, "4.00")],
        declarations=[declaration(4, mode="9710", channel="B2B", order_no="C7")],
        receipts=[receipt("R1", day(2, 1), 2)],
        sales=[sale("O1", day(2, 2), 1)],
        adjustments=[adjustment("J1", day(2, 3), -2, "sent_home")],
    )
    names = ("fate", "warehouse", "channel", "order_no", "order_line_no", "day", "quantity")
    assert chosen(closed["trace"], *names) == [
        ("sold", "W", "shop", "O1", 0, day(2, 2), 1),
        ("sent_home", "W", None, None, None, day(2, 3), 1),
        ("sold", "W", "B2B", "C7", None, day(1, 10), 2),
    ]
    assert chosen(closed["refunds"], "sold", "unsold", "other") == [(3, 0, 1)]
    assert codes(closed) == [("adjusted_without_stock", "J1/0", day(2, 3), 1)]


def test_sold_at_export_is_sold_for_the_tax_and_may_still_be_stock() -> None:
    closed = closed_with(
        purchases=[purchase("P1", 3, "3.00")],
        declarations=[declaration(3, sold_at_export=True, warehouse=None)],
        receipts=[receipt("R1", day(2, 1), 2)],
        adjustments=[adjustment("J1", day(2, 3), -1, "lost")],
    )
    assert chosen(closed["trace"], "fate", "warehouse", "channel", "day", "quantity") == [
        ("lost", "W", None, day(2, 3), 1),
        ("unsold", "W", None, day(2, 1), 1),
        ("sold", None, None, day(1, 10), 1),
    ]
    assert chosen(closed["refunds"], "sold", "unsold", "other", "state") == [(3, 0, 0, "claim")]


def test_units_beyond_the_declaration_are_of_unknown_origin_and_come_last() -> None:
    closed = closed_with(
        purchases=[purchase("P1", 1, "1.00")],
        declarations=[declaration(1)],
        receipts=[receipt("R1", day(1, 9), 2, **V), receipt("R2", day(2, 2), 1)],
        adjustments=[adjustment("J1", day(2, 1), 2, "found")],
        sales=[sale("O1", day(2, 1), 1)],
    )
    names = ("declaration_no", "basis", "warehouse", "fate", "day", "quantity", "net_amount")
    assert chosen(closed["trace"], *names) == [
        (D1, "assumed", "V", "unsold", day(1, 9), 1, yuan("1.00")),
        (None, None, "V", "unsold", day(1, 9), 1, None),
        (None, None, "W", "sold", day(2, 1), 1, None),
        (None, None, "W", "unsold", day(2, 1), 1, None),
        (None, None, "W", "unsold", day(2, 2), 1, None),
    ]
    assert codes(closed) == [
        ("over_received", "R1/0", day(1, 9), 1),
        ("over_received", "R2/0", day(2, 2), 1),
        ("received_before_export", "R1/0", day(1, 9), 2),
        ("received_elsewhere", "R1/0", day(1, 9), 2),
    ]


def test_rows_after_the_day_are_left_out_with_all_that_hangs_on_them() -> None:
    closed = closed_with(
        day(2, 28),
        purchases=[purchase("P1", 1, "1.00"), purchase("P2", 1, "1.00", issued_on=day(3, 1))],
        declarations=[declaration(2), declaration(1, item_no=1, exported_on=day(3, 1))],
        invoice_links=[link("P2", 1), link("P1", 1, item_no=1)],
        receipts=[receipt("R1", day(2, 1), 1), receipt("R2", day(2, 1), 1, item_no=1)],
        sales=[sale("O1", day(3, 1), 1)],
        returns=[returned("X1", "O1", day(2, 1), 1)],
        refund_claims=[
            claim("C1", "advance", "0.10", 1, filed_on=day(3, 1)),
            claim("C2", "reversal", "-0.10", 1, of_claim="C1"),
            claim("C3", "advance", "0.20", 1, finished_on=day(3, 1)),
        ],
    )
    assert chosen(closed["trace"], "item_no", "invoice_no", "basis", "fate", "quantity") == [
        (0, "P1", "assumed", "unsold", 1),
        (0, None, None, "in_transit", 1),
    ]
    names = ("item_no", "advanced", "open_advance", "state")
    assert chosen(closed["refunds"], *names) == [(0, yuan("0.20"), yuan("0.20"), "waiting")]
    names = ("claim_no", "finished_on", "legal_until", "state")
    assert chosen(closed["advances"], *names) == [("C3", None, None, "pending")]


def sold(quantity: int, **other: list[Row]) -> Season:
    """100 units for 1000.00 at 13%, received, and `quantity` of them sold: 1.30 of refund each."""
    sales = [sale("O1", day(2, 2), quantity)] if quantity else []
    bought, received = purchase("P1", 100, "1000.00"), receipt("R1", day(2, 1), 100)
    made = season(purchases=[bought], declarations=[declaration(100)], receipts=[received])
    return made | {"sales": sales} | other


def test_the_columns_of_refunds_and_advances() -> None:
    closed = close(sold(40, refund_claims=[claim("C1", "advance", "78.00", 60)]))
    counts = 100, 100, 40, 60, 0
    money = [yuan(text) for text in ("130.00", "52.00", "78.00", "0.00", "-26.00", "78.00")]
    item = D1, 0, "9810", day(1, 10), Decimal("0.1300"), *counts, *money
    days = date(2026, 4, 30), date(2028, 1, 10)
    assert closed["refunds"] == [row(REFUNDS, *item, "refund", None, "waiting", *days)]
    about = "C1", D1, 0, 60, yuan("78.00")
    days = day(2, 13), day(3, 1), date(2026, 4, 30), date(2026, 5, 22)
    assert closed["advances"] == [row(ADVANCES, *about, *days, None, "waiting")]
    assert list(closed["refunds"][0]) == REFUNDS.split()
    assert list(closed["advances"][0]) == ADVANCES.split()


def test_deadlines() -> None:
    assert first_of_next_month(date(2025, 2, 13)) == date(2025, 3, 1)
    assert first_of_next_month(date(2025, 12, 31)) == date(2026, 1, 1)
    assert end_of_april_after(date(2025, 2, 13)) == date(2026, 4, 30)
    assert first_of_next_month(date(2026, 1, 2)) == date(2026, 2, 1)
    assert end_of_april_after(date(2026, 1, 2)) == date(2027, 4, 30)
    assert months_after(date(2024, 2, 29), 36) == date(2027, 2, 28)
    assert months_after(date(2024, 12, 31), 36) == date(2027, 12, 31)


def test_a_3_percent_invoice_caps_the_rate() -> None:
    made = sold(0, purchases=[purchase("P1", 100, "1000.00", vat_rate=Decimal("0.0300"))])
    found = position(made, AS_OF, "refund_rate", "refundable")
    assert found == (Decimal("0.1300"), yuan("30.00"))


def test_a_confirmed_advance_is_not_overdue_when_may_comes() -> None:
    claims = [
        claim("C1", "advance", "130.00", 100),
        claim("C2", "confirmation", "0.00", 100, of_claim="C1", filed_on=date(2026, 4, 3)),
    ]
    closed = close(sold(100, refund_claims=claims), date(2026, 5, 1))
    assert chosen(closed["advances"], "state", "settled_by") == [("confirmed", "C2")]
    assert closed["refunds"][0]["state"] == "settled"
    closed = close(sold(100, refund_claims=claims[:1]), date(2026, 5, 1))
    assert closed["advances"][0]["state"] == closed["refunds"][0]["state"] == "overdue"
    assert codes(closed) == [("advance_overdue", f"C1/{D1}/0", date(2026, 4, 30), 100)]


def test_an_advance_on_goods_all_sold_is_to_confirm_and_its_filing_day_must_be_known() -> None:
    made = sold(100, refund_claims=[claim("C1", "advance", "130.00", 100)])
    closed = simulate(made, AS_OF, filing_days={})
    assert closed["advances"][0]["state"] == "confirm"
    assert closed["refunds"][0]["state"] == "settle"
    assert codes(closed) == [("filing_day_unknown", f"C1/{D1}/0", date(2026, 4, 30), 100)]


def test_part_unsold_in_april_is_to_adjust() -> None:
    made = sold(40, refund_claims=[claim("C1", "advance", "130.00", 100)])
    assert close(made, date(2026, 3, 31))["advances"][0]["state"] == "waiting"
    assert close(made, date(2026, 4, 1))["advances"][0]["state"] == "adjust"
    assert close(made, date(2026, 4, 30))["refunds"][0]["state"] == "settle"


def test_claimed_on_100_and_five_come_back_is_to_pay_back() -> None:
    back = [returned("X1", "O1", day(3, 1), 5)]
    made = sold(100, returns=back, refund_claims=[claim("C1", "ordinary", "130.00", 100)])
    found = position(made, AS_OF, "sold", "unsold", "difference", "state")
    assert found == (95, 5, yuan("-6.50"), "pay_back")


def test_claimed_as_sold_and_the_rest_never_advanced_is_to_claim_in_advance() -> None:
    made = sold(40, refund_claims=[claim("C1", "ordinary", "52.00", 40)])
    found = position(made, AS_OF, "unsold", "difference", "state")
    assert found == (60, yuan("0.00"), "claim_advance")


def test_an_open_advance_whose_units_are_all_lost_is_to_settle() -> None:
    lost = [adjustment("J1", day(3, 1), -100, "lost")]
    made = sold(0, adjustments=lost, refund_claims=[claim("C1", "advance", "130.00", 100)])
    found = position(made, AS_OF, "other", "difference", "state")
    assert found == (100, yuan("-130.00"), "settle")
    assert close(made)["advances"][0]["state"] == "adjust"


def test_overdue_with_the_invoice_missing_is_overdue_and_names_the_gap() -> None:
    made = sold(0, purchases=[], refund_claims=[claim("C1", "advance", "130.00", 100)])
    found = position(made, date(2026, 5, 1), "state", "data_gap", "refundable")
    assert found == ("overdue", "not_covered", yuan("0.00"))
    closed = close(made, date(2026, 5, 1))
    assert codes(closed) == [
        ("advance_overdue", f"C1/{D1}/0", date(2026, 4, 30), 100),
        ("claimed_beyond_covered", f"{D1}/0", day(1, 10), 100),
        ("not_covered", f"{D1}/0/A", day(1, 10), 100),
    ]


def test_a_claim_becomes_late_and_then_lapses() -> None:
    days = date(2026, 4, 30), date(2026, 5, 1), date(2028, 1, 10), date(2028, 1, 11)
    states = [position(sold(100), on, "state")[0] for on in days]
    assert states == ["claim", "late", "late", "lapsed"]


def test_several_skus_in_an_item_are_rounded_once_per_invoice_line() -> None:
    cables = ("P1", 1, "0.03"), ("P2", 1, "0.05")
    made = season(
        refund_rates=[rate("9405110000", "0.1300"), rate("8544422100", "0.0900")],
        purchases=[purchase("P1", 1, "0.02"), *(purchase(*of_b, sku="B") for of_b in cables)],
        declarations=[declaration(1, mode="9710"), declaration(2, mode="9710", sku="B")],
    )
    # P1: 2 x 0.13 + 3 x 0.09 = 0.53 fen -> 1 (apart: 0.26 and 0.27 -> 0); P2: 0.45 fen -> 0.
    found = position(made, AS_OF, "refund_rate", "refundable", "refundable_on_sold")
    assert found == (Decimal("0.0900"), yuan("0.01"), yuan("0.01"))
    made["refund_rates"].pop()
    found = position(made, AS_OF, "refund_rate", "refundable", "refundable_on_sold", "difference")
    assert found == (None, None, None, None)
    found = position(made, AS_OF, "data_gap", "treatment", "state")
    assert found == ("no_rate", "refund", "settled")
    assert codes(close(made)) == [("no_rate", f"{D1}/0/B", day(1, 10), 2)]


def test_exempt_and_zero_rated_goods_have_nothing_to_refund() -> None:
    exempt = sold(0, declarations=[declaration(100, mode="9610", statistics_flag="A")])
    found = position(exempt, AS_OF, "treatment", "refundable", "state")
    assert found == ("exempt", yuan("0.00"), "settled")
    zero_rated = sold(0, refund_rates=[rate("9405110000", "0.0000")])
    found = position(zero_rated, AS_OF, "treatment", "refundable", "state")
    assert found == ("none", yuan("0.00"), "settled")


def holds(made: Season, as_of: date) -> None:
    """What must be true of any close, whatever it is made of."""
    closed = close(made, as_of)
    traced: Counter[tuple[Any, ...]] = Counter()
    for *line, quantity in chosen(closed["trace"], *KEYS["declarations"], "quantity"):
        traced[tuple(line)] += quantity
    for declared in made["declarations"]:
        (line,) = chosen([declared], *KEYS["declarations"])
        assert traced[line] == (declared["quantity"] if declared["exported_on"] <= as_of else 0)
    unsold = [found["quantity"] for found in closed["trace"] if found["fate"] == "unsold"]
    assert sum(unsold) == sum(found["quantity"] for found in closed["stock"])
    for found in closed["refunds"]:
        assert found["sold"] + found["unsold"] + found["other"] == found["declared"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seasons())
def test_drawn_seasons_are_valid_and_close(made: tuple[Season, date]) -> None:
    check_valid(made[0])
    holds(*made)


def test_random_seasons_reach_every_corner() -> None:
    how_many_values = {
        ("trace", "fate"): 6,
        ("trace", "basis"): 3,
        ("refunds", "state"): 9,
        ("refunds", "treatment"): 3,
        ("refunds", "data_gap"): 4,
        ("advances", "state"): 9,
        ("exceptions", "code"): 12,  # all but return_without_order, which an import reports
    }
    seen: dict[tuple[str, str], set[Any]] = {place: set() for place in how_many_values}
    for seed in range(600):
        made, as_of = random_season(random.Random(seed), seed % 13)
        check_valid(made)
        holds(made, as_of)
        closed = close(made, as_of)
        for table, column in seen:
            seen[table, column].update(found[column] for found in closed[table])
    assert {place: len(values) for place, values in seen.items()} == how_many_values


#: Tables that a season of one row each may have more rows of.
MORE = ("refund_rates", "settlements")


def test_the_smallest_seasons() -> None:
    made, as_of = random_season(random.Random(0), 0)
    rows = {name: len(rows) for name, rows in made.items() if name != "products"}
    assert set(rows.values()) == {0}
    assert set(map(len, simulate(made, as_of, {}).values())) == {0}
    made, _ = random_season(random.Random(5), 1)
    assert max(len(rows) for name, rows in made.items() if name not in MORE) == 1
