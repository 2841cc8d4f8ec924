# SPDX-License-Identifier: Apache-2.0
"""What interfaces answer, and the CSV reports of payment providers."""

from __future__ import annotations

import json
import shutil

import pytest

from entrepot.settlement.actions import Asked, read_settlements
from entrepot.settlement.mistakes import Contradicting
from tests.settlement.kit import EXAMPLES, amounts, put, read, table


def usd(amount):
    return {"CurrencyCode": "USD", "CurrencyAmount": amount}


def test_events_of_a_group_foot_with_the_balance_it_began_with():
    report = read_settlements(EXAMPLES / "amazon-finances", Asked("amazon-finances"))
    (each,) = report["settlements"]

    assert (each["sum"], each["payout"], each["residual"]) == ("27.15", "27.15", "0.00")
    assert (each["paid"], each["paid_currency"]) == ("34.21", "USD")
    assert amounts(each)["returns_handling"] == "-0.69"
    assert report["exceptions"]["counts"] == {}


def test_pages_of_a_group_and_states_that_changed_are_one_settlement(tmp_path):
    group = {
        "FinancialEventGroupId": "G",
        "OriginalTotal": usd(3),
        "FundTransferDate": "2026-03-27T06:10:11Z",
    }
    for state in ("Open", "Closed"):
        listed = {"FinancialEventGroupList": [group | {"ProcessingStatus": state}]}
        put(tmp_path / f"groups-{state}.json", {"payload": listed})
    for page, amount in (("G.json", 1), ("G.2.json", 2)):
        events = [{"PostedDate": "2026-03-12T10:00:00Z", "WithheldAmount": usd(amount)}]
        put(
            tmp_path / page,
            {"payload": {"FinancialEvents": {"TaxWithholdingEventList": events}}},
        )

    (each,) = read_settlements(tmp_path, Asked("amazon-finances"))["settlements"]

    assert (each["sum"], each["residual"], each["state"]) == ("3.00", "0.00", "Closed / Open")


def test_what_a_total_repeats_is_taken_once_and_compared(tmp_path):
    event = {"postedDate": "2026-03-20T00:00:00Z", "baseValue": usd(-2), "taxValue": usd(-1)}
    events = [event | {"transactionValue": usd(total)} for total in (-3, -4)]
    answer = {"payload": {"FinancialEvents": {"ProductAdsPaymentEventList": events}}}

    report = read(tmp_path, answer, "amazon-finances")

    assert report["lines"] == 4
    assert report["exceptions"]["counts"] == {"not_paid_out_yet": 1, "row_not_footed": 1}
    odd = report["exceptions"]["listed"][1]
    assert (odd["place"], odd["amount"]) == ("report.json:2", "-1.00")


def test_what_moves_no_money_is_left_aside_and_what_nobody_knows_is_kept(tmp_path):
    events = {
        "TaxWithholdingEventList": [{"BaseAmount": usd(1000), "WithheldAmount": usd(-10)}],
        "NextYearsEventList": [{"SomeList": [{"NewAmount": usd(-0.25)}]}],
    }
    report = read(tmp_path, {"payload": {"FinancialEvents": events}}, "amazon-finances")

    assert report["inputs"][0]["amounts_left_aside"] == 1
    (pending,) = report["not_paid_out_yet"]
    assert amounts(pending) == {"tax_withheld": "-10.00", "unclassified": "-0.25"}


def leaf(kind, amount, below=()):
    money = {"currencyAmount": amount, "currencyCode": "USD"}
    return {"breakdownType": kind, "breakdownAmount": money, "breakdowns": list(below)}


def test_a_transaction_is_taken_by_its_leaves_and_finds_its_settlement(tmp_path):
    sales = leaf("ProductCharges", 20, [leaf("OurPricePrincipal", 20)])
    fees = leaf("AmazonFees", -3, [leaf("Commission", -3, [leaf("Base", -3)])])
    item = {
        "contexts": [{"contextType": "ProductContext", "sku": "LAMP", "quantityShipped": 1}],
        "breakdowns": [sales, fees],
    }
    related = [{"relatedIdentifierName": "FINANCIAL_EVENT_GROUP_ID", "relatedIdentifierValue": "G"}]
    transaction = {
        "transactionId": "T1",
        "transactionType": "Shipment",
        "postedDate": "2026-03-12T10:00:00Z",
        "relatedIdentifiers": related,
        "totalAmount": {"currencyAmount": 17, "currencyCode": "USD"},
        "items": [item],
    }
    out = tmp_path / "out"

    report = read(
        tmp_path, {"payload": {"transactions": [transaction]}}, "amazon-finances", out=out
    )

    assert table(out, "lines", "settlement, sku, label, minor_units, account") == [
        ("G", "LAMP", "OurPricePrincipal", 2000, "sales"),
        ("G", "LAMP", "Base", -300, "unclassified"),
    ]
    assert report["exceptions"]["counts"] == {"payout_not_stated": 1, "unclassified": 1}


def test_pages_of_shopify_overlap_and_the_payout_is_the_other_side():
    report = read_settlements(EXAMPLES / "shopify", Asked("shopify"))
    (each,) = report["settlements"]

    assert (each["sum"], each["payout"], each["residual"]) == ("92.16", "92.16", "0.00")
    assert amounts(each)["payout"] == "-92.16"
    assert amounts(report["not_paid_out_yet"][0]) == {"payment_fees": "-0.65", "sales": "12.00"}
    assert report["given_twice"] == [
        {"entries": 1, "kept": "transactions-next.json", "left": "transactions.json"}
    ]


def test_a_transaction_that_changed_between_two_pages_is_refused(tmp_path):
    shutil.copytree(EXAMPLES / "shopify", tmp_path / "shopify")
    page = tmp_path / "shopify" / "transactions-next.json"
    answer = json.loads(page.read_text())
    answer["transactions"][1] |= {"amount": "1.95", "net": "1.95"}
    put(page, answer)

    with pytest.raises(Contradicting, match=r"transactions\.json:5: found entry 9003"):
        read_settlements(tmp_path / "shopify", Asked("shopify"))


def test_a_payout_without_its_transactions_is_open_in_full(tmp_path):
    payout = {"id": 7, "status": "paid", "date": "2026-03-14", "currency": "JPY", "amount": "500"}

    report = read(tmp_path, {"payouts": [payout]}, "shopify")

    assert report["settlements"][0]["residual"] == "500"
    assert report["exceptions"]["counts"] == {"lines_missing": 1}


def test_stripe_s_reconciliation_foots_with_the_report_of_payouts(tmp_path):
    whole = read_settlements(EXAMPLES / "stripe", Asked("stripe"))
    alone = read_settlements(EXAMPLES / "stripe" / "reconciliation.csv", Asked("stripe"))

    (each,) = whole["settlements"]
    assert (each["currency"], each["sum"], each["residual"]) == ("EUR", "116.40", "0.00")
    assert (each["deposited_on"], each["state"]) == ("2026-03-16", "paid")
    assert alone["settlements"][0]["payout"] is None
    assert alone["exceptions"]["counts"] == {"payout_not_stated": 1}


def test_any_table_is_read_by_a_mapping():
    mapping = EXAMPLES / "wallet.toml"

    report = read_settlements(EXAMPLES / "wallet.csv", Asked("table", mapping=mapping))

    (each,) = report["settlements"]
    assert (each["sum"], each["payout"], each["residual"]) == ("1083.50", "1083.50", "0.00")
    assert amounts(each) == {"payment_fees": "-36.50", "refunds": "-80.00", "sales": "1200.00"}
