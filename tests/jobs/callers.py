# SPDX-License-Identifier: Apache-2.0
"""Callers of the API for tests: an enterprise of their own, and a token for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from entrepot.people.actions import open_account, open_enterprise
from entrepot.people.models import User
from entrepot.people.roles import SCOPES
from entrepot.people.tenancy import within
from entrepot.people.tokens import make_token
from entrepot.people.walled import new_id


@dataclass(frozen=True)
class Caller:
    """Somebody who owns an enterprise, and a program of theirs with every scope."""

    user: User
    enterprise: UUID
    token: str
    client: Client = field(default_factory=lambda: Client(SERVER_NAME="localhost"))

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request of the program; a body is sent as JSON."""
        sent: dict[str, Any] = {} if body is None else {"data": body}
        return getattr(self.client, method.lower())(
            f"/api/v1{path}" if path.startswith("/") else path,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}"} | headers,
            **sent,
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, body, **headers)


def new_caller(*scopes: str) -> Caller:
    """A caller whom nobody else knows."""
    user = open_account(f"{new_id().hex}@example.com", "correct horse battery")
    enterprise = open_enterprise("Lanting Trading", user).enterprise
    return Caller(user, enterprise, token_for(user, enterprise, *scopes))


def token_for(user: User, enterprise: UUID, *scopes: str) -> str:
    """A token of an enterprise; without scopes it has all of them."""
    with within(enterprise, f"user:{user.pk}"):
        until = timezone.now() + timedelta(days=1)
        return make_token("ERP", scopes or tuple(SCOPES), until).text
