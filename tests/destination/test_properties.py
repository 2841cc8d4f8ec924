# SPDX-License-Identifier: Apache-2.0
"""Random seasons against a slow, obvious reckoning that shares nothing with the statements."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from entrepot.destination.filing import Lost
from entrepot.destination.periods import Period
from tests.destination.kit import channel, firm, made_out, registration

#: A season is slow to make smaller; what failed is kept and tried first.
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
START = date(2026, 6, 20)
PERIOD = Period("days", "days", date(2026, 6, 25), date(2026, 7, 5))
RATES = {"DE": 1900, "FR": 2000, "FI": 2550, "GB": 2000}
PLACES = {"D": "DE", "C": "CN", "G": "GB", "X": ""}
FX = {"EUR": 8_123_457, "GBP": 9_345_671, "USD": 7_111_113}
CHANNELS = {
    "in": ("with_vat", "firm"), "on": ("without_vat", "by_limit"), "mp": ("with_vat", "marketplace")
}  # fmt: skip
FIRM = firm(
    warehouses={name: country for name, country in PLACES.items() if country},
    channels=tuple(channel(name, *said) for name, said in CHANNELS.items()),
    registrations=(
        registration("local"),
        registration("union_oss", currency="GBP"),
        registration("ioss", "IE", until=date(2026, 7, 1)),
        registration("uk", "GB", "GBP"),
    ),
    outside=("US",),
)
LINES = st.lists(
    st.tuples(
        st.sampled_from(["in", "on", "mp", "no"]),
        st.integers(1, 4),  # order
        st.integers(0, 20),  # day
        st.sampled_from([*PLACES]),
        st.sampled_from([*RATES, "US", "EL"]),
        st.sampled_from([*FX]),
        st.integers(1, 7),  # quantity
        st.one_of(st.integers(-2_000, 30_000), st.integers(-(10**12), 10**12)),
        st.lists(st.tuples(st.integers(1, 3), st.integers(-2, 12)), max_size=3),
    ),
    max_size=25,
)


def away(value: Fraction) -> int:
    """Half away from zero."""
    rounded = (abs(value) * 2 + 1) // 2
    return int(rounded if value >= 0 else -rounded)


def priced(line: dict[str, Any]) -> tuple[int, int]:
    """VAT and net where VAT is charged."""
    rate, amount = RATES[line["destination"]], line["amount"]
    if CHANNELS[line["channel"]][0] == "with_vat":
        vat = away(Fraction(amount * rate, 10_000 + rate))
        return vat, amount - vat
    return away(Fraction(amount * rate, 10_000)), amount


def scheme(line: dict[str, Any], together: list[dict[str, Any]]) -> str:
    to, came_from = line["destination"], PLACES[line["warehouse"]]
    if line["channel"] == "no":
        return "open"
    if to == "US":
        return "outside"
    if not came_from or to == "EL":
        return "open"
    collects = CHANNELS[line["channel"]][1]
    is_uk = to == "GB"
    if (is_uk and came_from != "GB") or (not is_uk and came_from != "DE"):
        top, currency = (135, "GBP") if is_uk else (150, "EUR")
        value = sum(Fraction(priced(each)[1] * FX[each["currency"]]) for each in together)
        if value > top * 100 * FX[currency]:
            return "import"
        if collects != "firm":
            return "marketplace"
        if is_uk:
            return "uk"
        return "ioss" if line["shipped_on"] < date(2026, 7, 1) else "import"
    if collects == "marketplace":
        return "marketplace"
    return "uk" if is_uk else "local" if to == came_from else "union_oss"


def season(drawn: list[Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    sales, returns = [], []
    for at, (name, order, day, place, to, currency, units, amount, back) in enumerate(drawn):
        sales.append(
            {"channel": name, "order_no": str(order), "line_no": at, "warehouse": place,
             "shipped_on": START + timedelta(day), "sku": f"S{at % 3}", "quantity": units,
             "amount": amount, "currency": currency, "destination": to}
        )  # fmt: skip
        left = units
        for number, (some, after) in enumerate(back):
            if some <= left:
                left -= some
                returns.append(
                    {"return_no": f"{at}-{number}", "line_no": 0, "channel": name,
                     "order_no": str(order), "order_line_no": at, "warehouse": place,
                     "returned_on": START + timedelta(day + after), "quantity": some,
                     "outcome": "restocked"}
                )  # fmt: skip
    return sales, returns


def reckoned(sales: list[dict[str, Any]], returns: list[dict[str, Any]]) -> dict[Any, Any]:
    """Scheme, gross, net and VAT of every line of the period, by line and return."""
    together = defaultdict(list)
    for line in sales:
        parcel = ("channel", "order_no", "warehouse", "shipped_on", "destination")
        together[tuple(line[name] for name in parcel)].append(line)
    found: dict[Any, Any] = {}
    for group in together.values():
        for line in group:
            named, amount = scheme(line, group), line["amount"]
            charged = named not in ("open", "outside", "import")
            vat = priced(line)[0] if charged else 0
            key, is_in = line["line_no"], PERIOD.first <= line["shipped_on"] <= PERIOD.last
            if is_in:
                found[key, None] = (named, *split(line, named, amount, vat))
            mine = [
                (max(each["returned_on"], line["shipped_on"] + timedelta(1)), each)
                for each in returns
                if each["order_line_no"] == key
            ]
            ends = line["quantity"]
            for day, each in sorted(mine, key=lambda one: (one[0], one[1]["return_no"])):
                starts = ends - each["quantity"]
                parts = [
                    away(Fraction(of * starts, line["quantity"]))
                    - away(Fraction(of * ends, line["quantity"]))
                    for of in (amount, vat)
                ]
                if PERIOD.first <= day <= PERIOD.last:
                    found[key, each["return_no"]] = (named, *split(line, named, *parts))
                ends = starts
    return found


def split(line: dict[str, Any], named: str, amount: int, vat: int) -> tuple[Any, Any, Any]:
    if named == "open":
        return amount, None, None
    with_vat = CHANNELS[line["channel"]][0] == "with_vat"
    return (amount, amount - vat, vat) if with_vat else (amount + vat, amount, vat)


@settings(max_examples=15, deadline=None, phases=NO_SHRINKING)
@given(LINES)
def test_every_line_comes_out_as_reckoned_by_hand(drawn):
    sales, returns = season(drawn)

    made = made_out(
        FIRM,
        PERIOD,
        sales=sales,
        returns=returns,
        products=[{"sku": f"S{at}", "name": "x", "hs_code": f"85167{at}0000"} for at in range(3)],
        fx_rates=[
            {"on": START + timedelta(day), "currency": currency, "cny_per_unit": rate}
            for day in range(40)
            for currency, rate in FX.items()
        ],
    )

    lines = {
        (each["line_no"], each["return_no"]): tuple(
            each[name] for name in ("scheme", "gross", "net", "vat")
        )
        for each in made["entries"]
    }
    assert lines == reckoned(sales, returns)
    assert sum(each["lines"] for each in made["destination_filing"]) == len(lines)
    assert sum(each["vat"] or 0 for each in made["destination_filing"]) == sum(
        vat or 0 for *_, vat in lines.values()
    )
    for each in made["entries"]:
        if each["filed_by"] == "firm":
            rate = Fraction(FX[each["currency"]], FX[each["filed_currency"]])
            assert each["filed_vat"] == away(each["vat"] * rate)


@pytest.mark.parametrize(
    "spoilt",
    [
        "UPDATE entries SET vat = vat + 1",
        "UPDATE entries SET vat = vat + 1, net = net - 1",
        "UPDATE destination_filing SET net = net + 1",
        "DELETE FROM entries WHERE line_no = 1",
        "DELETE FROM destination_filing",
        "INSERT INTO entries BY NAME SELECT * FROM entries",
        "UPDATE sales SET amount = amount + 1",
    ],
)
def test_the_proof_notices_a_cent_and_a_line(spoilt):
    drawn = [("in", 1, 6, "D", "DE", "EUR", 2, 11_900, [(1, 3)]) for _ in range(2)]
    sales, returns = season(drawn)

    with pytest.raises(Lost):
        made_out(FIRM, PERIOD, spoilt=spoilt, sales=sales, returns=returns)
