# SPDX-License-Identifier: Apache-2.0
"""People in front of pages: signed in, in an enterprise of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.test import Client

from entrepot.people.access import CHOSEN
from entrepot.people.actions import open_account, open_enterprise
from entrepot.people.models import Membership, User
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id


@dataclass(frozen=True)
class Person:
    """Somebody who signed in and works for an enterprise."""

    user: User
    enterprise: UUID
    client: Client = field(default_factory=lambda: Client(SERVER_NAME="localhost"))

    def get(self, path: str, language: str = "en", **headers: str) -> Any:
        return self.client.get(path, headers={"Accept-Language": language} | headers)

    def post(self, path: str, given: dict[str, Any] | None = None, **named: Any) -> Any:
        return self.client.post(path, given or {}, **named)

    def text(self, path: str, language: str = "en") -> str:
        """The page, which is there."""
        answered = self.get(path, language)
        assert answered.status_code == 200, (path, answered.status_code, answered.content[:2000])
        return str(answered.content.decode())

    def within(self) -> Any:
        """A transaction of theirs, to put something there or to look."""
        return within(self.enterprise, f"user:{self.user.pk}")


def new_person(role: str = "owner", enterprise: UUID | None = None) -> Person:
    """Somebody new: the owner of an enterprise of their own, or with a role in another's."""
    user = open_account(f"{new_id().hex}@example.com", "correct horse battery")
    if enterprise is None:
        enterprise = open_enterprise("Lanting Trading", user).enterprise
    if role != "owner" or not _works(user, enterprise):
        with within(enterprise):
            Membership.objects.update_or_create(user=user, defaults={"role": role})
    return signed_in(user, enterprise)


def signed_in(user: User, enterprise: UUID) -> Person:
    """A person who signed in and chose an enterprise."""
    person = Person(user, enterprise)
    person.client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    session = person.client.session
    session[CHOSEN] = str(enterprise)
    session.save()
    return person


def _works(user: User, enterprise: UUID) -> bool:
    with within(enterprise):
        return Membership.objects.filter(user=user).exists()
