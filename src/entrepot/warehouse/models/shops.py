# SPDX-License-Identifier: Apache-2.0
"""Shops that tell of their orders: how they are connected, what they told, what came of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

TAKEN, WAITING, REFUSED, KEPT = "taken", "waiting", "refused", "kept"
#: Of an event: done; an open question; makes no sense, or is kept only.
EVENT_STATES = (TAKEN, WAITING, REFUSED, KEPT)


class Shop(Walled):
    """A shop whose webhooks are taken in; orders of it are orders of `channel`."""

    name = models.CharField(max_length=100)
    channel = codes(40)
    #: What its webhooks are signed with, encrypted; it is never shown.
    secret = models.BinaryField(max_length=500)
    is_active = models.BooleanField(default=True)
    #: Days from the order to the day by which it is to leave.
    promise_days = models.SmallIntegerField()
    #: Where orders go that have no address; empty: such an order is an open question.
    country = models.CharField(max_length=2, blank=True)
    #: What its ways of shipping are called here, by their code in the shop.
    services = models.JSONField(default=dict)
    #: Decimals of currencies that the book does not have.
    digits = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.CharField(max_length=45)


class ShopOrder(Walled):
    """What is known of an order of a shop, however its events came: the latest of them counts."""

    shop = reference("warehouse.Shop", related_name="orders")
    #: The shop's own id of it.
    external = codes(40)
    #: Which version our order says: when the shop changed it, and a sha256 where two say the same.
    version_at = models.DateTimeField(null=True)
    version_hash = models.BinaryField(max_length=32, default=bytes)
    #: Once it was cancelled, it stays so, whatever comes after.
    is_cancelled = models.BooleanField(default=False)
    order = reference("warehouse.Order", null=True, related_name="+")
    #: Our line numbers by the shop's ids of lines.
    lines = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "shop", "external"], name="warehouse_shoporder_external"
            ),
        ]


class ShopEvent(Walled):
    """Something that a shop told, as it came: its body encrypted, and what became of it."""

    shop = reference("warehouse.Shop", related_name="events")
    #: The shop's ids of the message and of what it is about: the same again is done once.
    webhook_id = codes(120)
    event_id = codes(120, blank=True)
    topic = codes(60)
    external = codes(40, blank=True)
    #: Empty once it was taken and its time is over.
    body = models.BinaryField()
    state = models.CharField(max_length=7, choices=[(each, each) for each in EVENT_STATES])
    #: What came of it, in a few words.
    outcome = models.CharField(max_length=60, blank=True)
    #: Why it waits or was refused: code, asked, found, remedy, facts.
    problem = models.JSONField(null=True)
    attempts = models.SmallIntegerField(default=1)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    tried_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "shop", "webhook_id"], name="warehouse_shopevent_webhook"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "shop", "topic", "event_id"],
                name="warehouse_shopevent_event",
                condition=~models.Q(event_id=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "state", "id"], name="warehouse_shopevent_state"),
        ]
