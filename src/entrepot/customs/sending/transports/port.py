# SPDX-License-Identifier: Apache-2.0
"""What every way of sending does: put a file there, see what waits, take it, set it aside."""

from __future__ import annotations

import re
from typing import Final, Protocol

from entrepot.customs.sending.refusals import Unsent

#: Bytes of one received file at most; what is larger is no receipt.
LARGEST: Final = 32 * 2**20
#: Names of files that are put and taken: no folder, nothing hidden.
NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,199}")


class Transport(Protocol):
    """A way to customs and back. Whatever goes wrong is told as `Unsent`, and tried again."""

    def put(self, name: str, data: bytes) -> str:
        """Send a file, whole or not at all; what the other side said, empty where it says nothing.

        Putting the same file again is the same as putting it once.

        Raises:
            Unsent: it was not taken.
        """

    def waiting(self, most: int) -> list[str]:
        """Names of files that are there to be taken, at most so many.

        Raises:
            Unsent: nobody can be asked.
        """

    def take(self, name: str) -> bytes:
        """A file that waits, as it is; one byte more than `LARGEST` of one that is larger.

        Raises:
            Unsent: it cannot be read.
        """

    def done(self, name: str) -> None:
        """Set a file aside that was taken in, so that it waits no longer.

        Raises:
            Unsent: it cannot be set aside; it is taken in again then, which changes nothing.
        """

    def close(self) -> None:
        """Let go of whatever is held open; it is opened again when it is needed."""


def unsent(asked: str, error: object) -> Unsent:
    """What went wrong, in one line."""
    said = f"{type(error).__name__}: {error}" if isinstance(error, Exception) else str(error)
    return Unsent(asked, " ".join(said.split())[:300], "It is tried again; look at the settings.")


def checked(name: str) -> str:
    """A name of a file, that is one and no path."""
    if not NAME.fullmatch(name):
        raise AssertionError(f"{name!r} is no name of a file that is sent")
    return name
