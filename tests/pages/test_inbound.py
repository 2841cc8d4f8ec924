# SPDX-License-Identifier: Apache-2.0
"""Inbound through its pages: a table is checked before it is written, a closing seen first."""

from __future__ import annotations

import io
from typing import Any

import psycopg
import pytest
import xlsxwriter
from django.urls import reverse

from entrepot.logistics import purchasing
from entrepot.logistics.models import Claim, Consignment, Declaration, Purchase, PurchaseLine, Scan
from tests.logistics.dock import (
    DAY,
    DECLARATION,
    declare,
    on_its_way,
    open_dock,
    scan,
    scanned,
    sent,
    written,
)
from tests.pages.kit import Person, new_person

XSS = "<script>alert(1)</script>"


@pytest.fixture
def owner(desk: None) -> Person:
    person = new_person()
    open_dock(person.enterprise)
    return person


def at(name: str, *given: Any) -> str:
    return reverse(f"pages:inbound{name}", args=given)


def count(person: Person, model: Any, **where: Any) -> int:
    with person.within():
        return int(model.objects.filter(**where).count())


def bought(person: Person, quantity: int = 10, **says: Any) -> Any:
    with person.within():
        new = purchasing.NewPurchase(
            "FAC", [purchasing.Bought(1, "SKU-1", quantity, 1000, 1300)],
            **({"invoice_no": "INV-1", "issued_on": DAY} | says),
        )  # fmt: skip
        return purchasing.add([new])[0].id


def test_three_hundred_lines_are_shown_before_they_are_written(owner):
    lines = "\n".join(f"{n}\tSKU-{1 + n % 3}\t{n + 1}\t12.50\t13%" for n in range(300))
    given = {
        "supplier": "FAC",
        "number": "P-1",
        "text": f"行号\tSKU\t数量\t不含税金额\t税率\n{lines}",
    }

    checked = owner.post(at("_purchase_new"), given | {"step": "check"})
    assert b"300 lines" in checked.content
    assert count(owner, Purchase) == 0

    taken = owner.post(at("_purchase_new"), given | {"step": "take"})
    assert taken.status_code == 302
    assert count(owner, PurchaseLine) == 300
    assert "12.50 CNY" in owner.text(taken.url)


def test_every_mistake_is_told_at_once_with_its_row(owner):
    text = "SKU\tQuantity\tNet amount\nSKU-1\tmany\t1.234\nNONE\t3\t\n\t\t\nSKU-1\t0\t1"
    answered = owner.post(
        at("_purchase_new"), {"supplier": "FAC", "number": "P-2", "text": text, "step": "take"},
        headers={"Accept-Language": "zh-hans"},
    )  # fmt: skip

    page = answered.content.decode()
    assert answered.status_code == 422
    assert "3 处错误" in page
    assert "“many”" in page or "&quot;many&quot;" in page
    assert "小数" in page
    assert count(owner, Purchase) == 0


def test_what_the_action_refuses_is_told_in_the_row_of_the_sheet(owner):
    text = "Number\tSupplier\tSKU\tQuantity\nA\tFAC\tSKU-1\t1\nB\tFAC\tSKU-2\t1\nB\tFAC\tNONE\t1"
    answered = owner.post(at("_purchase_import"), {"text": text, "step": "check"})

    page = answered.content.decode()
    assert 'data-label="Row">4</th>' in page
    assert "NONE" in page


def test_an_excel_file_is_read_and_can_be_mended_in_place(owner):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["SKU", "Quantity", "Net amount", "VAT %"])
        sheet.write_row(1, 0, ["SKU-1", 5, 12.5, "13%"])
        sheet.write_row(2, 0, ["SKU-2", 5, 12.5, 0.13])
    file.seek(0)
    file.name = "lines.xlsx"
    answered = owner.post(
        at("_purchase_new"), {"supplier": "FAC", "number": "P-3", "text": "", "file": file}
    )

    page = answered.content.decode()
    assert answered.status_code == 422
    assert "a rate such as 13" in page
    assert "SKU-2\t5\t12.5\t0.13" in page


def test_a_purchase_is_received_over_closed_and_reopened(owner):
    id = bought(owner)
    given = {
        "number": "R-1", "warehouse": "NB1", "text": "Line,SKU,Quantity\n1,SKU-1,12",
    }  # fmt: skip
    checked = owner.post(at("_purchase_receive", id), given | {"step": "check"})
    assert b"2 units are more than was bought" in checked.content
    owner.post(at("_purchase_receive", id), given | {"step": "take"})
    assert count(owner, PurchaseLine, received=12) == 1

    receipt = owner.text(at("_purchase", id, "receipts"))
    assert "R-1" in receipt

    other = bought(owner, number="P-9", invoice_no="", issued_on=None)
    owner.post(at("_purchase_close", other))
    assert count(owner, PurchaseLine, short=10) == 1
    owner.post(at("_purchase_reopen", other))
    assert count(owner, PurchaseLine, short=0) == 2


