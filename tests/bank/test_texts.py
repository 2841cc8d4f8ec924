# SPDX-License-Identifier: Apache-2.0
"""MT940 and tables by a mapping."""

from __future__ import annotations

from datetime import date

import pytest

from entrepot.bank.actions import read_bank
from entrepot.bank.mistakes import BadMapping, Unreadable
from entrepot.bank.tables import Money
from entrepot.errors import Misused
from tests.bank.kit import EXAMPLES, codes

HEAD = ":20:REF\n:25:DE1\n:28C:1/1\n:60F:C260301EUR100,00\n"
TAIL = ":62F:C260331EUR110,00\n-\n"


def mt940(folder, text):
    (folder / "a.sta").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_bank(folder / "a.sta", "mt940")


def test_the_example_of_mt940_foots_and_its_details_are_read():
    found = read_bank(EXAMPLES / "mt940", "mt940")

    (statement,) = found.statements
    payout, paid, back = statement.entries
    assert not codes(found)
    assert (statement.number, statement.page, statement.ends) == (3, "001", date(2026, 3, 31))
    assert (payout.reference, payout.counterparty) == ("B-1001", "EXAMPLE PAYMENTS")
    assert "PO_66A" in payout.references
    assert (paid.amount, back.amount) == (Money(-2000, "EUR"), Money(2000, "EUR"))
    assert back.is_reversal
    assert [entry.row for entry in statement.entries] == [5, 8, 10]


def test_a_credit_taken_back_is_below_zero(tmp_path):
    entries = ":61:2603050305C20,00NTRFA\n:61:2603060306RC10,00NTRFA\n"

    assert not codes(mt940(tmp_path, HEAD + entries + TAIL))


def test_messages_of_one_file_are_parted_and_each_foots(tmp_path):
    second = HEAD.replace("1/1", "3/1") + ":61:2604050405C1,50NTRFA\n"
    second = second.replace("260301", "260401") + TAIL.replace("260331", "260430")
    wrapped = "{1:F01BANK}{2:I940}{4:\n" + HEAD + ":61:2603050305C10,00NTRFA\n" + TAIL[:-2] + "-}\n"
    found = mt940(tmp_path, (wrapped + second).replace("\n", "\r\n"))

    assert len(found.statements) == 2
    assert codes(found) == ["not_footed", "number_missing", "chain_broken"]
    assert found.findings[0].minor == 850


def test_mt942_without_balances_is_a_report(tmp_path):
    text = ":20:R\n:25:DE1\n:28C:1\n:34F:JPY0,\n:61:2603050305C1000,NTRFA\n-\n"
    found = mt940(tmp_path, text)

    assert found.statements[0].kind == "report"
    assert found.statements[0].entries[0].amount == Money(1000, "JPY")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("C10,00N", "C10,0,0N", ":5, :61:: found"),
        ("C10,00N", "X10,00N", ":5, :61:"),
        ("260305", "269905", "a message MT940"),
        ("C10,00N", "C10,001N", "a message MT940"),
        ("EUR100,00", "XYZ100,00", ":4, :60F:: found"),
        ("EUR100,00", "EUR1.00", ":4, :60F:: found"),
        (":28C:1/1", ":28C:", "a.sta:3, :28:: found nothing"),
        (":25:DE1\n", "", ":25:: found nothing"),
        (":20:", "20:", "no field :20:"),
    ],
)
def test_what_is_broken_in_mt940_is_refused_with_its_row(tmp_path, old, new, told):
    text = HEAD + ":61:2603050305C10,00NTRFA\n" + TAIL
    with pytest.raises(Unreadable) as refused:
        mt940(tmp_path, text.replace(old, new))
    assert told in str(refused.value)


def test_a_field_without_end_is_refused(tmp_path):
    with pytest.raises(Unreadable, match="at most"):
        mt940(tmp_path, HEAD + ":61:2603050305C10,00NTRFA\n:86:" + "?20 A\n" * 9000 + TAIL)


MAPPING = """
account = "A1"
currency = "EUR"
[columns]
booked_on = "day"
amount = "amount"
balance = "balance"
text = "text"
"""


def table(folder, rows, mapping=MAPPING, header="day,amount,balance,text"):
    (folder / "a.csv").write_text("\n".join([header, *rows]), "utf-8")
    (folder / "a.toml").write_text(mapping, "utf-8")
    return read_bank(folder / "a.csv", "table", folder / "a.toml")


def test_the_example_table_runs_backwards_and_foots():
    found = read_bank(EXAMPLES / "account.csv", "table", EXAMPLES / "account.toml")

    (statement,) = found.statements
    assert not codes(found)
    assert [entry.row for entry in statement.entries] == [4, 3, 2]
    assert statement.opening.amount == Money(80110, "EUR")
    assert statement.entries[1].charges == (Money(-150, "EUR"),)


def test_a_row_that_does_not_follow_is_told_though_the_ends_fit(tmp_path):
    rows = ["2026-03-01,1.00,1.00,a", "2026-03-02,2.00,4.00,b", "2026-03-03,3.00,6.00,c"]
    found = table(tmp_path, rows)

    assert codes(found) == ["row_not_footed", "row_not_footed"]
    assert [(f.row, f.minor) for f in found.findings] == [(3, 100), (4, -100)]


def test_credits_and_debits_may_have_columns_of_their_own(tmp_path):
    mapping = MAPPING.replace('amount = "amount"', 'credit = "in"\ndebit = "out"')
    rows = ["2026-03-01,5.00,,5.00,a", "2026-03-02,,2.00,3.00,b", "2026-03-03,,-1.00,2.00,c"]
    found = table(tmp_path, rows, mapping, "day,in,out,balance,text")

    assert [e.amount.minor for e in found.statements[0].entries] == [500, -200, -100]
    assert not codes(found)


def test_all_mistakes_of_a_table_are_told_with_row_and_column(tmp_path):
    rows = ["2026-03-01,1.001,1.00,a", "", "01.03.2026,2,2,b", "2026-03-01,1.00,1.00", ",1,1,c"]
    with pytest.raises(Unreadable) as refused:
        table(tmp_path, rows)
    said = str(refused.value)
    assert refused.value.facts["count"] == 4
    for place in ("a.csv:2, amount", "a.csv:4, day", "a.csv:5:", "a.csv:6, day"):
        assert place in said


def test_a_mapping_is_checked_at_once(tmp_path):
    mapping = MAPPING.replace("booked_on", "boked_on").replace('"A1"', "7")
    with pytest.raises(BadMapping) as refused:
        table(tmp_path, [], mapping)
    assert refused.value.facts["count"] == 2
    assert 'Is "booked_on" meant?' in str(refused.value)
    with pytest.raises(BadMapping, match="one of point, comma"):
        table(tmp_path, [], MAPPING + '[file]\ndecimal = "dot"\nencoding = "klingon"\n')
    with pytest.raises(Misused):
        read_bank(EXAMPLES / "account.csv", "table")
