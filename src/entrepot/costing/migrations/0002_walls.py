# SPDX-License-Identifier: Apache-2.0
"""The walls of cost invoices, and that what is booked stays as it is."""

from django.db import migrations

from entrepot.people.walls import WallOff

# Nobody changes what is booked, whoever asks: an invoice, its lines, and over what they are spread.
STAYS = """
CREATE FUNCTION costing_invoice_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'booked' THEN
        RAISE EXCEPTION 'a booked invoice is never changed: % is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_stays BEFORE UPDATE OR DELETE ON costing_invoice
    FOR EACH ROW EXECUTE FUNCTION costing_invoice_stays();

CREATE FUNCTION costing_line_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its record;
BEGIN
    IF TG_OP = 'DELETE' THEN its := OLD; ELSE its := NEW; END IF;
    IF EXISTS (SELECT FROM costing_invoice AS i WHERE i.enterprise_id = its.enterprise_id
            AND i.id = its.invoice_id AND i.state = 'booked') THEN
        RAISE EXCEPTION 'lines of a booked invoice are never changed: % is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN its;
END $$;
CREATE TRIGGER line_stays BEFORE INSERT OR UPDATE OR DELETE ON costing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION costing_line_stays();

CREATE FUNCTION costing_share_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its record;
BEGIN
    IF TG_OP = 'DELETE' THEN its := OLD; ELSE its := NEW; END IF;
    IF EXISTS (SELECT FROM costing_invoiceline AS l
            JOIN costing_invoice AS i ON i.enterprise_id = its.enterprise_id
                AND i.id = l.invoice_id
            WHERE l.enterprise_id = its.enterprise_id AND l.id = its.line_id
                AND i.state = 'booked') THEN
        RAISE EXCEPTION 'shares of a booked invoice are never changed: % is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN its;
END $$;
CREATE TRIGGER share_stays BEFORE INSERT OR UPDATE OR DELETE ON costing_share
    FOR EACH ROW EXECUTE FUNCTION costing_share_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("costing", "0001_initial"),
        # What a line paid for is looked up in these; when it may be booked, closes say.
        ("logistics", "0003_walls"),
        ("consolidating", "0002_plans"),
        ("warehouse", "0007_buyers"),
        ("closing", "0001_initial"),
    ]

    operations = [
        WallOff("costing_costfile"),
        WallOff(
            "costing_invoice",
            {"reverses_id": "costing_invoice", "source_id": "costing_costfile"},
        ),
        WallOff("costing_invoiceline", {"invoice_id": "costing_invoice"}),
        WallOff("costing_share", {"line_id": "costing_invoiceline"}),
        migrations.RunSQL(STAYS, migrations.RunSQL.noop),
    ]
