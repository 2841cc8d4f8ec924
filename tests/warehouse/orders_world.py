# SPDX-License-Identifier: Apache-2.0
"""A row of everything that the API of orders shows, all named by a tag."""

from __future__ import annotations

from entrepot.ledger.opening import open_items
from entrepot.people.tenancy import within
from entrepot.warehouse.models import Shop
from entrepot.warehouse.shops.taking import Message, receive
from tests.jobs.callers import Caller

MAPPING = """
channel = "shop"
destination = "DE"
[columns]
order_no = "n"
sku = "sku"
quantity = "q"
ordered_at = "at"
[days]
forms = ["%Y-%m-%d"]
"""


def add_orders(caller: Caller, tag: str) -> None:
    """Orders, one of them in a parcel; a route, a mapping, a file, a shop and what it told."""
    sku, warehouse = f"{tag}-SKU", f"{tag}W"
    opening = {
        "kind": "opening", "number": f"{tag}-orders", "on": "2026-03-01",
        "lines": [{"item": sku, "quantity": 9, "from_place": f"supplier/{tag}P",
                   "to_place": f"warehouse/{warehouse}"}],
    }  # fmt: skip
    assert caller.post("/documents", opening).status_code == 200
    route = {"country": "DE", "warehouse": warehouse}
    assert caller.ask("PUT", "/routes", {"routes": [route]}).status_code == 200
    orders = [
        {"channel": tag, "number": f"{tag}-{n}", "ordered_at": "2026-03-01T12:00:00Z",
         "promised_on": "2026-03-02", "country": "DE", "currency": "EUR", "note": f"{tag} says",
         "recipient": {"name": f"{tag} Lovelace"}, "lines": [{"sku": sku, "quantity": 2}]}
        for n in (1, 2)
    ]  # fmt: skip
    taken = caller.post("/orders/bulk", {"orders": orders})
    assert taken.status_code == 201, taken.content
    assert [each["reserved"] for each in taken.json()["allocated"]] == [2, 2]
    first = taken.json()["taken"][0]["id"]
    for order in (first, taken.json()["taken"][1]["id"]):
        wave = caller.post("/waves", {"warehouse": warehouse, "orders": [order]})
        assert wave.status_code == 201, wave.content
        if order == first:
            assert caller.post(f"/waves/{wave.json()['id']}/pick").status_code == 200
    packed = caller.post("/parcels", {"order": first, "tracking": f"{tag}-T"})
    assert packed.status_code == 201, packed.content
    mapping = caller.ask("PUT", "/order-mappings", {"name": tag, "content": MAPPING})
    assert mapping.status_code == 200, mapping.content
    sent = caller.client.post(
        f"/api/v1/order-files?file={tag}.csv&mapping={tag}",
        f"n,sku,q,at\n{tag}-9,{sku},1,2026-03-01\n".encode(),
        content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {caller.token}"},
    )
    assert sent.status_code == 201, sent.content
    shop = {"name": tag, "channel": tag, "secret": f"{tag}-secret", "promise_days": 1}
    assert caller.post("/shops", shop).status_code == 201
    with within(caller.enterprise):
        open_items(["EUR"], "money", 2)
        receive(Shop.objects.get(name=tag), Message("orders/create", b"{}", f"{tag}-message"))
