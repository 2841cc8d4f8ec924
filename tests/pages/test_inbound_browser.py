# SPDX-License-Identifier: Apache-2.0
"""Inbound in a browser: a table is pasted, checked and taken over, and every state of it fits."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.urls import reverse

from entrepot.logistics import purchasing
from entrepot.logistics.models import Claim, Consignment, Declaration, Purchase, Scan
from tests.logistics.dock import DAY, declare, on_its_way, open_dock, scan, scanned, sent, written
from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.kit import Person, new_person

LONG = "SKU-WITH-A-LONG-NAME-THAT-NEVER-ENDS-0123456789-ABCDEFGHIJ"


@pytest.fixture(scope="module")
def owner(desk: None) -> Person:
    person = new_person()
    open_dock(person.enterprise, ("SKU-1", "SKU-2", "SKU-3", LONG))
    with person.within():
        purchasing.add([purchasing.NewPurchase(
            "FAC", [purchasing.Bought(n, sku, 10 * n, 125_000 * n, 1300)
                    for n, sku in enumerate(("SKU-1", "SKU-2", LONG), 1)],
            "P-2026-001", "24332000000123456789", DAY,
        )])  # fmt: skip
    declare(person.enterprise, (1, "SKU-1", 12), (2, LONG, 40))
    written(person.enterprise, "C-2026-000", sent(1, "SKU-1", 1))
    on_its_way(person.enterprise, "C-2026-001", sent(1, "SKU-1", 10, 1), sent(2, "SKU-2", 5),
               sent(3, LONG, 3, 2))  # fmt: skip
    scanned(person.enterprise, *(scan(each, "C-2026-001", quantity=n) for each, n in
                                 (("SKU-1", 8), ("SKU-2", 6), ("4999999999999", 1))))  # fmt: skip
    on_its_way(person.enterprise, "C-2026-002", sent(1, "SKU-3", 4))
    on_its_way(person.enterprise, "C-2026-003", sent(1, "SKU-1", 2, 1), sent(2, "SKU-2", 5))
    scanned(person.enterprise, scan("SKU-2", "C-2026-003", quantity=6))
    person.post(reverse("pages:inbound_claim_terms"), {"carrier": "SEA", "days": "14"})
    with person.within():
        id = Consignment.objects.get(number="C-2026-002").id
    person.post(reverse("pages:inbound_consignment_close", args=[id]), {"step": "close"})
    return person


def shot(page: Any, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_inbound_fits(browser, address, owner, axe, language, size):
    with owner.within():
        one = Consignment.objects.get(number="C-2026-001").id
        draft = Consignment.objects.get(number="C-2026-000").id
        ids = {
            "purchase": [Purchase.objects.get(number="P-2026-001").id],
            "purchase_receive": [Purchase.objects.get(number="P-2026-001").id],
            "declaration": [Declaration.objects.get().id],
            "declaration_link": [Declaration.objects.get().id],
            "consignment": [one], "consignment_list": [one],
            "consignment_close": [Consignment.objects.get(number="C-2026-003").id],
            "consignment_lines": [draft], "consignment_change": [draft],
            "scan": [Scan.objects.get(state="unknown").id], "claim": [Claim.objects.get().id],
        }  # fmt: skip
    dark = "dark" if language == "zh" else "light"
    page = opened(browser, address, owner, language=language, size=size, color_scheme=dark)
    names = ["", *(f"_{name}" for name in (
        "transfers", "expected", "receiving", "scans", "receipts", "declarations",
        "declaration_items", "purchases", "open_lines", "claims", "claim_terms", "purchase_new",
        "purchase_import", "declaration_new", "consignment_new", *ids))]  # fmt: skip
    wrong = {}
    for name in names:
        page.goto(reverse(f"pages:inbound{name}", args=ids.get(name[1:], [])))
        shot(page, f"{language}-{size['width']}-inbound{name}")
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > size["width"]:
            wrong[name] = wide
        page.evaluate(axe)
        found = page.evaluate("axe.run()")["violations"]
        if found:
            wrong[f"axe{name}"] = [(e["id"], e["nodes"][0]["html"][:150]) for e in found]

    page.goto(reverse("pages:inbound_purchase_new"))
    page.fill("[name=number]", f"P-{language}-{size['width']}")
    page.fill("[name=text]", f"SKU\tQuantity\n{LONG}\tmany\nNONE\t0")
    with page.expect_navigation():
        page.click("button[value=check]")
    shot(page, f"{language}-{size['width']}-mistakes")
    wrong["mistakes"] = page.evaluate("document.documentElement.scrollWidth") > size["width"]
    rows = "\n".join(f"{LONG}\t{n + 1}\t12.50\t13" for n in range(300))
    page.fill("[name=text]", f"SKU\tQuantity\tNet amount\tVAT %\n{rows}")
    with page.expect_navigation():
        page.click("button[value=check]")
    shot(page, f"{language}-{size['width']}-checked")
    wrong["checked"] = page.evaluate("document.documentElement.scrollWidth") > size["width"]
    page.click("button[value=take]")
    page.wait_for_url("**/purchases/*-*/")
    shot(page, f"{language}-{size['width']}-taken")

    assert {name: is_so for name, is_so in wrong.items() if is_so} == {}
    # A page that answers 422 is what the console calls an error.
    assert [said for said in page.complaints if "422" not in said] == []
    page.context.close()
