# SPDX-License-Identifier: Apache-2.0
"""The walls between enterprises: what the database itself holds, whatever the program does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from entrepot.ledger.actions import post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Item, Place
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from entrepot.site.configuration import configuration

#: Every table of the program, with whether it has an enterprise.
WALLED = """
    SELECT c.relname, c.oid FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'enterprise_id'
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition
    ORDER BY 1
"""


@pytest.fixture
def app(desk: None) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the program's role, with nothing of the program between."""
    with psycopg.connect(configuration().app) as opened:
        yield opened


def set_to(app: psycopg.Connection[Any], enterprise: UUID) -> None:
    app.execute("SELECT set_config('entrepot.enterprise', %s, true)", [str(enterprise)])


def make_book(enterprise: UUID) -> UUID:
    """One document in the book of an enterprise."""
    with within(enterprise):
        Item.objects.create(code="SKU-1", kind="goods")
        Place.objects.create(path="supplier/A", may_go_below=True)
        Place.objects.create(path="home/stock", may_go_below=False)
        lines = [Line("SKU-1", 5, "supplier/A", "home/stock")]
        return post(Document("purchase", "P-1", date(2026, 1, 2), lines)).id


def walled() -> list[tuple[str, int]]:
    with psycopg.connect(configuration().owner) as owner:
        return owner.execute(WALLED).fetchall()


def test_without_an_enterprise_there_are_no_rows(enterprise, app):
    make_book(enterprise)

    for table, _ in walled():
        assert app.execute(f'SELECT count(*) FROM "{table}"').fetchone() == (0,), table


def test_with_an_enterprise_there_are_its_rows_only(enterprise, app):
    make_book(enterprise)
    make_book(Enterprise.objects.create().id)
    set_to(app, enterprise)

    rows = app.execute("SELECT enterprise_id FROM ledger_movement").fetchall()

    assert rows == [(enterprise,)]


def test_the_setting_ends_with_the_transaction(enterprise, app):
    make_book(enterprise)
    set_to(app, enterprise)
    assert app.execute("SELECT count(*) FROM ledger_document").fetchone() == (1,)
    app.commit()

    assert app.execute("SELECT count(*) FROM ledger_document").fetchone() == (0,)


def test_a_row_of_another_enterprise_cannot_be_added(enterprise, app):
    other = Enterprise.objects.create().id
    set_to(app, enterprise)

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        app.execute(
            "INSERT INTO ledger_item (id, enterprise_id, code, kind, digits)"
            " VALUES (gen_random_uuid(), %s, 'X', 'goods', 0)",
            [other],
        )


def test_a_reference_to_a_row_of_another_enterprise_is_refused(enterprise, app):
    other = Enterprise.objects.create().id
    document = make_book(other)
    make_book(enterprise)
    set_to(app, enterprise)

    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        app.execute(
            'INSERT INTO ledger_movement (enterprise_id, document_id, line, "on", item, lot,'
            " quantity, from_place, to_place, hash) VALUES (%s, %s, 2, '2026-01-02', 'SKU-1', '',"
            " 1, 'supplier/A', 'home/stock', sha256('x'))",
            [enterprise, document],
        )


@pytest.mark.parametrize(
    ("item", "source", "target"),
    [
        ("SKU-2", "supplier/A", "home/stock"),
        ("SKU-1", "supplier/B", "home/stock"),
        ("SKU-1", "supplier/A", "home/theirs"),
    ],
)
def test_a_movement_refers_to_an_item_and_places_of_its_enterprise(
    enterprise, app, item, source, target
):
    other = Enterprise.objects.create().id
    with within(other):
        Item.objects.create(code="SKU-2", kind="goods")
        Place.objects.create(path="home/theirs", may_go_below=False)
    document = make_book(enterprise)
    set_to(app, enterprise)

    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="not in the book"):
        app.execute(
            'INSERT INTO ledger_movement (enterprise_id, document_id, line, "on", item, lot,'
            " quantity, from_place, to_place, hash) VALUES (%s, %s, 2, '2026-01-02', %s, '',"
            " 1, %s, %s, sha256('x'))",
            [enterprise, document, item, source, target],
        )


def test_no_part_of_the_movements_can_be_written_past_the_whole(enterprise, app):
    set_to(app, enterprise)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("INSERT INTO ledger_movement_00 DEFAULT VALUES")


@pytest.mark.parametrize("statement", ["DELETE FROM {0}", "UPDATE {0} SET hash = hash"])
@pytest.mark.parametrize("table", ["ledger_movement", "ledger_document"])
def test_the_program_may_neither_change_nor_delete_the_book(enterprise, app, table, statement):
    make_book(enterprise)
    set_to(app, enterprise)

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        app.execute(statement.format(table))


def test_nor_may_the_owner_of_the_tables(enterprise):
    make_book(enterprise)

    with (
        psycopg.connect(configuration().owner) as owner,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="are added only"),
    ):
        owner.execute("DELETE FROM ledger_movement")


def test_every_walled_table_holds_its_wall(desk):
    with psycopg.connect(configuration().owner) as owner:
        for table, oid in walled():
            found = owner.execute(
                "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s", [oid]
            ).fetchone()
            assert found == (True, True), f"{table} has no row-level security"
            policies = owner.execute(
                "SELECT cmd, qual, with_check FROM pg_policies WHERE tablename = %s"
                " AND policyname = 'wall'",
                [table],
            ).fetchall()
            assert [policy[0] for policy in policies] == ["ALL"], table
            assert all("entrepot_enterprise" in part for part in policies[0][1:]), table


def test_every_key_and_reference_of_a_walled_table_has_the_enterprise(desk):
    names = {table for table, _ in walled()}
    with psycopg.connect(configuration().owner) as owner:
        rows = owner.execute("""
            SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, c.contype,
                pg_get_constraintdef(c.oid)
            FROM pg_constraint c
            WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'u', 'f')
        """).fetchall()
        indexes = owner.execute("""
            SELECT i.indrelid::regclass::text, a.attname
            FROM pg_index i
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            WHERE i.indisunique
        """).fetchall()
    seen = set()
    for table, other, kind, definition in rows:
        if table not in names:
            continue
        if kind == "f" and other not in names:
            # The list of enterprises and the people are the program's own.
            assert other in {"people_enterprise", "people_user"}, (table, definition)
        else:
            seen.add(table)
            assert "(enterprise_id" in definition, (table, definition)
    assert seen == names
    assert {(t, first) for t, first in indexes if t in names and first != "enterprise_id"} == set()


def test_the_program_owns_nothing_and_bypasses_nothing(app):
    found = app.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname = current_user"
    ).fetchone()

    assert found == (False, False, False, False)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("ALTER TABLE ledger_movement DISABLE ROW LEVEL SECURITY")


def test_a_transaction_never_mixes_two_enterprises(enterprise):
    other = Enterprise.objects.create().id

    with within(enterprise), pytest.raises(AssertionError), within(other):
        pass


@pytest.mark.parametrize("fails", [True, False])
def test_nothing_is_seen_after_an_enterprise_within_a_larger_transaction(enterprise, fails):
    make_book(enterprise)
    with transaction.atomic():
        with suppress(ZeroDivisionError), within(enterprise):
            assert Item.objects.count() == 1
            _ = 1 // (0 if fails else 1)
        assert Item.objects.count() == 0


def test_the_setting_is_read_once_per_statement(enterprise):
    make_book(enterprise)
    with within(enterprise), connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT * FROM ledger_movement WHERE line = 1")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "InitPlan" in plan
    assert "entrepot_enterprise" not in plan.split("InitPlan")[0]
