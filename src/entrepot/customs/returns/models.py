# SPDX-License-Identifier: Apache-2.0
"""Cases of goods that return through customs, the numbers scanned of units, what was refunded.

A state is changed together with the step that says who changed it and when: a trigger refuses one
without the other, and any way that `states` does not know. Lines, steps and scans are only added;
what is undone is undone by another row.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from entrepot.customs.returns.states import HOME, OUT, OUTCOMES, PURPOSES, STATES
from entrepot.customs.returns.tables import KINDS
from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference


def _one_of(
    names: tuple[str, ...], length: int, default: str | None = None
) -> models.CharField[str, str]:
    choices = [(name, name) for name in names]
    if default is None:
        return models.CharField(max_length=length, choices=choices)
    return models.CharField(max_length=length, choices=choices, default=default)


class Case(Walled):
    """Goods that are to come home together.

    `customs_out`, `customs_back`: names of the customs districts they left and return through,
    empty where not known. `is_food`, `is_original`: null where nobody said. `home` is the code of
    the warehouse that takes them in. `steps` counts those it went.
    """

    number = codes(40)
    purpose = _one_of(PURPOSES, 8)
    customs_out = models.CharField(max_length=40, blank=True)
    customs_back = models.CharField(max_length=40, blank=True)
    is_food = models.BooleanField(null=True)
    is_original = models.BooleanField(null=True)
    home = codes(40)
    returns_on = models.DateField()
    note = models.CharField(max_length=500, blank=True)
    state = _one_of(STATES, 9, "drafted")
    steps = models.IntegerField(default=0)
    hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "number"], name="returning_case_number"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "state", "id"], name="returning_case_state"),
        ]


class CaseLine(Walled):
    """Units of a declaration line that are to come home, and where in the book they lie abroad.

    `mode` and `exported_on` are those of the declaration when the case was drafted. `parcel_no`:
    of the parcel or list they left with, where it is known. `released_on`, `left_area_on`: null
    where not known; the export date then stands for them, and the check says so.
    """

    case = reference("returning.Case", related_name="lines")
    line_no = models.IntegerField()
    declaration_no = codes(18)
    item_no = models.IntegerField()
    sku = codes(64)
    quantity = models.BigIntegerField()
    mode = codes(4)
    exported_on = models.DateField()
    released_on = models.DateField(null=True)
    left_area_on = models.DateField(null=True)
    parcel_no = codes(64, blank=True)
    from_place = codes(200)
    lot = codes(64, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "case", "line_no"], name="returning_caseline_no"
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0), name="returning_caseline_some"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "declaration_no", "item_no", "sku"],
                name="returning_caseline_of",
            ),
        ]


class CaseStep(Walled):
    """What happened to a case: never changed, never deleted.

    `happened_on`: the day it counts for. `paper_no`: number of the certificate (cleared) or of
    the return's declaration (announced). `amount`: fen that were repaid. `facts`: what was judged
    or proved then. `document`: with which the book moved them. `undoes`: the step it takes back.
    """

    case = reference("returning.Case", related_name="history")
    step_no = models.IntegerField()
    event = models.CharField(max_length=17)
    was = models.CharField(max_length=9)
    became = models.CharField(max_length=9)
    happened_on = models.DateField()
    paper_no = codes(64, blank=True)
    amount = models.BigIntegerField(null=True)
    note = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    document = reference("ledger.Document", null=True, related_name="+")
    undoes = models.IntegerField(null=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "case", "step_no"], name="returning_casestep_no"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "case", "undoes"], name="returning_casestep_undoes"
            ),
        ]


class Scan(Walled):
    """A number that was scanned of units: out, under a declaration line; home, for a case.

    `number` is the id of the scan: the same again is the same. `outcome` and `why` are what was
    found when it was scanned; what is refused proves nothing. `undoes`: the scan it takes back.
    """

    number = codes(64)
    way = _one_of((OUT, HOME), 4)
    sku = codes(64)
    kind = _one_of(KINDS, 6)
    identity = codes(64)
    quantity = models.BigIntegerField()
    declaration_no = codes(18, blank=True)
    item_no = models.IntegerField(null=True)
    case = reference("returning.Case", null=True, related_name="scans")
    outcome = _one_of(OUTCOMES, 7)
    why = models.CharField(max_length=15, blank=True)
    undoes = codes(64, blank=True)
    scanned_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "number"], name="returning_scan_number"),
            models.UniqueConstraint(
                fields=["enterprise", "undoes"],
                name="returning_scan_undoes",
                condition=~models.Q(undoes=""),
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0)
                & (~models.Q(kind="serial") | models.Q(quantity=1)),
                name="returning_scan_quantity",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "identity", "kind", "sku"], name="returning_scan_identity"
            ),
            models.Index(
                fields=["enterprise", "declaration_no", "item_no", "sku"],
                name="returning_scan_line",
                condition=models.Q(way=OUT),
            ),
        ]


class Refund(Walled):
    """What the last close says is refunded of a declaration line, and over how many units.

    `amount`: fen of the item's claims, all of them netted, this line's share. `units`: those of
    the line that the refund is for: covered by an invoice, and not gone, lost or sent home.
    """

    declaration_no = codes(18)
    item_no = models.IntegerField()
    sku = codes(64)
    units = models.BigIntegerField()
    amount = models.BigIntegerField()
    closed_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "declaration_no", "item_no", "sku"],
                name="returning_refund_line",
            ),
        ]
