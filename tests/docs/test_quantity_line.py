# SPDX-License-Identifier: Apache-2.0
"""The worked examples of docs/algorithms are what the code computes, on every engine."""

import pytest

from tests.docs.pages import ROOT, run_example


@pytest.mark.parametrize(("page", "results"), [("quantity-line.md", 9), ("rounding.md", 3)])
def test_worked_example_is_what_the_code_computes(engine, page, results):
    assert run_example(ROOT / "docs" / "algorithms" / page, engine) == results
