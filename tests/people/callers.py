# SPDX-License-Identifier: Apache-2.0
"""Callers of the API for tests: people who signed in, and programs with tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from entrepot.people.access import CHOSEN
from entrepot.people.models import User
from entrepot.people.roles import SCOPES
from entrepot.people.tenancy import within
from entrepot.people.tokens import make_token


@dataclass(frozen=True)
class Caller:
    """Somebody who asks: signed in, or a program with a token."""

    client: Client
    token: str = ""

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request; a body is sent as JSON."""
        sent: dict[str, Any] = {} if body is None else {"data": body}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return getattr(self.client, method)(
            f"/api/v1{path}", content_type="application/json", headers=headers, **sent
        )

    def items(self, path: str) -> list[dict[str, Any]]:
        answer = self.ask("get", path)
        assert answer.status_code == 200, answer.content
        return answer.json()["items"]


def signed_in(user: User, enterprise: UUID, client: Client | None = None) -> Caller:
    client = client or Client(SERVER_NAME="localhost")
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[CHOSEN] = str(enterprise)
    session.save()
    return Caller(client)


def program(user: User, enterprise: UUID, *scopes: str) -> Caller:
    with within(enterprise, f"user:{user.pk}"):
        made = make_token("ERP", scopes or tuple(SCOPES), timezone.now() + timedelta(days=1))
    return Caller(Client(SERVER_NAME="localhost"), made.text)


def answered(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")
