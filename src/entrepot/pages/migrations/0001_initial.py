# SPDX-License-Identifier: Apache-2.0
"""The sums that plots are drawn from, walled off."""

import django.db.models.deletion
from django.db import migrations, models

import entrepot.people.walled
from entrepot.people.walls import WallOff


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0004_demo"),
    ]

    operations = [
        migrations.CreateModel(
            name="Counted",
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
                ("at", models.DateTimeField()),
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
                "constraints": [
                    models.UniqueConstraint(fields=("enterprise",), name="pages_counted_one")
                ],
            },
        ),
        migrations.CreateModel(
            name="Figure",
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
                (
                    "name",
                    models.CharField(
                        choices=[
                            ("stock", "stock"),
                            ("received", "received"),
                            ("shipped", "shipped"),
                            ("returned", "returned"),
                            ("sent", "sent"),
                        ],
                        max_length=8,
                    ),
                ),
                ("about", models.CharField(db_collation="C", max_length=200)),
                ("on", models.DateField()),
                ("units", models.BigIntegerField()),
                ("times", models.BigIntegerField(default=0)),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("enterprise", "name", "on", "about"), name="pages_figure_key"
                    )
                ],
            },
        ),
        WallOff("pages_counted"),
        WallOff("pages_figure"),
    ]
