# SPDX-License-Identifier: Apache-2.0
"""Stock, movements, the search: from a number to the movements behind it, and to what made them."""

from __future__ import annotations

import os
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import PRODUCT
from entrepot.catalog.words import words_of
from entrepot.ledger.actions import post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Document as Booked
from entrepot.ledger.opening import open_places
from entrepot.ledger.sealing import seal_all
from entrepot.people.database import raw_cursor
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.models import Parcel, Wave
from entrepot.warehouse.outbound.changing import set_tracking
from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import A1, A2, DUI, L1, open_floor, order, stock, taken

XSS = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def floor(desk: None) -> Person:
    """Stock of three SKUs, two of them with lots, an order, and a count."""
    person = new_person()
    open_floor(person.enterprise)
    stock(person.enterprise, A1, 1234)
    stock(person.enterprise, A2, 5, "SKU-2", date(2024, 1, 1))
    stock(person.enterprise, f"{DUI}/@receiving", 7)
    with person.within():
        masters.put(PRODUCT, [{
            "sku": "SKU-3", "name": f"Charger {XSS}", "name_zh": "快速充电器",
            "gtin": "4006381333931", "hs_code": "8504401400",
        }])  # fmt: skip
        open_places(["home/NB1", "voyage/C-1", "customer/shop", "lost/DUI1"])
        for number, line in (
            ("O-1", Line("SKU-3", 10, "supplier/A", "home/NB1", "L-7")),
            ("O-2", Line("SKU-3", 6, "home/NB1", "voyage/C-1", "L-7")),
            ("O-3", Line("SKU-3", 4, "voyage/C-1", L1, "L-7")),
            ("O-4", Line("SKU-3", 1, L1, "customer/shop", "L-7")),
        ):
            post(Document("by_hand", number, date(2026, 3, 2), [line], f"{XSS} 客户退回"))
        post(Document("count", "C000001-1", date(2026, 3, 3),
                      [Line("SKU-1", 3, A1, "lost/DUI1")], "盘点差异 A区"))  # fmt: skip
    taken(person.enterprise, order("W-100", ("SKU-1", 2)))
    return person


def exported(person: Person, path: str, language: str = "en") -> str:
    answered = person.get(path, language)
    assert answered.status_code == 200, answered.content
    return b"".join(answered.streaming_content).decode("utf-8-sig")


def test_stock_by_sku_says_what_is_there_free_and_on_the_way(floor):
    rows = exported(floor, "/stock/?export=csv").splitlines()

    assert rows[0] == "SKU,Name,On hand,Reserved,Free,On the way,By warehouse"
    assert rows[1].startswith("SKU-1,SKU-1,1238,0,1231,0,")
    assert rows[3].startswith(f"SKU-3,Charger {XSS},7,0,3,2,")
    assert "快速充电器" in exported(floor, "/stock/?export=csv", "zh-hans")
    assert (
        exported(floor, "/stock/?export=csv&warehouse=warehouse/LON1&is_there=on").count("\n") == 2
    )


def test_a_warehouse_shows_its_places_and_a_place_what_lies_there(floor):
    page = floor.text(f"/stock/places/?warehouse={DUI}")

    assert f"{DUI}/@receiving" in page
    assert "1,231" in page
    assert L1 not in page
    assert "SKU-1" in floor.text(f"/stock/place/?place={A1}")
    assert floor.get("/stock/place/?place=warehouse/DUI1/none").status_code == 404
    assert floor.get("/stock/place/?place=%00").status_code == 400


def test_a_lot_is_where_its_units_are_and_its_way_is_walked(floor):
    assert exported(floor, "/stock/lots/?export=csv&lot=L-").count("L-7") == 4
    page = floor.text(f"/stock/lot/?sku=SKU-3&lot=L-7&place={L1}")

    assert page.index("O-3") < page.index("O-2") < page.index("O-1") < page.index("O-4")


def test_what_lies_longest_comes_first_in_its_bucket(floor):
    rows = exported(floor, "/stock/ages/?export=csv").splitlines()

    assert "over a year,SKU-2" in rows[1]
    assert exported(floor, "/stock/ages/?export=csv&age=366").count("\n") == 2
    assert "一年以上" in floor.text("/stock/ages/", "zh-hans")


