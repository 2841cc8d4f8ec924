# SPDX-License-Identifier: Apache-2.0
"""What a firm says once, the flows of its goods through customs, and what of them was booked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

PARCEL, CONSIGNMENT = "parcel", "consignment"
BOOKED, WITHDRAWN, MERGED = "booked", "withdrawn", "merged"
DISAGREES, TAKEN_OVER = "disagrees", "taken_over"
#: Where a released list or form stands in the declarations of the desk.
STANDS = (BOOKED, WITHDRAWN, MERGED, DISAGREES, TAKEN_OVER)


class Setup(Walled):
    """What the goods do not tell and a firm says once, by the names that messages have: one row."""

    said = models.JSONField(default=dict)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise"], name="declaring_setup_one"),
        ]


class Code(Walled):
    """What customs calls something of the firm's: see `asked.KINDS` for what each kind holds."""

    kind = codes(12)
    own = codes(80)
    code = codes(250, blank=True)
    name = models.CharField(max_length=250, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "kind", "own"], name="declaring_code_own"
            ),
        ]


class Flow(Walled):
    """Goods that go through customs together, one way: a list for each parcel or consignment.

    `way` is that of the pack of ways; `why_en`, `why_zh`: why it was open on the day. `said`: what
    is said of this flow besides the setup, and before it.
    """

    number = codes(20)
    way = codes(20)
    on = models.DateField()
    said = models.JSONField(default=dict)
    why_en = models.CharField(max_length=1000)
    why_zh = models.CharField(max_length=1000)
    confidence = models.CharField(max_length=1)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "number"], name="declaring_flow_number"),
        ]


class Ticket(Walled):
    """A parcel or consignment in a flow: its numbers in the order, the waybill and the list.

    `left_out`: why it does not go along any more; empty where it does.
    """

    flow = reference("declaring.Flow", related_name="tickets")
    at = models.IntegerField()
    source = models.CharField(max_length=11)
    source_id = models.UUIDField()
    channel = codes(40, blank=True)
    order_no = codes(80)
    logistics_no = codes(80)
    list_no = codes(30)
    warehouse = codes(40, blank=True)
    left_out = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "list_no"], name="declaring_ticket_list"),
            models.UniqueConstraint(
                fields=["enterprise", "source_id"],
                condition=models.Q(left_out=""),
                name="declaring_ticket_once",
            ),
            models.UniqueConstraint(
                fields=["enterprise", "order_no"],
                condition=models.Q(left_out=""),
                name="declaring_ticket_order",
            ),
        ]


class Result(Walled):
    """A part of what customs says became of a merge (792): which item of the form each is in.

    `lines`: number of the list, item of it, item of the form.
    """

    guid = codes(36)
    sum_no = codes(18)
    unified_no = codes(18)
    entry_no = codes(18, blank=True)
    state = codes(3)
    said_at = codes(17)
    part = models.IntegerField()
    parts = models.IntegerField()
    lines = models.JSONField()
    file = reference("customs.File", related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "file", "guid"], name="declaring_result_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "entry_no", "id"], name="declaring_result_form"),
        ]


class Booking(Walled):
    """What became of a list or form that customs released, in the declarations of the desk.

    `own_no`: the firm's number of the list, or the number of a form; `declaration_no`: the one
    customs gave. `said`: a hash of what customs says of it, so that twice is once. `cause`: why it
    disagrees, with `facts`. `form_no`: the form that a merged list went into.
    """

    kind = codes(4)
    own_no = codes(80)
    declaration_no = codes(20, blank=True)
    document = reference("customs.Document", null=True, related_name="+")
    state = models.CharField(max_length=10, choices=[(each, each) for each in STANDS])
    flag = models.CharField(max_length=1, blank=True)
    closed_on = models.DateField(null=True)
    cause = codes(20, blank=True)
    facts = models.JSONField(default=dict)
    said = models.BinaryField(max_length=32)
    form_no = codes(18, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "kind", "own_no"], name="declaring_booking_own"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "declaration_no"], name="declaring_booking_number"),
            models.Index(fields=["enterprise", "state", "id"], name="declaring_booking_state"),
        ]


class Merge(Walled):
    """Lists of a month and key that one application (701) merges into a form, due on a day."""

    number = codes(30)
    month = codes(7)
    due_on = models.DateField()
    key = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "number"], name="declaring_merge_number"),
        ]


class Merging(Walled):
    """That a list is in a merge."""

    merge = reference("declaring.Merge", related_name="lists")
    declaration_no = codes(20)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "declaration_no"], name="declaring_merging_once"
            ),
        ]
