# SPDX-License-Identifier: Apache-2.0
"""The tables of cost invoices, of their lines and shares, and of files of them."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0004_demo"),
    ]

    operations = [
        migrations.CreateModel(
            name="CostFile",
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
                ("content", models.BinaryField()),
                ("sha256", models.BinaryField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("previewed", "previewed"),
                            ("committed", "committed"),
                            ("undone", "undone"),
                        ],
                        default="previewed",
                        max_length=10,
                    ),
                ),
                ("invoices", models.IntegerField()),
                ("lines", models.IntegerField()),
                ("totals", models.JSONField(default=dict)),
                ("uploaded_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("uploaded_by", models.CharField(max_length=45)),
                ("committed_at", models.DateTimeField(null=True)),
                ("committed_by", models.CharField(blank=True, max_length=45)),
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
            name="Invoice",
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
                ("payee", models.CharField(db_collation="C", max_length=80)),
                ("number", models.CharField(db_collation="C", max_length=64)),
                ("invoiced_on", models.DateField()),
                ("posted_on", models.DateField(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("booked", "booked")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                ("lines", models.IntegerField()),
                ("total", models.BigIntegerField()),
                ("hash", models.BinaryField(max_length=32)),
                ("version", models.IntegerField(default=1)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_by", models.CharField(max_length=45)),
                ("booked_at", models.DateTimeField(null=True)),
                ("booked_by", models.CharField(blank=True, max_length=45)),
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
                    "reverses",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="costing.invoice",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="costing.costfile",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InvoiceLine",
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
                ("line_no", models.IntegerField()),
                (
                    "account",
                    models.CharField(
                        choices=[
                            ("freight", "freight"),
                            ("insurance", "insurance"),
                            ("duty", "duty"),
                            ("import_vat", "import_vat"),
                            ("brokerage", "brokerage"),
                            ("inbound", "inbound"),
                            ("storage", "storage"),
                            ("handling", "handling"),
                            ("delivery", "delivery"),
                            ("returns_handling", "returns_handling"),
                            ("advertising", "advertising"),
                            ("other", "other"),
                        ],
                        max_length=20,
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("label", models.CharField(blank=True, max_length=200)),
                (
                    "paid_for",
                    models.CharField(
                        choices=[
                            ("declaration", "declaration"),
                            ("consignment", "consignment"),
                            ("container", "container"),
                            ("shares", "shares"),
                            ("sales", "sales"),
                            ("all", "all"),
                        ],
                        max_length=11,
                    ),
                ),
                ("declaration_no", models.CharField(blank=True, db_collation="C", max_length=18)),
                ("item_no", models.IntegerField(null=True)),
                ("consignment", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("container_no", models.CharField(blank=True, db_collation="C", max_length=20)),
                ("channel", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("order_no", models.CharField(blank=True, db_collation="C", max_length=80)),
                ("sku", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("warehouse", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("first_on", models.DateField(null=True)),
                ("last_on", models.DateField(null=True)),
                (
                    "spread",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("quantity", "quantity"),
                            ("value", "value"),
                            ("weight", "weight"),
                            ("volume", "volume"),
                        ],
                        max_length=8,
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
                    "invoice",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="its_lines",
                        to="costing.invoice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Share",
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
                ("declaration_no", models.CharField(db_collation="C", max_length=18)),
                ("item_no", models.IntegerField()),
                ("sku", models.CharField(db_collation="C", max_length=64)),
                ("share", models.IntegerField()),
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
                    "line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="its_shares",
                        to="costing.invoiceline",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="costfile",
            index=models.Index(
                fields=["enterprise", "uploaded_at", "id"], name="costing_costfile_at"
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                fields=["enterprise", "invoiced_on", "id"], name="costing_invoice_at"
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["enterprise", "state", "id"], name="costing_invoice_state"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                fields=["enterprise", "posted_on", "id"], name="costing_invoice_posted"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "payee", "number"), name="costing_invoice_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "reverses"), name="costing_invoice_reversed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"),
                    models.Q(("booked_at__isnull", False), ("posted_on__isnull", False)),
                    _connector="OR",
                ),
                name="costing_invoice_booked",
            ),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(
                condition=models.Q(("consignment", ""), _negated=True),
                fields=["enterprise", "consignment"],
                name="costing_invoiceline_sent",
            ),
        ),
        migrations.AddIndex(
            model_name="invoiceline",
            index=models.Index(
                condition=models.Q(("sku", ""), _negated=True),
                fields=["enterprise", "sku"],
                name="costing_invoiceline_sku",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "invoice", "line_no"), name="costing_invoiceline_no"
            ),
        ),
        migrations.AddConstraint(
            model_name="share",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "line", "declaration_no", "item_no", "sku"),
                name="costing_share_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="share",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gt", 0)), name="costing_share_some"
            ),
        ),
    ]