def test_why_a_sku_is_short_leads_to_the_count(floor):
    with floor.within():
        post(
            Document(
                "count",
                "C000002-1",
                timezone.localdate(),
                [Line("SKU-1", 3, A1, "lost/DUI1")],
                "again",
            )
        )
    page = floor.text("/stock/sku/SKU-1/")

    (behind, *_) = re.findall(r'href="(/movements/[^"]*kind=count[^"]*)"', page)
    found = floor.text(behind.replace("&amp;", "&"))
    assert "C000002-1" in found
    assert "C000001-1" not in found.split("<tbody>")[1]
    assert floor.get("/stock/sku/none/").status_code == 404
    assert "count" in exported(floor, "/stock/sku/SKU-1/?export=csv&table=changes")


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("item=SKU-3", ["O-4", "O-3", "O-2", "O-1"]),
        (f"place={L1}", ["O-4", "O-3"]),
        (f"place={L1}&q=O-3", ["O-3"]),
        ("item=SKU-3&q=退回", ["O-4", "O-3", "O-2", "O-1"]),
        ("lot=L-7&number=O-2", ["O-2"]),
        ("number=O-", ["O-1", "O-2", "O-3", "O-4"]),
        ("kind=by_hand", ["O-4", "O-3", "O-2", "O-1"]),
        ("first=2026-03-02&last=2026-03-02", ["O-4", "O-3", "O-2", "O-1"]),
        ("q=O-4", ["O-4"]),
        ("q=客户 退", ["O-4", "O-3", "O-2", "O-1"]),
        ("q=差", ["C000001-1"]),
        ("q=L-7", ["O-4", "O-3", "O-2", "O-1"]),
        ("q=B-01", ["O-4", "O-3"]),
        ("q=voyage/", ["O-3", "O-2"]),
        ("q=script客户 alert", ["O-4", "O-3", "O-2", "O-1"]),
        ("q=nothing like it", []),
    ],
)
def test_movements_are_found(floor, asked, numbers):
    rows = exported(floor, f"/movements/?export=csv&{asked}").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == numbers


def test_the_database_cuts_words_as_the_search_does(floor):
    texts = [
        "盘点差异 A-01",
        "USB充电器",
        "Straße Ä_b",
        "ｆｕｌｌ　Ｗ",
        "カナ 한국어 𠮷野 々",
        "x" * 99,
        " ",
    ]
    with floor.within(), raw_cursor() as cursor:
        for text in texts:
            found = {word for (word,) in cursor.execute("SELECT ledger_words(%s)", [text])}
            assert found == words_of([text])


