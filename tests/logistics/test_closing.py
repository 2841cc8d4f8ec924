# SPDX-License-Identifier: Apache-2.0
"""What never arrives is lost and claimed; what arrives after all makes the claim less."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from entrepot.logistics import claiming, closing, dispatching, receipts
from entrepot.logistics.closing import FoundAgain
from entrepot.logistics.models import Claim, Consignment, Scan
from entrepot.logistics.refusals import Unfit, WrongState
from entrepot.people.tenancy import within
from tests.logistics.dock import (
    GATE,
    declare,
    lines_of,
    lying,
    on_its_way,
    open_dock,
    scan,
    scanned,
    sent,
    state_of,
    written,
)

DAY = date(2026, 4, 1)


@pytest.fixture
def dock(enterprise):
    return open_dock(enterprise)


def closed(dock, id):
    with within(dock):
        return closing.close(id, DAY)


def reopened(dock, id, *arrived):
    with within(dock):
        return closing.reopen(id, [FoundAgain(*each) for each in arrived])


def claims(dock):
    with within(dock):
        rows = Claim.objects.order_by("line_no", "kind")
        return list(rows.values_list("line_no", "kind", "quantity", "value", "currency", "state"))


def test_what_is_still_on_its_way_is_lost_and_claimed_by_its_declared_value(dock):
    declare(dock, (1, "SKU-1", 7))
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 7, 1), sent(2, "SKU-2", 5))
    scanned(dock, scan(quantity=4), scan(condition="damaged"), scan("SKU-2", quantity=3))

    found = closed(dock, id)

    assert (found.state, found.closed_on) == ("closed", DAY)
    assert lying(dock, "voyage", "lost") == {("lost/SEA", "SKU-1"): 2, ("lost/SEA", "SKU-2"): 2}
    assert lines_of(dock, id) == [(1, 5, 1, 2, 0, 0), (2, 3, 0, 2, 0, 0)]
    assert claims(dock) == [
        (1, "damaged", 1, 100, "USD", "open"), (1, "short", 2, 200, "USD", "open"),
        (2, "short", 2, None, "", "open"),
    ]  # fmt: skip
    assert closed(dock, id).closings == 1, "closed is closed"


def test_a_consignment_of_which_everything_came_is_closed_without_a_document(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 1))
    scanned(dock, scan())

    closed(dock, id)

    assert (lying(dock, "voyage", "lost"), claims(dock)) == ({}, [])


def test_what_came_unannounced_makes_up_for_what_is_missing(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 1), sent(2, "SKU-1", 1))
    (first, *_) = scanned(dock, scan(), scan(), scan())
    with within(dock):
        receipts.undo(first.id, "scanned too often")

    closed(dock, id)

    assert lying(dock, "voyage", "lost", "unknown", GATE) == {(GATE, "SKU-1"): 2}
    assert [line[3:] for line in lines_of(dock, id)] == [(0, 1, 0), (0, 0, 0)]
    assert claims(dock) == []


def test_what_arrives_after_closing_comes_back_on_its_way_and_the_claim_falls(dock):
    declare(dock, (1, "SKU-1", 5))
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 5, 1))
    scanned(dock, scan())
    closed(dock, id)

    with pytest.raises(Unfit):
        reopened(dock, id, (1, 5))
    with pytest.raises(Unfit):
        reopened(dock, id, (1, 1), (1, 1))
    assert reopened(dock, id, (1, 3)).state == "arrived"
    assert lying(dock, "voyage", "lost") == {("voyage/C-1", "SKU-1"): 3, ("lost/SEA", "SKU-1"): 1}
    assert claims(dock) == [(1, "short", 1, 100, "USD", "open")]
    scanned(dock, scan(quantity=2))
    closed(dock, id)
    assert claims(dock) == [(1, "short", 2, 200, "USD", "open")]
    reopened(dock, id, (1, 2))
    scanned(dock, scan(quantity=2))
    closed(dock, id)

    assert claims(dock) == [(1, "short", 0, 0, "USD", "dropped")]
    assert lying(dock, "voyage", "lost", GATE) == {(GATE, "SKU-1"): 5}
    with pytest.raises(WrongState), within(dock):
        receipts.undo(Scan.objects.first().id, "closed")


def test_what_was_scanned_and_is_not_known_yet_is_not_claimed_as_lost(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 2))
    (question, other) = scanned(dock, scan("???"), scan("!!!"))

    with pytest.raises(WrongState) as refused:
        closed(dock, id)
    assert refused.value.facts["questions"] == 2
    with within(dock):
        receipts.resolve(question.id, "SKU-1")
        receipts.drop(other.id, "not ours")
    closed(dock, id)

    assert lying(dock, "voyage", "lost", GATE) == {(GATE, "SKU-1"): 1, ("lost/SEA", "SKU-1"): 1}


def test_a_draft_is_not_closed_and_what_is_on_its_way_not_reopened(dock):
    draft = written(dock, "C-1", sent(1, "SKU-1", 1))
    way = on_its_way(dock, "C-2", sent(1, "SKU-1", 1))

    with pytest.raises(WrongState):
        closed(dock, draft)
    with pytest.raises(WrongState):
        reopened(dock, way)

    assert (state_of(dock, draft), state_of(dock, way)) == ("draft", "dispatched")


def test_a_consignment_of_which_nothing_came_is_reopened_as_dispatched(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 1))
    closed(dock, id)

    assert reopened(dock, id).state == "dispatched"
    assert lying(dock, "voyage", "lost") == {("lost/SEA", "SKU-1"): 1}
    with pytest.raises(WrongState), within(dock):
        dispatching.undo_dispatch(id, "some of it is lost")


def test_a_carrier_is_told_within_its_days_and_without_any_there_is_no_deadline(dock):
    for number, days in (("C-1", None), ("C-2", 14)):
        with within(dock):
            claiming.set_term("SEA", days)
        closed(dock, on_its_way(dock, number, sent(1, "SKU-1", 1)))

    with within(dock):
        found = Claim.objects.order_by("id").values_list("deadline_on", flat=True)
        assert list(found) == [None, DAY + timedelta(days=14)]
        claiming.set_term("SEA", None)
    with pytest.raises(Unfit), within(dock):
        claiming.set_term("NOBODY", 3)


def test_a_claim_is_raised_and_settled_or_dropped(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 1), sent(2, "SKU-2", 1))
    closed(dock, id)
    with within(dock):
        one, two = Claim.objects.order_by("line_no").values_list("id", flat=True)

    with pytest.raises(WrongState), within(dock):
        claiming.settle(one, 500)
    with pytest.raises(Unfit), within(dock):
        claiming.claim(one, 900)
    with within(dock):
        claiming.claim(one, 900, "EUR")
        claiming.settle(one, 500)
        claiming.drop(two, "too little")
        claiming.change(two, deadline_on=DAY, note="see mail")
    for act in (lambda: claiming.drop(one, ""), lambda: claiming.claim(two, 1, "EUR")):
        with pytest.raises(WrongState), within(dock):
            act()
    reopened(dock, id, (1, 1))

    with within(dock):
        found = Claim.objects.order_by("line_no").values_list(
            "state", "quantity", "claimed", "settled", "currency", "deadline_on"
        )
        assert list(found) == [
            ("settled", 0, 900, 500, "EUR", None), ("dropped", 1, None, None, "", DAY),
        ]  # fmt: skip
        assert Consignment.objects.get(id=id).state == "dispatched"
