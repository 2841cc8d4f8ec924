# SPDX-License-Identifier: Apache-2.0
"""Purchases, their invoices, what came in at home; and links of invoices to declarations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrepot.ledger.actions import BelowZero, post
from entrepot.ledger.actions import SaysOtherwise as BookSaysOtherwise
from entrepot.ledger.document import Document, Line
from entrepot.logistics import arriving_home, linking, purchasing
from entrepot.logistics.arriving_home import Came
from entrepot.logistics.linking import Linked
from entrepot.logistics.models import (
    DeclarationLine,
    HomeReceiptLine,
    InvoiceLink,
    Purchase,
    PurchaseLine,
)
from entrepot.logistics.purchasing import (
    AlreadyInvoiced,
    Bought,
    InvoiceTaken,
    NewPurchase,
    Priced,
)
from entrepot.logistics.refusals import SaysOtherwise, Unfit, WrongState
from entrepot.people.tenancy import within
from tests.logistics.dock import DAY, DECLARATION, HOME, declare, lying, open_dock

INVOICED = NewPurchase(
    "FAC", [Bought(0, "SKU-1", 10, 100_00, 1300), Bought(0, "SKU-2", 5, 50_00, 1300)],
    invoice_no="INV-1", issued_on=DAY,
)  # fmt: skip
PLAIN = NewPurchase("FAC", [Bought(0, "SKU-1", 10)], number="P-1")


@pytest.fixture
def dock(enterprise):
    return open_dock(enterprise, stock=0)


def bought(dock, new=PLAIN):
    with within(dock):
        return purchasing.add([new])[0].id


def came(dock, purchase, *lines, number="HR-1", warehouse="NB1"):
    with within(dock):
        return arriving_home.receive(purchase, number, warehouse, lines)[1]


def rows(dock, purchase):
    with within(dock):
        found = PurchaseLine.objects.filter(purchase_id=purchase).order_by("line_no", "sku")
        return list(found.values_list("sku", "received", "short", "open"))


def test_the_same_purchase_again_is_one(dock):
    with within(dock):
        first = purchasing.add([INVOICED, PLAIN])
    with within(dock):
        again = purchasing.add([PLAIN, INVOICED])

    assert [each.is_new for each in (*first, *again)] == [True, True, False, False]
    assert first[0].number == "INV-1"
    with pytest.raises(SaysOtherwise), within(dock):
        purchasing.add([replace(PLAIN, note="other")])
    with pytest.raises(InvoiceTaken), within(dock):
        purchasing.add([replace(INVOICED, number="P-9")])


def test_whatever_is_not_there_or_missing_is_named(dock):
    wrong = NewPurchase(
        "SEA", [Bought(0, "SKU-9", 1), Bought(1, "SKU-1", 1, 5, 1300), Bought(1, "SKU-1", 2)],
        invoice_no="INV-2",
    )  # fmt: skip

    with pytest.raises(Unfit) as refused, within(dock):
        purchasing.add([PLAIN, wrong, PLAIN, NewPurchase("FAC", PLAIN.lines)])

    assert [each["field"] for each in refused.value.facts["faults"]] == [
        "purchases[1].issued_on", "purchases[1].lines[0]", "purchases[1].lines[0].sku",
        "purchases[1].lines[2]", "purchases[1].lines[2].line_no", "purchases[1].supplier",
        "purchases[2].number", "purchases[3].number",
    ]  # fmt: skip
    with within(dock):
        assert not Purchase.objects.exists()


def test_an_invoice_is_named_once_with_what_it_says(dock):
    id = bought(dock)

    with pytest.raises(Unfit), within(dock):
        purchasing.name_invoice(id, "INV-1", DAY)
    priced = [Priced(0, "SKU-1", 100_00, 1300)]
    for _ in range(2):
        with within(dock):
            purchasing.name_invoice(id, "INV-1", DAY, priced)
    with pytest.raises(AlreadyInvoiced), within(dock):
        purchasing.name_invoice(id, "INV-2", DAY, priced)
    other = bought(dock, replace(PLAIN, number="P-2"))
    with pytest.raises(InvoiceTaken), within(dock):
        purchasing.name_invoice(other, "INV-1", DAY, priced)

    with within(dock):
        assert Purchase.objects.get(id=id).invoice_no == "INV-1"
        assert PurchaseLine.objects.get(purchase_id=id).net_amount == 100_00


def test_goods_come_in_part_by_part_and_what_is_over_is_said(dock):
    id = bought(dock)

    first = came(dock, id, Came(0, "SKU-1", 4, bin="@receiving"))
    second = came(dock, id, Came(0, "SKU-1", 5), Came(0, "SKU-1", 3, "L1", "H-01"), number="HR-2")

    assert [(each.over, each.open) for each in (*first, *second)] == [(0, 6), (0, 0), (2, 0)]
    assert lying(dock) == {
        (f"{HOME}/@receiving", "SKU-1"): 4, (HOME, "SKU-1"): 5, (f"{HOME}/H-01", "SKU-1"): 3,
    }  # fmt: skip
    assert rows(dock, id) == [("SKU-1", 12, 0, 0)]


def test_the_same_home_receipt_again_is_one(dock):
    id = bought(dock)
    came(dock, id, Came(0, "SKU-1", 4))

    came(dock, id, Came(0, "SKU-1", 4))
    with pytest.raises(BookSaysOtherwise):
        came(dock, id, Came(0, "SKU-1", 5))

    assert rows(dock, id) == [("SKU-1", 4, 0, 6)]
    with within(dock):
        assert HomeReceiptLine.objects.count() == 1


def test_what_is_not_on_the_purchase_or_not_at_home_is_refused(dock):
    id = bought(dock)

    for lines, warehouse, field in (
        ([Came(0, "SKU-2", 1)], "NB1", "line_no"),
        ([Came(0, "SKU-1", 1, bin="Z-1")], "NB1", "bin"),
        ([Came(0, "SKU-1", 1)], "DUI1", "warehouse"),
    ):
        with pytest.raises(Unfit) as refused:
            came(dock, id, *lines, warehouse=warehouse)
        assert [each["field"] for each in refused.value.facts["faults"]] == [field]
    assert not lying(dock)


def test_a_home_receipt_is_taken_back_once(dock):
    id = bought(dock)
    with within(dock):
        receipt, _ = arriving_home.receive(id, "HR-1", "NB1", [Came(0, "SKU-1", 4)])
    with within(dock):
        post(Document("move", "M-1", DAY, [Line("SKU-1", 1, HOME, f"{HOME}/H-01")]))
    with pytest.raises(BelowZero), within(dock):
        arriving_home.undo(receipt.id, "wrong")
    with within(dock):
        post(Document("move", "M-2", DAY, [Line("SKU-1", 1, f"{HOME}/H-01", HOME)]))
    with within(dock):
        arriving_home.undo(receipt.id, "wrong")
    with pytest.raises(WrongState), within(dock):
        arriving_home.undo(receipt.id, "again")

    assert (lying(dock), rows(dock, id)) == ({}, [("SKU-1", 0, 0, 10)])


def test_what_will_not_come_is_short_until_it_comes(dock):
    id = bought(dock)
    came(dock, id, Came(0, "SKU-1", 4))

    with within(dock):
        purchasing.close(id)
    assert rows(dock, id) == [("SKU-1", 4, 6, 0)]
    came(dock, id, Came(0, "SKU-1", 5), number="HR-2")
    assert rows(dock, id) == [("SKU-1", 9, 1, 0)]
    with within(dock):
        purchasing.reopen(id)
    assert rows(dock, id) == [("SKU-1", 9, 0, 1)]


def test_links_hold_what_both_sides_have(dock):
    bought(dock, INVOICED)
    declare(dock, (1, "SKU-1", 8), (2, "SKU-1", 8))
    one = Linked(DECLARATION, 1, "INV-1", 0, "SKU-1", 8)

    for new in (1, 0):
        with within(dock):
            assert linking.link([one]) == new
    with pytest.raises(SaysOtherwise), within(dock):
        linking.link([replace(one, quantity=7)])
    with pytest.raises(Unfit) as refused, within(dock):
        linking.link([
            replace(one, item_no=2, quantity=3), replace(one, invoice_no="INV-9"),
            replace(one, item_no=9), replace(one, line_no=7),
        ])  # fmt: skip
    assert [(each["row"], each["field"]) for each in refused.value.facts["faults"]] == [
        (1, "quantity"), (2, "invoice_no"), (2, "quantity"), (3, "item_no"), (3, "quantity"),
        (4, "line_no"), (4, "quantity"),
    ]  # fmt: skip
    with within(dock):
        id = DeclarationLine.objects.get(item_no=1).declaration_id
        assert linking.unlink(id) == 1
        assert not InvoiceLink.objects.exists()
        assert not PurchaseLine.objects.filter(linked__gt=0).exists()
