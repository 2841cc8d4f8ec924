# SPDX-License-Identifier: Apache-2.0
"""Measures, rules, plans and documents through the API."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.consolidating import load_plans
from entrepot.jobs.models import Job
from entrepot.people.roles import ROLES
from entrepot.people.tenancy import within
from tests.consolidating.kit import BOX, KIND_SIZES, SITE, brought, event, recorded
from tests.jobs.callers import Caller, new_caller, token_for
from tests.papers.reading import texts

MEASURE = {"owner": "Lamps", "length_mm": 600, "width_mm": 400, "height_mm": 400,
           "bears_g": 50_000}  # fmt: skip
KIND = dict(zip(
    ("kind", "length", "width", "height", "door_width", "door_height", "payload_g"),
    ("BOX", *KIND_SIZES), strict=True,
))  # fmt: skip


@pytest.fixture
def caller(desk: None) -> Caller:
    return new_caller()


def put(caller: Caller, path: str, body: Any) -> Any:
    answered = caller.ask("put", path, body)
    assert answered.status_code == 200, answered.content
    return answered.json()


def planned(caller: Caller, *marks: str) -> str:
    """A plan of released pieces; its address."""
    brought(caller.enterprise, "released", *marks)
    pieces = [MEASURE | {"mark": mark} for mark in marks]
    assert caller.post("/piece-measures", {"pieces": pieces}).json() == {"measured": len(marks)}
    put(caller, "/loading-rules/kinds", {"kinds": [KIND]})
    with within(caller.enterprise):
        return f"/loading-plans/{load_plans.make(SITE, None, 10, lambda *_: None).id}"


def test_a_plan_is_asked_for_as_a_job(caller):
    asked = caller.post("/loading-plans", {"site": SITE, "leaves_on": "2026-05-01"})

    assert asked.status_code == 202
    with within(caller.enterprise):
        job = Job.objects.get()
    assert (job.kind, job.arguments["leaves_on"]) == ("consolidating.plan", "2026-05-01")


def test_from_the_measure_to_the_next_piece(caller):
    at = planned(caller, "P-1", "P-2")
    [one] = caller.get(f"{at}/containers").json()
    pieces = caller.get(f"{at}/pieces?limit=5").json()["items"]
    recorded(caller.enterprise, event("P-1", "consolidated"))
    following = caller.get(f"{at}/next?container_no=1").json()["piece"]

    assert (one["pieces"], one["weight_g"], one["kind"]) == (2, 24_000, "BOX")
    assert [(each["place_no"], each["mark"]) for each in pieces] == [(1, "P-1"), (2, "P-2")]
    assert (following["mark"], following["state"]) == ("P-2", "released")
    assert caller.get(f"{at}/next?container_no=7").json() == {"piece": None}
    assert caller.get(at).json()["is_chosen"] is True


def test_an_older_plan_is_chosen_again(caller):
    first = planned(caller, "P-1")
    with within(caller.enterprise):
        second = f"/loading-plans/{load_plans.make(SITE, None, 10, lambda *_: None).id}"
    assert caller.post(f"{second}/choose", {}).json()["is_chosen"] is True
    assert caller.get(first).json()["is_chosen"] is False
    caller.post(f"{first}/choose", {})

    plans = caller.get(f"/loading-plans?site={SITE}&limit=5").json()["items"]
    assert [(each["number"], each["is_chosen"]) for each in plans] == [(2, False), (1, True)]


def test_the_picture_is_a_pdf_that_names_every_piece(caller):
    at = planned(caller, "P-1", "P-2")
    paper = caller.get(f"{at}/picture?container_no=1&language=en")

    assert paper["Content-Type"] == "application/pdf"
    assert all(mark in " ".join(texts(paper.content)) for mark in ("P-1", "P-2"))
    assert caller.get(f"{at}/picture?container_no=2").status_code == 404


def test_a_mark_that_is_not_there_is_refused_with_its_row(caller):
    refused = caller.post("/piece-measures", {"pieces": [MEASURE | {"mark": "P-9"}]})

    assert (refused.status_code, refused.json()["code"]) == (422, "consolidating.unfit")


def test_rules_are_set_one_part_at_a_time(caller):
    put(caller, "/loading-rules/limits", {"support": 80})
    put(caller, "/loading-rules/pairs", {"pairs": [{"one": "3", "other": "8", "apart_mm": 500}]})
    found = caller.get("/loading-rules").json()

    assert found["limits"] == {"support": 80, "along": 10, "across": 5, "high": 60}
    assert [each["apart_mm"] for each in found["pairs"]] == [500]
    twice = caller.ask("put", "/loading-rules/kinds", {"kinds": [KIND, KIND]})
    assert twice.status_code == 422


def test_documents_carry_the_numbers_that_were_given(caller):
    planned(caller, "P-1")
    recorded(caller.enterprise, event("P-1", "consolidated"))
    box = caller.get(f"/loading-containers?number={BOX}&limit=5").json()["items"][0]["id"]
    at = f"/loading-containers/{box}/bills"
    caller.post(at, {"bill_no": "M-1"})
    named = caller.post(at, {"bill_no": "H-1", "owner": "Lamps"}).json()

    assert (named["bill_no"], named["houses"][0]["bill_no"]) == ("M-1", "H-1")
    assert named["houses"][0]["marks"] == ["P-1"]
    assert named["relation"]["head"]["billNo"] == "M-1"
    assert caller.post(at, {"bill_no": "H-2", "owner": "Nobody"}).status_code == 409
    for owner in ("", "Lamps"):
        paper = caller.get(f"{at}/pdf?owner={owner}&language=en")
        assert "M-1" in " ".join(texts(paper.content))
    assert caller.get(f"{at}/pdf?owner=Nobody").status_code == 422


@pytest.mark.parametrize("role", sorted(ROLES))
def test_who_may_write_inbound_may_plan(caller, role):
    token = token_for(caller.user, caller.enterprise, *sorted(ROLES[role]))
    there = Caller(caller.user, caller.enterprise, token)

    asked = there.post("/loading-plans", {"site": SITE})
    assert asked.status_code == (202 if "inbound.write" in ROLES[role] else 403)
