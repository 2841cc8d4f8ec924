# SPDX-License-Identifier: Apache-2.0
"""Loading plans through their pages: measured, ruled, planned, looked at, chosen, named."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from entrepot.consolidating import load_plans, terms
from entrepot.consolidating.measuring import measure
from entrepot.consolidating.models import Bill, Choice, Container, LoadPlan, Measure
from entrepot.consolidating.planning.cargo import Kind
from entrepot.jobs.models import Job
from tests.consolidating.kit import KIND_SIZES, SITE, brought, event, measured, recorded
from tests.jobs.working import until_state, working
from tests.pages.kit import Person, new_person


@pytest.fixture
def owner(desk: None) -> Person:
    return new_person()


def at(name: str, *given: Any) -> str:
    return reverse(f"pages:inbound_{name}", args=given)


def planned(person: Person, *marks: str, **says: Any) -> Any:
    """Released pieces in a plan; its id."""
    brought(person.enterprise, "released", *marks)
    with person.within():
        measure([measured(mark, **says) for mark in marks])
        terms.put_kinds([(Kind("BOX", *KIND_SIZES), None, "measured")])
        return load_plans.make(SITE, None, 10, lambda *_: None).id


def test_a_plan_is_asked_for_on_the_page_and_made_by_the_worker(owner):
    brought(owner.enterprise, "released", "P-1", "P-2")
    sizes = "mark\towner\tlength_mm\twidth_mm\theight_mm\tbears_g\n"
    owner.post(at("pieces_measures"), {
        "text": f"{sizes}P-1\tLamps\t600\t400\t400\t50000\nP-2\t华东\t600\t400\t400\t\n",
        "step": "take",
    })  # fmt: skip
    owner.post(at("loading_kinds"), {
        "text": "kind\tlength_mm\twidth_mm\theight_mm\tdoor_width_mm\tdoor_height_mm\tpayload_g\n"
        "BOX\t3000\t2000\t2000\t1900\t1900\t4000000\n", "step": "take",
    })  # fmt: skip
    asked = owner.post(at("plan_ask"), {"site": SITE, "seconds": "10"})
    with owner.within():
        queued = Job.objects.get().id
    with working():
        job = until_state(owner.enterprise, queued, "done", "failed")
    assert job.problem is None
    with owner.within():
        plan = LoadPlan.objects.get()
        assert Measure.objects.count() == 2

    assert asked["Location"] == reverse("pages:jobs_one", args=[job.id])
    assert (job.state, plan.placed) == ("done", 2)
    assert at("plan", plan.id) in owner.text(asked["Location"])
    assert at("plan", plan.id) in owner.text(at("plans"))


def test_a_site_with_nothing_to_load_is_not_planned(owner):
    owner.post(at("plan_ask"), {"site": "NOWHERE", "seconds": "10"})
    with owner.within():
        assert Job.objects.count() == 0


def test_a_container_is_drawn_and_what_others_wrote_is_escaped(owner):
    id = planned(owner, "P-<1>", "P-2", owner="<b>Lamps</b>")
    shown = owner.text(at("plan_container", id, 1))

    assert shown.count("<svg") >= 3
    assert "P-&lt;1&gt;" in shown
    assert "<b>Lamps</b>" not in shown
    assert "从" not in shown
    assert "自箱门看" in owner.text(at("plan_container", id, 1), "zh-hans")


def test_the_next_piece_moves_on_as_pieces_are_loaded(owner):
    id = planned(owner, "P-1", "P-2")
    assert "1. P-1" in owner.text(at("plan_container", id, 1))
    recorded(owner.enterprise, event("P-1", "consolidated"))

    assert "2. P-2" in owner.text(at("plan_container", id, 1))


def test_the_hand_held_takes_pieces_in_the_order_of_loading(owner):
    planned(owner, "P-2", "P-1")
    brought(owner.enterprise, "released", "P-0")
    taken = owner.get(f"/scan/load/site?warehouse={SITE}").json()

    assert [(each["mark"], each["turn"]) for each in taken["pieces"]] == [
        ("P-1", "1 / 1"), ("P-2", "1 / 2"), ("P-0", ""),
    ]  # fmt: skip


def test_an_older_plan_is_chosen_again(owner):
    first = planned(owner, "P-1")
    with owner.within():
        second = load_plans.make(SITE, None, 10, lambda *_: None).id
    for id in (second, first):
        owner.post(at("plan_choose", id), {})
    with owner.within():
        plans = list(Choice.objects.order_by("id").values_list("plan_id", flat=True))

    assert plans == [first, second, first]
    assert at("plan_choose", first) not in owner.text(at("plan", first))
    assert at("plan_choose", second) in owner.text(at("plan", second))


def test_the_order_of_loading_and_what_was_left_out_are_exported(owner):
    id = planned(owner, "P-1")
    brought(owner.enterprise, "passed", "P-9")
    with owner.within():
        id = load_plans.make(SITE, None, 10, lambda *_: None).id

    def table(path: str) -> str:
        return b"".join(owner.get(path).streaming_content).decode("utf-8-sig")

    assert "P-1" in table(at("plan_container", id, 1) + "?export=csv")
    assert "not released" in table(at("plan", id) + "?export=csv&of=left_out")


def test_limits_are_set_and_what_is_out_of_bounds_is_refused(owner):
    refused = owner.post(at("loading_limits"), {"support": 0, "along": 5, "across": 5, "high": 50})
    owner.post(at("loading_limits"), {"support": 80, "along": 5, "across": 5, "high": 50})
    with owner.within():
        kept = terms.current().limits

    assert refused.status_code == 422
    assert kept == {"support": 80, "along": 5, "across": 5, "high": 50}


def test_numbers_are_given_to_the_documents_of_a_container(owner):
    brought(owner.enterprise, "consolidated", "P-1")
    with owner.within():
        measure([measured("P-1", owner="Lamps & Co")])
        id = Container.objects.get().id
    owner.post(at("container_number", id), {"owner": "", "bill_no": "M-1"})
    owner.post(at("container_number", id), {"owner": "Lamps & Co", "bill_no": "H-1"})
    shown = owner.text(at("container", id, "bills"))
    with owner.within():
        assert Bill.objects.count() == 2

    assert "M-1" in shown
    assert "H-1" in shown
    assert f"/api/v1/loading-containers/{id}/bills/pdf?owner=Lamps+%26+Co" in shown


def test_whoever_only_reads_neither_plans_nor_chooses(owner):
    id = planned(owner, "P-1")
    with owner.within():
        second = load_plans.make(SITE, None, 10, lambda *_: None).id
    reader = new_person("finance", owner.enterprise)
    assert at("plan_ask") not in reader.text(at("plans"))
    reader.post(at("plan_choose", second), {})
    reader.post(at("plan_ask"), {"site": SITE, "seconds": "10"})
    with owner.within():
        assert Choice.objects.get().plan_id == id
        assert Job.objects.count() == 0
