# SPDX-License-Identifier: Apache-2.0
"""How long buyers are kept, when an order ended, and when its buyer was erased."""

import django.db.models.deletion
from django.db import migrations, models

import entrepot.people.walled
from entrepot.people.walls import WallOff

#: What shops said and is kept still, by what it is about.
KEPT = """
CREATE INDEX warehouse_shopevent_body ON warehouse_shopevent (enterprise_id, shop_id, external)
    WHERE body <> '';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_demo"),
        ("warehouse", "0006_walls_of_shops_and_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="BuyerRetention",
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
                ("days", models.SmallIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="order",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="erased_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="erased_by",
            field=models.CharField(blank=True, db_default="", max_length=45),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False), ("erased_at", None)),
                fields=["enterprise", "ended_at", "id"],
                name="warehouse_order_ended",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", False)),
                fields=["enterprise", "erased_at", "id"],
                name="warehouse_order_erased",
            ),
        ),
        migrations.AddField(
            model_name="buyerretention",
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
        migrations.AddConstraint(
            model_name="buyerretention",
            constraint=models.UniqueConstraint(
                fields=("enterprise",), name="warehouse_buyerretention_one"
            ),
        ),
        WallOff("warehouse_buyerretention"),
        migrations.RunSQL(KEPT),
    ]
