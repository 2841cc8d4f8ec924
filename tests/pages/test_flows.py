# SPDX-License-Identifier: Apache-2.0
"""Map and plots: what they tell is what the book says."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from entrepot.pages.counting import count
from entrepot.pages.land import land, middle
from tests.pages.browser import NARROW, WIDE, opened
from tests.pages.kit import Person, new_person


@pytest.fixture(scope="module")
def owner(desk: None) -> Person:
    return new_person()
