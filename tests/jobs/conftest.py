# SPDX-License-Identifier: Apache-2.0
"""What tests of jobs ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.jobs.callers import Caller, new_caller


@pytest.fixture
def caller(desk: None) -> Caller:
    """Somebody with an enterprise and a token for everything in it."""
    return new_caller()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file while which jobs wait."""
    path = tmp_path / "wait"
    path.touch()
    return path
