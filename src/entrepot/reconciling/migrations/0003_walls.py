# SPDX-License-Identifier: Apache-2.0
"""The tables that are written in sets, the walls, and the tallies that a trigger keeps."""

from django.db import migrations

from entrepot.people.walls import WallOff

_TEXT = 'text COLLATE "C" NOT NULL'

TABLES = f"""
CREATE TABLE reconciling_moneyfilepart (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    source_id uuid NOT NULL,
    at integer NOT NULL CHECK (at >= 0),
    content bytea NOT NULL,
    PRIMARY KEY (enterprise_id, source_id, at),
    FOREIGN KEY (enterprise_id, source_id) REFERENCES reconciling_moneyfile (enterprise_id, id)
);
-- Encrypted, which nothing makes smaller.
ALTER TABLE reconciling_moneyfilepart ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE reconciling_settlementline (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    channel {_TEXT} CHECK (channel <> ''),
    settlement_no {_TEXT},
    line_no integer NOT NULL CHECK (line_no > 0),
    source_id uuid NOT NULL,
    row bigint NOT NULL,
    posted_on date NOT NULL,
    kind {_TEXT},
    event text NOT NULL,
    order_no {_TEXT},
    sku {_TEXT},
    quantity bigint,
    "group" text NOT NULL,
    label text NOT NULL,
    account {_TEXT},
    amount bigint NOT NULL,
    currency {_TEXT},
    entry_no {_TEXT},
    PRIMARY KEY (enterprise_id, channel, settlement_no, line_no)
);
CREATE INDEX reconciling_settlementline_order
    ON reconciling_settlementline (enterprise_id, channel, order_no) WHERE order_no <> '';
CREATE INDEX reconciling_settlementline_entry
    ON reconciling_settlementline (enterprise_id, channel, entry_no) WHERE entry_no <> '';

CREATE TABLE reconciling_bankline (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    id uuid NOT NULL,
    statement_id uuid NOT NULL,
    row bigint NOT NULL,
    account {_TEXT},
    dated_on date NOT NULL,
    booked_on date,
    valued_on date,
    amount bigint NOT NULL,
    currency {_TEXT},
    status {_TEXT},
    reference {_TEXT},
    texts text[] NOT NULL,
    counterparty text NOT NULL,
    counterparty_account {_TEXT},
    text text NOT NULL,
    instructed bigint,
    instructed_currency {_TEXT},
    rate text NOT NULL,
    charges bigint NOT NULL CHECK (charges >= 0),
    balance bigint,
    aside {_TEXT},
    PRIMARY KEY (enterprise_id, id),
    FOREIGN KEY (enterprise_id, statement_id)
        REFERENCES reconciling_bankstatement (enterprise_id, id)
);
CREATE INDEX reconciling_bankline_statement
    ON reconciling_bankline (enterprise_id, statement_id, row);
CREATE INDEX reconciling_bankline_day ON reconciling_bankline (enterprise_id, account, dated_on);
CREATE INDEX reconciling_bankline_dated ON reconciling_bankline (enterprise_id, dated_on, id);

CREATE TABLE reconciling_matched (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    match_id uuid NOT NULL,
    item_id uuid NOT NULL,
    PRIMARY KEY (enterprise_id, match_id, item_id),
    FOREIGN KEY (enterprise_id, match_id) REFERENCES reconciling_match (enterprise_id, id),
    FOREIGN KEY (enterprise_id, item_id) REFERENCES reconciling_item (enterprise_id, id)
);
CREATE INDEX reconciling_matched_item ON reconciling_matched (enterprise_id, item_id);

CREATE TABLE reconciling_followed (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    what {_TEXT},
    after uuid NOT NULL,
    PRIMARY KEY (enterprise_id, what)
);

CREATE TABLE reconciling_tally (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    stage {_TEXT},
    currency {_TEXT},
    state {_TEXT},
    found {_TEXT},
    opened_on date NOT NULL,
    items bigint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (enterprise_id, stage, currency, state, found, opened_on)
);
"""

#: A match of one item is asked for by the item; most items have none.
MATCH = """
ALTER TABLE reconciling_item ADD CONSTRAINT reconciling_item_match_id_fk
    FOREIGN KEY (enterprise_id, match_id) REFERENCES reconciling_match (enterprise_id, id);
"""

#: One statement changes each tally once, in the order of the key, however many items it changes.
#: An update that changes no tally writes none.
_FOLD = """
        INSERT INTO reconciling_tally AS t
            (enterprise_id, stage, currency, state, found, opened_on, items, amount)
        SELECT c.enterprise_id, c.stage, c.currency, c.state, c.found, c.opened_on, sum(c.n),
            sum(c.n * c.amount)
        FROM ({changed}) AS c
        WHERE c.state <> 'aside'
        GROUP BY c.enterprise_id, c.stage, c.currency, c.state, c.found, c.opened_on
        HAVING sum(c.n) <> 0 OR sum(c.n * c.amount) <> 0
        ORDER BY c.enterprise_id, c.stage, c.currency, c.state, c.found, c.opened_on
        ON CONFLICT (enterprise_id, stage, currency, state, found, opened_on) DO UPDATE
            SET items = t.items + excluded.items, amount = t.amount + excluded.amount;
"""
_SIDE = (
    "SELECT i.enterprise_id, i.stage, i.currency, i.state, i.found, i.opened_on, i.amount, {n} AS n"
    " FROM {rows} AS i"
)
_NEW, _OLD = _SIDE.format(n=1, rows="fresh"), _SIDE.format(n=-1, rows="stale")

TALLY = f"""
CREATE FUNCTION reconciling_tally_items() RETURNS trigger LANGUAGE plpgsql AS $$
-- `found` is a variable of the language too.
#variable_conflict use_column
BEGIN
    IF TG_OP = 'INSERT' THEN
        {_FOLD.format(changed=_NEW)}
    ELSIF TG_OP = 'DELETE' THEN
        {_FOLD.format(changed=_OLD)}
    ELSE
        {_FOLD.format(changed=f"{_NEW} UNION ALL {_OLD}")}
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_added AFTER INSERT ON reconciling_item
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION reconciling_tally_items();
CREATE TRIGGER tally_changed AFTER UPDATE ON reconciling_item
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION reconciling_tally_items();
CREATE TRIGGER tally_removed AFTER DELETE ON reconciling_item
    REFERENCING OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION reconciling_tally_items();
"""

ONLY_ADDED = ("SELECT", "INSERT")


class Migration(migrations.Migration):
    dependencies = [("reconciling", "0002_sets")]

    operations = [
        WallOff("reconciling_moneymapping"),
        WallOff("reconciling_moneyfile"),
        WallOff("reconciling_payout", {"source_id": "reconciling_moneyfile"}),
        WallOff("reconciling_bankstatement", {"source_id": "reconciling_moneyfile"}),
        WallOff("reconciling_match", may=ONLY_ADDED),
        WallOff("reconciling_item"),
        migrations.RunSQL(TABLES + MATCH + TALLY),
        migrations.RunSQL(
            "ALTER TABLE reconciling_match ADD FOREIGN KEY (enterprise_id, undoes_id)"
            " REFERENCES reconciling_match (enterprise_id, id);"
        ),
        WallOff("reconciling_moneyfilepart", key=(), may=("SELECT", "INSERT", "DELETE")),
        WallOff("reconciling_settlementline", key=()),
        WallOff("reconciling_bankline", key=()),
        WallOff("reconciling_matched", key=(), may=ONLY_ADDED),
        WallOff("reconciling_followed", key=()),
        WallOff("reconciling_tally", key=()),
    ]
