# SPDX-License-Identifier: Apache-2.0
"""The accountants' cases of costs as one season: each with articles and currencies of its own."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from tests.on_engines import Outputs, Row

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "costs.toml").read_text(encoding="utf-8")
)
NAMES = list(CASES["case"])
AS_OF = date(2026, 12, 31)
KNOWN = {"source", "expect", "lots", *CASES["given"]}
EXPECTED = {"lies", "booked", "landed", "margin", "gains", "exceptions"}
HOME = "CNY"


class Case:
    """One case as rows of a season, all named after its number."""

    def __init__(self, name: str) -> None:
        said = CASES["case"][name]
        assert not said.keys() - KNOWN, "a word that no case has"
        assert not said["expect"].keys() - EXPECTED, "a word that no case expects"
        assert said["source"], "a case says where it is from"
        self.given: Row = CASES["given"] | said
        self.expect: Row = self.given.pop("expect")
        self.number = NAMES.index(name)
        self.declaration_no = f"31012026{self.number:010d}"
        self.payee, self.channel = f"Forwarder {self.number}", f"shop-{self.number}"

    def own(self, name: str) -> str:
        """An article or a warehouse of this case."""
        return f"{name}-{self.number}"

    def currency(self, name: str) -> str:
        """A currency of this case, so that its rates are no other's."""
        if name == HOME:
            return name
        names = sorted({row["currency"] for row in self.given["rates"]})
        return f"X{ascii_uppercase[self.number]}{ascii_uppercase[names.index(name)]}"

    def line(self, lot: int) -> Row:
        """The declared line of a lot, counted from 1."""
        article = self.given["lots"][lot - 1].get("article", "LAMP")
        return {
            "declaration_no": self.declaration_no,
            "item_no": lot,
            "sku": self.own(article),
        }

    def season(self) -> dict[str, list[Row]]:
        """All rows of the case."""
        articles = sorted({self.line(lot)["sku"] for lot in self.lots()})
        hs_code = f"940511{self.number:04d}"
        rate = {"hs_code": hs_code, "valid_from": date(2024, 1, 1), "source": "the case"}
        goods = {
            "products": [{"sku": sku, "name": sku, "hs_code": hs_code} for sku in articles],
            "refund_rates": [rate | {"refund_rate": Decimal(self.given["refund_rate"])}],
        }
        return goods | self.bought() | self.moved() | self.paid_for()

    def lots(self) -> range:
        return range(1, len(self.given["lots"]) + 1)

    def bought(self) -> dict[str, list[Row]]:
        """Invoices and declaration of the lots, each invoice linked to its line."""
        made: dict[str, list[Row]] = defaultdict(list)
        for lot, said in zip(self.lots(), self.given["lots"], strict=True):
            line, units = self.line(lot), {"quantity": said["units"]}
            invoice = {"invoice_no": f"243320000{self.number:011d}", "line_no": lot}
            about = {"issued_on": said.get("invoiced_on", self.given["exported_on"])}
            about |= {"net_amount": Decimal(said["cost"]), "vat_rate": Decimal("0.13")}
            made["purchases"].append(
                {**invoice, "sku": line["sku"], **units, **about}
                | {"supplier_uscc": "91110000600037341L"}
            )
            made["invoice_links"].append({**line, **invoice, **units})
            made["declarations"].append(
                {
                    **line, **units, "mode": self.given["mode"], "fob_currency": HOME,
                    "exported_on": self.given["exported_on"], "destination": "DE",
                    "fob_amount": Decimal(said.get("value", said["cost"])),
                    "warehouse": self.own("DEPOT"),
                }
            )  # fmt: skip
        return made

    def moved(self) -> dict[str, list[Row]]:
        """What came in, went out, came back and went away."""
        depot, given = self.own("DEPOT"), self.given
        named = {name: f"{self.number}-{name}" for name in ("receipt", "transfer", "gone")}
        made: dict[str, list[Row]] = defaultdict(list)
        for at, said in enumerate(given["received"]):
            row = {"receipt_no": named["receipt"], "line_no": at, "received_on": said["on"]}
            row |= {"warehouse": depot, "quantity": said["units"]}
            made["receipts"].append(row | self.line(said.get("lot", 1)))
        for at, said in enumerate(given["moved"]):
            made["transfers"].append(
                {
                    "transfer_no": named["transfer"], "line_no": at, "shipped_on": said["on"],
                    "arrived_on": said["on"], "from_warehouse": depot,
                    "to_warehouse": self.own(said["to"]), "sku": self.own("LAMP"),
                    "quantity": said["units"],
                }
            )  # fmt: skip
        for at, said in enumerate(given["sold"]):
            row = {"channel": self.channel, "order_no": f"{at:03d}", "line_no": 0}
            row |= {"shipped_on": said["on"], "quantity": said["units"], "currency": HOME}
            row |= {"amount": Decimal(said["amount"]), "destination": "DE"}
            row |= {"warehouse": self.own(said.get("warehouse", "DEPOT"))}
            made["sales"].append(row | {"sku": self.own(said.get("article", "LAMP"))})
        for at, said in enumerate(given["returned"]):
            row = {"return_no": f"{self.number}-{at}", "line_no": 0, "channel": self.channel}
            row |= {"order_no": f"{said.get('order', 1) - 1:03d}", "order_line_no": 0}
            row |= {"returned_on": said["on"], "warehouse": depot, "quantity": said["units"]}
            made["returns"].append(row | {"outcome": said["outcome"]})
        for at, said in enumerate(given["gone"]):
            row = {"adjustment_no": named["gone"], "line_no": at, "on": said["on"]}
            row |= {"warehouse": depot, "sku": self.own("LAMP"), "quantity": -said["units"]}
            made["adjustments"].append(row | {"reason": said["reason"]})
        return made

    def paid_for(self) -> dict[str, list[Row]]:
        """Costs with their shares, rates, and what the bank paid."""
        made: dict[str, list[Row]] = defaultdict(list)
        for at, said in enumerate(self.given["costs"], 1):
            made["costs"].append(self.cost(at, said))
            for lot, share in enumerate(said.get("by_hand", []), 1):
                its = {"payee": self.payee, "cost_no": str(at), "line_no": 1, "share": share}
                made["cost_shares"] += [its | self.line(lot)] if share else []
        for said in self.given["rates"]:
            rate = {"on": said["on"], "currency": self.currency(said["currency"])}
            made["fx_rates"].append(rate | {"cny_per_unit": Decimal(said["rate"])})
        for at, said in enumerate(self.given["paid"]):
            made["bank"].append(
                {
                    "account": "CN-CNY", "entry_no": f"{self.number}-{at}", "line_no": 0,
                    "booked_on": said["on"], "kind": "cost", "payee": self.payee,
                    "currency": HOME, "amount": -Decimal(said["cny"]),
                    "of_currency": self.currency(said["currency"]),
                    "of_amount": -Decimal(said["amount"]),
                }
            )  # fmt: skip
        return made

    def cost(self, number: int, said: Row) -> Row:
        row = {
            "payee": self.payee, "cost_no": str(number), "line_no": 1, "posted_on": said["on"],
            "account": said.get("account", "freight"), "amount": Decimal(said["amount"]),
            "currency": self.currency(said.get("currency", HOME)), "spread": said.get("spread"),
        }  # fmt: skip
        if said.get("of_sales"):
            row["channel"] = self.channel
        elif "by_hand" not in said:
            row["declaration_no"] = self.declaration_no
            row["item_no"] = said.get("lot")
        if "undoes" in said:
            row |= {"reverses_no": str(said["undoes"]), "reverses_line": 1}
        return row

    def found(self, closed: Outputs) -> dict[str, Any]:
        """What the close says of this case, by the name under which the case expects it."""
        moves = [
            (str(row["on"]), row["from_place"], row["to_place"], row["amount"])
            for row in closed.where("money_book", document_kind="cost")
            if row["document_no"].startswith(f"{self.payee}/")
        ]
        lies: dict[str, Decimal] = defaultdict(Decimal)
        for _, source, target, amount in moves:
            lies[source] -= amount
            lies[target] += amount
        owed = f"payable/{self.payee}"
        landed = closed.where("landed", declaration_no=self.declaration_no)
        told = {
            "lies": {place: str(held) for place, held in lies.items() if held and place != owed},
            "booked": [[on, *(p.replace(owed, "payable") for p in (a, b)), str(amount)]
                       for on, a, b, amount in moves],
            "landed": sorted(landed, key=lambda row: (row["item_no"], row["account"])),
            "margin": closed.where("margin", channel=self.channel),
            "gains": self.gains(closed),
            "exceptions": [
                row["code"]
                for row in closed.rows["money_exceptions"]
                if row["table"] == "costs" and row["key"].startswith(f"{self.payee}/")
            ],
        }  # fmt: skip
        return {name: told[name] for name in self.expect}

    def gains(self, closed: Outputs) -> list[list[str]]:
        """Gains of what is owed to the payee; a loss is below 0."""
        owed = f"payable/{self.payee}"
        return [
            [
                str(row["on"]),
                next(p for p in (row["from_place"], row["to_place"]) if p != owed).split("/")[-1],
                str(row["amount"] if row["to_place"] == owed else -row["amount"]),
            ]
            for row in closed.where("money_book", document_kind="exchange")
            if owed in (row["from_place"], row["to_place"])
        ]


def season() -> dict[str, list[Row]]:
    """All cases in one season."""
    whole: dict[str, list[Row]] = defaultdict(list)
    for name in NAMES:
        for table, rows in Case(name).season().items():
            whole[table] += rows
    return whole


def as_named(found: Any, expected: Any) -> Any:
    """What was found, of every row only the columns that are expected, as texts are."""
    if len(found) != len(expected) or not isinstance(expected, list):
        return found
    return [
        {name: _plain(row[name]) for name in named} if isinstance(named, dict) else row
        for row, named in zip(found, expected, strict=True)
    ]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
