# SPDX-License-Identifier: Apache-2.0
"""What was scanned, and what came back."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled
from entrepot.people.walls import WallOff

SCANS = """
CREATE TABLE warehouse_scan (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    number text COLLATE "C" NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    answer jsonb,
    at timestamptz NOT NULL,
    PRIMARY KEY (enterprise_id, number)
) WITH (fillfactor = 80); -- the answer comes after
"""

#: References that few rows have, or that nobody follows backwards: no index of their own.
RARE = """
ALTER TABLE warehouse_return ADD CONSTRAINT warehouse_return_order_id_fk
    FOREIGN KEY (enterprise_id, order_id) REFERENCES warehouse_order (enterprise_id, id);
CREATE INDEX warehouse_return_order_id ON warehouse_return (enterprise_id, order_id)
    WHERE order_id IS NOT NULL;
ALTER TABLE warehouse_returnedline ADD CONSTRAINT warehouse_returnedline_received_id_fk
    FOREIGN KEY (enterprise_id, received_id) REFERENCES ledger_document (enterprise_id, id);
ALTER TABLE warehouse_returnedline ADD CONSTRAINT warehouse_returnedline_decided_id_fk
    FOREIGN KEY (enterprise_id, decided_id) REFERENCES ledger_document (enterprise_id, id);
ALTER TABLE warehouse_returnedline ADD CONSTRAINT warehouse_returnedline_shipped_fk
    FOREIGN KEY (enterprise_id, shipped_document, shipped_line)
    REFERENCES warehouse_shippedline (enterprise_id, document_id, line);
CREATE INDEX warehouse_returnedline_shipped
    ON warehouse_returnedline (enterprise_id, shipped_document, shipped_line)
    WHERE shipped_document IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0002_walls")]

    operations = [
        migrations.CreateModel(
            name="Scan",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("enterprise_id", models.UUIDField()),
                ("number", models.TextField()),
                ("hash", models.BinaryField(max_length=32)),
                ("answer", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Grade",
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
                ("code", models.CharField(db_collation="C", max_length=20)),
                ("name", models.CharField(blank=True, max_length=80)),
                ("outcome", models.CharField(blank=True, max_length=9)),
                ("position", models.SmallIntegerField(default=0)),
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
            name="Return",
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
                ("rma", models.CharField(blank=True, db_collation="C", max_length=80)),
                ("warehouse", models.CharField(blank=True, db_collation="C", max_length=200)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_by", models.CharField(max_length=45)),
                ("received_at", models.DateTimeField(null=True)),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="warehouse.order",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExpectedLine",
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
                ("quantity", models.IntegerField()),
                ("received", models.IntegerField(default=0)),
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
                    "back",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expected",
                        to="warehouse.return",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReturnedLine",
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
                ("shipped_document", models.UUIDField(null=True)),
                ("shipped_line", models.IntegerField(null=True)),
                ("channel", models.CharField(db_collation="C", max_length=40)),
                ("warehouse", models.CharField(db_collation="C", max_length=200)),
                ("sku", models.CharField(db_collation="C", max_length=64)),
                ("lot", models.CharField(blank=True, db_collation="C", max_length=64)),
                ("quantity", models.IntegerField()),
                ("returned_on", models.DateField()),
                ("grade", models.CharField(blank=True, db_collation="C", max_length=20)),
                ("outcome", models.CharField(blank=True, max_length=9)),
                ("decided_on", models.DateField(null=True)),
                ("place", models.CharField(blank=True, db_collation="C", max_length=200)),
                ("received_by", models.CharField(max_length=45)),
                ("decided_by", models.CharField(blank=True, max_length=45)),
                (
                    "back",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="warehouse.return",
                    ),
                ),
                (
                    "decided",
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
                    "received",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.document",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="grade",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "code"), name="warehouse_grade_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="warehouse_return_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.UniqueConstraint(
                condition=models.Q(("rma", ""), _negated=True),
                fields=("enterprise", "rma"),
                name="warehouse_return_rma",
            ),
        ),
        migrations.AddConstraint(
            model_name="expectedline",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "back", "sku"), name="warehouse_expectedline_sku"
            ),
        ),
        migrations.AddIndex(
            model_name="returnedline",
            index=models.Index(
                condition=models.Q(("outcome", "")),
                fields=["enterprise", "warehouse", "id"],
                name="warehouse_returnedline_open",
            ),
        ),
        migrations.AddIndex(
            model_name="returnedline",
            index=models.Index(
                fields=["enterprise", "returned_on", "id"], name="warehouse_returnedline_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="returnedline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="warehouse_returnedline_quantity"
            ),
        ),
        WallOff("warehouse_grade"),
        WallOff("warehouse_return"),
        WallOff("warehouse_expectedline", {"back_id": "warehouse_return"}),
        WallOff("warehouse_returnedline", {"back_id": "warehouse_return"}),
        migrations.RunSQL(SCANS + RARE),
        WallOff("warehouse_scan", key=()),
    ]
