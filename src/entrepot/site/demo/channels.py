# SPDX-License-Identifier: Apache-2.0
"""Where orders of the demo come from and go to: a shop, a file of orders, routes."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from entrepot.warehouse.allocation.ruling import put_routes
from entrepot.warehouse.intake.actions import preview, upload
from entrepot.warehouse.shops.connecting import add_shop

#: From a warehouse to who lives in its country, and to who lives elsewhere: roughly.
NEAR, FAR = 400, 9_000


def route_all(warehouses: Mapping[str, str]) -> None:
    """Each destination is served by its own warehouse first, and by the others when it is out.

    Args:
        warehouses: countries by code.
    """
    routes = []
    for country in dict.fromkeys(warehouses.values()):
        for code, its in warehouses.items():
            is_own = its == country
            routes.append({
                "country": country, "postcode": "", "warehouse": code,
                "rank": 0 if is_own else 10, "cost": 490 if is_own else 2_900,
                "distance_km": NEAR if is_own else FAR,
            })  # fmt: skip
    put_routes(routes)


def connect_shop() -> None:
    """A shop that nobody can sign for: its secret was thrown away."""
    add_shop("Our web shop · 自营网店", "webshop", secrets.token_urlsafe(32), promise_days=2)


def send_file(now: datetime, country: str, skus: Sequence[str], people: Sequence[Any]) -> None:
    """A file of five orders that was read, and waits to be taken over."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([
        "channel", "number", "ordered_at", "country", "postcode", "currency", "sku", "quantity",
        "amount", "recipient", "street", "city",
    ])  # fmt: skip
    for at in range(5):
        who = people[at % len(people)]
        ordered_at = (now - timedelta(hours=5 - at)).strftime("%Y-%m-%d %H:%M")
        rows.writerow([
            "marketplace", f"M-{now:%y%m%d}-{at + 1:03}", ordered_at, country,
            who.get("postcode", ""), "EUR", skus[at % len(skus)], 1 + at % 2,
            f"{29 * (1 + at % 2)}.90", who["name"], who["street"], who["city"],
        ])  # fmt: skip
    sent = upload("orders-marketplace.csv", io.BytesIO(text.getvalue().encode()), promise_days=3)
    preview(sent.id)
