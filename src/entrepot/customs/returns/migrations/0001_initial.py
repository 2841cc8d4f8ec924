# SPDX-License-Identifier: Apache-2.0
"""The tables of cases that return through customs, of their lines, steps and scans."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0002_book"),
        ("people", "0004_demo"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
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
                ("number", models.CharField(db_collation="C", max_length=40)),
                (
                    "purpose",
                    models.CharField(
                        choices=[("unsold", "unsold"), ("returned", "returned")], max_length=8
                    ),
                ),
                ("customs_out", models.CharField(blank=True, max_length=40)),
                ("customs_back", models.CharField(blank=True, max_length=40)),
                ("is_food", models.BooleanField(null=True)),
                ("is_original", models.BooleanField(null=True)),
                ("home", models.CharField(db_collation="C", max_length=40)),
                ("returns_on", models.DateField()),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("drafted", "drafted"),
                            ("checked", "checked"),
                            ("cleared", "cleared"),
                            ("announced", "announced"),
                            ("arrived", "arrived"),
                            ("cancelled", "cancelled"),
                        ],
                        default="drafted",
                        max_length=9,
                    ),
                ),
                ("steps", models.IntegerField(default=0)),
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
            ],
        ),
        migrations.CreateModel(
            name="CaseLine",
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
                ("declaration_no", models.CharField(db_collation="C", max_length=18)),
                ("item_no", models.IntegerField()),
                ("sku", models.CharField(db_collation="C", max_length=64)),
                ("quantity", models.BigIntegerField()),
                ("mode", models.CharField(db_collation="C", max_length=4)),
                ("exported_on", models.DateField()),
                ("released_on", models.DateField(null=True)),
                ("left_area_on", models.DateField(null=True)),
                ("parcel_no", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("from_place", models.CharField(db_collation="C", max_length=200)),
                ("lot", models.CharField(blank=True, db_collation="C", max_length=64)),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="returning.case",
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
            name="CaseStep",
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
                ("step_no", models.IntegerField()),
                ("event", models.CharField(max_length=17)),
                ("was", models.CharField(max_length=9)),
                ("became", models.CharField(max_length=9)),
                ("happened_on", models.DateField()),
                ("paper_no", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("amount", models.BigIntegerField(null=True)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("facts", models.JSONField(default=dict)),
                ("undoes", models.IntegerField(null=True)),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("recorded_by", models.CharField(max_length=45)),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history",
                        to="returning.case",
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
            name="Refund",
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
                ("units", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("closed_on", models.DateField()),
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
                ("number", models.CharField(db_collation="C", max_length=64)),
                ("way", models.CharField(choices=[("out", "out"), ("home", "home")], max_length=4)),
                ("sku", models.CharField(db_collation="C", max_length=64)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("serial", "serial"),
                            ("batch", "batch"),
                            ("parcel", "parcel"),
                            ("list", "list"),
                        ],
                        max_length=6,
                    ),
                ),
                ("identity", models.CharField(db_collation="C", max_length=64)),
                ("quantity", models.BigIntegerField()),
                ("declaration_no", models.CharField(blank=True, db_collation="C", max_length=18)),
                ("item_no", models.IntegerField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("left", "left"),
                            ("proven", "proven"),
                            ("shared", "shared"),
                            ("refused", "refused"),
                            ("undoes", "undoes"),
                        ],
                        max_length=7,
                    ),
                ),
                ("why", models.CharField(blank=True, max_length=15)),
                ("undoes", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("scanned_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("recorded_by", models.CharField(max_length=45)),
                (
                    "case",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="returning.case",
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
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["enterprise", "state", "id"], name="returning_case_state"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="returning_case_number"
            ),
        ),
        migrations.AddIndex(
            model_name="caseline",
            index=models.Index(
                fields=["enterprise", "declaration_no", "item_no", "sku"],
                name="returning_caseline_of",
            ),
        ),
        migrations.AddConstraint(
            model_name="caseline",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "case", "line_no"), name="returning_caseline_no"
            ),
        ),
        migrations.AddConstraint(
            model_name="caseline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="returning_caseline_some"
            ),
        ),
        migrations.AddConstraint(
            model_name="casestep",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "case", "step_no"), name="returning_casestep_no"
            ),
        ),
        migrations.AddConstraint(
            model_name="casestep",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "case", "undoes"), name="returning_casestep_undoes"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "declaration_no", "item_no", "sku"),
                name="returning_refund_line",
            ),
        ),
        migrations.AddIndex(
            model_name="scan",
            index=models.Index(
                fields=["enterprise", "identity", "kind", "sku"], name="returning_scan_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="scan",
            index=models.Index(
                condition=models.Q(("way", "out")),
                fields=["enterprise", "declaration_no", "item_no", "sku"],
                name="returning_scan_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="returning_scan_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undoes", ""), _negated=True),
                fields=("enterprise", "undoes"),
                name="returning_scan_undoes",
            ),
        ),
        migrations.AddConstraint(
            model_name="scan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("quantity__gt", 0),
                    models.Q(
                        models.Q(("kind", "serial"), _negated=True),
                        ("quantity", 1),
                        _connector="OR",
                    ),
                ),
                name="returning_scan_quantity",
            ),
        ),
    ]
