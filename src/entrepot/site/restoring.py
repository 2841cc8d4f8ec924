# SPDX-License-Identifier: Apache-2.0
"""Make a desk of a backup, where there is none yet."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO

import psycopg

from entrepot.errors import Misused, Refused
from entrepot.pipelines.progress import Tell
from entrepot.site.backups import CHUNK, Manifest, opened, program, said
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


class NotRestored(Refused):
    """A backup that the database did not take."""

    code = "entrepot.not_restored"


def restore(found: Configuration, source: Path, key_file: Path, tell: Tell) -> Manifest:
    """Restore a backup into an empty folder and an empty database; nothing stays where it fails.

    All of the backup is read and compared with its manifest before anything is written. The tables
    are as the backup has them; whoever opens the desk next brings them to this version.

    Raises:
        NoKey: the file of the key holds none.
        BadBackup: the backup is damaged, or of another desk.
        NotEmpty: there is something already.
        NotRestored: it is of a later version, or PostgreSQL did not take it.
    """
    key = _key(key_file)
    _refuse_folder(found, source)
    with opened(source, key, lambda share: tell("Comparing", share)) as (manifest, dump):
        _refuse_later(source, manifest)
        with _cleared_unless_done(found):
            # Before the database: one without its key would be given another, and never be read.
            write_private(found.folder / KEY, key)
            _make_database(found, source)
            _pour(found, source, manifest, dump, tell)
            _look_over(found)
    return manifest


def _key(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            key = file.read(_LONGEST_KEY).strip()
        if len(key) < 40 or any(sign.isspace() for sign in key):
            raise ValueError("it is not as long as a key")
    except (OSError, ValueError) as error:
        raise NoKey(
            f"Cannot use the key in {path}.",
            "It cannot be read as one.",
            "Give the file secret-key of the desk that made the backup, or a copy of it.",
        ) from error
    return key


def _refuse_folder(found: Configuration, source: Path) -> None:
    if found.folder.is_dir() and any(found.folder.iterdir()):
        raise NotEmpty(
            f"Cannot restore {source}.",
            f"The folder {found.folder} is not empty.",
            "Name an empty one with --home or ENTREPOT_HOME.",
        )


def _refuse_later(source: Path, manifest: Manifest) -> None:
    here = version("entrepot")
    if _ordered(manifest.version) > _ordered(here):
        raise NotRestored(
            f"Cannot restore {source}.",
            f"It was made by entrepot {manifest.version}; this is {here}.",
            f"Install entrepot {manifest.version} or later.",
        )


def _ordered(text: str) -> list[int]:
    return [int(part) for part in re.findall(r"[0-9]+", text)]


@contextmanager
def _cleared_unless_done(found: Configuration) -> Iterator[None]:
    """A folder that is as it was, or gone again, where what is done in it fails."""
    was_there = found.folder.exists()
    found.make_folder()
    try:
        yield
    except BaseException:
        if found.is_embedded:
            found.embedded.stop()
            if found.embedded.socket.parent != found.embedded.folder:
                shutil.rmtree(found.embedded.socket, ignore_errors=True)
        for path in found.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if not was_there:
            found.folder.rmdir()
        raise
    if found.is_embedded:
        found.embedded.stop()


def _make_database(found: Configuration, source: Path) -> None:
    """An empty database, and the role that the backup gives rights to."""
    if found.is_embedded:
        found.embedded.start()
        wait_until_ready(found.embedded.url())
        make_database(found)
    else:
        wait_until_ready(found.owner_url)
    _refuse_tables(found, source)
    make_role(found)


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
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output
        ) as process,
    ):
        assert process.stdin is not None
        try:
            given = 0
            while chunk := dump.read(CHUNK):
                process.stdin.write(chunk)
                given += len(chunk)
                tell("Restoring the database", min(0.99, given / max(manifest.size, 1)))
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and says why
        except BaseException:
            process.kill()
            raise
        if process.wait() != 0:
            raise NotRestored(
                f"Cannot restore {source}.",
                f"pg_restore says: {said(output)}",
                "Mend what it names; nothing was kept of what it had done.",
            )


def _look_over(found: Configuration) -> None:
    """Have PostgreSQL count what it plans by; a dump does not bring it along."""
    with psycopg.connect(found.owner, autocommit=True) as owner:
        owner.execute("ANALYZE")
