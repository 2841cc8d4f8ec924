# SPDX-License-Identifier: Apache-2.0
"""Walk from a declaration item back to its invoices and on to every fate; and from an invoice line.

Both are a bundle of pieces: of one item, or of one invoice line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from entrepot.pipelines.walk import facts
from entrepot.pipelines.walk.arrivals import arrivals_of
from entrepot.pipelines.walk.closed import ClosedSeason, Row
from entrepot.pipelines.walk.find import Numbered, rows_by
from entrepot.pipelines.walk.pieces import invoice_lines_of, items_of, received

#: Fates in the order in which they are told.
FATES = ("sold", "unsold", "in_transit", "scrapped", "lost", "sent_home")


def walk_items(closed: ClosedSeason, keys: Sequence[Numbered]) -> list[Row]:
    """Everything the close says of declaration items, as `--json` holds it."""
    rows = rows_by(closed, "trace", "declaration_no", "item_no", keys)
    arrivals = arrivals_of(closed, keys)
    items = facts.items(closed, keys, arrivals)
    every = [row for key in keys for row in rows[key]]
    lines = invoice_lines_of(every)
    invoices = dict(zip(lines, facts.invoices(closed, lines), strict=True))
    pieces = _by(received(closed, every, arrivals), "declaration_no", "item_no")
    return [_item(item, pieces[key], invoices) for key, item in zip(keys, items, strict=True)]


def _item(item: Row, mine: Sequence[Row], invoices: dict[Numbered, Row]) -> Row:
    refund = item["refund"]
    sums = facts.sums(mine)
    covered = sums["units"] - sums["uncovered"]
    # Of receipts that another item with the SKU may have had, those that no piece can have had go.
    named = {_name(each) for piece in mine for each in piece["received"]["receipts"]}
    by_invoice = _by(mine, "invoice_no", "invoice_line_no")
    return {
        "kind": "declaration",
        **item,
        **sums,
        "receipts": [each for each in item["receipts"] if _name(each) in named],
        "invoices": [invoices[key] | facts.sums(by_invoice[key]) for key in invoice_lines_of(mine)],
        "fates": by_fate(mine),
        "pieces": list(mine),
        "proofs": [
            facts.proof("declared", refund["declared"], units_by_fate(mine)),
            facts.proof("covered", refund["covered"], {"invoices": covered}),
            *_amounts(sums, mine),
        ],
    }


def _name(receipt: Row) -> tuple[str, int]:
    return receipt["receipt_no"], receipt["line_no"]


def walk_invoice_lines(closed: ClosedSeason, keys: Sequence[Numbered]) -> list[Row]:
    """Everything the close says of invoice lines, as `--json` holds it."""
    rows = rows_by(closed, "trace", "invoice_no", "invoice_line_no", keys)
    every = [row for key in keys for row in rows[key]]
    items = items_of(every)
    arrivals = arrivals_of(closed, items)
    told = dict(zip(items, facts.items(closed, items, arrivals), strict=True))
    pieces = _by(received(closed, every, arrivals), "invoice_no", "invoice_line_no")
    return [
        _invoice_line(invoice, pieces[key], told)
        for key, invoice in zip(keys, facts.invoices(closed, keys), strict=True)
    ]


def _by(pieces: Sequence[Row], number: str, line: str) -> dict[Numbered, list[Row]]:
    """Pieces by two of their columns."""
    found: dict[Numbered, list[Row]] = defaultdict(list)
    for piece in pieces:
        found[piece[number], piece[line]].append(piece)
    return found


def _invoice_line(invoice: Row, mine: Sequence[Row], items: dict[Numbered, Row]) -> Row:
    sums = facts.sums(mine)
    bought = sum(invoice["skus"].values())
    rest = bought - sums["units"]
    return {
        "kind": "invoice",
        **invoice,
        **sums,
        "bought": bought,
        "items": [
            items[key] | {"covers": facts.sums(each), "fates": by_fate(each)}
            for key, each in _by(mine, "declaration_no", "item_no").items()
        ],
        "fates": by_fate(mine),
        "pieces": list(mine),
        "proofs": [
            facts.proof(
                "bought",
                bought,
                {"declared": sums["units"]} | ({"not_declared": rest} if rest > 0 else {}),
            ),
            facts.proof("declared", sums["units"], units_by_fate(mine)),
            *_amounts(sums, mine),
        ],
    }


def _groups(mine: Sequence[Row]) -> dict[tuple[str, str | None], list[Row]]:
    """Pieces by fate and warehouse, fates in the order in which they are told."""
    found: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for piece in sorted(mine, key=lambda each: FATES.index(each["fate"])):
        found[piece["fate"], piece["warehouse"]].append(piece)
    return found


def by_fate(mine: Sequence[Row]) -> list[Row]:
    """What became of pieces, by fate and warehouse: one entry each, with sums, orders and days."""
    return [
        {
            "fate": fate,
            "warehouse": warehouse,
            **facts.sums(each),
            "orders": len(orders_of(each)),
            "first_day": min(piece["day"] for piece in each),
            "last_day": max(piece["day"] for piece in each),
        }
        for (fate, warehouse), each in _groups(mine).items()
    ]


def orders_of(mine: Sequence[Row]) -> dict[tuple[str | None, str], list[Row]]:
    """The pieces of each order that pieces name."""
    found: dict[tuple[str | None, str], list[Row]] = defaultdict(list)
    for piece in mine:
        if piece["order_no"] is not None:
            found[piece["channel"], piece["order_no"]].append(piece)
    return found


def units_by_fate(mine: Sequence[Row]) -> dict[str, int]:
    """Units of pieces by fate, those that there are."""
    found: dict[str, int] = defaultdict(int)
    for piece in sorted(mine, key=lambda each: FATES.index(each["fate"])):
        found[piece["fate"]] += piece["quantity"]
    return dict(found)


def _amounts(sums: Row, mine: Sequence[Row]) -> list[Row]:
    """That the amount of pieces is the sum over their fates; nothing where none has one."""
    if sums["net_amount"] is None:
        return []
    found: dict[str, Decimal] = defaultdict(Decimal)
    for piece in sorted(mine, key=lambda each: FATES.index(each["fate"])):
        if piece["net_amount"] is not None:
            found[piece["fate"]] += Decimal(piece["net_amount"])
    parts = {fate: str(amount) for fate, amount in found.items()}
    return [facts.proof("net_amount", sums["net_amount"], parts)]
