# SPDX-License-Identifier: Apache-2.0
"""What arrives is booked once, on the lines that announced it; what nobody announced is said so."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from entrepot.ledger.actions import post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Document as Kept
from entrepot.logistics import closing, dispatching, receipts, receiving
from entrepot.logistics.models import ReceiptLine, Scan
from entrepot.logistics.receipts import PutAway
from entrepot.logistics.receiving import NoSuchGate, receive
from entrepot.logistics.refusals import SaysOtherwise, Unfit, WrongState
from entrepot.people.tenancy import within
from tests.ledger.books import at_once, balances
from tests.logistics.dock import (
    BROKEN,
    DAY,
    DECLARATION,
    DUI,
    GATE,
    GTIN,
    HOME,
    LON,
    declare,
    lines_of,
    lying,
    on_its_way,
    open_dock,
    receipt_rows,
    scan,
    scanned,
    sent,
    state_of,
    written,
)


@pytest.fixture
def dock(enterprise):
    return open_dock(enterprise)


def test_a_scan_moves_a_unit_from_the_voyage_to_the_gate(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 3))

    (found,) = scanned(dock, scan(number="S-1"))

    assert (found.state, found.outcome, found.sku, found.quantity) == (
        "received", "expected", "SKU-1", 1,
    )  # fmt: skip
    assert found.is_new
    assert lying(dock, "voyage", DUI) == {("voyage/C-1", "SKU-1"): 2, (GATE, "SKU-1"): 1}
    assert lines_of(dock, id) == [(1, 1, 0, 0, 0, 2)]
    assert state_of(dock, id) == "arrived"
    with within(dock):
        assert Kept.objects.get(id=found.document).number == "S-1"


def test_the_same_scan_twice_is_one(dock):
    on_its_way(dock, "C-1", sent(1, "SKU-1", 3))
    one = scan(number="S-1")

    first, same, again = *scanned(dock, one, one), *scanned(dock, one)

    assert (first.document, again.is_new) == (again.document, False)
    assert same == first
    assert (again.outcome, again.quantity) == ("expected", 1)
    assert lying(dock, GATE) == {(GATE, "SKU-1"): 1}


def test_another_scan_of_the_same_id_is_refused(dock):
    on_its_way(dock, "C-1", sent(1, "SKU-1", 3))
    scanned(dock, scan(number="S-1"))

    for other in (scan("SKU-2", number="S-1"), scan(number="S-1", quantity=2),
                  scan(number="S-1", consignment="", warehouse="DUI1")):  # fmt: skip
        with pytest.raises(SaysOtherwise), within(dock):
            receive(other)

    assert lying(dock, GATE) == {(GATE, "SKU-1"): 1}


def test_what_is_damaged_lies_apart(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 3))

    scanned(dock, scan(condition="damaged", quantity=2))

    assert lying(dock, DUI) == {(BROKEN, "SKU-1"): 2}
    assert lines_of(dock, id) == [(1, 2, 2, 0, 0, 1)]


def test_lines_are_filled_first_to_last_and_receipts_follow_their_declarations(dock):
    declare(dock, (1, "SKU-1", 2), (2, "SKU-1", 2))
    id = on_its_way(
        dock, "C-1", sent(1, "SKU-1", 2, 1), sent(2, "SKU-1", 1), sent(3, "SKU-1", 2, 2)
    )

    found = scanned(dock, scan(quantity=4), scan(), scan(quantity=2))

    assert [(each.outcome, each.over) for each in found] == [
        ("expected", 0), ("expected", 0), ("over", 2),
    ]  # fmt: skip
    assert receipt_rows(dock) == [
        ("SKU-1", DECLARATION, 1, 2, False), ("SKU-1", None, None, 1, False),
        ("SKU-1", DECLARATION, 2, 1, False), ("SKU-1", DECLARATION, 2, 1, False),
        ("SKU-1", DECLARATION, 2, 2, True),
    ]  # fmt: skip
    assert [line[1] for line in lines_of(dock, id)] == [2, 1, 2]
    assert lying(dock, "unknown", "voyage", DUI) == {
        ("unknown/C-1", "SKU-1"): -2, (GATE, "SKU-1"): 7,
    }  # fmt: skip


def test_what_is_over_counts_under_the_last_line_with_a_declaration(dock):
    declare(dock, (1, "SKU-1", 1))
    on_its_way(dock, "C-1", sent(1, "SKU-1", 1, 1), sent(2, "SKU-1", 1))

    scanned(dock, scan(quantity=3))

    assert receipt_rows(dock)[-1] == ("SKU-1", DECLARATION, 1, 1, True)


def test_a_sku_that_is_not_announced_is_received_and_said_to_be_so(dock):
    on_its_way(dock, "C-1", sent(1, "SKU-1", 1))

    (found,) = scanned(dock, scan("SKU-3"))

    assert (found.outcome, found.over) == ("not_expected", 1)
    assert lying(dock, "unknown", GATE) == {("unknown/C-1", "SKU-3"): -1, (GATE, "SKU-3"): 1}
    assert receipt_rows(dock) == [("SKU-3", None, None, 1, True)]


def test_goods_that_nobody_announced_are_received_into_a_warehouse(dock):
    (found,) = scanned(dock, scan(consignment="", warehouse="LON1"))

    assert (found.outcome, found.over) == ("blind", 0)
    gate = f"{LON}/@receiving"
    assert lying(dock, "unknown", LON) == {("unknown/blind/LON1", "SKU-1"): -1, (gate, "SKU-1"): 1}


@pytest.mark.parametrize("text", [GTIN, f"0{GTIN}"])
def test_a_gtin_is_the_product_that_has_it(dock, text):
    on_its_way(dock, "C-1", sent(1, "SKU-2", 1))

    (found,) = scanned(dock, scan(text))

    assert (found.sku, found.outcome) == ("SKU-2", "expected")


def test_an_element_string_says_product_batch_and_count(dock):
    on_its_way(dock, "C-1", sent(1, "SKU-2", 20))

    (found, none, later) = scanned(
        dock, scan(f"]C1010{GTIN}3012\x1d10B7", quantity=2), scan(f"(01)0{GTIN}(30)0"),
        scan("(01)09506000134352(10)L1(30)3"),
    )  # fmt: skip
    with within(dock):
        receipts.resolve(later.id, "SKU-2")

    assert (found.sku, found.quantity, found.over) == ("SKU-2", 24, 4)
    assert none.state == "unknown"
    there = {lot: n for (place, _, lot), n in balances(dock).items() if place == GATE}
    assert there == {"B7": 24, "L1": 3}


def test_a_lot_that_is_announced_fills_its_line_and_one_that_is_not_fills_an_open_one(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 2), sent(2, "SKU-3", 2))
    with within(dock):
        post(Document("opening", "O-2", DAY, [Line("SKU-1", 1, "supplier/FAC", HOME, "L1")]))
    other = on_its_way(dock, "C-2", sent(1, "SKU-1", 1), sent(2, "SKU-1", 1, lot="L1"))

    scanned(dock, scan(lot="L9"), scan(consignment="C-2", lot="L1"), scan(consignment="C-2"))
    (over,) = scanned(dock, scan("SKU-1", "C-2", lot="L1"))

    assert [line[1] for line in lines_of(dock, id)] == [1, 0]
    assert [line[1] for line in lines_of(dock, other)] == [1, 1]
    assert over.outcome == "over"
    there = balances(dock)
    assert {lot: n for (place, _, lot), n in there.items() if place == GATE} == {
        "L9": 1, "L1": 2, "": 1,
    }  # fmt: skip
    assert {k: n for k, n in there.items() if k[0].startswith("voyage")} == {
        ("voyage/C-1", "SKU-1", ""): 1, ("voyage/C-1", "SKU-3", ""): 2,
    }  # fmt: skip
    assert lying(dock, "unknown") == {("unknown/C-2", "SKU-1"): -1}


def test_an_unknown_barcode_is_kept_and_received_once_somebody_says_what_it_is(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 3))
    one = scan("???", number="S-1", quantity=2)

    (first,) = scanned(dock, one)
    assert (first.state, first.outcome, first.document) == ("unknown", "", None)
    assert scanned(dock, one)[0].state == "unknown"
    assert not lying(dock, GATE)
    with pytest.raises(Unfit), within(dock):
        receipts.resolve(first.id, "SKU-9")
    with within(dock):
        assert receipts.resolve(first.id, "SKU-1").outcome == "expected"
    with within(dock):
        receipts.resolve(first.id, "SKU-1")

    assert lying(dock, GATE) == {(GATE, "SKU-1"): 2}
    assert lines_of(dock, id) == [(1, 2, 0, 0, 0, 1)]
    assert scanned(dock, one)[0].state == "received"


def test_a_barcode_of_no_goods_of_ours_is_dropped(dock):
    on_its_way(dock, "C-1", sent(1, "SKU-1", 3))
    (found,) = scanned(dock, scan("???"))

    with within(dock):
        receipts.drop(found.id, "the carrier's label")
    with pytest.raises(WrongState), within(dock):
        receipts.resolve(found.id, "SKU-1")

    assert not lying(dock, GATE)


def test_a_scan_that_is_refused_does_not_hold_up_the_others_and_may_come_again(dock):
    on_its_way(dock, "C-1", sent(1, "SKU-1", 3))
    draft = written(dock, "C-2", sent(1, "SKU-1", 3))
    early = scan(consignment="C-2", number="S-2")

    found = scanned(
        dock, scan(), early, scan(consignment="C-9"), scan(warehouse="LON1"),
        scan(consignment="", warehouse="XXX"), scan(),
    )  # fmt: skip

    assert [each.state for each in found] == ["received", *["refused"] * 4, "received"]
    assert [type(each.refusal) for each in found[1:5]] == [WrongState, *[NoSuchGate] * 3]
    with within(dock):
        dispatching.dispatch(draft)
    assert scanned(dock, early)[0].is_new
    with within(dock):
        assert Scan.objects.count() == 3


def test_a_scan_sent_again_after_closing_is_answered_as_it_was(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 3))
    one = scan(number="S-1")
    (first,) = scanned(dock, one)
    with within(dock):
        closing.close(id)

    (again, late) = scanned(dock, one, scan())

    assert again == replace(first, is_new=False)
    assert isinstance(late.refusal, WrongState)


def test_scans_in_any_order_and_repeated_give_the_same_book(dock):
    scans = [scan(sku, quantity=n) for sku in ("SKU-1", "SKU-2", "SKU-3") for n in (1, 2, 3, 4)]
    wanted = None
    for number in ("C-1", "C-2", "C-3"):
        id = on_its_way(
            dock, number, sent(1, "SKU-1", 4), sent(2, "SKU-2", 30), sent(3, "SKU-1", 3)
        )
        its = [replace(each, consignment=number, number=f"{number}-{at}")
               for at, each in enumerate(scans)]  # fmt: skip
        for _ in range(3):
            random.Random(number).shuffle(its)
            scanned(dock, *its[:7], *its[3:])
        found = (
            lines_of(dock, id),
            sorted(lying(dock, f"voyage/{number}", f"unknown/{number}").values()),
        )  # fmt: skip
        assert wanted in (None, found)
        wanted = found


def test_two_who_receive_the_last_unit_at_once_make_one_of_it_over(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 1))

    found = at_once(*[lambda: scanned(dock, scan())[0]] * 4)

    assert sorted(each.outcome for each in found) == ["expected", "over", "over", "over"]
    assert lines_of(dock, id) == [(1, 1, 0, 0, 0, 0)]
    assert lying(dock, "voyage", "unknown", GATE) == {
        ("unknown/C-1", "SKU-1"): -3, (GATE, "SKU-1"): 4,
    }  # fmt: skip


def test_the_same_scan_sent_by_several_at_once_is_received_once(dock):
    on_its_way(dock, "C-1", sent(1, "SKU-1", 9))
    on_its_way(dock, "C-2", sent(1, "SKU-1", 9))
    works = [scan(number="S-1"), scan(number="S-1"), scan(number="S-1", consignment="C-2")]

    found = at_once(*[lambda each=each: scanned(dock, each)[0] for each in works])

    assert sum(lying(dock, GATE).values()) == 1
    assert sum(each.is_new for each in found) == 1


def test_a_day_is_that_of_the_warehouse_when_it_was_scanned(dock):
    on_its_way(dock, "C-1", sent(1, "SKU-1", 9))
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)

    scanned(dock, scan(at=late), scan(at=timezone.now() + timedelta(days=9)))

    with within(dock):
        days = list(
            ReceiptLine.objects.order_by("received_on").values_list("received_on", flat=True)
        )
    assert days[0] == date(2026, 3, 3)
    assert days[1] <= timezone.now().date() + timedelta(days=1)


def test_a_whole_consignment_is_taken_in_as_announced(dock):
    declare(dock, (1, "SKU-1", 5))
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 5, 1), sent(2, "SKU-2", 4, lot=""))
    scanned(dock, scan(quantity=2))

    with within(dock):
        first = receipts.receive_whole(id, "R-1")
    with within(dock):
        assert receipts.receive_whole(id, "R-1").id == first.id

    assert (first.units, first.outcome) == (7, "expected")
    assert lying(dock, "voyage", GATE) == {(GATE, "SKU-1"): 5, (GATE, "SKU-2"): 4}
    with pytest.raises(Unfit), within(dock):
        receipts.receive_whole(id, "R-2")
    with within(dock):
        receipts.undo(first.id, "miscounted")
    assert lying(dock, "voyage", GATE) == {
        ("voyage/C-1", "SKU-1"): 3, ("voyage/C-1", "SKU-2"): 4, (GATE, "SKU-1"): 2,
    }  # fmt: skip
    assert receipt_rows(dock) == [("SKU-1", DECLARATION, 1, 2, False)]


def test_a_scan_is_taken_back_until_it_is_put_away(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 2))
    (one, two) = scanned(dock, scan(number="S-1"), scan(condition="damaged"))

    with within(dock):
        receipts.undo(two.id, "not broken")
    with pytest.raises(WrongState), within(dock):
        receipts.undo(two.id, "again")
    with within(dock):
        post(Document("put_away", "W-1", DAY, [Line("SKU-1", 1, GATE, f"{DUI}/A-01")]))
    with pytest.raises(PutAway), within(dock):
        receipts.undo(one.id, "too late")
    with within(dock):
        post(Document("put_away", "W-2", DAY, [Line("SKU-1", 1, f"{DUI}/A-01", GATE)]))
    with within(dock):
        receipts.undo(one.id, "wrong label")

    assert lines_of(dock, id) == [(1, 0, 0, 0, 0, 2)]
    assert state_of(dock, id) == "dispatched"
    assert lying(dock, "voyage", DUI) == {("voyage/C-1", "SKU-1"): 2}
    assert not receipt_rows(dock)
    assert scanned(dock, scan(number="S-1"))[0].state == "undone", "the same id is the same scan"


def test_goods_sent_between_warehouses_overseas_are_received_alike(dock):
    with within(dock):
        post(Document("opening", "O-3", DAY, [Line("SKU-1", 4, "supplier/FAC", f"{DUI}/A-01")]))
    id = on_its_way(dock, "T-1", sent(1, "SKU-1", 4, from_bin="A-01"), route="DUI1 LON1")

    with within(dock):
        receipts.receive_whole(id, "R-1")

    assert lying(dock, DUI, LON) == {(f"{LON}/@receiving", "SKU-1"): 4}


def test_ten_thousand_scans_of_ten_thousand_lines_are_a_few_statements(dock, monkeypatch):
    import psycopg

    id = on_its_way(dock, "C-1", *(sent(n, "SKU-1", 1) for n in range(900)))
    asked = []
    execute = psycopg.Cursor.execute

    def noted(self, query, *given, **named):
        asked.append(str(query))
        return execute(self, query, *given, **named)

    counts = []
    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    for many in (1, 800):
        asked.clear()
        with within(dock):
            receiving.receive_scans([scan() for _ in range(many)])
        counts.append(len(asked))

    assert counts[0] == counts[1], asked
    assert counts[0] <= 12, asked
    assert sum(line[1] for line in lines_of(dock, id)) == 801
