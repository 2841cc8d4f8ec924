# SPDX-License-Identifier: Apache-2.0
"""What Shopify says of an order, read strictly: pure, with whatever is missing said in words.

Source: Shopify, Webhooks and the Order resource of its Admin REST API (shopify.dev), and the test
fixtures of github.com/Shopify/shopify_python_api
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from entrepot.warehouse.orders.order import MOST_AMOUNT, MOST_LINES, MOST_QUANTITY
from entrepot.warehouse.shops.refusals import OpenQuestion, UnfitEvent

CREATED, UPDATED, CANCELLED = "orders/create", "orders/updated", "orders/cancelled"
#: What is taken in; everything else is kept only.
TOPICS: Final = (CREATED, UPDATED, CANCELLED)

_ID = re.compile(r"[0-9]{1,20}")
_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class ShopLine:
    """Goods of an order: `quantity` were ordered, and `current` of them still are."""

    id: str
    sku: str
    quantity: int
    current: int
    #: What the line costs, in the order's currency.
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as the shop says it, at the time it says it."""

    external: str
    number: str
    updated_at: datetime
    ordered_at: datetime
    #: The day of the order where the shop is.
    ordered_on: date
    is_cancelled: bool
    #: Everything was sent already, by somebody.
    is_fulfilled: bool
    currency: str
    country: str
    postcode: str
    #: The code or title of the way of shipping.
    shipping: str
    note: str
    lines: Sequence[ShopLine] = ()
    recipient: Mapping[str, str] = field(default_factory=dict)

    def promised_on(self, days: int) -> date:
        """The day by which it is to leave."""
        return self.ordered_on + timedelta(days)


def external_of(said: Any) -> str:
    """The shop's id of the order that an event is about; empty where it says none.

    Raises:
        UnfitEvent: it is no event about an order.
    """
    order = _unwrapped(said)
    id = order.get("order_id", order.get("id"))
    return str(id) if _ID.fullmatch(str(id)) else ""


def read(said: Any) -> ShopOrder:
    """Read an order.

    Raises:
        UnfitEvent: with the first thing that makes no sense.
    """
    order = _unwrapped(said)
    address = _mapping(order, "shipping_address")
    created = _moment(order, "created_at")
    ways = order.get("shipping_lines") or [{}]
    way = ways[0] if isinstance(ways, list) and isinstance(ways[0], Mapping) else {}
    external = external_of(order)
    if not external:
        raise _unfit("id", order.get("id"))
    number = _text(order, "name", 80) or _text(order, "order_number", 80)
    if not number:
        raise _unfit("name", order.get("name"))
    return ShopOrder(
        external=external,
        number=number,
        updated_at=_moment(order, "updated_at").astimezone(UTC),
        ordered_at=created.astimezone(UTC),
        ordered_on=created.date(),
        is_cancelled=bool(order.get("cancelled_at")),
        is_fulfilled=order.get("fulfillment_status") == "fulfilled",
        currency=_currency(order),
        country=_country(address),
        postcode=_text(address, "zip", 20),
        shipping=_text(way, "code", 60) or _text(way, "title", 60),
        note=_text(order, "note", 500),
        lines=_lines(order),
        recipient=_recipient(order, address),
    )


def smallest(amount: Decimal, digits: int, currency: str) -> int:
    """An amount in the smallest unit of its currency.

    Raises:
        UnfitEvent: it is below zero, too large, or not whole in that unit.
    """
    exact = amount.scaleb(digits)
    if exact != exact.to_integral_value() or not 0 <= exact <= MOST_AMOUNT:
        raise UnfitEvent(
            "Cannot take the order of the shop.",
            f"{amount} {currency} is not an amount with at most {digits} decimals.",
            "Look whether the decimals of the currency are right.",
        )
    return int(exact)


def _unwrapped(said: Any) -> Mapping[str, Any]:
    """The order itself: some of Shopify's answers put it below its name."""
    if isinstance(said, Mapping) and isinstance(said.get("order"), Mapping):
        said = said["order"]
    if not isinstance(said, Mapping):
        raise _unfit("", said)
    return said


