# SPDX-License-Identifier: Apache-2.0
"""Send deliveries: signed, tried again for about a day, at least once each.

No transaction is open while the other side is waited for. A worker killed between the answer and
writing it down sends once more, with the same `webhook-id`, by which the receiver can tell.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import Final
from uuid import UUID

import psycopg
from asgiref.sync import async_to_sync
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from entrepot.errors import Refused
from entrepot.jobs import reaching
from entrepot.jobs.models import DELIVERED, FAILED, PENDING, Delivery
from entrepot.jobs.reaching import Answer, Unreached
from entrepot.jobs.signing import decrypted, signature
from entrepot.jobs.webhooks import QUEUE, TASK, queue
from entrepot.people.tenancy import within

#: Seconds from each attempt to the next: about 27 hours in all, after which it has failed.
WAITS: Final = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200)
#: How much longer a wait may be, so that many deliveries do not come all at once.
JITTER: Final = 0.2
#: Hours that the queue keeps what was done.
_QUEUE_HOURS: Final = 72


@app.task(
    name=TASK,
    queue=QUEUE,
    retry=RetryStrategy(
        wait=5,
        retry_exceptions=[
            OperationalError,
            InterfaceError,
            psycopg.OperationalError,
            psycopg.InterfaceError,
        ],
    ),
)
def deliver(*, enterprise: str, delivery: str) -> None:
    """Try a delivery once, and write down what came of it."""
    whose, id = UUID(enterprise), UUID(delivery)
    with within(whose):
        found = Delivery.objects.select_related("webhook").filter(id=id, state=PENDING).first()
    if found is None:
        return
    answer: Answer | None = None
    try:
        if found.webhook.is_active:
            answer = _send(found)
            said = answer.text
        else:
            said = "The webhook was switched off."
    except Unreached as error:
        said = str(error)
    except Refused as error:
        said = error.found
    with within(whose):
        _write_down(found, answer, said)


def forget_old_tasks() -> None:
    """Throw away what the queue has done with."""
    async_to_sync(app.job_manager.delete_old_jobs)(
        nb_hours=_QUEUE_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


def _send(delivery: Delivery) -> Answer:
    id, now = f"msg_{delivery.id.hex}", int(time.time())
    secret = decrypted(delivery.webhook.secret)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Entrepot",
        "webhook-id": id,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, id, now, delivery.body),
    }
    return reaching.post(delivery.webhook.url, delivery.body.encode(), headers)


def _write_down(delivery: Delivery, answer: Answer | None, said: str) -> None:
    attempts, now = delivery.attempts + 1, timezone.now()
    state, next_at = PENDING, None
    if answer is not None and 200 <= answer.status < 300:
        state = DELIVERED
    elif attempts > len(WAITS) or not delivery.webhook.is_active:
        state = FAILED
    else:
        # How the waits spread is no secret.
        wait = WAITS[attempts - 1] * (1 + random.random() * JITTER)
        next_at = now + timedelta(seconds=wait)
        queue([delivery.id], after=wait)
    Delivery.objects.filter(id=delivery.id).update(
        state=state,
        attempts=attempts,
        tried_at=now,
        next_at=next_at,
        status=answer.status if answer else None,
        answer=said[:1024],
    )
