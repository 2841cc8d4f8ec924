# SPDX-License-Identifier: Apache-2.0
"""Inspection before loading (先查验后装运): which event leads a piece from which state where.

The database holds the same (`consolidating_piece_goes` in the migration): a piece that has neither
passed nor was left out of inspection, and been released, gets into no container.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

State = Literal[
    "ordered", "loose_in_site", "declared", "selected", "not_selected", "inspecting", "passed",
    "failed", "released", "consolidated", "loaded", "gate_out", "departed",
]  # fmt: skip
Event = Literal[
    "arrived", "declared", "selected", "not_selected", "inspecting", "passed", "failed",
    "released", "consolidated", "taken_out", "sealed", "loaded", "gate_out", "departed",
]  # fmt: skip
Disposition = Literal["hold", "return", "seize"]
ContainerState = Literal["open", "sealed", "loaded", "gate_out", "departed"]

#: In the order in which a piece goes through them.
STATES: Final[tuple[State, ...]] = (
    "ordered", "loose_in_site", "declared", "selected", "not_selected", "inspecting", "passed",
    "failed", "released", "consolidated", "loaded", "gate_out", "departed",
)  # fmt: skip
#: What becomes of a piece that failed.
DISPOSITIONS: Final[tuple[Disposition, ...]] = ("hold", "return", "seize")
#: States in which a piece is in a container.
INSIDE: Final[frozenset[State]] = frozenset({"consolidated", "loaded", "gate_out", "departed"})
CONTAINER_STATES: Final[tuple[ContainerState, ...]] = (
    "open", "sealed", "loaded", "gate_out", "departed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """From which states an event leads where, and what has to be said of it."""

    begins: tuple[State, ...]
    ends: State
    asks: tuple[str, ...] = ()


#: What happens to pieces, one by one.
STEPS: Final[dict[Event, Step]] = {
    "arrived": Step(("ordered",), "loose_in_site", ("site",)),
    "declared": Step(("loose_in_site",), "declared", ("declaration_no",)),
    "selected": Step(("declared",), "selected"),
    "not_selected": Step(("declared",), "not_selected"),
    "inspecting": Step(("selected", "failed"), "inspecting"),
    "passed": Step(("inspecting",), "passed"),
    "failed": Step(("inspecting", "failed"), "failed", ("reason", "disposition")),
    "released": Step(("passed", "not_selected"), "released"),
    "consolidated": Step(("released",), "consolidated", ("container",)),
    "taken_out": Step(("consolidated",), "released"),
}
#: What happens to a container and with it to all pieces in it: from which state it goes where.
CONTAINER_STEPS: Final[dict[Event, tuple[ContainerState, ContainerState]]] = {
    "sealed": ("open", "sealed"),
    "loaded": ("sealed", "loaded"),
    "gate_out": ("loaded", "gate_out"),
    "departed": ("gate_out", "departed"),
}
#: The state of a container's pieces before and after.
PIECES_OF: Final[dict[Event, tuple[State, State]]] = {
    "sealed": ("consolidated", "consolidated"),
    "loaded": ("consolidated", "loaded"),
    "gate_out": ("loaded", "gate_out"),
    "departed": ("gate_out", "departed"),
}


def leads_to(state: State, event: Event, disposition: str = "") -> State | None:
    """Where an event leads a piece; None where it does not happen in this state.

    `disposition`: of a piece that failed. What is held may be inspected again, or be sent back or
    seized after all; what goes back or was seized does neither.

    Source:
        GACC 2024 No. 167, item 3, as read in a copy: loose cargo enters the supervised site, is
        inspected first, then consolidated and loaded. The names of the states, that a piece is
        released before it is consolidated, what follows a hold, and taking out again before
        sealing are our own policy.
    """
    step = STEPS[event]
    if state not in step.begins:
        return None
    if state == "failed" and disposition != "hold":
        return None
    return step.ends


def may_be_loaded(state: State) -> bool:
    """Whether a piece may be put into a container: it passed or was not selected, and is released.

    Source: as `leads_to`.
    """
    return leads_to(state, "consolidated") is not None
