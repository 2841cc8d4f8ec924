# SPDX-License-Identifier: Apache-2.0
"""The answers that Amazon and Shopify publish themselves, where they lie beside the repository."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from entrepot.settlement.actions import Asked, read_settlements
from tests.settlement.kit import DATA, amounts, put, read, table

MODELS = DATA / "amazon_sp_api" / "models" / "finances-api-model"
FIXTURES = DATA / "shopify_fixtures" / "test" / "fixtures"
needs_amazon = pytest.mark.skipif(
    not MODELS.is_dir(), reason="no amazon_sp_api: set ENTREPOT_DATA to the folder of real data"
)
needs_shopify = pytest.mark.skipif(
    not FIXTURES.is_dir(),
    reason="no shopify_fixtures: set ENTREPOT_DATA to the folder of real data",
)


def answers(model, path):
    said = json.loads((MODELS / model).read_text("utf-8"))["paths"][path]["get"]["responses"]["200"]
    return [each["response"] for each in said["x-amzn-api-sandbox"]["static"]]


def counted(value, name="CurrencyAmount"):
    """Every amount in an answer."""
    if isinstance(value, dict):
        return (name in value) + sum(counted(each, name) for each in value.values())
    return sum(counted(each, name) for each in value) if isinstance(value, list) else 0


@needs_amazon
def test_every_amount_of_amazon_s_sandbox_answers_is_accounted_for(tmp_path):
    repeated = {"transactionValue", "TotalExpense"}
    for path in (
        "/finances/v0/financialEvents",
        "/finances/v0/orders/{orderId}/financialEvents",
        "/finances/v0/financialEventGroups/{eventGroupId}/financialEvents",
    ):
        (answer,) = answers("financesV0.json", path)
        events = answer["payload"]["FinancialEvents"].values()
        totals = sum(len(repeated & set(event)) for each in events for event in each)

        report = read(tmp_path, answer, "amazon-finances")

        aside = report["inputs"][0]["amounts_left_aside"]
        assert report["lines"] == counted(answer) - totals - aside
        (pending,) = report["not_paid_out_yet"]
        total = sum(Decimal(amount) for amount in amounts(pending).values())
        assert total == Decimal("25.37") * report["lines"]


@needs_amazon
def test_groups_of_amazon_s_sandbox_and_the_events_of_the_file_named_like_one(tmp_path):
    (groups,) = answers("financesV0.json", "/finances/v0/financialEventGroups")
    path = "/finances/v0/financialEventGroups/{eventGroupId}/financialEvents"
    (events,) = answers("financesV0.json", path)
    put(tmp_path / "groups.json", groups)
    put(tmp_path / "1.json", events)

    report = read_settlements(tmp_path, Asked("amazon-finances"))

    (each,) = report["settlements"]
    assert (each["settlement"], each["payout"], each["deposited_on"]) == (
        "1",
        "10.34",
        "2020-02-07",
    )
    assert Decimal(each["sum"]) == Decimal("55.33") + (report["lines"] - 1) * Decimal("25.37")
    assert Decimal(each["sum"]) + Decimal(each["residual"]) == Decimal("10.34")
    assert report["exceptions"]["counts"]["converted_differs"] == 1


@needs_amazon
def test_transactions_of_amazon_s_sandbox_name_their_group(tmp_path):
    (answer,) = answers("finances_2024-06-19.json", "/finances/2024-06-19/transactions")

    report = read(tmp_path, answer, "amazon-finances")

    (each,) = report["settlements"]
    assert each["settlement"].startswith("4MVaHcsAfaYA")
    assert (each["sum"], each["payout"]) == ("10.00", None)


@needs_shopify
def test_shopify_s_own_answers_do_not_foot_and_say_by_how_much(tmp_path):
    for name in ("payouts.json", "payouts_transactions.json"):
        put(tmp_path / name, (FIXTURES / name).read_bytes())
    out = tmp_path / "out"

    report = read_settlements(tmp_path, Asked("shopify", out=out))

    each = next(s for s in report["settlements"] if s["settlement"] == "623721858")
    # Their nets come to 81.38; one adjustment states a net that is not amount less fee, by 0.50.
    assert (each["sum"], each["payout"], each["residual"]) == ("81.88", "41.90", "-39.98")
    rows = table(out, "exceptions", "code, place, amount")
    assert ("row_not_footed", "payouts_transactions.json:5", "-0.50") in rows
    assert report["exceptions"]["counts"] == {
        "lines_missing": 5,
        "not_footed": 1,
        "row_not_footed": 1,
    }
    assert table(out, "lines", "count(*), sum(minor_units)") == [(50, 8188 - 4190)]
