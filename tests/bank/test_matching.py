# SPDX-License-Identifier: Apache-2.0
"""Payouts and credits: what is matched, proposed and open, and that nothing goes missing."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.bank.matching import Rules, match
from entrepot.bank.mistakes import Unreadable
from entrepot.bank.naming import References
from entrepot.bank.payouts import read_payouts
from entrepot.bank.tables import Money
from entrepot.cli import entrepot
from tests.bank.kit import EXAMPLES, ROOT, credit, matched, payout, statement

COST = (Money(-150, "EUR"),)


def test_a_reference_decides_between_equal_amounts():
    owed = [payout("PO-1001", 500), payout("PO-1002", 500)]
    came = statement(credit(500, text="Payout po 1002"), credit(500, text="PO1001 March"))

    assert matched(owed, came) == [
        ("matched", "reference", ["PO-1001"], [500]),
        ("matched", "reference", ["PO-1002"], [500]),
    ]


def test_parts_together_and_charges_by_reference():
    owed = [payout(f"PO-100{n}", 500, n) for n in range(4)]
    came = statement(
        credit(200, 1, text="PO-1000 part 1"),
        credit(300, 20, text="PO-1000 part 2"),
        credit(1000, 4, text="PO-1001 and PO-1002"),
        credit(400, 5, text="PO-1003", charges=COST),
    )

    assert matched(owed, came) == [
        ("matched", "reference_sum", ["PO-1000"], [200, 300]),
        ("matched", "reference_sum", ["PO-1001", "PO-1002"], [1000]),
        ("matched", "reference_charges", ["PO-1003"], [400]),
    ]


def test_a_difference_beyond_the_charges_is_proposed_and_more_than_paid_too():
    owed = [payout("PO-1001", 500), payout("PO-1002", 500)]
    came = statement(
        credit(300, text="PO-1001", charges=COST), credit(501, text="PO-1002", charges=COST)
    )

    assert [row[:2] for row in matched(owed, came)] == [("proposed", "reference_differs")] * 2


def test_amount_and_days_match_only_what_fits_each_other_only():
    assert matched([payout("a", 500)], statement(credit(500, 3))) == [
        ("matched", "amount", ["a"], [500])
    ]
    assert matched([payout("a", 500)], statement(credit(350, 3, charges=COST))) == [
        ("matched", "amount_charges", ["a"], [350])
    ]
    both = matched([payout("a", 500), payout("b", 500, 2)], statement(credit(500), credit(500, 3)))
    assert both == [
        ("proposed", "several_fit", ["a"], [500]),
        ("proposed", "several_fit", ["b"], [500]),
    ]


def test_a_credit_that_names_another_payout_is_not_matched_by_its_amount():
    owed = [payout("PO-1001", 500), payout("other", 300)]
    came = statement(credit(500, 1, text="PO-1001"), credit(300, 2, text="PO-1001 again"))

    rows = matched(owed, came)

    assert ("matched", "reference", ["PO-1001"], [500]) in rows
    assert ("open", "named_settled", [], [300]) in rows


def test_days_account_sign_and_currency_must_fit():
    late = matched([payout("a", 500)], statement(credit(500, 8)))
    assert [row[:2] for row in late] == [("open", "not_arrived"), ("open", "no_payout")]
    elsewhere = matched([payout("a", 500, account="DE2")], statement(credit(500)))
    assert elsewhere[0][1] == "no_statement"
    below = [payout("a", -500)]
    assert matched(below, statement(credit(500), credit(-500, 2), credit(-7, 2))) == [
        ("matched", "amount", ["a"], [-500]),
        ("open", "no_payout", [], [500]),
    ]


def test_sums_are_matched_where_there_is_one_only():
    owed = [payout("a", 700), payout("b", 250, 20), payout("c", 350, 21)]
    came = statement(credit(300), credit(400, 2), credit(90, 3), credit(600, 22))
    assert matched(owed, came)[:2] == [
        ("matched", "sum", ["a"], [300, 400]),
        ("matched", "sum", ["b", "c"], [600]),
    ]
    two_ways = matched([payout("a", 700)], statement(*(credit(n) for n in (300, 400, 350, 350))))
    assert {row[:2] for row in two_ways} == {("open", "several_sums")}
    many = matched([payout("a", 90)], statement(*(credit(n) for n in range(1, 15))))
    assert many[0][:2] == ("open", "too_many")


def test_an_exchange_is_proposed_never_settled():
    owed = [payout("a", 150000, currency="USD")]
    told = credit(1072500, currency="CNY", instructed=Money(150000, "USD"))
    other = credit(1072500, currency="CNY", instructed=Money(77, "USD"))
    silent = credit(1072500, currency="CNY")
    named = credit(1072500, currency="CNY", text="ref PO-1001")

    def way(payouts, entry):
        return matched(payouts, statement(entry, currency="CNY"))[0][:2]

    assert way(owed, told) == ("proposed", "exchange_stated")
    assert way(owed, silent) == ("proposed", "exchange_implied")
    assert way(owed, other) == ("open", "no_statement")
    assert way([payout("PO-1001", 99, currency="USD")], named) == ("proposed", "reference_exchange")


def test_a_little_less_is_proposed_within_the_percent_that_was_said():
    owed, came = [payout("a", 1000)], statement(credit(950))

    assert matched(owed, came)[0][:2] == ("proposed", "less_arrived")
    assert matched(owed, came, rules=Rules(less=4))[0][:2] == ("open", "not_arrived")


def test_what_is_open_says_its_likely_cause():
    come = statement(credit(1, 30), ends=60)
    for each, cause in (
        (payout("a", 500, 58), "on_the_way"),
        (payout("a", 500, -90), "before_statements"),
        (payout("a", 500, currency="JPY"), "no_statement"),
        (payout("a", 500), "not_arrived"),
    ):
        assert ("open", cause, ["a"], []) in matched([each], come)
    waiting = statement(credit(500, status="pending"))
    assert matched([payout("a", 500)], waiting) == [("open", "pending", ["a"], [])]
    assert matched([payout("a", 0)], come)[0][:2] == ("matched", "nothing_to_pay")
    early = matched([payout("a", 5, 20)], statement(credit(9, 2)))
    assert ("open", "before_payouts", [], [9]) in early


def test_references_are_whole_words_however_they_are_parted():
    found = References(["PO-1001", "11000000001", "po", "2026"])

    assert found.named(["SVWZ+PO 1001"]) == {0}
    assert found.named(["APO-1001", "PO-10011", "PO"]) == set()
    assert found.named(["AMZN11000000001EU", "1100 0000 001"]) == {1}


AMOUNTS = st.sampled_from([-300, 0, 100, 200, 300, 500, 700, 95])
CURRENCIES = st.sampled_from(["EUR", "USD"])
TEXTS = st.sampled_from(["", "", "PO-1000", "PO-1001", "PO-1002 PO-1003"])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(AMOUNTS, st.integers(0, 12), CURRENCIES), max_size=9),
    st.lists(st.tuples(AMOUNTS, st.integers(0, 12), TEXTS, st.booleans()), max_size=9),
    st.lists(st.tuples(AMOUNTS, st.integers(0, 12), TEXTS, st.booleans()), max_size=5),
)
def test_no_cent_goes_missing_and_every_credit_is_used_once(owed, euros, dollars):
    payouts = [payout(f"PO-100{n}", *each[:2], each[2]) for n, each in enumerate(owed)]
    statements = [
        statement(
            *(
                credit(minor, on, currency, text, charges=COST if charged else ())
                for minor, on, text, charged in rows
            ),
            currency=currency,
            account=currency,
        )
        for currency, rows in (("EUR", euros), ("USD", dollars))
    ]

    rows = match(payouts, statements, Rules())

    assert Counter(p.identity for row in rows for p in row.payouts) == Counter(
        p.identity for p in payouts
    )
    used = [(a.statement.account, a.entry.row) for row in rows for a in row.arrivals]
    assert len(used) == len(set(used))
    credits = {(s.account, e.row) for s in statements for e in s.entries if e.amount.minor > 0}
    assert credits <= set(used)
    for row in rows:
        if row.state == "matched":
            paid = Counter[str]()
            for each in row.payouts:
                paid[each.amount.currency] += each.amount.minor
            for each in row.arrivals:
                paid[each.amount.currency] -= each.amount.minor
            left = sum(paid.values())
            assert len(paid) == 1
            assert 0 <= left <= sum(each.charges for each in row.arrivals)
    # The order in which things are given changes nothing.
    assert match(payouts[::-1], statements, Rules()) == rows


def test_what_a_settlement_reading_prints_is_taken(tmp_path):
    run = CliRunner().invoke(
        entrepot,
        ["settlement", "read", str(ROOT / "examples/settlements/stripe"), "--format", "stripe",
         "--json"],
    )  # fmt: skip
    (tmp_path / "read.json").write_text(run.output, "utf-8")

    payouts, left_out = read_payouts(tmp_path / "read.json")

    assert [(p.identity, p.amount, p.reference) for p in payouts] == [
        ("po_66a", Money(11640, "EUR"), "po_66a")
    ]
    assert not left_out


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("id,paid_on\n", 2),
        ("id,paid_on,amount,currency\n,2026-02-30,1.001,EUR\na,2026-02-28,1,XXX1\n", 4),
        ("id,paid_on,amount,currency\na,2026-02-28,1,EUR\na,2026-02-28,2,EUR\n", 1),
        ("id,paid_on,amount,currency\na,2026-02-28,1\n", 1),
        ('{"settlements": [1, {"settlement": "", "payout": "1", "deposited_on": "x"}]}', 4),
        ('{"settlements": ' + "[" * 100_000, 1),
        ("{}", 1),
    ],
)
def test_broken_payouts_are_refused_with_every_mistake(tmp_path, text, count):
    (tmp_path / "payouts").write_text(text, "utf-8")
    with pytest.raises(Unreadable) as refused:
        read_payouts(tmp_path / "payouts")
    assert refused.value.facts["count"] == count


def test_the_command_says_what_is_matched_proposed_and_open():
    asked = ["bank", "match", str(EXAMPLES / "payouts.csv"), str(EXAMPLES / "camt"), "--format",
             "camt"]  # fmt: skip
    run = CliRunner().invoke(entrepot, [*asked, "--json"])
    report = json.loads(run.output)

    assert run.exit_code == 1
    assert Counter(row["by"] for row in report["rows"]) == {
        "reference": 1, "reference_charges": 1, "amount": 1, "sum": 1, "exchange_stated": 1,
        "no_statement": 1, "no_payout": 1,
    }  # fmt: skip
    exchange = next(row for row in report["rows"] if row["by"] == "exchange_stated")
    assert (exchange["implied_rate"], exchange["difference"]) == ("7.150000", None)
    assert "Proposed" in CliRunner().invoke(entrepot, asked).output
