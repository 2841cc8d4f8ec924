# SPDX-License-Identifier: Apache-2.0
"""The API does what its description says, whatever is sent: Schemathesis, with all its checks."""

from __future__ import annotations

import os
import re
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from entrepot.site.wsgi import application
from tests.site.api_kit import PREFIX, Operation, new_world, operations

EXAMPLES = 50 if os.environ.get("CI") == "true" else 5
#: What fits its description may still be refused by a rule, or name what is not there.
CONFIG = """
seed = 20261126

[checks]
positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409, 413, 422]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422]
"""


def closing(environ: Any, start_response: Any) -> list[bytes]:
    """The program as a server runs it, which closes every answer; a client for tests does not."""
    answered = application(environ, start_response)
    try:
        return list(answered)
    finally:
        answered.close()


schema = schemathesis.openapi.from_wsgi(
    f"{PREFIX}/openapi.json", closing, config=SchemathesisConfig.from_str(CONFIG)
)


@pytest.fixture(scope="module")
def token(desk: None) -> str:
    """Of an owner with a row of everything."""
    return new_world("OPENAPI").token


def does_what_is_said_of_it(case: Any, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch("[!-~]{1,200}", key):
        # A key of its own: one that came before, with another request, is refused.
        headers["Idempotency-Key"] = str(uuid4())
    case.call_and_validate(headers=headers)


def a_test(operation: Operation) -> Any:
    """One test for an operation: with a name of its own, it can run beside the others."""
    tries = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))

    def test(case: Any, token: str) -> None:
        does_what_is_said_of_it(case, token)

    return schema.include(operation_id=str(operation)).parametrize()(tries(test))


globals().update({f"test_{each}": a_test(each) for each in operations()})
