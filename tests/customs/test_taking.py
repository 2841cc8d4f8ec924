# SPDX-License-Identifier: Apache-2.0
"""Receipts on the desk: each counts once, in any order, and nothing that came is lost."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as some

from entrepot.customs.sending.configuring import change_setup, setup
from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.intake import collect, match_again, take_in, upload
from entrepot.customs.sending.looking import (
    alerts,
    faulty_fields,
    history,
    is_alert,
    overdue_since,
    unmatched,
)
from entrepot.customs.sending.models import Document, File, Message, Receipt, Setup
from entrepot.customs.sending.outbox import (
    deliver,
    resend,
    send,
)
from entrepot.customs.sending.refusals import NoTransport, UnfitKey
from entrepot.customs.sending.states import Receipt as Said
from entrepot.customs.sending.states import state_of
from entrepot.customs.sending.work import exchange
from entrepot.jobs import webhooks
from entrepot.jobs.events import Event
from entrepot.jobs.models import Delivery
from entrepot.people.models import AuditEntry, Enterprise
from entrepot.people.secrets import unseal
from entrepot.people.tenancy import within
from tests.customs.desk_kit import (
    ANSWER,
    FIRM,
    LIST,
    added,
    again,
    documents,
    folder,
    head_of,
    outcomes,
    said,
    sent,
    set_up,
    take,
)
from tests.customs.sending_kit import answer_file, pem_of, receipt, rsa_key


@pytest.fixture
def firm(enterprise):
    set_up(enterprise)
    return enterprise


STATUSES = ["1", "2", "3", "4", "100", "120", "300", "399", "800", "899", "-7", "777", "501"]
_RECEIPTS = some.lists(some.tuples(some.sampled_from(STATUSES), some.integers(0, 3)), max_size=7)


@settings(max_examples=20)
@given(said_of=_RECEIPTS, seed=some.integers(0, 99))
def test_the_database_and_the_rule_agree_in_any_order_and_any_grouping(desk, said_of, seed):
    firm = Enterprise.objects.create().id
    set_up(firm, is_signing=False)
    (document,) = sent(firm)
    chance = Random(seed)
    all_of = [said(document, status, f"2099112712{at:02d}00000") for status, at in said_of]
    shuffled = [*all_of, *all_of[: chance.randrange(3)]]
    chance.shuffle(shuffled)
    rank = 0
    while shuffled:
        few, shuffled = shuffled[: (n := chance.randint(1, 3))], shuffled[n:]
        take(firm, *few)
        document = again(firm, document)
        assert document.rank >= rank, "never backwards"
        rank = document.rank
    expected = state_of(Said(ANSWER, s, f"2099112712{at:02d}00000") for s, at in said_of)

    found = again(firm, document)
    for name in ("outcome", "rank", "status", "at", "ends", "is_contradicted", "is_unexpected"):
        assert getattr(found, name) == getattr(expected, name), name
    assert (found.awaits_since is not None) == expected.awaits
    with within(firm):
        assert Receipt.objects.count() == len(set(said_of))


def test_the_same_file_and_the_same_receipt_count_once(firm):
    (document,) = sent(firm)
    one, other = (
        answer_file(ANSWER, said(document, "120"), chance=Random(seed)) for seed in (1, 2)
    )
    with within(firm):
        first = take_in([("a.xml", one), ("b.xml", one)], "upload")
        second = take_in([("c.xml", one)], "folder")
        third = take_in([("d.xml", other)], "folder")

        assert (first.files, first.known_files, first.receipts) == (1, 1, 1)
        assert (second.files, second.known_files, second.receipts) == (0, 1, 0)
        assert (third.files, third.receipts, third.known_receipts) == (1, 0, 1)
        assert Receipt.objects.count() == 1
        assert File.objects.get(name="a.xml").times == 3


def test_other_programs_are_told_of_every_new_state_once(firm):
    with within(firm):
        webhooks.add("https://erp.example.com/entrepot", [Event.CUSTOMS_STATE])
    (document,) = sent(firm)
    take(firm, said(document, "120", "20991127120000000"))
    take(firm, said(document, "120", "20991127120000000"))
    take(firm, said(document, "3", "20991127110000000"))
    take(firm, said(document, "800", "20991127130000000"))
    take(firm, said(document, "100", "20991127140000000"))

    with within(firm):
        bodies = [json.loads(each.body) for each in Delivery.objects.order_by("id")]
    told = [body["data"] for body in bodies]
    assert [(each["state"], each["is_contradicted"]) for each in told] == [
        ("taken_in", False),
        ("released", False),
        ("released", True),
    ]
    assert {each["number"] for each in told} == {document.own_no}
    assert {each["customs_document"] for each in told} == {str(document.id)}


def test_a_receipt_of_no_document_waits_until_there_is_one(firm):
    (given,) = documents(keep_guid=True)
    head = given["InventoryHead"]
    take(firm, receipt(head, ANSWER, "120", "20991127120000000"))
    with within(firm):
        assert unmatched().count() == 1
        assert match_again() == 0
        (document,) = add_documents(LIST, [given]).documents
        assert match_again() == 1
        assert unmatched().count() == 0
    assert again(firm, document).outcome == "taken_in"


def test_a_receipt_with_another_guid_is_matched_by_the_firms_number_to_what_was_sent(firm):
    (document,) = sent(firm)
    about = {**head_of(document), "guid": "6F9619FF-8B86-4D11-B42D-00C04FC964FF"}
    take(firm, receipt(about, ANSWER, "120", "20200101120000000"))
    with within(firm):
        assert unmatched().count() == 1, "it is older than the document"
    take(firm, receipt(about, ANSWER, "120", "20991127120000000"))
    assert again(firm, document).outcome == "taken_in"


def test_a_message_that_could_not_be_read_fails_all_its_documents(firm):
    made = sent(firm, count=3)
    with within(firm):
        number = Message.objects.get().number
    unread = {
        "guid": "6F9619FF-8B86-4D11-B42D-00C04FC964FF", "returnStatus": "-621001",
        "returnInfo": "报文格式错误", "returnTime": "20991127120000000", "oriCopMsgId": number,
        "oriMessageType": LIST, "oriBizMessage": "<a/>",
    }  # fmt: skip
    from entrepot.customs.messages.building import Message as Written
    from entrepot.customs.messages.building import build

    data = build(Written("CEB900Message", "2022-05", unread["guid"], [unread]))
    with within(firm):
        assert take_in([("a.xml", data)], "upload").matched == 1
        assert unmatched().count() == 0
    assert outcomes(firm) == {"failed": 3}
    take(firm, said(made[0], "120"))
    assert outcomes(firm) == {"failed": 2, "taken_in": 1}


def test_files_that_are_no_receipts_are_kept_with_their_faults(firm):
    bomb = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
    nul = answer_file(ANSWER, receipt({"guid": "6F9619FF-8B86-4D11-B42D-00C04FC964FF"}, ANSWER,
                                      "2")).replace("样例".encode(), b"\x00")  # fmt: skip
    with within(firm):
        taken = take_in([("junk.xml", b"\x00\xff"), ("bomb.xml", bomb), ("nul.xml", nul)], "folder")
        assert (taken.files, taken.faulty_files, taken.receipts) == (3, 3, 0)
        assert bytes(File.objects.get(name="bomb.xml").content) == bomb
        assert all(each.faults for each in File.objects.all())


def test_alerts_are_documents_whose_receipt_is_missing_and_those_said_to_be_both(firm):
    first, second, third, fourth = sent(firm, count=4)
    take(firm, said(second, "120"), said(third, "800"), said(fourth, "800"), said(fourth, "100"))
    with within(firm):
        assert [each.id for each in alerts()] == [fourth.id]
        change_setup(alert_hours=1)
        past = timezone.now() - timedelta(hours=2)
        Document.objects.filter(awaits_since__isnull=False).update(awaits_since=past)
        found = {each.id for each in alerts()}
        assert found == {first.id, second.id, fourth.id}
        assert {
            each.id for each in Document.objects.all() if is_alert(each, overdue_since())
        } == found
    take(firm, said(second, "3"))
    with within(firm):
        assert second.id not in {each.id for each in alerts()}


def test_a_document_says_all_that_happened_to_it(firm):
    with within(firm, "user:ada"):
        (document,) = add_documents(LIST, documents()).documents
        send()
    deliver(firm)
    with within(firm, "user:bob"):
        upload("r.xml", answer_file(ANSWER, said(document, "100", info="第1项商品编码不存在")))
        found = history(again(firm, document))
        pointed = faulty_fields(again(firm, document))
        audited = list(AuditEntry.objects.values_list("action", flat=True))

    assert [(each.what, each.actor, each.status) for each in found] == [
        ("added", "user:ada", ""), ("sent", "system", ""), ("received", "user:bob", "100"),
    ]  # fmt: skip
    assert found[2].info == "第1项商品编码不存在"
    assert found[2].file
    assert [(each.part, each.element, each.line) for each in pointed] == [
        ("InventoryList", "gcode", 1)
    ]
    assert {"customs.sent", "customs.file_taken", "customs.documents_added"} <= set(audited)


def test_the_worker_sends_and_collects_for_whoever_has_a_way(firm, enterprise):
    (document,) = added(firm)
    with within(firm):
        send()
    (folder(firm) / "in").mkdir(parents=True)
    (folder(firm) / "in" / "r.xml").write_bytes(answer_file(ANSWER, said(document, "120")))
    exchange(firm)

    assert again(firm, document).outcome == "taken_in"
    assert [each.name for each in (folder(firm) / "taken").iterdir()] == ["r.xml"]
    with within(firm):
        assert Setup.objects.get().looked_at
        change_setup(way="none")
    exchange(firm)


def test_a_worker_killed_before_setting_aside_takes_nothing_twice(firm, monkeypatch):
    (document,) = sent(firm)
    (folder(firm) / "in").mkdir(parents=True)
    (folder(firm) / "in" / "r.xml").write_bytes(answer_file(ANSWER, said(document, "120")))
    monkeypatch.setattr("entrepot.customs.sending.transports.folder.Folder.done", _killed)
    with pytest.raises(KeyboardInterrupt):
        collect(firm)
    monkeypatch.undo()
    taken = collect(firm)

    assert (taken.files, taken.known_files, taken.receipts) == (0, 1, 0)
    assert again(firm, document).outcome == "taken_in"


def test_nobody_sees_what_is_another_enterprises(firm):
    (document,) = sent(firm, keep_guid=True)
    other = Enterprise.objects.create().id
    set_up(other)
    take(other, said(document, "899"))
    (same,) = added(other, keep_guid=True)

    assert again(firm, document).outcome == "sent"
    with within(other):
        assert list(Document.objects.all()) == [same]
        assert not Message.objects.exists()
        with pytest.raises(Document.DoesNotExist):
            resend(document.id)
        assert match_again() == 1
    assert again(firm, document).outcome == "sent"
    assert folder(firm) != folder(other)


def test_keys_and_passwords_are_kept_encrypted_and_settings_are_checked(enterprise):
    set_up(enterprise)
    with within(enterprise):
        change_setup(
            way="sftp", host="sftp.example.com", user="firm", fingerprint="SHA256:a",
            password="p-4711",
        )  # fmt: skip
        found = setup()
        assert b"p-4711" not in bytes(found.secrets)
        assert b"PRIVATE" not in bytes(found.signing_key)
        assert b"p-4711" in unseal(bytes(found.secrets), f"customs secrets {found.id}")
        assert found.signs_as == "CN=Sample Firm"
        assert "p-4711" not in str(list(AuditEntry.objects.values_list("facts", flat=True)))
        change_setup(user="other")
        assert b"p-4711" in unseal(bytes(setup().secrets), f"customs secrets {found.id}")
        for wrong, kind in [
            ({"password": ""}, NoTransport),
            ({"host": ""}, NoTransport),
            ({"signing_key": {"content": b"junk"}}, UnfitKey),
            ({"method": "ecdsa-sha256"}, UnfitKey),
        ]:
            with pytest.raises(kind):
                change_setup(**wrong)
        change_setup(signing_key={})
        assert setup().signs_as == ""
    assert FIRM["cop_code"] == "330296900A"
    assert pem_of(rsa_key())


def _killed(*_):
    raise KeyboardInterrupt
