# SPDX-License-Identifier: Apache-2.0
"""What was paid out, what arrived, what belongs together, and what of all that is open.

Amounts are in the smallest unit of the currency beside them, with their sign: more for us is
positive. Tables that are not managed are made by SQL in the migrations; they are written in sets.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

SETTLEMENT, BANK = "settlement", "bank"
KINDS: Final = (SETTLEMENT, BANK)
SENT, READ = "sent", "read"
STATES: Final = (SENT, READ)

#: From the order to the refund, in the order in which the money goes.
STAGES: Final = ("shipped", "settled", "footed", "payout", "bank", "declared", "refund")
SHIPPED, SETTLED, FOOTED, PAYOUT, CREDIT, DECLARED, REFUND = STAGES
#: What is aside counts nowhere: debits, and what the bank told twice.
OPEN, PROVEN, ASIDE = "open", "proven", "aside"
ITEM_STATES: Final = (OPEN, PROVEN, ASIDE)
#: What a difference between payouts and credits is put down to by whoever matched them.
DIFFERENCES: Final = ("fee", "exchange", "other")


def _one_of(names: tuple[str, ...], **options: Any) -> models.CharField[str, str]:
    return models.CharField(max_length=10, choices=[(name, name) for name in names], **options)


class MoneyMapping(Walled):
    """How tables of a payer or a bank are read: the TOML that the commands take."""

    name = codes(60)
    kind = _one_of(KINDS)
    content = models.TextField()
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "kind", "name"], name="reconciling_moneymapping_name"
            ),
        ]


class MoneyFile(Walled):
    """A report of a payer or a statement of a bank, as it was sent; the same twice is one.

    `report`: what was read of it, and what does not fit.
    """

    kind = _one_of(KINDS)
    file = models.CharField(max_length=200)
    format = models.CharField(max_length=20)
    #: Of a settlement: the channel of the orders that it settles; empty for a bank.
    channel = codes(40, blank=True)
    #: The mapping by name, and as it was when the file was sent; empty where the format is known.
    mapping = models.CharField(max_length=60, blank=True)
    toml = models.TextField(blank=True)
    bytes = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    state = _one_of(STATES, default=SENT)
    report = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    uploaded_by = models.CharField(max_length=45)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "kind", "channel", "sha256"],
                name="reconciling_moneyfile_digest",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "uploaded_at", "id"], name="reconciling_moneyfile_at"
            ),
        ]


class MoneyFilePart(models.Model):
    """A megabyte of a file, encrypted: the evidence of what was read."""

    pk = models.CompositePrimaryKey("enterprise_id", "source_id", "at")
    enterprise_id = models.UUIDField()
    source_id = models.UUIDField()
    at = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        managed = False


class Payout(Walled):
    """A settlement of a payer: what its lines come to, and what it says it pays out.

    `residual`: amount less sum, what no line explains; null while no payout is stated. `paid`: what
    arrives, where in another currency. `dated_on`: the day of the payout, or else the day on which
    it ends.
    """

    source = reference("reconciling.MoneyFile", related_name="payouts")
    channel = codes(40)
    settlement_no = codes(200)
    dated_on = models.DateField()
    paid_on = models.DateField(null=True)
    state = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    lines = models.IntegerField()
    sum = models.BigIntegerField()
    amount = models.BigIntegerField(null=True)
    residual = models.BigIntegerField(null=True)
    paid = models.BigIntegerField(null=True)
    paid_currency = models.CharField(max_length=3, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "channel", "settlement_no"], name="reconciling_payout_number"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "dated_on", "id"], name="reconciling_payout_dated"),
        ]


class SettlementLine(models.Model):
    """An amount of a settlement report. An empty `settlement_no`: not paid out so far."""

    pk = models.CompositePrimaryKey("enterprise_id", "channel", "settlement_no", "line_no")
    enterprise_id = models.UUIDField()
    channel = models.TextField()
    settlement_no = models.TextField()
    line_no = models.IntegerField()
    source_id = models.UUIDField()
    row = models.BigIntegerField()
    posted_on = models.DateField()
    kind = models.TextField()
    event = models.TextField()
    order_no = models.TextField()
    sku = models.TextField()
    quantity = models.BigIntegerField(null=True)
    group = models.TextField()
    label = models.TextField()
    account = models.TextField()
    amount = models.BigIntegerField()
    currency = models.TextField()
    entry_no = models.TextField()

    class Meta:
        managed = False


class BankStatement(Walled):
    """What a bank says of one account: `residual` is what its entries leave of its balances."""

    source = reference("reconciling.MoneyFile", related_name="statements")
    row = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    account = codes(80)
    currency = models.CharField(max_length=3)
    identity = models.CharField(max_length=200)
    number = models.BigIntegerField(null=True)
    page = models.CharField(max_length=20, blank=True)
    begins_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    opening = models.BigIntegerField(null=True)
    closing = models.BigIntegerField(null=True)
    residual = models.BigIntegerField(null=True)
    entries = models.IntegerField()
    #: Of what it says, wherever it stands: the same statement sent twice is told by it.
    digest = models.BinaryField(max_length=32)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "account", "ends_on"], name="reconciling_statement_of"
            ),
        ]


class BankLine(models.Model):
    """One booking on an account. `texts`: everything that a reference can stand in.

    `aside`: why it is none that a payout could be: pending, a debit, told twice; else empty.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "id")
    enterprise_id = models.UUIDField()
    id = models.UUIDField()
    statement = models.ForeignKey(
        BankStatement, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    row = models.BigIntegerField()
    account = models.TextField()
    dated_on = models.DateField()
    booked_on = models.DateField(null=True)
    valued_on = models.DateField(null=True)
    amount = models.BigIntegerField()
    currency = models.TextField()
    status = models.TextField()
    reference = models.TextField()
    texts = ArrayField(models.TextField())
    counterparty = models.TextField()
    counterparty_account = models.TextField()
    text = models.TextField()
    instructed = models.BigIntegerField(null=True)
    instructed_currency = models.TextField()
    rate = models.TextField()
    charges = models.BigIntegerField()
    balance = models.BigIntegerField(null=True)
    aside = models.TextField()

    class Meta:
        managed = False


class Match(Walled):
    """That items belong together: payouts and credits, or one side alone with the reason why.

    Never edited and never deleted: a second row, `undoes`, takes it back. `way`: the rule that
    matched it, or "person". `difference_as`: what `came` less `owed` is put down to.
    """

    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=45)
    way = models.CharField(max_length=30)
    reason = models.CharField(max_length=500)
    owed = models.BigIntegerField(null=True)
    owed_currency = models.CharField(max_length=3, blank=True)
    came = models.BigIntegerField(null=True)
    came_currency = models.CharField(max_length=3, blank=True)
    difference_as = models.CharField(max_length=10, blank=True)
    undoes = reference("reconciling.Match", null=True, related_name="undone_by")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "undoes"], name="reconciling_match_undone_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "at", "id"], name="reconciling_match_at"),
        ]


