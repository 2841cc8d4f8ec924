# SPDX-License-Identifier: Apache-2.0
"""No sequence of events ever puts a piece into a container that was not released."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.consolidating.announcing import announce
from entrepot.consolidating.containers import depart, gate_out, load, open_container, seal
from entrepot.consolidating.models import Piece
from entrepot.consolidating.rules import INSIDE, STEPS
from entrepot.errors import Refused
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from tests.consolidating.kit import SITE, check_site, event, piece, recorded

MARKS, BOXES = ("P-1", "P-2", "P-3"), ("BOX-1", "BOX-2")
EVENTS = st.builds(
    lambda mark, name, box, fate, number: event(
        mark, name, number=str(number),
        **({"container": box} if name == "consolidated" else {}),
        **({"disposition": fate} if name == "failed" else {}),
    ),
    st.sampled_from(MARKS), st.sampled_from(sorted(STEPS)), st.sampled_from(BOXES),
    st.sampled_from(["hold", "hold", "return"]), st.integers(0, 60),
)  # fmt: skip
#: Whole ways, so that containers are reached at all, cut and shuffled among other events.
WAY = st.sampled_from(MARKS).flatmap(
    lambda mark: st.sampled_from([
        ("arrived", "declared", "not_selected", "released", "consolidated"),
        ("arrived", "declared", "selected", "inspecting", "passed", "released", "consolidated"),
        ("arrived", "declared", "selected", "inspecting", "failed", "released", "consolidated"),
        ("arrived", "declared", "consolidated"), ("taken_out", "consolidated"),
    ]).map(lambda names: [event(mark, name, container="BOX-1") if name == "consolidated"
                          else event(mark, name) for name in names])
)  # fmt: skip
CALLS = st.lists(st.one_of(st.lists(EVENTS, min_size=1, max_size=6), WAY), min_size=1, max_size=8)
ASKS = st.lists(
    st.tuples(st.sampled_from(BOXES), st.sampled_from([seal, load, gate_out, depart])), max_size=4
)


@settings(suppress_health_check=[*HealthCheck], deadline=None)
@given(CALLS, ASKS, CALLS)
def test_no_sequence_of_events_loads_what_was_not_released(desk, calls, asks, later):
    enterprise = Enterprise.objects.create().id
    with within(enterprise):
        boxes = {name: open_container(name, SITE).id for name in BOXES}
        announce([piece(mark) for mark in MARKS])
    for events in calls:
        recorded(enterprise, *events)
    for name, ask in asks:
        try:
            with within(enterprise):
                ask(boxes[name], "SEAL") if ask is seal else ask(boxes[name])
        except Refused:
            continue
    for events in later:
        recorded(enterprise, *events)

    check_site(enterprise)
    with within(enterprise):
        for each in Piece.objects.select_related("container"):
            assert (each.state in INSIDE) == (each.container is not None)
            if each.container and each.container.state != "open":
                expected = "consolidated" if each.container.state == "sealed" else None
                assert each.state == (expected or each.container.state)
