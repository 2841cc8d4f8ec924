# SPDX-License-Identifier: Apache-2.0
"""A site for tests: pieces by the states that they are brought to, containers, events."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

from entrepot.consolidating import bills
from entrepot.consolidating.announcing import NewPiece, announce
from entrepot.consolidating.containers import open_container
from entrepot.consolidating.judging import Happened, Told
from entrepot.consolidating.load_plans import make
from entrepot.consolidating.measuring import NewMeasure, measure
from entrepot.consolidating.models import Piece, Step
from entrepot.consolidating.planning.cargo import Kind
from entrepot.consolidating.recording import record
from entrepot.consolidating.terms import put_kinds
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from tests.jobs.callers import Caller

SITE, BOX = "NB-YARD", "TCLU1234567"
DECLARATION = "310120260000000001"
#: The events that bring a piece to a state, from the beginning.
WAYS: dict[str, tuple[str, ...]] = {
    "ordered": (),
    "loose_in_site": ("arrived",),
    "declared": ("arrived", "declared"),
    "selected": ("arrived", "declared", "selected"),
    "not_selected": ("arrived", "declared", "not_selected"),
    "inspecting": ("arrived", "declared", "selected", "inspecting"),
    "passed": ("arrived", "declared", "selected", "inspecting", "passed"),
    "failed": ("arrived", "declared", "selected", "inspecting", "failed"),
    "released": ("arrived", "declared", "not_selected", "released"),
    "consolidated": ("arrived", "declared", "not_selected", "released", "consolidated"),
}


def piece(mark: str, **says: object) -> NewPiece:
    given: dict[str, object] = {"weight_g": 12_000, "volume_cm3": 96_000}
    return NewPiece(mark, **(given | says))  # type: ignore[arg-type]


def event(mark: str, name: str, **says: object) -> Happened:
    """An event with an id of its own, and what it asks for."""
    given: dict[str, object] = {
        "number": str(new_id()), "site": SITE, "declaration_no": DECLARATION, "container": BOX,
        "reason": "other goods than declared", "disposition": "hold",
    }  # fmt: skip
    asked = {
        "arrived": ("site",), "declared": ("declaration_no",), "consolidated": ("container",),
        "failed": ("reason", "disposition"),
    }.get(name, ())  # fmt: skip
    said = {key: value for key, value in given.items() if key in ("number", *asked)}
    return Happened(mark=mark, event=name, **(said | says))  # type: ignore[arg-type]


def recorded(enterprise: UUID, *events: Happened) -> list[Told]:
    with within(enterprise):
        return record(events)


def codes(told: Sequence[Told]) -> list[str]:
    """The state each event led to, or the code of its refusal."""
    return [each.refusal.code if each.refusal else each.state for each in told]


def brought(enterprise: UUID, state: str, *marks: str) -> None:
    """Pieces in a state, and an open container."""
    with within(enterprise):
        open_container(BOX, SITE)
        announce([piece(mark) for mark in marks])
        told = record([event(mark, name) for mark in marks for name in WAYS[state]])
    assert not [each for each in told if each.refusal], told


def states(enterprise: UUID) -> dict[str, str]:
    with within(enterprise):
        return dict(Piece.objects.values_list("mark", "state"))


def history(enterprise: UUID, mark: str) -> list[tuple[str, str, str]]:
    """The steps of a piece: event, was, became."""
    with within(enterprise):
        rows = Step.objects.filter(piece__mark=mark).order_by("step_no")
        return list(rows.values_list("event", "was", "became"))


def check_site(enterprise: UUID) -> None:
    """What holds always: whoever is or was in a container was released before, and why."""
    with within(enterprise):
        for each in Piece.objects.all():
            steps = list(Step.objects.filter(piece=each).order_by("step_no"))
            assert [step.step_no for step in steps] == list(range(1, each.steps + 1))
            assert (steps[-1].became if steps else "ordered") == each.state
            for before, after in pairwise(steps):
                assert before.became == after.was
            for at, step in enumerate(steps):
                if step.event == "consolidated":
                    cleared = [one.event for one in steps[:at]]
                    assert "released" in cleared
                    last = max(i for i, name in enumerate(cleared) if name == "released")
                    assert cleared[last - 1] in ("passed", "not_selected")


def add_site(caller: Caller, tag: str) -> None:
    """A row of everything, named by a tag, for tests of the whole API."""
    with within(caller.enterprise):
        box = open_container(f"{tag}BOX", f"{tag}SITE")
        announce([piece(f"{tag}-PCS", description=f"{tag} cartons", consignment=f"{tag}-C1")])
        told = record([
            event(f"{tag}-PCS", name, number=f"{tag}-{name}", site=f"{tag}SITE",
                  container=box.number)
            for name in WAYS["consolidated"]
        ])  # fmt: skip
    assert not [each for each in told if each.refusal], told
    with within(caller.enterprise):
        announce([piece(f"{tag}-NXT")])
        record([
            event(f"{tag}-NXT", name, number=f"{tag}-next-{name}", site=f"{tag}SITE")
            for name in WAYS["released"]
        ])  # fmt: skip
        measure([measured(f"{tag}-PCS", owner=f"{tag} Lamps"), measured(f"{tag}-NXT")])
        put_kinds([(Kind(f"{tag}KIND", *KIND_SIZES), None, "measured")])
        bills.name(box.id, f"{tag}-MASTER")
        make(f"{tag}SITE", None, 10, lambda *_: None)


KIND_SIZES = (3000, 2000, 2000, 1900, 1900, 4_000_000)


def measured(mark: str, **says: object) -> NewMeasure:
    """A piece of half a metre that bears four of its kind."""
    given: dict[str, object] = {
        "owner": "Ningbo Lamps", "length_mm": 600, "width_mm": 400, "height_mm": 400,
        "bears_g": 48_000,
    }  # fmt: skip
    return NewMeasure(mark, **(given | says))  # type: ignore[arg-type]