class Matched(models.Model):
    """Which items a match is about."""

    pk = models.CompositePrimaryKey("enterprise_id", "match_id", "item_id")
    enterprise_id = models.UUIDField()
    match_id = models.UUIDField()
    item_id = models.UUIDField()

    class Meta:
        managed = False


class Item(Walled):
    """Something that has to be proven at one stage: an order settled, a payout in the bank.

    `subject` names what it is about within its stage, `number` is what people call it. `found`: the
    code of why it is open, which with its age says the likely cause (`causes`), or by what it is
    proven. `proposal`: items with the same one may belong together.
    """

    stage = _one_of(STAGES)
    subject = codes(330)
    number = codes(200)
    channel = codes(80, blank=True)
    opened_on = models.DateField()
    currency = models.CharField(max_length=3, db_collation="C")
    amount = models.BigIntegerField()
    state = _one_of(ITEM_STATES, default=OPEN)
    found = codes(30, blank=True)
    ended_on = models.DateField(null=True)
    match = reference("reconciling.Match", null=True, related_name="items")
    proposal = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "stage", "subject"], name="reconciling_item_subject"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "stage", "currency", "state", "opened_on", "id"],
                name="reconciling_item_opened",
            ),
            models.Index(
                fields=["enterprise", "stage", "currency", "found", "opened_on", "id"],
                name="reconciling_item_found",
                condition=models.Q(state=OPEN),
            ),
            models.Index(
                fields=["enterprise", "stage", "opened_on", "id"],
                name="reconciling_item_left",
                condition=models.Q(state=OPEN, stage__in=[PAYOUT, CREDIT]),
            ),
            models.Index(
                fields=["enterprise", "stage", "number", "id"], name="reconciling_item_number"
            ),
            models.Index(
                fields=["enterprise", "proposal"],
                name="reconciling_item_proposal",
                condition=models.Q(proposal__isnull=False),
            ),
            models.Index(
                fields=["enterprise", "match"],
                name="reconciling_item_match",
                condition=models.Q(match__isnull=False),
            ),
        ]


class Tally(models.Model):
    """How many items of a stage, currency, state and cause opened on a day, and their amount.

    A trigger of `Item` keeps it, statement by statement (docs/decisions/0027).
    """

    pk = models.CompositePrimaryKey(
        "enterprise_id", "stage", "currency", "state", "found", "opened_on"
    )
    enterprise_id = models.UUIDField()
    stage = models.TextField()
    currency = models.TextField()
    state = models.TextField()
    found = models.TextField()
    opened_on = models.DateField()
    items = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        managed = False


class Followed(models.Model):
    """How far the documents of the desk were followed, by what they are of."""

    pk = models.CompositePrimaryKey("enterprise_id", "what")
    enterprise_id = models.UUIDField()
    what = models.TextField()
    after = models.UUIDField()

    class Meta:
        managed = False
