# SPDX-License-Identifier: Apache-2.0
"""Keys, certificates and receipts to test with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from entrepot.customs.messages.building import Message, build
from entrepot.customs.messages.editions import newest
from entrepot.customs.messages.sampling import guid

PASSWORD = "p-4711"
DOCUMENT = {"guid": "6F9619FF-8B86-4D11-B42D-00C04FC964FF", "copNo": "CN1"}


@cache
def rsa_key(number: int = 1):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


@cache
def certificate(key, name="Sample Firm"):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(key, SHA256())
    )


def pem_of(key, password=""):
    how = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def cert_pem(key):
    return certificate(key).public_bytes(Encoding.PEM)


def p12_of(key, password=PASSWORD):
    how = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(b"k", key, certificate(key), None, how)


def receipt(document, answer, status, at="20261127120000000", info="样例"):
    """Values of a receipt about a document: `document` gives what it repeats."""
    made = {"preNo": "B20261127000000001", "invtNo": "31042026E000000001", "msgSeqNo": 1}
    own = {"returnStatus": status, "returnTime": at, "returnInfo": info}
    values = {}
    for child in newest().part(newest().kind(answer).carries).children:
        value = own.get(child.name) or document.get(child.name) or made.get(child.name)
        if value is not None:
            values[child.name] = value
        elif child.least:
            values[child.name] = "0"
    return values


def answer_file(answer, *receipts, chance=None):
    """A file of customs with these receipts."""
    from random import Random

    number = guid(chance or Random(repr(receipts)))
    return build(Message(answer, newest().name, number, receipts))
