# SPDX-License-Identifier: Apache-2.0
"""Customs for programs: documents in and out, receipts back, and no secret is ever shown."""

from __future__ import annotations

import json

import pytest

from entrepot.customs.sending.intake import match_again
from entrepot.customs.sending.models import Document, Message
from entrepot.customs.sending.outbox import mark_sent
from entrepot.people.tenancy import within
from tests.customs.desk_kit import ANSWER, FIRM, LIST, documents, said
from tests.customs.sending_kit import answer_file, cert_pem, pem_of, rsa_key
from tests.jobs.callers import new_caller


@pytest.fixture
def caller(desk):
    found = new_caller()
    key = {"content": (pem_of(rsa_key()) + cert_pem(rsa_key())).decode()}
    answer = found.ask("PATCH", "/customs/settings", FIRM | {"signing_key": key})
    assert answer.status_code == 200, answer.content
    return found


def add(caller, given, **more):
    return caller.post("/customs/documents", {"kind": "603", "documents": given} | more)


def upload(caller, data, name="r.xml"):
    return caller.client.post(
        f"/api/v1/customs/files?file={name}", data, content_type="application/octet-stream",
        headers={"Authorization": f"Bearer {caller.token}"},
    )  # fmt: skip


def test_a_document_goes_out_and_comes_back_with_its_history(caller):
    added = add(caller, documents(status="2"))
    assert added.status_code == 201, added.content
    (document,) = added.json()["documents"]
    assert (document["outcome"], document["kind"], document["version"]) == ("new", LIST, 1)
    (message,) = caller.post("/customs/documents/send", {}).json()
    assert message["is_signed"]
    raw = caller.get(f"/customs/messages/{message['id']}/content")
    with within(caller.enterprise):
        assert raw.content == bytes(Message.objects.get().content)
        mark_sent(Message.objects.get())
        found = Document.objects.get()
    taken = upload(caller, answer_file(ANSWER, said(found, "100", info="币制有误")))
    assert taken.status_code == 201
    assert (taken.json()["receipts"], taken.json()["matched"]) == (1, 1)

    shown = caller.get(f"/customs/documents/{document['id']}").json()
    assert (shown["outcome"], shown["status"]) == ("rejected", "100")
    assert [each["what"] for each in shown["history"]] == ["added", "sent", "received"]
    assert shown["history"][2]["actor"].startswith("token:")
    assert [each["element"] for each in shown["faulty_fields"]] == ["currency"]
    file = shown["history"][2]["file"]
    assert b"\xe5\xb8\x81" in caller.get(f"/customs/files/{file}/content").content
    assert caller.get("/customs/documents?outcome=rejected").json()["items"]
    assert not caller.get("/customs/documents?outcome=closed").json()["items"]
    assert caller.post(f"/customs/documents/{document['id']}/resend").status_code == 409


def test_every_fault_is_told_in_both_languages_and_nothing_is_added(caller):
    given = documents(count=2)
    given[1]["InventoryHead"]["tradeMode"] = "961"
    answer = add(caller, given)
    facts = answer.json()["facts"]

    assert (answer.status_code, answer.json()["code"]) == (422, "customs.faulty_message")
    assert facts["faults"][0]["place"] == "/CEB603Message/Inventory[2]/InventoryHead/tradeMode"
    told = caller.ask(
        "POST", "/customs/documents", {"kind": "603", "documents": given},
        **{"Accept-Language": "zh"},
    ).json()  # fmt: skip
    assert told["title"] == "单证有错误，逐项列出"
    assert told["facts"]["faults"][0]["remedy"] == "请缩短或补全；空格也计入。"
    assert not caller.get("/customs/documents").json()["items"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"kind": "999"}, "customs.unknown_message"),
        ({"kind": "604"}, "customs.not_of_a_firm"),
        ({"edition": "1999"}, "customs.unknown_edition"),
    ],
)
def test_what_there_is_none_of_is_refused(caller, given, code):
    assert add(caller, documents(), **given).json()["code"] == code


