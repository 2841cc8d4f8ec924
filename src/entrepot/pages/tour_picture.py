# SPDX-License-Identifier: Apache-2.0
"""Lay out the picture of a unit's way: steps side by side, branches above each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from entrepot.pages.tour_steps import Step

WIDE, HIGH, GAP, BETWEEN = 146, 66, 18, 18
#: Branches that are drawn; more are told below.
MOST = 5
#: Letters of a name that fit.
_LETTERS = 18


@dataclass(frozen=True, slots=True)
class Node:
    """A step in the picture: where it stands and its three lines."""

    x: float
    y: float
    kind: str
    what: str
    name: str
    says: str
    is_maybe: bool
    id: UUID | None
    after: UUID | None

    @property
    def middle(self) -> float:
        return self.y + HIGH / 2


@dataclass(frozen=True, slots=True)
class Picture:
    """Nodes, and the lines between them."""

    width: int
    height: int
    nodes: Sequence[Node]
    lines: Sequence[str]


Column = Sequence[Step]


@dataclass(slots=True)
class _Canvas:
    """Where steps are put: columns of steps, each column in the middle of the height."""

    height: int
    nodes: list[Node] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def place(self, step: Step, column: int, row: int, of: int) -> Node:
        """Put a step into a column that has `of` of them."""
        top = (self.height - of * (HIGH + BETWEEN) + BETWEEN) / 2
        says = " · ".join(x for x in (step.count, step.day) if x)
        node = Node(
            column * (WIDE + GAP) + 1, top + row * (HIGH + BETWEEN) + 1, step.kind, step.what,
            _fits(step.name), says, step.is_maybe, step.id, step.after,
        )  # fmt: skip
        self.nodes.append(node)
        return node

    def join(self, some: Sequence[Node], others: Sequence[Node]) -> None:
        """Draw lines: to each of the others from the one that it comes after, else from all."""
        for b in others:
            known = [a for a in some if b.after is not None and a.id == b.after]
            self.lines.extend(_line(a, b) for a in known or some)

    def columns(
        self, columns: Sequence[Column], at: int, met: Sequence[Node]
    ) -> tuple[int, Sequence[Node]]:
        """Put columns one after another; which column is next, and where the way stands."""
        for steps in columns:
            here = [self.place(step, at, row, len(steps)) for row, step in enumerate(steps)]
            self.join(met, here)
            at, met = at + 1, here
        return at, met


def draw(
    before: Sequence[Column],
    branches: Sequence[Sequence[Step]],
    after: Sequence[Column],
    ends: Sequence[Step | None],
) -> Picture:
    """Draw a way.

    Args:
        before: steps that all units took before they parted; those of a column at once.
        branches: of each, its steps, at most one of a kind.
        after: steps that all took again after they met.
        ends: of each branch, its end.
    """
    branches, ends = branches[:MOST], list(ends[:MOST])
    before, after = [each[:MOST] for each in before if each], [e[:MOST] for e in after if e]
    kinds = list(dict.fromkeys(step.kind for branch in branches for step in branch))
    kinds.sort(key=_ORDER.index)
    rows = max([len(branches), 1, *map(len, before), *map(len, after)])
    canvas = _Canvas(rows * (HIGH + BETWEEN) - BETWEEN)
    column, met = canvas.columns(before, 0, [])
    last: list[Sequence[Node]] = []
    for at, branch in enumerate(branches):
        came = met
        for step in branch:
            node = canvas.place(step, column + kinds.index(step.kind), at, len(branches))
            canvas.join(came, [node])
            came = [node]
        last.append(came)
    met = list(dict.fromkeys(node for each in last for node in each)) or met
    column, met = canvas.columns(after, column + len(kinds), met)
    for at, end in enumerate(ends):
        if end is not None:
            node = canvas.place(end, column, at, len(ends))
            canvas.join(met if after or not last else last[at], [node])
    columns = max(column + any(ends), 1)
    width = columns * (WIDE + GAP) - GAP + 2
    return Picture(width, canvas.height + 2, canvas.nodes, canvas.lines)


#: The kinds of steps in the order of the way.
_ORDER = (
    "invoice", "home", "declaration", "consignment", "receipt", "bin", "reserved", "picked",
    "packed", "shipped", "returned", "fate", "refund",
)  # fmt: skip


def _fits(name: str) -> str:
    """A name whose middle is left out where it is too long."""
    return name if len(name) <= _LETTERS else f"{name[:8]}…{name[-9:]}"


def _line(a: Node, b: Node) -> str:
    x, to_x, bend = a.x + WIDE, b.x, (a.x + WIDE + b.x) / 2
    return f"M{x:g} {a.middle:g}C{bend:g} {a.middle:g} {bend:g} {b.middle:g} {to_x:g} {b.middle:g}"
