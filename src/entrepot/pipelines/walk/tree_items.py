# SPDX-License-Identifier: Apache-2.0
"""The branches of a declaration item: its refund, its advances, what to file, what did not fit."""

from __future__ import annotations

from collections.abc import Sequence

from rich.tree import Tree

from entrepot.pipelines.walk.closed import Row
from entrepot.pipelines.walk.find import Numbered
from entrepot.pipelines.walk.telling import BAD, DIM, Teller, add

#: States of an item in which a day has passed or money is owed.
_PRESSING = {"overdue", "lapsed", "pay_back"}


def item_title(teller: Teller, item: Row) -> list[str]:
    """The parts of an item's title: its number, its mode, its day."""
    refund = item["refund"]
    return [
        teller.say("declaration", name=f"{item['declaration_no']}/{item['item_no']}"),
        teller.say("mode", mode=refund["mode"]),
        teller.say("exported", day=refund["exported_on"]),
    ]


def invoice_title(teller: Teller, invoice: Row) -> list[str]:
    """The parts of an invoice line's title: its number, its day, its supplier."""
    return [
        teller.say("invoice", name=f"{invoice['invoice_no']}/{invoice['line_no']}"),
        teller.say("issued", day=invoice["issued_on"]),
        teller.say("supplier", uscc=invoice["supplier_uscc"]),
    ]


class ItemTeller:
    """Tells of the items and invoices of one walk; of an item that comes again, only that it does.

    Args:
        items, invoices: as `facts` gives them.
    """

    def __init__(self, teller: Teller, items: Sequence[Row], invoices: Sequence[Row]) -> None:
        self._teller = teller
        self._items = {(each["declaration_no"], each["item_no"]): each for each in items}
        self._invoices = {(each["invoice_no"], each["line_no"]): each for each in invoices}
        self._told: set[Numbered] = set()

    def title(self, key: Numbered, sums: Row) -> str:
        """An item's title with the sums of some of its pieces."""
        teller = self._teller
        return teller.titled(*item_title(teller, self._items[key]), then=[teller.sums(sums)])

    def invoice(self, key: Numbered) -> str:
        """An invoice line's title."""
        return self._teller.listed(invoice_title(self._teller, self._invoices[key]))

    def tell(self, branch: Tree, key: Numbered) -> None:
        """Hang on a branch what the close says of an item."""
        if key in self._told:
            add(branch, self._teller.say("see_above"), DIM)
            return
        self._told.add(key)
        item = self._items[key]
        self._amounts(self.refund(branch, key), item["refund"])
        for advance in self._teller.shown(branch, item["advances"]):
            self._advance(branch, advance)
        for filing in self._teller.shown(branch, item["filings"]):
            self._filing(branch, filing)
        self._teller.exceptions(branch, item["exceptions"])

    def refund(self, branch: Tree, key: Numbered) -> Tree:
        """Hang on a branch what an item's refund waits for."""
        teller, refund = self._teller, self._items[key]["refund"]
        difference = refund["difference"] or "0.00"
        state = teller.say(
            f"state.{refund['state']}",
            money=teller.amount(difference.lstrip("-")),
            claim_by=refund["claim_by"],
            lapses_on=refund["lapses_on"],
        )
        treatment = refund["treatment"] if refund["treatment"] != "refund" else ""
        doubts = [
            teller.named("treatment", treatment) if treatment else "",
            teller.named("gap", refund["data_gap"]) if refund["data_gap"] else "",
        ]
        style = BAD if refund["state"] in _PRESSING else ""
        return add(branch, teller.titled(teller.say("refund"), then=[state, *doubts]), style)

    def _amounts(self, branch: Tree, refund: Row) -> None:
        names = ("refundable", "refundable_on_sold", "advanced", "claimed", "difference")
        money = {name: self._teller.money(refund[name]) for name in names}
        add(branch, self._teller.say("refundable", **money))
        add(branch, self._teller.say("claimed", **money))
        days = {name: refund[name] for name in ("claim_by", "lapses_on")}
        add(branch, self._teller.say("until", **days))

    def _advance(self, branch: Tree, advance: Row) -> None:
        teller = self._teller
        state = teller.named("advance", advance["state"])
        if advance["settled_by"]:
            by = teller.say("settled_by", claim=advance["settled_by"])
            state += teller.say("brackets", text=by)
        sums = [teller.units(advance["quantity"]), teller.amount(advance["amount"])]
        on = add(
            branch,
            teller.say(
                "advance", claim_no=advance["claim_no"], sums=teller.listed(sums), state=state
            ),
            BAD if advance["state"] == "overdue" else "",
        )
        if advance["settled_by"] or not advance["finished_on"]:
            return
        until = teller.say(
            "reconcile",
            reconcile_from=advance["reconcile_from"],
            legal_until=advance["legal_until"],
        )
        file_by = advance["file_by"] or teller.say("not_known")
        add(on, teller.listed([until, teller.say("file_by", file_by=file_by)]))

    def _filing(self, branch: Tree, filing: Row) -> None:
        teller = self._teller
        title = teller.say(
            "filing",
            filing=teller.named("filing", filing["filing"]),
            association_no=filing["association_no"],
        )
        of_claim = teller.say("of_claim", claim=filing["of_claim"]) if filing["of_claim"] else ""
        refundable = teller.say("filed", refundable=teller.money(filing["refundable"]))
        units = teller.units(filing["quantity"])
        on = add(branch, teller.titled(title, of_claim, then=[units, refundable]))
        for line in teller.shown(on, filing["purchases"]):
            name = f"{line['invoice_no']}/{line['invoice_line_no']}"
            sums = [
                teller.units(line["quantity"]),
                teller.amount(line["net_amount"]),
                teller.say("filed", refundable=teller.money(line["refundable"])),
            ]
            add(on, teller.titled(teller.say("invoice", name=name), then=sums))
