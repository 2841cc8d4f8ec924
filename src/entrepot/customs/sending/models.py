# SPDX-License-Identifier: Apache-2.0
"""Documents for customs, the messages that carry them, and all that came back, to the byte."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from entrepot.customs.sending.states import NEW, OUTCOMES
from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

NOWHERE, FOLDER, SFTP, FORM = "none", "folder", "sftp", "form"
#: How messages are sent.
WAYS = (NOWHERE, FOLDER, SFTP, FORM)
WAITING, SENT = "waiting", "sent"
#: Of a message.
MESSAGE_STATES = (WAITING, SENT)


class Setup(Walled):
    """How an enterprise sends: who it is to customs, what it signs with, which way it goes.

    `options`: of the way, without secrets; `secrets` and `signing_key` are encrypted JSON, and
    never shown. `looked_at`, `problem`: when the other side was last asked, and what went wrong.
    """

    edition = models.CharField(max_length=10)
    cop_code = models.CharField(max_length=18)
    cop_name = models.CharField(max_length=100)
    dxp_id = models.CharField(max_length=30)
    in_envelope = models.BooleanField(default=False)
    sender = models.CharField(max_length=16, blank=True)
    receivers = models.JSONField(default=list)
    way = models.CharField(max_length=6, choices=[(each, each) for each in WAYS], default=NOWHERE)
    options = models.JSONField(default=dict)
    secrets = models.BinaryField(default=bytes)
    signing_key = models.BinaryField(default=bytes)
    signs_as = models.CharField(max_length=200, blank=True)
    method = models.CharField(max_length=20, default="rsa-sha256")
    digest = models.CharField(max_length=20, default="sha256")
    canonical = models.CharField(max_length=20, default="c14n")
    alert_hours = models.SmallIntegerField(default=24)
    looked_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise"], name="customs_setup_one"),
        ]


class Message(Walled):
    """A message to the byte as it is sent, each time: so that sending it again is the same."""

    kind = models.CharField(max_length=20)
    edition = models.CharField(max_length=10)
    #: The sender's number of it, which its file is named after.
    number = codes(36)
    file_name = codes(80)
    content = models.BinaryField()
    count = models.SmallIntegerField()
    is_signed = models.BooleanField()
    state = models.CharField(max_length=7, choices=[(each, each) for each in MESSAGE_STATES])
    attempts = models.SmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    problem = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.CharField(max_length=45)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "number"], name="customs_message_number"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "next_at", "id"],
                name="customs_message_waiting",
                condition=Q(state=WAITING),
            ),
        ]


class Sending(Walled):
    """One try to send a message: when, who asked for it, and what came of it."""

    message = reference("customs.Message", related_name="sendings")
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=45)
    was_sent = models.BooleanField()
    said = models.CharField(max_length=1000, blank=True)


class Document(Walled):
    """One document as customs is told of it: a version, and of a long one a part.

    `outcome` to `is_unexpected` are `states.State` of its receipts. `awaits_since`: since when
    another receipt is due; null where none is. `is_latest`: no newer version was added. `is_news`:
    its state was worked out, and whoever follows it did not look since.
    """

    kind = models.CharField(max_length=20)
    edition = models.CharField(max_length=10)
    own_no = codes(80)
    version = models.SmallIntegerField(default=1)
    part = models.SmallIntegerField(default=1)
    guid = codes(36)
    app_time = models.CharField(max_length=14, blank=True)
    data = models.JSONField()
    hash = models.BinaryField(max_length=32)
    is_latest = models.BooleanField(default=True)
    message = reference("customs.Message", null=True, related_name="documents")
    outcome = models.CharField(
        max_length=9, choices=[(each, each) for each in OUTCOMES], default=NEW
    )
    rank = models.SmallIntegerField(default=0)
    status = codes(20, blank=True)
    at = codes(17, blank=True)
    ends = models.BooleanField(default=False)
    is_contradicted = models.BooleanField(default=False)
    is_unexpected = models.BooleanField(default=False)
    awaits_since = models.DateTimeField(null=True)
    is_news = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "kind", "own_no", "version", "part"],
                name="customs_document_version",
            ),
            models.UniqueConstraint(fields=["enterprise", "guid"], name="customs_document_guid"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "outcome", "id"], name="customs_document_outcome"),
            models.Index(
                fields=["enterprise", "awaits_since", "id"],
                name="customs_document_awaits",
                condition=Q(awaits_since__isnull=False),
            ),
            models.Index(
                fields=["enterprise", "id"],
                name="customs_document_contradicted",
                condition=Q(is_contradicted=True),
            ),
            models.Index(
                fields=["enterprise", "id"],
                name="customs_document_news",
                condition=Q(is_news=True),
            ),
        ]


class File(Walled):
    """A file that came from customs, to the byte, whatever it holds; the same again is counted."""

    sha256 = models.BinaryField(max_length=32)
    name = models.CharField(max_length=200)
    came_by = models.CharField(max_length=6)
    content = models.BinaryField()
    answer = models.CharField(max_length=20, blank=True)
    receipts = models.IntegerField()
    faults = models.JSONField(default=list)
    fault_count = models.IntegerField()
    times = models.IntegerField(default=1)
    received_at = models.DateTimeField(default=timezone.now)
    received_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "sha256"], name="customs_file_sha256"),
        ]


class Receipt(Walled):
    """One receipt: what customs says of a document, once however often it comes.

    `document` is null where it is of none that is known, `message` where it is about no whole
    message: such a receipt waits, and is looked at again. `rank` to `is_expected`: its meaning.
    """

    file = reference("customs.File", related_name="its_receipts")
    content = models.BinaryField(max_length=32)
    answer = models.CharField(max_length=20)
    kind = models.CharField(max_length=20, blank=True)
    guid = codes(36, blank=True)
    own_no = codes(80, blank=True)
    about = codes(255, blank=True)
    status = codes(20)
    at = codes(17, blank=True)
    info = models.TextField(blank=True)
    says = models.JSONField()
    outcome = models.CharField(max_length=9, blank=True)
    rank = models.SmallIntegerField()
    ends = models.BooleanField()
    is_expected = models.BooleanField()
    document = reference("customs.Document", null=True, related_name="receipts")
    message = reference("customs.Message", null=True, related_name="receipts")
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "content"], name="customs_receipt_content"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "id"],
                name="customs_receipt_unmatched",
                condition=Q(document__isnull=True, message__isnull=True),
            ),
        ]
