# SPDX-License-Identifier: Apache-2.0
"""The page of jobs: for who works in the enterprise, and no script needed."""

from __future__ import annotations

import pytest
from django.test import Client

from entrepot.jobs import actions
from entrepot.jobs.models import DONE, FAILED, RUNNING, Job
from entrepot.people.middleware import CHOSEN
from entrepot.people.models import Membership
from entrepot.people.tenancy import within
from tests.jobs.callers import new_caller
from tests.jobs.kinds import Marks, leave_marks

REFRESHES = b'http-equiv="refresh"'


@pytest.fixture
def browser(caller) -> Client:
    return signed_in(caller)


def signed_in(caller, check_csrf: bool = False) -> Client:
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=check_csrf)
    client.force_login(caller.user)
    session = client.session
    session[CHOSEN] = str(caller.enterprise)
    session.save()
    return client


def start(caller, **says) -> Job:
    with within(caller.enterprise):
        job = actions.start(leave_marks, Marks())
        Job.objects.filter(id=job.id).update(**says)
        return job


def state(caller, job: Job) -> str:
    with within(caller.enterprise):
        return Job.objects.get(id=job.id).state


def test_a_job_that_runs_shows_its_bar_and_the_page_asks_again(caller, browser):
    job = start(caller, state=RUNNING, done=3, of=8)

    page = browser.get("/jobs/")

    assert page.status_code == 200
    assert b'<progress max="8" value="3"' in page.content
    assert f"/jobs/{job.id}/cancel".encode() in page.content
    assert REFRESHES in page.content
    assert b"<script>" not in page.content


def test_the_page_asks_again_only_while_something_runs(caller, browser):
    start(caller, state=DONE)

    assert REFRESHES not in browser.get("/jobs/").content


def test_a_job_that_failed_says_why_in_text(caller, browser):
    says = {"asked": "<b>Cannot</b>", "found": "On hand: 6.", "remedy": "Take 6."}
    start(caller, state=FAILED, problem=says)

    page = browser.get("/jobs/").content

    assert b"&lt;b&gt;Cannot&lt;/b&gt;<br>On hand: 6.<br>Take 6." in page
    assert b"<b>Cannot" not in page


def test_retry_and_cancel_do_it_and_show_the_list(caller, browser):
    job = start(caller)

    cancelled = browser.post(f"/jobs/{job.id}/cancel")
    assert (cancelled.status_code, cancelled["Location"]) == (302, "/jobs/")
    assert state(caller, job) == "cancelled"

    browser.post(f"/jobs/{job.id}/retry")
    assert state(caller, job) == "queued"


def test_what_is_refused_is_said_on_the_page(caller, browser):
    job = start(caller, state=DONE)

    page = browser.post(f"/jobs/{job.id}/retry", follow=True)

    assert b"It is done." in page.content
    assert state(caller, job) == DONE


def test_the_page_is_in_chinese_where_that_is_asked_for(caller, browser):
    page = browser.get("/jobs/", headers={"Accept-Language": "zh-hans"})

    assert "任务" in page.content.decode()


def test_who_is_not_signed_in_is_asked_to(desk):
    answer = Client(SERVER_NAME="localhost").get("/jobs/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")


def test_a_request_of_another_page_changes_nothing(caller):
    job = start(caller)

    assert signed_in(caller, check_csrf=True).post(f"/jobs/{job.id}/cancel").status_code == 403
    assert state(caller, job) == "queued"


@pytest.mark.parametrize("role", ["warehouse", "partner"])
def test_who_may_not_is_shown_no_buttons_and_changes_nothing(caller, browser, role):
    job = start(caller)
    with within(caller.enterprise):
        Membership.objects.filter(user=caller.user).update(role=role)

    page = browser.get("/jobs/")
    browser.post(f"/jobs/{job.id}/cancel")

    assert (page.status_code == 200) == (role == "warehouse")
    assert b"/cancel" not in page.content
    assert state(caller, job) == "queued"


def test_the_jobs_of_another_enterprise_are_not_there(caller, browser):
    other = new_caller()
    job = start(other)

    assert str(job.id).encode() not in browser.get("/jobs/").content
    assert browser.post(f"/jobs/{job.id}/cancel").status_code == 404
    assert state(other, job) == "queued"


def test_a_forged_cursor_leads_nowhere(browser):
    assert browser.get("/jobs/?cursor=abc").status_code == 404
