# SPDX-License-Identifier: Apache-2.0
"""A backup of a desk that runs, restored into an empty folder: the same book, the same walls."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from entrepot.site.backups import DATABASE, MANIFEST, Manifest
from tests.site.serving_kit import Served, new_home, served
from tests.site.test_serving import as_role, make_owner, refused, run, server

__all__ = ["server"]  # a fixture

#: Fills two enterprises with a row of everything, and prints who owns them.
_FILL = """
import json
from importlib import import_module
from entrepot.site.starting import desk
with desk():
    kit = import_module("tests.site.api_kit")
    worlds = [kit.new_world(tag) for tag in ("AX", "BX")]
    print(json.dumps([{"enterprise": str(w.enterprise), "token": w.token} for w in worlds]))
"""
#: Prints what each of them sees, what lies in the database, and what its roles may.
_LOOK = """
import json, os, psycopg
from importlib import import_module
from entrepot.site.starting import desk
with desk():
    kit = import_module("tests.site.api_kit")
    callers = import_module("tests.jobs.callers")
    found = import_module("entrepot.site.configuration").configuration()
    seen = []
    for who in WHO:
        caller = callers.Caller(None, who["enterprise"], who["token"])
        orders = caller.get("/orders").json()["items"]
        whole = [caller.get("/orders/" + each["id"]).json() for each in orders]
        seen.append({"rows": kit.rows_of(who["enterprise"]), "orders": whole})
    [first, second] = [each["orders"][0]["id"] for each in seen]
    other = caller.get("/orders/" + first).status_code
    with psycopg.connect(found.app) as app:
        loose = app.execute("SELECT count(*) FROM warehouse_order").fetchone()[0]
    with psycopg.connect(found.owner) as owner:
        rights = owner.execute('''
            SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, c.relacl::text,
                (SELECT array_agg(p::text ORDER BY p.polname) FROM (
                    SELECT polname, pg_get_expr(polqual, polrelid) AS q FROM pg_policy
                    WHERE polrelid = c.oid) AS p)
            FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace
                AND c.relkind IN ('r', 'p', 'S', 'v') ORDER BY 1
        ''').fetchall()
    print(json.dumps({"seen": seen, "other": other, "loose": loose, "rights": rights}))
