# SPDX-License-Identifier: Apache-2.0
"""What a caller may do, and the check that every endpoint makes of it."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from entrepot.errors import Refused
from entrepot.people.models import Membership, User
from entrepot.people.roles import ROLES, SCOPES
from entrepot.people.tenancy import within

#: The header that names an enterprise, and the session's key for the one that was chosen.
HEADER, CHOSEN = "Entrepot-Enterprise", "enterprise"


class NotAllowed(Refused):
    """A caller who is known, and may not do this."""

    code = "people.not_allowed"


class Forged(Refused):
    """A request with a session's cookie that does not show that a page of ours made it."""

    code = "people.forged"


@dataclass(frozen=True, slots=True)
class Access:
    """Who calls, for which enterprise, and what they may do there.

    `user` is a person who signed in; a program with a token has none. `is_demo`: the token was made
    by the demo's account, and opens nothing from elsewhere.
    """

    enterprise: UUID
    actor: str
    scopes: frozenset[str]
    user: User | None = None
    is_demo: bool = False

    def need(self, scope: str) -> None:
        """Refuse where a scope is missing.

        Raises:
            NotAllowed: with the scope.
        """
        if scope not in self.scopes:
            raise NotAllowed(
                f"Cannot {SCOPES[scope]}.",
                f"The scope {scope} is not among those of this caller.",
                "Ask an owner of the enterprise for a role, or a token, that has it.",
                scope=scope,
            )

    def need_role(self, role: str) -> None:
        """Refuse where a role may do what this caller may not: who lacks a scope neither gives nor
        takes it.

        Raises:
            NotAllowed: with the first scope that is missing.
        """
        if beyond := sorted(ROLES[role] - self.scopes):
            raise NotAllowed(
                f"Cannot give or take the role {role}.",
                f"It may do what this caller may not: {', '.join(beyond)}.",
                "Have somebody do it who may do that themselves.",
                scope=beyond[0],
            )


def access_of(user: User, enterprise: UUID) -> Access | None:
    """What a person may do in an enterprise; nothing where they do not work there."""
    actor = f"user:{user.pk}"
    with within(enterprise, actor):
        role = Membership.objects.filter(user=user).values_list("role", flat=True).first()
    return None if role is None else Access(enterprise, actor, ROLES[role], user)


class _Needs(AuthBase, ABC):
    """Lets a caller through who has a scope; `people.middleware` has found out who calls."""

    def __init__(self, scope: str | None) -> None:
        if scope is not None and scope not in SCOPES:
            raise AssertionError(f"there is no scope {scope}")
        self.scope = scope
        super().__init__()

    def through(self, access: Access) -> Access:
        """The caller, who has the scope; everybody has none."""
        if self.scope is not None:
            access.need(self.scope)
        return access


class BearerToken(_Needs):
    """Programs: `Authorization: Bearer ent_...`."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_bearerFormat = "ent_ and 64 characters"  # noqa: N815
    openapi_description = "A token of an enterprise, made by one of its people, with scopes."

    def __call__(self, request: HttpRequest) -> Access | None:
        access: Access | None = getattr(request, "access", None)
        if access is None or access.user is not None:
            return None
        return self.through(access)


class SessionCookie(_Needs):
    """People who signed in, on pages of ours."""

    #: Tells the page that shows the API's description to send the token along.
    csrf = True
    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = settings.SESSION_COOKIE_NAME
    openapi_description = (
        "The session of a person who signed in. The enterprise is the one named in the header"
        " `Entrepot-Enterprise`, or else the one they chose. What changes something also needs"
        " the header `X-CSRFToken`."
    )

    def __call__(self, request: HttpRequest) -> Access | None:
        access: Access | None = getattr(request, "access", None)
        if access is None or access.user is None:
            return None
        # Ninja takes its views out of Django's own check, which tokens do not need.
        if check_csrf(request) is not None:
            raise Forged(
                "Cannot take this request from a session.",
                "The header X-CSRFToken is missing or not that of the session.",
                "Send the value of the cookie csrftoken in it, or use a token.",
            )
        return self.through(access)


def needs(scope: str | None) -> list[Any]:
    """Who may call an endpoint: `auth=needs("book.read")`.

    Either kind of caller, with the scope; with None, every caller who is known. An unknown caller
    is answered 401.

    Raises, when called:
        NotAllowed: the caller is known and lacks the scope.
        Forged: a session's request that no page of ours made.
    """
    return [BearerToken(scope), SessionCookie(scope)]
