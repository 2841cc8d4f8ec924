# SPDX-License-Identifier: Apache-2.0
"""Make the database fit for the program: its role, its tables, its rights."""

from __future__ import annotations

from typing import Any, cast

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from entrepot.errors import Refused
from entrepot.people.walls import APP_ROLE
from entrepot.site.configuration import DATABASE, Configuration, in_django
from entrepot.site.embedded import wait_until_ready
from entrepot.site.postgresql.base import DatabaseWrapper

OLDEST = 150000
#: Held while tables are made or changed, so that two programs that start at once do not both do it.
_LOCK = 7_205_759_403_792_794


class DatabaseUnfit(Refused):
    """A database that the program will not work with."""

    code = "entrepot.database_unfit"


def set_up(found: Configuration) -> None:
    """Everything the program needs before it starts; nothing changes where all is there.

    Raises:
        NoDatabase: there is no database, and none can be started.
        DatabaseUnfit: the database, or the role, is not one to work with.
    """
    if found.is_embedded:
        found.embedded.start()
        wait_until_ready(found.embedded.url())
        make_database(found)
    else:
        wait_until_ready(found.owner_url)
    make_role(found)
    with psycopg.connect(found.owner, autocommit=True) as owner:
        owner.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        migrate(found)
        grant(owner)
    check_role(found)


def let_go() -> None:
    """Close this process's connections, and the pool that would go on making them."""
    connection.close()
    cast(DatabaseWrapper, connection).close_pool()


def migrate(found: Configuration) -> None:
    """Bring the tables to what this version of the program works with, as their owner."""
    complete = connections.configure_settings({"default": {}, "owner": in_django(found.owner)})
    # One connection, for this once: a pool would stay.
    complete["owner"]["OPTIONS"].pop("pool")
    connections.databases["owner"] = complete["owner"]
    try:
        _refuse_newer()
        call_command("migrate", database="owner", verbosity=0, interactive=False)
    finally:
        connections["owner"].close()
        del connections["owner"], connections.databases["owner"]


def _refuse_newer() -> None:
    """Refuse tables that a later version of the program has changed.

    Raises:
        DatabaseUnfit: with what this version does not know.
    """
    loader = MigrationExecutor(connections["owner"]).loader
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("entrepot.")}
    unknown = sorted(
        f"{app}.{name}"
        for app, name in loader.applied_migrations
        if app in ours and (app, name) not in loader.disk_migrations
    )
    if unknown:
        raise DatabaseUnfit(
            "Cannot work with this database.",
            f"A later version of entrepot has changed its tables: {', '.join(unknown[:3])}.",
            "Install that version, or restore a backup of before.",
        )


def make_database(found: Configuration) -> None:
    """Make the database in the server that comes with the program, where it is missing."""
    with psycopg.connect(found.embedded.url(), autocommit=True) as server:
        known = server.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone()
        if known is None:
            name = sql.Identifier(DATABASE)
            server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))


def make_role(found: Configuration) -> None:
    """Make the role that the program works with, where the program may make it.

    Raises:
        DatabaseUnfit: the server is too old, or the role is missing and may not be made.
    """
    with psycopg.connect(found.owner, autocommit=True) as owner:
        if owner.info.server_version < OLDEST:
            raise DatabaseUnfit(
                "Cannot work with this database.",
                f"It is PostgreSQL {owner.info.server_version // 10000}.",
                "PostgreSQL 15 or later is needed.",
            )
        if found.app_url:
            return
        known = owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone()
        if known and _may_connect(found.app):
            return
        verb = "ALTER" if known else "CREATE"
        # A new role may do nothing of what only a superuser may say; `check_role` looks again.
        statement = sql.SQL("{verb} ROLE {role} LOGIN PASSWORD {password}").format(
            verb=sql.SQL(verb),
            role=sql.Identifier(APP_ROLE),
            password=sql.Literal(found.app_password),
        )
        try:
            owner.execute(statement)
        except psycopg.errors.InsufficientPrivilege as error:
            raise DatabaseUnfit(
                f"Cannot set up the role {APP_ROLE}.",
                "The role in DATABASE_URL may not make roles.",
                f"Have CREATE ROLE {APP_ROLE} LOGIN PASSWORD '...' done by who may,"
                " and give its connection in DATABASE_APP_URL.",
            ) from error


def _may_connect(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def grant(owner: psycopg.Connection[Any]) -> None:
    """Let the program use every table that no wall divides; of walled tables, migrations say.

    A table is walled where it has an enterprise.
    """
    owner.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(APP_ROLE)))
    rows = owner.execute("""
        SELECT c.relname, c.relkind FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'S')
            AND NOT EXISTS (
                SELECT FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'enterprise_id'
            )
    """).fetchall()
    for name, kind in rows:
        rights = "USAGE, SELECT" if kind == "S" else "SELECT, INSERT, UPDATE, DELETE"
        if name == "django_migrations":
            rights = "SELECT"
        owner.execute(
            sql.SQL("GRANT {rights} ON {what} {name} TO {role}").format(
                rights=sql.SQL(rights),
                what=sql.SQL("SEQUENCE" if kind == "S" else "TABLE"),
                name=sql.Identifier(name),
                role=sql.Identifier(APP_ROLE),
            )
        )


def check_role(found: Configuration) -> None:
    """Refuse to work with a role that the walls do not hold.

    Raises:
        DatabaseUnfit: the role is a superuser, bypasses row security or owns tables.
    """
    with psycopg.connect(found.app, autocommit=True) as app:
        is_above, owns = app.execute("""
            SELECT rolsuper OR rolbypassrls,
                EXISTS (SELECT FROM pg_tables
                    WHERE schemaname = 'public' AND pg_has_role(tableowner, 'USAGE'))
            FROM pg_roles WHERE rolname = current_user
        """).fetchone() or (True, True)
    if is_above or owns:
        name = conninfo_to_dict(found.app).get("user")
        raise DatabaseUnfit(
            f"Cannot work as the role {name}.",
            "It may bypass the walls between enterprises: it is a superuser, has BYPASSRLS,"
            " or owns the tables.",
            "Name an ordinary role in DATABASE_APP_URL.",
        )
