# SPDX-License-Identifier: Apache-2.0
"""What Django knows of the tables that are made by SQL and written in sets."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reconciling", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="BankLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("id", models.UUIDField()),
                ("row", models.BigIntegerField()),
                ("account", models.TextField()),
                ("dated_on", models.DateField()),
                ("booked_on", models.DateField(null=True)),
                ("valued_on", models.DateField(null=True)),
                ("amount", models.BigIntegerField()),
                ("currency", models.TextField()),
                ("status", models.TextField()),
                ("reference", models.TextField()),
                (
                    "texts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
                ("counterparty", models.TextField()),
                ("counterparty_account", models.TextField()),
                ("text", models.TextField()),
                ("instructed", models.BigIntegerField(null=True)),
                ("instructed_currency", models.TextField()),
                ("rate", models.TextField()),
                ("charges", models.BigIntegerField()),
                ("balance", models.BigIntegerField(null=True)),
                ("aside", models.TextField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Followed",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "what",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("what", models.TextField()),
                ("after", models.UUIDField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Matched",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "match_id",
                        "item_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("match_id", models.UUIDField()),
                ("item_id", models.UUIDField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="MoneyFilePart",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "source_id",
                        "at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("source_id", models.UUIDField()),
                ("at", models.IntegerField()),
                ("content", models.BinaryField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="SettlementLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "channel",
                        "settlement_no",
                        "line_no",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("channel", models.TextField()),
                ("settlement_no", models.TextField()),
                ("line_no", models.IntegerField()),
                ("source_id", models.UUIDField()),
                ("row", models.BigIntegerField()),
                ("posted_on", models.DateField()),
                ("kind", models.TextField()),
                ("event", models.TextField()),
                ("order_no", models.TextField()),
                ("sku", models.TextField()),
                ("quantity", models.BigIntegerField(null=True)),
                ("group", models.TextField()),
                ("label", models.TextField()),
                ("account", models.TextField()),
                ("amount", models.BigIntegerField()),
                ("currency", models.TextField()),
                ("entry_no", models.TextField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "stage",
                        "currency",
                        "state",
                        "found",
                        "opened_on",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("stage", models.TextField()),
                ("currency", models.TextField()),
                ("state", models.TextField()),
                ("found", models.TextField()),
                ("opened_on", models.DateField()),
                ("items", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
            ],
            options={
                "managed": False,
            },
        ),
    ]
