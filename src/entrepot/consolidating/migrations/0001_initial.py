# SPDX-License-Identifier: Apache-2.0
"""The tables of pieces, their steps and containers, their walls, and how pieces may go."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import entrepot.people.walled
from entrepot.people.walls import WallOff

# Every way that a piece may go, as `rules.STEPS` and `rules.PIECES_OF` have them; a test compares
# them. No change of state without the step that says who changed it, when and where, and none into
# a container that is not open.
WAYS = """
CREATE FUNCTION consolidating_piece_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'ordered' OR NEW.steps <> 0 THEN
            RAISE EXCEPTION 'a piece begins ordered, not %', NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.mark <> OLD.mark OR NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'a piece keeps its mark' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.state, NEW.steps) = (OLD.state, OLD.steps)
        AND NEW.container_id IS NOT DISTINCT FROM OLD.container_id THEN
        RETURN NEW;
    END IF;
    IF (OLD.state, NEW.state) NOT IN (
        ('ordered', 'loose_in_site'), ('loose_in_site', 'declared'),
        ('declared', 'selected'), ('declared', 'not_selected'),
        ('selected', 'inspecting'), ('failed', 'inspecting'),
        ('inspecting', 'passed'), ('inspecting', 'failed'), ('failed', 'failed'),
        ('passed', 'released'), ('not_selected', 'released'),
        ('released', 'consolidated'), ('consolidated', 'released'),
        ('consolidated', 'consolidated'), ('consolidated', 'loaded'),
        ('loaded', 'gate_out'), ('gate_out', 'departed')
    ) THEN
        RAISE EXCEPTION 'piece % does not go from % to %', OLD.mark, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'failed' AND OLD.disposition <> 'hold' THEN
        RAISE EXCEPTION 'piece % failed, and is not held', OLD.mark
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state IN ('consolidated', 'loaded', 'gate_out') AND NEW.state <> 'released'
        AND NEW.container_id IS DISTINCT FROM OLD.container_id THEN
        RAISE EXCEPTION 'piece % changes its container', OLD.mark
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.steps <> OLD.steps + 1 OR NOT EXISTS (
        SELECT FROM consolidating_step AS s
        WHERE s.enterprise_id = NEW.enterprise_id AND s.piece_id = NEW.id
            AND s.step_no = NEW.steps AND s.was = OLD.state AND s.became = NEW.state
            AND (NEW.container_id IS NULL OR s.container_id = NEW.container_id)
    ) THEN
        RAISE EXCEPTION 'piece % goes from % to % without a step that says so', OLD.mark, OLD.state,
            NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'released' OR NEW.state = 'released' AND OLD.state = 'consolidated' THEN
        PERFORM FROM consolidating_container AS c
        WHERE c.enterprise_id = NEW.enterprise_id
            AND c.id = coalesce(NEW.container_id, OLD.container_id) AND c.state = 'open' FOR SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the container of piece % is not open', OLD.mark
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER piece_goes BEFORE INSERT OR UPDATE ON consolidating_piece
    FOR EACH ROW EXECUTE FUNCTION consolidating_piece_goes();

