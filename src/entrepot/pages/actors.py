# SPDX-License-Identifier: Apache-2.0
"""Who did something, by name: rows keep `user:<id>`, `token:<id>` or `system`."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from entrepot.pages.wording import words
from entrepot.people.models import ApiToken, User


def named(actors: Iterable[str]) -> dict[str, str]:
    """What each is called: a person by name or address, a program by the name of its token."""
    word = words("common")["actors"]
    found: dict[str, str] = {}
    ids: dict[str, set[UUID]] = {"user": set(), "token": set()}
    for actor in actors:
        kind, _, id = actor.partition(":")
        if id and kind in ids:
            ids[kind].add(UUID(id))
            found[actor] = word["gone"]
        else:
            found[actor] = word["system"] if actor == "system" else actor
    if ids["user"]:
        for key, name, email in User.objects.filter(id__in=ids["user"]).values_list(
            "id", "name", "email"
        ):
            found[f"user:{key}"] = name or email
    if ids["token"]:
        for key, name in ApiToken.objects.filter(id__in=ids["token"]).values_list("id", "name"):
            found[f"token:{key}"] = name
    return found
