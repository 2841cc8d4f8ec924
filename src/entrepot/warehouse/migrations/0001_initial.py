# SPDX-License-Identifier: Apache-2.0
"""The tables of orders, waves and parcels."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0002_book"),
        ("people", "0003_audit_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Allocation",
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
                ("line_no", models.IntegerField()),
                ("warehouse", models.TextField()),
                ("place", models.TextField()),
                ("sku", models.TextField()),
                ("lot", models.TextField()),
                ("quantity", models.IntegerField()),
                ("picked_from", models.TextField()),
                ("wave_id", models.UUIDField(null=True)),
                ("parcel_id", models.UUIDField(null=True)),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Counter",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "kind",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("kind", models.TextField()),
                ("value", models.BigIntegerField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "order_id",
                        "line_no",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("line_no", models.IntegerField()),
                ("sku", models.TextField()),
                ("quantity", models.IntegerField()),
                ("amount", models.BigIntegerField()),
                ("cancelled", models.IntegerField()),
                ("allocated", models.IntegerField()),
                ("shipped", models.IntegerField()),
                (
                    "open",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("quantity"), "-", models.F("cancelled")
                                ),
                                "-",
                                models.F("allocated"),
                            ),
                            "-",
                            models.F("shipped"),
                        ),
                        output_field=models.IntegerField(),
                    ),
                ),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Recipient",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "order_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("order_id", models.UUIDField()),
                ("content", models.BinaryField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="ShippedLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "document_id",
                        "line",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("document_id", models.UUIDField()),
                ("line", models.IntegerField()),
                ("parcel_id", models.UUIDField()),
                ("order_id", models.UUIDField()),
                ("line_no", models.IntegerField()),
                ("sku", models.TextField()),
                ("lot", models.TextField()),
                ("quantity", models.IntegerField()),
                ("returned", models.IntegerField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Order",
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
                ("channel", models.CharField(db_collation="C", max_length=40)),
                ("number", models.CharField(db_collation="C", max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("held", "held"),
                            ("done", "done"),
                            ("cancelled", "cancelled"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("ordered_at", models.DateTimeField()),
                ("promised_on", models.DateField()),
                ("priority", models.SmallIntegerField(default=0)),
                ("country", models.CharField(max_length=2)),
                ("postcode", models.CharField(blank=True, max_length=20)),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "service",
                    models.CharField(
                        blank=True, help_text="how it is to be shipped", max_length=60
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500)),
                ("held_because", models.CharField(blank=True, max_length=200)),
                ("hash", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_by", models.CharField(max_length=45)),
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
                    "split_from",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="split_into",
                        to="warehouse.order",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Parcel",
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
                (
                    "state",
                    models.CharField(
                        choices=[("packed", "packed"), ("shipped", "shipped")],
                        default="packed",
                        max_length=7,
                    ),
                ),
                ("weight_g", models.IntegerField(null=True)),
                ("carton", models.CharField(blank=True, max_length=40)),
                ("carrier", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("tracking", models.CharField(blank=True, db_collation="C", max_length=80)),
                ("packed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("packed_by", models.CharField(max_length=45)),
                ("shipped_at", models.DateTimeField(null=True)),
                ("shipped_by", models.CharField(blank=True, max_length=45)),
                ("shipped_on", models.DateField(null=True)),
                (
                    "document",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.document",
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
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parcels",
                        to="warehouse.order",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Policy",
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
                    "criteria",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), size=None
                    ),
                ),
                ("whole_first", models.BooleanField(default=True)),
                ("may_split", models.BooleanField(default=True)),
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
            name="Route",
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
                ("country", models.CharField(blank=True, max_length=2)),
                (
                    "postcode",
                    models.CharField(blank=True, help_text="how postcodes begin", max_length=20),
                ),
                ("warehouse", models.CharField(db_collation="C", max_length=40)),
                ("rank", models.IntegerField(default=0, help_text="the lowest first")),
                (
                    "cost",
                    models.BigIntegerField(
                        default=0, help_text="of a parcel, in one currency for all"
                    ),
                ),
                ("distance_km", models.IntegerField(default=0)),
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
            name="Wave",
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
                ("is_open", models.BooleanField(default=True)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_by", models.CharField(max_length=45)),
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
            model_name="order",
            index=models.Index(fields=["enterprise", "number", "id"], name="warehouse_order_find"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "held"])),
                fields=["enterprise", "state", "promised_on", "id"],
                name="warehouse_order_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "channel", "number"), name="warehouse_order_number"
            ),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=models.Index(
                condition=models.Q(("state", "packed")),
                fields=["enterprise", "warehouse", "id"],
                name="warehouse_parcel_packed",
            ),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=models.Index(
                condition=models.Q(("tracking", ""), _negated=True),
                fields=["enterprise", "tracking", "id"],
                name="warehouse_parcel_tracking",
            ),
        ),
        migrations.AddConstraint(
            model_name="parcel",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="warehouse_parcel_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.UniqueConstraint(fields=("enterprise",), name="warehouse_policy_one"),
        ),
        migrations.AddConstraint(
            model_name="route",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "country", "postcode", "warehouse"),
                name="warehouse_route_key",
            ),
        ),
        migrations.AddIndex(
            model_name="wave",
            index=models.Index(
                condition=models.Q(("is_open", True)),
                fields=["enterprise", "warehouse", "id"],
                name="warehouse_wave_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="wave",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="warehouse_wave_number"
            ),
        ),
    ]
