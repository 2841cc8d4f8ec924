# SPDX-License-Identifier: Apache-2.0
"""The pages of docs/reference are what the code says today."""

import importlib.util

import pytest

from entrepot.cli import COMMANDS
from tests.docs.pages import ROOT

REFERENCE = ROOT / "docs" / "reference"


def maker():
    spec = importlib.util.spec_from_file_location("reference_maker", REFERENCE / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKER = maker()


@pytest.mark.parametrize(
    "page", ["tables.md", "commands.md", "errors.md", "messages.md", "packs.md"]
)
def test_page_on_disk_is_the_page_written_from_the_code(page):
    assert (REFERENCE / page).read_text(encoding="utf-8") == MAKER.pages()[page], "make docs"


def test_every_command_is_told():
    text = MAKER.commands_page()

    assert all(f"## `entrepot {name}" in text for name in COMMANDS)


def test_a_fault_without_a_meaning_is_refused():
    with pytest.raises(SystemExit, match=r"link\.beyond_bought"):
        MAKER._same_codes("faults", {}, {"link.beyond_bought"})
