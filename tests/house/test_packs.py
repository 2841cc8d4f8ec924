# SPDX-License-Identifier: Apache-2.0
"""Every pack says where its figures come from, and no figure stands without its source.

Read with csv and tomllib alone, so that a fault of our own reader cannot hide one of a pack.
"""

import csv
import tomllib
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from entrepot.packs.read import ABOUT, CONFIDENCE, EVERY_PACK, names, read

PACKS = sorted((Path(__file__).parents[2] / "src" / "entrepot" / "packs").glob("*/*.csv"))


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def about(path):
    return tomllib.loads(path.with_suffix(".toml").read_text(encoding="utf-8"))


def named(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(autouse=True)
def no_packs_of_our_own(monkeypatch):
    monkeypatch.delenv("ENTREPOT_PACKS", raising=False)


def test_every_pack_on_disk_can_be_read():
    assert [named(path) for path in PACKS] == names()
    for name in names():
        assert read(name).rows


@pytest.mark.parametrize("path", PACKS, ids=named)
def test_every_pack_says_where_it_came_from(path):
    said = about(path)

    assert set(ABOUT) <= said.keys()
    assert all(said[entry] for entry in ABOUT if entry != "key")
    assert isinstance(said["retrieved"], date)


@pytest.mark.parametrize("path", PACKS, ids=named)
def test_every_row_has_source_start_and_confidence(path):
    for row in rows_of(path):
        assert row["source"].strip()
        assert row["checked"].strip(), "say how it was checked, or that it was not"
        assert date.fromisoformat(row["valid_from"])
        assert row["confidence"] in CONFIDENCE


@pytest.mark.parametrize("path", PACKS, ids=named)
def test_every_column_is_declared(path):
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))

    assert header == [*about(path)["columns"], *EVERY_PACK]


@pytest.mark.parametrize("path", PACKS, ids=named)
def test_periods_of_one_key_do_not_overlap(path):
    periods = {}
    for row in rows_of(path):
        key = tuple(row[column] for column in about(path)["key"])
        periods.setdefault(key, []).append((row["valid_from"], row["valid_to"] or "9999-12-31"))
    for key, found in periods.items():
        for (starts, ends), (next_starts, _) in pairwise(sorted(found)):
            assert starts < ends <= next_starts, key


@pytest.mark.parametrize("path", PACKS, ids=named)
def test_what_is_unverified_says_so(path):
    for row in rows_of(path):
        if row["confidence"] == "M":
            words = row["checked"].lower()
            assert any(word in words for word in ("not", "assumed", "remembered")), row


@pytest.mark.parametrize("path", PACKS, ids=named)
def test_no_path_of_a_machine_and_no_stray_space(path):
    for file in (path, path.with_suffix(".toml")):
        text = file.read_text(encoding="utf-8")

        assert "/work/" not in text
        assert "/home/" not in text
        assert text.endswith("\n")
    for row in rows_of(path):
        assert all(cell == cell.strip() for cell in row.values())


def test_the_filing_day_of_a_year_not_announced_is_not_invented():
    calendar = read("cn/tax_calendar")

    for row in calendar.rows:
        assert row.day("ends_on").year == row.whole("year")
        assert row.day("ends_on").month == row.whole("month")
        assert row.day("valid_from") == date(row.whole("year"), row.whole("month"), 1)
        assert row.day("ends_on").day >= 15
        assert row.day("ends_on").isoweekday() <= 5, "a filing period does not close on a weekend"
    announced = [row.whole("year") for row in calendar.rows if row.whole("month") == 4]
    assert announced == [2021, 2022, 2023, 2024, 2025, 2026]