"""


@dataclass
class Backed:
    """A desk that answers, what was to be seen in it, and its backup."""

    desk: Served
    who: list[dict[str, str]]
    seen: Any
    audit: Any
    file: Path

    def look(self, desk: Served) -> Any:
        return desk.python(f"WHO = {self.who!r}\n{_LOOK}")


def audit(desk: Served) -> Any:
    done = desk.run("audit", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backed]:
    file = tmp_path_factory.mktemp("backup") / "desk.backup"
    with served() as desk:
        desk.start()
        who = desk.python(_FILL)
        made = desk.run("backup", str(file))
        assert made.returncode == 0, made.stderr
        assert str(file) in made.stdout
        backed = Backed(desk, who, None, None, file)
        desk.end()
        backed.seen, backed.audit = backed.look(desk), audit(desk)
        yield backed


@pytest.fixture
def empty() -> Iterator[Served]:
    with new_home() as home:
        yield Served(home)


def restore(into: Served, file: Path, key: Path) -> Any:
    return into.run("restore", str(file), f"--key-file={key}")


def test_what_is_restored_is_the_same_desk(backed, empty):
    done = restore(empty, backed.file, backed.desk.home / "secret-key")

    assert done.returncode == 0, done.stderr
    assert empty.processes() == {}
    assert audit(empty) == backed.audit
    found = backed.look(empty)
    assert found == backed.seen
    first = found["seen"][0]["orders"][-1]
    assert first["recipient"]["name"].startswith("AX "), "what is personal is opened"
    assert (found["other"], found["loose"]) == (404, 0), "the walls stand"
    lines = refused(restore(empty, backed.file, backed.desk.home / "secret-key"), 1)
    assert lines[1] == f"The folder {empty.home} is not empty."


def test_a_backup_says_nothing_of_whom_it_is_about(backed):
    held = backed.file.read_bytes()

    assert backed.file.stat().st_mode & 0o777 == 0o600
    assert (backed.desk.home / "secret-key").read_bytes() not in held


def test_a_file_that_is_there_is_kept_unless_it_may_go(backed, tmp_path):
    file = tmp_path / "desk.backup"
    file.write_text("precious")

    assert "--replace" in refused(backed.desk.run("backup", str(file)), 1)[2]
    assert file.read_text() == "precious"
    assert backed.desk.run("backup", str(file), "--replace").returncode == 0
    assert file.stat().st_size > 10_000
    assert [path.name for path in tmp_path.iterdir()] == ["desk.backup"]


def test_where_there_is_no_desk_or_no_room_it_says_so(backed, empty, tmp_path):
    assert "There is none" in refused(empty.run("backup", str(tmp_path / "x")), 2)[1]
    refused(backed.desk.run("backup", "/proc/nowhere/x"), 1)
    assert list(empty.home.iterdir()) == []


@pytest.mark.parametrize("harm", ["flipped", "half", "longer", "none", "key", "no key"])
def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_left(backed, empty, tmp_path, harm):
    file, key = tmp_path / "harmed", tmp_path / "key"
    held = bytearray(backed.file.read_bytes())
    key.write_text((backed.desk.home / "secret-key").read_text())
    if harm == "flipped":
        held[len(held) // 2] ^= 1
    elif harm == "half":
        del held[len(held) // 2 :]
    elif harm == "longer":
        held[200:200] = b"more"
    elif harm == "none":
        held = bytearray(b"not a backup")
    file.write_bytes(held)
    if harm == "key":
        key.write_text("x" * 64)
    elif harm == "no key":
        key.write_text("short")

    lines = refused(restore(empty, file, key), 2 if harm == "no key" else 1)

    assert lines[0].startswith("Cannot ")
    assert list(empty.home.iterdir()) == []


@pytest.mark.parametrize(
    ("version", "says"), [("9.0.0", "It was made by entrepot 9.0.0"), ("0.0.1", "pg_restore says")]
)
def test_what_was_signed_and_cannot_be_restored_leaves_nothing(empty, tmp_path, version, says):
    file, key = tmp_path / "made", tmp_path / "key"
    key.write_text("k" * 64)
    digest = hashlib.sha256(b"no dump").hexdigest()
    manifest = Manifest(version, "2026-03-01T12:00:00+00:00", 180000, 7, digest)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(DATABASE, "no dump")
        archive.writestr(MANIFEST, manifest.signed("k" * 64))

    assert refused(restore(empty, file, key), 1)[1].startswith(says)
    assert list(empty.home.iterdir()) == []
    assert empty.processes() == {}


def test_a_database_with_tables_is_refused_and_nothing_is_left(backed, empty, server):
    run(server, "CREATE ROLE entrepot_app LOGIN PASSWORD 'pw'")
    run(server, "CREATE TABLE mine ()", database="books")
    empty.settings = {"DATABASE_URL": server.url("books")}

    lines = refused(restore(empty, backed.file, backed.desk.home / "secret-key"), 1)

    assert lines[1] == "The database has tables already."
    assert list(empty.home.iterdir()) == []


def test_into_a_server_of_ones_own_and_out_of_it_again(backed, empty, server, tmp_path):
    empty.settings = {"DATABASE_URL": make_owner(server, may_make_roles=True)}

    done = restore(empty, backed.file, backed.desk.home / "secret-key")

    assert done.returncode == 0, done.stderr
    assert audit(empty) == backed.audit
    assert "BYPASSRLS" in refused(empty.run("backup", str(tmp_path / "x")), 1)[2]
    run(server, "CREATE ROLE saver LOGIN PASSWORD 'pw' BYPASSRLS IN ROLE pg_read_all_data")
    empty.settings = {"DATABASE_URL": as_role(server, "saver")}
    assert empty.run("backup", str(tmp_path / "x")).returncode == 0
