# SPDX-License-Identifier: Apache-2.0
"""Amazon's flat reports, V2 and V1, as each region writes them."""

from __future__ import annotations

import gzip

import pytest

from entrepot.settlement.actions import Asked, read_settlements
from tests.settlement.kit import EXAMPLES, LINE, STATEMENT, V2, amounts, read, table, tsv, v2


def example(name, form):
    return read_settlements(EXAMPLES / name, Asked(form))


def test_a_report_of_the_us_foots_and_its_money_is_sorted():
    report = example("amazon-us.txt", "amazon-v2")
    (each,) = report["settlements"]

    assert (each["sum"], each["payout"], each["residual"]) == ("19.85", "19.85", "0.00")
    assert amounts(each) == {
        "advertising": "-8.40",
        "fulfilment": "-15.19",
        "marketplace_fees": "-53.48",
        "promotions": "-3.00",
        "refunds": "-24.99",
        "reimbursements": "12.80",
        "reserve": "38.50",
        "sales": "69.97",
        "sales_tax": "4.10",
        "shipping_income": "5.99",
        "storage": "-2.35",
        "tax_withheld": "-4.10",
    }
    assert (each["begins"], each["deposited_on"]) == ("2026-03-11T06:10:11Z", "2026-03-27")
    assert report["lines"] == 20
    assert report["exceptions"]["counts"] == {}


def test_a_report_of_the_eu_has_decimal_commas_and_dotted_days():
    report = example("amazon-de.txt", "amazon-v2")
    (each,) = report["settlements"]

    assert amounts(each)["sales"] == "1234.56"
    assert (each["sum"], each["payout"], each["residual"]) == ("902.85", "904.35", "1.50")
    assert each["begins"] == "2026-03-11T06:10:11Z"
    assert report["inputs"][0]["decimal"] == "comma"
    assert report["exceptions"]["counts"] == {"not_footed": 1, "unclassified": 1}
    unknown = report["exceptions"]["listed"][1]
    assert (unknown["place"], unknown["lines"], unknown["amount"]) == (
        "other-transaction / Umweltbeitrag",
        1,
        "-4.20",
    )


def test_v1_of_japan_is_shift_jis_in_whole_yen_with_several_amounts_a_row(tmp_path):
    report = read_settlements(
        EXAMPLES / "amazon-jp-v1.txt", Asked("amazon-v1", out=tmp_path / "out")
    )
    (each,) = report["settlements"]

    assert report["inputs"][0]["encoding"] == "cp932"
    assert (each["sum"], each["payout"], each["residual"]) == ("1712", "1712", "0")
    assert amounts(each) == {
        "fulfilment": "-510",
        "marketplace_fees": "-450",
        "no_amount": "0",
        "promotions": "-128",
        "sales": "3000",
        "sales_tax": "300",
        "storage": "-500",
    }
    assert table(tmp_path / "out", "lines", "line_no, row, label, quantity, minor_units, sku") == [
        (1, 3, "Principal", None, 3000, "急須-2"),
        (2, 3, "Commission", None, -450, "急須-2"),
        (3, 4, "Tax", None, 300, "急須-2"),
        (4, 4, "FBAPerUnitFulfillmentFee", None, -510, "急須-2"),
        (5, 5, "Shipping", None, -128, "急須-2"),
        (6, 6, None, 2, 0, "急須-2"),
        (7, 7, "Storage Fee", None, -500, None),
    ]


def test_a_column_of_money_that_v1_did_not_have_is_taken_all_the_same(tmp_path):
    plain = (EXAMPLES / "amazon-jp-v1.txt").read_text("cp932").splitlines()
    lines = [plain[0] + "\tsurprise-amount", *(f"{line}\t" for line in plain[1:-1])]
    lines.append(plain[-1] + "\t-12.00")

    report = read(tmp_path, "\n".join(lines) + "\n", "amazon-v1")

    assert amounts(report["settlements"][0])["unclassified"] == "-12"
    assert report["settlements"][0]["residual"] == "12"


