# SPDX-License-Identifier: Apache-2.0
"""What shops tell is taken in once, whatever its order, and only where it is signed."""

from __future__ import annotations

import json
import random
from datetime import date

import pytest

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import PRODUCT
from entrepot.ledger.models import Balance
from entrepot.people.database import raw_cursor
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from entrepot.warehouse.models import Order, Shop, ShopEvent
from entrepot.warehouse.orders.changing import Cancel, cancel
from entrepot.warehouse.orders.recipients import recipient_of
from entrepot.warehouse.outbound.picking import pick_orders, put_back
from entrepot.warehouse.shops.connecting import address_of, read_address
from entrepot.warehouse.shops.taking import Message, receive, retry, retry_waiting
from tests.warehouse.floor import A1, check_reserved, open_floor, stock
from tests.warehouse.shop_kit import ADDRESS, FIXTURES, connect, line, real, said, send, signature

CREATED, UPDATED, CANCELLED = "orders/create", "orders/updated", "orders/cancelled"


@pytest.fixture
def floor(enterprise):
    return open_floor(enterprise)


@pytest.fixture
def shop(floor):
    for sku in ("SKU-1", "SKU-2", "SKU-3"):
        stock(floor, A1, 1000, sku)
    return connect(floor, services={"DHL": "standard"})


def told(shop, topic, order, id=""):
    """A message that is taken in; what became of it."""
    with within(shop.enterprise_id):
        event = receive(shop, Message(topic, json.dumps(order).encode(), id))
    return None if event is None else (event.state, event.outcome)


def orders(shop):
    """Every order, but for the ids of rows: what it says, its lines, what is reserved."""
    with within(shop.enterprise_id):
        return [
            (o.number, o.state, o.promised_on, o.country, o.postcode, o.currency, o.service,
             bytes(o.hash), [(x.line_no, x.sku, x.quantity, x.amount, x.cancelled, x.allocated)
                             for x in o.lines.order_by("line_no")])
            for o in Order.objects.order_by("number")
        ]  # fmt: skip


def test_an_order_of_a_shop_is_taken_in_and_reserved_for(shop):
    order = said(1, 0, ("SKU-1", 2), ("SKU-2", 1))
    order["line_items"][0]["discount_allocations"] = [{"amount": "1.05"}]
    order["line_items"].append(line(9, "GIFT", 1, requires_shipping=False))

    assert send(shop, CREATED, order).content == b"taken"

    ((number, state, promised, country, postcode, currency, service, _, lines),) = orders(shop)
    assert (number, state, country, postcode, currency, service) == (
        "#1", "open", "DE", "50667", "EUR", "standard",
    )  # fmt: skip
    assert promised == date(2026, 3, 3)
    assert lines == [(1, "SKU-1", 2, 1875, 0, 2), (2, "SKU-2", 1, 990, 0, 1)]
    with within(shop.enterprise_id), raw_cursor() as cursor:
        its = recipient_of(cursor, Order.objects.get().id)
        assert (its["name"], its["email"]) == ("Ada Lovelace", "ada@example.com")
        event = ShopEvent.objects.get()
        assert b"Lovelace" not in bytes(event.body)
    check_reserved(shop.enterprise_id)


def test_what_is_not_signed_is_refused_and_leaves_nothing(shop):
    body = json.dumps(said()).encode()
    address = address_of(shop)
    nobody = Shop(id=shop.id, enterprise_id=shop.id)

    answers = [
        send(shop, CREATED, body, **{"X-Shopify-Hmac-Sha256": wrong})
        for wrong in ("", "x", "ä", signature(body, "another secret"), signature(body + b" "))
    ]
    answers.append(send(nobody, CREATED, body))

    assert {(a.status_code, a.json()["code"], a.json()["found"]) for a in answers} == {
        (403, "warehouse.not_signed", answers[0].json()["found"])
    }
    with within(shop.enterprise_id):
        assert not ShopEvent.objects.exists()
    assert read_address(address) == (shop.enterprise_id, shop.id)
    for wrong in ("", address[:-1], address + "A", address[:-1] + "_", "ä" * 43):
        assert read_address(wrong) is None or wrong == address


