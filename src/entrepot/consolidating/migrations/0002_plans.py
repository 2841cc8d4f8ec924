# SPDX-License-Identifier: Apache-2.0
"""Measures of pieces, what the firm allows, plans that never change, numbers of documents."""

from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled
from entrepot.people.walls import WallOff

_ADD_ONLY = ("SELECT", "INSERT")


class Migration(migrations.Migration):
    dependencies = [
        ("consolidating", "0001_initial"),
        ("people", "0004_demo"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bill",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=entrepot.people.walled.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("owner", models.CharField(blank=True, max_length=100)),
                ("bill_no", models.CharField(db_collation="C", max_length=37)),
                ("named_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("named_by", models.CharField(max_length=45)),
                (
                    "container",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bills",
                        to="consolidating.container",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_default=entrepot.people.walled.CurrentEnterprise(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.enterprise",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Terms",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=entrepot.people.walled.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("limits", models.JSONField()),
                ("kinds", models.JSONField()),
                ("pairs", models.JSONField()),
                ("set_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("set_by", models.CharField(max_length=45)),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_default=entrepot.people.walled.CurrentEnterprise(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.enterprise",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LoadPlan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=entrepot.people.walled.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("number", models.IntegerField()),
                ("site", models.CharField(db_collation="C", max_length=40)),
                ("leaves_on", models.DateField(null=True)),
                ("pieces", models.IntegerField()),
                ("placed", models.IntegerField()),
                ("cut_short", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("made_by", models.CharField(max_length=45)),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_default=entrepot.people.walled.CurrentEnterprise(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.enterprise",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="consolidating.terms",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Choice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=entrepot.people.walled.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("site", models.CharField(db_collation="C", max_length=40)),
                ("chosen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("chosen_by", models.CharField(max_length=45)),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_default=entrepot.people.walled.CurrentEnterprise(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.enterprise",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="choices",
                        to="consolidating.loadplan",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["enterprise", "site", "-id"], name="consolidating_choice_latest"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Measure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=entrepot.people.walled.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("owner", models.CharField(max_length=100)),
                ("length_mm", models.IntegerField()),
                ("width_mm", models.IntegerField()),
                ("height_mm", models.IntegerField()),
                ("turn", models.CharField(default="flat", max_length=4)),
                ("bears_g", models.IntegerField(default=0)),
                ("floor_only", models.BooleanField(default=False)),
                ("un_no", models.CharField(blank=True, db_collation="C", max_length=4)),
                ("dg_class", models.CharField(blank=True, db_collation="C", max_length=4)),
                ("destination", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("due_on", models.DateField(null=True)),
                ("measured_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("measured_by", models.CharField(max_length=45)),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_default=entrepot.people.walled.CurrentEnterprise(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.enterprise",
                    ),
                ),
                (
                    "piece",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measures",
                        to="consolidating.piece",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("enterprise", "piece"), name="consolidating_measure_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("height_mm__gt", 0),
                            ("length_mm__gt", 0),
                            ("width_mm__gt", 0),
                            ("bears_g__gte", 0),
                        ),
                        name="consolidating_measure_sizes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlannedContainer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=entrepot.people.walled.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("container_no", models.IntegerField()),
                ("kind", models.CharField(max_length=40)),
                ("destination", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("length_mm", models.IntegerField()),
                ("width_mm", models.IntegerField()),
                ("height_mm", models.IntegerField()),
                ("pieces", models.IntegerField()),
                ("weight_g", models.BigIntegerField()),
                ("volume_cm3", models.BigIntegerField()),
                ("filled_percent", models.IntegerField()),
                ("centre_x_mm", models.IntegerField()),
                ("centre_y_mm", models.IntegerField()),
                ("centre_z_mm", models.IntegerField()),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_default=entrepot.people.walled.CurrentEnterprise(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.enterprise",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="containers",
                        to="consolidating.loadplan",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("enterprise", "plan", "container_no"),
                        name="consolidating_plannedcontainer_no",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlannedPiece",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=entrepot.people.walled.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("container_no", models.IntegerField()),
                ("place_no", models.IntegerField()),
                ("mark", models.CharField(db_collation="C", max_length=64)),
                ("owner", models.CharField(blank=True, max_length=100)),
                ("x_mm", models.IntegerField(default=0)),
                ("y_mm", models.IntegerField(default=0)),
                ("z_mm", models.IntegerField(default=0)),
                ("along_mm", models.IntegerField(default=0)),
                ("across_mm", models.IntegerField(default=0)),
                ("up_mm", models.IntegerField(default=0)),
                ("weight_g", models.IntegerField()),
                ("dg_class", models.CharField(blank=True, db_collation="C", max_length=4)),
                ("reason", models.CharField(blank=True, max_length=12)),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_default=entrepot.people.walled.CurrentEnterprise(),
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.enterprise",
                    ),
                ),
                (
                    "piece",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned",
                        to="consolidating.piece",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="planned",
                        to="consolidating.loadplan",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["enterprise", "plan", "container_no", "place_no", "mark"],
                        name="consolidating_plannedpiece_in",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("enterprise", "plan", "piece"),
                        name="consolidating_plannedpiece_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("container_no__gt", 0), ("reason", "")),
                            models.Q(("container_no", 0), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="consolidating_plannedpiece_why",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="loadplan",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="consolidating_loadplan_number"
            ),
        ),
        WallOff(
            "consolidating_measure",
            {"piece_id": "consolidating_piece"},
            may=("SELECT", "INSERT", "UPDATE"),
        ),
        WallOff("consolidating_terms", may=_ADD_ONLY),
        WallOff("consolidating_loadplan", {"terms_id": "consolidating_terms"}, may=_ADD_ONLY),
        WallOff(
            "consolidating_plannedcontainer",
            {"plan_id": "consolidating_loadplan"},
            may=_ADD_ONLY,
        ),
        WallOff(
            "consolidating_plannedpiece",
            {"plan_id": "consolidating_loadplan", "piece_id": "consolidating_piece"},
            may=_ADD_ONLY,
        ),
        WallOff("consolidating_choice", {"plan_id": "consolidating_loadplan"}, may=_ADD_ONLY),
        WallOff("consolidating_bill", {"container_id": "consolidating_container"}, may=_ADD_ONLY),
    ]
