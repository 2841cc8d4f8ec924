# SPDX-License-Identifier: Apache-2.0
"""`entrepot collection`: declarations with what is missing, in two languages, and how it ends."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entrepot.pipelines.commands_collection import collection
from tests.on_engines import run

NUMBER = "310120250000000001"
EXAMPLE = Path(__file__).parents[2] / "examples" / "netting"


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    """The example of netting, closed the day after its foreign exchange was to be in."""
    folder: Path = tmp_path_factory.mktemp("collection") / "closed"
    run(EXAMPLE, folder, as_of=date(2026, 5, 1))
    return folder


def asked(out: Path, *options: str) -> Result:
    return CliRunner().invoke(collection, [str(out), *options])


@pytest.mark.parametrize(
    ("lang", "state", "form"), [("en", "late", "situation form"), ("zh", "逾期", "留存《出口业务")]
)
def test_what_is_late_is_listed_with_what_to_do(out, lang, state, form):
    told = asked(out, "--lang", lang)

    assert told.exit_code == 1
    row = next(line for line in told.output.splitlines() if line.startswith(NUMBER))
    assert row.split() == [
        NUMBER, "2026-04-30", "14,440.00", "4,043.80", "7,414.80", "0.00", "9,044.00", "2,025.00",
        "0.00", state,
    ]  # fmt: skip
    assert form in told.output


def test_only_what_is_asked_for_is_shown_and_decides_how_it_ends(out):
    for options in (("--state", "waiting"), ("--by", "2026-04-29")):
        told = asked(out, "--lang", "en", *options)

        assert (told.exit_code, told.output) == (0, "No declaration of the close is like that.\n")
    assert asked(out, "--by", "2026-04-30").exit_code == 1


def test_programs_read_sums_and_receipts(out):
    told = asked(out, "--json", "--declaration", NUMBER)

    said = json.loads(told.output)
    assert told.exit_code == 1
    assert said["totals"]["late"]["missing"] == "11069.00"
    assert [each["amount"] for each in said["declarations"][0]["payouts"]] == ["700.00", "223.95"]


def test_a_declaration_that_is_not_there_is_refused(out):
    told = asked(out, "--declaration", "1")

    assert told.exception is not None
    assert "no declaration of this number" in str(told.exception)
