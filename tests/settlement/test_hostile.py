# SPDX-License-Identifier: Apache-2.0
"""Reports that are none: every mistake is named with its place, and nothing is taken."""

from __future__ import annotations

import pytest

from entrepot.settlement.mistakes import BadMapping, UnreadableReport
from tests.settlement.kit import EXAMPLES, put, read, v2

WHOLE = v2("3.00", "1.00", "2.00")


@pytest.mark.parametrize(
    ("case", "content", "found"),
    [
        ("empty", b"", "report.txt: found an empty file"),
        ("binary", b"PK\x03\x04\x00\x00\x08\x00", "zero bytes; expected text"),
        ("a zero in a cell", WHOLE.replace("LAMP", "LA\0P").encode(), "2 zero bytes"),
        ("bytes of no encoding", b"settlement-id\t\x81\x8d\n", "the bytes 81 8d"),
        ("a picture of a page", b"<html><body>Sign in</body></html>\n", "found no such column"),
        ("another report", b"order-id\tsku\n1\t2\n", "report.txt:1, total-amount: found no"),
        ("semicolons", WHOLE.replace("\t", ";").encode(), "parted by ';'"),
        ("cut off in a line", WHOLE[:-30].encode(), "report.txt:4: found too few cells"),
        ("a line too long", (WHOLE + "x\t" * 40 + "\n").encode(), "report.txt:5: found too many"),
        ("a column twice", WHOLE.replace("sku", "amount", 1).encode(), "the column twice"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, case, content, found):
    with pytest.raises(UnreadableReport) as refused:
        read(tmp_path, content)

    assert found in str(refused.value)


def test_every_mistake_of_a_file_is_named_at_once(tmp_path):
    rows = [
        {"amount": "1.005"},
        {"amount": "1O.00"},
        {"amount": "99999999999999.00"},
        {"amount": "1.00", "posted-date-time": "2026-02-30 10:00:00 UTC"},
        {"amount": "1.00", "posted-date-time": "yesterday"},
        {"amount": "1.00", "quantity-purchased": "1.5"},
        {"amount": "1.00", "currency": "XYZ"},
        {"amount": "1.00", "currency": "USD", "settlement-id": ""},
        {"amount": ""},
        {"amount": "=1+1"},
    ]
    with pytest.raises(UnreadableReport) as refused:
        read(tmp_path, v2("1.00", *rows))

    assert refused.value.facts["count"] == 10
    mistakes = {(m["row"], m["column"]): m["found"] for m in refused.value.facts["mistakes"]}
    assert mistakes == {
        (3, "amount"): '"1.005"',
        (4, "amount"): '"1O.00"',
        (5, "amount"): '"99999999999999.00"',
        (6, "posted-date-time"): '"2026-02-30 10:00:00 UTC"',
        (7, "posted-date-time"): '"yesterday"',
        (8, "quantity-purchased"): '"1.5"',
        (9, "currency"): '"XYZ"',
        (10, "settlement-id"): "nothing",
        (11, "amount"): "nothing",
        (12, "amount"): '"=1+1"',
    }
    assert "an amount in USD with at most 2 decimals" in str(refused.value)


def test_half_a_yen_is_no_amount(tmp_path):
    with pytest.raises(UnreadableReport, match="an amount in JPY without decimals"):
        read(tmp_path, v2("100.00", "100.50", currency="JPY"))


def test_more_money_than_a_book_holds_is_refused(tmp_path):
    with pytest.raises(UnreadableReport, match="more USD in all than a book holds"):
        read(tmp_path, v2("1.00", *["9999999999999.99"] * 2400))


def test_a_mark_that_may_part_thousands_or_decimals_is_asked_for(tmp_path):
    report = v2("3,000", "1,000", "2,000", currency="KWD")

    with pytest.raises(UnreadableReport, match="Say which with --decimal"):
        read(tmp_path, report)
    assert read(tmp_path, report, decimal="comma")["settlements"][0]["sum"] == "3.000"
    assert read(tmp_path, report, decimal="point")["settlements"][0]["sum"] == "3000.000"


def test_a_day_that_may_be_a_month_is_asked_for(tmp_path):
    with pytest.raises(UnreadableReport, match="Say which with --dates"):
        read(tmp_path, v2("1.00", {"amount": "1.00", "posted-date-time": "03/04/2026"}))


@pytest.mark.parametrize(
    ("case", "content", "found"),
    [
        ("cut off", b'{"payouts": [{"id": 1', "expected JSON"),
        ("no number", b'{"payouts": [{"id": NaN}]}', "NaN, which is no number"),
        ("digits without end", b'{"payouts": [{"id": ' + b"9" * 5000 + b"}]}", "more digits"),
        ("brackets without end", b"[" * 100_000, "expected JSON"),
        ("another answer", b'{"orders": []}', "payouts or transactions"),
        ("no list", b'{"payouts": 7}', "payouts: found no list"),
        ("no object", b'{"payouts": [7]}', "report.txt:1, payouts: found no object"),
        ("no amount", b'{"payouts": [{"id": 1, "currency": "USD"}]}', ":1, amount: found nothing"),
        (
            "an amount without end",
            b'{"payouts": [{"id": 1, "currency": "USD", "amount": 1e400}]}',
            "an amount in USD",
        ),
    ],
)
def test_an_answer_that_is_none_is_refused(tmp_path, case, content, found):
    with pytest.raises(UnreadableReport) as refused:
        read(tmp_path, content, "shopify")

    assert found in str(refused.value)


def test_what_a_cell_holds_reaches_no_statement_and_no_terminal(tmp_path):
    bad = "'; DROP TABLE lines; --"
    rows = [{"amount": "1.00", "sku": bad, "amount-description": bad, "settlement-id": bad}]
    report = read(tmp_path, v2("1.00", *rows, settlement_id=bad))

    assert report["settlements"][0]["settlement"] == bad
    with pytest.raises(UnreadableReport) as refused:
        read(tmp_path, v2("1.00", "\x1b[2J\x07"))
    assert "\x1b" not in str(refused.value)


def test_a_mapping_s_mistakes_are_named_at_once(tmp_path):
    text = (EXAMPLES / "wallet.toml").read_text("utf-8")
    text = text.replace('"as_printed"', '"as_is"').replace("settlement =", "settlment =")
    text = text.replace('"sales"', '"sale"').replace('times_in = "Europe', 'timesin = "Europe')
    mapping = put(tmp_path / "wallet.toml", text)

    with pytest.raises(BadMapping) as refused:
        read(tmp_path, b"", "table", mapping=mapping)

    assert {each["column"] for each in refused.value.facts["mistakes"]} == {
        "[amounts] Betrag",
        "[columns] settlment",
        "[accounts] Verkauf",
        "[file] timesin",
    }
