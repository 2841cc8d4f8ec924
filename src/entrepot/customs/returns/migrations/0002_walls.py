# SPDX-License-Identifier: Apache-2.0
"""The walls of the returns through customs, and how a case may go."""

from django.db import migrations

from entrepot.people.walls import WallOff

CHANGED = ("SELECT", "INSERT", "UPDATE")
ADDED = ("SELECT", "INSERT")

# Every way that a case may go, as `states.STEPS` has them; a test compares them. No change of state
# without the step that says who changed it and when, and what a case is about stays as drafted.
WAYS = """
CREATE FUNCTION returning_case_goes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    step record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'drafted' OR NEW.steps <> 0 THEN
            RAISE EXCEPTION 'a case begins drafted, not %', NEW.state
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - '{state,steps}'::text[] <> to_jsonb(OLD) - '{state,steps}'::text[] THEN
        RAISE EXCEPTION 'case % stays what it was drafted as', OLD.number
            USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.state, NEW.steps) = (OLD.state, OLD.steps) THEN
        RETURN NEW;
    END IF;
    SELECT s.event, s.undoes INTO step FROM returning_casestep AS s
    WHERE s.enterprise_id = NEW.enterprise_id AND s.case_id = NEW.id AND s.step_no = NEW.steps
        AND s.was = OLD.state AND s.became = NEW.state;
    IF NOT FOUND OR NEW.steps <> OLD.steps + 1 THEN
        RAISE EXCEPTION 'case % goes from % to % without a step that says so', OLD.number,
            OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF step.event = 'undone' THEN
        -- Only the last step that still holds is taken back, to where it began.
        PERFORM FROM returning_casestep AS s
        WHERE s.enterprise_id = NEW.enterprise_id AND s.case_id = NEW.id AND s.step_no = step.undoes
            AND s.event <> 'undone' AND s.was = NEW.state AND s.became = OLD.state
            AND s.step_no = (
                SELECT max(t.step_no) FROM returning_casestep AS t
                WHERE t.enterprise_id = NEW.enterprise_id AND t.case_id = NEW.id
                    AND t.event <> 'undone' AND t.step_no < NEW.steps AND NOT EXISTS (
                        SELECT FROM returning_casestep AS u
                        WHERE u.enterprise_id = NEW.enterprise_id AND u.case_id = NEW.id
                            AND u.undoes = t.step_no AND u.step_no < NEW.steps));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'case %: step % is not the last that holds', OLD.number, step.undoes
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (step.event, OLD.state, NEW.state) NOT IN (
        ('checked', 'drafted', 'checked'),
        ('refund_repaid', 'checked', 'cleared'), ('refund_not_needed', 'checked', 'cleared'),
        ('announced', 'cleared', 'announced'), ('arrived', 'announced', 'arrived'),
        ('cancelled', 'drafted', 'cancelled'), ('cancelled', 'checked', 'cancelled'),
        ('cancelled', 'cleared', 'cancelled'), ('cancelled', 'announced', 'cancelled')
    ) THEN
        RAISE EXCEPTION 'case % does not go from % to %', OLD.number, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER case_goes BEFORE INSERT OR UPDATE ON returning_case
    FOR EACH ROW EXECUTE FUNCTION returning_case_goes();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("returning", "0001_initial"),
        # Its lines are what a case is drafted of.
        ("logistics", "0003_walls"),
    ]

    operations = [
        WallOff("returning_case", may=CHANGED),
        WallOff("returning_caseline", {"case_id": "returning_case"}, may=ADDED),
        WallOff(
            "returning_casestep",
            {"case_id": "returning_case", "document_id": "ledger_document"},
            may=ADDED,
        ),
        WallOff("returning_scan", {"case_id": "returning_case"}, may=ADDED),
        WallOff("returning_refund"),
        migrations.RunSQL(WAYS, migrations.RunSQL.noop),
    ]
