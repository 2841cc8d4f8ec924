# SPDX-License-Identifier: Apache-2.0
"""Webhooks: told once what happened is committed, signed, tried again, sent again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from entrepot.jobs import actions, sending, webhooks
from entrepot.jobs.events import Event
from entrepot.jobs.models import DELIVERED, FAILED, PENDING, Delivery, Webhook
from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from tests.jobs.callers import new_caller, token_for
from tests.jobs.kinds import Marks, leave_marks
from tests.jobs.receiving import receiving, status
from tests.jobs.working import until, working

URL = "https://example.com/hook"


@pytest.fixture
def other():
    """The other program, which may be on this machine."""
    with override_settings(WEBHOOKS_MAY_REACH_LOOPBACK=True), receiving() as received:
        yield received


def hook(enterprise: UUID, url: str, *events: str) -> tuple[UUID, str]:
    with within(enterprise):
        made, secret = webhooks.add(url, [Event(event) for event in events or ["job.done"]])
        return made.id, secret


def tell(enterprise: UUID, event: str = "job.done") -> list[UUID]:
    with within(enterprise):
        webhooks.emit(Event(event), {"job": "1"})
        return list(Delivery.objects.filter(state=PENDING).values_list("id", flat=True))


def deliver(enterprise: UUID, delivery: UUID) -> Delivery:
    """Try it once, as a worker does."""
    sending.deliver(enterprise=str(enterprise), delivery=str(delivery))
    with within(enterprise):
        return Delivery.objects.get(id=delivery)


def queued(delivery: UUID):
    return ProcrastinateJob.objects.filter(task_name=webhooks.TASK, args__delivery=str(delivery))


def test_what_happened_is_told_signed_and_to_the_byte(enterprise, other):
    _, secret = hook(enterprise, other.url)
    [id] = tell(enterprise)

    delivery = deliver(enterprise, id)

    [headers], [body] = other.headers, other.bodies
    assert (delivery.state, delivery.attempts, delivery.status) == (DELIVERED, 1, 204)
    assert json.loads(body)["type"] == "job.done"
    assert json.loads(body)["data"] == {"job": "1"}
    assert headers["content-type"] == "application/json"
    assert headers["host"] == other.url.split("/")[2]
    assert headers["webhook-id"] == f"msg_{id.hex}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    says = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, says, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_nothing_is_told_of_what_was_rolled_back(enterprise, other):
    hook(enterprise, other.url)
    with within(enterprise):
        webhooks.emit(Event.JOB_DONE, {"job": "1"})
        transaction.set_rollback(True)

    with within(enterprise):
        assert not Delivery.objects.exists()
    assert not ProcrastinateJob.objects.filter(args__enterprise=str(enterprise)).exists()


def test_ten_thousand_events_are_put_down_with_a_handful_of_statements(enterprise):
    hook(enterprise, URL)
    with within(enterprise), CaptureQueriesContext(connection) as asked:
        webhooks.emit(Event.JOB_DONE, *({"job": str(number)} for number in range(10_000)))
        assert Delivery.objects.count() == 10_000
        assert len(asked.captured_queries) < 10
        transaction.set_rollback(True)


def test_a_real_worker_tells_that_a_job_is_done(enterprise, other):
    hook(enterprise, other.url, "job.done", "job.failed")
    with within(enterprise):
        done = actions.start(leave_marks, Marks()).id
        failed = actions.start(leave_marks, Marks(wrong="refused")).id

    with working():
        until(lambda: len(other.bodies) == 2)

    told = {tuple(json.loads(body)["data"].items()) for body in other.bodies}
    assert told == {
        (("job", str(done)),),
        (("job", str(failed)), ("code", "test.not_enough")),
    }


def test_only_who_wants_to_know_and_is_switched_on_is_told(enterprise):
    wants, _ = hook(enterprise, URL, "job.done", "job.failed")
    hook(enterprise, URL, "document.posted")
    off, _ = hook(enterprise, URL, "job.done")
    with within(enterprise):
        webhooks.change(off, is_active=False)

    tell(enterprise)

    with within(enterprise):
        assert [each.webhook_id for each in Delivery.objects.all()] == [wants]


@pytest.mark.parametrize("code", [300, 301, 400, 404, 500])
def test_what_is_not_taken_is_tried_again(enterprise, other, code):
    other.answers = status(code, b"no", Location="http://169.254.169.254/")
    hook(enterprise, other.url)
    [id] = tell(enterprise)

    delivery = deliver(enterprise, id)

    assert (delivery.state, delivery.attempts) == (PENDING, 1)
    assert (delivery.status, delivery.answer) == (code, "no")
    assert timedelta(seconds=5) <= delivery.next_at - delivery.tried_at <= timedelta(seconds=6)
    assert queued(id).filter(scheduled_at__isnull=False).count() == 1
    assert len(other.bodies) == 1


def test_the_waits_grow_to_about_a_day_and_then_it_has_failed(enterprise, other):
    other.answers = status(500)
    hook(enterprise, other.url)
    [id] = tell(enterprise)

    waits = []
    while (delivery := deliver(enterprise, id)).state == PENDING:
        waits.append((delivery.next_at - delivery.tried_at).total_seconds())

    assert (delivery.state, delivery.attempts, delivery.next_at) == (FAILED, 11, None)
    assert waits == sorted(waits)
    assert all(wait <= real <= wait * 1.2 for wait, real in zip(sending.WAITS, waits, strict=True))
    assert 24 * 3600 <= sum(waits) <= 36 * 3600
    assert len({delivery["webhook-id"] for delivery in other.headers}) == 1


def test_the_first_kilobyte_of_the_answer_is_kept(enterprise, other):
    other.answers = status(500, b"a\0\xff" + b"x" * 5000)
    hook(enterprise, other.url)

    delivery = deliver(enterprise, tell(enterprise)[0])

    assert delivery.answer == "a\ufffd\ufffd" + "x" * 1021


def test_what_was_delivered_is_not_tried_again(enterprise, other):
    hook(enterprise, other.url)
    [id] = tell(enterprise)

    deliver(enterprise, id)
    deliver(enterprise, id)

    assert len(other.bodies) == 1


def test_who_was_switched_off_meanwhile_is_not_told(enterprise, other):
    webhook, _ = hook(enterprise, other.url)
    [id] = tell(enterprise)
    with within(enterprise):
        webhooks.change(webhook, is_active=False)

    assert deliver(enterprise, id).state == FAILED
    assert other.bodies == []


def test_a_delivery_is_sent_again_with_the_id_that_it_had(caller, other):
    webhook, _ = hook(caller.enterprise, other.url)
    [id] = tell(caller.enterprise)
    path = f"/webhooks/{webhook}/deliveries/{id}/replay"
    early = caller.post(path)
    deliver(caller.enterprise, id)

    again = caller.post(path)
    deliver(caller.enterprise, id)

    assert (early.status_code, early.json()["code"]) == (409, "jobs.delivery_on_its_way")
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    assert [headers["webhook-id"] for headers in other.headers] == [f"msg_{id.hex}"] * 2


def test_the_secret_is_said_once_and_kept_encrypted(caller):
    made = caller.post("/webhooks", {"url": URL, "events": ["job.done"]})

    webhook = made.json()
    secret = webhook.pop("secret")
    assert made.status_code == 201
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret[6:])) == 32
    assert caller.get(f"/webhooks/{webhook['id']}").json() == webhook
    assert caller.get("/webhooks").json()["items"] == [webhook]
    with within(caller.enterprise), connection.cursor() as cursor:
        cursor.execute("SELECT w::text || secret::text FROM jobs_webhook w")
        [(row,)] = cursor.fetchall()
        assert secret not in row
        assert secret not in str(list(AuditEntry.objects.values("facts", "about")))
        kept = bytes(Webhook.objects.get().secret)
    assert secret.encode() not in kept


def test_a_webhook_is_changed_and_removed_with_its_deliveries(caller):
    made = caller.post("/webhooks", {"url": URL, "events": ["job.done"]}).json()
    path = f"/webhooks/{made['id']}"
    tell(caller.enterprise)

    changed = caller.ask("PATCH", path, {"is_active": False, "events": ["job.failed"] * 2})
    removed = caller.ask("DELETE", path)

    assert (changed.json()["is_active"], changed.json()["events"]) == (False, ["job.failed"])
    assert changed.json()["url"] == URL
    assert (removed.status_code, removed.content) == (204, b"")
    assert caller.get(path).status_code == 404
    with within(caller.enterprise):
        assert not Delivery.objects.exists()
        actions_done = list(AuditEntry.objects.filter(action__startswith="webhook."))
    assert [entry.action for entry in actions_done] == [
        "webhook.added",
        "webhook.changed",
        "webhook.removed",
    ]


def test_an_enterprise_has_20_webhooks_at_most(caller):
    body = {"url": URL, "events": ["job.done"]}
    answers = [caller.post("/webhooks", body) for _ in range(21)]

    assert {answer.status_code for answer in answers[:20]} == {201}
    assert (answers[20].status_code, answers[20].json()["code"]) == (409, "jobs.too_many_webhooks")


@pytest.mark.parametrize(
    "body",
    [
        {"url": URL},
        {"url": URL, "events": []},
        {"url": URL, "events": ["job.unknown"]},
        {"url": "ftp://example.com/", "events": ["job.done"]},
        {"url": "http://example.com/", "events": ["job.done"]},
        {"url": URL + "x" * 500, "events": ["job.done"]},
        {"url": "https://me:secret@example.com/", "events": ["job.done"]},
        {"url": "https://10.0.0.1/", "events": ["job.done"]},
        {"url": "https://127.0.0.1/", "events": ["job.done"]},
        {"url": URL, "events": ["job.done"], "secret": "whsec_x"},
    ],
)
def test_an_unfit_webhook_is_refused(caller, body):
    assert caller.post("/webhooks", body).status_code == 422
    assert caller.get("/webhooks").json()["items"] == []


def test_the_webhooks_of_another_enterprise_answer_like_none(caller):
    other = new_caller()
    theirs, _ = hook(other.enterprise, URL)
    [delivery] = tell(other.enterprise)
    paths = [
        ("GET", "/webhooks/{}"),
        ("PATCH", "/webhooks/{}"),
        ("DELETE", "/webhooks/{}"),
        ("GET", "/webhooks/{}/deliveries"),
        ("POST", "/webhooks/{}/deliveries/" + f"{delivery}/replay"),
    ]
    for method, path in paths:
        nobodys = new_id()
        answers = [caller.ask(method, path.format(id), {}) for id in (theirs, nobodys)]
        assert [answer.status_code for answer in answers] == [404, 404], (method, path)
        told = [answer.content.decode().replace(str(theirs), str(nobodys)) for answer in answers]
        assert told[0] == told[1]
    assert other.get(f"/webhooks/{theirs}").status_code == 200


def test_webhooks_need_their_scope(caller):
    narrow = token_for(caller.user, caller.enterprise, "jobs.write")

    assert caller.get("/webhooks", Authorization=f"Bearer {narrow}").status_code == 403


def test_old_deliveries_are_listed_latest_first_and_thrown_away_in_time(caller):
    webhook, _ = hook(caller.enterprise, URL)
    ids = tell(caller.enterprise) + tell(caller.enterprise)[-1:]
    with within(caller.enterprise):
        old = timezone.now() - timedelta(days=40)
        Delivery.objects.filter(id=ids[0]).update(state=FAILED, made_at=old)

    listed = caller.get(f"/webhooks/{webhook}/deliveries").json()["items"]

    assert sorted((each["id"] for each in listed), reverse=True) == [each["id"] for each in listed]
    assert {each["state"] for each in listed} == {"failed", "pending"}
