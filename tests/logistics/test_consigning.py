# SPDX-License-Identifier: Apache-2.0
"""Consignments are written, dispatched, brought back; what is not there or declared is not sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from entrepot.ledger.actions import BelowZero
from entrepot.logistics import consigning, declaring, dispatching, lists
from entrepot.logistics.consigning import NewConsignment, Says
from entrepot.logistics.models import Consignment, ConsignmentLine, DeclarationLine
from entrepot.logistics.refusals import SaysOtherwise, Unfit, WrongState
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from tests.ledger.books import at_once
from tests.logistics.dock import (
    DECLARATION,
    HOME,
    SKUS,
    declare,
    declared,
    lying,
    on_its_way,
    open_dock,
    scan,
    scanned,
    sent,
    state_of,
    written,
)


@pytest.fixture
def dock(enterprise):
    return open_dock(enterprise)


def sent_of(dock, item):
    with within(dock):
        return DeclarationLine.objects.get(declaration_no=DECLARATION, item_no=item).sent


def faults(refused):
    return [(each.get("row"), each["field"]) for each in refused.value.facts["faults"]]


def test_a_consignment_leaves_where_it_lies(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 3), sent(2, "SKU-2", 4), sent(3, "SKU-1", 1))

    assert state_of(dock, id) == "dispatched"
    assert lying(dock) == {
        (HOME, "SKU-1"): 996, (HOME, "SKU-2"): 996, (HOME, "SKU-3"): 1000,
        ("voyage/C-1", "SKU-1"): 4, ("voyage/C-1", "SKU-2"): 4,
    }  # fmt: skip
    with within(dock):
        again = dispatching.dispatch(id)
    assert again.dispatches == 1


def test_what_does_not_lie_there_is_not_sent(dock):
    id = written(dock, "C-1", sent(1, "SKU-1", 1001), sent(2, "SKU-2", 1, from_bin="H-01"))

    with pytest.raises(BelowZero) as refused, within(dock):
        dispatching.dispatch(id)

    assert [each["place"] for each in refused.value.facts["below"]] == [HOME, f"{HOME}/H-01"]
    assert state_of(dock, id) == "draft"


def test_a_dispatch_is_taken_back_while_nothing_came_and_can_be_repeated(dock):
    before = lying(dock)
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 3))

    with within(dock):
        dispatching.undo_dispatch(id, "wrong container")
    assert (state_of(dock, id), lying(dock)) == ("draft", before)
    with within(dock):
        dispatching.dispatch(id)
    scanned(dock, scan())
    with pytest.raises(WrongState), within(dock):
        dispatching.undo_dispatch(id, "too late")

    assert lying(dock, "voyage") == {("voyage/C-1", "SKU-1"): 2}


def test_the_same_consignment_again_is_one_and_another_of_its_number_is_refused(dock):
    new = NewConsignment("C-1", "NB1", "DUI1", [sent(1, "SKU-1", 3)], Says(carrier="SEA"))
    with within(dock):
        first = consigning.create(new)
    with within(dock):
        again = consigning.create(new)
    with pytest.raises(SaysOtherwise), within(dock):
        consigning.create(replace(new, lines=[sent(1, "SKU-1", 4)]))

    assert (first.id, again.is_new) == (again.id, False)


def test_the_same_consignment_written_by_two_at_once_is_one(dock):
    ids = at_once(*[lambda: written(dock, "C-1", sent(1, "SKU-1", 3))] * 2)

    assert ids[0] == ids[1]


def test_lines_of_a_draft_are_replaced_by_their_number_or_all_together(dock):
    declare(dock, (1, "SKU-1", 10))
    id = written(dock, "C-1", sent(1, "SKU-1", 4, 1), sent(2, "SKU-2", 2))

    with within(dock):
        consigning.put_lines(id, [sent(1, "SKU-1", 10, 1), sent(3, "SKU-3", 1)])
    assert sent_of(dock, 1) == 10
    with within(dock):
        consigning.put_lines(id, [sent(9, "SKU-1", 2, 1)], replaces_all=True)

    assert sent_of(dock, 1) == 2
    with within(dock):
        rows = ConsignmentLine.objects.filter(consignment_id=id).values_list("line_no", "quantity")
        assert list(rows) == [(9, 2)]
        dispatching.dispatch(id)
    with pytest.raises(WrongState), within(dock):
        consigning.put_lines(id, [sent(1, "SKU-1", 1)])


def test_no_more_is_sent_under_an_item_than_it_declares_over_all_consignments(dock):
    declare(dock, (1, "SKU-1", 10), (1, "SKU-2", 5))
    first = written(dock, "C-1", sent(1, "SKU-1", 8, 1))

    with pytest.raises(Unfit) as refused:
        written(
            dock, "C-2", sent(1, "SKU-1", 2, 1), sent(2, "SKU-1", 1, 1), sent(3, "SKU-2", 5, 1),
            sent(4, "SKU-2", 1, 2),
        )  # fmt: skip

    assert faults(refused) == [(2, "quantity"), (4, "item_no")]
    assert "8 are on consignments" in refused.value.facts["faults"][0]["expected"]
    with within(dock):
        assert Consignment.objects.count() == 1
        consigning.cancel(first)
    written(dock, "C-2", sent(1, "SKU-1", 10, 1))


def test_a_declaration_of_which_all_was_cancelled_can_be_corrected(dock):
    declare(dock, (1, "SKU-1", 10))
    id = written(dock, "C-1", sent(1, "SKU-1", 8, 1))
    with within(dock):
        consigning.cancel(id)
        declaring.replace(DeclarationLine.objects.get().declaration_id, declared((2, "SKU-2", 1)))

    with within(dock):
        assert DeclarationLine.objects.get().item_no == 2


def test_two_who_send_the_last_of_an_item_at_once_do_not_both(dock):
    declare(dock, (1, "SKU-1", 1))

    found = at_once(
        *[lambda n=n: written(dock, f"C-{n}", sent(1, "SKU-1", 1, 1)) for n in range(3)]
    )

    assert sum(isinstance(each, Unfit) for each in found) == 2


def test_goods_that_leave_from_overseas_name_no_declaration(dock):
    declare(dock, (1, "SKU-1", 1))

    for route in ("DUI1 LON1", "DUI1 NB1"):
        with pytest.raises(Unfit) as refused:
            written(dock, "C-1", sent(1, "SKU-1", 1, 1), route=route)
        assert faults(refused) == [(1, "declaration_no")]


def test_whatever_is_not_there_is_named(dock):
    with pytest.raises(Unfit) as refused, within(dock):
        consigning.create(NewConsignment("C-1", "XX", "XX", (), Says(carrier="NOBODY")))
    assert sorted(faults(refused)) == [
        (None, "carrier"), (None, "from_warehouse"), (None, "to_warehouse"), (None, "to_warehouse"),
    ]  # fmt: skip

    with pytest.raises(Unfit) as refused:
        written(dock, "C-1", sent(1, "SKU-9", 1), sent(1, "SKU-1", 1, from_bin="Z-9"))
    assert faults(refused) == [(1, "sku"), (2, "from_bin"), (2, "line_no")]
    with within(dock):
        assert not Consignment.objects.exists()


def test_ten_thousand_lines_with_faults_are_all_named(dock):
    lines = [sent(n, "SKU-1" if n % 2 else f"X-{n}", 1) for n in range(10_000)]

    with pytest.raises(Unfit) as refused:
        written(dock, "C-1", *lines)

    assert refused.value.facts["count"] == 5_000
    assert faults(refused) == [(n + 1, "sku") for n in range(0, 10_000, 2)]


def test_only_a_draft_is_cancelled(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 1))

    with pytest.raises(WrongState), within(dock):
        consigning.cancel(id)


def test_what_is_known_of_a_consignment_changes_on_its_way(dock):
    id = on_its_way(dock, "C-1", sent(1, "SKU-1", 1))

    with within(dock):
        found = consigning.change(id, vessel="MSC Anna 612W", container_no="MSCU1234565")
    with pytest.raises(Unfit), within(dock):
        consigning.change(id, carrier="NOBODY")

    assert (found.vessel, found.carrier) == ("MSC Anna 612W", "SEA")


def test_another_enterprise_s_consignment_is_none(dock):
    id = written(dock, "C-1", sent(1, "SKU-1", 1))
    other = open_dock(Enterprise.objects.create().id)

    for act in (consigning.cancel, dispatching.dispatch):
        with pytest.raises(Consignment.DoesNotExist), within(other):
            act(id)
    assert scanned(other, scan())[0].state == "refused"


def test_what_is_expected_comes_first_to_come_first(dock):
    ids = [on_its_way(dock, f"C-{n}", sent(1, "SKU-1", 2), sent(2, "SKU-2", 1)) for n in range(3)]
    with within(dock):
        consigning.change(ids[0], expected_on=None)
        consigning.change(ids[1], expected_on=date(2026, 5, 1))
    scanned(dock, scan(consignment="C-1", quantity=2))

    with within(dock):
        found = lists.expected("DUI1")
        assert [(each.number, each.sku, each.quantity) for each in found] == [
            ("C-2", "SKU-1", 2), ("C-2", "SKU-2", 1), ("C-1", "SKU-2", 1), ("C-0", "SKU-1", 2),
            ("C-0", "SKU-2", 1),
        ]  # fmt: skip
        assert [each.number for each in lists.expected("DUI1", "SKU-1")] == ["C-2", "C-0"]
        assert lists.expected("LON1") == []


# --- Declarations ---


def test_declaration_lines_again_change_nothing_and_others_are_refused(dock):
    with within(dock):
        assert declaring.put(declared((1, "SKU-1", 5), (2, "SKU-2", 5))) == 2
    with within(dock):
        assert declaring.put(declared((2, "SKU-2", 5), (3, "SKU-3", 1))) == 1
    with pytest.raises(SaysOtherwise) as refused, within(dock):
        declaring.put(declared((1, "SKU-1", 5), (3, "SKU-3", 2), (4, "SKU-1", 1)))

    assert refused.value.facts["numbers"] == [f"{DECLARATION}/3 SKU-3"]
    with within(dock):
        assert DeclarationLine.objects.count() == 3


def test_all_faults_of_ten_thousand_declaration_lines_are_named(dock):
    lines = [
        replace(declared((n, SKUS[n % 3], 1))[0], sku="X" if n % 10 == 0 else SKUS[n % 3],
                warehouse="NB1" if n % 10 == 1 else "DUI1")
        for n in range(10_000)
    ]  # fmt: skip

    with pytest.raises(Unfit) as refused, within(dock):
        declaring.put([*lines[:-1], lines[5]])

    found = faults(refused)
    assert refused.value.facts["count"] == len(found) == 2_001
    assert found[-1] == (10_000, "item_no")


def test_ten_thousand_declaration_lines_are_taken_and_again_nothing(dock):
    lines = declared(*((n, SKUS[n % 3], 1) for n in range(10_000)))

    with within(dock):
        assert declaring.put(lines) == 10_000
    with within(dock):
        assert declaring.put(lines) == 0


def test_a_declaration_is_corrected_until_something_of_it_was_received(dock):
    declare(dock, (1, "SKU-1", 5), (2, "SKU-2", 5))
    with within(dock):
        id = DeclarationLine.objects.first().declaration_id
    on_its_way(dock, "C-1", sent(1, "SKU-1", 4, 1))

    with pytest.raises(Unfit) as refused, within(dock):
        declaring.replace(id, declared((1, "SKU-1", 3)))
    assert faults(refused) == [(1, "quantity")]
    with pytest.raises(Unfit) as refused, within(dock):
        declaring.replace(id, declared((2, "SKU-2", 3)))
    with within(dock):
        declaring.replace(id, declared((1, "SKU-1", 4), (3, "SKU-3", 9)))
        rows = DeclarationLine.objects.order_by("item_no").values_list("sku", "quantity", "sent")
        assert list(rows) == [("SKU-1", 4, 4), ("SKU-3", 9, 0)]
    scanned(dock, scan())
    with pytest.raises(declaring.DeclarationReceived), within(dock):
        declaring.replace(id, declared((1, "SKU-1", 4)))
