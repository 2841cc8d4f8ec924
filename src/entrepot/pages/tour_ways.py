# SPDX-License-Identifier: Apache-2.0
"""Put a way together: of an order, a declaration item, an invoice line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from entrepot.closing.models import Close
from entrepot.ledger.places import warehouse_of
from entrepot.pages import tour_closed as closed
from entrepot.pages import tour_live as live
from entrepot.pages.leads import lead
from entrepot.pages.tour_live import Numbered, Row
from entrepot.pages.tour_picture import Picture, draw
from entrepot.pages.tour_steps import Step, Steps, documents, matching
from entrepot.pages.wording import Words, language
from entrepot.web.telling import state_in_words

#: Branches that are told one by one.
MOST_BRANCHES = 12


@dataclass(slots=True)
class Part:
    """Steps under one heading."""

    heading: str
    steps: list[Step]
    note: str = ""


@dataclass(slots=True)
class Tour:
    """A way: its picture, its steps under their headings, and the close that it is told from."""

    picture: Picture
    parts: list[Part]
    close: Row | None
    notes: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    seals: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Source:
    """Units of one origin: which item and invoice line; `receipts`, where it is known which."""

    sku: str
    quantity: int
    item: Numbered | None
    invoice: Numbered | None
    amount: str | None = None
    receipts: dict[tuple[str, int], int] | None = None
    is_certain: bool = True


class Papers:
    """What the papers say of items and invoice lines, each kind read once."""

    def __init__(self, make: Steps, sources: Sequence[Source]) -> None:
        self._make = make
        items = {each.item for each in sources if each.item}
        self.declared = live.declared(items)
        self._sent = live.sent(items)
        self._received = live.received(items, {each.sku for each in sources})
        self.linked = live.linked(items) if any(not each.invoice for each in sources) else []
        invoices = {each.invoice for each in sources if each.invoice}
        invoices |= {(row["invoice_no"], row["line_no"]) for row in self.linked}
        self.bought = live.bought(invoices)

    def before(self, source: Source) -> list[Step]:
        """The invoice of units, and what was received at home of it."""
        keys = [source.invoice] if source.invoice else [
            (row["invoice_no"], row["line_no"])
            for row in matching(self.linked, sku=source.sku)
            if (row["declaration_no"], row["item_no"]) == source.item
        ]  # fmt: skip
        steps = []
        for number, line in keys:
            for row in matching(self.bought, invoice_no=number, line_no=line, sku=source.sku)[:1]:
                steps += [self._make.invoice(row, source.amount), *self._make.home(row)]
        return steps

    def out(self, source: Source) -> list[Step]:
        """The declaration item and the consignments with which units left."""
        if source.item is None:
            return []
        number, item = source.item
        rows = matching(self.declared, declaration_no=number, item_no=item)
        steps = [self._make.declaration(rows)] if rows else []
        sent = matching(self._sent, declaration_no=number, item_no=item, sku=source.sku)
        if source.receipts:
            came_with = {row["consignment_id"] for row in self._came(source)}
            sent = [row for row in sent if row["id"] in came_with] or sent
        return steps + [self._make.consignment(row) for row in sent]

    def came(self, source: Source) -> list[Step]:
        """The receipts of units overseas: those that a close names, or all of the item."""
        steps = []
        for row in self._came(source):
            units = (source.receipts or {}).get((row["receipt_no"], row["line_no"]))
            steps += self._make.receipt(row, units)
        return steps

    def _came(self, source: Source) -> list[Row]:
        if source.item is None:
            return []
        number, item = source.item
        rows = matching(self._received, declaration_no=number, item_no=item, sku=source.sku)
        if source.receipts is None:
            return rows
        return [row for row in rows if (row["receipt_no"], row["line_no"]) in source.receipts]


# --- An order ------------------------------------------------------------------------------------


def of_order(id: UUID, say: Words) -> tuple[Row, Tour] | None:
    """The way of an order's units; None where there is no such order."""
    order = live.order_of(id)
    if order is None:
        return None
    make, close = Steps(say), closed.latest()
    shipped = live.shipped_of(id)
    told = closed.order_in(close, order["channel"], order["number"]) if close else None
    sources = _closed_sources(told) if told else []
    sources += _open_sources(order, shipped, close if told else None)
    papers = Papers(make, sources)
    items = {
        (each["declaration_no"], each["item_no"]): each for each in (told or {}).get("items", ())
    }
    refunds = {key: make.refund(each) for key, each in items.items()}
    tail, drawn = _tail(order, shipped, make)
    parts, branches, ends = [], [], []
    shown = sources[:MOST_BRANCHES]
    for at, source in enumerate(shown, 1):
        steps = [*papers.before(source), *papers.out(source), *papers.came(source)]
        for step in steps:
            step.is_maybe = not source.is_certain
            if source.is_certain and step.kind in ("invoice", "declaration"):
                step.own = source.quantity
        branches.append(list({step.kind: step for step in steps if step.kind != "bin"}.values()))
        refund = refunds.get(source.item) if source.item else None
        ends.append(refund)
        heading = say["branch"].format(at, len(sources), f"{source.quantity:,}", source.sku)
        parts.append(Part(heading, steps, _note(source, steps, say)))
    if tail:
        parts.append(Part(say["parts"]["order"], tail))
    if refunds:
        parts.append(Part(say["parts"]["money"], list(refunds.values())))
    notes = _notes(order, sources, told, close, say)
    _name(parts, say)
    picture = draw([], branches, drawn, ends)
    return order, _finished(Tour(picture, parts, closed.about(close), notes), say)