def test_a_shop_that_is_off_takes_nothing_and_a_body_is_bounded(shop):
    assert send(shop, CREATED, b" " * (2**20 + 1)).status_code == 413
    with within(shop.enterprise_id):
        Shop.objects.update(is_active=False)

    assert send(shop, CREATED, said()).status_code == 403


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b"{}", b'{"id": 1}', b"\xff", b'{"id": 1, "name": "\\u0000"}',
    json.dumps(said(currency="euro")).encode(), json.dumps(said(updated_at="soon")).encode(),
    json.dumps(said(line_items=[line(1, "SKU-1", -1)])).encode(),
    json.dumps(said(line_items=[line(1, "SKU-1", 1, price="9.999")])).encode(),
    json.dumps(said(line_items=[line(1, "SKU-1", 1, price="NaN")])).encode(),
    json.dumps(said(line_items="many")).encode(), json.dumps(said(name="n" * 81)).encode(),
    b"[" * 3000,
])  # fmt: skip
def test_what_makes_no_sense_is_kept_with_the_reason(shop, body):
    assert send(shop, CREATED, body).content == b"refused"

    with within(shop.enterprise_id):
        event = ShopEvent.objects.get()
        assert event.problem["code"] == "warehouse.unfit_event"
        assert not Order.objects.exists()


def test_the_same_message_is_taken_in_once(shop):
    assert send(shop, CREATED, said(), "one").content == b"taken"
    assert send(shop, CREATED, said(), "one").content == b"before"
    event = {"X-Shopify-Event-Id": "e1"}
    assert send(shop, UPDATED, said(1, 1), "two", **event).content == b"taken"
    assert send(shop, UPDATED, said(1, 1), "three", **event).content == b"before"

    assert len(orders(shop)) == 1


def test_what_is_no_order_is_kept_only(shop):
    assert told(shop, "refunds/create", {"order_id": 1}) == ("kept", "only kept")


def test_an_order_that_came_after_its_cancellation_stays_cancelled(shop):
    gone = said(1, 5, ("SKU-1", 2), cancelled_at="2026-03-02T10:05:00+01:00")

    assert told(shop, CANCELLED, gone) == ("taken", "cancelled")
    assert told(shop, CREATED, said(1, 0, ("SKU-1", 2))) == ("taken", "cancelled")

    ((_, state, *_, lines),) = orders(shop)
    assert (state, lines) == ("cancelled", [(1, "SKU-1", 2, 1980, 2, 0)])


def test_a_cancellation_without_lines_is_remembered(shop):
    gone = said(1, 5, line_items=[], cancelled_at="2026-03-02T10:05:00+01:00")

    assert told(shop, CANCELLED, gone) == ("taken", "cancelled before it came")
    told(shop, CREATED, said(1, 0))

    assert [each[1] for each in orders(shop)] == ["cancelled"]


def test_an_older_message_changes_nothing(shop):
    told(shop, UPDATED, said(1, 9, ("SKU-1", 3)))
    before = orders(shop)

    assert told(shop, UPDATED, said(1, 4, ("SKU-1", 5)))[1] == "older than what is known"

    assert orders(shop) == before


def test_an_unknown_sku_waits_as_an_open_question_until_the_product_is_there(shop):
    assert told(shop, CREATED, said(1, 0, ("NEW", 1))) == ("waiting", "warehouse.unknown_sku")
    with within(shop.enterprise_id):
        assert ShopEvent.objects.get(state="waiting").problem["facts"] == {"skus": ["NEW"]}
        assert retry_waiting() == (1, 0)
        masters.put(PRODUCT, [{"sku": "NEW", "name": "New"}])
    with within(shop.enterprise_id):
        event = retry(ShopEvent.objects.get().id)
        assert (event.state, event.problem, event.attempts) == ("taken", None, 3)

    assert [each[0] for each in orders(shop)] == ["#1"]


def test_a_currency_nobody_knows_and_an_order_without_a_country_are_open_questions(floor):
    shop = connect(floor, digits={})
    assert told(shop, CREATED, said(1)) == ("waiting", "warehouse.open_question")
    other = connect(floor, channel="other")
    assert told(other, CREATED, said(2, 0, shipping_address=None))[0] == "waiting"

    here = connect(floor, channel="third", country="FR")
    assert told(here, CREATED, said(3, 0, shipping_address=None))[0] == "taken"
    assert [each[3] for each in orders(here)] == ["FR"]


