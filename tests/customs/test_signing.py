# SPDX-License-Identifier: Apache-2.0
"""Signed messages: read by our reader, valid in the schema, and any change is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from lxml import etree

from entrepot.customs.messages.building import build, rebuilt
from entrepot.customs.messages.editions import DS, newest
from entrepot.customs.messages.envelope import wrap
from entrepot.customs.messages.reading import read
from entrepot.customs.messages.sampling import messages
from entrepot.customs.sending.refusals import BadSignature, NotToSign, UnfitKey, UnknownAlgorithm
from entrepot.customs.sending.signing import (
    Algorithms,
    card_signer,
    sign,
    sign_bytes,
    software_key,
    verify,
)
from tests.customs.messages_kit import EXTENSION, KINDS, needs_schemas, schema_of
from tests.customs.sending_kit import (
    DOCUMENT,
    PASSWORD,
    answer_file,
    cert_pem,
    certificate,
    ec_key,
    p12_of,
    pem_of,
    receipt,
    rsa_key,
)

SENT = [(name, kind) for name, kind in KINDS if newest().kind(kind).from_firm]


@pytest.fixture(scope="module")
def signer():
    return software_key(pem_of(rsa_key()) + cert_pem(rsa_key()))


def declared(kind="CEB603Message", count=2, edition=None, **more):
    chosen = edition or newest()
    made, _ = next(messages(chosen, chosen.kind(kind), count))
    return replace(made, **more)


@pytest.mark.parametrize(("name", "kind"), SENT)
def test_every_message_is_signed_read_and_verified(name, kind, signer):
    from entrepot.customs.messages.editions import edition

    signed = sign(declared(kind, edition=edition(name)), signer)
    found = read(signed, name)

    assert not found.fault_count
    assert build(rebuilt(found)) == signed
    assert verify(signed, cert_pem(rsa_key())).is_trusted
    assert not verify(signed).is_trusted


@needs_schemas
@pytest.mark.parametrize(("name", "kind"), SENT)
def test_signed_messages_are_valid_in_the_official_schema(name, kind, signer):
    from entrepot.customs.messages.editions import edition

    root = etree.fromstring(sign(declared(kind, edition=edition(name)), signer))

    schema_of(name, kind).assertValid(root)


def test_the_signature_stands_after_subscribes_and_before_the_extension(signer):
    subscribes = [{"status": "ALL", "dxpMode": "DXP", "dxpAddress": "DXPENTSAMPLE0002"}]
    signed = sign(declared(subscribes=subscribes, extension=EXTENSION), signer)
    names = [etree.QName(each).localname for each in etree.fromstring(signed)]

    expected = ["Inventory", "Inventory", "BaseTransfer", "BaseSubscribe", "Signature"]
    assert names == [*expected, "ExtendMessage"]
    assert verify(signed).message == "CEB603Message"


@pytest.mark.parametrize("seed", range(40))
def test_any_changed_byte_is_seen(signer, seed):
    signed = sign(declared(count=1), signer)
    chance = Random(seed)
    begins = signed.index(b"<ceb:Inventory>")
    ends = signed.index(b"</ceb:BaseTransfer>")
    places = [
        at
        for at in range(begins, ends)
        if signed[at : at + 1].isalnum() and signed.rfind(b"<", 0, at) < signed.rfind(b">", 0, at)
    ]
    at = chance.choice(places)
    other = b"7" if signed[at : at + 1] != b"7" else b"8"

    with pytest.raises(BadSignature):
        verify(signed[:at] + other + signed[at + 1 :], cert_pem(rsa_key()))


def test_a_document_taken_out_added_or_moved_is_seen(signer):
    signed = sign(declared(count=2), signer).decode()
    begin, end = signed.index("<ceb:Inventory>"), signed.index("</ceb:Inventory>") + 16
    first = signed[begin:end]

    for other in (signed.replace(first, "", 1), signed.replace(first, first + first, 1)):
        with pytest.raises(BadSignature):
            verify(other.encode())


def test_another_certificate_did_not_sign(signer):
    with pytest.raises(BadSignature):
        verify(sign(declared(), signer), cert_pem(rsa_key(2)))


def test_a_signature_elsewhere_or_of_a_part_is_not_taken(signer):
    signed = sign(declared(count=1), signer).decode()
    part = signed.replace('<ds:Reference URI="">', '<ds:Reference URI="#part">')
    with pytest.raises(BadSignature):
        verify(part.encode())
    root = etree.fromstring(signed.encode())
    signature = root.find(f"{{{DS}}}Signature")
    root[0].append(signature)
    with pytest.raises(BadSignature):
        verify(etree.tostring(root))


def test_what_is_not_signed_is_said_to_be(signer):
    with pytest.raises(BadSignature, match="There is no signature"):
        verify(build(declared()))
    for data in (b"", b"junk", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"):
        with pytest.raises(BadSignature):
            verify(data)


def test_a_message_in_an_envelope_is_verified(signer):
    signed = sign(declared(), signer)
    enveloped = wrap(
        signed, kind="CEB603Message", cop_msg_id="1", sender="S", receivers=["R"],
        created=datetime.fromisoformat("2026-11-27T12:00:00"),
    )  # fmt: skip

    assert verify(enveloped, cert_pem(rsa_key())).message == "CEB603Message"
    with pytest.raises(NotToSign, match="envelope"):
        sign_bytes(enveloped, signer)


def test_keys_are_read_in_every_form():
    key = rsa_key()
    forms = [
        software_key(pem_of(key), certificates=cert_pem(key)),
        software_key(pem_of(key, PASSWORD) + cert_pem(key), PASSWORD),
        software_key(p12_of(key), PASSWORD),
        software_key(pem_of(key)),
    ]
    signed = [sign(declared(), each) for each in forms]

    assert signed[0] == signed[1] == signed[2]
    assert [verify(each).subject for each in signed] == ["CN=Sample Firm"] * 3 + [""]
    assert verify(signed[3], cert_pem(key)).is_trusted


@pytest.mark.parametrize(
    ("case", "given"),
    [
        ("nothing", (b"",)),
        ("junk", (b"-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----\n",)),
        ("a wrong password", (p12_of(rsa_key()), "other")),
        ("no password", (pem_of(rsa_key(), PASSWORD),)),
        ("another's certificate", (pem_of(rsa_key()), "", cert_pem(rsa_key(2)))),
        ("a key of another kind", (pem_of(ec_key()),)),
    ],
)
def test_keys_that_do_not_fit_are_refused(case, given):
    with pytest.raises(UnfitKey):
        software_key(*given)


@pytest.mark.parametrize(
    "chosen",
    [
        Algorithms("rsa-sha512", "sha512", "c14n11"),
        Algorithms("rsa-sha256", "sha256", "exc-c14n"),
        Algorithms("ecdsa-sha256", "sha256"),
    ],
)
def test_algorithms_are_chosen(chosen):
    key = ec_key() if chosen.method.startswith("ecdsa") else rsa_key()
    signed = sign(declared(), software_key(pem_of(key) + cert_pem(key), algorithms=chosen))

    assert verify(signed, cert_pem(key)).algorithm == chosen.method


def test_sha1_is_made_when_asked_for_and_taken_only_when_allowed():
    key = rsa_key()
    chosen = Algorithms("rsa-sha1", "sha1")
    signed = sign(declared(), software_key(pem_of(key) + cert_pem(key), algorithms=chosen))

    with pytest.raises(BadSignature):
        verify(signed, cert_pem(key))
    assert verify(signed, cert_pem(key), allow_unsafe=True).algorithm == "rsa-sha1"
    with pytest.raises(UnknownAlgorithm, match="sm2"):
        Algorithms("sm2")


def test_a_card_signs_without_giving_its_key():
    class Card:
        asked: list[str] = []

        def sign(self, data: bytes, hash_name: str) -> bytes:
            self.asked.append(hash_name)
            return rsa_key().sign(data, PKCS1v15(), hashes.SHA256())

    signed = sign(declared(), card_signer(Card(), [certificate(rsa_key())]))

    assert Card.asked == ["sha256"]
    assert verify(signed, cert_pem(rsa_key())).is_trusted


def test_a_signed_file_is_signed_anew_and_what_customs_sends_is_not(signer):
    signed = sign_bytes(build(declared()), signer)

    assert sign_bytes(signed, signer) == signed
    answer = answer_file("CEB604Message", receipt(DOCUMENT, "CEB604Message", "2"))
    with pytest.raises(NotToSign, match="sent by customs"):
        sign_bytes(answer, signer)
    with pytest.raises(NotToSign, match="faults"):
        sign_bytes(b"junk", signer)


def test_a_text_that_looks_like_the_place_of_the_signature_is_left_alone(signer):
    made = declared(count=1)
    head = made.documents[0]["InventoryHead"]
    head["note"] = f'<ds:Signature xmlns:ds="{DS}" Id="placeholder"></ds:Signature>'

    found = read(sign(made, signer))
    assert found.documents[0]["InventoryHead"]["note"] == head["note"]
    assert verify(sign(made, signer)).message == "CEB603Message"
