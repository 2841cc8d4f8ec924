# SPDX-License-Identifier: Apache-2.0
"""The steps of a unit's way, each from what the live book, the papers or a close say of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from entrepot.ledger.places import warehouse_of
from entrepot.pages.leads import lead
from entrepot.pages.money import money
from entrepot.pages.tour_live import Row
from entrepot.pages.wording import Words, language
from entrepot.pipelines.walk.telling import Teller, grouped

#: Rows of one kind that are told of one step; more are counted.
_FEW = 6


@dataclass(slots=True)
class Step:
    """One step: what kind, of which day, the document's name, how many units, what else it says.

    `own`: how many of the units are those of the way, where it is known and not all. `document` is
    that of the book, by which the step is proven; `is_maybe`: it is not certain that these units
    took it. `id` and `after` say which step follows which, where not every one follows every one.
    `what` and `count` are words for the kind and the units.
    """

    kind: str
    name: str
    on: date | str | None = None
    units: int | None = None
    facts: list[str] = field(default_factory=list)
    href: str = ""
    movements: str = ""
    document: UUID | None = None
    is_maybe: bool = False
    proof: Row | None = None
    own: int | None = None
    id: UUID | None = None
    after: UUID | None = None
    what: str = ""
    count: str = ""

    @property
    def day(self) -> str:
        return self.on.isoformat() if isinstance(self.on, date) else self.on or ""


class Steps:
    """Makes steps, in the words of one language."""

    def __init__(self, say: Words) -> None:
        self.say = say
        self.teller = Teller(language(), _FEW)

    def fact(self, name: str, *values: object) -> str:
        """A fact in a sentence."""
        return str(self.say["facts"][name]).format(*values)

    def invoice(self, row: Row, amount: str | None = None) -> Step:
        """An invoice line, from what was bought."""
        facts = []
        named = (row[f"supplier_{language()}"], row["supplier_en"], row["supplier"])
        if supplier := next(filter(None, named), ""):
            facts.append(self.fact("supplier", supplier))
        facts.append(self.fact("line", row["line_no"], row["sku"], f"{row['quantity']:,}"))
        if row["net_amount"] is not None and row["vat_rate"] is not None:
            vat = (Decimal(row["net_amount"]) * row["vat_rate"] / 10_000).quantize(
                Decimal(1), ROUND_HALF_UP
            )
            rate = f"{Decimal(row['vat_rate']) / 100:g}%"
            facts.append(
                self.fact("vat", money(row["net_amount"], "CNY"), rate, money(int(vat), "CNY"))
            )
        if amount is not None:
            facts.append(self.fact("of_these", grouped(amount)))
        return Step(
            "invoice", f"{row['invoice_no']} / {row['line_no']}", row["issued_on"],
            row["quantity"], facts, lead("inbound_purchase", row["id"]),
        )  # fmt: skip

    def closed_invoice(self, row: Row, amount: str | None = None) -> Step:
        """An invoice line of which only a close knows."""
        facts = [self.fact("supplier", row["supplier_uscc"])] if row["supplier_uscc"] else []
        if amount is not None:
            facts.append(self.fact("of_these", grouped(amount)))
        units = sum(row["skus"].values())
        name = f"{row['invoice_no']} / {row['line_no']}"
        return Step("invoice", name, row["issued_on"], units, facts)

    def home(self, row: Row) -> list[Step]:
        """What was received at home of an invoice line."""
        return [
            Step(
                "home", each["number"], each["on"], each["quantity"],
                [self.fact("into", each["warehouse"])],
                movements=lead("movements", document=each["document"]),
                document=UUID(each["document"]),
            )
            for each in row["receipts"]
        ]  # fmt: skip

    def declaration(self, rows: Sequence[Row]) -> Step:
        """A declaration item, from its lines."""
        first = rows[0]
        units = sum(row["quantity"] for row in rows)
        fob = sum(row["fob_amount"] for row in rows)
        facts = [
            self.fact("mode", first["mode"], first["destination"]),
            self.fact("fob", money(fob, first["fob_currency"]), first["fob_currency"]),
        ]
        return Step(
            "declaration", f"{first['declaration_no']} / {first['item_no']}",
            first["exported_on"], units, facts,
            lead("tour_declaration", number=first["declaration_no"], item=first["item_no"]),
        )  # fmt: skip

    def consignment(self, row: Row) -> Step:
        """Goods of a declaration item on their way."""
        source, target = row["from_place"], row["to_place"]
        facts = [self.fact("from_to", _short(source), _short(target))]
        by = ", ".join(x for x in (row["vessel"], row["container_no"], row["carrier"]) if x)
        facts += [self.fact("by", by)] if by else []
        facts += [self.fact("lost", f"{row['short']:,}")] if row["short"] else []
        return Step(
            "consignment", row["number"], row["dispatched_on"], row["quantity"], facts,
            lead("inbound_consignment", row["id"]), lead("movements", document=row["document_id"]),
            row["document_id"], id=row["id"],
        )  # fmt: skip

    def receipt(self, row: Row, units: int | None = None) -> list[Step]:
        """What was received overseas, and the bin it went to next."""
        step = Step(
            "receipt", row["receipt_no"], row["received_on"], units or row["quantity"],
            [self.fact("into", row["warehouse"])],
            movements=lead("movements", document=row["document_id"]), document=row["document_id"],
            after=row["consignment_id"],
        )  # fmt: skip
        if row["bin"] is None:
            return [step]
        bin_ = Step(
            "bin", _short(row["bin"]), None, None, [self.fact("put_away")],
            movements=lead("movements", document=row["putaway_id"]), document=row["putaway_id"],
        )  # fmt: skip
        return [step, bin_]

    def reserved(self, row: Row) -> Step:
        """Units that wait for an order: on their shelf, or picked."""
        place = row["place"]
        kind = "picked" if row["picked_from"] else "reserved"
        facts = [self.fact("from_place", _short(row["picked_from"]))] if row["picked_from"] else []
        return Step(
            kind, _short(place), None, row["quantity"], [f"{row['sku']}", *facts],
            movements=lead("movements", item=row["sku"], place=place),
        )  # fmt: skip

    def parcel(self, row: Row, lines: Sequence[Row]) -> Step:
        """A parcel, packed or shipped."""
        facts = [f"{each['quantity']:,} × {each['sku']}" for each in lines[:_FEW]]
        facts += [self.fact("more", len(lines) - _FEW)] if len(lines) > _FEW else []
        if row["carrier"] or row["tracking"]:
            facts.append(
                self.fact("by", " ".join(x for x in (row["carrier"], row["tracking"]) if x))
            )
        document = lines[0]["document_id"] if lines else None
        return Step(
            "shipped" if row["state"] == "shipped" else "packed", row["number"],
            row["shipped_on"], sum(each["quantity"] for each in lines) or None,
            [self.fact("from_place", _short(warehouse_of(row["warehouse"]))), *facts],
            lead("outbound_parcel", row["id"]), lead("movements", document=document), document,
        )  # fmt: skip

    def returned(self, row: Row) -> Step:
        """Units that came back, and what became of them."""
        facts = [self.fact("back_in", _short(row["warehouse"]))]
        outcome = row["outcome"] or "undecided"
        facts.append(self.say["outcomes"].get(outcome, outcome))
        return Step(
            "returned", row["number"] or "", row["returned_on"], row["quantity"], facts,
            lead("returns_one", row["back_id"]), lead("movements", document=row["received_id"]),
            row["received_id"],
        )  # fmt: skip

    def refund(self, item: Row) -> Step:
        """What a close says of an item's refund."""
        refund, teller = item["refund"], self.teller
        difference = (refund["difference"] or "0.00").lstrip("-")
        state = teller.say(
            f"state.{refund['state']}", money=teller.amount(difference),
            claim_by=refund["claim_by"], lapses_on=refund["lapses_on"],
        )  # fmt: skip
        names = ("refundable", "refundable_on_sold", "advanced", "claimed", "difference")
        amounts = {name: teller.money(refund[name]) for name in names}
        facts = [
            state, teller.say("refundable", **amounts), teller.say("claimed", **amounts),
            teller.say("until", claim_by=refund["claim_by"], lapses_on=refund["lapses_on"]),
        ]  # fmt: skip
        if refund["treatment"] != "refund":
            facts.append(teller.named("treatment", refund["treatment"]))
        if refund["data_gap"]:
            facts.append(teller.named("gap", refund["data_gap"]))
        if refund["declared"] > refund["covered"]:
            facts.append(self.fact("covered", refund["covered"], refund["declared"]))
        facts += [
            teller.say(
                "advance", claim_no=each["claim_no"],
                sums=f"{teller.units(each['quantity'])}, {teller.amount(each['amount'])}",
                state=teller.named("advance", each["state"]),
            )
            for each in item["advances"][:_FEW]
        ]  # fmt: skip
        for each in item["filings"][:_FEW]:
            filing = teller.named("filing", each["filing"])
            refundable = teller.say("filed", refundable=teller.money(each["refundable"]))
            name = teller.say("filing", filing=filing, association_no=each["association_no"])
            facts.append(f"{name}: {teller.units(each['quantity'])}, {refundable}")
        facts += [teller.exception(each) for each in item["exceptions"][:_FEW]]
        return Step(
            "refund", f"{item['declaration_no']} / {item['item_no']}", None, refund["covered"],
            facts,
        )  # fmt: skip

    def fate(self, row: Row) -> Step:
        """What became of units, by fate and warehouse."""
        facts = [self.teller.days(row["first_day"], row["last_day"])]
        if row["orders"]:
            facts.append(self.fact("orders", f"{row['orders']:,}"))
        name = self.teller.named("fate", row["fate"])
        name = f"{name}, {row['warehouse']}" if row["warehouse"] else name
        return Step("fate", name, row["last_day"], row["units"], facts)


def documents(steps: Iterable[Step]) -> list[UUID]:
    """The documents of the book that steps are proven by."""
    return [step.document for step in steps if step.document is not None]


def _short(place: str) -> str:
    """A place without its root: DUI1, DUI1 A-01-02."""
    return " ".join(place.split("/")[1:]) or place


def matching(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    """The rows whose columns have these values."""
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]