@pytest.mark.parametrize(
    ("case", "posted", "asked", "expected"),
    [
        ("ISO with an offset", "2026-03-12T02:00:00+09:00", {}, "2026-03-11T17:00:00Z"),
        ("ISO in UTC, fractions", "2026-03-12T02:00:00.123Z", {}, "2026-03-12T02:00:00Z"),
        ("Japan", "2026/03/12 02:00:00 UTC", {}, "2026-03-12T02:00:00Z"),
        ("Germany", "12.03.2026 02:00:00 UTC", {}, "2026-03-12T02:00:00Z"),
        ("a US day", "03/25/26", {}, "2026-03-25"),
        ("a British day", "25/03/2026", {}, "2026-03-25"),
        ("told", "03/12/2026", {"dates": "dmy"}, "2026-12-03"),
        ("a zone told", "2026-07-01 00:30", {"times_in": "Europe/Berlin"}, "2026-06-30T22:30:00Z"),
    ],
)
def test_days_and_times_are_read_in_every_form(tmp_path, case, posted, asked, expected):
    out = tmp_path / "out"
    read(tmp_path, v2("1.00", {"amount": "1.00", "posted-date-time": posted}), out=out, **asked)

    assert table(out, "lines", "posted_at") == [(expected,)]


def test_a_refund_s_price_goes_to_refunds_and_its_commission_back_to_fees(tmp_path):
    out = tmp_path / "out"
    refund = {"transaction-type": "Refund", "amount": "-20.00"}
    fee = {
        "transaction-type": "Refund",
        "amount-type": "ItemFees",
        "amount-description": "Commission",
        "amount": "3.00",
    }
    read(tmp_path, v2("-17.00", refund, fee), out=out)

    assert table(out, "lines", "kind, account, minor_units, amount") == [
        ("refund", "refunds", -2000, "-20.00"),
        ("refund", "marketplace_fees", 300, "3.00"),
    ]


def test_the_total_on_every_row_says_it_once(tmp_path):
    rows = [STATEMENT | {"total-amount": "3.00"} | LINE | {"amount": a} for a in ("1.00", "2.00")]

    report = read(tmp_path, tsv(V2, rows))

    assert report["settlements"][0]["residual"] == "0.00"
    assert report["lines"] == 2


def test_blank_lines_quotes_marks_and_gzip_change_nothing(tmp_path):
    text = v2("3.00", "1.00", {"amount": "2.00", "sku": 'LAMP 3" "x'})
    lines = text.splitlines()
    odd = "\ufeff" + "\r\n".join([*lines[:2], "", lines[2], "", lines[3], "", ""])
    path = tmp_path / "report.txt.gz"
    path.write_bytes(gzip.compress(odd.encode()))
    out = tmp_path / "out"

    read_settlements(path, Asked("amazon-v2", out=out))

    assert table(out, "lines", "row, sku") == [(4, "LAMP"), (6, 'LAMP 3" "x')]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_found_out(tmp_path, encoding):
    report = v2("1,00", {"amount": "1,00", "sku": "Lampenschirm-Größe"}, currency="EUR")
    out = tmp_path / "out"

    read(tmp_path, report.encode(encoding), out=out)

    assert table(out, "lines", "sku, minor_units") == [("Lampenschirm-Größe", 100)]


def test_two_settlements_of_one_file_are_two(tmp_path):
    other = v2("2.00", {"amount": "2.00"}).replace("S1\t", "S2\t").splitlines()[1:]

    report = read(tmp_path, v2("1.00", "1.00") + "\n".join(other) + "\n")

    assert [(s["settlement"], s["sum"], s["residual"]) for s in report["settlements"]] == [
        ("S1", "1.00", "0.00"),
        ("S2", "2.00", "0.00"),
    ]
