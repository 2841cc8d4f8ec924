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
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test

from entrepot.site.wsgi import application
from tests.site.api_kit import PREFIX, Operation, new_world, operations

EXAMPLES = 10 if os.environ.get("CI") == "true" else 5
TRIES = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
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


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_it_does_what_is_said_of_it(operation: Operation, token: str) -> None:
    # As `schema.parametrize` makes it, only now, and from a description of its own: made while
    # tests are collected, and kept, the cases of all operations take gigabytes in every worker.
    config = SchemathesisConfig.from_str(CONFIG)
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", closing, config=config)
    found = schema.find_operation_by_id(str(operation))

    def check(case: Any) -> None:
        does_what_is_said_of_it(case, token)

    load_all_checks()
    build_operation_test(
        config=schema.config, operation=found, test_func=check, given_kwargs={},
        feedback=FeedbackSources(), explicit_settings=TRIES,
    )()  # fmt: skip
