# SPDX-License-Identifier: Apache-2.0
"""A folder that a client of customs watches: `out` for it, `in` from it, `taken` set aside.

A file appears under its name only once it is whole: it is written beside, flushed and renamed.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from entrepot.customs.sending.transports.port import LARGEST, NAME, checked, unsent

OUT, IN, TAKEN = "out", "in", "taken"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with its three rooms, made where they are missing."""

    path: Path

    def put(self, name: str, data: bytes) -> str:
        try:
            write_whole(self.path / OUT, checked(name), data)
        except OSError as error:
            raise unsent(f"Cannot put {name} into the folder.", error) from error
        return ""

    def waiting(self, most: int) -> list[str]:
        folder = self.path / IN
        try:
            if not folder.is_dir():
                return []
            with os.scandir(folder) as entries:
                found = sorted(
                    entry.name
                    for entry in entries
                    if NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
                )
        except OSError as error:
            raise unsent("Cannot look into the folder.", error) from error
        return found[:most]

    def take(self, name: str) -> bytes:
        try:
            with (self.path / IN / checked(name)).open("rb") as file:
                return file.read(LARGEST + 1)
        except OSError as error:
            raise unsent(f"Cannot read {name}.", error) from error

    def done(self, name: str) -> None:
        try:
            aside = self.path / TAKEN
            aside.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # another worker was first
                (self.path / IN / checked(name)).replace(aside / name)
        except OSError as error:
            raise unsent(f"Cannot set {name} aside.", error) from error

    def close(self) -> None:
        """Nothing is held open."""


def write_whole(folder: Path, name: str, data: bytes) -> None:
    """Write a file that is there whole, or not at all, even if the power fails."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o640)
        Path(beside).replace(folder / name)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
