# SPDX-License-Identifier: Apache-2.0
"""`entrepot customs sign`, `verify`, `receipts`, `simulate`: what they print and how they end."""

from __future__ import annotations

import json

import pytest

from entrepot.customs.sending.simulator import ACCOUNT
from tests.customs.sending_kit import (
    DOCUMENT,
    PASSWORD,
    answer_file,
    cert_pem,
    p12_of,
    pem_of,
    receipt,
    rsa_key,
)
from tests.customs.test_commands import run

ANSWER = "CEB604Message"


@pytest.fixture
def message(tmp_path):
    run("sample", "--message", "603", "--count", "1", "--out", tmp_path / "s")
    (file,) = (tmp_path / "s").iterdir()
    return file


@pytest.fixture
def keys(tmp_path):
    (tmp_path / "key.pem").write_bytes(pem_of(rsa_key()))
    (tmp_path / "cert.pem").write_bytes(cert_pem(rsa_key()))
    (tmp_path / "other.pem").write_bytes(cert_pem(rsa_key(2)))
    (tmp_path / "key.p12").write_bytes(p12_of(rsa_key()))
    return tmp_path


def test_a_message_is_signed_and_verified(message, keys):
    out = keys / "signed.xml"
    said = run(
        "sign", message, "--key", keys / "key.pem", "--cert", keys / "cert.pem", "--out", out
    )

    assert said == f"CEB603Message signed by CN=Sample Firm with rsa-sha256: {out}\n"
    assert "Signed by CN=Sample Firm" in run("verify", out, "--cert", keys / "cert.pem")
    assert "nobody vouches" in run("verify", out)
    refused = run("verify", out, "--cert", keys / "other.pem", exit_code=1)
    assert refused.code == "customs.bad_signature"
    assert "no faults" in run("validate", out)


def test_a_key_in_pkcs12_needs_its_password(message, keys):
    out = keys / "signed.xml"
    given = ("sign", message, "--key", keys / "key.p12", "--out", out)

    assert run(*given, exit_code=2).code == "customs.bad_key"
    assert not out.exists()
    assert "signed by CN=Sample Firm" in run(*given, "--password", PASSWORD)


def test_what_is_not_there_is_said(message, keys):
    given = ("sign", message, "--out", keys / "o.xml", "--key")

    assert run(*given, keys / "none.pem", exit_code=2).code == "customs.bad_key"
    assert run("verify", keys / "none.xml", exit_code=1).code == "customs.bad_signature"
    assert run("verify", message, exit_code=1).code == "customs.bad_signature"
    assert run("receipts", keys / "none.xml", exit_code=2).code == "customs.no_messages"


def test_receipts_are_read_into_one_state_whatever_their_order(tmp_path):
    for name, status, at in (
        ("a", "899", "3"),
        ("b", "2", "1"),
        ("c", "899", "3"),
        ("d", "120", "2"),
    ):
        values = receipt(DOCUMENT, ANSWER, status, f"2026112712000000{at}")
        (tmp_path / f"{name}.xml").write_bytes(answer_file(ANSWER, values))
    said = run("receipts", tmp_path)

    lines = said.splitlines()
    assert lines[0] == "CEB603Message CN1: closed, and nothing more is to come"
    assert [line.split()[2] for line in lines if line.startswith("  20")] == ["2", "120", "899"]
    assert lines[-1] == "Files: 4; receipts: 3; documents: 1; files with faults: 0."
    facts = json.loads(run("receipts", tmp_path, "--json"))
    assert (facts["outcome"], facts["status"], facts["ends"]) == ("closed", "899", True)


def test_a_file_that_is_no_receipt_is_told_and_ends_with_1(tmp_path):
    (tmp_path / "a.xml").write_bytes(answer_file(ANSWER, receipt(DOCUMENT, ANSWER, "501")))
    (tmp_path / "b.xml").write_bytes(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    said = run("receipts", tmp_path, exit_code=1)

    assert "this answer should not report it" in said
    assert "b.xml: 1 fault" in said
    assert "document type" in said


def test_the_same_seed_makes_the_same_receipts(tmp_path):
    accounts = []
    for name in ("a", "b"):
        run("sample", "--message", "303", "--count", "40", "--out", tmp_path / name / "out")
        options = ("--chaos", "5", "--lost", "0", "--pace", "0.001", "--idle", "0.3")
        said = run("simulate", tmp_path / name, *options)
        accounts.append(json.loads((tmp_path / name / ACCOUNT).read_text("utf-8")))
        assert "40 documents." in said
        assert not list((tmp_path / name / "out").iterdir())
    statuses = [
        {guid: [status for _, status, _ in said] for guid, said in each["said"].items()}
        for each in accounts
    ]

    assert statuses[0] == statuses[1]
    assert accounts[0]["receipts"] == accounts[1]["receipts"] > 40 * 3


def test_a_changed_or_unsigned_message_is_answered_as_unread(message, keys):
    out = keys / "firm" / "out"
    out.mkdir(parents=True)
    run("sign", message, "--key", keys / "key.pem", "--cert", keys / "cert.pem",
        "--out", keys / "signed.xml")  # fmt: skip
    signed = (keys / "signed.xml").read_text("utf-8")
    (out / "CEB603Message_A.xml").write_text(signed.replace(">9610<", ">9710<"), "utf-8")
    unsigned = message.read_text("utf-8").replace("appStatus>1<", "appStatus>2<")
    (out / "CEB603Message_B.xml").write_text(unsigned, "utf-8")
    said = run("simulate", keys / "firm", "--pace", "0.001", "--idle", "0.3")

    assert "2 not readable; 0 documents." in said
    facts = [
        json.loads(line) for line in run("receipts", keys / "firm" / "in", "--json").splitlines()
    ]
    assert {(each["about"], each["outcome"]) for each in facts} == {
        ("A", "failed"),
        ("B", "failed"),
    }
