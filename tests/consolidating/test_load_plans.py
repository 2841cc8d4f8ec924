# SPDX-License-Identifier: Apache-2.0
"""Plans of the desk: made of what may be loaded, kept as they were, chosen and chosen again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from entrepot.consolidating import lists, load_plans, terms
from entrepot.consolidating.measuring import measure
from entrepot.consolidating.models import (
    Bill,
    Choice,
    LoadPlan,
    Measure,
    Piece,
    PlannedContainer,
    PlannedPiece,
    Terms,
)
from entrepot.consolidating.planning.cargo import Kind, Limits
from entrepot.consolidating.refusals import Lacking, Unfit
from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import within
from tests.consolidating.kit import KIND_SIZES, SITE, brought, event, measured, recorded

BOX = Kind("BOX", *KIND_SIZES)


def ready(enterprise, *marks, count=None, **says):
    """Released and measured pieces, and kinds of containers."""
    brought(enterprise, "released", *marks)
    with within(enterprise):
        measure([measured(mark, **says) for mark in marks])
        terms.put_kinds([(BOX, count, "measured")])


def made(enterprise, **says):
    with within(enterprise):
        return load_plans.make(SITE, says.get("leaves_on"), 10, says.get("progress", lambda *_: 0))


def reasons(enterprise, plan):
    with within(enterprise):
        rows = PlannedPiece.objects.filter(plan=plan, container_no=0)
        return dict(rows.values_list("mark", "reason"))


def test_what_is_released_and_measured_is_placed_and_the_rest_says_why(enterprise):
    ready(enterprise, "P-1", "P-2")
    brought(enterprise, "passed", "P-3")
    brought(enterprise, "released", "P-4")
    brought(enterprise, "ordered", "P-5")
    with within(enterprise):
        measure([measured("P-3")])

    plan = made(enterprise)

    assert (plan.pieces, plan.placed, plan.cut_short) == (4, 2, False)
    assert reasons(enterprise, plan) == {"P-3": "not_released", "P-4": "not_measured"}
    with within(enterprise):
        one = PlannedContainer.objects.get(plan=plan)
        placed = PlannedPiece.objects.filter(plan=plan, container_no=1).order_by("place_no")
        assert [(each.place_no, each.mark) for each in placed] == [(1, "P-1"), (2, "P-2")]
    assert (one.pieces, one.weight_g, one.volume_cm3) == (2, 24_000, 192_000)


def test_what_finds_no_room_says_why(enterprise):
    ready(enterprise, "P-1", count=0)

    assert reasons(enterprise, made(enterprise)) == {"P-1": "no_container"}


def test_only_what_lies_at_the_site_is_planned(enterprise):
    ready(enterprise, "P-1")
    with within(enterprise), pytest.raises(Lacking, match="lies there"):
        load_plans.make("ELSEWHERE", None, 10, lambda *_: None)


def test_without_kinds_of_containers_nothing_is_planned(enterprise):
    brought(enterprise, "released", "P-1")
    with pytest.raises(Lacking, match="No kinds of containers"):
        made(enterprise)


def test_whoever_stops_it_keeps_nothing(enterprise):
    ready(enterprise, "P-1")

    def stop(*_):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        made(enterprise, progress=stop)
    with within(enterprise):
        assert LoadPlan.objects.count() == 0


def test_a_plan_stays_as_it_was_whatever_changes_later(enterprise):
    ready(enterprise, "P-1")
    plan = made(enterprise)
    with within(enterprise):
        measure([measured("P-1", length_mm=700)])
        terms.put_limits(Limits(support=70))
        again = load_plans.make(SITE, None, 10, lambda *_: None)
        kept = {each.plan_id: each.along_mm for each in PlannedPiece.objects.all()}
        limits = {each.number: each.terms.limits["support"] for each in LoadPlan.objects.all()}

    assert (kept[plan.id], limits) == (600, {1: 100, 2: 70})
    assert kept[again.id] in (700, 400)
    assert again.number == 2


@pytest.mark.parametrize("model", [LoadPlan, PlannedContainer, PlannedPiece, Choice, Terms, Bill])
def test_nothing_that_was_planned_is_changed_or_deleted(enterprise, model):
    ready(enterprise, "P-1")
    made(enterprise)
    changed = {LoadPlan: "pieces", PlannedContainer: "pieces", PlannedPiece: "x_mm"}
    for act in (
        lambda: model.objects.update(
            **({changed[model]: 9} if model in changed else {"enterprise_id": enterprise})
        ),
        lambda: model.objects.all().delete(),
    ):
        with within(enterprise), pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_the_first_plan_is_loaded_by_and_an_older_one_comes_back_by_a_new_row(enterprise):
    ready(enterprise, "P-1")
    first, second = made(enterprise), made(enterprise)
    with within(enterprise):
        load_plans.choose(second.id)
        load_plans.choose(second.id)
        load_plans.choose(first.id)
        rows = list(Choice.objects.order_by("id").values_list("plan__number", flat=True))
        latest = load_plans.chosen(SITE)
        said = list(
            AuditEntry.objects.filter(action="load_plan.chosen").values_list("about", flat=True)
        )

    assert rows == [1, 2, 1]
    assert latest is not None
    assert latest.plan_id == first.id
    assert sorted(said) == ["1", "1", "2"]


def test_the_next_piece_is_the_first_in_order_that_is_in_no_container(enterprise):
    ready(enterprise, "P-1", "P-2")
    plan = made(enterprise)

    def next_mark():
        with within(enterprise):
            found = lists.next_of(plan.id, 1)
        return found and found["mark"]

    assert next_mark() == "P-1"
    recorded(enterprise, event("P-1", "consolidated"))
    assert next_mark() == "P-2"
    recorded(enterprise, event("P-2", "consolidated"))
    assert next_mark() is None


def test_measures_are_put_right_and_every_mark_that_is_not_there_is_named(enterprise):
    brought(enterprise, "released", "P-1")
    with within(enterprise):
        assert measure([measured("P-1")]) == 1
        measure([measured("P-1", height_mm=500, turn="any")])
        with pytest.raises(Unfit) as refused:
            measure([measured("P-1"), measured("P-8"), measured("P-9", un_no="1263")])
        kept = Measure.objects.get()

    assert (kept.height_mm, kept.turn) == (500, "any")
    assert [each["row"] for each in refused.value.facts["faults"]] == [2, 3, 3]


def test_the_rules_begin_safe_and_keep_what_was_not_changed(enterprise):
    with within(enterprise):
        assert terms.current().limits == asdict(Limits())
        terms.put_kinds([(BOX, 2, "measured")])
        terms.put_pairs([("3", "8", 500, "our chemist")])
        terms.put_limits(Limits(support=80))
        asked = terms.asked_of(terms.current())
        with pytest.raises(Unfit):
            terms.put_kinds([(BOX, 2, ""), (BOX, 3, "")])
        count = Terms.objects.count()

    assert (asked.kinds, asked.limits.support, count) == ({BOX: 2}, 80, 3)
    assert asked.pairs.apart == {frozenset(("3", "8")): 500}


def test_what_is_due_goes_first(enterprise):
    marks = [f"P-{at}" for at in range(8)]
    big = {"length_mm": 1400, "width_mm": 900, "height_mm": 1800, "bears_g": 0}
    ready(enterprise, *marks, count=1, **big)
    with within(enterprise):
        Piece.objects.filter(mark="P-7").get()
        measure([measured("P-7", due_on="2026-05-01", **big)])
    early = made(enterprise, leaves_on=date(2026, 5, 2))

    assert "P-7" not in reasons(enterprise, early)
    assert len(reasons(enterprise, early)) == 4


def test_the_migrations_say_all_that_the_models_do(desk):
    said = StringIO()
    call_command("makemigrations", "consolidating", "--check", "--dry-run", stdout=said)

    assert "No changes" in said.getvalue()
