# SPDX-License-Identifier: Apache-2.0
"""What booking does with each line: how much each declared line gets, and what cannot be spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from entrepot.catalog.forms import Fault
from entrepot.costing.models import Invoice, InvoiceLine
from entrepot.costing.resolving import resolve
from entrepot.costing.rules import BOOKED, OF_GOODS, Key, is_spread, split
from entrepot.costing.saying import NewInvoice, NewLine, lines_of, said
from entrepot.finance.tables_costs import GIVEN_BACK

Goes = Literal["goods", "sales", "tax"]


@dataclass(frozen=True, slots=True)
class Part:
    """What a declared line gets of a line: its share, and hundredths."""

    declaration_no: str
    item_no: int
    sku: str
    share: int
    amount: int


@dataclass(frozen=True, slots=True)
class LineSpread:
    """A line and its parts, which sum to it; without parts it goes to costs of sales at once
    (`sales`), or is owed by tax abroad (`tax`), or cannot be spread, which `faults` say.
    """

    line_no: int
    account: str
    amount: int
    goes: Goes
    parts: Sequence[Part] = ()
    faults: Sequence[Fault] = ()


def preview(new: NewInvoice) -> list[LineSpread]:
    """What booking an invoice would do."""
    spreads = resolve(new.lines)
    return [
        LineSpread(
            row, line.account, line.amount, _goes(line),
            _parts(line.amount, spreads[row].shares) if row in spreads else (),
            spreads[row].faults if row in spreads else (),
        )
        for row, line in enumerate(new.lines, 1)
    ]  # fmt: skip


def spread_of(invoice: Invoice) -> list[LineSpread]:
    """What booking a draft would do, or what it did."""
    lines = lines_of([invoice])[invoice.id]
    if invoice.state != BOOKED:
        return preview(said(invoice, lines))
    return [
        LineSpread(
            line.line_no, line.account, line.amount, _goes(line),
            _parts(line.amount, {each.key: each.share for each in line.given})  # type: ignore[attr-defined]
            if is_spread(line.account, line.paid_for) else (),
        )
        for line in lines
    ]  # fmt: skip


def _goes(line: NewLine | InvoiceLine) -> Goes:
    if line.account == GIVEN_BACK:
        return "tax"
    return "goods" if line.paid_for in OF_GOODS else "sales"


def _parts(amount: int, shares: Mapping[Key, int]) -> list[Part]:
    if not shares:
        return []
    return [
        Part(*key, share, part)
        for (key, share), part in zip(
            shares.items(), split(amount, list(shares.values())), strict=True
        )
    ]
