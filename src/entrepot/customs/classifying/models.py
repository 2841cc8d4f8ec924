# SPDX-License-Identifier: Apache-2.0
"""A firm's tariff, how its goods are classified, and what customs released before.

Tariff lines are only added. What a classification says never changes: a change is a new version,
and its state goes only with a step that says who did it and when; a trigger refuses anything else.
"""

from __future__ import annotations

from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference

DRAFT, PROPOSED, ACCEPTED = "draft", "proposed", "accepted"
RETURNED, DROPPED, UNDONE = "returned", "dropped", "undone"
STATES: Final = (DRAFT, PROPOSED, ACCEPTED, RETURNED, DROPPED, UNDONE)
#: Not decided yet: of each SKU there is one at most.
OPEN: Final = (DRAFT, PROPOSED)
#: From which states an event leads where. The migration says the same to the database.
WAYS: Final = {
    "proposed": ((DRAFT,), PROPOSED),
    "accepted": ((PROPOSED,), ACCEPTED),
    "returned": ((PROPOSED,), RETURNED),
    "dropped": ((DRAFT, PROPOSED), DROPPED),
    "undone": ((ACCEPTED,), UNDONE),
}
EVENTS: Final = tuple(WAYS)


class Settings(Walled):
    """How an enterprise has its goods looked at: `Policy.as_facts`, one row."""

    policy = models.JSONField()
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise"], name="classifying_settings_one"),
        ]


class TariffFile(Walled):
    """A file of tariff lines that was taken: which it was, and what came of it."""

    name = models.CharField(max_length=200)
    sha256 = models.BinaryField(max_length=32)
    lines = models.IntegerField()
    added = models.IntegerField()
    corrected = models.IntegerField()
    taken_at = models.DateTimeField(default=timezone.now)
    taken_by = models.CharField(max_length=45)


class TariffLine(Walled):
    """What the tariff asks of an HS code from a day on; a correction is a newer version of it.

    `elements`: names, in order. `valid_to`: the first day on which it does not hold.
    """

    hs_code = codes(10)
    valid_from = models.DateField()
    version = models.SmallIntegerField(default=1)
    valid_to = models.DateField(null=True)
    name = models.CharField(max_length=250)
    elements = ArrayField(models.CharField(max_length=60))
    unit1 = codes(3)
    unit2 = codes(3, blank=True)
    source = models.CharField(max_length=200)
    file = reference("classifying.TariffFile", related_name="its_lines")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "hs_code", "valid_from", "version"],
                name="classifying_tariffline_version",
            ),
        ]


class Classification(Walled):
    """How the goods of a SKU are declared from a day on: a version, which nobody changes.

    `elements`: pairs of name and value. `per_unit`, `per_unit1`, `per_unit2`: units that one stock
    unit is, as texts that `factors` reads. `tariff_line`: that it was made by, where there was one.
    `steps` counts those it went; `proposed_by` is whoever proposed it.
    """

    sku = codes(64)
    version = models.SmallIntegerField()
    state = models.CharField(max_length=8, choices=[(each, each) for each in STATES], default=DRAFT)
    valid_from = models.DateField()
    hs_code = codes(10, blank=True)
    name_zh = models.CharField(max_length=250, blank=True)
    name_en = models.CharField(max_length=250, blank=True)
    elements = models.JSONField(default=list)
    unit = codes(3, blank=True)
    per_unit = models.CharField(max_length=24, blank=True)
    unit1 = codes(3, blank=True)
    per_unit1 = models.CharField(max_length=24, blank=True)
    unit2 = codes(3, blank=True)
    per_unit2 = models.CharField(max_length=24, blank=True)
    country = models.CharField(max_length=2, blank=True)
    note = models.CharField(max_length=200, blank=True)
    tariff_line = reference("classifying.TariffLine", null=True, related_name="used_by")
    steps = models.SmallIntegerField(default=0)
    proposed_by = models.CharField(max_length=45, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "sku", "version"],
                name="classifying_classification_version",
            ),
            models.UniqueConstraint(
                fields=["enterprise", "sku"],
                name="classifying_classification_open",
                condition=Q(state__in=OPEN),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "sku", "valid_from", "version"],
                name="classifying_accepted",
                condition=Q(state=ACCEPTED),
            ),
            models.Index(
                fields=["enterprise", "id"],
                name="classifying_proposed",
                condition=Q(state=PROPOSED),
            ),
            models.Index(fields=["enterprise", "hs_code"], name="classifying_class_hs"),
        ]


class Step(Walled):
    """What happened to a classification: never changed. `findings`: those it was proposed with."""

    classification = reference("classifying.Classification", related_name="history")
    step_no = models.SmallIntegerField()
    event = models.CharField(max_length=8, choices=[(each, each) for each in EVENTS])
    was = models.CharField(max_length=8)
    became = models.CharField(max_length=8)
    reason = models.CharField(max_length=200, blank=True)
    findings = models.JSONField(default=list)
    at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "classification", "step_no"], name="classifying_step_no"
            ),
        ]


class ReleasedLine(Walled):
    """A line of a declaration list that customs released, as it was declared."""

    document = reference("customs.Document", related_name="+")
    gnum = models.IntegerField()
    sku = codes(64)
    hs_code = codes(10)
    name = models.CharField(max_length=250)
    text = models.CharField(max_length=250)
    unit = codes(3)
    unit1 = codes(3)
    unit2 = codes(3, blank=True)
    currency = codes(3)
    price = models.DecimalField(max_digits=19, decimal_places=5)
    declared_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "document", "gnum"], name="classifying_releasedline_one"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "sku", "declared_on", "id"], name="classifying_released_sku"
            ),
            models.Index(
                fields=["enterprise", "hs_code", "unit", "currency", "declared_on", "id"],
                name="classifying_released_hs",
            ),
        ]
