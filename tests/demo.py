# SPDX-License-Identifier: Apache-2.0
"""The demo, for tests: its season, and its login, which is hidden from the tests beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SEASON: Final = Path(__file__).parents[1] / "examples" / "season"
#: What the demo's account is called where no test needs its login.
HIDDEN: Final = "was-demo@entrepot.example"


def hide_login() -> None:
    """Make the demo's account one like others, as other tests serve this database to others."""
    from entrepot.people.models import User  # once Django is put together
    from entrepot.site.demo.login import ADDRESS

    User.objects.filter(email=ADDRESS).update(is_demo=False, email=HIDDEN)


@contextmanager
def login() -> Iterator[None]:
    """The demo's account as it is delivered."""
    from entrepot.people.models import User
    from entrepot.site.demo.login import ADDRESS

    User.objects.filter(email=HIDDEN).update(is_demo=True, email=ADDRESS)
    try:
        yield
    finally:
        hide_login()
