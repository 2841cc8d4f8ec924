# SPDX-License-Identifier: Apache-2.0
"""Works out the VAT refund position from single units.

The second half of the simulation: it looks at what has become of every declared unit and at the
claims filed, one declaration item after the other.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oracle.simulation import Reports, Season, Unit

Row = dict[str, Any]

SETTLED = {
    "confirmation": "confirmed",
    "reversal": "reversed",
    "recovery": "recovered",
    "repayment": "repaid",
}


@dataclass
class Item:
    """One declaration item: its lines by SKU, its units, its claims, and what they come to in fen.

    `rates`: the refund rate of each SKU, None where none is in force.
    """

    key: tuple[str, int]
    lines: list[Row]
    units: list[Unit]
    claims: list[Row]
    rates: dict[str, Decimal | None]

    @property
    def mode(self) -> str:
        return self.lines[0]["mode"]

    @property
    def exported_on(self) -> date:
        return self.lines[0]["exported_on"]

    @property
    def sold_at_export(self) -> bool:
        return bool(self.lines[0].get("sold_at_export"))

    @property
    def refund_rate(self) -> Decimal | None:
        """The lowest rate of its SKUs; None where one has none."""
        rates = list(self.rates.values())
        return None if None in rates else min(rates)

    @property
    def treatment(self) -> str:
        if self.mode == "9610" and self.lines[0].get("statistics_flag") == "A":
            return "exempt"
        return "none" if self.refund_rate == 0 else "refund"

    @property
    def covered(self) -> list[Unit]:
        """The units that an invoice pays for."""
        return [unit for unit in self.units if unit.invoice is not None]

    def standing(self, standing: str) -> list[Unit]:
        """The units that are sold, unsold or other for the tax."""
        return [unit for unit in self.units if self.stands(unit) == standing]

    def stands(self, unit: Unit) -> str:
        """Whether a unit is sold, unsold or other for the tax."""
        if self.mode == "9810" and not self.sold_at_export:
            if unit.fate == "sold":
                return "sold"
            return "unsold" if unit.fate in ("unsold", "in_transit") else "other"
        return "other" if unit.fate == "sent_home" else "sold"

    def refundable(self, units: list[Unit]) -> int | None:
        """Fen of refund on these units: one rounding per invoice line; None without a rate."""
        if self.refund_rate is None:
            return None
        if self.treatment == "exempt":
            return 0
        per_invoice_line: defaultdict[tuple[str, int], Fraction] = defaultdict(Fraction)
        for unit in units:
            if unit.invoice is not None:
                rate = min(self.rates[unit.sku], unit.invoice["vat_rate"])
                invoice_line = unit.invoice["invoice_no"], unit.invoice["line_no"]
                per_invoice_line[invoice_line] += unit.fen * Fraction(rate)
        return sum(half_away(amount) for amount in per_invoice_line.values())

    @property
    def difference(self) -> int | None:
        """Fen still to be claimed (+) or paid back (-); None without a rate."""
        on_sold = self.refundable(self.standing("sold"))
        return None if on_sold is None else on_sold - self.advanced - self.claimed

    @property
    def advanced(self) -> int:
        """Fen of all claims that are not ordinary."""
        return sum(fen(claim["amount"]) for claim in self.claims if claim["kind"] != "ordinary")

    @property
    def claimed(self) -> int:
        """Fen of the ordinary claims."""
        return sum(fen(claim["amount"]) for claim in self.claims if claim["kind"] == "ordinary")

    def settlements(self, advance: Row) -> list[Row]:
        """The claims that settle an advance, the earliest first."""
        found = [claim for claim in self.claims if claim["of_claim"] == advance["claim_no"]]
        return sorted(found, key=lambda claim: (claim["filed_on"], claim["claim_no"]))

    @property
    def advances(self) -> list[Row]:
        return [claim for claim in self.claims if claim["kind"] == "advance"]

    @property
    def open_advances(self) -> list[Row]:
        return [advance for advance in self.advances if not self.settlements(advance)]


def refund_position(
    season: Season,
    declared: list[Unit],
    as_of: date,
    filing_days: dict[int, date],
    reports: Reports,
) -> tuple[list[Row], list[Row]]:
    """The rows of refunds and of advances; what does not fit goes to `reports`."""
    refunds, advances = [], []
    for item in items(season, declared):
        report_faults(item, reports)
        rows = [advance_row(item, advance, as_of, filing_days) for advance in item.advances]
        report_advances(item, rows, reports)
        refunds.append(refund_row(item, [row["state"] for row in rows], as_of))
        advances.extend(rows)
    advances.sort(key=lambda row: (row["claim_no"], row["declaration_no"], row["item_no"]))
    return refunds, advances


def items(season: Season, declared: list[Unit]) -> list[Item]:
    """Every declaration item, by declaration and item number."""
    keys = sorted({item_key(row) for row in season["declarations"]})
    found = []
    for key in keys:
        lines = [row for row in season["declarations"] if item_key(row) == key]
        lines.sort(key=lambda row: row["sku"])
        units = [unit for unit in declared if item_key(unit.declaration) == key]
        claims = [claim for claim in season["refund_claims"] if item_key(claim) == key]
        rates = {row["sku"]: rate_in_force(season, row["sku"], row["exported_on"]) for row in lines}
        found.append(Item(key, lines, units, claims, rates))
    return found


def rate_in_force(season: Season, sku: str, day: date) -> Decimal | None:
    """The refund rate of an article on a day; `valid_to` is the first day no longer in force."""
    hs_code = next(row["hs_code"] for row in season["products"] if row["sku"] == sku)
    for rate in season["refund_rates"]:
        begun = rate["hs_code"] == hs_code and rate["valid_from"] <= day
        if begun and (rate["valid_to"] is None or day < rate["valid_to"]):
            return rate["refund_rate"]
    return None


def refund_row(item: Item, advance_states: list[str], as_of: date) -> Row:
    """The refunds row of an item."""
    declaration_no, item_no = item.key
    rate = item.refund_rate
    return {
        "declaration_no": declaration_no,
        "item_no": item_no,
        "mode": item.mode,
        "exported_on": item.exported_on,
        "refund_rate": None if rate is None else rate.quantize(Decimal("0.0001")),
        "declared": len(item.units),
        "covered": len(item.covered),
        "sold": len(item.standing("sold")),
        "unsold": len(item.standing("unsold")),
        "other": len(item.standing("other")),
        "refundable": yuan(item.refundable(item.units)),
        "refundable_on_sold": yuan(item.refundable(item.standing("sold"))),
        "advanced": yuan(item.advanced),
        "claimed": yuan(item.claimed),
        "difference": yuan(item.difference),
        "open_advance": yuan(sum(fen(advance["amount"]) for advance in item.open_advances)),
        "treatment": item.treatment,
        "data_gap": data_gap(item),
        "state": item_state(item, advance_states, as_of),
        "claim_by": end_of_april_after(item.exported_on),
        "lapses_on": months_after(item.exported_on, 36),
    }


def data_gap(item: Item) -> str | None:
    """What is missing to work an item out in full."""
    if item.refund_rate is None:
        return "no_rate"
    if not item.covered:
        return "not_covered"
    return "partly_covered" if len(item.covered) < len(item.units) else None


def item_state(item: Item, advance_states: list[str], as_of: date) -> str:
    """What is to be done about an item: the first of these that fits."""
    if "overdue" in advance_states:
        return "overdue"
    if "confirm" in advance_states or "adjust" in advance_states:
        return "settle"
    if item.open_advances:
        return "waiting"
    difference = item.difference
    if difference is not None and difference < 0:
        return "pay_back"
    if difference is not None and difference > 0:
        if as_of > months_after(item.exported_on, 36):
            return "lapsed"
        if as_of > end_of_april_after(item.exported_on):
            return "late"
        return "claim"
    advanceable = item.mode == "9810" and not item.sold_at_export and item.treatment == "refund"
    if advanceable and any(item.stands(unit) == "unsold" for unit in item.covered):
        return "claim_advance"
    return "settled"


def advance_row(item: Item, advance: Row, as_of: date, filing_days: dict[int, date]) -> Row:
    """The advances row of an advance claim."""
    finished_on = advance["finished_on"]
    legal_until = None if finished_on is None else end_of_april_after(finished_on)
    settlements = item.settlements(advance)
    return {
        "claim_no": advance["claim_no"],
        "declaration_no": advance["declaration_no"],
        "item_no": advance["item_no"],
        "quantity": advance["quantity"],
        "amount": yuan(fen(advance["amount"])),
        "finished_on": finished_on,
        "reconcile_from": None if finished_on is None else first_of_next_month(finished_on),
        "legal_until": legal_until,
        "file_by": None if legal_until is None else filing_days.get(legal_until.year),
        "settled_by": settlements[0]["claim_no"] if settlements else None,
        "state": advance_state(item, settlements, legal_until, as_of),
    }


def advance_state(item: Item, settlements: list[Row], legal_until: date | None, as_of: date) -> str:
    """Where an advance stands: the first of these that fits. Not finished: no `legal_until`."""
    if legal_until is None:
        return "pending"
    if settlements:
        return SETTLED[settlements[0]["kind"]]
    if as_of > legal_until:
        return "overdue"
    if not item.standing("unsold"):
        if item.difference is None:
            return "waiting"
        return "confirm" if item.difference == 0 else "adjust"
    if (as_of.year, as_of.month) == (legal_until.year, 4):
        return "adjust"
    return "waiting"


# --- What does not fit --------------------------------------------------------------------------


def report_faults(item: Item, reports: Reports) -> None:
    """Report lines without a rate, and more claimed than invoices cover."""
    for row in item.lines:
        if item.rates[row["sku"]] is None:
            key = (*item.key, row["sku"])
            reports.add("no_rate", "declarations", key, row["exported_on"], row["quantity"])
    claimed = 0
    for claim in item.claims:
        if claim["kind"] in ("ordinary", "advance"):
            claimed += claim["quantity"]
        elif claim["kind"] in ("reversal", "recovery", "repayment"):
            claimed -= claim["quantity"]
    excess = claimed - len(item.covered)
    if excess > 0:
        reports.add("claimed_beyond_covered", "declarations", item.key, item.exported_on, excess)


def report_advances(item: Item, rows: list[Row], reports: Reports) -> None:
    """Report overdue advances, and finished open ones whose filing day is unknown."""
    open_claims = {advance["claim_no"] for advance in item.open_advances}
    for row in rows:
        about = (row["claim_no"], *item.key), row["legal_until"], row["quantity"]
        if row["state"] == "overdue":
            reports.add("advance_overdue", "refund_claims", *about)
        finished_and_open = row["finished_on"] is not None and row["claim_no"] in open_claims
        if finished_and_open and row["file_by"] is None:
            reports.add("filing_day_unknown", "refund_claims", *about)


# --- Days, keys and money -----------------------------------------------------------------------


def first_of_next_month(day: date) -> date:
    """The first day of the month after `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def end_of_april_after(day: date) -> date:
    """30 April of the year after `day`."""
    return date(day.year + 1, 4, 30)


def months_after(day: date, months: int) -> date:
    """The same day of the month, `months` later; the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def item_key(row: Row) -> tuple[str, int]:
    """The declaration item a row is about."""
    return row["declaration_no"], row["item_no"]


def fen(amount: Decimal) -> int:
    """An amount with two places as whole fen."""
    return int(amount * 100)


def yuan(amount: int | None) -> Decimal | None:
    """Whole fen as an amount with two places."""
    return None if amount is None else Decimal(amount).scaleb(-2)


def half_away(number: Fraction) -> int:
    """The nearest whole number, the one farther from zero where two are equally near."""
    size = floor(abs(number) + Fraction(1, 2))
    return size if number >= 0 else -size
