# SPDX-License-Identifier: Apache-2.0
"""The accountants' cases, each made out by itself."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from entrepot.destination.periods import Period, period_of
from tests.destination.kit import OPEN_END, channel, firm, made_out, registration

GIVEN = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "destination_vat.toml").read_text(encoding="utf-8")
)
CASES, PLAIN = GIVEN["case"], GIVEN["plain"]
ASKED = {
    *PLAIN, "lines", "returns", "own_rates", "fx", "rates", "period", "outside", "established",
    "below_threshold", "consignment_value", "exchange_on", "as_of",
}  # fmt: skip
ANSWERED = {"scheme", "rate", "net", "vat", "filed_net", "filed_vat", "open", "reason", "notes"}
SAID = ("established", "below_threshold", "consignment_value", "exchange_on")


def whole(amount: str, places: int = 2) -> int:
    return int(Decimal(amount).scaleb(places))


def period(case: dict[str, Any]) -> Period:
    name = case.get("period", f"{case['day']:%Y-%m}")
    return period_of(*(("", name) if "Q" in name else (name, "")), None, None)


def registered(said: str) -> Any:
    scheme, state, currency, *since = said.split()
    return registration(scheme, state, currency, date.fromisoformat((since or ["2000-01-01"])[0]))


def outcome(case: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    shared = {"channel": "shop", "order_no": "A"}
    sales = [
        {**shared, "line_no": at, "shipped_on": case["day"], "warehouse": "W", "quantity": units,
         "amount": whole(price), "currency": case["currency"], "destination": case["to"],
         "sku": (sku or ["SKU"])[0]}
        for at, (units, price, *sku) in enumerate(case["lines"], 1)
    ]  # fmt: skip
    returns = [
        {**shared, "return_no": f"R{at}", "line_no": 1, "order_line_no": line, "returned_on": day,
         "warehouse": "W", "quantity": units, "outcome": "restocked"}
        for at, (line, units, day) in enumerate(case.get("returns", []))
    ]  # fmt: skip
    said = firm(
        warehouses={"W": case["from"]},
        channels=(channel(prices=case["prices"], collects=case["collects"]),),
        registrations=tuple(registered(each) for each in case["registrations"]),
        outside=tuple(case.get("outside", ())),
        exchange_rates=Path("rates.csv") if "rates" in case else None,
        **{key: case[key] for key in SAID if key in case},
    )
    return made_out(
        said,
        period(case),
        case.get("as_of", OPEN_END),
        sales=sales,
        returns=returns,
        products=[{"sku": "SKU", "name": "Kettle", "hs_code": "8516791000"}],
        fx_rates=[
            {"on": on, "currency": currency, "cny_per_unit": whole(rate, 6)}
            for on, currency, rate in case.get("fx", [])
        ],
        exchange_rates=[
            {"on": on, "base": base, "currency": currency, "units": whole(units, 6)}
            for on, base, currency, units in case.get("rates", [])
        ],
        own_rates=[
            {"sku": sku, "destination": to, "valid_from": on, "rate": whole(rate, 4), "source": "x"}
            for sku, to, on, rate in case.get("own_rates", [])
        ],
    )


@pytest.mark.parametrize("name", CASES)
def test_a_case_comes_out_as_the_accountant_says(name):
    assert not CASES[name].keys() - ASKED - ANSWERED, "a word that no case has"
    case = {**PLAIN, **CASES[name]}

    found = outcome(case)
    lines = found["entries"]

    assert {each["scheme"] for each in lines} == {case["scheme"]}
    if "rate" in case:
        assert {each["rate"] for each in lines} == {whole(case["rate"], 4)}
    for column in ("net", "vat", "filed_net", "filed_vat"):
        if column in case:
            assert sum(each[column] for each in lines) == whole(case[column]), column
            assert sum(each[column] for each in found["destination_filing"]) == whole(case[column])
    reason = case.get("open", case.get("reason"))
    assert reason is None or {each["reason"] for each in lines} == {reason}
    codes = {each["code"] for each in found["exceptions"]}
    # Most cases are of a month, which is not the period of every scheme.
    codes -= {"period_differs"} - {*case.get("notes", ())}
    assert codes == {*case.get("notes", ()), *([case["open"]] if "open" in case else ())}
    assert all(each["reason_zh"] and each["reason_en"] for each in found["reasons"])
