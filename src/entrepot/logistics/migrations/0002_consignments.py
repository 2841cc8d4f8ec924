# SPDX-License-Identifier: Apache-2.0
"""The tables of consignments, scans and claims."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_book"),
        ("logistics", "0001_initial"),
        ("people", "0003_audit_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsignmentLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "consignment_id",
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
                ("lot", models.TextField()),
                ("quantity", models.BigIntegerField()),
                ("from_place", models.TextField()),
                ("declaration_no", models.TextField(null=True)),
                ("item_no", models.IntegerField(null=True)),
                ("received", models.BigIntegerField()),
                ("damaged", models.BigIntegerField()),
                ("short", models.BigIntegerField()),
                ("covered", models.BigIntegerField()),
                (
                    "open",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("quantity"), "-", models.F("received")
                                ),
                                "-",
                                models.F("short"),
                            ),
                            "-",
                            models.F("covered"),
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
            name="ReceiptLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "receipt_no",
                        "line_no",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("receipt_no", models.TextField()),
                ("line_no", models.IntegerField()),
                ("received_on", models.DateField()),
                ("warehouse", models.TextField()),
                ("declaration_no", models.TextField(null=True)),
                ("item_no", models.IntegerField(null=True)),
                ("sku", models.TextField()),
                ("lot", models.TextField()),
                ("quantity", models.BigIntegerField()),
                ("condition", models.TextField()),
                ("is_over", models.BooleanField()),
                ("consignment_id", models.UUIDField(null=True)),
                ("consignment_line", models.IntegerField(null=True)),
                ("document_id", models.UUIDField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Consignment",
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
                ("number", models.CharField(db_collation="C", max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("dispatched", "dispatched"),
                            ("arrived", "arrived"),
                            ("closed", "closed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("from_place", models.CharField(db_collation="C", max_length=200)),
                ("to_place", models.CharField(db_collation="C", max_length=200)),
                ("carrier", models.CharField(blank=True, db_collation="C", max_length=40)),
                (
                    "vessel",
                    models.CharField(
                        blank=True, help_text="vessel and voyage, or flight", max_length=80
                    ),
                ),
                ("container_no", models.CharField(blank=True, db_collation="C", max_length=20)),
                ("tracking", models.CharField(blank=True, db_collation="C", max_length=80)),
                ("incoterm", models.CharField(blank=True, max_length=40)),
                ("expected_on", models.DateField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("hash", models.BinaryField(max_length=32)),
                ("dispatched_on", models.DateField(null=True)),
                ("closed_on", models.DateField(null=True)),
                ("dispatches", models.IntegerField(default=0)),
                ("closings", models.IntegerField(default=0)),
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
            ],
        ),
        migrations.CreateModel(
            name="Claim",
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
                    "kind",
                    models.CharField(
                        choices=[("short", "short"), ("damaged", "damaged")], max_length=10
                    ),
                ),
                ("sku", models.CharField(db_collation="C", max_length=64)),
                ("quantity", models.BigIntegerField()),
                ("carrier", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("value", models.BigIntegerField(null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("claimed", "claimed"),
                            ("settled", "settled"),
                            ("dropped", "dropped"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("claimed", models.BigIntegerField(null=True)),
                ("settled", models.BigIntegerField(null=True)),
                ("opened_on", models.DateField()),
                ("deadline_on", models.DateField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
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
                    "consignment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="logistics.consignment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Scan",
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
                ("place", models.CharField(db_collation="C", max_length=200)),
                ("barcode", models.CharField(blank=True, max_length=200)),
                ("quantity", models.BigIntegerField()),
                (
                    "condition",
                    models.CharField(
                        choices=[("good", "good"), ("damaged", "damaged")], max_length=10
                    ),
                ),
                ("lot", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("scanned_at", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("unknown", "unknown"),
                            ("undone", "undone"),
                            ("dropped", "dropped"),
                        ],
                        max_length=10,
                    ),
                ),
                ("sku", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("units", models.BigIntegerField(default=0)),
                ("outcome", models.CharField(blank=True, max_length=12)),
                ("over", models.BigIntegerField(default=0)),
                ("received_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=200)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=45)),
                (
                    "consignment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="logistics.consignment",
                    ),
                ),
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
            ],
        ),
        migrations.CreateModel(
            name="ClaimTerm",
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
                ("carrier", models.CharField(db_collation="C", max_length=40)),
                ("days", models.IntegerField()),
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
                        fields=("enterprise", "carrier"), name="logistics_claimterm_carrier"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="consignment",
            index=models.Index(
                fields=["enterprise", "state", "id"], name="logistics_consignment_state"
            ),
        ),
        migrations.AddIndex(
            model_name="consignment",
            index=models.Index(
                fields=["enterprise", "to_place", "id"], name="logistics_consignment_to"
            ),
        ),
        migrations.AddIndex(
            model_name="consignment",
            index=models.Index(
                condition=models.Q(("state__in", ["dispatched", "arrived"])),
                fields=["enterprise", "to_place", "expected_on", "id"],
                name="logistics_consignment_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="consignment",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="logistics_consignment_number"
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["enterprise", "state", "id"], name="logistics_claim_state"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                fields=["enterprise", "carrier", "id"], name="logistics_claim_carrier"
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "consignment", "line_no", "kind"),
                name="logistics_claim_of_line",
            ),
        ),
        migrations.AddIndex(
            model_name="scan",
            index=models.Index(
                condition=models.Q(("state", "unknown")),
                fields=["enterprise", "id"],
                name="logistics_scan_question",
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="logistics_scan_number"
            ),
        ),
    ]
