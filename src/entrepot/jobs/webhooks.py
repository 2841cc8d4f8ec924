# SPDX-License-Identifier: Apache-2.0
"""Webhooks: add, change and remove them, tell them of events, send a delivery again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from entrepot.errors import Refused
from entrepot.jobs.events import Event
from entrepot.jobs.models import PENDING, Delivery, Webhook
from entrepot.jobs.reaching import check_url
from entrepot.jobs.signing import encrypted, new_secret
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: The task of the queue that sends a delivery (`jobs.sending`), and where it waits.
TASK: Final = "entrepot.deliver"
QUEUE: Final = "webhooks"
#: Webhooks of an enterprise.
MOST: Final = 20


#: Asked whenever something happens, and nearly always for nothing.
_WANTED: Final = """
    SELECT id FROM jobs_webhook
    WHERE enterprise_id = %(enterprise)s AND is_active AND events ? %(event)s
    ORDER BY id
"""


class TooManyWebhooks(Refused):
    """More webhooks than an enterprise may have."""

    code: ClassVar[str] = "jobs.too_many_webhooks"


class OnItsWay(Refused):
    """A delivery that has not come to its end yet."""

    code: ClassVar[str] = "jobs.delivery_on_its_way"


def add(url: str, events: Sequence[Event]) -> tuple[Webhook, str]:
    """Add a webhook; its secret is said here and never again.

    Raises:
        Unfit: the URL is not one that the program calls.
        TooManyWebhooks: there are 20.
    """
    check_url(url)
    if (count := Webhook.objects.count()) >= MOST:
        raise TooManyWebhooks(
            f"Cannot add the webhook {url}.",
            f"There are {count}.",
            "Remove one that is not needed.",
        )
    secret = new_secret()
    webhook = Webhook.objects.create(
        url=url, events=_events(events), secret=encrypted(secret), made_by=acting().actor
    )
    record("webhook.added", url, webhook=str(webhook.id), events=webhook.events)
    return webhook, secret


def change(webhook: UUID, **new: Any) -> Webhook:
    """Change the URL, the events, or whether it is told of them.

    Raises:
        Webhook.DoesNotExist: there is no such webhook.
        Unfit: the URL is not one that the program calls.
    """
    found = Webhook.objects.select_for_update().get(id=webhook)
    if "url" in new:
        check_url(new["url"])
    if "events" in new:
        new["events"] = _events(new["events"])
    for name, value in new.items():
        setattr(found, name, value)
    if new:
        found.save(update_fields=list(new))
        record("webhook.changed", found.url, webhook=str(webhook), **new)
    return found


def remove(webhook: UUID) -> None:
    """Remove a webhook and what was sent to it.

    Raises:
        Webhook.DoesNotExist: there is no such webhook.
    """
    found = Webhook.objects.select_for_update().get(id=webhook)
    Delivery.objects.filter(webhook=found).delete()
    found.delete()
    record("webhook.removed", found.url, webhook=str(webhook))


def emit(event: Event, *happened: Mapping[str, Any]) -> None:
    """Tell every webhook that wants to know, once this transaction is committed.

    Args:
        event: what happened.
        happened: what it says, as JSON, each time that it happened; many cost hardly more than one.
    """
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, "event": event.value}
        hooks = [hook for (hook,) in cursor.execute(_WANTED, given)]
    if not hooks:
        return
    at = timezone.now()
    deliveries = Delivery.objects.bulk_create(
        Delivery(webhook_id=hook, event=event, body=_body(event, at, data), next_at=at)
        for data in happened
        for hook in hooks
    )
    queue([delivery.id for delivery in deliveries])


def replay(webhook: UUID, delivery: UUID) -> Delivery:
    """Send a delivery again, with the id that it had, so that the receiver can tell.

    Raises:
        Delivery.DoesNotExist: there is no such delivery of this webhook.
        OnItsWay: it is being tried still.
    """
    found = Delivery.objects.select_for_update().get(id=delivery, webhook_id=webhook)
    if found.state == PENDING:
        raise OnItsWay(
            f"Cannot send delivery {delivery} again.",
            "It is on its way still.",
            "Wait until it was delivered or has failed.",
        )
    found.state, found.attempts, found.next_at = PENDING, 0, timezone.now()
    found.save(update_fields=["state", "attempts", "next_at"])
    queue([found.id])
    return found


def queue(deliveries: Sequence[UUID], after: float = 0) -> None:
    """Have deliveries tried, `after` so many seconds, once this transaction is committed."""
    enterprise, schedule = str(acting().enterprise), {"seconds": int(after)} if after else None
    jobs = [
        app.configure_task(
            TASK,
            queue=QUEUE,
            lock=f"delivery:{delivery}",
            schedule_in=schedule,
            task_kwargs={"enterprise": enterprise, "delivery": str(delivery)},
        ).job
        for delivery in deliveries
    ]
    app.job_manager.batch_defer_jobs(jobs)


def _body(event: Event, at: datetime, data: Mapping[str, Any]) -> str:
    says = {"type": event, "timestamp": at.isoformat(), "data": data}
    return json.dumps(says, ensure_ascii=False, separators=(",", ":"))


def _events(events: Sequence[Event]) -> list[str]:
    return sorted({event.value for event in events})
