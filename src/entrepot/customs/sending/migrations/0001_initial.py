# SPDX-License-Identifier: Apache-2.0
"""The tables of documents, messages, files and receipts of customs."""

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
            name="File",
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
                ("sha256", models.BinaryField(max_length=32)),
                ("name", models.CharField(max_length=200)),
                ("came_by", models.CharField(max_length=6)),
                ("content", models.BinaryField()),
                ("answer", models.CharField(blank=True, max_length=20)),
                ("receipts", models.IntegerField()),
                ("faults", models.JSONField(default=list)),
                ("fault_count", models.IntegerField()),
                ("times", models.IntegerField(default=1)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("received_by", models.CharField(max_length=45)),
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
            name="Message",
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
                ("kind", models.CharField(max_length=20)),
                ("edition", models.CharField(max_length=10)),
                ("number", models.CharField(db_collation="C", max_length=36)),
                ("file_name", models.CharField(db_collation="C", max_length=80)),
                ("content", models.BinaryField()),
                ("count", models.SmallIntegerField()),
                ("is_signed", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("sent", "sent")], max_length=7
                    ),
                ),
                ("attempts", models.SmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("problem", models.CharField(blank=True, max_length=500)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("made_by", models.CharField(max_length=45)),
                ("sent_at", models.DateTimeField(null=True)),
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
            name="Document",
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
                ("kind", models.CharField(max_length=20)),
                ("edition", models.CharField(max_length=10)),
                ("own_no", models.CharField(db_collation="C", max_length=80)),
                ("version", models.SmallIntegerField(default=1)),
                ("part", models.SmallIntegerField(default=1)),
                ("guid", models.CharField(db_collation="C", max_length=36)),
                ("app_time", models.CharField(blank=True, max_length=14)),
                ("data", models.JSONField()),
                ("hash", models.BinaryField(max_length=32)),
                ("is_latest", models.BooleanField(default=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("queued", "queued"),
                            ("sent", "sent"),
                            ("under_way", "under_way"),
                            ("failed", "failed"),
                            ("taken_in", "taken_in"),
                            ("held", "held"),
                            ("examined", "examined"),
                            ("rejected", "rejected"),
                            ("released", "released"),
                            ("closed", "closed"),
                        ],
                        default="new",
                        max_length=9,
                    ),
                ),
                ("rank", models.SmallIntegerField(default=0)),
                ("status", models.CharField(blank=True, db_collation="C", max_length=20)),
                ("at", models.CharField(blank=True, db_collation="C", max_length=17)),
                ("ends", models.BooleanField(default=False)),
                ("is_contradicted", models.BooleanField(default=False)),
                ("is_unexpected", models.BooleanField(default=False)),
                ("awaits_since", models.DateTimeField(null=True)),
                ("is_news", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("made_by", models.CharField(max_length=45)),
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
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="customs.message",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Receipt",
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
                ("content", models.BinaryField(max_length=32)),
                ("answer", models.CharField(max_length=20)),
                ("kind", models.CharField(blank=True, max_length=20)),
                ("guid", models.CharField(blank=True, db_collation="C", max_length=36)),
                ("own_no", models.CharField(blank=True, db_collation="C", max_length=80)),
                ("about", models.CharField(blank=True, db_collation="C", max_length=255)),
                ("status", models.CharField(db_collation="C", max_length=20)),
                ("at", models.CharField(blank=True, db_collation="C", max_length=17)),
                ("info", models.TextField(blank=True)),
                ("says", models.JSONField()),
                ("outcome", models.CharField(blank=True, max_length=9)),
                ("rank", models.SmallIntegerField()),
                ("ends", models.BooleanField()),
                ("is_expected", models.BooleanField()),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "document",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="customs.document",
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
                    "file",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="its_receipts",
                        to="customs.file",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="customs.message",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sending",
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
                ("actor", models.CharField(max_length=45)),
                ("was_sent", models.BooleanField()),
                ("said", models.CharField(blank=True, max_length=1000)),
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
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sendings",
                        to="customs.message",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Setup",
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
                ("edition", models.CharField(max_length=10)),
                ("cop_code", models.CharField(max_length=18)),
                ("cop_name", models.CharField(max_length=100)),
                ("dxp_id", models.CharField(max_length=30)),
                ("in_envelope", models.BooleanField(default=False)),
                ("sender", models.CharField(blank=True, max_length=16)),
                ("receivers", models.JSONField(default=list)),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("none", "none"),
                            ("folder", "folder"),
                            ("sftp", "sftp"),
                            ("form", "form"),
                        ],
                        default="none",
                        max_length=6,
                    ),
                ),
                ("options", models.JSONField(default=dict)),
                ("secrets", models.BinaryField(default=bytes)),
                ("signing_key", models.BinaryField(default=bytes)),
                ("signs_as", models.CharField(blank=True, max_length=200)),
                ("method", models.CharField(default="rsa-sha256", max_length=20)),
                ("digest", models.CharField(default="sha256", max_length=20)),
                ("canonical", models.CharField(default="c14n", max_length=20)),
                ("alert_hours", models.SmallIntegerField(default=24)),
                ("looked_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=500)),
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
        migrations.AddConstraint(
            model_name="file",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "sha256"), name="customs_file_sha256"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["enterprise", "next_at", "id"],
                name="customs_message_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "number"), name="customs_message_number"
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                fields=["enterprise", "outcome", "id"], name="customs_document_outcome"
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("awaits_since__isnull", False)),
                fields=["enterprise", "awaits_since", "id"],
                name="customs_document_awaits",
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("is_contradicted", True)),
                fields=["enterprise", "id"],
                name="customs_document_contradicted",
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("is_news", True)),
                fields=["enterprise", "id"],
                name="customs_document_news",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "kind", "own_no", "version", "part"),
                name="customs_document_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "guid"), name="customs_document_guid"
            ),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(
                condition=models.Q(("document__isnull", True), ("message__isnull", True)),
                fields=["enterprise", "id"],
                name="customs_receipt_unmatched",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "content"), name="customs_receipt_content"
            ),
        ),
        migrations.AddConstraint(
            model_name="setup",
            constraint=models.UniqueConstraint(fields=("enterprise",), name="customs_setup_one"),
        ),
    ]
