# SPDX-License-Identifier: Apache-2.0
"""Pieces and containers through the API, and the record as a paper."""

from __future__ import annotations

from typing import Any

import pytest

from entrepot.people.roles import ROLES
from tests.consolidating.kit import BOX, DECLARATION, SITE, WAYS
from tests.jobs.callers import Caller, new_caller, token_for
from tests.papers.reading import texts


@pytest.fixture
def caller(desk: None) -> Caller:
    return new_caller()


def put(caller: Caller, path: str, body: Any = None) -> Any:
    answered = caller.post(path, {} if body is None else body)
    assert answered.status_code == 200, (path, answered.content)
    return answered.json()


def said(mark: str, event: str, **says: Any) -> dict[str, Any]:
    asked = {"arrived": {"site": SITE}, "declared": {"declaration_no": DECLARATION},
             "consolidated": {"container": BOX}}.get(event, {})  # fmt: skip
    return {"number": f"{mark}-{event}", "mark": mark, "event": event} | asked | says


def loaded(caller: Caller, *marks: str) -> str:
    """Pieces in an open container; its address."""
    pieces = [{"mark": mark, "weight_g": 12_500, "volume_cm3": 96_000} for mark in marks]
    assert put(caller, "/pieces/bulk", {"pieces": pieces}) == {"new": len(marks)}
    box = put(caller, "/loading-containers", {"number": BOX, "site": SITE})
    events = [said(mark, name) for mark in marks for name in WAYS["consolidated"]]
    assert put(caller, "/piece-events", {"events": events}) == {"new": len(events)}
    assert put(caller, "/piece-events", {"events": events}) == {"new": 0}
    return f"/loading-containers/{box['id']}"


def test_from_the_announcement_to_the_departure(caller):
    at = loaded(caller, "P-1", "P-2")
    sealed = put(caller, f"{at}/seal", {"seal_no": "SEAL-1"})
    for step in ("load", "gate-out", "depart"):
        put(caller, f"{at}/{step}")
    gone = caller.get(at).json()
    [first, second] = caller.get("/pieces?state=departed&limit=5").json()["items"]
    steps = caller.get(f"/pieces/{first['id']}/steps").json()["items"]

    assert (sealed["state"], sealed["pieces"], sealed["weight_g"]) == ("sealed", 2, 25_000)
    assert (gone["state"], gone["seal_no"], gone["volume_cm3"]) == ("departed", "SEAL-1", 192_000)
    assert {first["mark"], second["mark"]} == {"P-1", "P-2"}
    assert first["container"] == BOX
    assert [each["event"] for each in steps][-4:] == ["sealed", "loaded", "gate_out", "departed"]
    assert {each["recorded_by"][:6] for each in steps} == {"token:"}
    assert caller.get(f"/pieces/{first['id']}").json()["state"] == "departed"


def test_a_scan_too_early_is_refused_with_the_reason_and_holds_up_no_other(caller):
    put(caller, "/pieces/bulk", {"pieces": [
        {"mark": mark, "weight_g": 1, "volume_cm3": 1} for mark in ("P-1", "P-2")]})  # fmt: skip
    put(caller, "/loading-containers", {"number": BOX, "site": SITE})
    events = [said("P-1", "consolidated"), said("P-2", "arrived"), said("P-2", "arrived")]
    told = put(caller, "/piece-events/scans", {"events": events})["events"]

    assert [each["state"] for each in told] == ["refused", "loose_in_site", "loose_in_site"]
    assert told[0]["refusal"]["code"] == "consolidating.not_released"
    assert [each["is_new"] for each in told] == [False, True, False]


def test_a_file_with_one_wrong_event_is_refused_with_every_reason(caller):
    put(caller, "/pieces/bulk", {"pieces": [{"mark": "P-1", "weight_g": 1, "volume_cm3": 1}]})
    events = [said("P-1", "arrived"), said("P-1", "released"), said("P-9", "arrived")]
    answered = caller.post("/piece-events", {"events": events})

    assert answered.status_code == 422
    assert answered.json()["code"] == "consolidating.unfit"
    assert [each["row"] for each in answered.json()["facts"]["faults"]] == [2, 3]
    assert caller.get("/pieces").json()["items"][0]["state"] == "ordered"


def test_an_empty_container_is_neither_sealed_nor_recorded(caller):
    box = put(caller, "/loading-containers", {"number": BOX, "site": SITE})
    at = f"/loading-containers/{box['id']}"

    assert caller.post(f"{at}/seal", {"seal_no": "S"}).json()["code"] == "consolidating.lacking"
    assert caller.get(f"{at}/record").status_code == 422
    assert caller.post(f"{at}/load", {}).json()["code"] == "consolidating.wrong_state"


@pytest.mark.parametrize(
    ("language", "there", "not_there"),
    [("en", "Loading record", "装箱记录"), ("zh", "先查验后装运装箱记录", "Loading record")],
)
def test_the_record_says_every_piece_with_its_steps(caller, language, there, not_there):
    at = loaded(caller, "P-1", "P-2")
    put(caller, f"{at}/seal", {"seal_no": "SEAL-1"})
    [text] = texts(caller.get(f"{at}/record?language={language}").content)

    for part in (there, BOX, "SEAL-1", SITE, "P-1", "P-2", DECLARATION, "25.000", "0.192000"):
        assert part in text
    assert not_there not in text


def test_whoever_only_reads_records_nothing(caller):
    token = token_for(caller.user, caller.enterprise, *sorted(ROLES["finance"]))
    reader = Caller(caller.user, caller.enterprise, token)
    answered = reader.post("/piece-events", {"events": [said("P-1", "arrived")]})

    assert answered.status_code == 403
    assert reader.get("/pieces").status_code == 200


def test_another_firm_sees_none_of_it(caller):
    at, other = loaded(caller, "P-1"), new_caller()

    assert other.get("/pieces").json()["items"] == []
    assert other.get(at).status_code == 404
    assert other.post(f"{at}/seal", {"seal_no": "S"}).status_code == 404
