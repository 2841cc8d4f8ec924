# SPDX-License-Identifier: Apache-2.0
"""With an Idempotency-Key a request is done once, however often and however fast it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from entrepot.jobs import idempotency
from entrepot.jobs.kinds import KINDS
from entrepot.jobs.models import Reply
from entrepot.jobs.work import HousekeepingIn
from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import within
from tests.jobs.callers import new_caller, token_for

KEY = {"Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324"}
MARK = "/marks/A"


@pytest.fixture(autouse=True)
def addresses(desk):
    with override_settings(ROOT_URLCONF="tests.web.addresses"):
        yield


def marks(caller) -> int:
    with within(caller.enterprise):
        return AuditEntry.objects.filter(action="test.mark").count()


def test_a_request_sent_again_is_answered_alike_and_done_once(caller):
    first = caller.post(MARK, {"size": 5}, **KEY)
    again = caller.post(MARK, {"size": 5}, **KEY)

    assert (first.status_code, "Idempotent-Replayed" in first) == (201, False)
    assert again["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.content) == (201, first.content)
    assert again["Content-Type"] == first["Content-Type"]
    assert marks(caller) == 1


def test_without_a_key_it_is_done_twice(caller):
    caller.post(MARK, {})
    caller.post(MARK, {})

    assert marks(caller) == 2


@pytest.mark.parametrize(("path", "body"), [(MARK, {"size": 6}), ("/marks/B", {"size": 5})])
def test_the_key_with_another_request_is_refused(caller, path, body):
    caller.post(MARK, {"size": 5}, **KEY)

    answer = caller.post(path, body, **KEY)

    assert (answer.status_code, answer.json()["code"]) == (422, "jobs.key_used_otherwise")
    assert marks(caller) == 1


def test_the_key_of_another_enterprise_or_caller_is_another_key(caller):
    other, second = new_caller(), token_for(caller.user, caller.enterprise)
    caller.post(MARK, {}, **KEY)

    answers = [
        other.post(MARK, {}, **KEY),
        caller.post(MARK, {}, **KEY, Authorization=f"Bearer {second}"),
    ]

    assert ["Idempotent-Replayed" in answer for answer in answers] == [False, False]
    assert (marks(caller), marks(other)) == (2, 1)


def test_what_was_refused_may_be_asked_again_with_its_key(caller):
    refused = caller.post(MARK, {"refuse": True}, **KEY)
    done = caller.post(MARK, {"refuse": False}, **KEY)

    assert (refused.status_code, done.status_code) == (409, 201)
    assert marks(caller) == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "é", "a\x7f"])
def test_a_key_is_1_to_200_visible_characters(caller, key):
    answer = caller.post(MARK, {}, **{"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (400, "jobs.bad_key")
    assert marks(caller) == 0


def test_who_is_unknown_takes_no_key(caller):
    assert caller.post(MARK, {}, **KEY, Authorization="Bearer x").status_code == 401


def at_once(caller, bodies):
    """The answers to requests that come at the same moment."""
    together = Barrier(len(bodies))

    def ask(body):
        together.wait()
        try:
            return caller.post(MARK, body, **KEY)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(ask, bodies))


def test_many_at_once_are_done_once(caller):
    answers = at_once(caller, [{}] * 4)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 3
    assert marks(caller) == 1


def test_many_at_once_that_are_refused_all_say_so(caller):
    answers = at_once(caller, [{"refuse": True}] * 4)

    assert {answer.status_code for answer in answers} == {409}
    assert marks(caller) == 0


def test_the_second_waits_only_so_long_for_the_first(caller, monkeypatch):
    monkeypatch.setattr(idempotency, "WAIT", "200ms")
    taking = {"actor": f"token:{token_id(caller)}", "key": KEY["Idempotency-Key"]}
    with ThreadPoolExecutor(1) as thread, within(caller.enterprise):
        Reply.objects.create(fingerprint=b"", content_type="", **taking)

        def ask():
            try:
                return caller.post(MARK, {}, **KEY)
            finally:
                connections.close_all()

        answer = thread.submit(ask).result()

    assert (answer.status_code, answer.json()["code"]) == (409, "jobs.still_answering")


def token_id(caller) -> str:
    caller.post("/marks/who", {})
    with within(caller.enterprise):
        entry = AuditEntry.objects.get(about="who")
        entry_actor = entry.actor
    return entry_actor.removeprefix("token:")


def test_an_answer_too_large_to_be_kept_is_not_done_twice(caller, monkeypatch):
    monkeypatch.setattr(idempotency, "MOST_KEPT", 100)
    assert caller.post(MARK, {"size": 200}, **KEY).status_code == 201

    answer = caller.post(MARK, {"size": 200}, **KEY)

    assert (answer.status_code, answer.json()["code"]) == (409, "jobs.reply_not_kept")
    assert marks(caller) == 1


def test_keys_are_thrown_away_after_seven_days(caller):
    caller.post(MARK, {}, **KEY)
    caller.post(MARK, {}, **{"Idempotency-Key": "old"})
    with within(caller.enterprise):
        Reply.objects.filter(key="old").update(at=timezone.now() - timedelta(days=8))

        done = KINDS["housekeeping"].does(Untold(), HousekeepingIn())

        assert done["replies"] == 1
        assert [reply.key for reply in Reply.objects.all()] == [KEY["Idempotency-Key"]]


class Untold:
    """Says nothing to nobody."""

    def progress(self, done: int, of: int | None = None) -> None: ...