def _closed_sources(told: Row) -> list[Source]:
    """What a close says of the pieces of an order, alike ones together."""
    found: dict[Any, Source] = {}
    for line in told["lines"]:
        for piece in line["pieces"]:
            item = _key(piece, "declaration_no", "item_no")
            invoice = _key(piece, "invoice_no", "invoice_line_no")
            source = found.setdefault(
                (piece["sku"], item, invoice),
                Source(piece["sku"], 0, item, invoice, None, {}, piece["received"]["certain"]),
            )
            source.quantity += piece["quantity"]
            if piece["net_amount"] is not None:
                source.amount = _added(source.amount, piece["net_amount"])
            for each in piece["received"]["receipts"]:
                key = each["receipt_no"], each["line_no"]
                assert source.receipts is not None
                source.receipts[key] = source.receipts.get(key, 0) + each["quantity"]
    return list(found.values())


def _open_sources(order: Row, shipped: Sequence[Row], close: Close | None) -> list[Source]:
    """What no close tells yet: of what was shipped after it, and of what is reserved, the receipts
    that the units can be of.
    """
    units: list[tuple[str, str, str, date]] = []
    counts: list[int] = []
    for row in shipped:
        if close is None or row["on"] > close.as_of:
            warehouse = warehouse_of(row["from_place"]).partition("/")[2]
            units.append((row["sku"], row["lot"], warehouse, row["on"]))
            counts.append(row["quantity"])
    for row in order["allocations"]:
        warehouse = row["warehouse"].partition("/")[2]
        units.append((row["sku"], row["lot"], warehouse, timezone.localdate()))
        counts.append(row["quantity"])
    found = []
    for (sku, *_), count, rows in zip(units, counts, live.can_be(units), strict=True):
        items = list(dict.fromkeys((row["declaration_no"], row["item_no"]) for row in rows))
        for item in items:
            receipts = {
                (row["receipt_no"], row["line_no"]): 0
                for row in rows
                if (row["declaration_no"], row["item_no"]) == item
            }
            found.append(Source(sku, count, item, None, None, receipts, len(items) == 1))
        if not items:
            found.append(Source(sku, count, None, None))
    return found


def _tail(order: Row, shipped: Sequence[Row], make: Steps) -> tuple[list[Step], list[list[Step]]]:
    """Reserved, picked, packed, shipped, returned; told in order, and as columns of the picture."""
    packed: dict[Any, list[Row]] = {
        row["parcel"]: [] for row in order["allocations"] if row["parcel"]
    }
    for row in order["allocations"]:
        if row["parcel"]:
            packed[row["parcel"]].append(row | {"document_id": None})
    waiting = [make.reserved(row) for row in order["allocations"] if not row["parcel"]]
    parcels = []
    for each in order["parcels"]:
        each["shipped_on"] = each["shipped_on"] and date.fromisoformat(each["shipped_on"])
        lines = [row for row in shipped if str(row["parcel_id"]) == each["id"]]
        parcels.append(make.parcel(each, lines or packed.get(each["id"], [])))
    returned = [
        make.returned(row)
        for row in live.returned_of({each["document_id"] for each in shipped if each["returned"]})
    ]
    return [*waiting, *parcels, *returned], [[*waiting, *parcels], returned]


