# SPDX-License-Identifier: Apache-2.0
"""The firm's tariff, classifications with their steps, released lines: tables, walls, ways."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled
from entrepot.people.walls import WallOff

# What a classification says never changes, and its state goes only as `models.WAYS` has it and with
# the step that says who did it; a test compares them.
WAYS = """
CREATE FUNCTION classifying_classification_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.steps <> 0 THEN
            RAISE EXCEPTION 'a classification begins as a draft, not %', NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.sku, NEW.version, NEW.valid_from, NEW.hs_code, NEW.name_zh, NEW.name_en,
            NEW.elements, NEW.unit, NEW.per_unit, NEW.unit1, NEW.per_unit1, NEW.unit2,
            NEW.per_unit2, NEW.country, NEW.note, NEW.tariff_line_id, NEW.made_at, NEW.made_by)
        IS DISTINCT FROM
        (OLD.id, OLD.sku, OLD.version, OLD.valid_from, OLD.hs_code, OLD.name_zh, OLD.name_en,
            OLD.elements, OLD.unit, OLD.per_unit, OLD.unit1, OLD.per_unit1, OLD.unit2,
            OLD.per_unit2, OLD.country, OLD.note, OLD.tariff_line_id, OLD.made_at, OLD.made_by) THEN
        RAISE EXCEPTION 'what a classification says never changes'
            USING ERRCODE = 'check_violation';
    END IF;
    IF (OLD.state, NEW.state) NOT IN (
        ('draft', 'proposed'), ('draft', 'dropped'), ('proposed', 'accepted'),
        ('proposed', 'returned'), ('proposed', 'dropped'), ('accepted', 'undone')
    ) THEN
        RAISE EXCEPTION 'a classification does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.steps <> OLD.steps + 1 OR NOT EXISTS (
        SELECT FROM classifying_step AS s
        WHERE s.enterprise_id = NEW.enterprise_id AND s.classification_id = NEW.id
            AND s.step_no = NEW.steps AND s.was = OLD.state AND s.became = NEW.state
            AND (NEW.state <> 'proposed' OR s.by = NEW.proposed_by)
    ) THEN
        RAISE EXCEPTION 'a classification goes from % to % without a step that says so',
            OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.proposed_by <> OLD.proposed_by AND NEW.state <> 'proposed' THEN
        RAISE EXCEPTION 'whoever proposed it stays' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER classification_goes BEFORE INSERT OR UPDATE ON classifying_classification
    FOR EACH ROW EXECUTE FUNCTION classifying_classification_goes();
