# SPDX-License-Identifier: Apache-2.0
"""What tests of the API ask for."""

from __future__ import annotations

import pytest

from tests.jobs.callers import Caller, new_caller


@pytest.fixture
def caller(desk: None) -> Caller:
    """Somebody with an enterprise and a token for everything in it."""
    return new_caller()