def _note(source: Source, steps: Sequence[Step], say: Words) -> str:
    """What is not known of a branch, said."""
    if source.item is None:
        return str(say["notes"]["unknown"])
    if not source.is_certain:
        return str(say["notes"]["maybe"])
    if not any(step.kind == "invoice" for step in steps):
        return str(say["notes"]["no_invoice"])
    return ""


def _notes(
    order: Row, sources: Sequence[Source], told: Row | None, close: Close | None, say: Words
) -> list[str]:
    """What is not known of the whole way, said."""
    notes = []
    if close is None:
        notes.append(say["notes"]["no_close"])
    elif told is None:
        notes.append(say["notes"]["not_in_close"].format(close.as_of))
    elif told["uncovered"]:
        notes.append(say["notes"]["uncovered"].format(f"{told['uncovered']:,}"))
    if without := sum(line["sold_without_stock"] for line in (told or {}).get("lines", ())):
        notes.append(say["notes"]["without_stock"].format(f"{without:,}"))
    if len(sources) > MOST_BRANCHES:
        notes.append(say["notes"]["more"].format(len(sources) - MOST_BRANCHES))
    if not sources:
        notes.append(say["notes"]["nothing_yet"])
    return [str(note) for note in notes]


# --- A declaration item, an invoice line ---------------------------------------------------------


def of_item(number: str, item: int, say: Words) -> Tour | None:
    """The way of a declaration item's units, from their invoices to their fates."""
    make, close = Steps(say), closed.latest()
    told = closed.items_in(close, f"{number}/{item}") if close else []
    told = [each for each in told if (each["declaration_no"], each["item_no"]) == (number, item)]
    skus = {row["sku"]: row["quantity"] for row in live.declared([(number, item)])}
    if not skus and not told:
        return None
    invoices = _invoices_of(told[0]) if told else []
    sources = [
        Source(sku, units, (number, item), key, amount) for sku, units, key, amount in invoices
    ]
    rest = [Source(sku, units, (number, item), None) for sku, units in skus.items()]
    papers = Papers(make, [*sources, *rest])
    own = sources or [each for each in rest if papers.before(each)]
    branches = [papers.before(each) for each in own]
    out = _once(step for each in rest for step in papers.out(each))
    came = _once(step for each in rest for step in papers.came(each))
    fates = [make.fate(each) for each in told[0]["fates"]] if told else []
    refunds = [make.refund(each) for each in told]
    parts = [
        Part(say["parts"]["bought"], [step for branch in branches for step in branch]),
        Part(say["parts"]["exported"], out), Part(say["parts"]["arrived"], came),
        Part(say["parts"]["fates"], fates), Part(say["parts"]["money"], refunds),
    ]  # fmt: skip
    first = [list({step.kind: step for step in each}.values()) for each in branches]
    drawn = [*_columns(out), *_columns(came), fates, refunds]
    _name(parts, say)
    picture = draw([], first, drawn, [])
    notes = [] if told else _not_closed(close, say)
    return _finished(Tour(picture, parts, closed.about(close), notes), say)


def _invoices_of(told: Row) -> list[tuple[str, int, Numbered, str | None]]:
    """The invoice lines that a close found for an item: SKU, units, key, amount."""
    found: dict[tuple[str, Numbered], list[Any]] = {}
    for piece in told["pieces"]:
        if key := _key(piece, "invoice_no", "invoice_line_no"):
            sums = found.setdefault((piece["sku"], key), [0, None])
            sums[0] += piece["quantity"]
            sums[1] = _added(sums[1], piece["net_amount"]) if piece["net_amount"] else sums[1]
    return [(sku, units, key, amount) for (sku, key), (units, amount) in found.items()]


