# SPDX-License-Identifier: Apache-2.0
"""The book in the API: posted, reversed, listed and walked, word for word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.jobs.models import Delivery, Webhook
from entrepot.ledger.opening import open_items, open_places
from entrepot.ledger.places import ROOTS, is_place
from entrepot.ledger.sealing import seal_all
from entrepot.people.tenancy import within
from tests.jobs.callers import Caller, new_caller

SUPPLIER, HOME, ABROAD, CUSTOMER = "supplier/A", "home/stock", "warehouse/DUI1", "customer/C"


@pytest.fixture
def caller(desk: None) -> Caller:
    """A caller with every scope, and a small book."""
    found = new_caller()
    with within(found.enterprise):
        open_items(["SKU-1", "SKU-2"])
        open_places([SUPPLIER, HOME, ABROAD, CUSTOMER])
    return found


def line(quantity=5, source=SUPPLIER, target=HOME, item="SKU-1", lot=""):
    says = {"item": item, "quantity": quantity, "from_place": source, "to_place": target}
    return says | ({"lot": lot} if lot else {})


def document(number, *lines, kind="purchase"):
    return {"kind": kind, "number": number, "on": "2026-03-01", "lines": list(lines or (line(),))}


def listed(caller, path, *names):
    answer = caller.get(path)
    assert answer.status_code == 200, answer.content
    return [tuple(row[name] for name in names) for row in answer.json()["items"]]


# --- Posting ---


def test_a_document_is_posted_and_seen(caller):
    posted = caller.post("/documents", document("P-1", line(5), line(2, HOME, ABROAD, lot="")))

    assert posted.status_code == 200
    id = posted.json()["id"]
    assert posted.json() == {"id": id, "kind": "purchase", "number": "P-1", "is_new": True}
    assert listed(caller, "/balances?place=home", "place", "item", "quantity") == [
        (HOME, "SKU-1", 3)
    ]
    assert listed(caller, f"/movements?document={id}", "line", "number", "quantity", "on") == [
        (1, "P-1", 5, "2026-03-01"),
        (2, "P-1", 2, "2026-03-01"),
    ]


def test_the_same_document_again_is_the_same(caller):
    first = caller.post("/documents", document("P-1")).json()
    again = caller.post("/documents", document("P-1")).json()

    assert again == first | {"is_new": False}


def test_a_document_that_says_something_else_is_a_problem(caller):
    caller.post("/documents", document("P-1"))
    answer = caller.post("/documents", document("P-1", line(6)))

    assert (answer.status_code, answer.json()["code"]) == (409, "ledger.says_otherwise")


def test_a_shortfall_is_named_and_nothing_posted(caller):
    answer = caller.post("/documents/bulk", {"documents": [
        document("P-1"), document("S-1", line(6, HOME, CUSTOMER), kind="sale"),
    ]})  # fmt: skip

    assert (answer.status_code, answer.json()["code"]) == (409, "ledger.below_zero")
    assert answer.json()["facts"]["below"] == [
        {"place": HOME, "item": "SKU-1", "lot": "", "there": 0, "reserved": 0, "taken": 1}
    ]
    assert listed(caller, "/documents", "number") == []


def test_unknown_items_and_places_are_named(caller):
    answer = caller.post("/documents", document("P-1", line(1, SUPPLIER, "home/x", "SKU-9")))

    assert (answer.status_code, answer.json()["code"]) == (422, "ledger.not_known")
    assert answer.json()["facts"]["not_known"] == [{"item": "SKU-9"}, {"place": "home/x"}]


def test_ten_thousand_lines_are_taken_in_one_call_and_one_more_is_not(caller):
    many = [document(f"P-{n}", *[line(1)] * 100) for n in range(100)]

    assert caller.post("/documents/bulk", {"documents": many}).status_code == 200
    answer = caller.post("/documents/bulk", {"documents": [*many, document("P-100")]})
    assert (answer.status_code, answer.json()["code"]) == (422, "web.faulty")
    assert listed(caller, "/balances?item=SKU-1&place=home", "quantity") == [(10_000,)]


def test_all_faults_of_a_document_are_told_at_once(caller):
    answer = caller.post("/documents", document("P-1", line(0), line(1.5), line("x")) | {"x": 1})

    places = [fault["at"] for fault in answer.json()["facts"]["faults"]]
    assert answer.status_code == 422
    assert places == [["lines", n, "quantity"] for n in range(3)] + [["x"]]


def test_a_reversal_is_posted_by_reversing_only(caller):
    answer = caller.post("/documents", document("R-1", kind="reversal"))

    assert answer.status_code == 422


# --- Reversing ---


def test_a_document_is_reversed_and_its_reversal_names_it(caller):
    id = caller.post("/documents", document("P-1")).json()["id"]
    body = {"number": "R-1", "on": "2026-03-02", "note": "typed twice"}
    back = caller.post(f"/documents/{id}/reverse", body)

    assert back.status_code == 200
    assert listed(caller, "/documents", "number", "reverses") == [("R-1", id), ("P-1", None)]
    assert listed(caller, "/balances", "quantity") == []
    again = caller.post(f"/documents/{id}/reverse", body | {"number": "R-2"})
    assert (again.status_code, again.json()["code"]) == (409, "ledger.not_reversible")


def test_a_document_of_another_enterprise_cannot_be_reversed(caller):
    other = new_caller()
    id = caller.post("/documents", document("P-1")).json()["id"]
    body = {"number": "R-1", "on": "2026-03-02", "note": "not mine"}

    answers = [
        other.post(f"/documents/{each}/reverse", body).json()
        for each in (id, "01a216d6-8bef-7284-9414-591751fd3e37")
    ]
    assert [answer["found"] for answer in answers] == ["There is no such document."] * 2


# --- Listing ---


def test_lists_are_narrowed(caller):
    caller.post("/documents", document("P-1", line(5, lot="L1"), line(4, item="SKU-2")))
    caller.post("/documents", document("P-12", line(3)))
    caller.post("/documents", document("S-1", line(2, HOME, CUSTOMER), kind="sale"))

    assert listed(caller, "/documents?number=P-1", "number") == [("P-1",), ("P-12",)]
    assert listed(caller, "/documents?kind=sale", "number") == [("S-1",)]
    assert listed(caller, "/documents?first=2026-03-02", "number") == []
    assert listed(caller, "/documents?last=2026-03-01&first=2026-03-01", "number") == [
        ("S-1",), ("P-12",), ("P-1",),
    ]  # fmt: skip
    assert listed(caller, "/movements?item=SKU-2", "quantity") == [(4,)]
    assert listed(caller, "/movements?lot=L1", "quantity") == [(5,)]
    assert listed(caller, f"/movements?place={CUSTOMER}", "quantity") == [(2,)]
    assert listed(caller, f"/movements?place={HOME}&item=SKU-1", "quantity") == [(2,), (3,), (5,)]
    assert listed(caller, "/places?path=home", "path") == [(HOME,)]
    assert listed(caller, "/items?item=SKU", "code", "kind") == [
        ("SKU-1", "goods"), ("SKU-2", "goods"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/movements?",
        f"/movements?place={HOME}&",
        "/balances?",
        "/documents?",
        "/documents?number=P&",
        "/places?",
        "/items?",
    ],
)
def test_pages_in_either_direction_give_every_row_once(caller, path):
    for n in range(7):
        caller.post("/documents", document(f"P-{n}", line(n + 1, lot=f"L{n}"), line(1)))
    whole = caller.get(path).json()["items"]

    pages, cursor = [], ""
    while True:
        page = caller.get(f"{path}limit=3{cursor}").json()
        pages.append(page["items"])
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [row for rows in pages for row in rows] == whole
    back = [pages[-1]]
    while page["previous"] is not None:
        page = caller.get(f"{path}limit=3&cursor={page['previous']}").json()
        if page["items"]:
            back.append(page["items"])
    assert [row for rows in reversed(back) for row in rows] == whole


def test_a_lot_is_walked(caller):
    caller.post("/documents", document("P-1", line(5, lot="L1")))
    caller.post("/documents", document("T-1", line(3, HOME, ABROAD, lot="L1"), kind="transfer"))
    answer = caller.get(f"/lots/walk?item=SKU-1&lot=L1&place={ABROAD}")

    assert [(step["number"], step["hops"]) for step in answer.json()] == [("T-1", 1), ("P-1", 2)]


def test_the_chain_is_shown(caller):
    caller.post("/documents", document("P-1"))
    (link,) = seal_all(caller.enterprise)

    assert listed(caller, "/seals", "number", "documents", "chain") == [(1, 1, link.chain.hex())]


# --- Opening ---


def test_places_and_currencies_are_opened_once(caller):
    body = {"paths": ["warehouse/DUI1/A-01", "bank/CMB", HOME]}

    assert caller.post("/places", body).json() == {"new": ["bank/CMB", "warehouse/DUI1/A-01"]}
    assert caller.post("/places", body).json() == {"new": []}
    assert caller.post("/currencies", {"code": "EUR", "digits": 2}).json() == {"new": ["EUR"]}
    assert caller.post("/currencies", {"code": "EUR", "digits": 2}).json() == {"new": []}
    other = caller.post("/currencies", {"code": "EUR", "digits": 3})
    assert (other.status_code, other.json()["code"]) == (409, "ledger.other_item")


def test_money_moves_like_goods(caller):
    caller.post("/currencies", {"code": "CNY", "digits": 2})
    caller.post("/places", {"paths": ["bank/CMB", "payable/A"]})
    paid = document("B-1", line(12_345, "bank/CMB", "payable/A", "CNY"), kind="payment")

    assert caller.post("/documents", paid).status_code == 200
    assert listed(caller, "/balances?item=CNY", "place", "quantity") == [
        ("bank/CMB", -12_345), ("payable/A", 12_345),
    ]  # fmt: skip


@given(st.text(max_size=20), st.sampled_from([*ROOTS, "moon", ""]))
@settings(max_examples=200)
def test_a_place_is_a_root_and_names(name, root):
    path = f"{root}/{name}"
    expected = (
        root in ROOTS
        and 1 <= name.count("/") + 1 <= 5
        and all(
            part and part == part.strip() and not any(ord(c) < 32 or ord(c) == 127 for c in part)
            for part in name.split("/")
        )
    )

    assert is_place(path) == expected


# --- Telling others ---


def test_who_wants_to_know_is_told_of_what_was_posted(caller):
    with within(caller.enterprise):
        Webhook.objects.create(
            url="https://example.com/", secret=b"x", made_by="system",
            events=["document.posted", "document.reversed"],
        )  # fmt: skip
    id = caller.post("/documents", document("P-1")).json()["id"]
    caller.post("/documents", document("P-1"))
    caller.post(f"/documents/{id}/reverse", {"number": "R-1", "on": "2026-03-02", "note": "wrong"})

    with within(caller.enterprise):
        told = list(Delivery.objects.order_by("id").values_list("event", flat=True))
    assert told == ["document.posted", "document.reversed"]
