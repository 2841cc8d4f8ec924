# SPDX-License-Identifier: Apache-2.0
"""`entrepot returns` on the close of the example season."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.cli import entrepot
from entrepot.customs.returns.tables import CLOCKS, PROVED
from entrepot.pipelines.one_table import FaultyTable
from entrepot.pipelines.returning import EarlierDay

ROOT = Path(__file__).parents[2]
IDENTITIES = ROOT / "examples" / "returns" / "identities.csv"
HEADER = "scan_no,way,sku,kind,identity,quantity,declaration_no,item_no\n"
LINE = "310020250510000091,4"


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    out = tmp_path_factory.mktemp("returns") / "closed"
    season = ROOT / "examples" / "season"
    done = CliRunner().invoke(entrepot, ["close", str(season), "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out


def run(*said):
    return CliRunner().invoke(entrepot, ["returns", *map(str, said)])


def test_every_declared_unit_abroad_is_on_a_line_once(closed):
    told = json.loads(run("clocks", closed, "--sold", "--json").stdout)

    with (ROOT / "examples" / "season" / "declarations.csv").open(encoding="utf-8") as file:
        declared = Counter()
        for row in csv.DictReader(file):
            declared[row["declaration_no"], int(row["item_no"]), row["sku"]] += int(row["quantity"])
    keys = [(row["declaration_no"], row["item_no"], row["sku"]) for row in told["lines"]]
    assert len(keys) == len(set(keys)) == len(declared)
    for key, row in zip(keys, told["lines"], strict=True):
        parts = (row["unsold"], row["in_transit"], row["sold"], row["sent_home"])
        assert sum(parts) <= declared[key]
    assert sum(row["sent_home"] for row in told["lines"]) == 1
    assert told["unknown_origin"] == 2


def test_clocks_count_from_the_day_given(closed):
    first = json.loads(run("clocks", closed, "--json", "--within", "6").stdout)
    later = json.loads(run("clocks", closed, "--as-of", "2026-11-07", "--json").stdout)

    one, two = (
        next(row for row in told["lines"] if row["declaration_no"] == "290020260510000507")
        for told in (first, later)
    )
    assert (one["relief"], one["relief_until"], one["relief_days"]) == ("ask", "2026-11-06", 6)
    assert one["lapses_on"] == "2026-11-06"
    assert (two["relief"], two["relief_days"]) == ("refused", -1)
    assert (two["customs"], two["lapses_on"]) == ("open", "2027-05-06")
    mine = [row for row in first["lines"] if (row["lapses_on"] or "9") <= "2026-11-06"]
    assert first["lapsing"] == {
        "relief": {
            "lines": len(mine),
            "units": sum(row["unsold"] + row["in_transit"] for row in mine),
        },
        "customs": {"lines": 0, "units": 0},
    }
    assert mine


def test_a_day_before_the_close_is_refused(closed):
    error = run("clocks", closed, "--as-of", "2026-10-30").exception

    assert isinstance(error, EarlierDay)


def test_the_table_holds_what_the_report_says(closed, tmp_path):
    told = json.loads(run("clocks", closed, "--out", tmp_path / "out", "--json").stdout)

    with (tmp_path / "out" / "return_clocks.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(CLOCKS.names)
    assert [row["sku"] for row in rows] == [row["sku"] for row in told["lines"]]


def test_without_numbers_a_unit_sent_home_is_assumed_and_told_so(closed):
    done = run("prove", closed, "--lang", "en")

    assert done.exit_code == 0
    assert "assumed: first in, first out" in done.stdout
    assert "is an assumption, not a proof" in done.stdout


def test_a_number_proves_another_line_than_the_close_assumed(closed, tmp_path):
    done = run("prove", closed, "--identities", IDENTITIES, "--out", tmp_path / "out", "--json")

    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["units"] == {"identity": 1}
    assert told["lines"][0]["declaration_no"] == "290020250510000208"
    with (tmp_path / "out" / "return_proofs.csv").open(encoding="utf-8") as file:
        assert next(csv.reader(file)) == list(PROVED.names)


def test_a_number_that_did_not_leave_is_not_matched(closed, tmp_path):
    path = tmp_path / "scans.csv"
    path.write_text(HEADER + "1,home,B-00007,parcel,P-1,2,,\n", "utf-8")

    done = run("prove", closed, "--identities", path, "--json")

    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert told["units"] == {"not_matched": 2}
    assert told["beyond"] == {"B-00007": 1}


def test_all_faults_of_a_table_of_numbers_are_told_at_once(closed, tmp_path):
    path = tmp_path / "scans.csv"
    path.write_text(
        HEADER
        + f"1,out,B-00007,serial,S-1,2,{LINE}\n"
        + f"2,out,B-00007,serial,S-1,1,{LINE}\n"
        + "3,out,B-00007,batch,B-1,1,310020250510000091,99\n"
        + f"4,out,B-00007,batch,B-2,90,{LINE}\n"
        + f"5,home,B-00007,batch,B-2,1,{LINE}\n",
        "utf-8",
    )

    error = run("prove", closed, "--identities", path, "--out", tmp_path / "out").exception

    assert isinstance(error, FaultyTable)
    for said in (
        "2 units of one serial",
        "left before",
        "is not in",
        "expected 5 at most",
        "names a declaration",
    ):
        assert said in str(error)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_both_languages_are_told_in(closed, lang):
    done = run("clocks", closed, "--lang", lang, "--within", "60")

    assert done.exit_code == 0
    assert ("税收优惠" in done.stdout) == (lang == "zh")
    assert date(2026, 11, 6).isoformat() in done.stdout
