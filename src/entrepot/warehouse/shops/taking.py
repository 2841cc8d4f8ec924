# SPDX-License-Identifier: Apache-2.0
"""Take in what a shop tells of its orders: each message once, in whatever order they come.

Every message holds the whole order. Of two, the one that the shop changed later counts; a
cancellation counts whenever it comes. So the book is the same, however often and in which order
the messages arrive.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pydantic_core
from django.db import transaction
from django.utils import timezone
from ninja.responses import NinjaJSONEncoder
from psycopg import Cursor

from entrepot.errors import EntrepotError, Refused
from entrepot.ledger.models import Item
from entrepot.people.database import raw_cursor
from entrepot.people.secrets import seal, unseal
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.allocation.work import serve_later
from entrepot.warehouse.models import Shop, ShopEvent, ShopOrder
from entrepot.warehouse.models.shops import KEPT, REFUSED, TAKEN, WAITING
from entrepot.warehouse.orders.changing import Cancel, cancel
from entrepot.warehouse.orders.creating import UnknownSku, create, unknown_skus
from entrepot.warehouse.orders.order import NewOrder, Ordered
from entrepot.warehouse.orders.restating import restate
from entrepot.warehouse.shops import shopify
from entrepot.warehouse.shops.refusals import NotWaiting, OpenQuestion, UnfitEvent

#: Events that one call tries again.
MOST_AT_ONCE: Final = 500

_REMEMBER: Final = """
    INSERT INTO warehouse_shopevent (enterprise_id, id, shop_id, webhook_id, event_id, topic,
        external, body, state, outcome, attempts, received_at, tried_at)
    VALUES (%(enterprise)s, %(id)s, %(shop)s, %(webhook)s, %(event)s, %(topic)s, %(external)s,
        %(body)s, 'waiting', '', 0, %(at)s, %(at)s)
    ON CONFLICT DO NOTHING
    RETURNING id
"""
#: Two messages about one order come one after the other.
_ORDER: Final = """
    INSERT INTO warehouse_shoporder (enterprise_id, id, shop_id, external, version_hash,
        is_cancelled, lines)
    VALUES (%(enterprise)s, %(id)s, %(shop)s, %(external)s, '', false, '{}')
    ON CONFLICT (enterprise_id, shop_id, external) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Message:
    """What a shop sent: its body to the byte, and what its headers say."""

    topic: str
    body: bytes
    webhook_id: str = ""
    event_id: str = ""


def receive(shop: Shop, message: Message) -> ShopEvent | None:
    """Keep a message and take it in; nothing where it came before.

    What cannot be taken in is kept with the reason, as an open question or as refused.
    """
    digest = hashlib.sha256(message.topic.encode() + b"\n" + message.body).hexdigest()
    id = new_id()
    given = {
        "enterprise": acting().enterprise,
        "id": id,
        "shop": shop.id,
        "webhook": message.webhook_id or digest,
        "event": message.event_id,
        "topic": message.topic,
        "external": _external(message.body),
        "body": seal(message.body, f"shop event {id}"),
        "at": timezone.now(),
    }
    with raw_cursor() as cursor:
        if cursor.execute(_REMEMBER, given).fetchone() is None:
            return None
    event = ShopEvent.objects.get(id=id)
    return _try(shop, event, message.body)


def retry(id: UUID) -> ShopEvent:
    """Try an event again that waits or was refused.

    Raises:
        ShopEvent.DoesNotExist: there is none.
        NotWaiting: it was taken in, or is kept only.
    """
    event = ShopEvent.objects.select_for_update().get(id=id)
    if event.state not in (WAITING, REFUSED) or not event.body:
        raise NotWaiting(
            f"Cannot try event {id} again.",
            "What it said is not kept any more." if event.state == REFUSED
            else f"It is {event.state}.",
            "Nothing is to be done.",
        )  # fmt: skip
    body = unseal(bytes(event.body), f"shop event {id}")
    return _try(Shop.objects.get(id=event.shop_id), event, body)


def retry_waiting() -> tuple[int, int]:
    """Try events again that wait, the oldest first: how many there were, and were taken in."""
    rows = ShopEvent.objects.filter(state=WAITING).order_by("id").values_list("id", flat=True)
    taken = [retry(id).state == TAKEN for id in list(rows[:MOST_AT_ONCE])]
    return len(taken), sum(taken)


def _external(body: bytes) -> str:
    try:
        return shopify.external_of(pydantic_core.from_json(body, allow_inf_nan=False))
    except (ValueError, UnfitEvent):
        return ""


def _try(shop: Shop, event: ShopEvent, body: bytes) -> ShopEvent:
    """Take an event in; what is refused leaves nothing but the reason."""
    event.attempts = min(event.attempts + 1, 30_000)
    event.tried_at, event.problem = timezone.now(), None
    if event.topic not in shopify.TOPICS:
        event.state, event.outcome = KEPT, "only kept"
    else:
        try:
            with transaction.atomic():
                event.outcome = _take(shop, event.topic, body)
            event.state = TAKEN
            if _is_erased(shop, event.external):
                event.body = b""
        except Refused as error:
            # Whatever may be otherwise later waits; what makes no sense never will.
            event.state = REFUSED if isinstance(error, UnfitEvent) else WAITING
            event.outcome, event.problem = error.code, _problem(error)
    event.save(update_fields=["attempts", "tried_at", "problem", "state", "outcome", "body"])
    return event


