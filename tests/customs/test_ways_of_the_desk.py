# SPDX-License-Identifier: Apache-2.0
"""The desk over SFTP and forms, two workers at once, and migrations that say all there is."""

from __future__ import annotations

import threading
from io import StringIO

import paramiko
import pytest
from django.core.management import call_command
from django.db import connections

from entrepot.customs.sending.configuring import change_setup
from entrepot.customs.sending.intake import collect, take_in
from entrepot.customs.sending.models import Document, Message, Receipt, Setup
from entrepot.customs.sending.outbox import deliver, send
from entrepot.customs.sending.transports.sftp import fingerprint
from entrepot.people.tenancy import within
from tests.customs.desk_kit import ANSWER, added, again, said, sent, set_up
from tests.customs.sending_kit import answer_file
from tests.customs.sftp_server import PASSWORD, USER, serving
from tests.customs.test_transports import platform


@pytest.fixture
def loopback(settings_of_tests):
    settings_of_tests(WEBHOOKS_MAY_REACH_LOOPBACK=True)


@pytest.fixture
def settings_of_tests():
    from django.test import override_settings

    changed = []

    def change(**new):
        changed.append(override_settings(**new))
        changed[-1].enable()

    yield change
    for each in changed:
        each.disable()


def test_documents_go_and_receipts_come_over_sftp(enterprise, loopback, tmp_path):
    for room in ("out", "in"):
        (tmp_path / room).mkdir()
    key = paramiko.RSAKey.generate(2048)
    with serving(tmp_path, key) as port:
        set_up(
            enterprise, way="sftp", host="127.0.0.1", port=port, user=USER, password=PASSWORD,
            fingerprint=fingerprint(key.asbytes()),
        )  # fmt: skip
        (document,) = sent(enterprise)
        (path,) = (tmp_path / "out").iterdir()
        (tmp_path / "in" / "r.xml").write_bytes(answer_file(ANSWER, said(document, "120")))
        assert collect(enterprise).matched == 1

    assert path.name.startswith("CEB603Message_")
    assert again(enterprise, document).outcome == "taken_in"
    assert list((tmp_path / "in").iterdir()) == []


def test_a_server_that_is_gone_is_told_in_the_settings(enterprise, loopback):
    set_up(
        enterprise, way="sftp", host="127.0.0.1", port=1, user=USER, password=PASSWORD,
        fingerprint="SHA256:a",
    )  # fmt: skip
    added(enterprise)
    with within(enterprise):
        send()
    assert deliver(enterprise) == (0, 1)
    collect(enterprise)

    with within(enterprise):
        assert "Connection" in Setup.objects.get().problem
        assert Message.objects.get().problem


def test_an_address_within_the_own_network_is_never_reached(enterprise):
    set_up(
        enterprise, way="sftp", host="localhost", port=22, user=USER, password=PASSWORD,
        fingerprint="SHA256:a",
    )  # fmt: skip
    added(enterprise)
    with within(enterprise):
        send()
    assert deliver(enterprise) == (0, 1)
    collect(enterprise)

    with within(enterprise):
        assert "not a public address" in Message.objects.get().problem
        assert "not a public address" in Setup.objects.get().problem


def test_messages_are_posted_to_a_platform_with_the_fields_of_the_firm(enterprise, loopback):
    with platform() as (url, posted):
        set_up(
            enterprise, way="form", url=url, field_message="content", field_name="",
            how="base64", says_taken="OK", fields={"account": "a-4712"},
        )  # fmt: skip
        (document,) = sent(enterprise)
    ((_, kind, body),) = posted

    assert document.outcome == "sent"
    assert kind == "application/x-www-form-urlencoded"
    assert body.startswith(b"account=a-4712&content=")
    assert b"fileName" not in body
    with within(enterprise):
        assert change_setup(alert_hours=5).way == "form"


def test_two_workers_at_once_lose_nothing_of_one_document(enterprise):
    set_up(enterprise, is_signing=False)
    made = sent(enterprise, count=20)
    statuses = ("1", "2", "3", "120", "300", "399", "800", "899")
    together = threading.Barrier(len(statuses))
    wrong = []

    def work(status):
        data = answer_file(ANSWER, *(said(each, status) for each in made))
        try:
            together.wait(30)
            with within(enterprise):
                take_in([("r.xml", data)], "folder")
        except Exception as error:
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(status,)) for status in statuses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert wrong == []
    with within(enterprise):
        assert Receipt.objects.count() == len(made) * len(statuses)
        assert set(Document.objects.values_list("outcome", flat=True)) == {"closed"}


def test_who_comes_second_reads_what_the_first_wrote_meanwhile(enterprise):
    set_up(enterprise, is_signing=False)
    (document,) = sent(enterprise)
    last, earlier = (answer_file(ANSWER, said(document, status)) for status in ("899", "120"))

    def second():
        try:
            with within(enterprise):
                take_in([("b.xml", earlier)], "folder")
        finally:
            connections.close_all()

    thread = threading.Thread(target=second)
    with within(enterprise):
        take_in([("a.xml", last)], "folder")
        thread.start()
        thread.join(2)
        assert thread.is_alive(), "it waits for the first"
    thread.join(60)

    assert again(enterprise, document).outcome == "closed"


def test_the_migrations_say_all_that_the_models_do(desk):
    said = StringIO()
    call_command("makemigrations", "customs", "--check", "--dry-run", stdout=said)

    assert "No changes" in said.getvalue()
