# SPDX-License-Identifier: Apache-2.0
"""Documents on the desk: added once, sent the same each time, and where receipts put them."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from entrepot.customs.messages.faults import FaultyMessage
from entrepot.customs.messages.reading import read
from entrepot.customs.sending.configuring import NoSetup
from entrepot.customs.sending.documents import NotSent, UnderWay, add_documents
from entrepot.customs.sending.models import Document, Message, Sending
from entrepot.customs.sending.outbox import (
    NoSigner,
    NothingToSend,
    NotToResend,
    deliver,
    mark_sent,
    resend,
    send,
)
from entrepot.customs.sending.refusals import NoTransport
from entrepot.customs.sending.signing import verify
from entrepot.people.tenancy import within
from tests.customs.desk_kit import (
    ANSWER,
    LIST,
    added,
    again,
    documents,
    folder,
    outcomes,
    said,
    sent,
    set_up,
    take,
)
from tests.customs.sending_kit import cert_pem, receipt, rsa_key


@pytest.fixture
def firm(enterprise):
    set_up(enterprise)
    return enterprise


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