def test_a_cancellation_of_what_is_picked_waits_until_it_is_put_back(shop):
    told(shop, CREATED, said())
    with within(shop.enterprise_id):
        id = Order.objects.get().id
        pick_orders([id])
    gone = said(1, 5, cancelled_at="2026-03-02T10:05:00+01:00")

    assert told(shop, CANCELLED, gone) == ("waiting", "warehouse.already_picked")

    with within(shop.enterprise_id):
        put_back([id])
        assert retry_waiting() == (1, 1)
    assert [each[1] for each in orders(shop)] == ["cancelled"]


def test_what_was_cancelled_here_stays_so(shop):
    told(shop, CREATED, said())
    with within(shop.enterprise_id):
        cancel([Cancel(Order.objects.get().id)])

    told(shop, UPDATED, said(1, 5, ("SKU-1", 4)))

    ((_, state, *_, lines),) = orders(shop)
    assert (state, lines) == ("cancelled", [(1, "SKU-1", 4, 3960, 4, 0)])


#: Some orders with a history each: made, changed, cancelled, in the order in which it happened.
HISTORY = [
    *[(CREATED, said(n, 0, ("SKU-1", 2), ("SKU-2", 3))) for n in range(6)],
    (UPDATED, said(1, 1, ("SKU-1", 2), ("SKU-2", 3), ("SKU-3", 1))),
    (UPDATED, said(1, 2, ("SKU-1", 5), ("SKU-2", 3), ("SKU-3", 1), note="ring twice")),
    (UPDATED, said(2, 1, line_items=[line(1, "SKU-1", 2, current_quantity=1),
                                     line(2, "SKU-2", 3, current_quantity=0)])),
    (UPDATED, said(2, 2, line_items=[line(1, "SKU-1", 1),
                                     line(2, "SKU-2", 3, current_quantity=0)])),
    (CANCELLED, said(3, 4, ("SKU-1", 2), ("SKU-2", 3), cancelled_at="2026-03-02T10:04:00+01:00")),
    (UPDATED, said(3, 6, ("SKU-1", 1), ("SKU-2", 3), cancelled_at="2026-03-02T10:04:00+01:00")),
    (UPDATED, said(4, 3, ("SKU-1", 2), ("SKU-2", 3), shipping_address=ADDRESS | {"zip": "20095"})),
    (UPDATED, said(5, 1, ("SKU-1", 2), ("SKU-2", 1))),
    (CANCELLED, said(5, 2, line_items=[], cancelled_at="2026-03-02T10:02:00+01:00")),
]  # fmt: skip


def book(shop):
    with within(shop.enterprise_id):
        rows = Balance.objects.exclude(quantity=0).order_by("place", "item")
        return [(b.place, b.item, b.quantity, b.reserved) for b in rows]


@pytest.mark.parametrize("seed", range(4))
def test_five_times_in_any_order_is_the_same_book(shop, seed):
    for topic, order in HISTORY:
        told(shop, topic, order)
    expected = orders(shop), book(shop)
    check_reserved(shop.enterprise_id)
    other = open_floor(Enterprise.objects.create().id)
    for sku in ("SKU-1", "SKU-2", "SKU-3"):
        stock(other, A1, 1000, sku)
    again = connect(other, services={"DHL": "standard"})
    shuffled = HISTORY * 5
    random.Random(seed).shuffle(shuffled)

    taken = [told(again, topic, order) for topic, order in shuffled]

    assert [each for each in taken if each and each[0] != "taken"] == []
    assert (orders(again), book(again)) == expected
    check_reserved(other)


@real
def test_the_orders_of_shopifys_own_fixtures(floor):
    shop = connect(floor)
    one = json.loads((FIXTURES / "order.json").read_text("utf-8"))
    skus = [each["sku"] for each in one["order"]["line_items"]]

    assert send(shop, CREATED, one).content == b"waiting"
    with within(floor):
        masters.put(PRODUCT, [{"sku": sku, "name": sku} for sku in skus])
    with within(floor):
        assert retry_waiting() == (1, 1)

    ((number, state, promised, country, postcode, currency, *_, lines),) = orders(shop)
    assert (number, state, promised, country, postcode, currency) == (
        "#1001", "open", date(2008, 1, 12), "US", "40202", "USD",
    )  # fmt: skip
    assert sorted(each[1:4] for each in lines) == sorted((sku, 1, 19900) for sku in skus)
    refund = json.loads((FIXTURES / "refund.json").read_text("utf-8"))
    assert send(shop, "refunds/create", refund).content == b"kept"
