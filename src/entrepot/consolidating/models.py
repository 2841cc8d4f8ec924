# SPDX-License-Identifier: Apache-2.0
"""Pieces of loose cargo, each with the steps it went, and the containers they leave in.

A state is changed together with the step that says who changed it, when and where: a trigger
refuses one without the other, and any way that `rules` does not know. Steps are only added.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from entrepot.consolidating.rules import CONTAINER_STATES, INSIDE, STATES
from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference


def _one_of(names: tuple[str, ...], default: str) -> models.CharField[str, str]:
    return models.CharField(
        max_length=13, choices=[(name, name) for name in names], default=default
    )


class Container(Walled):
    """A container that is loaded at a site; its number is used again once it has departed."""

    number = codes(20)
    site = codes(40)
    state = _one_of(CONTAINER_STATES, "open")
    seal_no = codes(40, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.CharField(max_length=45)
    sealed_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "number"],
                name="consolidating_container_number",
                condition=~models.Q(state="departed"),
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", seal_no="")
                | (~models.Q(state="open") & ~models.Q(seal_no="")),
                name="consolidating_container_seal",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "state", "id"], name="consolidating_container_state"
            ),
        ]


class Piece(Walled):
    """One package: its mark or barcode, what it is declared under, what it weighs and measures.

    `consignment` is the number of one where it is known. `steps` counts those it went; `site` and
    `location` are where it was seen last. `disposition` and `reason` are of one that failed.
    """

    mark = codes(64)
    declaration_no = codes(18, blank=True)
    consignment = codes(40, blank=True)
    description = models.CharField(max_length=200, blank=True)
    weight_g = models.IntegerField()
    volume_cm3 = models.IntegerField()
    state = _one_of(STATES, "ordered")
    site = codes(40, blank=True)
    location = codes(40, blank=True)
    container = reference("consolidating.Container", null=True, related_name="pieces")
    disposition = models.CharField(max_length=6, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    steps = models.IntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "mark"], name="consolidating_piece_mark"),
            models.CheckConstraint(
                condition=models.Q(state__in=sorted(INSIDE), container__isnull=False)
                | (~models.Q(state__in=sorted(INSIDE)) & models.Q(container__isnull=True)),
                name="consolidating_piece_contained",
            ),
            models.CheckConstraint(
                condition=models.Q(weight_g__gt=0, volume_cm3__gt=0),
                name="consolidating_piece_measured",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "state", "id"], name="consolidating_piece_state"),
            models.Index(
                fields=["enterprise", "container", "mark"], name="consolidating_piece_inside"
            ),
            models.Index(
                fields=["enterprise", "declaration_no", "id"], name="consolidating_piece_declared"
            ),
        ]


class Step(Walled):
    """What happened to a piece: never changed, never deleted.

    `number` is the id that a hand-held or program gave the event, `step_no` counts the steps of the
    piece from 1. `happened_at` is when it was done, `recorded_at` when the desk heard of it.
    """

    piece = reference("consolidating.Piece", related_name="history")
    number = codes(64)
    step_no = models.IntegerField()
    event = models.CharField(max_length=13)
    was = models.CharField(max_length=13)
    became = models.CharField(max_length=13)
    site = codes(40)
    location = codes(40, blank=True)
    container = reference("consolidating.Container", null=True, related_name="history")
    seal_no = codes(40, blank=True)
    declaration_no = codes(18, blank=True)
    disposition = models.CharField(max_length=6, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "piece", "number"], name="consolidating_step_number"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "piece", "step_no"], name="consolidating_step_no"
            ),
        ]


class Measure(Walled):
    """What a piece measures, whose it is and how it may be loaded; told anew, it is put right.

    `bears_g` is how much may lie on it in all. `turn` is as in `planning.cargo.TURNS`.
    """

    piece = reference("consolidating.Piece", related_name="measures")
    owner = models.CharField(max_length=100)
    length_mm = models.IntegerField()
    width_mm = models.IntegerField()
    height_mm = models.IntegerField()
    turn = models.CharField(max_length=4, default="flat")
    bears_g = models.IntegerField(default=0)
    floor_only = models.BooleanField(default=False)
    un_no = codes(4, blank=True)
    dg_class = codes(4, blank=True)
    destination = codes(40, blank=True)
    due_on = models.DateField(null=True)
    measured_at = models.DateTimeField(default=timezone.now)
    measured_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "piece"], name="consolidating_measure_once"
            ),
            models.CheckConstraint(
                condition=models.Q(length_mm__gt=0, width_mm__gt=0, height_mm__gt=0)
                & models.Q(bears_g__gte=0),
                name="consolidating_measure_sizes",
            ),
        ]


class Terms(Walled):
    """What the firm allows when it loads; the latest row holds, none is ever changed.

    `limits`, `kinds` and `pairs` are as `terms` reads and writes them.
    """

    limits = models.JSONField()
    kinds = models.JSONField()
    pairs = models.JSONField()
    set_at = models.DateTimeField(default=timezone.now)
    set_by = models.CharField(max_length=45)


class LoadPlan(Walled):
    """A plan of what goes into which container, as it was made: never changed, never deleted."""

    number = models.IntegerField()
    site = codes(40)
    terms = reference("consolidating.Terms", related_name="plans")
    leaves_on = models.DateField(null=True)
    pieces = models.IntegerField()
    placed = models.IntegerField()
    cut_short = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "number"], name="consolidating_loadplan_number"
            ),
        ]


class PlannedContainer(Walled):
    """A container of a plan, and what was reckoned of it; millimetres, grams, cubic centimetres."""

    plan = reference("consolidating.LoadPlan", related_name="containers")
    container_no = models.IntegerField()
    kind = models.CharField(max_length=40)
    destination = codes(40, blank=True)
    length_mm = models.IntegerField()
    width_mm = models.IntegerField()
    height_mm = models.IntegerField()
    pieces = models.IntegerField()
    weight_g = models.BigIntegerField()
    volume_cm3 = models.BigIntegerField()
    filled_percent = models.IntegerField()
    centre_x_mm = models.IntegerField()
    centre_y_mm = models.IntegerField()
    centre_z_mm = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "plan", "container_no"],
                name="consolidating_plannedcontainer_no",
            ),
        ]


class PlannedPiece(Walled):
    """Where a piece lies in a plan, in the order of loading; or why it was left out.

    `container_no` and `place_no` are 0 for what was left out.
    """

    plan = reference("consolidating.LoadPlan", related_name="planned")
    piece = reference("consolidating.Piece", related_name="planned")
    container_no = models.IntegerField()
    place_no = models.IntegerField()
    mark = codes(64)
    owner = models.CharField(max_length=100, blank=True)
    x_mm = models.IntegerField(default=0)
    y_mm = models.IntegerField(default=0)
    z_mm = models.IntegerField(default=0)
    along_mm = models.IntegerField(default=0)
    across_mm = models.IntegerField(default=0)
    up_mm = models.IntegerField(default=0)
    weight_g = models.IntegerField()
    dg_class = codes(4, blank=True)
    reason = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "plan", "piece"], name="consolidating_plannedpiece_once"
            ),
            models.CheckConstraint(
                condition=models.Q(container_no__gt=0, reason="")
                | (models.Q(container_no=0) & ~models.Q(reason="")),
                name="consolidating_plannedpiece_why",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "plan", "container_no", "place_no", "mark"],
                name="consolidating_plannedpiece_in",
            ),
        ]


class Choice(Walled):
    """That a plan is loaded by at a site; the latest row holds, so an older plan comes back."""

    plan = reference("consolidating.LoadPlan", related_name="choices")
    site = codes(40)
    chosen_at = models.DateTimeField(default=timezone.now)
    chosen_by = models.CharField(max_length=45)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "site", "-id"], name="consolidating_choice_latest"),
        ]


class Bill(Walled):
    """The number of a container's master document, where `owner` is empty, or of an owner's house.

    A number that was wrong is named anew in a further row: the latest holds.
    """

    container = reference("consolidating.Container", related_name="bills")
    owner = models.CharField(max_length=100, blank=True)
    bill_no = codes(37)
    named_at = models.DateTimeField(default=timezone.now)
    named_by = models.CharField(max_length=45)
