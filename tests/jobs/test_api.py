# SPDX-License-Identifier: Apache-2.0
"""Jobs in the API: seen, asked for, cancelled, run again, by nobody from elsewhere."""

from __future__ import annotations

from uuid import UUID

import pytest

from entrepot.jobs import actions
from entrepot.jobs.models import DONE, FAILED, RUNNING, Job
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from tests.jobs.callers import new_caller, token_for
from tests.jobs.kinds import Marks, leave_marks


def start(caller) -> str:
    with within(caller.enterprise):
        return str(actions.start(leave_marks, Marks()).id)


def put(caller, id: str, **says) -> None:
    with within(caller.enterprise):
        Job.objects.filter(id=id).update(**says)


def test_a_job_is_asked_for_and_shown(caller):
    asked = caller.post("/jobs/housekeeping", {"keep_days": 7})

    job = asked.json()
    assert asked.status_code == 202
    assert caller.get(f"/jobs/{job['id']}").json() == job
    assert job | {"id": "", "asked_at": "", "asked_by": ""} == {
        "id": "",
        "kind": "housekeeping",
        "state": "queued",
        "done": 0,
        "of": None,
        "attempts": 0,
        "arguments": {"keep_days": 7},
        "result": None,
        "problem": None,
        "asked_by": "",
        "asked_at": "",
        "started_at": None,
        "finished_at": None,
    }
    assert job["asked_by"].startswith("token:")


def test_jobs_are_listed_latest_first_and_by_state(caller):
    ids = [start(caller) for _ in range(3)]
    put(caller, ids[1], state=FAILED)

    def listed(query: str) -> list[str]:
        return [job["id"] for job in caller.get(f"/jobs{query}").json()["items"]]

    assert listed("") == ids[::-1]
    assert listed("?state=failed") == [ids[1]]
    assert listed("?limit=2") == ids[:0:-1]


def test_a_job_that_waits_is_cancelled_and_run_again(caller):
    id = start(caller)

    cancelled = caller.post(f"/jobs/{id}/cancel").json()
    again = caller.post(f"/jobs/{id}/retry").json()

    assert (cancelled["state"], cancelled["finished_at"] is None) == ("cancelled", False)
    assert (again["state"], again["finished_at"]) == ("queued", None)


@pytest.mark.parametrize(
    ("state", "verb", "code"),
    [
        (DONE, "cancel", "jobs.ended"),
        (FAILED, "cancel", "jobs.ended"),
        (DONE, "retry", "jobs.not_failed"),
        (RUNNING, "retry", "jobs.not_failed"),
    ],
)
def test_what_has_ended_is_not_cancelled_and_what_has_not_failed_not_run_again(
    caller, state, verb, code
):
    id = start(caller)
    put(caller, id, state=state)

    answer = caller.post(f"/jobs/{id}/{verb}")

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert caller.get(f"/jobs/{id}").json()["state"] == state


@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("POST", "/cancel"), ("POST", "/retry")])
def test_the_job_of_another_enterprise_answers_like_one_that_is_not_there(caller, method, rest):
    theirs, nobodys = start(new_caller()), str(new_id())

    answers = [caller.ask(method, f"/jobs/{id}{rest}") for id in (theirs, nobodys)]

    assert [answer.status_code for answer in answers] == [404, 404]
    told = [answer.content.decode().replace(theirs, nobodys) for answer in answers]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/jobs/housekeeping"), ("POST", f"/jobs/{UUID(int=1)}/cancel")]
)
def test_who_may_only_see_jobs_changes_none(caller, method, path):
    seeing = token_for(caller.user, caller.enterprise, "jobs.read")

    answer = caller.ask(method, path, {}, Authorization=f"Bearer {seeing}")

    assert (answer.status_code, answer.json()["facts"]) == (403, {"scope": "jobs.write"})


@pytest.mark.parametrize(
    "body", [{"keep_days": 0}, {"keep_days": 366}, {"keep_days": "7"}, {"x": 1}]
)
def test_housekeeping_takes_1_to_365_days_and_nothing_else(caller, body):
    assert caller.post("/jobs/housekeeping", body).status_code == 422
