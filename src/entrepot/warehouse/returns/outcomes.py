# SPDX-License-Identifier: Apache-2.0
"""Where goods that came back go: to a bin, to scrap, or home."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from entrepot.errors import Refused
from entrepot.ledger.document import Document, Line
from entrepot.ledger.opening import open_places
from entrepot.ledger.places import RETURNS
from entrepot.warehouse.floor.moving import part_of
from entrepot.warehouse.floor.rules import is_area
from entrepot.warehouse.floor.suggesting import suggest
from entrepot.warehouse.models.returns import OUTCOMES, RESTOCK, SCRAP

#: Where what is sent home is on the way, before its return's number.
VOYAGE: Final = "voyage/return-"


class NoShelf(Refused):
    """Goods that are restocked go to a bin, not to an area; others go to none."""

    code = "warehouse.no_shelf"


@dataclass(frozen=True, slots=True)
class Going:
    """Units that lie in @returns, and what becomes of them.

    Args:
        target: the bin where they are restocked; the one that is suggested where it is None.
        back: the number of their return.
    """

    sku: str
    lot: str
    quantity: int
    outcome: str
    target: str | None
    back: str


def check_target(outcome: str, target: str | None) -> None:
    """Refuse a bin for what is not restocked, and an area for what is.

    Raises:
        NoShelf: with what was found.
    """
    if target is None or (outcome == RESTOCK and not target.startswith("@")):
        return
    raise NoShelf(
        f"Cannot put goods that came back into {target or 'the warehouse'}.",
        "An area is no shelf." if outcome == RESTOCK else "They are not restocked.",
        "Name a bin for what is restocked, and none for other outcomes.",
        target=target,
    )


def places_of(warehouse: str, going: Sequence[Going]) -> list[str]:
    """Where each goes; nothing for what is not decided. Opens the places that are not there yet.

    Args:
        warehouse: the place: warehouse/DUI1.
    """
    code = warehouse.partition("/")[2]
    open_ended = [(g.sku, g.quantity) for g in going if g.outcome == RESTOCK and g.target is None]
    suggested = iter(suggest(code, open_ended) if open_ended else ())
    places = []
    for each in going:
        if not each.outcome:
            places.append("")
        elif each.outcome == RESTOCK:
            bin = next(suggested) if each.target is None else each.target
            places.append(part_of(warehouse, bin))
        elif each.outcome == SCRAP:
            places.append(f"scrapped/{code}")
        else:
            places.append(VOYAGE + each.back)
    if new := {each for each in places if each and not each.startswith(warehouse)}:
        open_places(new)
    assert not any(is_area(each) for each in places)
    return places


def documents_of(
    scan: str, on: date, warehouse: str, going: Sequence[Going], places: Iterable[str]
) -> list[Document]:
    """The documents with which goods leave @returns: one for each outcome."""
    lines: dict[str, list[Line]] = {}
    for each, place in zip(going, places, strict=True):
        if each.outcome:
            line = Line(each.sku, each.quantity, f"{warehouse}/{RETURNS}", place, each.lot)
            lines.setdefault(each.outcome, []).append(line)
    return [Document(kind, scan, on, lines[kind]) for kind in OUTCOMES if kind in lines]
