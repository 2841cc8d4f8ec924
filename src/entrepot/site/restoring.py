# SPDX-License-Identifier: Apache-2.0
"""Make a desk of a backup, where there is none yet."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg

from entrepot.errors import Misused, Refused
from entrepot.pipelines.progress import Tell
from entrepot.site.backups import CHUNK, Manifest, opened, program
from entrepot.site.configuration import KEY, Configuration
from entrepot.site.embedded import wait_until_ready, write_private
from entrepot.site.setting_up import make_database, make_role

_LONGEST_KEY = 1000


class NotEmpty(Refused):
    """A folder or database in which there is something already."""

    code = "entrepot.not_empty"


class NoKey(Misused):
    """A file that is no key of a desk."""

    code = "entrepot.no_key"


def restore(found: Configuration, source: Path, key_file: Path, tell: Tell) -> Manifest:
    """Restore a backup into an empty folder and an empty database; nothing stays where it fails.

    All of the backup is read and compared with its manifest before anything is written. The tables
    are as the backup has them; whoever opens the desk next brings them to this version.

    Raises:
        NoKey: the file of the key holds none.
        BadBackup: the backup is damaged, or of another desk.
        NotEmpty: there is a desk already.
        NotRestored: PostgreSQL did not take it.
    """
    key = _key(key_file)
    _refuse_folder(found, source)
    with (
        opened(source, key, lambda share: tell("Comparing", share)) as (manifest, dump),
        _database(found, source),
    ):
        _pour(found, source, manifest, dump, tell)
        found.make_folder()
        write_private(found.folder / KEY, key)
    return manifest


class NotRestored(Refused):
    """A backup that the database did not take."""

    code = "entrepot.not_restored"


def _key(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            key = file.read(_LONGEST_KEY).strip()
        if len(key) < 40 or any(sign.isspace() for sign in key):
            raise ValueError("it is not as long as a key")
    except (OSError, ValueError) as error:
        raise NoKey(
            f"Cannot use the key in {path}.",
            f"It cannot be read as one: {error}.",
            "Give the file secret-key of the desk that made the backup, or a copy of it.",
        ) from error
    return key


def _refuse_folder(found: Configuration, source: Path) -> None:
    if found.has_secret_key or (found.is_embedded and found.embedded.data.exists()):
        raise NotEmpty(
            f"Cannot restore {source}.",
            f"There is a desk in {found.folder}.",
            "Name an empty folder with --home or ENTREPOT_HOME.",
        )


@contextmanager
def _database(found: Configuration, source: Path) -> Iterator[None]:
    """An empty database; one that came with the program goes again where it is not filled."""
    if not found.is_embedded:
        wait_until_ready(found.owner_url)
        _refuse_tables(found, source)
        make_role(found)
        yield
        return
    is_new = not found.folder.exists()
    try:
        found.make_folder()
        found.embedded.start()
        wait_until_ready(found.embedded.url())
        make_database(found)
        _refuse_tables(found, source)
        make_role(found)
        yield
    except BaseException:
        found.embedded.stop()
        shutil.rmtree(found.folder if is_new else found.embedded.folder, ignore_errors=True)
        (found.folder / "database-password").unlink(missing_ok=True)
        raise
    found.embedded.stop()


def _refuse_tables(found: Configuration, source: Path) -> None:
    with psycopg.connect(found.owner, autocommit=True) as owner:
        row = owner.execute("""
            SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        """).fetchone()
    if row != (0,):
        raise NotEmpty(
            f"Cannot restore {source}.",
            "The database has tables already.",
            "Give an empty one in DATABASE_URL.",
        )


def _pour(
    found: Configuration, source: Path, manifest: Manifest, dump: IO[bytes], tell: Tell
) -> None:
    """Have pg_restore make everything, in one transaction."""
    command, environment = program("pg_restore", found.owner)
    command += ["--no-owner", "--single-transaction", "--exit-on-error"]
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=said, stderr=said)
        as process,
    ):  # fmt: skip
        assert process.stdin is not None
        try:
            given = 0
            while chunk := dump.read(CHUNK):
                process.stdin.write(chunk)
                given += len(chunk)
                tell("Restoring the database", min(0.99, given / max(manifest.bytes, 1)))
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and says why
        except BaseException:
            process.kill()
            raise
        if process.wait() != 0:
            said.seek(0)
            raise NotRestored(
                f"Cannot restore {source}.",
                f"pg_restore says: {' '.join(said.read().split())[:2000]}",
                "Mend what it names; nothing was kept of what it had done.",
            )
