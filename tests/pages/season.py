# SPDX-License-Identifier: Apache-2.0
"""A firm with a closed season behind it and a working day begun: the demo, once a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from uuid import UUID

from entrepot.people.models import User
from entrepot.people.walled import new_id
from entrepot.site.demo.login import ADDRESS
from entrepot.site.demo.making import make_demo
from tests.pages.kit import Person, new_person

SEASON = Path(__file__).parents[2] / "examples" / "season"


@cache
def _firm() -> UUID:
    if known := User.objects.filter(is_demo=True).first():
        known.is_demo = False
        known.save(update_fields=["is_demo"])
    made = make_demo(SEASON)
    # Other tests serve this folder's database to others than this machine.
    User.objects.filter(email=ADDRESS).update(
        is_demo=False, email=f"was-demo-{new_id().hex}@entrepot.example"
    )
    return made.enterprise


def season_owner() -> Person:
    """Its owner, signed in."""
    return new_person("owner", _firm())
