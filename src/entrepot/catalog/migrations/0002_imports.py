# SPDX-License-Identifier: Apache-2.0
"""What imports of masters did, so that it can be taken back."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("people", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
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
                ("about", models.CharField(max_length=10)),
                ("file", models.CharField(max_length=200)),
                ("content", models.BinaryField(default=bytes)),
                ("sha256", models.BinaryField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("previewed", "previewed"),
                            ("committed", "committed"),
                            ("undone", "undone"),
                        ],
                        max_length=9,
                    ),
                ),
                ("preview", models.JSONField(default=dict)),
                ("plan", models.BinaryField(max_length=32)),
                (
                    "uploaded_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("uploaded_by", models.CharField(max_length=45)),
                ("committed_at", models.DateTimeField(null=True)),
                ("committed_by", models.CharField(blank=True, max_length=45)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, max_length=45)),
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
            name="ImportedRow",
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
                ("about", models.CharField(max_length=10)),
                ("row", models.IntegerField()),
                ("master", models.UUIDField()),
                ("was", models.JSONField(null=True)),
                ("version", models.IntegerField()),
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
                        related_name="rows",
                        to="catalog.import",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(
                fields=["enterprise", "uploaded_at", "id"], name="catalog_import_at"
            ),
        ),
        migrations.AddIndex(
            model_name="importedrow",
            index=models.Index(fields=["enterprise", "master"], name="catalog_importedrow_master"),
        ),
        migrations.AddConstraint(
            model_name="importedrow",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "source", "row"), name="catalog_importedrow_row"
            ),
        ),
    ]
