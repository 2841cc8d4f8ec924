# SPDX-License-Identifier: Apache-2.0
"""The tables of closes, walled off."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled
from entrepot.people.walls import WallOff


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0003_audit_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Close",
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
                ("as_of", models.DateField()),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("asked_by", models.CharField(max_length=45)),
                ("job", models.UUIDField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("summary", models.JSONField(null=True)),
                ("stock", models.JSONField(null=True)),
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
            name="ClosedFile",
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
                ("name", models.CharField(db_collation="C", max_length=80)),
                ("content", models.BinaryField()),
                ("sha256", models.BinaryField(max_length=32)),
                (
                    "close",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="closing.close",
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
            name="KeptTable",
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
                ("name", models.CharField(db_collation="C", max_length=40)),
                ("content", models.BinaryField()),
                ("sha256", models.BinaryField(max_length=32)),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_by", models.CharField(max_length=45)),
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
        migrations.AddIndex(
            model_name="close",
            index=models.Index(fields=["enterprise", "asked_at", "id"], name="closing_close_at"),
        ),
        migrations.AddConstraint(
            model_name="closedfile",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "close", "name"), name="closing_closedfile_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="kepttable",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "name"), name="closing_keptable_name"
            ),
        ),
        WallOff("closing_kepttable"),
        WallOff("closing_close"),
        WallOff("closing_closedfile", {"close_id": "closing_close"}, may=("SELECT", "INSERT")),
    ]
