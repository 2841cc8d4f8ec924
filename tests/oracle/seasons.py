# SPDX-License-Identifier: Apache-2.0
"""Makes random seasons that no check refuses and that are as awkward as they can be.

Few days, few numbers, few articles and few units, so that everything ties, collides and runs out:
goods sold before they came, returned before they were sold, sold and returned again, received
twice, too early or elsewhere, moved to and fro; invoices, rates and whole columns missing; claims
of every kind.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.oracle.banks import draw_bank
from tests.oracle.collecting import draw_collections
from tests.oracle.costs import draw_costs
from tests.oracle.money import draw_money
from tests.oracle.refunds import months_after
from tests.oracle.simulation import Row, Season, simulate

T = TypeVar("T")

#: Numbers whose order by code point is not their order by value, in a dictionary, or in UTF-16.
NUMBERS = ("R1", "R10", "R2", "Z", "a", "r1", "é", "\uff83", "\U00020bb7")
SKUS = ("S1", "S10", "é")
WAREHOUSES = ("DUI1", "DUI10", "é")
CHANNELS = ("B", "a")
HS_CODES = ("0000000001", "9503008900")
SUPPLIERS = ("91110000600037341L", "914403001922038216")
MODES = ("9810", "9810", "9810", "9610", "9710", "1210", "0110")
VAT_RATES = (Decimal("0.1300"), Decimal("0.0300"), Decimal("0.0100"))
REFUND_RATES = (Decimal("0.1300"), Decimal("0.0900"), Decimal("0.0000"), Decimal("0.0001"))
#: First days of a season: before a leap day, across the end of a year, before the end of April.
BEGINS = (date(2024, 2, 27), date(2024, 12, 29), date(2025, 4, 27))
DAYS = 7
#: What makes a row of each table one of its kind.
KEYS = {
    "products": ("sku",),
    "purchases": ("invoice_no", "line_no", "sku"),
    "declarations": ("declaration_no", "item_no", "sku"),
    "invoice_links": ("declaration_no", "item_no", "invoice_no", "line_no", "sku"),
    "receipts": ("receipt_no", "line_no"),
    "transfers": ("transfer_no", "line_no"),
    "sales": ("channel", "order_no", "line_no"),
    "returns": ("return_no", "line_no"),
    "adjustments": ("adjustment_no", "line_no"),
    "refund_claims": ("claim_no", "declaration_no", "item_no"),
    "refund_rates": ("hs_code", "valid_from"),
    "fx_rates": ("on", "currency"),
    "settlements": ("channel", "settlement_no", "line_no"),
    "payouts": ("channel", "settlement_no"),
    "costs": ("payee", "cost_no", "line_no"),
    "bank": ("account", "entry_no", "line_no"),
    "collections": ("declaration_no", "collection_no"),
    "collection_terms": ("declaration_no",),
    "cost_shares": ("payee", "cost_no", "line_no", "declaration_no", "item_no", "sku"),
}
SETTLING = ("reversal", "confirmation", "recovery", "repayment")


def season_toml(as_of: date) -> Row:
    """What stands in the season.toml of every season made here."""
    return {
        "name": "Random",
        "uscc": "91110000600037341L",
        "kind": "trading",
        "as_of": as_of,
        "schema": 6,
    }


@st.composite
def seasons(draw: Callable[[Any], Any]) -> tuple[Season, date]:
    """A season and the day it is closed on; shrinks towards fewer rows and the simplest values."""
    size = draw(st.integers(0, 6))
    return _Maker(lambda low, high: draw(st.integers(low, high)), size).season()


def random_season(rng: random.Random, size: int, as_of: date | None = None) -> tuple[Season, date]:
    """A season and the day it is closed on, of about `size` rows a table; 0: empty, 1: one row.

    `as_of` names that day; without it, it is drawn.
    """
    return _Maker(rng.randint, size, given_as_of=as_of, is_apart=True).season()


@dataclass
class _Maker:
    """Makes one season. `whole(low, high)` draws a whole number, both ends included."""

    whole: Callable[[int, int], int]
    size: int
    begin: date = BEGINS[0]
    as_of: date = BEGINS[0]
    places: Sequence[str] = WAREHOUSES
    tables: Season = field(default_factory=dict)
    given_as_of: date | None = None
    #: Money is drawn apart from the goods, so that it changes no goods of this or another season.
    is_apart: bool = False

    # --- Draws ---

    def one_of(self, values: Sequence[T]) -> T:
        return values[self.whole(0, len(values) - 1)]

    def chance(self, one_in: int) -> bool:
        """True once in `one_in` times; shrinks to False."""
        return self.whole(1, one_in) == one_in

    def day(self) -> date:
        return self.begin + timedelta(days=self.whole(0, DAYS - 1))

    def money(self) -> Decimal:
        """From 0.01 to 99.99; small ones are common, for they split and round worst."""
        return Decimal(self.whole(1, self.one_of((9, 9999)))).scaleb(-2)

    def number(self) -> str:
        return self.one_of(NUMBERS)

    def key(self, *parts: str) -> Row:
        """One of few keys: texts by name, `item_no` and every `line_no` a small whole number."""
        return {
            part: self.whole(0, 2) if part in ("line_no", "item_no") else self.number()
            for part in parts
        }

    def rows(self, table: str, at_most: int, make: Callable[[], Row | None]) -> None:
        """Make up to `at_most` rows; those that cannot be or whose key is taken are dropped."""
        key, taken = KEYS[table], set()
        self.tables[table] = []
        for _ in range(self.whole(0, at_most)):
            row = make()
            if row is not None and tuple(row[part] for part in key) not in taken:
                taken.add(tuple(row[part] for part in key))
                self.tables[table].append(row)

    def shuffled(self) -> None:
        """Turn the order of some tables round: the order of rows in a file means nothing."""
        for rows in self.tables.values():
            if self.chance(3):
                rows.reverse()

    # --- The season ---

    def season(self) -> tuple[Season, date]:
        self.begin = self.one_of(BEGINS)
        self.as_of = self.given_as_of or self.closing_day()
        self.places = WAREHOUSES[: self.whole(1, len(WAREHOUSES))]
        self.products()
        self.purchases()
        self.declarations()
        self.links()
        self.receipts()
        self.transfers()
        self.sales()
        self.returns()
        self.adjustments()
        self.rates()
        self.fx_rates()
        self.claims()
        if self.chance(2):
            self.fitting_claims()
        self.shuffled()
        for optional in ("invoice_links", "transfers"):
            if self.chance(4):
                del self.tables[optional]
        if self.is_apart:
            self.whole = random.Random(str(self.tables)).randint
        for draw in (draw_money, draw_costs, draw_bank, draw_collections):
            draw(self)
        return self.tables, self.as_of

    def closing_day(self) -> date:
        """In the middle of the season, at its end, or on either side of a deadline."""
        last = self.begin + timedelta(days=DAYS)
        april = date(self.begin.year + 1 + self.whole(0, 1), 4, 30)
        near = timedelta(days=self.whole(0, 3))
        return self.one_of(
            (
                last,
                self.begin + timedelta(days=self.whole(0, DAYS - 1)),
                april - timedelta(days=31) + near,
                april - near,
                april + timedelta(days=1),
                months_after(self.begin, 36) + near,
            )
        )

    def products(self) -> None:
        self.tables["products"] = [
            {"sku": sku, "name": f"Article {sku}", "hs_code": self.one_of(HS_CODES)}
            for sku in SKUS[: min(self.whole(1, len(SKUS)), max(self.size, 1))]
        ]

    def sku(self) -> str:
        return self.one_of(self.tables["products"])["sku"]

    def purchases(self) -> None:
        """Invoices have one day and one supplier; a line has one VAT rate and may name all SKUs."""
        invoices: dict[str, tuple[date, str]] = {}
        rates: dict[tuple[str, int], Decimal] = {}

        def purchase() -> Row:
            row = {**self.key("invoice_no", "line_no"), "sku": self.sku()}
            invoice_no, line_no = row["invoice_no"], row["line_no"]
            issued_on, supplier = invoices.setdefault(
                invoice_no, (self.day(), self.one_of(SUPPLIERS))
            )
            return row | {
                "issued_on": issued_on,
                "supplier_uscc": supplier,
                "quantity": self.whole(1, 7),
                "net_amount": Decimal("0.00") if self.chance(12) else self.money(),
                "vat_rate": rates.setdefault((invoice_no, line_no), self.one_of(VAT_RATES)),
            }

        self.rows("purchases", self.size, purchase)

    def declarations(self) -> None:
        """A declaration has one mode and one day; an item has one treatment and several SKUs."""
        headers: dict[str, Row] = {}
        items: dict[tuple[str, int], Row] = {}

        def declaration() -> Row:
            declaration_no = self.number().ljust(18, "0")
            item_no = self.whole(0, 1)
            header = headers.setdefault(
                declaration_no, {"mode": self.one_of(MODES), "exported_on": self.day()}
            )
            flag = self.one_of(("A", "B", None)) if header["mode"] == "9610" else None
            item = items.setdefault(
                (declaration_no, item_no),
                {"sold_at_export": self.one_of((None, False, True)), "statistics_flag": flag},
            )
            return {
                "declaration_no": declaration_no,
                "item_no": item_no,
                "sku": self.sku(),
                **header,
                "quantity": self.whole(1, 8),
                "fob_amount": self.money(),
                "fob_currency": "USD",
                "destination": "DE",
                "warehouse": self.one_of((*self.places, None)),
                **item,
                "channel": self.one_of((None, *CHANNELS)),
                "order_no": self.one_of((None, "R10")),
            }

        self.rows("declarations", self.size, declaration)
        for optional in ("sold_at_export", "statistics_flag", "channel", "order_no"):
            if self.chance(4):
                for row in self.tables["declarations"]:
                    del row[optional]

    def links(self) -> None:
        """Links within what both sides hold, sometimes all of it."""
        left: dict[tuple[Any, ...], int] = {}

        def link() -> Row | None:
            if not self.tables["declarations"]:
                return None
            line = self.one_of(self.tables["declarations"])
            invoices = [p for p in self.tables["purchases"] if p["sku"] == line["sku"]]
            if not invoices:
                return None
            invoice = self.one_of(invoices)
            on_line = "line", line["declaration_no"], line["item_no"], line["sku"]
            on_invoice = "invoice", invoice["invoice_no"], invoice["line_no"], line["sku"]
            room = min(
                left.setdefault(on_line, line["quantity"]),
                left.setdefault(on_invoice, invoice["quantity"]),
            )
            if not room:
                return None
            quantity = self.whole(1, room)
            left[on_line] -= quantity
            left[on_invoice] -= quantity
            return {
                "declaration_no": line["declaration_no"],
                "item_no": line["item_no"],
                "invoice_no": invoice["invoice_no"],
                "line_no": invoice["line_no"],
                "sku": line["sku"],
                "quantity": quantity,
            }

        self.rows("invoice_links", self.one_of((0, self.size)), link)

    def receipts(self) -> None:
        """Mostly to the declared warehouse and after export, and often more than was declared."""

        def receipt() -> Row | None:
            if not self.tables["declarations"]:
                return None
            line = self.one_of(self.tables["declarations"])
            late = timedelta(days=self.whole(0, 2))
            return {
                **self.key("receipt_no", "line_no"),
                "received_on": self.day() if self.chance(4) else line["exported_on"] + late,
                "warehouse": self.one_of((line["warehouse"] or "DUI1", self.one_of(self.places))),
                "declaration_no": line["declaration_no"],
                "item_no": line["item_no"],
                "sku": line["sku"],
                "quantity": self.whole(1, 4),
            }

        self.rows("receipts", self.size * 3 // 2, receipt)

    def shelf(self) -> Row:
        """A warehouse and SKU, most often ones that received something, also by a transfer."""
        if self.tables.get("transfers") and self.chance(3):
            transfer = self.one_of(self.tables["transfers"])
            return {"warehouse": transfer["to_warehouse"], "sku": transfer["sku"]}
        if self.tables["receipts"] and not self.chance(5):
            receipt = self.one_of(self.tables["receipts"])
            return {"warehouse": receipt["warehouse"], "sku": receipt["sku"]}
        return {"warehouse": self.one_of(self.places), "sku": self.sku()}

    def transfers(self) -> None:
        """To and fro on few days, the same day included; some of them never arrive."""

        def transfer() -> Row | None:
            shelf = self.shelf()
            to = self.one_of(self.places)
            if to == shelf["warehouse"]:
                return None
            shipped_on = max(self.day(), self.day())
            arrived_on = shipped_on + timedelta(days=self.one_of((0, 0, 1, 2)))
            return {
                **self.key("transfer_no", "line_no"),
                "shipped_on": shipped_on,
                "from_warehouse": shelf["warehouse"],
                "to_warehouse": to,
                "sku": shelf["sku"],
                "quantity": self.whole(1, 4),
                "arrived_on": None if self.chance(4) else arrived_on,
            }

        at_most = self.size * 3 // 2
        self.rows("transfers", self.one_of((at_most, at_most, 0)), transfer)

    def sales(self) -> None:
        def sale() -> Row:
            return {
                "channel": self.one_of(CHANNELS),
                **self.key("order_no", "line_no"),
                "shipped_on": max(self.day(), self.day()),
                **self.shelf(),
                "quantity": self.whole(1, 4),
                "amount": self.money() * self.one_of((1, -1)),
                "currency": "EUR",
                "destination": "DE",
            }

        at_most = self.size * 3 if self.size > 1 else self.size
        self.rows("sales", at_most, sale)

    def returns(self) -> None:
        """Any day, any warehouse, any outcome; never more than the order line holds."""
        left: dict[tuple[Any, ...], int] = {}

        def back() -> Row | None:
            if not self.tables["sales"]:
                return None
            sale = self.one_of(self.tables["sales"])
            order = sale["channel"], sale["order_no"], sale["line_no"]
            room = left.setdefault(order, sale["quantity"])
            if not room:
                return None
            row = {
                **self.key("return_no", "line_no"),
                "channel": order[0],
                "order_no": order[1],
                "order_line_no": order[2],
                "returned_on": self.day()
                if self.chance(3)
                else sale["shipped_on"] + timedelta(days=self.whole(0, 2)),
                "warehouse": self.one_of((sale["warehouse"], self.one_of(self.places))),
                "quantity": self.whole(1, room),
                "outcome": self.one_of(("restocked", "restocked", "scrapped", "sent_home")),
            }
            left[order] -= row["quantity"]
            return row

        at_most = self.size * 2 if self.size > 1 else self.size
        self.rows("returns", at_most, back)

    def adjustments(self) -> None:
        def change() -> Row:
            reason = self.one_of(("lost", "scrapped", "sent_home", "found"))
            quantity = self.whole(1, 3)
            return {
                **self.key("adjustment_no", "line_no"),
                "on": self.day(),
                **self.shelf(),
                "quantity": quantity if reason == "found" else -quantity,
                "reason": reason,
            }

        self.rows("adjustments", self.size, change)

    # --- Rates and claims ---

    def rates(self) -> None:
        """Per HS code no rate, one, or two with or without a gap; some change on a season's day."""
        self.tables["refund_rates"] = []
        for hs_code in HS_CODES:
            periods = self.one_of((1, 1, 1, 2, 2, 2, 0)) if self.size else 0
            valid_from = self.day() if self.chance(6) else date(2020, 1, 1)
            for period in range(periods):
                change = max(self.day(), valid_from + timedelta(days=1))
                last = period == periods - 1
                valid_to = None if last and not self.chance(8) else change
                self.tables["refund_rates"].append(
                    {
                        "hs_code": hs_code,
                        "valid_from": valid_from,
                        "valid_to": valid_to,
                        "refund_rate": self.one_of(REFUND_RATES),
                        "source": "made up",
                    }
                )
                valid_from = change + timedelta(days=self.whole(0, 1))

    def fx_rates(self) -> None:
        def rate() -> Row:
            return {
                "on": self.day(),
                "currency": self.one_of(("EUR", "USD")),
                "cny_per_unit": Decimal(self.whole(1, 9_999_999)).scaleb(-6),
            }

        self.rows("fx_rates", self.size, rate)

    def claims(self) -> None:
        """Claims of every kind; a settlement names an advance or ordinary claim of its item."""
        earlier: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        taken: set[tuple[Any, ...]] = set()

        def claim() -> Row | None:
            if not self.tables["declarations"]:
                return None
            line = self.one_of(self.tables["declarations"])
            item = line["declaration_no"], line["item_no"]
            kind = self.one_of(("advance", "advance", "ordinary", *SETTLING))
            if kind in SETTLING and not earlier[item]:
                kind = "advance"
            row = self.claim_on(item, kind, self.money(), self.claim_day())
            if (row["claim_no"], *item) in taken:
                return None
            taken.add((row["claim_no"], *item))
            if kind in SETTLING:
                row["of_claim"] = self.one_of(earlier[item])
            else:
                earlier[item].append(row["claim_no"])
            return row

        self.rows("refund_claims", self.size, claim)

    def claim_day(self) -> date:
        """In the season, or about the day it is closed on."""
        return self.one_of((self.day(), self.as_of + timedelta(days=self.whole(-1, 1))))

    def claim_on(self, item: tuple[str, int], kind: str, amount: Decimal, filed_on: date) -> Row:
        """A claim with the sign its kind asks for; finished at once, later, or not at all."""
        sign = {"advance": 1, "ordinary": 1, "confirmation": 0}.get(kind, -1)
        finished_on = filed_on + timedelta(days=self.one_of((0, 1, 30, 300)))
        return {
            "claim_no": self.number(),
            "declaration_no": item[0],
            "item_no": item[1],
            "kind": kind,
            "of_claim": None,
            "quantity": self.whole(1, 6),
            "amount": (sign * amount).quantize(Decimal("0.01")),
            "filed_on": filed_on,
            "finished_on": None if self.chance(5) else finished_on,
        }

    def fitting_claims(self) -> None:
        """Claim for some items exactly what is due; no random amount would ever meet it."""
        claims = self.tables["refund_claims"]
        taken = {(c["claim_no"], c["declaration_no"], c["item_no"]) for c in claims}
        for refund in simulate(self.tables, self.as_of, {})["refunds"]:
            due = refund["difference"]
            if due and due > 0 and not self.chance(5):
                item = refund["declaration_no"], refund["item_no"]
                kind = self.one_of(("advance", "ordinary"))
                row = self.claim_on(item, kind, due, min(self.day(), self.as_of))
                if (row["claim_no"], *item) not in taken:
                    claims.append(row)
