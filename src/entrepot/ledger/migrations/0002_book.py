# SPDX-License-Identifier: Apache-2.0
"""The book's large tables, partitioned by enterprise, and the walls of all of them."""

from django.db import migrations

from entrepot.people.walls import WallOff

PARTITIONS = 16

MOVEMENTS = """
CREATE TABLE ledger_movement (
    enterprise_id uuid NOT NULL,
    document_id uuid NOT NULL,
    line integer NOT NULL,
    "on" date NOT NULL,
    item text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    from_place text COLLATE "C" NOT NULL,
    to_place text COLLATE "C" NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32),
    CHECK (from_place <> to_place),
    PRIMARY KEY (enterprise_id, document_id, line),
    -- Item and places are referred to as well: REFERENCES, below.
    FOREIGN KEY (enterprise_id, document_id) REFERENCES ledger_document (enterprise_id, id)
) PARTITION BY HASH (enterprise_id);
CREATE INDEX ledger_movement_item ON ledger_movement (enterprise_id, item, document_id, line);
CREATE INDEX ledger_movement_from ON ledger_movement (enterprise_id, from_place, document_id, line);
CREATE INDEX ledger_movement_to ON ledger_movement (enterprise_id, to_place, document_id, line);
CREATE INDEX ledger_movement_lot ON ledger_movement (enterprise_id, lot, item, document_id, line)
    WHERE lot <> '';
"""

#: A reference from every movement to its item and its two places, checked once a statement for all
#: that it adds. Row by row, as foreign keys are, it took more than half of the time of posting.
#: Once is enough: neither items nor places are ever changed or deleted. Each is looked up by its
#: key: a join may be planned as a walk over all items, whatever enterprise they are of.
REFERENCES = """
CREATE FUNCTION ledger_movement_refers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing text;
BEGIN
    SELECT 'item ' || a.item INTO missing
    FROM (SELECT DISTINCT enterprise_id, item FROM added) AS a
    WHERE (SELECT i.code FROM ledger_item AS i
        WHERE i.enterprise_id = a.enterprise_id AND i.code = a.item) IS NULL
    LIMIT 1;
    IF missing IS NULL THEN
        SELECT 'place ' || a.place INTO missing
        FROM (
            SELECT enterprise_id, from_place AS place FROM added
            UNION
            SELECT enterprise_id, to_place FROM added
        ) AS a
        WHERE (SELECT p.path FROM ledger_place AS p
            WHERE p.enterprise_id = a.enterprise_id AND p.path = a.place) IS NULL
        LIMIT 1;
    END IF;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'a movement refers to the %, which is not in the book', missing
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refers AFTER INSERT ON ledger_movement REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_movement_refers();
"""

#: Few documents are reversals; the index that lets each be reversed once serves this as well.
REVERSALS = """
ALTER TABLE ledger_document ADD CONSTRAINT ledger_document_reverses_id_fk
    FOREIGN KEY (enterprise_id, reverses_id) REFERENCES ledger_document (enterprise_id, id);
"""

BALANCES = """
CREATE TABLE ledger_balance (
    enterprise_id uuid NOT NULL,
    place text COLLATE "C" NOT NULL,
    item text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL,
    change bigint NOT NULL, -- the last one
    times bigint NOT NULL, -- how often it changed
    reserved bigint NOT NULL DEFAULT 0, -- of the quantity: what is spoken for
    reserved_change bigint NOT NULL DEFAULT 0,
    since date NOT NULL, -- from which day on the place has held it without a break
    may_go_below boolean NOT NULL,
    CONSTRAINT ledger_balance_floor CHECK (may_go_below OR quantity >= reserved),
    CONSTRAINT ledger_balance_reserved CHECK (reserved >= 0),
    PRIMARY KEY (enterprise_id, place, item, lot),
    FOREIGN KEY (enterprise_id, item) REFERENCES ledger_item (enterprise_id, code),
    FOREIGN KEY (enterprise_id, place, may_go_below)
        REFERENCES ledger_place (enterprise_id, path, may_go_below)
) WITH (fillfactor = 70); -- rows that change often leave room on their pages
CREATE INDEX ledger_balance_item ON ledger_balance (enterprise_id, item, place, lot);
-- None of these names what changes with every movement, so that a balance can change in place.
CREATE INDEX ledger_balance_lot ON ledger_balance (enterprise_id, lot, item, place)
    WHERE lot <> '';
CREATE INDEX ledger_balance_age ON ledger_balance (enterprise_id, since, place, item, lot)
    WHERE NOT may_go_below;
"""