def test_sent_twice_is_done_once(caller):
    given = documents()
    first, second = (add(caller, given).json() for _ in range(2))

    assert (first["added"], second["added"], second["known"]) == (1, 0, 1)
    assert first["documents"][0]["id"] == second["documents"][0]["id"]
    assert caller.post("/customs/documents/send", {}).status_code == 201
    again = caller.post("/customs/documents/send", {})
    assert again.json()["code"] == "customs.nothing_to_send"


def test_receipts_of_none_are_open_questions(caller):
    (given,) = documents(keep_guid=True)
    head = given["InventoryHead"]
    document = Document(data=given, guid=head["guid"], own_no=head["copNo"])
    data = answer_file(ANSWER, said(document, "120"))
    assert [upload(caller, data).json()[name] for name in ("receipts", "matched")] == [1, 0]
    assert upload(caller, data).json()["known_files"] == 1
    (receipt,) = caller.get("/customs/receipts?unmatched=true").json()["items"]
    assert receipt["document"] is None
    add(caller, [given])
    with within(caller.enterprise):
        match_again()

    assert not caller.get("/customs/receipts?unmatched=true").json()["items"]
    (receipt,) = caller.get("/customs/receipts").json()["items"]
    assert receipt["document"]


def test_damaged_files_of_customs_are_kept_and_told_and_others_refused(caller):
    (given,) = documents(keep_guid=True)
    head = given["InventoryHead"]
    document = Document(data=given, guid=head["guid"], own_no=head["copNo"])
    data = answer_file(ANSWER, said(document, "120"))
    assert upload(caller, data[: len(data) // 2]).json()["faulty_files"] == 1
    for none in (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"junk", b"\xff" * 9):
        refused = upload(caller, none)
        assert (refused.status_code, refused.json()["code"]) == (422, "customs.no_receipts")
        assert refused.json()["facts"]["faults"]
    assert upload(caller, b"").json()["code"] == "customs.no_file"
    (file,) = caller.get("/customs/files").json()["items"]

    assert file["fault_count"] == 1
    assert file["faults"][0]["code"]
    content = caller.get(f"/customs/files/{file['id']}/content")
    assert content.content == data[: len(data) // 2]
    assert content.headers["Content-Type"] == "application/octet-stream"
    assert content.headers["X-Content-Type-Options"] == "nosniff"


def test_secrets_are_never_shown(caller):
    given = {
        "way": "sftp", "host": "sftp.example.com", "user": "firm", "fingerprint": "SHA256:a",
        "password": "p-4711", "fields": {"account": "a-4712"},
    }  # fmt: skip
    changed = caller.ask("PATCH", "/customs/settings", given)
    shown = caller.get("/customs/settings")

    assert changed.status_code == 200
    assert shown.json()["signs_as"] == "CN=Sample Firm"
    for text in (changed.content.decode(), shown.content.decode()):
        for secret in ("p-4711", "a-4712", "PRIVATE"):
            assert secret not in text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"way": "sftp"}, "customs.no_transport"),
        ({"signing_key": {"content": "junk"}}, "customs.bad_key"),
        ({"way": "form", "url": "http://127.0.0.1/"}, "jobs.webhook_unfit"),
        ({"way": "form", "url": "https://10.0.0.1/"}, "jobs.webhook_unfit"),
    ],
)
def test_settings_that_do_not_fit_change_nothing(caller, given, code):
    before = caller.get("/customs/settings").json()
    answer = caller.ask("PATCH", "/customs/settings", given)

    assert answer.json()["code"] == code
    assert caller.get("/customs/settings").json() == before


def test_decimals_as_numbers_are_told_at_their_place(caller):
    (given,) = documents()
    given["InventoryList"][0]["price"] = 12.5
    facts = add(caller, json.loads(json.dumps([given]))).json()["facts"]

    assert facts["faults"][0]["place"].endswith("/InventoryList[1]/price")
    assert facts["faults"][0]["code"] == "value.kind"
