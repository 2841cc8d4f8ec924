# SPDX-License-Identifier: Apache-2.0
"""Documents on the desk: added once, sent the same each time, and where receipts put them."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as some

from entrepot.customs.messages.faults import FaultyMessage
from entrepot.customs.messages.reading import read
from entrepot.customs.sending.configuring import NoSetup, change_setup, setup
from entrepot.customs.sending.documents import NotSent, UnderWay, add_documents
from entrepot.customs.sending.intake import collect, match_again, take_in, upload
from entrepot.customs.sending.looking import (
    alerts,
    faulty_fields,
    history,
    is_alert,
    overdue_since,
    unmatched,
)
from entrepot.customs.sending.models import Document, File, Message, Receipt, Sending, Setup
from entrepot.customs.sending.outbox import (
    NoSigner,
    NothingToSend,
    NotToResend,
    deliver,
    mark_sent,
    resend,
    send,
)
from entrepot.customs.sending.refusals import NoTransport, UnfitKey
from entrepot.customs.sending.signing import verify
from entrepot.customs.sending.states import Receipt as Said
from entrepot.customs.sending.states import state_of
from entrepot.customs.sending.work import exchange
from entrepot.people.models import AuditEntry, Enterprise
from entrepot.people.secrets import unseal
from entrepot.people.tenancy import within
from tests.customs.desk_kit import FIRM, added, documents, folder, outcomes, set_up
from tests.customs.sending_kit import answer_file, cert_pem, pem_of, receipt, rsa_key

LIST, ANSWER = "CEB603Message", "CEB604Message"


@pytest.fixture
def firm(enterprise):
    set_up(enterprise)
    return enterprise


def sent(firm, kind="603", count=1, **more):
    """Documents that were sent."""
    made = added(firm, kind, count, **more)
    with within(firm):
        send([each.id for each in made])
    deliver(firm)
    return [again(firm, each) for each in made]


def again(firm, document):
    with within(firm):
        return Document.objects.get(id=document.id)


def head_of(document):
    return document.data.get("InventoryHead", document.data)


def said(document, status, at="20991127120000000", answer=ANSWER, info="样例"):
    about = {**head_of(document), "guid": document.guid, "copNo": document.own_no}
    return receipt(about, answer, status, at, info)


def take(firm, *receipts, answer=ANSWER):
    with within(firm):
        return take_in([("a.xml", answer_file(answer, *receipts))], "upload")


def test_a_document_goes_out_signed_and_comes_back_closed(firm):
    (document,) = sent(firm, status="2")
    (path,) = (folder(firm) / "out").iterdir()
    data = path.read_bytes()

    assert verify(data, cert_pem(rsa_key())).is_trusted
    assert read(data).documents[0]["InventoryHead"]["guid"] == document.guid
    assert document.outcome == "sent"
    take(firm, said(document, "120"), said(document, "899"), said(document, "2"))
    document = again(firm, document)
    assert (document.outcome, document.status, document.ends) == ("closed", "899", True)
    assert document.awaits_since is None


def test_the_same_document_is_added_once_and_drafts_are_corrected_in_place(firm):
    (given,) = documents()
    with within(firm):
        first = add_documents(LIST, [given])
        same = add_documents("603", [json.loads(json.dumps(given))])
        given["InventoryHead"]["note"] = "corrected"
        other = add_documents("CEB603", [given])

        assert (first.added, same.added, same.known) == (1, 0, 1)
        assert same.documents[0].id == first.documents[0].id == other.documents[0].id
        assert (other.added, other.corrected) == (0, 1)
        assert Document.objects.get().data["InventoryHead"]["note"] == "corrected"
        assert Document.objects.get().version == 1


def test_another_version_waits_until_customs_has_rejected_the_one_before(firm):
    (document,) = sent(firm)
    (given,) = documents()
    given["InventoryHead"]["note"] = "other"
    with within(firm), pytest.raises(UnderWay, match=document.own_no):
        add_documents(LIST, [given])
    take(firm, said(document, "100", info="币制有误"))
    with within(firm):
        ((new),) = add_documents(LIST, [given]).documents
        assert (new.version, new.is_latest) == (2, True)
        assert new.guid != document.guid
    assert not again(firm, document).is_latest
    take(firm, said(document, "120", "20991128120000000"))
    assert again(firm, new).outcome == "new", "of the version before"
    assert again(firm, document).outcome == "rejected"


def test_a_change_of_what_customs_has_says_so(firm):
    (document,) = sent(firm)
    take(firm, said(document, "120"))
    (given,) = documents()
    given["InventoryHead"] |= {"appType": "2", "note": "changed"}
    with within(firm):
        assert add_documents(LIST, [given]).documents[0].version == 2


def test_every_fault_of_every_document_is_told_and_nothing_is_added(firm):
    given = documents(count=130)
    given[0]["InventoryHead"]["currency"] = "CNY!"
    given[120]["InventoryHead"]["nonsense"] = "1"
    given[129]["InventoryList"][0]["gnum"] = "x"
    with within(firm), pytest.raises(FaultyMessage) as told:
        add_documents(LIST, given)
    places = [fault.place for fault in told.value.faults]

    assert places == [
        "/CEB603Message/Inventory[1]/InventoryHead/currency",
        "/CEB603Message/Inventory[121]/InventoryHead/nonsense",
        "/CEB603Message/Inventory[130]/InventoryList[1]/gnum",
    ]
    with within(firm):
        assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("text", ""),
        ({"InventoryHead": [], "InventoryList": []}, "/InventoryHead"),
        ({"InventoryHead": {}, "InventoryList": {}}, "/InventoryList"),
        ({"InventoryHead": {"copNo": 1.5}}, "/InventoryHead/copNo"),
        ({"InventoryHead": {"copNo": True}}, "/InventoryHead/copNo"),
        ({"InventoryHead": {"copNo": {"a": "b"}}}, "/InventoryHead/copNo"),
        ({"InventoryList": [[]]}, "/InventoryList[1]"),
    ],
)
def test_a_document_of_another_shape_is_a_fault(firm, given, place):
    with within(firm), pytest.raises(FaultyMessage) as told:
        add_documents(LIST, [given])

    assert told.value.faults[0].place == f"/CEB603Message/Inventory[1]{place}"


def test_a_number_or_guid_twice_is_a_fault(firm):
    (given,) = documents(keep_guid=True)
    other = json.loads(json.dumps(given))
    other["InventoryHead"]["copNo"] = "OTHER"
    with within(firm):
        for pair in ([given, given], [given, other]):
            with pytest.raises(FaultyMessage, match="Document 1 has the same"):
                add_documents(LIST, pair)
        add_documents(LIST, [given])
        with pytest.raises(UnderWay, match="GUID"):
            add_documents(LIST, [other])
        with pytest.raises(NotSent):
            add_documents(ANSWER, [given])


def test_a_long_document_goes_in_parts_that_are_told_apart(firm):
    (given,) = documents("507")
    row = given["ArrivalList"][0]
    given["ArrivalList"] = [{**row, "gnum": at, "logisticsNo": f"L{at}"} for at in range(1, 251)]
    with within(firm):
        made = add_documents("507", [given]).documents
        assert [(each.part, len(each.data["ArrivalList"])) for each in made] == [
            (1, 100), (2, 100), (3, 50),
        ]  # fmt: skip
        assert len({each.guid for each in made}) == 3
        assert add_documents("507", [given]).known == 3
        send()
    deliver(firm)
    about = {**made[1].data["ArrivalHead"], "guid": "6F9619FF-8B86-4D11-B42D-00C04FC964FF"}
    take(firm, receipt(about, "CEB508Message", "120", "20991127120000000"), answer="CEB508Message")
    found = [again(firm, each).outcome for each in made]
    assert found == ["sent", "taken_in", "sent"]


def test_a_message_carries_a_hundred_and_is_the_same_each_time(firm):
    made = sent(firm, count=230, status="mixed")
    before = {each.name: each.read_bytes() for each in (folder(firm) / "out").iterdir()}
    with within(firm):
        assert sorted(Message.objects.values_list("count", flat=True)) == [30, 100, 100]
        for each in made:
            again_message = resend(each.id) if each in made[:1] else None
            assert again_message is None or again_message.state == "waiting"
    for path in (folder(firm) / "out").iterdir():
        path.unlink()
    deliver(firm)

    ((name, data),) = [(each.name, each.read_bytes()) for each in (folder(firm) / "out").iterdir()]
    assert before[name] == data
    with within(firm):
        assert Document.objects.count() == 230
        assert Sending.objects.filter(was_sent=True).count() == 4


def test_what_cannot_be_sent_is_refused_and_changes_nothing(enterprise):
    added(enterprise, status="2")
    with within(enterprise), pytest.raises(NoSetup):
        send()
    set_up(enterprise, is_signing=False)
    with within(enterprise), pytest.raises(NoSigner):
        send()
    assert outcomes(enterprise) == {"new": 1}
    set_up(enterprise, way="none")
    with within(enterprise):
        send()
        with pytest.raises(NothingToSend):
            send()
        with pytest.raises(NotToResend, match="waits"):
            resend(Document.objects.get().id)
    with pytest.raises(NoTransport):
        deliver(enterprise)
    assert outcomes(enterprise) == {"queued": 1}


def test_a_failed_try_is_kept_and_tried_again_later(firm):
    added(firm)
    with within(firm):
        send()
    path = folder(firm)
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("no folder")
    assert deliver(firm) == (0, 1)
    assert deliver(firm) == (0, 0), "not at once"
    path.unlink()
    with within(firm):
        message = Message.objects.get()
        assert message.problem
        assert message.next_at > timezone.now()
        Message.objects.update(next_at=timezone.now())
    assert deliver(firm) == (1, 0)
    with within(firm):
        assert list(Sending.objects.order_by("id").values_list("was_sent", flat=True)) == [
            False, True,
        ]  # fmt: skip
        assert Message.objects.get().problem == ""


def test_a_worker_killed_before_it_wrote_down_sends_the_same_again(firm, monkeypatch):
    added(firm)
    with within(firm):
        send()
    monkeypatch.setattr("entrepot.customs.sending.outbox.mark_sent", _killed)
    with pytest.raises(KeyboardInterrupt):
        deliver(firm)
    (first,) = [each.read_bytes() for each in (folder(firm) / "out").iterdir()]
    monkeypatch.undo()
    assert deliver(firm) == (1, 0)
    assert [each.read_bytes() for each in (folder(firm) / "out").iterdir()] == [first]


def _killed(*_):
    raise KeyboardInterrupt


def test_a_receipt_that_comes_before_its_sending_was_written_down_stays(firm):
    (document,) = added(firm)
    with within(firm):
        (message,) = send()
    take(firm, said(document, "120"))
    with within(firm):
        mark_sent(message)
    assert again(firm, document).outcome == "taken_in"


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
