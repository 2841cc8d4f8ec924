# SPDX-License-Identifier: Apache-2.0
"""What the tests of shops share: a shop, orders as it says them, and messages that it signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from entrepot.people.tenancy import within
from entrepot.warehouse.models import Shop
from entrepot.warehouse.shops.connecting import add_shop, address_of

DATA = Path(os.environ.get("ENTREPOT_DATA", Path(__file__).parents[3] / "shared" / "data"))
FIXTURES = DATA / "shopify_fixtures" / "test" / "fixtures"
real = pytest.mark.skipif(
    not FIXTURES.exists(),
    reason="no Shopify fixtures: set ENTREPOT_DATA to the folder of real data",
)
SECRET = "hush-hush-hush"
ADDRESS = {
    "name": "Ada Lovelace", "address1": "Lange Straße 1", "address2": "", "city": "Köln",
    "zip": "50667", "country_code": "DE", "province": None, "phone": None, "company": None,
}  # fmt: skip


def connect(enterprise: UUID, **says: Any) -> Shop:
    given = {"name": "Shop", "channel": "shop", "secret": SECRET, "promise_days": 2,
             "digits": {"EUR": 2, "USD": 2}} | says  # fmt: skip
    with within(enterprise):
        return add_shop(**given)


def said(number: int = 1, at: int = 0, *lines: tuple[str, int], **says: Any) -> dict[str, Any]:
    """An order as Shopify says it, changed `at` so many minutes after it was made."""
    return {
        "id": 9000 + number,
        "name": f"#{number}",
        "created_at": "2026-03-01T23:30:00-05:00",
        "updated_at": f"2026-03-02T10:{at:02}:00+01:00",
        "cancelled_at": None,
        "currency": "EUR",
        "email": "ada@example.com",
        "note": None,
        "shipping_address": ADDRESS,
        "shipping_lines": [{"code": "DHL", "title": "DHL"}],
        "line_items": [line(n, sku, quantity) for n, (sku, quantity) in
                       enumerate(lines or [("SKU-1", 1)], 1)],
    } | says  # fmt: skip


def line(number: int, sku: str, quantity: int, **says: Any) -> dict[str, Any]:
    return {"id": number, "sku": sku, "quantity": quantity, "price": "9.90",
            "requires_shipping": True, "discount_allocations": []} | says  # fmt: skip


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def send(shop: Shop, topic: str, order: Any, id: str = "", **headers: str) -> Any:
    """A message of a shop, over HTTP."""
    body = order if isinstance(order, bytes) else json.dumps(order).encode()
    says = {
        "X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signature(body),
        "X-Shopify-Webhook-Id": id or hashlib.sha256(topic.encode() + body).hexdigest()[:40],
    } | headers  # fmt: skip
    return Client(SERVER_NAME="localhost").generic(
        "POST", f"/hooks/shopify/{address_of(shop)}", body, "application/json", headers=says
    )