#: The words of the notes of documents, as `catalog.words` cuts them. A table and not an index of
#: texts: row security lets no operator near an index that is not leakproof, and equality is. Most
#: documents have no note, and cost nothing.
NOTES = """
CREATE TABLE ledger_word (
    enterprise_id uuid NOT NULL,
    word text COLLATE "C" NOT NULL,
    document_id uuid NOT NULL,
    PRIMARY KEY (enterprise_id, word, document_id)
);
CREATE FUNCTION ledger_words(said text) RETURNS SETOF text LANGUAGE sql IMMUTABLE STRICT AS $$
    WITH runs AS (
        SELECT run[1] AS cjk, run[2] AS word
        FROM regexp_matches(
            replace(lower(normalize(said, NFKC) COLLATE "pg_c_utf8"), 'ß', 'ss'),
            '([{CJK}]+)|((?:(?![{CJK}])[[:alnum:]])+)', 'g'
        ) AS run
    )
    SELECT left(word, 64) FROM runs WHERE word IS NOT NULL
    UNION
    SELECT substr(cjk, at, 2) FROM runs, generate_series(1, length(cjk)) AS at
$$;
CREATE FUNCTION ledger_document_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_word (enterprise_id, word, document_id)
    SELECT NEW.enterprise_id, word, NEW.id FROM ledger_words(NEW.note) AS word;
    RETURN NULL;
END $$;
CREATE TRIGGER words AFTER INSERT ON ledger_document FOR EACH ROW WHEN (NEW.note <> '')
    EXECUTE FUNCTION ledger_document_words();
""".replace(
    "{CJK}",
    r"\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\U00020000-\U0003ffff",
)

SEALS = """
CREATE TABLE ledger_unsealed (
    enterprise_id uuid NOT NULL,
    document_id uuid NOT NULL,
    PRIMARY KEY (enterprise_id, document_id),
    FOREIGN KEY (enterprise_id, document_id) REFERENCES ledger_document (enterprise_id, id)
);
CREATE TABLE ledger_sealeddocument (
    enterprise_id uuid NOT NULL,
    seal integer NOT NULL,
    position integer NOT NULL,
    document_id uuid NOT NULL,
    leaf bytea NOT NULL CHECK (length(leaf) = 32),
    PRIMARY KEY (enterprise_id, seal, position),
    UNIQUE (enterprise_id, document_id),
    FOREIGN KEY (enterprise_id, document_id) REFERENCES ledger_document (enterprise_id, id),
    FOREIGN KEY (enterprise_id, seal) REFERENCES ledger_seal (enterprise_id, number)
);
"""


PARTS = "".join(
    f"CREATE TABLE ledger_movement_{part:02} PARTITION OF ledger_movement"
    f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part});\n"
    for part in range(PARTITIONS)
)

ADDED = ("SELECT", "INSERT")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("people", "0002_walls")]

    operations = [
        WallOff("ledger_item", may=("SELECT", "INSERT")),
        WallOff("ledger_place", may=("SELECT", "INSERT")),
        WallOff("ledger_document", may=ADDED),
        migrations.RunSQL(REVERSALS),
        WallOff("ledger_seal", may=ADDED),
        migrations.RunSQL(BALANCES),
        migrations.RunSQL(MOVEMENTS + PARTS + REFERENCES),
        migrations.RunSQL(SEALS),
        WallOff("ledger_movement", key=(), may=ADDED),
        WallOff("ledger_balance", key=(), may=("SELECT", "INSERT", "UPDATE")),
        WallOff("ledger_unsealed", key=(), may=("SELECT", "INSERT", "DELETE")),
        WallOff("ledger_sealeddocument", key=(), may=ADDED),
        migrations.RunSQL(NOTES),
        WallOff("ledger_word", key=(), may=ADDED),
    ]
