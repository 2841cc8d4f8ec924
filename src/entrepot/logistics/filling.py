# SPDX-License-Identifier: Apache-2.0
"""Which lines of a consignment what arrives belongs to: its lines are filled up, first to last.

A unit whose lot was read fills a line of that lot first and else one without a lot, never one of
another lot. What no line has room for is over: it counts under the last line of its SKU with a
declaration.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(slots=True)
class Announced:
    """A line of a consignment, and how much of it is open."""

    line_no: int
    lot: str
    open: int
    declaration_no: str | None
    item_no: int | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Units of one scan that fill one line, or none: then they are over, or were not expected.

    `line` of what is over is the one whose declaration it counts under.
    """

    sku: str
    quantity: int
    lot: str
    line: Announced | None
    is_over: bool


@dataclass(slots=True)
class _Sku:
    """The open lines of a SKU, by lot, in their order; and its last line, open or not."""

    lots: dict[str, deque[Announced]] = field(default_factory=lambda: defaultdict(deque))
    last: Announced | None = None


class Filling:
    """What is open of consignments, filled up by one scan after the other."""

    def __init__(self) -> None:
        self._skus: dict[tuple[UUID, str], _Sku] = defaultdict(_Sku)

    def announce(self, consignment: UUID, sku: str, line: Announced, *, is_last: bool) -> None:
        """Add a line; lines come in their order. The last one is given once more, as the last."""
        its = self._skus[consignment, sku]
        if is_last:
            its.last = line
        else:
            its.lots[line.lot].append(line)

    def is_expected(self, consignment: UUID, sku: str) -> bool:
        """Whether any line of the consignment is of this SKU."""
        return self._skus[consignment, sku].last is not None

    def take(self, consignment: UUID, sku: str, quantity: int, lot: str) -> list[Piece]:
        """Fill lines with units; what is left over is the last piece."""
        its, pieces = self._skus[consignment, sku], []
        for line in self._open(its, lot):
            part = min(quantity, line.open)
            line.open -= part
            quantity -= part
            pieces.append(Piece(sku, part, lot or line.lot, line, is_over=False))
            if not quantity:
                return pieces
        last = its.last if its.last and its.last.declaration_no else None
        return [*pieces, Piece(sku, quantity, lot, last, is_over=True)]

    def _open(self, its: _Sku, lot: str) -> Iterator[Announced]:
        """The lines that units of a lot may fill, first to last; of any lot where none was read."""
        while heads := list(self._heads(its, [lot, ""] if lot else list(its.lots))):
            yield heads[0] if lot else min(heads, key=lambda line: line.line_no)

    def _heads(self, its: _Sku, lots: Iterable[str]) -> Iterator[Announced]:
        for each in lots:
            lines = its.lots[each]
            while lines and not lines[0].open:
                lines.popleft()
            if lines:
                yield lines[0]
