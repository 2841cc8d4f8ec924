# SPDX-License-Identifier: Apache-2.0
"""Cents never go missing, however amounts are written and in whatever order lines stand."""

from __future__ import annotations

import re
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.packs.read import read as read_pack
from entrepot.settlement.money import decimal, decimal_text, minor_units
from entrepot.settlement.tables import ACCOUNTS, KINDS
from tests.settlement.kit import read, table, v2

CENTS = st.integers(-(10**14), 10**14)
STYLES = st.sampled_from(
    [
        (mark, part)
        for mark, parts in ((".", ",' \u00a0"), (",", ".' \u00a0"))
        for part in ["", *parts]
    ]
)
#: Files are written and databases opened: a few examples say as much as many.
FEW = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def written(minor: int, digits: int, mark: str, thousands: str) -> str:
    """An amount as somebody would print it."""
    whole, _, rest = decimal(abs(minor), digits).partition(".")
    grouped = f"{int(whole):,}".replace(",", thousands) if thousands else whole
    return ("-" if minor < 0 else "") + grouped + (mark + rest if rest else "")


@settings(deadline=None, max_examples=10)
@given(
    st.lists(st.tuples(CENTS, st.sampled_from([0, 2, 3, 4]), STYLES), min_size=1, max_size=20),
)
def test_an_amount_is_read_to_the_cent_in_every_style(cases):
    for mark in (".", ","):
        rows = [
            (written(minor, digits, *style), digits, minor)
            for minor, digits, style in cases
            if style[0] == mark and abs(minor) < 10 ** (13 + digits)
        ]
        if not rows:
            continue
        given_rows = ", ".join(
            f"('{cell.replace(chr(39), chr(39) * 2)}', {digits})" for cell, digits, _ in rows
        )
        found = duckdb.sql(
            f"SELECT {minor_units('cell', 'digits', mark)} AS minor,"
            f" {decimal_text('minor', 'digits')} FROM (VALUES {given_rows}) AS t (cell, digits)"
        ).fetchall()

        assert [minor for minor, _ in found] == [minor for *_, minor in rows]
        assert [text for _, text in found] == [decimal(minor, d) for _, d, minor in rows]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12.5", 1250),
        (".5", 50),
        ("5.", 500),
        ("+1.00", 100),
        ("1.00-", -100),
        ("(1.00)", -100),
        ("\u22121.00", -100),
        ("1.0000000", 100),
        ("1.005", None),
        ("1,23.00", None),
        ("1e3", None),
        ("--1", None),
        ("1.2.3", None),
        ("-", None),
        ("NaN", None),
        ("0x10", None),
        ("１.00", None),
        ("", None),
    ],
)
def test_what_is_an_amount_and_what_is_none(cell, expected):
    query = f"SELECT {minor_units('cell', '2', '.')} FROM (SELECT ? AS cell)"

    with duckdb.connect() as connection:
        assert connection.execute(query, [cell]).fetchall() == [(expected,)]


@FEW
@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30),
    st.integers(-500, 500),
    st.randoms(),
)
def test_any_order_and_any_mark_give_the_same_sum_and_what_is_left_is_said(
    tmp_path, cents, rest, chance
):
    chance.shuffle(cents)
    mark, thousands = chance.choice([(".", ","), (",", ".")])
    total = sum(cents) + rest
    printed = [written(each, 2, mark, thousands) for each in cents]
    out = tmp_path / "out"

    report = read(tmp_path, v2(written(total, 2, mark, thousands), *printed), out=out)

    (each,) = report["settlements"]
    assert Decimal(each["sum"]) * 100 == sum(cents)
    assert Decimal(each["residual"]) * 100 == rest
    assert Decimal(each["sum"]) + Decimal(each["residual"]) == Decimal(each["payout"])
    assert [minor for (minor,) in table(out, "lines", "minor_units")] == cents
    assert sum(Decimal(a["amount"]) for a in each["accounts"].values()) == Decimal(each["sum"])


def test_every_label_has_one_account_of_ours():
    folded = {}
    for row in read_pack("world/settlement_labels").rows:
        key = tuple(re.sub("[ _-]", "", row.text(c).lower()) for c in ("system", "group", "label"))
        assert key not in folded, row
        folded[key] = row
        assert row["account"] in ACCOUNTS
        assert (row["on_refund"] or "refunds") in ACCOUNTS
    assert {row["kind"] for row in read_pack("world/settlement_events").rows} <= set(KINDS)
