# SPDX-License-Identifier: Apache-2.0
"""Made-up refund rates and exchange rates, and labelled so where a table has room for it."""

from __future__ import annotations

from datetime import date, timedelta

from entrepot.pipelines.sample.goods import (
    CHANGED,
    CURRENCIES,
    FULL,
    GAP,
    GOODS,
    MORE_CURRENCIES,
    NONE,
    REDUCED,
)
from entrepot.pipelines.sample.ground import Ground, rate

_SOURCE = "made up for the sample"


def make_refund_rates(ground: Ground) -> None:
    """Write `refund_rates` and keep `rates`: one row per HS code and period, per ten thousand.

    Some HS codes change their rate on a day in the season; one is not refunded; one has no rate in
    force for some months, as happens when a code was split and the list was not kept up.
    """
    start = date(ground.as_of.year - 8, 1, 1)
    changed = ground.as_of - timedelta(213)
    gap_from, gap_to = ground.as_of - timedelta(390), ground.as_of - timedelta(220)
    periods: dict[str, list[tuple[date, date | None, int]]] = {
        FULL: [(start, None, 1300)],
        REDUCED: [(start, None, 900)],
        CHANGED: [(start, changed, 1300), (changed, None, 900)],
        NONE: [(start, None, 0)],
        GAP: [(start, gap_from, 1300), (gap_to, None, 1300)],
    }
    sold = ground.connection.execute("SELECT DISTINCT hs_code FROM articles").fetchall()
    codes = {code for (code,) in sold}
    ground.keep(
        "rates",
        [
            {
                "hs_code": good.hs_code,
                "valid_from": valid_from,
                "valid_to": valid_to,
                "per_myriad": per_myriad,
            }
            for good in GOODS
            if good.hs_code in codes
            for valid_from, valid_to, per_myriad in periods[good.rate]
        ],
    )
    ground.run("ALTER TABLE rates ALTER valid_to TYPE DATE")  # it may hold nothing but nulls
    ground.write(
        "refund_rates",
        f"""
        SELECT hs_code, valid_from, valid_to, {rate("per_myriad")} AS refund_rate,
            '{_SOURCE}' AS source
        FROM rates ORDER BY hs_code, valid_from
        """,
    )


def worth_of(currency: str) -> int:
    """What a unit of `currency` is worth in the sample, in ten-thousandths of a CNY."""
    return (CURRENCIES | MORE_CURRENCIES).get(currency, 10000)


def make_fx_rates(ground: Ground) -> None:
    """Write `fx_rates`: one row per day and currency that the season uses, wandering a little."""
    used = ground.connection.execute(
        f"""
        SELECT currency FROM {ground.read("sales")}
        UNION SELECT fob_currency FROM {ground.read("declarations")}
        """
    ).fetchall()
    ((first,),) = ground.connection.execute(
        f"SELECT least(min(exported_on), DATE '{ground.first_day}') FROM "
        f"{ground.read('declarations')} WHERE exported_on > DATE '{ground.as_of}' - 1000"
    ).fetchall()
    start = (first or ground.first_day) - timedelta(30)
    rows: list[dict[str, object]] = []
    for currency in sorted({currency for (currency,) in used}):
        if currency == "CNY":
            continue
        # Millionths of a CNY; a step of up to a thousandth a day, pulled back to where it began.
        middle = worth_of(currency) * 100
        now = middle
        for number in range((ground.as_of - start).days + 1):
            on = start + timedelta(number)
            if on.weekday() < 5:
                step = ground.chance.draw(2001, f"fx {currency}", (on - date(2000, 1, 1)).days)
                now += (step - 1000) * middle // 400_000 + (middle - now) // 40
            rows.append({"on": on, "currency": currency, "millionths": max(now, 1)})
    if not rows:
        rows = [{"on": ground.as_of, "currency": "USD", "millionths": worth_of("USD") * 100}]
    ground.keep("exchange", rows)
    ground.write(
        "fx_rates",
        """
        SELECT "on", currency,
            (millionths::DECIMAL(12, 0) * 0.000001)::DECIMAL(18, 6) AS cny_per_unit
        FROM exchange ORDER BY "on", currency
        """,
    )