def _lines(order: Mapping[str, Any]) -> list[ShopLine]:
    """The lines of goods, by the shop's ids; what is not shipped moves no stock."""
    given = order.get("line_items") or []
    if not isinstance(given, list) or len(given) > MOST_LINES:
        raise _unfit("line_items", given)
    found = []
    for line in given:
        if not isinstance(line, Mapping):
            raise _unfit("line_items", line)
        if line.get("requires_shipping") is False or line.get("gift_card") is True:
            continue
        id = str(line.get("id"))
        quantity = _units(line, "quantity")
        current = _units(line, "current_quantity") if "current_quantity" in line else quantity
        if not _ID.fullmatch(id):
            raise _unfit("line_items.id", line.get("id"))
        if current > quantity:
            raise _unfit("line_items.current_quantity", current)
        if quantity == 0:
            continue
        sku = _text(line, "sku", 64)
        if not sku:
            raise OpenQuestion(
                "Cannot take the order of the shop.",
                f"Line {id} names no SKU.",
                "Give the product a SKU in the shop, and have the order sent again.",
            )
        off = line.get("discount_allocations")
        less = (
            sum((_amount(each, "amount") for each in off), Decimal())
            if isinstance(off, list)
            else _amount(line, "total_discount")
        )
        found.append(ShopLine(id, sku, quantity, current, _amount(line, "price") * quantity - less))
    return sorted(found, key=lambda line: int(line.id))


def _recipient(order: Mapping[str, Any], address: Mapping[str, Any]) -> dict[str, str]:
    street = ", ".join(
        part for part in (_text(address, "address1", 95), _text(address, "address2", 95)) if part
    )
    said = {
        "name": _text(address, "name", 200),
        "company": _text(address, "company", 200),
        "street": street,
        "city": _text(address, "city", 200),
        "region": _text(address, "province", 200),
        "phone": _text(address, "phone", 200),
        "email": _text(order, "email", 200),
    }
    return {name: value for name, value in said.items() if value}


def _mapping(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name) or {}
    if not isinstance(found, Mapping):
        raise _unfit(name, found)
    return found


def _text(said: Mapping[str, Any], name: str, longest: int) -> str:
    """A text on one line, cut off where it is longer than is kept; empty where there is none."""
    value = said.get(name)
    if value is None or isinstance(value, (Mapping, list, bool)):
        return ""
    text = _CONTROLS.sub(" ", str(value)).strip()
    # A code that is cut off would be another code.
    if len(text) > longest and name in ("name", "sku", "zip"):
        raise _unfit(name, "a longer text")
    return text[:longest].strip()


def _country(address: Mapping[str, Any]) -> str:
    code = str(address.get("country_code") or "")
    return code if re.fullmatch("[A-Z]{2}", code) else ""


def _currency(order: Mapping[str, Any]) -> str:
    code = str(order.get("currency") or "")
    if not re.fullmatch("[A-Z]{3}", code):
        raise _unfit("currency", order.get("currency"))
    return code


def _moment(order: Mapping[str, Any], name: str) -> datetime:
    found: datetime | None
    try:
        found = datetime.fromisoformat(str(order.get(name)))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year < 1990:
        raise _unfit(name, order.get(name))
    return found


def _amount(said: Any, name: str) -> Decimal:
    value = said.get(name) if isinstance(said, Mapping) else None
    if value in (None, ""):
        return Decimal()
    try:
        if not isinstance(value, (str, int)) or not _AMOUNT.fullmatch(str(value)):
            raise _unfit(name, value)
        return Decimal(value)
    except InvalidOperation as error:
        raise _unfit(name, value) from error


def _units(line: Mapping[str, Any], name: str) -> int:
    value = line.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_QUANTITY:
        return value
    raise _unfit(f"line_items.{name}", value)


def _unfit(name: str, found: object) -> UnfitEvent:
    shown = "nothing" if found is None else type(found).__name__
    if isinstance(found, (int, float, str)):
        shown = repr(found)[:60] if name not in ("zip", "address") else "a text"
    return UnfitEvent(
        "Cannot take the order of the shop.",
        f"Its {name or 'body'} is {shown}.",
        "Look at the event in the shop, and have it sent again.",
        field=name,
    )
