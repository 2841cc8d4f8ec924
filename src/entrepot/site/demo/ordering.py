# SPDX-License-Identifier: Apache-2.0
"""Today's orders of the demo, in every state that an order has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.models import Allocation
from entrepot.warehouse.orders.changing import Cancel, cancel, hold
from entrepot.warehouse.orders.creating import create
from entrepot.warehouse.orders.order import NewOrder, Ordered
from entrepot.warehouse.outbound.packing import NewParcel, pack
from entrepot.warehouse.outbound.picking import pick, pick_orders
from entrepot.warehouse.outbound.shipping import ship
from entrepot.warehouse.outbound.waves import gather

#: Channels by country, currency and decimals of it, as the book has them.
_MARKETS: Final = {
    "DE": ("amazon-de", "EUR", 2),
    "US": ("amazon-us", "USD", 2),
    "JP": ("rakuten-jp", "JPY", 0),
}
#: How far each order gets, in the order in which they came in.
_FATES: Final = (
    *["shipped"] * 6,
    *["packed"] * 4,
    *["picked"] * 3,
    *["wave"] * 6,
    *["allocated"] * 6,
    *["short"] * 2,
    "held",
    "cancelled",
    *["waiting"] * 5,
)
#: More than all warehouses have.
_TOO_MANY: Final = 240


@dataclass(frozen=True, slots=True)
class _Made:
    id: UUID
    fate: str
    country: str


def order_all(
    now: datetime,
    warehouses: Mapping[str, str],
    skus: Sequence[str],
    recipients: Mapping[str, Sequence[Mapping[str, Any]]],
) -> None:
    """Take today's orders in, and let each get as far as it does.

    Args:
        warehouses: countries by code; the first has the wave.
        recipients: who orders, by country.
    """
    countries = [each for each in dict.fromkeys(warehouses.values()) if each in recipients]
    orders = [
        _order(at, fate, countries[at % len(countries)], now, skus, recipients)
        for at, fate in enumerate(_FATES)
    ]
    made = [
        _Made(taken.id, fate, order.country)
        for taken, order, fate in zip(create(orders), orders, _FATES, strict=True)
    ]
    by = {fate: [each.id for each in made if each.fate == fate] for fate in _FATES}
    allocate_orders([each.id for each in made if each.fate != "waiting"])
    hold(by["held"], "Address does not exist: asked the customer", gives_up=True)
    cancel([Cancel(each) for each in by["cancelled"]], "Ordered twice by mistake")
    pick_orders([*by["shipped"], *by["packed"], *by["picked"]])
    parcels = pack([
        NewParcel(each, carrier="PARCEL", tracking=f"GV{7_300_000_000 + at}", carton="M")
        for at, each in enumerate([*by["shipped"], *by["packed"]])
    ])  # fmt: skip
    ship([each.id for each in parcels if each.order in by["shipped"]])
    _wave(warehouses, by["wave"])


def _wave(warehouses: Mapping[str, str], orders: Sequence[UUID]) -> None:
    """Those of one warehouse are in a wave, and the first of them is picked."""
    for code in warehouses:
        its = Allocation.objects.filter(
            order_id__in=list(orders), warehouse=f"warehouse/{code}", picked_from=""
        )
        if not its.exists():
            continue
        wave = gather(code, orders=orders, note="Morning wave")
        first = Allocation.objects.filter(wave_id=wave.id).order_by("place", "id").first()
        if first is not None:
            pick([first.id])


def _order(
    at: int,
    fate: str,
    country: str,
    now: datetime,
    skus: Sequence[str],
    recipients: Mapping[str, Sequence[Mapping[str, Any]]],
) -> NewOrder:
    channel, currency, digits = _MARKETS.get(country, ("webshop", "USD", 2))
    if at % 7 == 6:
        channel = "webshop"
    who = dict(recipients[country][at // 3 % len(recipients[country])])
    postcode = who.pop("postcode", "")
    hours = 60 - 2 * at if fate != "waiting" else 1
    ordered_at = (now - timedelta(hours=max(hours, 1))).replace(minute=at, second=0, microsecond=0)
    lines = []
    for line in range(1, 2 + at // 3 % 3):
        quantity = _TOO_MANY if fate == "short" and line == 1 else 1 + (at // 3 + line) % 3
        price = 19 + 7 * ((at + line) % 5)
        amount = quantity * (price * 150 if digits == 0 else price * 100 - 1)
        lines.append(Ordered(line, skus[(at + 3 * line) % len(skus)], quantity, amount))
    return NewOrder(
        channel,
        f"{now:%y%m%d}-{at + 1:06}",
        ordered_at,
        # Whom there is not enough for is served last, so that the others are served.
        (now + timedelta(days=9 if fate == "short" else 1 if at % 5 else -1)).date(),
        country,
        lines,
        postcode=postcode,
        currency=currency,
        service="express" if at % 6 == 5 else "standard",
        priority=5 if at % 6 == 5 else 0,
        recipient={**who, "email": f"buyer{at + 1:02}@example.com"},
    )
