# SPDX-License-Identifier: Apache-2.0
"""`entrepot serve` as people start and stop it, and what it says where it cannot."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from entrepot.people.walls import APP_ROLE
from entrepot.site.embedded import Embedded
from tests.site.serving_kit import Served, new_home, served, until


def refused(done: object, exit_code: int) -> list[str]:
    """The lines of a refusal: what was asked, what was found, what to do."""
    assert (done.returncode, done.stdout) == (exit_code, ""), done.stderr
    lines: list[str] = done.stderr.splitlines()
    assert len(lines) == 3, done.stderr
    assert all(line.rstrip()[-1] in ".:'\"" or "://" in line for line in lines)
    return lines


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_answers_and_all_of_it_ends_when_asked_to(asked):
    with served() as desk:
        desk.start()

        assert desk.printed.splitlines() == [
            f"The desk answers on http://127.0.0.1:{desk.port}/",
            "Open the first enterprise with: entrepot enterprise open NAME --owner ADDRESS",
        ]
        assert desk.answers("/healthz")
        assert desk.answers("/readyz")
        assert desk.end(asked) == 0
        assert desk.processes() == {}
        assert len(desk.printed.splitlines()) == 2, "it ends without a word"


def test_asked_to_end_before_it_answers_it_leaves_nothing(monkeypatch):
    with served() as desk:
        desk.begin()
        until(lambda: any("-D" in says for says in desk.processes().values()))

        assert desk.end() == 128 + signal.SIGTERM
        assert desk.processes() == {}


def test_the_first_enterprise_is_opened_and_its_owner_is_let_in():
    with served() as desk:
        desk.start()

        opened = desk.run(
            "enterprise", "open", "Lanting", "--owner", "a@b.example", "--at", "x://y"
        )

        assert opened.returncode == 0, opened.stderr
        assert "x://y/join/" in opened.stdout
        assert desk.answers("/readyz"), "the command leaves the database to the desk"
        link = opened.stdout.split()[-1].removeprefix("x://y")
        assert desk.answers(link)
        desk.end()
        desk.start()
        assert desk.printed.count("Open the first enterprise") == 1


def test_two_on_one_folder_share_the_database_and_the_last_stops_it():
    with served() as desk:
        second = Served(desk.home)
        desk.start()
        second.start()

        assert desk.end() == 0
        assert second.answers("/readyz")
        assert second.end() == 0
        assert desk.processes() == {}


def test_a_port_that_is_taken_is_said_before_anything_is_started():
    with served() as desk, socket.create_server(("127.0.0.1", desk.port)):
        lines = refused(desk.run("serve", f"--port={desk.port}"), 2)

        assert lines[0] == f"Cannot answer on 127.0.0.1, port {desk.port}."
        assert "--port" in lines[2]
        assert not (desk.home / "postgresql").exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_that_is_not_this_machines_is_refused(host):
    with served() as desk:
        lines = refused(desk.run("serve", f"--port={desk.port}", f"--host={host}"), 2)

        assert lines[0] == f"Cannot answer on {host}, port {desk.port}."


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's database runs as another user")
def test_a_folder_that_the_database_cannot_reach_is_said(tmp_path):
    tmp_path.chmod(0o700)
    desk = Served(tmp_path / "home")

    lines = refused(desk.run("serve", f"--port={desk.port}"), 1)

    assert "cannot reach the folder" in lines[1]


@pytest.mark.parametrize("place", ["/proc/entrepot", "/dev/null/entrepot"])
def test_a_folder_that_cannot_be_made_is_said(place):
    desk = Served(Path(place))

    lines = refused(desk.run("audit"), 2)

    assert lines[0] == f"Cannot keep data in {place}."


def test_a_connection_that_is_none_is_said_without_its_password():
    with served(DATABASE_URL="postgresql://me:s3cret@[") as desk:
        done = desk.run("audit")

        assert refused(done, 2)[0] == "Cannot connect to the database in DATABASE_URL."
        assert "s3cret" not in done.stderr


@pytest.fixture
def server() -> Iterator[Embedded]:
    """A server of one's own, with an empty database of the name `books`."""
    with new_home() as home:
        database = Embedded(home / "postgresql")
        database.start()
        run(database, "CREATE DATABASE books")
        yield database
        database.stop()


def run(server: Embedded, *statements: str, database: str = "postgres") -> None:
    with psycopg.connect(server.url(database), autocommit=True) as superuser:
        for statement in statements:
            superuser.execute(sql.SQL(statement))


def as_role(server: Embedded, user: str) -> str:
    return make_conninfo(host=str(server.socket), user=user, password="pw", dbname="books")


def make_owner(server: Embedded, *, may_make_roles: bool) -> str:
    """An ordinary role that owns the database."""
    makes = "CREATEROLE" if may_make_roles else "NOCREATEROLE"
    run(
        server,
        f"CREATE ROLE keeper LOGIN PASSWORD 'pw' {makes}",
        "ALTER DATABASE books OWNER TO keeper",
    )
    return as_role(server, "keeper")


def works(desk: Served) -> None:
    """Twice: what was set up is found again."""
    for _ in range(2):
        done = desk.run("audit")
        assert (done.returncode, done.stderr) == (0, "")


def test_a_server_of_ones_own_is_worked_with_and_left_running(server):
    with served(DATABASE_URL=server.url("books")) as desk:
        desk.start()

        assert not (desk.home / "postgresql").exists()
        assert desk.end() == 0
        works(desk)
    assert server.is_running()


def test_an_owner_who_may_make_roles_is_enough(server):
    with served(DATABASE_URL=make_owner(server, may_make_roles=True)) as desk:
        works(desk)


def test_an_owner_who_may_not_make_roles_is_told_what_to_have_done(server):
    owner = make_owner(server, may_make_roles=False)
    with served(DATABASE_URL=owner) as desk:
        lines = refused(desk.run("audit"), 1)

    assert lines[0] == f"Cannot set up the role {APP_ROLE}."
    assert f"CREATE ROLE {APP_ROLE} LOGIN PASSWORD" in lines[2]
    run(server, f"CREATE ROLE {APP_ROLE} LOGIN PASSWORD 'pw'")
    with served(DATABASE_URL=owner, DATABASE_APP_URL=as_role(server, APP_ROLE)) as desk:
        works(desk)


@pytest.mark.parametrize(
    ("case", "attributes"),
    [
        ("a superuser", "SUPERUSER"),
        ("who bypasses", "BYPASSRLS"),
        ("of the owner", "IN ROLE keeper"),
    ],
)
def test_a_role_that_the_walls_do_not_hold_is_refused(server, case, attributes):
    owner = make_owner(server, may_make_roles=False)
    run(
        server,
        f"CREATE ROLE {APP_ROLE} LOGIN PASSWORD 'pw'",
        f"CREATE ROLE other LOGIN PASSWORD 'pw' {attributes}",
    )
    with served(DATABASE_URL=owner, DATABASE_APP_URL=as_role(server, "other")) as desk:
        lines = refused(desk.run("audit"), 1)

    assert lines[0] == "Cannot work as the role other."
    assert "walls" in lines[1]
