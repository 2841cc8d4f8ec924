# SPDX-License-Identifier: Apache-2.0
"""`entrepot margin`: the margins of a close added up, and never more or less than they are."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.errors import EntrepotError
from entrepot.finance.tables_margin import PARTS
from entrepot.pipelines.commands_margin import margin
from entrepot.pipelines.margins import BY, UnknownGroup, add_up, per_cent
from entrepot.pipelines.walk.closed import NoClose
from tests.on_engines import run

EXAMPLE = Path(__file__).parents[2] / "examples" / "costs"


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    out = tmp_path_factory.mktemp("closed") / "out"
    run(EXAMPLE, out)
    return out


@pytest.mark.parametrize("by", [*([name] for name in BY), ["month", "sku"], list(BY)])
def test_groups_sum_to_the_whole_and_parts_to_the_margin(closed, by):
    [whole] = add_up(closed, [])

    groups = add_up(closed, by)

    for name in ("lines", "units", "kept", *PARTS, "margin"):
        assert sum(row[name] for row in groups) == whole[name]
    for row in groups:
        assert sum(row[name] for name in PARTS) == row["margin"]
    assert groups == sorted(groups, key=lambda row: [row[name] for name in by])


def test_what_earned_least_comes_first(closed):
    earned = [row["margin"] for row in add_up(closed, ["order"], worst_first=True)]

    assert earned == sorted(earned)
    assert earned[0] == Decimal("-222.52")


def test_the_command_shows_as_many_as_are_asked_for_and_gives_all_to_programs(closed):
    shown = CliRunner().invoke(
        margin, [str(closed), "--by", "order", "--limit", "1", "--lang", "en"]
    )
    told = CliRunner().invoke(margin, [str(closed), "--by", "order", "--json"])

    assert shown.output.splitlines()[-1] == "and 3 more; --limit shows them"
    assert "amazon-de/A-1" in shown.output
    assert len(json.loads(told.output)) == 4


@pytest.mark.parametrize("by", [["colour"], ["sku", "sku"]])
def test_an_unknown_group_is_refused(closed, by):
    with pytest.raises(UnknownGroup) as refused:
        add_up(closed, by)

    assert "channel" in refused.value.remedy


def test_a_folder_that_is_no_close_is_refused(tmp_path):
    with pytest.raises(NoClose):
        add_up(tmp_path, [])
    assert issubclass(NoClose, EntrepotError)


@pytest.mark.parametrize(
    ("part", "whole", "rate"),
    [("1.00", "3.00", "33.3"), ("-0.05", "100.00", "-0.1"), ("5.00", "-10.00", "-50.0")],
)
def test_a_rate_is_rounded_away_from_zero(part, whole, rate):
    assert str(per_cent(Decimal(part), Decimal(whole))) == rate
    assert per_cent(Decimal(part), Decimal(0)) is None
