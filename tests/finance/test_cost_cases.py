# SPDX-License-Identifier: Apache-2.0
"""The accountants' cases of costs: published ones and our own, closed all at once."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest

from tests.finance.cost_cases import AS_OF, CASES, NAMES, Case, as_named, season
from tests.on_engines import ENGINES, Outputs, close_season, open_engine


@cache
def closed_on(name: str) -> Outputs:
    with tempfile.TemporaryDirectory() as spill, open_engine(name, Path(spill) / "spill") as engine:
        return close_season(engine, season(), AS_OF)


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_a_case_comes_out_as_the_accountant_says(engine_name, name):
    case = Case(name)

    found = case.found(closed_on(engine_name))

    for part, expected in case.expect.items():
        assert as_named(found[part], expected) == expected, part


def test_what_is_published_comes_first_and_says_where():
    sources = [case["source"] for case in CASES["case"].values()]

    assert sum(source.startswith(("ERPNext", "Odoo")) for source in sources) >= 15
