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
