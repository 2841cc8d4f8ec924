# SPDX-License-Identifier: Apache-2.0
"""Counts of bins."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled
from entrepot.people.walls import WallOff

#: Few bins are asked to be counted at a time, and of those counted nobody asks any more.
ASKED = """
ALTER TABLE warehouse_countasked ADD CONSTRAINT warehouse_countasked_count_id_fk
    FOREIGN KEY (enterprise_id, count_id) REFERENCES warehouse_count (enterprise_id, id);
CREATE INDEX warehouse_countasked_count_id ON warehouse_countasked (enterprise_id, count_id)
    WHERE count_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0003_returns")]

    operations = [
        migrations.CreateModel(
            name="Count",
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
                ("number", models.CharField(db_collation="C", max_length=20)),
                ("warehouse", models.CharField(db_collation="C", max_length=200)),
                ("about", models.CharField(blank=True, max_length=200)),
                ("is_blind", models.BooleanField(default=True)),
                ("state", models.CharField(default="open", max_length=9)),
                ("documents", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_by", models.CharField(max_length=45)),
                ("closed_at", models.DateTimeField(null=True)),
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
        ),
        migrations.CreateModel(
            name="CountAsked",
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
                ("place", models.CharField(db_collation="C", max_length=200)),
                ("because", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("asked_by", models.CharField(max_length=45)),
                (
                    "count",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asked",
                        to="warehouse.count",
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
        ),
        migrations.CreateModel(
            name="CountedBin",
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
                ("place", models.CharField(db_collation="C", max_length=200)),
                ("state", models.CharField(default="to_count", max_length=8)),
                ("attempt", models.IntegerField(default=0)),
                ("again", models.CharField(blank=True, max_length=8)),
                ("begun", models.UUIDField(null=True)),
                (
                    "counted_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=45), default=list, size=None
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                ("approved_by", models.CharField(blank=True, max_length=45)),
                (
                    "count",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bins",
                        to="warehouse.count",
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
        ),
        migrations.CreateModel(
            name="CountEntry",
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
                ("attempt", models.IntegerField()),
                ("barcode", models.CharField(db_collation="C", max_length=100)),
                ("sku", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("quantity", models.IntegerField()),
                ("is_set", models.BooleanField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("by", models.CharField(max_length=45)),
                (
                    "bin",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="warehouse.countedbin",
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
            name="CountLimit",
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
                ("units", models.IntegerField()),
                ("percent", models.IntegerField()),
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
        ),
        migrations.CreateModel(
            name="CountLine",
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
                ("sku", models.CharField(db_collation="C", max_length=64)),
                ("expected", models.BigIntegerField()),
                ("counted", models.BigIntegerField()),
                (
                    "bin",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="warehouse.countedbin",
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
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="warehouse_count_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="countasked",
            constraint=models.UniqueConstraint(
                condition=models.Q(("count", None)),
                fields=("enterprise", "place"),
                name="warehouse_countasked_open",
            ),
        ),
        migrations.AddIndex(
            model_name="countedbin",
            index=models.Index(
                condition=models.Q(("state__in", ["right", "posted"])),
                fields=["enterprise", "place", "closed_at"],
                name="warehouse_countedbin_last",
            ),
        ),
        migrations.AddConstraint(
            model_name="countedbin",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "count", "place"), name="warehouse_countedbin_place"
            ),
        ),
        migrations.AddConstraint(
            model_name="countedbin",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["to_count", "counting", "differs"])),
                fields=("enterprise", "place"),
                name="warehouse_countedbin_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="countlimit",
            constraint=models.UniqueConstraint(
                fields=("enterprise",), name="warehouse_countlimit_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="countline",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "bin", "sku"), name="warehouse_countline_sku"
            ),
        ),
        migrations.AddConstraint(
            model_name="countline",
            constraint=models.CheckConstraint(
                condition=models.Q(("counted__gte", 0)), name="warehouse_countline_counted"
            ),
        ),
        WallOff("warehouse_countlimit"),
        WallOff("warehouse_count"),
        WallOff("warehouse_countasked"),
        WallOff("warehouse_countedbin", {"count_id": "warehouse_count"}),
        WallOff("warehouse_countline", {"bin_id": "warehouse_countedbin"}),
        WallOff("warehouse_countentry", {"bin_id": "warehouse_countedbin"}),
        migrations.RunSQL(ASKED),
    ]
