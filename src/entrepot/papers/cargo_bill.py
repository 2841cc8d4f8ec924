# SPDX-License-Identifier: Apache-2.0
"""Master and house documents of a consolidated container: all of it, or what one owner has in it.

They say what is in the container and under which numbers. No form of a carrier was read: these are
ours, give no title to the goods, and say so at their foot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from entrepot.papers.amounts import decimal, kilograms
from entrepot.papers.refusals import Unfit
from entrepot.papers.trade import Column, Paper, Row, render
from entrepot.papers.words import Language, Words

MOST_PIECES: Final = 10_000
_CUBIC_METRE_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True)
class BilledPiece:
    """A piece in a container: grams and cubic centimetres."""

    mark: str
    declaration_no: str
    description: str
    weight_g: int
    volume_cm3: int


@dataclass(frozen=True, slots=True)
class HouseBill:
    """What one owner has in a container; `bill_no` is empty while it has no number."""

    owner: str
    bill_no: str
    pieces: tuple[BilledPiece, ...]

    @property
    def weight_g(self) -> int:
        """Gross grams."""
        return sum(each.weight_g for each in self.pieces)

    @property
    def volume_cm3(self) -> int:
        """Cubic centimetres."""
        return sum(each.volume_cm3 for each in self.pieces)


@dataclass(frozen=True, slots=True)
class MasterBill:
    """A container with the houses in it, by owner."""

    container: str
    site: str
    seal_no: str
    bill_no: str
    houses: tuple[HouseBill, ...]

    @property
    def pieces(self) -> int:
        """How many there are in all."""
        return sum(len(each.pieces) for each in self.houses)

    @property
    def weight_g(self) -> int:
        """Gross grams."""
        return sum(each.weight_g for each in self.houses)

    @property
    def volume_cm3(self) -> int:
        """Cubic centimetres."""
        return sum(each.volume_cm3 for each in self.houses)


def master_bill(given: MasterBill, language: Language = "zh+en") -> bytes:
    """The master document as a PDF on A4: a row for each house.

    Raises:
        Unfit: no pieces or too many.
        Unprintable: a number with characters that the font does not have.
    """
    _must_fit(given.container, given.pieces)
    words = Words(language)
    columns = [
        Column(words.stacked("line"), 8, "centre"),
        Column(words.stacked("house_no"), 45),
        Column(words.stacked("load_owner"), 60),
        Column(words.stacked("pieces"), 20, "right"),
        Column(words.stacked("gross_kg"), 23, "right"),
        Column(words.stacked("cubic_metres"), 24, "right"),
    ]
    rows = [
        Row((
            str(place), each.bill_no or "–", each.owner, f"{len(each.pieces):,}",
            *_sums(each),
        ))
        for place, each in enumerate(given.houses, 1)
    ]  # fmt: skip
    total = Row(("", words("total"), "", f"{given.pieces:,}", *_sums(given)))
    facts = [*_facts(given, words), (words("houses"), f"{len(given.houses):,}")]
    return _paper("master_bill", given.bill_no, facts, columns, rows, total, words)


def house_bill(given: MasterBill, owner: str, language: Language = "zh+en") -> bytes:
    """The house document of an owner as a PDF on A4: a row for each piece.

    Raises:
        Unfit: the owner has nothing in the container, or too much.
        Unprintable: a number with characters that the font does not have.
    """
    house = next((each for each in given.houses if each.owner == owner), None)
    _must_fit(given.container, len(house.pieces) if house else 0)
    assert house is not None  # of no pieces it was refused
    words = Words(language)
    columns = [
        Column(words.stacked("line"), 8, "centre"),
        Column(words.stacked("piece_mark"), 45),
        Column(words.stacked("description"), 50),
        Column(words.stacked("declaration_or_list"), 35),
        Column(words.stacked("gross_kg"), 20, "right"),
        Column(words.stacked("cubic_metres"), 22, "right"),
    ]
    rows = [
        Row((
            str(place), each.mark, each.description, each.declaration_no,
            kilograms(each.weight_g), decimal(each.volume_cm3, _CUBIC_METRE_DECIMALS),
        ))
        for place, each in enumerate(house.pieces, 1)
    ]  # fmt: skip
    total = Row(("", words("total"), f"{len(house.pieces):,}", "", *_sums(house)))
    facts = [(words("load_owner"), owner), (words("master_no"), given.bill_no or "–"),
             *_facts(given, words)]  # fmt: skip
    return _paper("house_bill", house.bill_no, facts, columns, rows, total, words)


def _paper(
    title: str,
    number: str,
    facts: list[tuple[str, str]],
    columns: list[Column],
    rows: list[Row],
    total: Row,
    words: Words,
) -> bytes:
    paper = Paper(
        words(title), number or "–", facts, [], columns, [[row] for row in rows], total,
        notes=[words("bill_note")], signed=" ",
    )  # fmt: skip
    return render(paper, words)


def _must_fit(container: str, pieces: int) -> None:
    if not 0 < pieces <= MOST_PIECES:
        raise Unfit(
            f"Cannot print a document of container {container}.",
            f"It would name {pieces} pieces; one names 1 to {MOST_PIECES:,}.",
            "Load pieces of this owner first, or take the table.",
        )


def _facts(given: MasterBill, words: Words) -> list[tuple[str, str]]:
    return [
        (words("container"), given.container),
        (words("seal_no"), given.seal_no or "–"),
        (words("site"), given.site),
    ]


def _sums(given: MasterBill | HouseBill) -> tuple[str, str]:
    return kilograms(given.weight_g), decimal(given.volume_cm3, _CUBIC_METRE_DECIMALS)
