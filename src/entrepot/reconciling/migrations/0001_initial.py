# SPDX-License-Identifier: Apache-2.0
"""The tables of the reconciliation that Django makes."""

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
            name="Match",
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
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("by", models.CharField(max_length=45)),
                ("way", models.CharField(max_length=30)),
                ("reason", models.CharField(max_length=500)),
                ("owed", models.BigIntegerField(null=True)),
                ("owed_currency", models.CharField(blank=True, max_length=3)),
                ("came", models.BigIntegerField(null=True)),
                ("came_currency", models.CharField(blank=True, max_length=3)),
                ("difference_as", models.CharField(blank=True, max_length=10)),
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
                    "undoes",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="reconciling.match",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Item",
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
                    "stage",
                    models.CharField(
                        choices=[
                            ("shipped", "shipped"),
                            ("settled", "settled"),
                            ("footed", "footed"),
                            ("payout", "payout"),
                            ("bank", "bank"),
                            ("declared", "declared"),
                            ("refund", "refund"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(db_collation="C", max_length=330)),
                ("number", models.CharField(db_collation="C", max_length=200)),
                ("channel", models.CharField(blank=True, db_collation="C", max_length=80)),
                ("opened_on", models.DateField()),
                ("currency", models.CharField(db_collation="C", max_length=3)),
                ("amount", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("proven", "proven"), ("aside", "aside")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("found", models.CharField(blank=True, db_collation="C", max_length=30)),
                ("ended_on", models.DateField(null=True)),
                ("proposal", models.UUIDField(null=True)),
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
                    "match",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="reconciling.match",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MoneyFile",
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
                    "kind",
                    models.CharField(
                        choices=[("settlement", "settlement"), ("bank", "bank")], max_length=10
                    ),
                ),
                ("file", models.CharField(max_length=200)),
                ("format", models.CharField(max_length=20)),
                ("channel", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("mapping", models.CharField(blank=True, max_length=60)),
                ("toml", models.TextField(blank=True)),
                ("bytes", models.BigIntegerField()),
                ("sha256", models.BinaryField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        choices=[("sent", "sent"), ("read", "read")], default="sent", max_length=10
                    ),
                ),
                ("report", models.JSONField(default=dict)),
                (
                    "uploaded_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("uploaded_by", models.CharField(max_length=45)),
                ("read_at", models.DateTimeField(null=True)),
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
            name="BankStatement",
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
                ("row", models.BigIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("account", models.CharField(db_collation="C", max_length=80)),
                ("currency", models.CharField(max_length=3)),
                ("identity", models.CharField(max_length=200)),
                ("number", models.BigIntegerField(null=True)),
                ("page", models.CharField(blank=True, max_length=20)),
                ("begins_on", models.DateField(null=True)),
                ("ends_on", models.DateField(null=True)),
                ("opening", models.BigIntegerField(null=True)),
                ("closing", models.BigIntegerField(null=True)),
                ("residual", models.BigIntegerField(null=True)),
                ("entries", models.IntegerField()),
                ("digest", models.BinaryField(max_length=32)),
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
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="reconciling.moneyfile",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MoneyMapping",
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
                (
                    "kind",
                    models.CharField(
                        choices=[("settlement", "settlement"), ("bank", "bank")], max_length=10
                    ),
                ),
                ("content", models.TextField()),
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
            name="Payout",
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
                ("settlement_no", models.CharField(db_collation="C", max_length=200)),
                ("dated_on", models.DateField()),
                ("paid_on", models.DateField(null=True)),
                ("state", models.CharField(blank=True, max_length=60)),
                ("currency", models.CharField(max_length=3)),
                ("lines", models.IntegerField()),
                ("sum", models.BigIntegerField()),
                ("amount", models.BigIntegerField(null=True)),
                ("residual", models.BigIntegerField(null=True)),
                ("paid", models.BigIntegerField(null=True)),
                ("paid_currency", models.CharField(blank=True, max_length=3)),
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
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payouts",
                        to="reconciling.moneyfile",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="match",
            index=models.Index(fields=["enterprise", "at", "id"], name="reconciling_match_at"),
        ),
        migrations.AddConstraint(
            model_name="match",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "undoes"), name="reconciling_match_undone_once"
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=models.Q(("stage__in", ["payout", "bank"]), ("state", "open")),
                fields=["enterprise", "stage", "opened_on", "id"],
                name="reconciling_item_left",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                fields=["enterprise", "stage", "currency", "state", "opened_on", "id"],
                name="reconciling_item_opened",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=models.Q(("state", "open")),
                fields=["enterprise", "stage", "currency", "found", "opened_on", "id"],
                name="reconciling_item_found",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                fields=["enterprise", "stage", "number", "id"], name="reconciling_item_number"
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=models.Q(("proposal__isnull", False)),
                fields=["enterprise", "proposal"],
                name="reconciling_item_proposal",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=models.Q(("match__isnull", False)),
                fields=["enterprise", "match"],
                name="reconciling_item_match",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "stage", "subject"), name="reconciling_item_subject"
            ),
        ),
        migrations.AddIndex(
            model_name="moneyfile",
            index=models.Index(
                fields=["enterprise", "uploaded_at", "id"], name="reconciling_moneyfile_at"
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyfile",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "kind", "channel", "sha256"),
                name="reconciling_moneyfile_digest",
            ),
        ),
        migrations.AddIndex(
            model_name="bankstatement",
            index=models.Index(
                fields=["enterprise", "account", "ends_on"], name="reconciling_statement_of"
            ),
        ),
        migrations.AddConstraint(
            model_name="moneymapping",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "kind", "name"), name="reconciling_moneymapping_name"
            ),
        ),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(
                fields=["enterprise", "dated_on", "id"], name="reconciling_payout_dated"
            ),
        ),
        migrations.AddConstraint(
            model_name="payout",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "channel", "settlement_no"), name="reconciling_payout_number"
            ),
        ),
    ]
