# SPDX-License-Identifier: Apache-2.0
"""A demo has a data folder and a database of its own: it is laid beside nobody's books."""

from __future__ import annotations

from entrepot.errors import Misused
from entrepot.site.configuration import configuration


class DemoNeedsRoom(Misused):
    """A demo that would be laid into a database or folder that is somebody's."""

    code = "entrepot.demo_needs_room"


def refuse_own_database() -> None:
    """Refuse to set a demo up in a database that a firm has named.

    Raises:
        DemoNeedsRoom: DATABASE_URL is set.
    """
    if not configuration().is_embedded:
        raise DemoNeedsRoom(
            "Cannot set up the demo.",
            "DATABASE_URL names a database of your own.",
            "Unset it for this command: the demo has one in its data folder.",
        )


def refuse_books(*, has_demo: bool, has_books: bool) -> None:
    """Refuse to set a demo up beside somebody's books.

    Raises:
        DemoNeedsRoom: there are enterprises in the folder, and no demo.
    """
    if has_books and not has_demo:
        raise DemoNeedsRoom(
            "Cannot set up the demo.",
            "The data folder holds enterprises already.",
            "Name a folder of its own: entrepot demo --home FOLDER",
        )