def test_pages_of_movements_go_on_where_the_last_ended_and_back(floor):
    with floor.within():
        for number in range(8):
            lines = [Line("SKU-2", 1, "supplier/A", A2) for _ in range(40)]
            post(Document("many", f"M-{number}", date(2025, 5, 1 + number // 2), lines, "许多行"))
    for asked in ("number=M-", "first=2025-05-01&last=2025-05-09", "q=许多行", "item=SKU-2"):
        pages, url = [], f"/movements/?{asked}"
        while url:
            pages.append(floor.text(url))
            url = linked(pages[-1], "next")
        numbers = [number for page in pages for number in re.findall(r">(M-\d)</a>", page)]
        assert len(numbers) == 320, asked
        assert sorted(numbers, reverse=numbers[0] == "M-7") == numbers
        assert len(pages) == 7
        assert floor.text(linked(pages[-1], "prev")).count("<tr>") == 51


def linked(page: str, rel: str) -> str:
    """Where the next page is, or the one before."""
    found = re.findall(f'rel="{rel}" href="([^"]*)"', page)
    return f"/movements/{found[0]}".replace("&amp;", "&") if found else ""


def test_a_document_shows_its_seal_and_is_taken_back_once_with_a_reason(floor):
    with floor.within():
        id = post(Document("by_hand", "R-1", date(2026, 3, 4),
                           [Line("SKU-2", 2, "supplier/A", A2)], XSS)).id  # fmt: skip
    at = f"/movements/{id}/"
    assert "not sealed yet" in floor.text(at)
    seal_all(floor.enterprise)
    page = floor.text(at)
    assert "sealed in seal" in page
    assert XSS not in page

    assert floor.post(at, {"note": ""}).status_code == 409
    back = floor.post(at, {"note": f"typed twice {XSS}"})
    assert back.status_code == 302
    assert "typed twice &lt;script&gt;" in floor.text(at)
    assert floor.post(at, {"note": "once more"}).status_code == 409
    assert "This document takes back" in floor.text(back.headers["Location"])
    partner = new_person("partner", floor.enterprise)
    assert 'name="note"' not in partner.text(at)
    assert partner.post(at, {"note": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("W-100", "/orders/"),
        ("w-100", "/orders/"),
        ("4006381333931", "/stock/sku/SKU-3/"),
        ("SKU-2", "/stock/sku/SKU-2/"),
        ("充电", "/stock/sku/SKU-3/"),
        ("O-2", "/movements/"),
        ("A-02", "/stock/place/?place=warehouse%2FDUI1%2FA-02"),
    ],
)
def test_one_clear_hit_opens_at_once(floor, text, at):
    answered = floor.client.get("/search/", {"q": text})

    assert answered.status_code == 302, answered.content.decode()
    assert answered.headers["Location"].startswith(at)


def test_the_search_shows_groups_and_says_what_can_be_found(floor):
    assert "Documents by their notes" in floor.text("/search/?q=客户")
    page = floor.text(f"/search/?q={XSS}none")
    assert XSS not in page
    assert "Orders, by the beginning" in page
    partner = new_person("partner", floor.enterprise)
    assert "Orders, by the beginning" not in partner.text("/search/?q=none")
    assert partner.get("/search/?q=W-100").status_code == 200
    assert new_person().get("/search/?q=W-100").status_code == 200


def test_a_tracking_number_opens_its_parcel_and_what_left_leads_back_to_the_order(desk):
    person = new_person()
    open_floor(person.enterprise)
    stock(person.enterprise, A1, 10)
    orders = taken(person.enterprise, order("T-1", ("SKU-1", 2)))
    with person.within():
        allocate_orders(orders)
    assert "T-1" in person.text("/stock/sku/SKU-1/").split('id="reserved"')[1]
    person.post("/outbound/new/", {"warehouse": "DUI1", "most": "10"})
    with person.within():
        at = f"/outbound/waves/{Wave.objects.get().id}"
    for step in ("pick", "pack"):
        person.post(f"{at}/{step}")
    with person.within():
        parcel = Parcel.objects.get()
        set_tracking(parcel.id, carrier="DHL", tracking="JD0146000123")
    person.post(f"{at}/ship")

    assert person.get("/search/?q=jd0146000123").headers["Location"].endswith(f"/{parcel.id}/")
    assert person.get(f"/search/?q={parcel.number}").headers["Location"].endswith(f"/{parcel.id}/")
    with person.within():
        shipped = Booked.objects.get(kind="shipment")
    page = person.text(f"/movements/{shipped.id}/")
    assert f'href="/orders/{orders[0]}/"' in page
    assert 'name="note"' not in page
    person.post(f"/movements/{shipped.id}/", {"note": "by force"})
    with person.within():
        assert not Booked.objects.filter(kind="reversal").exists()


@pytest.mark.parametrize(
    "path",
    ["/stock/", f"/stock/places/?warehouse={DUI}", f"/stock/place/?place={A1}", "/stock/lots/",
     "/stock/lot/?sku=SKU-3&lot=L-7", "/stock/ages/", "/stock/sku/SKU-3/", "/movements/",
     "/movements/?q=W", "/search/?q=S", "/help/stock/", "/help/movements/", "/help/search/"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_there_with_few_queries_and_escaped(floor, path, language):
    with CaptureQueriesContext(connection) as asked:
        page = floor.text(path, language)

    assert len(asked) <= 20
    assert XSS not in page
    assert new_person("partner", floor.enterprise).get(path).status_code == 200


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_pages_fit_and_the_browser_complains_of_nothing(browser, address, floor, language, size):
    with floor.within():
        id = post(Document("by_hand", f"B-{language}-{size['width']}", timezone.localdate(),
                           [Line("SKU-1", 20, "supplier/A", A1)], "入库 by hand")).id  # fmt: skip
    page = opened(browser, address, floor, language=language, size=size)
    for name, path in {
        "today": "/today/", "stock": "/stock/", "places": f"/stock/places/?warehouse={DUI}",
        "place": f"/stock/place/?place={A1}", "lots": "/stock/lots/", "ages": "/stock/ages/",
        "lot": f"/stock/lot/?sku=SKU-3&lot=L-7&place={L1}", "sku": "/stock/sku/SKU-1/",
        "movements": "/movements/", "document": f"/movements/{id}/", "search": "/search/?q=S",
        "none": "/search/?q=nothing",
    }.items():  # fmt: skip
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        assert page.complaints == [], path
        if folder := os.environ.get("SCREENSHOTS"):
            at = f"{folder}/{name}-{language}-{size['width']}.png"
            page.screenshot(path=at, full_page=True)
    page.context.close()


def test_a_clear_hit_opens_by_keyboard(browser, address, floor):
    page = opened(browser, address, floor)
    page.goto("/stock/")
    page.keyboard.press("/")
    page.keyboard.type("W-100")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/*/")
    page.goto("/search/?q=SKU")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/stock/sku/SKU-1/")
    page.context.close()
