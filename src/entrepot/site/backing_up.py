# SPDX-License-Identifier: Apache-2.0
"""Write the whole of a desk into one file, while it runs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

import psycopg

from entrepot.errors import Misused, Refused
from entrepot.pipelines.progress import Tell
from entrepot.site.backups import CHUNK, DATABASE, MANIFEST, Manifest, program, said
from entrepot.site.configuration import Configuration
from entrepot.site.embedded import MAJOR, wait_until_ready


class NotBackedUp(Refused):
    """A desk that cannot be written into a file."""

    code = "entrepot.not_backed_up"


class NoDesk(Misused):
    """A folder in which there is no desk."""

    code = "entrepot.no_desk"


def back_up(found: Configuration, target: Path, tell: Tell, *, may_replace: bool) -> Manifest:
    """Write a backup, whole or not at all; nobody who works on the desk waits for it.

    Everything in it is as it stood at one moment: when pg_dump began.

    Args:
        may_replace: whether a file that is there is replaced, once this one is complete.

    Raises:
        NoDesk: there is no desk in the folder.
        NotBackedUp: a file of that name is there, or it cannot be written, or not be read.
    """
    if not found.has_secret_key:
        raise NoDesk(
            f"Cannot back up the desk in {found.folder}.",
            "There is none in that folder.",
            "Name its data folder with --home or ENTREPOT_HOME.",
        )
    if target.exists() and not may_replace:
        raise NotBackedUp(
            f"Cannot write {target}.",
            "A file of that name is there.",
            "Name another one, such as one with the day in it, or say --replace.",
        )
    if not found.is_embedded:
        return _back_up(found, target, tell)
    found.embedded.start()
    try:
        return _back_up(found, target, tell)
    finally:
        found.embedded.stop()


def _back_up(found: Configuration, target: Path, tell: Tell) -> Manifest:
    wait_until_ready(found.owner)
    database = _looked_at(found, target)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            manifest = _write(found, file, *database, tell)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    except OSError as error:
        raise NotBackedUp(
            f"Cannot write {target}.",
            f"The system says: {error.strerror or error}.",
            "Name a file where there is room and that may be written.",
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def _looked_at(found: Configuration, target: Path) -> tuple[int, int]:
    """The version of the server and the bytes of the database, where all of it can be read."""
    with psycopg.connect(found.owner, autocommit=True) as owner:
        sees_all, size = owner.execute("""
            SELECT rolsuper OR rolbypassrls, pg_database_size(current_database())
            FROM pg_roles WHERE rolname = current_user
        """).fetchone() or (False, 0)
        server = owner.info.server_version
    if not sees_all:
        raise NotBackedUp(
            f"Cannot write {target}.",
            "The role in DATABASE_URL is held by the walls between enterprises: it sees no rows.",
            "Give one with BYPASSRLS that may read every table, such as a member of"
            " pg_read_all_data, for this command only.",
        )
    if server // 10000 > MAJOR:
        raise NotBackedUp(
            f"Cannot write {target}.",
            f"The server is PostgreSQL {server // 10000}; the pg_dump that comes along is {MAJOR}.",
            "Use the server's own pg_dump, and keep the file secret-key of the data folder.",
        )
    return server, size


def _write(found: Configuration, file: IO[bytes], server: int, size: int, tell: Tell) -> Manifest:
    made_at = datetime.now(UTC)
    digest, written = hashlib.sha256(), 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        member = zipfile.ZipInfo(DATABASE, made_at.timetuple()[:6])
        with archive.open(member, "w", force_zip64=True) as into, _dumping(found) as dump:
            while chunk := dump.read(CHUNK):
                into.write(chunk)
                digest.update(chunk)
                written += len(chunk)
                # What is on the disk with its indexes is a multiple of what a dump takes.
                tell("Writing the database", min(0.99, 8 * written / max(size, 1)))
        manifest = Manifest(
            version("entrepot"), made_at.isoformat(timespec="seconds"), server, written,
            digest.hexdigest(),
        )  # fmt: skip
        archive.writestr(MANIFEST, manifest.signed(found.secret_key))
    return manifest


@contextmanager
def _dumping(found: Configuration) -> Iterator[IO[bytes]]:
    """What pg_dump writes.

    Raises:
        NotBackedUp: with what it said, where it did not come to its end.
    """
    command, environment = program("pg_dump", found.owner)
    command += ["--format=custom", "--compress=gzip:3", "--no-owner", "--lock-wait-timeout=60000"]
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield process.stdout
            code = process.wait()
        except BaseException:
            process.kill()
            raise
        if code != 0:
            raise NotBackedUp(
                "Cannot read the database.",
                f"pg_dump says: {said(output)}",
                "Mend what it names, and try again.",
            )
