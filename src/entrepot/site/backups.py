# SPDX-License-Identifier: Apache-2.0
"""What a backup of a desk is: one file, whose manifest is signed with the key of the desk.

A ZIP archive of two members: `database`, as pg_dump writes it, and `manifest.json`, with the digest
of the first and a signature. The key itself is not in it: what is personal stays closed to whoever
finds a backup. As the database is restored by running what the backup says, only one that was
signed with the key that is given is opened.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from entrepot.errors import Refused
from entrepot.site.embedded import programs_of_the_wheel

FORMAT: Final = "entrepot-backup-1"
DATABASE, MANIFEST = "database", "manifest.json"
#: Bytes that are held at a time.
CHUNK: Final = 1 << 20
_MOST_MANIFEST: Final = 64 * 1024
#: What reading raises where a file is no backup, or half of one.
_BROKEN: Final = (
    zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, OSError, NotImplementedError,
    RuntimeError, zlib.error,
)  # fmt: skip


class BadBackup(Refused):
    """A file that is no whole backup of a desk, or not one of the desk whose key is given."""

    code = "entrepot.bad_backup"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    `size` (bytes) and `sha256` are of the database's dump; `postgresql` is the server's version.
    """

    version: str
    made_at: str
    postgresql: int
    size: int
    sha256: str

    def signed(self, key: str) -> bytes:
        """The member of the archive."""
        says = {"format": FORMAT, **asdict(self)}
        return json.dumps({**says, "signature": _signature(says, key)}, indent=1).encode()


def _signature(says: dict[str, Any], key: str) -> str:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"entrepot backup")
    text = json.dumps(says, sort_keys=True, separators=(",", ":"))
    return hmac.new(derived.derive(key.encode()), text.encode(), "sha256").hexdigest()


@contextmanager
def opened(path: Path, key: str, tell: Callable[[float], None]) -> Iterator[tuple[Manifest, Any]]:
    """A backup that was read whole and found to be what it says.

    Args:
        tell: is told what share of it was read.

    Returns:
        its manifest, and the dump of the database to be read.

    Raises:
        BadBackup: it is none, is damaged, or was made by a desk with another key.
    """
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
            manifest = _manifest(archive, path, key)
            with archive.open(DATABASE) as dump:
                _compare(dump, manifest, path, tell)
            dump = stack.enter_context(archive.open(DATABASE))
        except _BROKEN as error:
            raise _bad(path, f"It cannot be read as one: {error}.") from error
        yield manifest, dump


def _manifest(archive: zipfile.ZipFile, path: Path, key: str) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > _MOST_MANIFEST:
        raise ValueError("its manifest is too large")
    says = json.loads(archive.read(MANIFEST))
    if says.pop("format") != FORMAT:
        raise ValueError("its format is another")
    signature = says.pop("signature")
    if not hmac.compare_digest(str(signature), _signature({"format": FORMAT, **says}, key)):
        raise BadBackup(
            f"Cannot restore {path}.",
            "It was not made by a desk with this key, or it was changed since.",
            "Give the file secret-key of the desk that made the backup.",
        )
    return Manifest(**says)


def _compare(
    dump: IO[bytes], manifest: Manifest, path: Path, tell: Callable[[float], None]
) -> None:
    digest, read = hashlib.sha256(), 0
    while chunk := dump.read(CHUNK):
        digest.update(chunk)
        read += len(chunk)
        tell(read / max(manifest.size, 1))
    if (read, digest.hexdigest()) != (manifest.size, manifest.sha256):
        raise _bad(path, "Its database is not the one that its manifest names.")


def _bad(path: Path, found: str) -> BadBackup:
    return BadBackup(
        f"Cannot restore {path}.", found, "Take another copy of it, or an earlier backup."
    )


def program(name: str, url: str) -> tuple[list[str], dict[str, str]]:
    """How a program of PostgreSQL is run on a database: its command and its environment.

    A password stands in the environment, which other users do not see, and not in the command.
    """
    given = conninfo_to_dict(url)
    password = str(given.pop("password", "") or "")
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": "/nonexistent"}
    if password:
        environment["PGPASSWORD"] = password
    command = [str(programs_of_the_wheel() / name), f"--dbname={make_conninfo('', **given)}"]
    return command, environment


def said(output: IO[str]) -> str:
    """What such a program printed, as one sentence."""
    output.seek(0)
    return f"{' '.join(output.read(2000).split()).rstrip('.')}."