def test_a_declaration_beyond_its_invoice_says_what_is_lacking(owner):
    bought(owner, 10)
    declare(owner.enterprise, (1, "SKU-1", 12))
    with owner.within():
        id = Declaration.objects.get().id

    page = owner.text(at("_declaration_link", id))
    assert "1\tSKU-1\tINV-1\t1\t10" in page
    assert "no invoice line is left for 2 units" in page

    too_much = {"text": "1,SKU-1,INV-1,1,12", "step": "take"}
    answered = owner.post(at("_declaration_link", id), too_much)
    assert answered.status_code == 422
    assert b"at most what is invoiced" in answered.content

    owner.post(at("_declaration_link", id), {"text": "1,SKU-1,INV-1,1,10", "step": "take"})
    page = owner.text(at("_declaration", id))
    assert "2 units are linked to no invoice" in page
    assert "INV-1" in owner.text(at("_declaration", id, "links"))
    owner.post(at("_declaration_unlink", id))
    assert "12 units are linked to no invoice" in owner.text(at("_declaration", id))


def test_a_declaration_is_taken_in_and_corrected(owner):
    row = f"{DECLARATION},1,SKU-1,9810,2026/3/1,9,9.90,USD,DE,DUI1"
    owner.post(at("_declaration_new"), {"text": row, "step": "take"})
    with owner.within():
        id = Declaration.objects.get().id
    page = owner.text(at("_declaration_correct", id))
    assert "1\tSKU-1\t9810\t2026-03-01\t9\t9.90\tUSD\tDE\tDUI1" in page

    wrong = row.removeprefix(f"{DECLARATION},").replace("9.90", "9.901")
    answered = owner.post(at("_declaration_correct", id), {"text": wrong, "step": "take"})
    assert b"at most 2 decimals" in answered.content


def test_a_consignment_begins_with_what_is_unsent_and_is_written(owner):
    declare(owner.enterprise, (1, "SKU-1", 12), (2, "SKU-2", 4))
    page = owner.text(f"{at('_consignment_new')}?declaration={DECLARATION}")
    assert f"1\tSKU-1\t12\t\t\t{DECLARATION}\t1" in page
    stock = owner.text(f"{at('_consignment_new')}?stock=NB1&sku=SKU-3")
    assert "1\tSKU-3\t1000" in stock

    given = {
        "number": "C-9", "from_warehouse": "NB1", "to_warehouse": "DUI1", "carrier": "SEA",
        "text": f"SKU,Quantity,Declaration,Item no.\nSKU-1,13,{DECLARATION},1", "step": "take",
    }  # fmt: skip
    answered = owner.post(at("_consignment_new"), given)
    assert b"at most 12: it declares 12" in answered.content

    given["text"] = given["text"].replace(",13,", ",12,")
    answered = owner.post(at("_consignment_new"), given)
    id = answered.url.split("/")[-2]
    owner.post(at("_consignment_dispatch", id))
    assert count(owner, Consignment, state="dispatched") == 1
    assert "SKU-1" in owner.text(at("_consignment_list", id))


def test_closing_shows_what_it_books_and_books_that(owner):
    id = on_its_way(
        owner.enterprise, "C-1", sent(1, "SKU-1", 10), sent(2, "SKU-2", 5), sent(3, "SKU-3", 1)
    )
    scanned(owner.enterprise, scan("SKU-1", quantity=8), scan("SKU-2", quantity=6),
            scan("SKU-3", quantity=1, condition="damaged"))  # fmt: skip

    page = owner.text(at("_consignment_close", id))
    assert "lost/SEA" in page
    assert "voyage/C-1" in page
    assert count(owner, Consignment, state="closed") == 0
    assert count(owner, Claim) == 0

    answered = owner.post(at("_consignment_close", id), {"step": "close"})
    assert answered.status_code == 302
    with owner.within():
        claims = set(Claim.objects.values_list("sku", "kind", "quantity"))
    assert claims == {("SKU-1", "short", 2), ("SKU-3", "damaged", 1)}
    differences = owner.text(answered.url)
    assert "SKU-1" in differences
    assert "SKU-2" in differences

    text = "Line,Quantity\n1,2"
    owner.post(at("_consignment_reopen", id), {"text": text, "step": "take"})
    assert count(owner, Consignment, state="arrived") == 1
    assert count(owner, Claim, sku="SKU-1", quantity=0) == 1


def test_a_dispatch_is_not_taken_back_once_something_was_scanned(owner):
    id = on_its_way(owner.enterprise, "C-1", sent(1, "SKU-1", 10))
    owner.post(at("_consignment_undo", id), {"note": ""})
    assert count(owner, Consignment, state="dispatched") == 1
    scanned(owner.enterprise, scan("SKU-1"))

    answered = owner.client.post(
        at("_consignment_undo", id), {"note": "wrong ship"}, follow=True,
        headers={"Accept-Language": "zh-hans"},
    )  # fmt: skip
    assert "无法撤回货件 C-1 的发运" in answered.content.decode()
    assert count(owner, Consignment, state="arrived") == 1


