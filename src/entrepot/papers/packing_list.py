# SPDX-License-Identifier: Apache-2.0
"""The packing list: what is in which package, and what each weighs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from entrepot.papers.amounts import decimal, kilograms
from entrepot.papers.goods import Goods, goods_cell, marks_of
from entrepot.papers.parties import Party
from entrepot.papers.refusals import Unfit
from entrepot.papers.trade import Column, Paper, Row, render
from entrepot.papers.words import Language, Words

MOST_LINES: Final = 5000
#: Kinds of packages that are counted one by one at the foot.
MOST_KINDS: Final = 8


@dataclass(frozen=True, slots=True)
class PackedLine:
    """Units of a product in a package, and what all of them weigh net."""

    goods: Goods
    quantity: int
    net_g: int


@dataclass(frozen=True, slots=True)
class Package:
    """A package: its number or SSCC, its kind, what it weighs as it stands, and how large it is."""

    number: str
    kind: str
    gross_g: int
    lines: tuple[PackedLine, ...]
    size_mm: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class PackingList:
    """What stands on a packing list; `invoice` is the number of the invoice it goes with."""

    number: str
    issued_on: date
    shipper: Party
    consignee: Party
    packages: tuple[Package, ...]
    order: str = ""
    invoice: str = ""
    incoterm: str = ""
    carrier: str = ""
    tracking: str = ""
    destination: str = ""
    marks: str = ""
    note: str = ""


def packing_list(given: PackingList, language: Language = "zh+en") -> bytes:
    """The packing list as a PDF on A4.

    Raises:
        Unfit: no packages, an empty one, a line without units, one lighter than what is in it.
        Unprintable: a name, address or number with characters that the font does not have.
    """
    _check(given)
    words = Words(language)
    lines = [line for package in given.packages for line in package.lines]
    paper = Paper(
        words("packing_list"),
        given.number,
        _facts(given, words),
        [
            (words("sender"), "the shipper", given.shipper),
            (words("recipient"), "the consignee", given.consignee),
        ],
        _columns(words),
        [group for package in given.packages for group in _groups(package, words)],
        _total(given, words),
        _sums(given, words),
        marks_of([line.goods for line in lines], words),
        [given.note] if given.note else [],
    )
    return render(paper, words)


def _check(given: PackingList) -> None:
    asked = f"Cannot print packing list {given.number}."
    count = sum(len(package.lines) for package in given.packages)
    if not 0 < count <= MOST_LINES:
        found = f"It has {count} lines; a packing list has 1 to {MOST_LINES:,}."
        raise Unfit(asked, found, "Choose packages with something in them.")
    for package in given.packages:
        net = sum(line.net_g for line in package.lines)
        if not package.lines or any(line.quantity <= 0 or line.net_g < 0 for line in package.lines):
            raise Unfit(
                asked,
                f"Package {package.number} is empty, or a line of it has no units.",
                "Give every package what is in it.",
            )
        if package.gross_g < net:
            raise Unfit(
                asked,
                f"Package {package.number} weighs {package.gross_g} g and holds {net} g.",
                "Weigh it again, or correct the weights of its products.",
            )


def _facts(given: PackingList, words: Words) -> list[tuple[str, str]]:
    return [
        (words("date"), given.issued_on.isoformat()),
        (words("order"), given.order),
        (words("commercial_invoice"), given.invoice),
        (words("incoterm"), given.incoterm),
        (words("carrier"), given.carrier),
        (words("tracking"), given.tracking),
        (words("destination"), given.destination),
        (words("marks"), given.marks),
    ]


def _columns(words: Words) -> list[Column]:
    return [
        Column(words.stacked("line"), 9, "centre"),
        Column(words.stacked("sku"), 34),
        Column(words.stacked("goods"), 66),
        Column(words.stacked("hs_code"), 22),
        Column(words.stacked("origin"), 13, "centre"),
        Column(words.stacked("quantity"), 14, "right"),
        Column(words.stacked("net_weight"), 22, "right"),
    ]


def _groups(package: Package, words: Words) -> list[list[Row]]:
    """The rows of a package: its heading stays with its first line."""
    size = " × ".join(decimal(each, 1) for each in package.size_mm or ())
    said = [f"{words('package')} {package.number}", package.kind, f"{size} cm" if size else ""]
    gross = f"{words('total_gross')} {kilograms(package.gross_g)} kg"
    heading = Row((" · ".join(each for each in (*said, gross) if each),))
    rows = [
        Row(
            (
                str(place),
                line.goods.sku,
                goods_cell(line.goods, words),
                line.goods.hs_code,
                line.goods.origin,
                f"{line.quantity:,}",
                kilograms(line.net_g),
            )
        )
        for place, line in enumerate(package.lines, 1)
    ]
    return [[heading, rows[0]], *([row] for row in rows[1:])]


def _total(given: PackingList, words: Words) -> Row:
    lines = [line for package in given.packages for line in package.lines]
    units, net = sum(line.quantity for line in lines), sum(line.net_g for line in lines)
    return Row(("", words("total"), "", "", "", f"{units:,}", kilograms(net)))


def _sums(given: PackingList, words: Words) -> list[tuple[str, str]]:
    kinds = sorted({package.kind for package in given.packages if package.kind})[:MOST_KINDS]
    counted = [(kind, sum(package.kind == kind for package in given.packages)) for kind in kinds]
    gross = sum(package.gross_g for package in given.packages)
    return [
        *((kind, f"{count:,}") for kind, count in counted),
        (words("packages"), f"{len(given.packages):,}"),
        (words("total_gross"), f"{kilograms(gross)} kg"),
    ]