-- A container goes one way only, and keeps its number, its site and its seal.
CREATE FUNCTION consolidating_container_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' THEN
            RAISE EXCEPTION 'a container begins open, not %', NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.number, NEW.site) <> (OLD.number, OLD.site)
        OR (OLD.state <> 'open' AND NEW.seal_no <> OLD.seal_no)
        OR (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
            ('open', 'sealed'), ('sealed', 'loaded'), ('loaded', 'gate_out'),
            ('gate_out', 'departed'))
        ) THEN
        RAISE EXCEPTION 'container % does not go from % to %', OLD.number, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER container_goes BEFORE INSERT OR UPDATE ON consolidating_container
    FOR EACH ROW EXECUTE FUNCTION consolidating_container_goes();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0004_demo"),
    ]

    operations = [
        migrations.CreateModel(
            name="Container",
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
                ("site", models.CharField(db_collation="C", max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("sealed", "sealed"),
                            ("loaded", "loaded"),
                            ("gate_out", "gate_out"),
                            ("departed", "departed"),
                        ],
                        default="open",
                        max_length=13,
                    ),
                ),
                ("seal_no", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("opened_by", models.CharField(max_length=45)),
                ("sealed_at", models.DateTimeField(null=True)),
                ("departed_at", models.DateTimeField(null=True)),
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
            name="Piece",
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
                ("mark", models.CharField(db_collation="C", max_length=64)),
                ("declaration_no", models.CharField(blank=True, db_collation="C", max_length=18)),
                ("consignment", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("description", models.CharField(blank=True, max_length=200)),
                ("weight_g", models.IntegerField()),
                ("volume_cm3", models.IntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ordered", "ordered"),
                            ("loose_in_site", "loose_in_site"),
                            ("declared", "declared"),
                            ("selected", "selected"),
                            ("not_selected", "not_selected"),
                            ("inspecting", "inspecting"),
                            ("passed", "passed"),
                            ("failed", "failed"),
                            ("released", "released"),
                            ("consolidated", "consolidated"),
                            ("loaded", "loaded"),
                            ("gate_out", "gate_out"),
                            ("departed", "departed"),
                        ],
                        default="ordered",
                        max_length=13,
                    ),
                ),
                ("site", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("location", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("disposition", models.CharField(blank=True, max_length=6)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("steps", models.IntegerField(default=0)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_by", models.CharField(max_length=45)),
                (
                    "container",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="consolidating.container",
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
                ("number", models.CharField(db_collation="C", max_length=64)),
                ("step_no", models.IntegerField()),
                ("event", models.CharField(max_length=13)),
                ("was", models.CharField(max_length=13)),
                ("became", models.CharField(max_length=13)),
                ("site", models.CharField(db_collation="C", max_length=40)),
                ("location", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("seal_no", models.CharField(blank=True, db_collation="C", max_length=40)),
                ("declaration_no", models.CharField(blank=True, db_collation="C", max_length=18)),
                ("disposition", models.CharField(blank=True, max_length=6)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("happened_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("recorded_by", models.CharField(max_length=45)),
                (
                    "container",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history",
                        to="consolidating.container",
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
                    "piece",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history",
                        to="consolidating.piece",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="container",
            index=models.Index(
                fields=["enterprise", "state", "id"], name="consolidating_container_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="container",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "departed"), _negated=True),
                fields=("enterprise", "number"),
                name="consolidating_container_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="container",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("seal_no", ""), ("state", "open")),
                    models.Q(
                        models.Q(("state", "open"), _negated=True),
                        models.Q(("seal_no", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="consolidating_container_seal",
            ),
        ),
        migrations.AddIndex(
            model_name="piece",
            index=models.Index(
                fields=["enterprise", "state", "id"], name="consolidating_piece_state"
            ),
        ),
        migrations.AddIndex(
            model_name="piece",
            index=models.Index(
                fields=["enterprise", "container", "mark"], name="consolidating_piece_inside"
            ),
        ),
        migrations.AddIndex(
            model_name="piece",
            index=models.Index(
                fields=["enterprise", "declaration_no", "id"], name="consolidating_piece_declared"
            ),
        ),
        migrations.AddConstraint(
            model_name="piece",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "mark"), name="consolidating_piece_mark"
            ),
        ),
        migrations.AddConstraint(
            model_name="piece",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("container__isnull", False),
                        ("state__in", ["consolidated", "departed", "gate_out", "loaded"]),
                    ),
                    models.Q(
                        models.Q(
                            ("state__in", ["consolidated", "departed", "gate_out", "loaded"]),
                            _negated=True,
                        ),
                        ("container__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="consolidating_piece_contained",
            ),
        ),
        migrations.AddConstraint(
            model_name="piece",
            constraint=models.CheckConstraint(
                condition=models.Q(("volume_cm3__gt", 0), ("weight_g__gt", 0)),
                name="consolidating_piece_measured",
            ),
        ),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "piece", "number"), name="consolidating_step_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "piece", "step_no"), name="consolidating_step_no"
            ),
        ),
        WallOff("consolidating_container", may=("SELECT", "INSERT", "UPDATE")),
        WallOff(
            "consolidating_piece",
            {"container_id": "consolidating_container"},
            may=("SELECT", "INSERT", "UPDATE"),
        ),
        WallOff(
            "consolidating_step",
            {"piece_id": "consolidating_piece", "container_id": "consolidating_container"},
            may=("SELECT", "INSERT"),
        ),
        migrations.RunSQL(WAYS, migrations.RunSQL.noop),
    ]
