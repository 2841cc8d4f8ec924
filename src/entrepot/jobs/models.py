# SPDX-License-Identifier: Apache-2.0
"""Jobs, answers kept for requests that are sent twice, webhooks and their deliveries."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from entrepot.people.walled import Walled, reference

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
#: The states of a job; the last three are ends.
STATES = (QUEUED, RUNNING, DONE, FAILED, CANCELLED)
ENDS = (DONE, FAILED, CANCELLED)

PENDING, DELIVERED = "pending", "delivered"
#: The states of a delivery.
DELIVERY_STATES = (PENDING, DELIVERED, FAILED)


class Job(Walled):
    """Something that is done outside of a request: all of it in one transaction, or nothing."""

    kind = models.CharField(max_length=40)
    arguments = models.JSONField(default=dict)
    state = models.CharField(
        max_length=9, default=QUEUED, choices=[(state, state) for state in STATES]
    )
    #: How far it has come: `done` of `of`, in whatever the kind counts; `of` is null until known.
    done = models.BigIntegerField(default=0)
    of = models.BigIntegerField(null=True)
    #: How often a worker began it since it was last asked for.
    attempts = models.SmallIntegerField(default=0)
    asked_by = models.CharField(max_length=45)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    #: code, asked, found, remedy and facts of what made it fail.
    problem = models.JSONField(null=True)
    #: The number of its entry in the queue.
    task = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "state", "id"], name="jobs_job_state"),
        ]


class Reply(Walled):
    """The answer to a request with an Idempotency-Key, for when it is sent again."""

    actor = models.CharField(max_length=45)
    key = models.CharField(max_length=200, db_collation="C")
    #: sha256 over method, path and body.
    fingerprint = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=timezone.now, editable=False)
    #: Null while the request is being answered, which nobody else ever sees.
    status = models.SmallIntegerField(null=True)
    content_type = models.CharField(max_length=100)
    #: Null where the answer was too large to be kept.
    body = models.BinaryField(null=True)

    class Meta:
        verbose_name_plural = "replies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "actor", "key"], name="jobs_reply_key"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "at"], name="jobs_reply_at"),
        ]


class Webhook(Walled):
    """An address of another program that is told of events."""

    url = models.CharField(max_length=500)
    events = models.JSONField()
    #: What deliveries are signed with, encrypted; it is shown once, when it is made.
    secret = models.BinaryField(max_length=500)
    is_active = models.BooleanField(default=True)
    made_by = models.CharField(max_length=45)
    made_at = models.DateTimeField(default=timezone.now, editable=False)


class Delivery(Walled):
    """One event to be told to one webhook; made in the transaction of what happened."""

    webhook = reference("jobs.Webhook", related_name="deliveries")
    event = models.CharField(max_length=60)
    #: The body as it is sent, to the byte.
    body = models.TextField()
    state = models.CharField(
        max_length=9, default=PENDING, choices=[(state, state) for state in DELIVERY_STATES]
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    attempts = models.SmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    #: When it is tried next.
    next_at = models.DateTimeField(null=True)
    #: The status that was answered; null where nothing was.
    status = models.SmallIntegerField(null=True)
    #: The first kilobyte of what was answered, or what stood in the way.
    answer = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "webhook", "id"], name="jobs_delivery_list"),
        ]
