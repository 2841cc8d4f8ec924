# SPDX-License-Identifier: Apache-2.0
"""Jobs on pages: how far each is, why one failed and what to do; cancelled, run again."""

from __future__ import annotations

import pytest

from entrepot.jobs import actions
from entrepot.jobs.models import DONE, FAILED, RUNNING, Job
from tests.jobs.kinds import Marks, leave_marks
from tests.pages.browser import opened
from tests.pages.kit import Person, new_person, signed_in


@pytest.fixture
def owner(desk: None) -> Person:
    return new_person()


def start(person: Person, **says: object) -> Job:
    with person.within():
        job = actions.start(leave_marks, Marks())
        Job.objects.filter(id=job.id).update(**says)
        return job


def state(person: Person, job: Job) -> str:
    with person.within():
        return Job.objects.get(id=job.id).state


def test_a_job_that_runs_shows_its_bar_and_the_list_asks_again(owner):
    start(owner, state=RUNNING, done=3, of=8)
    text = owner.text("/jobs/")

    assert '<progress max="8" value="3"' in text
    assert 'id="poll"' in text
    asked = {"HX-Request": "true", "HX-Target": "table-jobs", "HX-Trigger": "poll"}
    assert "HX-Refresh" not in owner.get("/jobs/", **asked).headers
    with owner.within():
        Job.objects.update(state=DONE)
    assert owner.get("/jobs/", **asked).headers["HX-Refresh"] == "true"
    assert 'id="poll"' not in owner.text("/jobs/")


def test_the_list_is_refreshed_by_itself_once_nothing_runs(owner, browser, address):
    start(owner, state=RUNNING, done=3, of=8)
    page = opened(browser, address, owner)
    page.goto("/jobs/")
    page.wait_for_selector("#poll", state="attached")

    with owner.within():
        Job.objects.update(state=DONE)

    page.wait_for_selector("span.state[data-state=done]")
    page.wait_for_selector("#poll", state="detached")
    assert page.complaints == []
    page.context.close()


def test_the_page_of_a_job_is_refreshed_once_it_ends(owner):
    job = start(owner, state=RUNNING)
    asked = {"HX-Request": "true", "HX-Target": "progress"}

    assert "HX-Refresh" not in owner.get(f"/jobs/{job.id}/", **asked).headers
    with owner.within():
        Job.objects.update(state=DONE)
    assert owner.get(f"/jobs/{job.id}/", **asked).headers["HX-Refresh"] == "true"


def test_a_job_that_failed_says_why_in_the_reader_s_language_and_escaped(owner):
    fault = {"row": 3, "field": "gtin", "found": "x", "expected": "yes or no"}
    problem = {
        "code": "catalog.unfit", "asked": "Cannot store 2 products.", "found": "<b>x</b>",
        "remedy": "Correct them and send it again; nothing was changed.",
        "facts": {"faults": [fault]},
    }  # fmt: skip
    job = start(owner, state=FAILED, problem=problem)

    english, chinese = (owner.text(f"/jobs/{job.id}/", each) for each in ("en", "zh-hans"))

    assert "&lt;b&gt;x&lt;/b&gt;" in english
    assert "<b>x" not in english
    assert "3 gtin: x yes or no" in english
    assert "Correct them and send it again" not in chinese
    assert "yes or no" not in chinese
    assert "&lt;b&gt;x" in owner.text("/jobs/")


def test_a_job_is_cancelled_and_run_again(owner):
    job = start(owner)

    owner.post(f"/jobs/{job.id}/cancel")
    assert state(owner, job) == "cancelled"
    owner.post(f"/jobs/{job.id}/retry")
    assert state(owner, job) == "queued"


def test_what_is_refused_is_said_and_changes_nothing(owner):
    job = start(owner, state=DONE)

    page = owner.post(f"/jobs/{job.id}/retry", follow=True)

    assert "It is done." in page.content.decode()
    assert state(owner, job) == DONE


def test_jobs_are_narrowed_by_state_and_kind(owner):
    job = start(owner, state=FAILED)

    assert f"/jobs/{job.id}/" in owner.text("/jobs/?state=failed")
    assert "Nothing is like that" in owner.text("/jobs/?state=done")
    assert "Nothing is like that" in owner.text("/jobs/?kind=closing.close")
    assert "没有符合条件" in owner.text("/jobs/?kind=closing.close", "zh-hans")


@pytest.mark.parametrize("role", ["warehouse", "partner"])
def test_who_may_not_is_shown_no_buttons_and_changes_nothing(owner, role):
    job = start(owner)
    other = new_person(role, owner.enterprise)

    page = other.get(f"/jobs/{job.id}/")
    other.post(f"/jobs/{job.id}/cancel")

    assert (page.status_code == 200) == (role == "warehouse")
    assert b"/cancel" not in page.content
    assert state(owner, job) == "queued"


def test_a_request_of_another_page_changes_nothing(owner):
    job = start(owner)
    strict = signed_in(owner.user, owner.enterprise)
    strict.client.handler.enforce_csrf_checks = True

    assert strict.post(f"/jobs/{job.id}/cancel").status_code == 403
    assert state(owner, job) == "queued"


def test_the_jobs_of_another_enterprise_are_not_there(owner):
    other = new_person()
    job = start(other)

    assert str(job.id) not in owner.text("/jobs/")
    assert owner.get(f"/jobs/{job.id}/").status_code == 404
    assert owner.post(f"/jobs/{job.id}/cancel").status_code == 404
    assert state(other, job) == "queued"


def test_a_forged_cursor_leads_nowhere_and_a_stranger_has_to_sign_in(owner):
    assert owner.get("/jobs/?cursor=abc").status_code == 404
    owner.client.logout()
    assert owner.get("/jobs/")["Location"].startswith("/account/login/")
