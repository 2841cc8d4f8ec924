# SPDX-License-Identifier: Apache-2.0
"""Shops and the rules of allocation on pages: a secret is never shown, a fault is at its field."""

from __future__ import annotations

import pytest

from entrepot.people.models import AuditEntry
from entrepot.warehouse.allocation.ruling import policy
from entrepot.warehouse.models import Route, Shop, ShopEvent
from entrepot.warehouse.shops.connecting import secret_of
from entrepot.warehouse.shops.taking import Message, receive
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import open_floor

SHOP = {
    "name": "<script>alert(1)</script>", "channel": "shopify", "secret": "shpss_123456789",
    "promise_days": "2", "services": "EXPRESS = dhl", "digits": "JPY = 0", "is_active": "on",
}  # fmt: skip


@pytest.fixture
def floor(desk: None) -> Person:
    person = new_person()
    open_floor(person.enterprise)
    return person


def test_a_shop_is_connected_and_its_secret_never_shown(floor):
    answered = floor.client.post("/orders/shops/connect/", SHOP, follow=True)
    text = answered.content.decode()
    id = answered.redirect_chain[-1][0]

    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text
    assert "http://localhost/hooks/shopify/" in text
    changed = floor.client.post(id, SHOP | {"name": "Lanting", "secret": ""}, follow=True)
    assert "shpss_123456789" not in text + changed.content.decode()
    with floor.within():
        shop = Shop.objects.get()
        assert (shop.name, shop.services, shop.digits) == (
            "Lanting",
            {"EXPRESS": "dhl"},
            {"JPY": 0},
        )
        assert secret_of(shop) == b"shpss_123456789"
    assert "Lanting" in floor.text("/orders/shops/", "zh-hans")


def test_what_does_not_fit_is_said_at_its_field(floor):
    wrong = {"channel": "a/b", "secret": "short", "country": "de", "digits": "yen = many"}
    refused = floor.post("/orders/shops/connect/", SHOP | wrong)

    assert refused.status_code == 422
    assert refused.content.decode().count('aria-invalid="true"') == len(wrong)


def test_what_a_shop_told_and_could_not_be_taken_is_tried_again(floor):
    floor.post("/orders/shops/connect/", SHOP)
    with floor.within():
        receive(Shop.objects.get(), Message("orders/create", b'{"id": 1, "x": "<b>"}'))
        event = ShopEvent.objects.get()
    page = "/orders/shops/events/?state=" + event.state

    text = floor.text(page)
    assert "orders/create" in text
    assert "<b>" not in text
    floor.post("/orders/shops/events/again", {"events": [str(event.id)]})
    said = floor.client.post("/orders/shops/events/again", {"events": ["x"]})

    assert said.status_code == 404
    with floor.within():
        assert ShopEvent.objects.get().attempts == event.attempts + 1


def test_rules_are_set_and_each_change_is_audited(floor):
    given = {"criterion_1": "cost", "criterion_2": "cost", "criterion_3": "age", "may_split": "on"}
    floor.post("/orders/rules/policy/", given)
    route = {"warehouse": "DUI1", "country": "DE", "rank": "1", "cost": "4.90", "distance_km": "0"}
    floor.post("/orders/rules/routes/add/", route)
    twice = floor.post("/orders/rules/routes/add/", route)
    text = floor.text("/orders/rules/")

    assert twice.status_code == 422
    assert "come twice" in twice.content.decode()
    assert "4.90" in text
    with floor.within():
        now = policy()
        assert (now.criteria, now.whole_first, now.may_split) == (["cost", "age"], False, True)
        id = Route.objects.get().id
    floor.post("/orders/rules/routes/remove", {"routes": [str(id)]})
    with floor.within():
        assert not Route.objects.exists()
        assert {"route.added", "routes.removed"} <= set(
            AuditEntry.objects.values_list("action", flat=True)
        )


def test_only_who_may_write_changes_them(floor):
    reader = new_person("finance", floor.enterprise)

    assert "Connect a shop" not in reader.text("/orders/shops/")
    assert reader.post("/orders/shops/connect/", SHOP).status_code == 409
    assert reader.post("/orders/rules/routes/remove").status_code == 409
