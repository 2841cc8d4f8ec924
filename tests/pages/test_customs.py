# SPDX-License-Identifier: Apache-2.0
"""Customs on pages: faults told, rejections marked, secrets never shown."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from entrepot.customs.sending.configuring import secrets_of, setup
from entrepot.customs.sending.intake import take_in
from entrepot.customs.sending.models import Document, File, Message
from entrepot.customs.sending.outbox import mark_sent
from tests.customs.desk_kit import FIRM, documents
from tests.customs.sending_kit import answer_file, cert_pem, pem_of, receipt, rsa_key
from tests.pages.kit import Person, new_person

ANSWER = "CEB604Message"
SETTINGS = {
    **FIRM, "edition": "2022-05", "alert_hours": "24", "way": "none", "how": "plain",
    "method": "rsa-sha256", "digest": "sha256", "canonical": "c14n",
}  # fmt: skip


@pytest.fixture
def person(desk: None) -> Person:
    found = new_person()
    assert found.post("/customs/settings/", SETTINGS).status_code == 302
    return found


def json_file(given):
    return SimpleUploadedFile("d.json", json.dumps(given).encode(), "application/json")


def add(person, given, kind="CEB603Message"):
    return person.post("/customs/add/", {"kind": kind, "file": json_file(given)})


def test_documents_are_added_sent_and_a_rejection_marks_its_fields(person):
    assert add(person, documents(count=2)).status_code == 302
    assert "Send all new ones (2)" in person.text("/customs/")
    assert person.post("/customs/send", {"what": "all"}).status_code == 302
    with person.within():
        mark_sent(Message.objects.get())
        document = Document.objects.order_by("id")[0]
        about = {**document.data["InventoryHead"], "guid": document.guid}
        said = receipt(about, ANSWER, "100", "20991127120000000", "第1项<b>商品编码</b>不存在")
        take_in([("r.xml", answer_file(ANSWER, said))], "upload")
        message = document.message_id
    page = f"/customs/documents/{document.id}/"

    english, chinese = person.text(page), person.text(page, "zh-hans")
    assert "InventoryList/gcode" in english
    assert "rejected by customs" in english
    assert "第1项&lt;b&gt;商品编码" in english
    assert "<b>商品编码" not in english
    assert "海关退单" in chinese
    assert "海关提及" in chinese
    assert f"/api/v1/customs/messages/{message}/content" in english
    exported = person.get(f"{page}?of=fields&export=csv")
    assert "gcode" in b"".join(exported.streaming_content).decode("utf-8-sig")
    refused = person.post(f"/customs/documents/{document.id}/resend", follow=True)
    assert "Customs is done with it." in refused.content.decode()


def test_every_fault_of_a_file_is_told_and_nothing_is_added(person):
    given = documents(count=3)
    given[0]["InventoryHead"]["currency"] = "CNY!"
    given[2]["InventoryHead"]["nonsense"] = "<script>"
    answered = add(person, given)
    text = answered.content.decode()

    assert answered.status_code == 422
    assert "/CEB603Message/Inventory[1]/InventoryHead/currency" in text
    assert "/CEB603Message/Inventory[3]/InventoryHead/nonsense" in text
    with person.within():
        assert not Document.objects.exists()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff", b'{"documents": {}}', b'["\\u0000"]'])
def test_what_is_no_list_of_documents_is_said_at_the_field(person, data):
    answered = person.post(
        "/customs/add/",
        {"kind": "CEB603Message", "file": SimpleUploadedFile("d.json", data or b" ")},
    )

    assert answered.status_code == 422
    assert "no list of documents" in answered.content.decode()


def test_a_file_of_receipts_is_kept_and_those_of_none_are_shown(person):
    about = {"guid": "6F9619FF-8B86-4D11-B42D-00C04FC964FF", "copNo": "CN-NOWHERE"}
    data = answer_file(ANSWER, receipt(about, ANSWER, "120"))
    for name, content in (("r.xml", data), ("half.xml", data[: len(data) // 2])):
        sent = person.post("/customs/files/upload/", {"file": SimpleUploadedFile(name, content)})
        assert sent.status_code == 302

    assert "CN-NOWHERE" in person.text("/customs/unmatched/")
    assert "half.xml" in person.text("/customs/files/")
    junk = person.post("/customs/files/upload/", {"file": SimpleUploadedFile("j.xml", b"<junk")})
    assert junk.status_code == 422
    assert "It is no answer of customs" in junk.content.decode()
    with person.within():
        assert File.objects.count() == 2


def test_an_overdue_document_is_an_alert(person):
    add(person, documents())
    person.post("/customs/send", {"what": "all"})
    with person.within():
        mark_sent(Message.objects.get())
        Document.objects.update(awaits_since="2026-01-01T00:00:00Z")
    text = person.text("/customs/?alert=on")

    assert "1 documents need somebody" in text
    assert "A receipt is missing" in text
    assert "缺少回执" in person.text("/customs/", "zh-hans")


def test_secrets_are_taken_and_never_shown(person):
    given = SETTINGS | {
        "way": "sftp", "host": "sftp.example.com", "user": "firm", "password": "p-4711",
        "fingerprint": "SHA256:" + "A" * 43, "form_fields": "account = a-4712",
        "key_file": SimpleUploadedFile("k.pem", pem_of(rsa_key()) + cert_pem(rsa_key())),
    }  # fmt: skip
    assert person.post("/customs/settings/", given).status_code == 302
    text = person.text("/customs/settings/")
    again = SETTINGS | {
        "way": "sftp", "host": "other.example.com", "user": "firm",
        "fingerprint": "SHA256:" + "A" * 43,
    }  # fmt: skip
    assert person.post("/customs/settings/", again).status_code == 302

    assert "CN=Sample Firm" in text
    for secret in ("p-4711", "a-4712", "PRIVATE KEY"):
        assert secret not in text
    with person.within():
        assert setup().options["host"] == "other.example.com"
        assert secrets_of(setup()) == {"password": "p-4711", "fields": {"account": "a-4712"}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"way": "sftp"},
        {"way": "form"},
        {"url": "http://localhost/"},
        {"fingerprint": "md5"},
        {"receivers": "A\nB\nC\nD\nE\nF"},
        {"form_fields": "no equals"},
    ],
)
def test_settings_that_do_not_fit_are_refused(person, wrong):
    answered = person.post("/customs/settings/", SETTINGS | wrong)

    assert answered.status_code == 422
    with person.within():
        assert setup().way == "none"


def test_who_may_only_look_changes_nothing(person):
    other = new_person("finance", person.enterprise)
    assert "Add documents" not in other.text("/customs/")
    for path in ("/customs/add/", "/customs/send", "/customs/files/upload/"):
        other.post(path, {"what": "all"})
    other.post("/customs/settings/", SETTINGS | {"cop_name": "other"})
    with person.within():
        assert setup().cop_name == FIRM["cop_name"]
        assert not Document.objects.exists()
