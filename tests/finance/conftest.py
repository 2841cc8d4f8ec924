# SPDX-License-Identifier: Apache-2.0
"""What tests of money share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.engine.base import Engine
from tests.on_engines import open_engine


@pytest.fixture
def polars(tmp_path: Path) -> Iterator[Engine]:
    """The engine that closes so small a season fastest; others must come to the same."""
    with open_engine("polars", tmp_path / "spill") as engine:
        yield engine
