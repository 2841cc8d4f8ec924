# SPDX-License-Identifier: Apache-2.0
"""What tests of the declaring share."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.declaring.kit import open_firm


@pytest.fixture
def firm(enterprise: UUID) -> UUID:
    """A firm that ships from home, and has said what customs asks for."""
    return open_firm(enterprise)