"""

CHANGED, ADDED = ("SELECT", "INSERT", "UPDATE"), ("SELECT", "INSERT")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customs", "0002_walls"),
        ("people", "0004_demo"),
    ]

    operations = [
        migrations.CreateModel(
            name="TariffFile",
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
                ("name", models.CharField(max_length=200)),
                ("sha256", models.BinaryField(max_length=32)),
                ("lines", models.IntegerField()),
                ("added", models.IntegerField()),
                ("corrected", models.IntegerField()),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("taken_by", models.CharField(max_length=45)),
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TariffLine",
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
                ("hs_code", models.CharField(db_collation="C", max_length=10)),
                ("valid_from", models.DateField()),
                ("version", models.SmallIntegerField(default=1)),
                ("valid_to", models.DateField(null=True)),
                ("name", models.CharField(max_length=250)),
                (
                    "elements",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), size=None
                    ),
                ),
                ("unit1", models.CharField(db_collation="C", max_length=3)),
                ("unit2", models.CharField(blank=True, db_collation="C", max_length=3)),
                ("source", models.CharField(max_length=200)),
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
                        related_name="its_lines",
                        to="classifying.tarifffile",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Classification",
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
                ("version", models.SmallIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("proposed", "proposed"),
                            ("accepted", "accepted"),
                            ("returned", "returned"),
                            ("dropped", "dropped"),
                            ("undone", "undone"),
                        ],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("valid_from", models.DateField()),
                ("hs_code", models.CharField(blank=True, db_collation="C", max_length=10)),
                ("name_zh", models.CharField(blank=True, max_length=250)),
                ("name_en", models.CharField(blank=True, max_length=250)),
                ("elements", models.JSONField(default=list)),
                ("unit", models.CharField(blank=True, db_collation="C", max_length=3)),
                ("per_unit", models.CharField(blank=True, max_length=24)),
                ("unit1", models.CharField(blank=True, db_collation="C", max_length=3)),
                ("per_unit1", models.CharField(blank=True, max_length=24)),
                ("unit2", models.CharField(blank=True, db_collation="C", max_length=3)),
                ("per_unit2", models.CharField(blank=True, max_length=24)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("steps", models.SmallIntegerField(default=0)),
                ("proposed_by", models.CharField(blank=True, max_length=45)),
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
                    "tariff_line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="used_by",
                        to="classifying.tariffline",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReleasedLine",
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
                ("gnum", models.IntegerField()),
                ("sku", models.CharField(db_collation="C", max_length=64)),
                ("hs_code", models.CharField(db_collation="C", max_length=10)),
                ("name", models.CharField(max_length=250)),
                ("text", models.CharField(max_length=250)),
                ("unit", models.CharField(db_collation="C", max_length=3)),
                ("unit1", models.CharField(db_collation="C", max_length=3)),
                ("unit2", models.CharField(blank=True, db_collation="C", max_length=3)),
                ("currency", models.CharField(db_collation="C", max_length=3)),
                ("price", models.DecimalField(decimal_places=5, max_digits=19)),
                ("declared_on", models.DateField()),
                (
                    "document",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["enterprise", "sku", "declared_on", "id"],
                        name="classifying_released_sku",
                    ),
                    models.Index(
                        fields=["enterprise", "hs_code", "unit", "currency", "declared_on", "id"],
                        name="classifying_released_hs",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("enterprise", "document", "gnum"),
                        name="classifying_releasedline_one",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Settings",
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
                ("policy", models.JSONField()),
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
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("enterprise",), name="classifying_settings_one")
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
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
                ("step_no", models.SmallIntegerField()),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("proposed", "proposed"),
                            ("accepted", "accepted"),
                            ("returned", "returned"),
                            ("dropped", "dropped"),
                            ("undone", "undone"),
                        ],
                        max_length=8,
                    ),
                ),
                ("was", models.CharField(max_length=8)),
                ("became", models.CharField(max_length=8)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("findings", models.JSONField(default=list)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("by", models.CharField(max_length=45)),
                (
                    "classification",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history",
                        to="classifying.classification",
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
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("enterprise", "classification", "step_no"),
                        name="classifying_step_no",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="tariffline",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "hs_code", "valid_from", "version"),
                name="classifying_tariffline_version",
            ),
        ),
        migrations.AddIndex(
            model_name="classification",
            index=models.Index(
                condition=models.Q(("state", "accepted")),
                fields=["enterprise", "sku", "valid_from", "version"],
                name="classifying_accepted",
            ),
        ),
        migrations.AddIndex(
            model_name="classification",
            index=models.Index(
                condition=models.Q(("state", "proposed")),
                fields=["enterprise", "id"],
                name="classifying_proposed",
            ),
        ),
        migrations.AddIndex(
            model_name="classification",
            index=models.Index(fields=["enterprise", "hs_code"], name="classifying_class_hs"),
        ),
        migrations.AddConstraint(
            model_name="classification",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "sku", "version"), name="classifying_classification_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="classification",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("draft", "proposed"))),
                fields=("enterprise", "sku"),
                name="classifying_classification_open",
            ),
        ),
        WallOff("classifying_settings", may=CHANGED),
        WallOff("classifying_tarifffile", may=ADDED),
        WallOff("classifying_tariffline", {"file_id": "classifying_tarifffile"}, may=ADDED),
        WallOff(
            "classifying_classification",
            {"tariff_line_id": "classifying_tariffline"},
            may=CHANGED,
        ),
        WallOff("classifying_step", {"classification_id": "classifying_classification"}, may=ADDED),
        WallOff("classifying_releasedline", {"document_id": "customs_document"}, may=ADDED),
        migrations.RunSQL(WAYS, migrations.RunSQL.noop),
    ]