def of_invoice(number: str, line: int, say: Words) -> Tour | None:
    """The way of an invoice line's units, on to every declaration item and fate."""
    make, close = Steps(say), closed.latest()
    told = closed.invoice_lines_in(close, f"{number}/{line}") if close else []
    told = [each for each in told if (each["invoice_no"], each["line_no"]) == (number, line)]
    bought = live.bought([(number, line)])
    if not bought and not told:
        return None
    first = [step for row in bought for step in (make.invoice(row), *make.home(row))]
    if not first and told:
        first = [make.closed_invoice(told[0], told[0]["net_amount"])]
    sources: dict[Any, Source] = {}
    for piece in told[0]["pieces"] if told else ():
        item = _key(piece, "declaration_no", "item_no")
        source = sources.setdefault(
            (item, piece["sku"]), Source(piece["sku"], 0, item, (number, line))
        )
        source.quantity += piece["quantity"]
    shown = list(sources.values())[:MOST_BRANCHES]
    papers = Papers(make, shown)
    refunds = {
        (each["declaration_no"], each["item_no"]): make.refund(each)
        for each in (told[0]["items"] if told else ())
    }
    parts = [Part(say["parts"]["bought"], first)]
    branches = []
    for at, each in enumerate(shown, 1):
        steps = [*papers.out(each), *papers.came(each)]
        branches.append(list({step.kind: step for step in steps if step.kind != "bin"}.values()))
        heading = say["branch"].format(at, len(sources), f"{each.quantity:,}", each.sku)
        parts.append(Part(heading, steps))
    fates = [make.fate(each) for each in told[0]["fates"]] if told else []
    parts += [Part(say["parts"]["fates"], fates), Part(say["parts"]["money"], [*refunds.values()])]
    ends = [refunds.get(each.item) if each.item else None for each in shown]
    _name(parts, say)
    picture = draw(_columns(first), branches, [fates], ends)
    notes = [] if told else _not_closed(close, say)
    return _finished(Tour(picture, parts, closed.about(close), notes), say)


def _not_closed(close: Close | None, say: Words) -> list[str]:
    notes = say["notes"]
    return [notes["no_close"] if close is None else notes["not_in_close"].format(close.as_of)]


# --- What all ways share -------------------------------------------------------------------------


def _name(parts: Iterable[Part], say: Words) -> None:
    """Say of every step what it is."""
    for part in parts:
        for step in part.steps:
            step.what = say["steps"][step.kind]
            if step.units is not None:
                step.count = _count(step.units, step.own, say)


def _count(units: int, own: int | None, say: Words) -> str:
    """So many units, or so many of them."""
    if own is not None and own < units:
        return str(say["part"]).format(f"{own:,}", f"{units:,}")
    return str(say["one_unit"] if units == 1 else say["units"].format(f"{units:,}"))


def _finished(tour: Tour, say: Words) -> Tour:
    """A way whose steps are proven, and whose picture is told in words."""
    tour.parts = [part for part in tour.parts if part.steps or part.note]
    steps = [step for part in tour.parts for step in part.steps]
    proofs = live.proofs(documents(steps))
    for row in proofs.values():
        row["kind_said"] = state_in_words("document", row["kind"], language())
        row["href"] = lead("movements_document", row["id"])
    for step in steps:
        step.proof = proofs.get(step.document) if step.document else None
    seals = {row["seal"]: row for row in proofs.values() if row["seal"]}
    tour.seals = [seals[number] for number in sorted(seals)]
    told = dict.fromkeys((step.kind, step.name, step.day) for step in steps)
    tour.text = "; ".join(
        " ".join(x for x in (say["steps"][kind], name, day) if x) for kind, name, day in told
    )
    return tour


def _columns(steps: Sequence[Step]) -> list[list[Step]]:
    """Steps by kind, for the picture."""
    kinds = dict.fromkeys(step.kind for step in steps if step.kind != "bin")
    return [[step for step in steps if step.kind == kind] for kind in kinds]


def _once(steps: Iterable[Step]) -> list[Step]:
    """Steps, each named once."""
    return list({(step.kind, step.name, step.day): step for step in steps}.values())


def _key(row: Row, number: str, line: str) -> Numbered | None:
    return (row[number], row[line]) if row[number] is not None else None


def _added(so_far: str | None, more: str) -> str:
    return str(Decimal(so_far or "0") + Decimal(more))
