# SPDX-License-Identifier: Apache-2.0
"""The pack reader: types, periods, own packs, and packs that break their declaration."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest

from entrepot.packs.read import BrokenPack, UnknownPack, in_force, names, read

TOML = """
title      = "A carrier's tariff"
unit       = "CNY per kg"
publisher  = "the carrier"
address    = "contract 7"
retrieved  = 2026-11-24
checked_by = "the buyer"
licence    = "private"
key        = ["zone"]
empty      = ["note"]
columns    = { zone = "VARCHAR", price_cny = "DECIMAL(18,2)", days = "INTEGER", note = "VARCHAR" }
"""
HEADER = "zone,price_cny,days,note,valid_from,valid_to,source,confidence,checked\n"
PLAIN = 'A,12.50,7,"by sea, slow",2026-01-01,2026-07-01,contract 7,V,read\n'
LATER = "A,13.00,7,,2026-07-01,,contract 8,V,read\n"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Write a pack of the firm's own and name its folder in ENTREPOT_PACKS."""
    monkeypatch.setenv("ENTREPOT_PACKS", str(tmp_path))

    def write(rows, toml=TOML, header=HEADER):
        (tmp_path / "tariff.csv").write_text(header + rows, encoding="utf-8", newline="")
        (tmp_path / "tariff.toml").write_text(toml, encoding="utf-8")
        return tmp_path

    return write


def test_cells_come_in_their_declared_types(own):
    own(PLAIN + LATER)

    first, later = read("own/tariff").rows

    assert first["price_cny"] == Decimal("12.50")
    assert first.amount("price_cny").as_tuple().exponent == -2
    assert (first.text("zone"), first.whole("days"), first.text("note")) == ("A", 7, "by sea, slow")
    assert first.day("valid_to") == date(2026, 7, 1)
    assert later["note"] is None
    assert later["valid_to"] is None


def test_a_getter_refuses_another_type(own):
    own(LATER)
    (row,) = read("own/tariff").rows

    for getter, column in (
        (row.day, "zone"),
        (row.whole, "zone"),
        (row.amount, "days"),
        (row.text, "note"),
    ):
        with pytest.raises(TypeError, match=column):
            getter(column)


def test_the_files_are_named_by_their_digest(own):
    folder = own(PLAIN)

    digests = read("own/tariff").sha256

    assert digests == {
        kind: hashlib.sha256((folder / f"tariff.{kind}").read_bytes()).hexdigest()
        for kind in ("csv", "toml")
    }


@pytest.mark.parametrize(
    ("on", "price"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), "12.50"),
        (date(2026, 6, 30), "12.50"),
        (date(2026, 7, 1), "13.00"),
        (date(2099, 1, 1), "13.00"),
    ],
)
def test_first_day_is_in_and_last_day_is_out(own, on, price):
    own(PLAIN + LATER)

    row = in_force(read("own/tariff"), on, zone="A")

    assert (row and str(row["price_cny"])) == price


def test_another_key_is_not_in_force(own):
    own(PLAIN)

    assert in_force(read("own/tariff"), date(2026, 3, 1), zone="B") is None


def test_a_key_left_out_is_a_mistake_of_the_caller(own):
    own(PLAIN)

    with pytest.raises(ValueError, match="zone"):
        in_force(read("own/tariff"), date(2026, 3, 1))


def test_own_packs_stand_beside_the_published_ones(own):
    folder = own(PLAIN)
    for kind in ("csv", "toml"):
        (folder / f"refund_deadlines.{kind}").write_bytes((folder / f"tariff.{kind}").read_bytes())

    assert {"own/tariff", "own/refund_deadlines", "cn/refund_deadlines"} <= set(names())
    assert names() == sorted(names())
    assert read("own/refund_deadlines").title == "A carrier's tariff"
    assert read("cn/refund_deadlines").title != "A carrier's tariff"


@pytest.mark.parametrize("name", ["cn/nothing", "own/nothing", "refund", "../packs", "cn/../x", ""])
def test_an_unknown_pack_is_refused(own, name):
    own(PLAIN)

    with pytest.raises(UnknownPack) as refused:
        read(name)

    assert refused.value.exit_code == 2
    assert "cn/refund_deadlines" in refused.value.remedy


def test_own_pack_without_a_folder_says_which_variable(monkeypatch):
    monkeypatch.delenv("ENTREPOT_PACKS", raising=False)

    with pytest.raises(UnknownPack, match="ENTREPOT_PACKS is not set"):
        read("own/tariff")


@pytest.mark.parametrize(
    ("case", "rows", "found"),
    [
        ("a day that is none", PLAIN.replace("2026-01-01", "2026-02-30"), "Row 1, valid_from"),
        ("a day in another form", PLAIN.replace("2026-01-01", "20260101"), "Row 1, valid_from"),
        ("a decimal comma", PLAIN.replace("12.50", '"12,50"'), 'Row 1, price_cny: "12,50"'),
        ("too many places", PLAIN.replace("12.50", "12.505"), "Row 1, price_cny"),
        ("an exponent", PLAIN.replace("12.50", "1e3"), "Row 1, price_cny"),
        ("half a day", PLAIN.replace(",7,", ",7.5,"), "Row 1, days"),
        ("an empty cell", LATER.replace("13.00", ""), "Row 1, price_cny: empty"),
        ("a cell too many", LATER.replace("read", "read,more"), "Row 1 has 10 cells"),
        ("no source", LATER.replace("contract 8", ""), "Row 1, source: empty"),
        ("an unknown confidence", LATER.replace(",V,", ",X,"), "Row 1, confidence"),
        ("ends before it starts", PLAIN.replace("2026-07-01", "2026-01-01"), "Row 1 starts"),
        ("overlap", PLAIN + LATER.replace("2026-07-01", "2026-06-30"), "Rows 1 and 2"),
        ("overlap, later first", LATER + PLAIN.replace("2026-07-01", ""), "Rows 2 and 1"),
        ("an open quote", LATER + '"A', "Its CSV cannot be read"),
    ],
)
def test_a_broken_row_is_named(own, case, rows, found):
    own(rows)

    with pytest.raises(BrokenPack) as refused:
        read("own/tariff")

    assert refused.value.asked == "Cannot use the pack own/tariff."
    assert found in refused.value.found
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("case", "toml", "found"),
    [
        ("no licence", TOML.replace("licence ", "lizenz "), "does not say: licence"),
        ("no key", TOML.replace("key  ", "clef "), "does not say: key"),
        ("a float", TOML.replace("INTEGER", "DOUBLE"), "declared as DOUBLE"),
        ("a key that is no column", TOML.replace('["zone"]', '["land"]'), "key names land"),
        ("not TOML", "title = ", "TOML cannot be read"),
        ("a column more", TOML.replace("days =", 'kg = "INTEGER", days ='), "first line"),
    ],
)
def test_a_broken_declaration_is_named(own, case, toml, found):
    own(PLAIN, toml=toml)

    with pytest.raises(BrokenPack) as refused:
        read("own/tariff")

    assert found in refused.value.found


def test_a_pack_without_its_declaration_is_refused(own):
    (own(PLAIN) / "tariff.toml").unlink()

    with pytest.raises(UnknownPack, match=r"tariff\.toml"):
        read("own/tariff")
