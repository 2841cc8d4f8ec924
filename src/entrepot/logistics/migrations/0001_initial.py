# SPDX-License-Identifier: Apache-2.0
"""The tables of purchases and declarations."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
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
            name="DeclarationLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "declaration_no",
                        "item_no",
                        "sku",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("declaration_no", models.TextField()),
                ("item_no", models.IntegerField()),
                ("sku", models.TextField()),
                ("mode", models.TextField()),
                ("exported_on", models.DateField()),
                ("quantity", models.BigIntegerField()),
                ("fob_amount", models.BigIntegerField()),
                ("fob_currency", models.TextField()),
                ("destination", models.TextField()),
                ("warehouse", models.TextField()),
                ("sold_at_export", models.BooleanField(null=True)),
                ("statistics_flag", models.TextField()),
                ("channel", models.TextField()),
                ("order_no", models.TextField()),
                ("sent", models.BigIntegerField()),
                ("linked", models.BigIntegerField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="HomeReceiptLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "receipt_id",
                        "line",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("line", models.IntegerField()),
                ("line_no", models.IntegerField()),
                ("sku", models.TextField()),
                ("lot", models.TextField()),
                ("place", models.TextField()),
                ("quantity", models.BigIntegerField()),
                ("over", models.BigIntegerField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="InvoiceLink",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "declaration_no",
                        "item_no",
                        "purchase_id",
                        "line_no",
                        "sku",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("declaration_no", models.TextField()),
                ("item_no", models.IntegerField()),
                ("line_no", models.IntegerField()),
                ("sku", models.TextField()),
                ("quantity", models.BigIntegerField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="PurchaseLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "purchase_id",
                        "line_no",
                        "sku",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("line_no", models.IntegerField()),
                ("sku", models.TextField()),
                ("quantity", models.BigIntegerField()),
                ("net_amount", models.BigIntegerField(null=True)),
                ("vat_rate", models.IntegerField(null=True)),
                ("received", models.BigIntegerField()),
                ("short", models.BigIntegerField()),
                ("linked", models.BigIntegerField()),
                (
                    "open",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Greatest(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("quantity"), "-", models.F("received")
                                ),
                                "-",
                                models.F("short"),
                            ),
                            0,
                        ),
                        output_field=models.BigIntegerField(),
                    ),
                ),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Declaration",
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_by", models.CharField(max_length=45)),
                ("declaration_no", models.CharField(db_collation="C", max_length=18)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("changed_by", models.CharField(max_length=45)),
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
            name="Purchase",
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_by", models.CharField(max_length=45)),
                ("number", models.CharField(db_collation="C", max_length=64)),
                ("supplier", models.CharField(db_collation="C", max_length=40)),
                ("invoice_no", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("issued_on", models.DateField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("hash", models.BinaryField(max_length=32)),
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
            name="HomeReceipt",
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_by", models.CharField(max_length=45)),
                ("number", models.CharField(db_collation="C", max_length=64)),
                ("warehouse", models.CharField(db_collation="C", max_length=40)),
                ("received_on", models.DateField()),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "document",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
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
                    "purchase",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="logistics.purchase",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="declaration",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "declaration_no"), name="logistics_declaration_number"
            ),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                fields=["enterprise", "supplier", "id"], name="logistics_purchase_from"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="logistics_purchase_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("invoice_no", ""), _negated=True),
                fields=("enterprise", "invoice_no"),
                name="logistics_purchase_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="homereceipt",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="logistics_homereceipt_number"
            ),
        ),
    ]
