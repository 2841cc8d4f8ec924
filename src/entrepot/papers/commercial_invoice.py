# SPDX-License-Identifier: Apache-2.0
"""The commercial invoice: what is sold to whom, what it is for customs, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from entrepot.papers.amounts import Currency, decimal, kilograms, money
from entrepot.papers.goods import Goods, goods_cell, marks_of
from entrepot.papers.parties import Party
from entrepot.papers.refusals import Unfit
from entrepot.papers.trade import Column, Paper, Row, render
from entrepot.papers.words import Language, Words

MOST_LINES: Final = 5000
#: A price for one is shown with so many decimals more than its currency has, where it has them.
_FINER: Final = 4


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """Units of a product; `amount` for all of them in the smallest unit of the currency."""

    goods: Goods
    quantity: int
    amount: int
    net_g: int
    gross_g: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """What stands on an invoice.

    freight, insurance, discount   what is added to the goods, and taken off
    consignee    to whom it goes, where that is not the buyer
    incoterm     with its place and edition
    statement    what the seller declares, in the seller's words
    signed       who signs
    """

    number: str
    issued_on: date
    seller: Party
    buyer: Party
    currency: Currency
    lines: tuple[InvoiceLine, ...]
    incoterm: str = ""
    reason: str = ""
    order: str = ""
    consignee: Party | None = None
    destination: str = ""
    carrier: str = ""
    tracking: str = ""
    packages: int = 1
    package_kind: str = ""
    freight: int = 0
    insurance: int = 0
    discount: int = 0
    statement: str = ""
    signed: str = ""


def commercial_invoice(invoice: Invoice, language: Language = "zh+en") -> bytes:
    """The invoice as a PDF on A4.

    Raises:
        Unfit: no lines or too many, a line without units, less gross than net, a negative amount.
        Unprintable: a name, address or number with characters that the font does not have.
    """
    _check(invoice)
    words = Words(language)
    paper = Paper(
        words("commercial_invoice"),
        invoice.number,
        _facts(invoice, words),
        _parties(invoice, words),
        _columns(words),
        [[_row(place, line, invoice, words)] for place, line in enumerate(invoice.lines, 1)],
        _total(invoice, words),
        _sums(invoice, words),
        marks_of([line.goods for line in invoice.lines], words),
        [invoice.statement] if invoice.statement else [],
        signed=invoice.signed or " ",
    )
    return render(paper, words)


def _check(invoice: Invoice) -> None:
    asked = f"Cannot print invoice {invoice.number}."
    if not 0 < len(invoice.lines) <= MOST_LINES:
        found = f"It has {len(invoice.lines)} lines; an invoice has 1 to {MOST_LINES:,}."
        raise Unfit(asked, found, "Choose what it is for.")
    for place, line in enumerate(invoice.lines, 1):
        if line.quantity <= 0 or line.amount < 0 or not 0 <= line.net_g <= line.gross_g:
            raise Unfit(
                asked,
                f"Line {place}: {line.quantity} units for {line.amount}, "
                f"{line.net_g} g net and {line.gross_g} g gross.",
                "Give units above zero, no amount below zero, and no less gross than net weight.",
            )
    if min(invoice.freight, invoice.insurance, invoice.discount) < 0:
        found = "Freight, insurance or discount is below zero."
        raise Unfit(asked, found, "Give them from zero; a discount is taken off.")
    if not 0 <= invoice.currency.decimals <= 6:
        found = f"{invoice.currency.code} has {invoice.currency.decimals} decimals."
        raise Unfit(asked, found, "Give 0 to 6 decimals for the currency.")


def _facts(invoice: Invoice, words: Words) -> list[tuple[str, str]]:
    kind = f" × {invoice.package_kind}" if invoice.package_kind else ""
    return [
        (words("date"), invoice.issued_on.isoformat()),
        (words("incoterm"), invoice.incoterm),
        (words("currency"), invoice.currency.code),
        (words("reason"), invoice.reason),
        (words("order"), invoice.order),
        (words("packages"), f"{invoice.packages}{kind}"),
        (words("destination"), invoice.destination),
        (words("carrier"), invoice.carrier),
        (words("tracking"), invoice.tracking),
    ]


def _parties(invoice: Invoice, words: Words) -> list[tuple[str, str, Party]]:
    parties = [
        (words("seller"), "the seller", invoice.seller),
        (words("buyer"), "the buyer", invoice.buyer),
    ]
    if invoice.consignee:
        parties.append((words("recipient"), "the consignee", invoice.consignee))
    return parties


def _columns(words: Words) -> list[Column]:
    return [
        Column(words.stacked("line"), 8, "centre"),
        Column(words.stacked("sku"), 25),
        Column(words.stacked("goods"), 50),
        Column(words.stacked("hs_code"), 20),
        Column(words.stacked("origin"), 11, "centre"),
        Column(words.stacked("quantity"), 14, "right"),
        Column(words.stacked("net_weight"), 15, "right"),
        Column(words.stacked("unit_price"), 17, "right"),
        Column(words.stacked("amount"), 20, "right"),
    ]


def _row(place: int, line: InvoiceLine, invoice: Invoice, words: Words) -> Row:
    return Row(
        (
            str(place),
            line.goods.sku,
            goods_cell(line.goods, words),
            line.goods.hs_code,
            line.goods.origin,
            f"{line.quantity:,}",
            kilograms(line.net_g),
            _price(line, invoice.currency),
            money(line.amount, invoice.currency),
        )
    )


def _price(line: InvoiceLine, currency: Currency) -> str:
    """The price for one, where decimals can say it exactly; else a dash, and the amount holds."""
    for finer in range(_FINER + 1):
        price, rest = divmod(line.amount * 10**finer, line.quantity)
        if not rest:
            return decimal(price, currency.decimals + finer)
    return "–"


def _total(invoice: Invoice, words: Words) -> Row:
    units = sum(line.quantity for line in invoice.lines)
    net = sum(line.net_g for line in invoice.lines)
    amount = sum(line.amount for line in invoice.lines)
    said = words("total")
    return Row(
        (
            "", said, "", "", "", f"{units:,}", kilograms(net), "", money(amount, invoice.currency)
        )
    )  # fmt: skip


def _sums(invoice: Invoice, words: Words) -> list[tuple[str, str]]:
    goods = sum(line.amount for line in invoice.lines)
    gross = sum(line.gross_g for line in invoice.lines)
    charges = {
        "freight": invoice.freight,
        "insurance": invoice.insurance,
        "discount": -invoice.discount,
    }
    total = goods + sum(charges.values())
    return [
        (words("total_gross"), f"{kilograms(gross)} kg"),
        (words("goods_value"), money(goods, invoice.currency)),
        *((words(key), money(each, invoice.currency)) for key, each in charges.items() if each),
        (f"{words('total')} {invoice.currency.code}", money(total, invoice.currency)),
    ]