def test_a_question_is_settled_with_a_sku_or_dropped(owner):
    id = on_its_way(owner.enterprise, "C-1", sent(1, "SKU-1", 10))
    scanned(owner.enterprise, scan(f"?{XSS}"), scan("??"))
    with owner.within():
        first, second = Scan.objects.order_by("id").values_list("id", flat=True)

    assert XSS not in owner.text(at("_receiving"))
    assert "nobody has said yet what it is" in owner.text(at("_consignment_close", id))
    assert owner.post(at("_consignment_close", id), {"step": "close"}).status_code == 409
    assert owner.post(at("_scan", first), {"sku": "NONE"}).status_code == 422
    owner.post(at("_scan", first), {"sku": "SKU-1"})
    owner.post(at("_scan_drop", second), {"note": "a neighbour's"})
    assert count(owner, Scan, state="received", units=1) == 1
    assert count(owner, Scan, state="dropped") == 1
    owner.post(at("_scan_undo", first), {"note": "mistaken"})
    assert count(owner, Scan, state="undone") == 1


def test_a_claim_is_raised_and_settled(owner):
    id = on_its_way(owner.enterprise, "C-1", sent(1, "SKU-1", 2))
    owner.post(at("_claim_terms"), {"carrier": "SEA", "days": "14"})
    owner.post(at("_consignment_close", id), {"step": "close"})
    with owner.within():
        claim = Claim.objects.get()
    assert claim.deadline_on is not None

    answered = owner.post(at("_claim", claim.id), {
        "step": "raise", "raise-amount": "12.345", "raise-currency": "USD"})  # fmt: skip
    assert answered.status_code == 422
    owner.post(at("_claim", claim.id), {
        "step": "raise", "raise-amount": "12.34", "raise-currency": "USD"})  # fmt: skip
    owner.post(at("_claim", claim.id), {"step": "settle", "settle-settled": "10"})
    with owner.within():
        claim.refresh_from_db()
    assert (claim.claimed, claim.settled, claim.state) == (1234, 1000, "settled")
    exported = owner.get(f"{at('_claims')}?carrier=SEA&export=csv").getvalue()
    assert b"C-1" in exported
    assert b"12.34" in exported


def test_texts_of_people_are_shown_as_they_are_and_pages_ask_little(owner, monkeypatch):
    bought(owner, note=XSS)
    declare(owner.enterprise, (1, "SKU-1", 12))
    written(owner.enterprise, "C-0", sent(1, "SKU-1", 1))
    id = on_its_way(owner.enterprise, "C-1", sent(1, "SKU-1", 10, 1))
    scanned(owner.enterprise, scan("SKU-1"))
    with owner.within():
        purchase, declaration = Purchase.objects.get().id, Declaration.objects.get().id
    owner.post(at("_consignment_change", id), {"vessel": XSS, "note": XSS, "incoterm": XSS})
    pages = [
        at(""), at("_transfers"), f"{at('_expected')}?warehouse=DUI1", at("_receiving"),
        at("_scans"), at("_receipts"), at("_declarations"), at("_declaration_items"),
        at("_purchases"), at("_open_lines"), at("_claims"), at("_claim_terms"),
        at("_purchase", purchase), at("_purchase", purchase, "links"),
        at("_purchase_invoice", purchase), at("_declaration", declaration),
        at("_declaration", declaration, "received"), at("_consignment", id),
        *(at("_consignment", id, part) for part in ("differences", "scans", "received", "claims")),
        at("_consignment_list", id), at("_consignment_change", id), at("_consignment_receive", id),
        f"{at('')}?todo=late", f"{at('')}?number=C&state=arrived", at("_purchase_import"),
    ]  # fmt: skip
    asked: list[Any] = []
    execute = psycopg.Cursor.execute

    def counting(cursor: Any, *given: Any, **named: Any) -> Any:
        asked.append(given[0])
        return execute(cursor, *given, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", counting)
    for language in ("en", "zh-hans"):
        for address in pages:
            asked.clear()
            assert XSS not in owner.text(address, language), address
            assert len(asked) <= 20, (address, len(asked))


def test_another_enterprise_sees_nothing_and_a_partner_may_not(owner):
    id = on_its_way(owner.enterprise, "C-1", sent(1, "SKU-1", 10))
    stranger = new_person()

    for name in ("_consignment", "_consignment_close", "_consignment_list", "_consignment_receive"):
        assert stranger.get(at(name, id)).status_code == 404
    assert new_person("partner", owner.enterprise).get(at("")).status_code == 409
    finance = new_person("finance", owner.enterprise)
    assert "data-new" not in finance.text(at(""))
    assert finance.post(at("_consignment_dispatch", id)).status_code == 409
