# SPDX-License-Identifier: Apache-2.0
"""Shops, files of orders, the GS1 prefix, and what lists of orders are found by."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0003_audit_indexes"),
        ("warehouse", "0004_counts"),
    ]

    operations = [
        migrations.CreateModel(
            name="OrderFilePart",
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
            name="TakenOrder",
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
                ("order_id", models.UUIDField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Gs1Prefix",
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
                ("prefix", models.CharField(max_length=12)),
                ("extension", models.SmallIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="OrderFile",
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
                ("file", models.CharField(max_length=200)),
                ("mapping", models.CharField(blank=True, max_length=60)),
                ("toml", models.TextField(blank=True)),
                ("promise_days", models.SmallIntegerField()),
                ("bytes", models.BigIntegerField()),
                ("sha256", models.BinaryField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sent", "sent"),
                            ("previewed", "previewed"),
                            ("committed", "committed"),
                            ("undone", "undone"),
                        ],
                        default="sent",
                        max_length=9,
                    ),
                ),
                ("preview", models.JSONField(default=dict)),
                ("orders", models.IntegerField(default=0)),
                ("allocated", models.IntegerField(default=0)),
                (
                    "uploaded_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("uploaded_by", models.CharField(max_length=45)),
                ("committed_at", models.DateTimeField(null=True)),
                ("committed_by", models.CharField(blank=True, max_length=45)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=45)),
            ],
        ),
        migrations.CreateModel(
            name="OrderMapping",
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
                ("name", models.CharField(db_collation="C", max_length=60)),
                ("content", models.TextField()),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("changed_by", models.CharField(max_length=45)),
            ],
        ),
        migrations.CreateModel(
            name="Shop",
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
                ("name", models.CharField(max_length=100)),
                ("channel", models.CharField(db_collation="C", max_length=40)),
                ("secret", models.BinaryField(max_length=500)),
                ("is_active", models.BooleanField(default=True)),
                ("promise_days", models.SmallIntegerField()),
                ("country", models.CharField(blank=True, max_length=2)),
                ("services", models.JSONField(default=dict)),
                ("digits", models.JSONField(default=dict)),
                (
                    "made_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("made_by", models.CharField(max_length=45)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ShopEvent",
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
                ("webhook_id", models.CharField(db_collation="C", max_length=120)),
                ("event_id", models.CharField(blank=True, db_collation="C", max_length=120)),
                ("topic", models.CharField(db_collation="C", max_length=60)),
                ("external", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("body", models.BinaryField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("taken", "taken"),
                            ("waiting", "waiting"),
                            ("refused", "refused"),
                            ("kept", "kept"),
                        ],
                        max_length=7,
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=60)),
                ("problem", models.JSONField(null=True)),
                ("attempts", models.SmallIntegerField(default=1)),
                (
                    "received_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("tried_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="ShopOrder",
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
                ("external", models.CharField(db_collation="C", max_length=40)),
                ("version_at", models.DateTimeField(null=True)),
                ("version_hash", models.BinaryField(default=bytes, max_length=32)),
                ("is_cancelled", models.BooleanField(default=False)),
                ("lines", models.JSONField(default=dict)),
            ],
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["enterprise", "state", "id"], name="warehouse_order_state"),
        ),
        migrations.AddField(
            model_name="gs1prefix",
            name="enterprise",
            field=models.ForeignKey(
                db_default=entrepot.people.walled.CurrentEnterprise(),
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="orderfile",
            name="enterprise",
            field=models.ForeignKey(
                db_default=entrepot.people.walled.CurrentEnterprise(),
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="ordermapping",
            name="enterprise",
            field=models.ForeignKey(
                db_default=entrepot.people.walled.CurrentEnterprise(),
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="shop",
            name="enterprise",
            field=models.ForeignKey(
                db_default=entrepot.people.walled.CurrentEnterprise(),
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="shopevent",
            name="enterprise",
            field=models.ForeignKey(
                db_default=entrepot.people.walled.CurrentEnterprise(),
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="shopevent",
            name="shop",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="warehouse.shop",
            ),
        ),
        migrations.AddField(
            model_name="shoporder",
            name="enterprise",
            field=models.ForeignKey(
                db_default=entrepot.people.walled.CurrentEnterprise(),
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="shoporder",
            name="order",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="warehouse.order",
            ),
        ),
        migrations.AddField(
            model_name="shoporder",
            name="shop",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="warehouse.shop",
            ),
        ),
        migrations.AddConstraint(
            model_name="gs1prefix",
            constraint=models.UniqueConstraint(
                fields=("enterprise",), name="warehouse_gs1prefix_one"
            ),
        ),
        migrations.AddIndex(
            model_name="orderfile",
            index=models.Index(
                fields=["enterprise", "uploaded_at", "id"], name="warehouse_orderfile_at"
            ),
        ),
        migrations.AddConstraint(
            model_name="ordermapping",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "name"), name="warehouse_ordermapping_name"
            ),
        ),
        migrations.AddIndex(
            model_name="shopevent",
            index=models.Index(
                fields=["enterprise", "state", "id"], name="warehouse_shopevent_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="shopevent",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "shop", "webhook_id"), name="warehouse_shopevent_webhook"
            ),
        ),
        migrations.AddConstraint(
            model_name="shopevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("event_id", ""), _negated=True),
                fields=("enterprise", "shop", "topic", "event_id"),
                name="warehouse_shopevent_event",
            ),
        ),
        migrations.AddConstraint(
            model_name="shoporder",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "shop", "external"), name="warehouse_shoporder_external"
            ),
        ),
    ]
