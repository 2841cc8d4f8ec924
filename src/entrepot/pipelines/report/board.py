# SPDX-License-Identifier: Apache-2.0
"""The measure board: what a season shows for each of the fifteen measures, and what it does not.

Nothing is inferred: a measure of which the season says nothing has no facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from entrepot.packs.read import read
from entrepot.pipelines.due import COLLECT
from entrepot.pipelines.report.few import share

MEASURES = "cn/measures"
#: What a fact's value is: a number of things, units, CNY, amounts by currency, days, percent.
KINDS = ("count", "units", "money", "amounts", "days", "percent", "day")
#: What no season tells about each measure.
MISSING = {
    1: "clusters",
    2: "firm_services",
    3: "fairs",
    4: "associations",
    5: "loans",
    6: "receipts",
    7: "chain_finance",
    8: "warehouse_funds",
    9: "transport",
    10: "establishments",
    11: "loading_inspection",
    12: "data_transfer",
    13: "standards",
    14: "other_compliance",
    15: "cooperation",
}
Figures = Mapping[str, Any]
Fact = dict[str, Any]


def measure_board(figures: Figures) -> list[dict[str, Any]]:
    """One row per measure: number, facts (what, kind, value, section, is_duty), missing.

    Args:
        figures: the other figures of the report, which the facts are taken from.
    """
    return [
        {
            "number": row.whole("number"),
            "facts": _FACTS[row.whole("number")](figures) if row.whole("number") in _FACTS else [],
            "missing": MISSING[row.whole("number")],
        }
        for row in read(MEASURES).rows
    ]


def _fact(what: str, kind: str, value: Any, section: str = "", *, is_duty: bool = False) -> Fact:
    return {"what": what, "kind": kind, "value": value, "section": section, "is_duty": is_duty}


def _industries(f: Figures) -> list[Fact]:
    bought, counts = f["purchasing"], f["counts"]
    return [
        _fact("suppliers", "count", bought["suppliers"]),
        _fact("supplier_districts", "count", bought["districts"]),
        _fact("bought", "money", bought["net_amount"]),
        _fact("exported_skus", "count", counts["skus"]),
        _fact("channels", "count", counts["channels"]),
    ]


def _financing(f: Figures) -> list[Fact]:
    stock, overseas = f["stock"], f["overseas"]
    on_hand = stock["on_hand"]["total"]
    return [
        _fact("cost_on_hand", "money", on_hand["cost"], "stock"),
        _fact("proven", "percent", share(f["counts"]["proven_on_hand"], on_hand["units"])),
        _fact("cost_in_transit", "money", stock["in_transit"]["total"]["cost"], "stock"),
        _fact("claims_pending", "money", overseas["pending"]),
        _fact("to_claim", "money", overseas["to_claim"], "calendar", is_duty=True),
        _fact("open_advance", "money", f["refund"]["open_advance"], "calendar", is_duty=True),
    ]


def _settlement(f: Figures) -> list[Fact]:
    facts = [_fact("sold_in", "amounts", f["sales"]["amounts"], "sales")]
    if sums := f.get("money"):
        facts += [
            _fact(fact, "amounts", {currency: each[name] for currency, each in sums.items()})
            for fact, name in (
                ("settled_in", "settled"),
                ("paid_out_in", "paid_out"),
                ("open_in", "open"),
            )
        ]
    return facts + [_exchange(row) for row in f["collection"]["rows"] if row["state"] in COLLECT]


def _exchange(row: Figures) -> Fact:
    """What is missing by a day; where that is not known, the declared values."""
    if row["missing"] is None:
        fact = _fact("exchange_unknown", "amounts", row["fob_amounts"], "calendar", is_duty=True)
    else:
        fact = _fact("exchange_due", "money", row["missing"], "calendar", is_duty=True)
    return fact | {"by": row["by"]}


def _supply_chain(f: Figures) -> list[Fact]:
    bought = f["purchasing"]
    return [
        _fact("invoice_lines", "count", bought["lines"]),
        _fact("covered", "percent", share(bought["covered"], bought["declared"])),
        _fact("linked", "percent", share(bought["linked"], bought["declared"])),
        _fact("sold_cost", "money", f["counts"]["sold_cost"]),
    ]


def _warehouses(f: Figures) -> list[Fact]:
    on_hand, overseas = f["stock"]["on_hand"]["total"], f["overseas"]
    return [
        _fact("warehouses", "count", f["counts"]["warehouses"]),
        _fact("warehouse_countries", "count", f["counts"]["warehouse_countries"]),
        _fact("units_on_hand", "units", on_hand["units"], "stock"),
        _fact("cost_on_hand", "money", on_hand["cost"], "stock"),
        _fact("overseas_items", "count", overseas["items"]),
        _fact("overseas_refundable", "money", overseas["refundable_on_sold"]),
        _fact("overseas_advanced", "money", overseas["advanced"]),
        _fact("overseas_claimed", "money", overseas["claimed"]),
        _fact("open_advance", "money", overseas["open_advance"], "calendar", is_duty=True),
    ]


def _logistics(f: Figures) -> list[Fact]:
    facts = [
        _fact("declarations", "count", f["counts"]["declarations"]),
        _fact("units_in_transit", "units", f["stock"]["in_transit"]["total"]["units"], "stock"),
    ]
    if f["lead"]["all"]:
        facts += [
            _fact("lead_median", "days", f["lead"]["all"]["median"], "movement"),
            _fact("lead_ninth", "days", f["lead"]["all"]["ninth"], "movement"),
        ]
    return facts


def _abroad(f: Figures) -> list[Fact]:
    return [
        _fact("countries_exported", "count", f["counts"]["countries"]),
        _fact("countries_sold", "count", f["sales"]["all"], "sales"),
    ]


def _supervision(f: Figures) -> list[Fact]:
    facts = [
        _fact("mode", "count", row["items"], "movement") | {"mode": row["mode"]}
        for row in f["modes"]
    ]
    facts.append(_fact("sent_home", "units", f["units"].get("sent_home", 0)))
    return facts


def _data(f: Figures) -> list[Fact]:
    return [
        _fact("files_hashed", "count", len(f["inputs"]), "appendix"),
        _fact("rows_read", "count", sum(each["rows"] for each in f["inputs"])),
        _fact("tables_digested", "count", len(f["outputs"]), "appendix"),
    ]


def _compliance(f: Figures) -> list[Fact]:
    lines = f["calendar"]["lines"]
    overdue = [
        line
        for line in lines
        if line["urgency"] == "late" and not line["what"].startswith("collect.")
    ]
    sums = f["documents"]["sums"]
    facts = [
        _fact("exceptions", "count", sum(r["rows"] for r in f["exceptions"]), "exceptions"),
        _fact("days_passed", "count", sum(r["lines"] for r in overdue), "calendar", is_duty=True),
    ]
    if "missing" in sums:
        claims = sums["missing"]["claims"]
        facts.append(_fact("documents_missing", "count", claims, "evidence", is_duty=True))
    waiting = sums.get("waiting", {"claims": 0})["claims"]
    facts.append(_fact("documents_waiting", "count", waiting, "evidence", is_duty=True))
    proofs = sum(row["lines"] for row in f["proofs"]["days"])
    facts.append(_fact("proofs_waiting", "count", proofs, "evidence", is_duty=True))
    return facts


_FACTS: dict[int, Callable[[Figures], list[Fact]]] = {
    1: _industries,
    5: _financing,
    6: _settlement,
    7: _supply_chain,
    8: _warehouses,
    9: _logistics,
    10: _abroad,
    11: _supervision,
    12: _data,
    14: _compliance,
}
