# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the pages: the desk being served, and a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from typing import Any
from uuid import UUID

import pytest

from tests.demo import HIDDEN
from tests.pages.browser import CHROMIUM, chromium, serving
from tests.pages.kit import Person, signed_in


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


@pytest.fixture(scope="session")
def demo(demo_enterprise: UUID) -> Person:
    """Somebody who works for the demo: a closed season and a working day."""
    from entrepot.people.models import User  # once Django is put together

    return signed_in(User.objects.get(email=HIDDEN), demo_enterprise)


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker of accessibility, as a script."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
