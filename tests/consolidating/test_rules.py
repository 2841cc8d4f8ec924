# SPDX-License-Identifier: Apache-2.0
"""The ways of a piece: the rules say them, and the database holds the same."""

from __future__ import annotations

from itertools import product

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from entrepot.consolidating.models import Piece, Step
from entrepot.consolidating.rules import INSIDE, PIECES_OF, STATES, STEPS, leads_to, may_be_loaded
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from tests.consolidating.kit import WAYS, brought

#: As the text behind the rules has them, one by one.
DRAWN = {
    "ordered": {"loose_in_site"},
    "loose_in_site": {"declared"},
    "declared": {"selected", "not_selected"},
    "selected": {"inspecting"},
    "inspecting": {"passed", "failed"},
    "passed": {"released"},
    "not_selected": {"released"},
    "released": {"consolidated"},
    "consolidated": {"loaded"},
    "loaded": {"gate_out"},
    "gate_out": {"departed"},
    "failed": set(),
    "departed": set(),
}
#: What is our own: taken out before sealing, sealed, inspected again, and held, then sent back.
OURS = {
    ("consolidated", "released"), ("consolidated", "consolidated"), ("failed", "inspecting"),
    ("failed", "failed"),
}  # fmt: skip


def ways():
    """Every way that the rules know."""
    found = {(begin, step.ends) for step in STEPS.values() for begin in step.begins}
    return found | set(PIECES_OF.values())


def test_the_ways_are_those_of_the_text_and_ours():
    assert ways() == {(a, b) for a, ends in DRAWN.items() for b in ends} | OURS
    assert set(DRAWN) == set(STATES)


def test_only_what_is_released_may_be_loaded():
    assert [state for state in STATES if may_be_loaded(state)] == ["released"]


@pytest.mark.parametrize("disposition", ["return", "seize"])
def test_what_failed_goes_on_from_hold_only(disposition):
    assert leads_to("failed", "inspecting", "hold") == "inspecting"
    assert leads_to("failed", "inspecting", disposition) is None
    assert leads_to("failed", "failed", disposition) is None


def test_the_database_lets_a_piece_go_those_ways_and_no_other(enterprise):
    """Each pair of states tried by SQL, with a step that claims it, past all code of ours."""
    went = set()
    for was in WAYS:
        brought(enterprise, was, f"P-{was}")
    for was, became in product(WAYS, STATES):
        try:
            with within(enterprise):
                _force(f"P-{was}", was, became)
                went.add((was, became))
                transaction.set_rollback(True)
        except IntegrityError:
            continue

    assert went == {(a, b) for a, b in ways() if a in WAYS}


def _force(mark, was, became):
    its = Piece.objects.get(mark=mark)
    box = its.container_id
    if became in INSIDE and box is None:
        box = Piece.objects.get(mark="P-consolidated").container_id
    Step.objects.create(
        piece=its, number=str(new_id()), step_no=its.steps + 1, event="forced", was=was,
        became=became, site=its.site, container_id=box, happened_at=its.changed_at,
    )  # fmt: skip
    its.state, its.steps = became, its.steps + 1
    its.container_id = box if became in INSIDE else None
    its.save()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consolidating_piece SET state = 'loose_in_site', steps = 1",
        "UPDATE consolidating_piece SET steps = steps + 1",
        "UPDATE consolidating_piece SET mark = 'other'",
        "DELETE FROM consolidating_piece",
        "DELETE FROM consolidating_step",
        "UPDATE consolidating_step SET recorded_by = 'nobody'",
        "UPDATE consolidating_container SET state = 'departed', seal_no = 'S'",
        "UPDATE consolidating_container SET site = 'elsewhere'",
        "DELETE FROM consolidating_container",
    ],
)
def test_the_database_refuses_what_no_step_says(enterprise, statement):
    brought(enterprise, "ordered", "P-1")
    brought(enterprise, "released", "P-2")

    with pytest.raises(DatabaseError), within(enterprise), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_piece_begins_ordered(enterprise):
    with pytest.raises(IntegrityError, match="begins ordered"), within(enterprise):
        Piece.objects.create(mark="P-1", weight_g=1, volume_cm3=1, state="released")
