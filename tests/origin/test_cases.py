# SPDX-License-Identifier: Apache-2.0
"""The brokers' cases. Each is a product of its own, with a chapter of rules of its own run."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.origin.kit import DAY, MATERIAL, PRODUCT, judged

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "origin.toml").read_text(encoding="utf-8")
)["case"]
FIELDS = ("hs_code", "made_in", "judged_on", "weight_g", "wholly_obtained")
KNOWN = {
    *FIELDS, "fob", "labour", "overhead", "profit", "other_costs", "rules", "rate", "materials",
    "verdict", "criteria", "de_minimis", "missing", "build_down", "build_up",
}  # fmt: skip


def whole(amount: str, places: int = 2) -> int:
    return int(Decimal(amount).scaleb(places))


def rows_of(name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    case = CASES[name]
    assert not case.keys() - KNOWN, "a word that no case has"
    product = {**PRODUCT, **{key: case[key] for key in FIELDS if key in case}, "product": name}
    for key in ("fob", "labour", "overhead", "profit", "other_costs"):
        if key in case:
            product[key] = whole(case[key])
    materials = []
    for place, (hs_code, origin, proof, value, *more) in enumerate(case["materials"], 1):
        row = {**MATERIAL, "product": name, "line_no": place, "hs_code": hs_code}
        row |= {"origin": origin or None, "proof": proof or None, "value": whole(value)}
        for each in more:
            row["weight_g" if isinstance(each, int) else "currency"] = each
        materials.append(row)
    return product, materials


@cache
def answers() -> dict[str, dict[str, Any]]:
    """All cases whose rules and rates are the same, judged in one go."""

    def alike(name: str) -> tuple[Any, ...]:
        return tuple(CASES[name].get("rules", [])), CASES[name].get("rate", "")

    found: dict[str, dict[str, Any]] = {}
    for (rules, rate), names in groupby(sorted(CASES, key=alike), key=alike):
        given = [rows_of(name) for name in names]
        codes = {product["hs_code"][:2] for product, _ in given}
        results = judged(
            [product for product, _ in given],
            [row for _, rows in given for row in rows],
            [
                {
                    "hs_code": code,
                    "rule": rule,
                    "valid_from": DAY.replace(2022, 1),
                    "source": "case",
                }
                for code in codes
                for rule in rules
            ],
            [{"on": DAY, "currency": "USD", "cny_per_unit": whole(rate, 6)}] if rate else [],
        )
        for row in results["verdicts"]:
            lacks = {r["code"] for r in results["missing"] if r["product"] == row["product"]}
            found[row["product"]] = {**row, "missing": lacks}
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_judged_as_the_broker_says(name):
    case, found = CASES[name], answers()[name]

    assert found["verdict"] == case["verdict"]
    assert (found["criteria"] or "") == case.get("criteria", "")
    assert bool(found["de_minimis"]) == case.get("de_minimis", False)
    assert found["missing"] >= set(case.get("missing", []))
    for way in ("build_down", "build_up"):
        if way in case:
            assert found[f"{way}_percent"] == case[way]
