# SPDX-License-Identifier: Apache-2.0
"""Ask the API as a program does, in this process: no network, everything else included."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client
from django.utils import timezone

from entrepot.people.roles import SCOPES
from entrepot.people.tenancy import within
from entrepot.people.tokens import make_token


def token_of(enterprise: UUID) -> str:
    """A token with every scope that a program may have."""
    with within(enterprise):
        made = make_token("benchmark", sorted(SCOPES), timezone.now() + timedelta(days=30))
    return made.text


class Caller:
    """A program with a token."""

    def __init__(self, enterprise: UUID) -> None:
        self._client = Client(
            headers={"Authorization": f"Bearer {token_of(enterprise)}", "Host": "localhost"}
        )

    def get(self, path: str) -> Any:
        """The answer to a request, which must be one of 200."""
        answer = self._client.get("/api/v1" + path)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)