def _is_erased(shop: Shop, external: str) -> bool:
    """Whether nothing is kept any more of who ordered."""
    known = ShopOrder.objects.filter(shop=shop, external=external)
    return known.filter(order__erased_at__isnull=False).exists()


def _problem(error: EntrepotError) -> dict[str, Any]:
    facts = json.loads(json.dumps(error.facts, cls=NinjaJSONEncoder))
    return {
        "code": error.code, "asked": error.asked, "found": error.found, "remedy": error.remedy,
        "facts": facts,
    }  # fmt: skip


def _take(shop: Shop, topic: str, body: bytes) -> str:
    """Take an order in, in a few words.

    Raises:
        UnfitEvent: it makes no sense.
        OpenQuestion, UnknownSku, AlreadyPicked: it cannot be taken in as things are.
    """
    try:
        said = pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise UnfitEvent(
            "Cannot take the order of the shop.", "It is not JSON.", "Have it sent again."
        ) from error
    told = shopify.read(said)
    known = _locked(shop, told.external)
    outcome = _bring(shop, known, told, hashlib.sha256(body).digest())
    if topic == shopify.CANCELLED or told.is_cancelled or known.is_cancelled:
        outcome = _cancel(known) or outcome
    known.save()
    return outcome


def _locked(shop: Shop, external: str) -> ShopOrder:
    given = {
        "enterprise": acting().enterprise, "id": new_id(), "shop": shop.id, "external": external,
    }  # fmt: skip
    with raw_cursor() as cursor:
        cursor.execute(_ORDER, given)
    return ShopOrder.objects.select_for_update().get(shop=shop, external=external)


def _bring(shop: Shop, known: ShopOrder, told: shopify.ShopOrder, digest: bytes) -> str:
    """Bring our order to what is told, where nothing later was told before."""
    if known.version_at is not None and (
        (told.updated_at, digest) <= (known.version_at, bytes(known.version_hash))
    ):
        return "older than what is known"
    if known.order_id is None and told.is_fulfilled:
        return "sent already by somebody else"
    # Lines that were removed are still told, with nothing left of them; none at all says nothing.
    if not told.lines:
        return "nothing to ship"
    new = _order(shop, known, told)
    with raw_cursor() as cursor:
        _need_known(cursor, new)
    gone = {known.lines[line.id]: line.quantity - line.current for line in told.lines}
    gone = {line_no: units for line_no, units in gone.items() if units}
    if known.order_id is None:
        (made,) = create([new])
        known.order_id = made.id
        outcome = "new order"
    else:
        outcome = "changed"
    changes = restate(known.order_id, new, gone)
    allocate_orders([known.order_id])
    serve_later(changes.freed)
    known.version_at, known.version_hash = told.updated_at, digest
    return outcome


def _cancel(known: ShopOrder) -> str:
    known.is_cancelled = True
    if known.order_id is None:
        return "cancelled before it came"
    changes = cancel([Cancel(known.order_id)], "cancelled in the shop")
    serve_later(changes.freed)
    return "cancelled"


def _order(shop: Shop, known: ShopOrder, told: shopify.ShopOrder) -> NewOrder:
    """The order as we keep it; lines keep the numbers that they were given once."""
    digits = _digits(shop, told.currency, told.lines)
    last = max(known.lines.values(), default=0)
    for line in told.lines:
        if line.id not in known.lines:
            last += 1
            known.lines[line.id] = last
    country = told.country or shop.country
    if not country:
        raise OpenQuestion(
            f"Cannot take order {told.number} of {shop.name}.",
            "It has no address with a country.",
            "Name a country for such orders with the shop, and try it again.",
        )
    return NewOrder(
        shop.channel,
        told.number,
        told.ordered_at,
        told.promised_on(shop.promise_days),
        country,
        [
            Ordered(
                known.lines[line.id], line.sku, line.quantity,
                shopify.smallest(line.amount, digits, told.currency),
            )
            for line in told.lines
        ],
        told.postcode,
        told.currency,
        shop.services.get(told.shipping, told.shipping),
        told.note,
        0,
        told.recipient,
    )  # fmt: skip


def _digits(shop: Shop, currency: str, lines: Sequence[shopify.ShopLine]) -> int:
    """The decimals of a currency: those of the book, else those said with the shop.

    Raises:
        OpenQuestion: nobody says them.
    """
    digits = Item.objects.filter(code=currency, kind="money").values_list("digits", flat=True)
    known: int | None = next(iter(digits), shop.digits.get(currency))
    if known is None and any(line.amount for line in lines):
        raise OpenQuestion(
            f"Cannot take an order of {shop.name} in {currency}.",
            "Nobody says how many decimals the currency has.",
            "Open it among the items of the book, or say its digits with the shop; then try again.",
            currency=currency,
        )
    return known or 0


def _need_known(cursor: Cursor[Any], order: NewOrder) -> None:
    """Refuse where a SKU is no product; in the words of whoever takes orders."""
    unknown = unknown_skus(cursor, [line.sku for line in order.lines])
    if unknown:
        raise UnknownSku(
            f"Cannot take order {order.name}.",
            f"There is no product {unknown[0]}"
            + (f", nor {len(unknown) - 1:,} more." if len(unknown) > 1 else "."),
            "Add the products, or correct the SKUs in the shop; then try it again.",
            skus=unknown,
        )
