# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the pages: the desk being served, and a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.pages.browser import CHROMIUM, chromium, serving


@pytest.fixture(scope="session")
def address(desk: None) -> Iterator[str]:
    """Where the desk is served."""
    with serving() as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium; skipped where it is not installed, but in `.ci/run`, which needs it."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and CI=true needs it")
        pytest.skip("Chromium is not installed here")
    with chromium() as started:
        yield started
