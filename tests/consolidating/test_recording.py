# SPDX-License-Identifier: Apache-2.0
"""Events of pieces: where each leads, what is refused and why, once however often it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from entrepot.consolidating.announcing import announce
from entrepot.consolidating.containers import open_container, seal
from entrepot.consolidating.models import Piece, Step
from entrepot.consolidating.recording import record_all
from entrepot.consolidating.refusals import Unfit
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from tests.consolidating.kit import (
    BOX,
    SITE,
    WAYS,
    brought,
    check_site,
    codes,
    event,
    history,
    piece,
    recorded,
    states,
)


def test_a_piece_goes_from_the_order_into_the_container(enterprise):
    brought(enterprise, "consolidated", "P-1")

    assert history(enterprise, "P-1") == [
        ("arrived", "ordered", "loose_in_site"),
        ("declared", "loose_in_site", "declared"),
        ("not_selected", "declared", "not_selected"),
        ("released", "not_selected", "released"),
        ("consolidated", "released", "consolidated"),
    ]
    check_site(enterprise)


@pytest.mark.parametrize("state", [state for state in WAYS if state not in ("released",)])
def test_nothing_is_loaded_before_it_is_released(enterprise, state):
    brought(enterprise, state, "P-1")
    told = recorded(enterprise, event("P-1", "consolidated"))

    expected = "wrong_state" if state == "consolidated" else "not_released"
    assert codes(told) == [f"consolidating.{expected}"]
    assert states(enterprise) == {"P-1": state}


def test_what_failed_is_held_inspected_again_and_passes(enterprise):
    brought(enterprise, "failed", "P-1")
    told = recorded(
        enterprise, event("P-1", "inspecting"), event("P-1", "passed"), event("P-1", "released"),
        event("P-1", "consolidated"),
    )  # fmt: skip

    assert codes(told) == ["inspecting", "passed", "released", "consolidated"]
    with within(enterprise):
        assert Piece.objects.get().disposition == ""
    check_site(enterprise)


def test_what_is_sent_back_or_seized_goes_nowhere(enterprise):
    brought(enterprise, "failed", "P-1")
    told = recorded(
        enterprise, event("P-1", "failed", disposition="seize"), event("P-1", "inspecting"),
        event("P-1", "failed", disposition="hold"),
    )  # fmt: skip

    assert codes(told) == ["failed", "consolidating.wrong_state", "consolidating.wrong_state"]


def test_an_event_sent_twice_is_once(enterprise):
    brought(enterprise, "released", "P-1")
    said = event("P-1", "consolidated")
    first = recorded(enterprise, said, said)
    again = recorded(enterprise, said)

    assert codes([*first, *again]) == ["consolidated"] * 3
    assert [each.is_new for each in (*first, *again)] == [True, False, False]
    assert len(history(enterprise, "P-1")) == 5


def test_an_id_that_was_another_event_is_refused(enterprise):
    brought(enterprise, "loose_in_site", "P-1")
    told = recorded(
        enterprise, event("P-1", "declared", number="E"), event("P-1", "selected", number="E")
    )

    assert codes(told) == ["declared", "consolidating.says_otherwise"]


def test_one_id_may_be_of_many_pieces(enterprise):
    brought(enterprise, "ordered", "P-1", "P-2")
    told = recorded(enterprise, *(event(mark, "arrived", number="TRUCK-7")
                                  for mark in ("P-1", "P-2")))  # fmt: skip

    assert codes(told) == ["loose_in_site"] * 2


@pytest.mark.parametrize(
    ("state", "said", "code"),
    [
        ("ordered", event("nobody", "arrived"), "not_there"),
        ("ordered", event("P-1", "arrived", site=""), "lacking"),
        ("loose_in_site", event("P-1", "declared", declaration_no=""), "lacking"),
        ("inspecting", event("P-1", "failed", reason=""), "lacking"),
        ("inspecting", event("P-1", "failed", disposition=""), "lacking"),
        ("released", event("P-1", "consolidated", container=""), "lacking"),
        ("released", event("P-1", "consolidated", container="NONE"), "not_there"),
        ("released", event("P-1", "consolidated", site="elsewhere"), "wrong_state"),
        ("released", event("P-1", "consolidated", declaration_no="other"), "says_otherwise"),
        ("declared", event("P-1", "passed"), "wrong_state"),
        ("selected", event("P-1", "released"), "wrong_state"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(enterprise, state, said, code):
    brought(enterprise, state, "P-1")
    before = history(enterprise, "P-1")

    assert codes(recorded(enterprise, said)) == [f"consolidating.{code}"]
    assert history(enterprise, "P-1") == before


def test_a_refused_event_holds_up_no_other(enterprise):
    brought(enterprise, "loose_in_site", "P-1", "P-2")
    told = recorded(
        enterprise, event("P-1", "declared"), event("P-2", "released"), event("P-2", "declared"),
        event("P-1", "not_selected"),
    )  # fmt: skip

    assert codes(told) == ["declared", "consolidating.wrong_state", "declared", "not_selected"]


def test_a_file_is_taken_whole_or_not_at_all_with_every_reason(enterprise):
    brought(enterprise, "loose_in_site", "P-1", "P-2")
    events = [event("P-1", "declared"), event("P-2", "released"), event("P-3", "arrived")]
    with pytest.raises(Unfit) as refused, within(enterprise):
        record_all(events)

    assert [each["row"] for each in refused.value.facts["faults"]] == [2, 3]
    assert states(enterprise) == {"P-1": "loose_in_site", "P-2": "loose_in_site"}
    with within(enterprise):
        assert record_all(events[:1]) == 1
        assert record_all(events[:1]) == 0


def test_a_piece_is_taken_out_while_its_container_is_open(enterprise):
    brought(enterprise, "consolidated", "P-1", "P-2")
    assert codes(recorded(enterprise, event("P-1", "taken_out"))) == ["released"]
    with within(enterprise):
        assert Piece.objects.get(mark="P-1").container is None
        seal(open_container(BOX, SITE).id, "SEAL-1")

    told = recorded(enterprise, event("P-2", "taken_out"), event("P-1", "consolidated"))

    assert codes(told) == ["consolidating.wrong_state"] * 2
    check_site(enterprise)


def test_a_piece_is_put_in_and_out_in_one_call(enterprise):
    brought(enterprise, "released", "P-1")
    names = ("consolidated", "taken_out", "consolidated")
    told = recorded(enterprise, *(event("P-1", name) for name in names))

    assert codes(told) == ["consolidated", "released", "consolidated"]
    check_site(enterprise)


def test_a_container_at_another_site_takes_no_piece(enterprise):
    brought(enterprise, "released", "P-1")
    with within(enterprise):
        open_container("OTHER", "SH-YARD")

    told = recorded(enterprise, event("P-1", "consolidated", container="OTHER"))

    assert codes(told) == ["consolidating.wrong_state"]


def test_each_step_says_who_when_and_where(enterprise):
    with within(enterprise):
        announce([piece("P-1")])
    at = timezone.now() - timedelta(minutes=20)
    with within(enterprise, "token:7"):
        record_all([event("P-1", "arrived", at=at, location="A-07")])
        [step] = Step.objects.all()

    assert (step.recorded_by, step.site, step.location) == ("token:7", SITE, "A-07")
    assert step.happened_at == at < step.recorded_at


def test_a_clock_that_is_ahead_counts_as_now(enterprise):
    brought(enterprise, "ordered", "P-1")
    recorded(enterprise, event("P-1", "arrived", at=timezone.now() + timedelta(days=1)))
    with within(enterprise):
        [step] = Step.objects.all()

    assert step.happened_at == step.recorded_at


def test_pieces_announced_again_are_the_same(enterprise):
    with within(enterprise):
        assert announce([piece("P-1"), piece("P-2")]) == 2
        assert announce([piece("P-2"), piece("P-3")]) == 1
    recorded(enterprise, event("P-1", "arrived"), event("P-1", "declared"))
    with within(enterprise):
        assert announce([piece("P-1")]) == 0


def test_marks_that_say_otherwise_or_stand_twice_are_told_at_once(enterprise):
    with within(enterprise):
        announce([piece("P-1"), piece("P-2")])
    with pytest.raises(Unfit) as refused, within(enterprise):
        announce([piece("P-1", weight_g=1), piece("P-3"), piece("P-2", volume_cm3=1)])
    assert [each["row"] for each in refused.value.facts["faults"]] == [1, 3]
    with pytest.raises(Unfit) as refused, within(enterprise):
        announce([piece("P-4"), piece("P-4")])

    assert [each["row"] for each in refused.value.facts["faults"]] == [2]
    assert set(states(enterprise)) == {"P-1", "P-2"}


def test_pieces_of_another_firm_are_not_there(enterprise):
    brought(enterprise, "released", "P-1")
    other = Enterprise.objects.create().id

    assert codes(recorded(other, event("P-1", "consolidated"))) == ["consolidating.not_there"]
    assert states(other) == {}


def test_ten_thousand_pieces_go_their_way_in_one_call(enterprise):
    marks = [f"P-{at:05d}" for at in range(2000)]
    with within(enterprise):
        open_container(BOX, SITE)
        announce([piece(mark) for mark in marks])
    events = [event(mark, name) for name in WAYS["consolidated"] for mark in marks]
    told = recorded(enterprise, *events)
    again = recorded(enterprise, *(replace(each) for each in events))

    assert codes(told) == codes(again)
    assert len(told) == 10_000
    assert not any(each.is_new for each in again)
    assert set(states(enterprise).values()) == {"consolidated"}
