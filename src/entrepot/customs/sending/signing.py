# SPDX-License-Identifier: Apache-2.0
"""Sign messages (XML-DSig) and verify them; who signs is a port.

The signature stands after BaseSubscribe, as the schemas want it, and covers the whole message. A
software key signs here; a hardware card signs by an adapter of whoever has one (`CardSigner`).
Which algorithms customs takes was not verified: they are settings, and the defaults are what is
safe today. SM2 is none of them; a card that signs so brings a signer of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidInput, SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from entrepot.customs.messages.building import Message, build, rebuilt
from entrepot.customs.messages.editions import DS
from entrepot.customs.messages.reading import read
from entrepot.customs.sending.refusals import (
    BadSignature,
    NotToSign,
    UnfitKey,
    UnknownAlgorithm,
)

_PLACE: Final = f'<ds:Signature xmlns:ds="{DS}" Id="placeholder"></ds:Signature>'
_SIGNATURE: Final = f"{{{DS}}}Signature"
#: Algorithms by the names that they are chosen with.
METHODS: Final = {
    "rsa-sha256": SignatureMethod.RSA_SHA256,
    "rsa-sha512": SignatureMethod.RSA_SHA512,
    "ecdsa-sha256": SignatureMethod.ECDSA_SHA256,
    "rsa-sha1": SignatureMethod.RSA_SHA1,
}
DIGESTS: Final = {
    "sha256": DigestAlgorithm.SHA256,
    "sha512": DigestAlgorithm.SHA512,
    "sha1": DigestAlgorithm.SHA1,
}
#: Of those, the ones that only a firm chooses that was told to: they are broken.
UNSAFE: Final = frozenset({"rsa-sha1", "sha1"})
CANONICAL: Final = {
    "c14n": CanonicalizationMethod.CANONICAL_XML_1_0,
    "c14n11": CanonicalizationMethod.CANONICAL_XML_1_1,
    "exc-c14n": CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
}


@dataclass(frozen=True, slots=True)
class Algorithms:
    """What is signed with: which of them customs takes was not verified."""

    method: str = "rsa-sha256"
    digest: str = "sha256"
    canonical: str = "c14n"

    def __post_init__(self) -> None:
        for given, known in (
            (self.method, METHODS), (self.digest, DIGESTS), (self.canonical, CANONICAL),
        ):  # fmt: skip
            if given not in known:
                raise UnknownAlgorithm(
                    f"Cannot sign with {given}.",
                    f"There are {', '.join(known)}.",
                    "Name one of these.",
                )


class Signer(Protocol):
    """Whoever signs: a key in the program, or a card beside it."""

    def signature(self, message: etree._Element) -> str:
        """The element ds:Signature of a message, as a text.

        Args:
            message: its root, with an empty ds:Signature Id="placeholder" where it is to stand.
        """


class Card(Protocol):
    """A card or token that keeps its key to itself, as its driver is called.

    Not verified: how the card of the electronic port is reached. Its driver comes with the card;
    what is written here is all that an adapter has to do.
    """

    def sign(self, data: bytes, hash_name: str) -> bytes:
        """Sign bytes: RSASSA-PKCS1-v1_5 over their hash, `hash_name` being sha1, sha256, ..."""


class _CardKey:
    """A card where a library wants an RSA key."""

    def __init__(self, card: Card) -> None:
        self.card = card

    def sign(self, data: bytes, padding: object, algorithm: Any) -> bytes:
        return self.card.sign(data, algorithm.name)


class _Signer(XMLSigner):
    """Signs with SHA-1 too, where a firm asked for it by name."""

    def check_deprecated_methods(self) -> None:
        """`Algorithms` names what is asked for."""


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Signs with a key and its certificates, the key's own first."""

    key: Any
    certificates: Sequence[x509.Certificate]
    algorithms: Algorithms = Algorithms()

    def signature(self, message: etree._Element) -> str:
        chosen = self.algorithms
        signer = _Signer(
            signature_algorithm=METHODS[chosen.method],
            digest_algorithm=DIGESTS[chosen.digest],
            c14n_algorithm=CANONICAL[chosen.canonical],
        )
        signed = signer.sign(message, key=self.key, cert=list(self.certificates) or None)
        found = signed.find(_SIGNATURE)
        assert found is not None
        return str(etree.tostring(found, encoding="unicode", with_tail=False))


def card_signer(
    card: Card, certificates: Sequence[x509.Certificate], algorithms: Algorithms | None = None
) -> KeySigner:
    """A signer of a hardware card, whose key never leaves it."""
    return KeySigner(_CardKey(card), certificates, algorithms or Algorithms())


def software_key(
    key: bytes, password: str = "", certificates: bytes = b"", algorithms: Algorithms | None = None
) -> KeySigner:
    """A signer of a key in a file: PEM with or without its certificates, or PKCS#12.

    Args:
        certificates: PEM, where the file of the key has none.

    Raises:
        UnfitKey: it cannot be read, or the certificate is of another key, or the algorithm is.
    """
    chosen, secret = algorithms or Algorithms(), password.encode() or None
    try:
        if b"-----BEGIN" in key:
            loaded: Any = load_pem_private_key(key, secret)
            pem = certificates or key
            given = x509.load_pem_x509_certificates(pem) if b"BEGIN CERTIFICATE" in pem else []
        else:
            loaded, own, others = pkcs12.load_key_and_certificates(key, secret)
            given = [each for each in (own, *others) if each is not None]
            if certificates:
                given = x509.load_pem_x509_certificates(certificates)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _bad(f"It cannot be read: {error}".split("\n")[0][:200]) from error
    fits = ec.EllipticCurvePrivateKey if chosen.method.startswith("ecdsa") else rsa.RSAPrivateKey
    if not isinstance(loaded, fits):
        raise _bad(f"It is no key to sign with {chosen.method}.")
    if given and _public(given[0]) != _public(loaded):
        raise _bad("The first certificate is of another key.")
    return KeySigner(loaded, given, chosen)


def _public(owner: Any) -> bytes:
    made: bytes = owner.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return made


def _bad(found: str) -> UnfitKey:
    return UnfitKey(
        "Cannot sign with this key.",
        found,
        "Give a key in PEM or PKCS#12 with its password, its certificate first.",
    )


def sign(message: Message, signer: Signer) -> bytes:
    """Write a message with its signature; one that it had is replaced.

    Raises:
        FaultyMessage, TooManyDocuments: as `build` does.
    """
    unsigned = build(replace(message, signature=_PLACE)).decode("utf-8")
    root = etree.fromstring(unsigned.encode("utf-8"), _parser())
    # Not where somebody's remark may hold the same text: the last one is ours.
    before, _, after = unsigned.rpartition(_PLACE)
    return f"{before}{signer.signature(root)}{after}".encode()


def sign_bytes(data: bytes, signer: Signer) -> bytes:
    """Sign a message that was written.

    Raises:
        NotToSign: it has faults, is of customs, or lies in an envelope.
    """
    found = read(data)
    if found.fault_count:
        said = f"It has {found.fault_count:,} faults, first: {found.faults[0]}"
        raise _not_to_sign(said, "Correct it: entrepot customs validate says every fault.")
    message = rebuilt(found)
    if found.envelope is not None:
        raise _not_to_sign("It lies in an envelope.", "Sign the message before it is put into one.")
    if message.transfer is None:
        raise _not_to_sign(f"{found.message} is sent by customs.", "Sign what a firm sends.")
    return sign(message, signer)


def _not_to_sign(found: str, remedy: str) -> NotToSign:
    return NotToSign("Cannot sign the message.", found, remedy)


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that belongs to its message.

    `subject`: of the certificate, empty where there is none. `is_trusted`: it was compared with a
    certificate that was given; otherwise it says only that nothing was changed since.
    """

    message: str
    subject: str
    algorithm: str
    is_trusted: bool


def verify(data: bytes, certificate: bytes = b"", *, allow_unsafe: bool = False) -> Verified:
    """Verify the signature of a message, or of the one in an envelope.

    Args:
        certificate: PEM, the one that must have signed; without it the message's own is taken.
        allow_unsafe: take SHA-1, which is broken.

    Raises:
        BadSignature: there is none, it covers something else, or something was changed.
        UnfitKey: the certificate cannot be read.
    """
    found = read(data)
    if not found.signature:
        raise _not_verified("There is no signature in it.", "Sign it, or ask for it signed.")
    inner = found.inside or data
    try:
        root = etree.fromstring(inner, _parser())
        given = _certificate(certificate) or _own_certificate(root)
        result = XMLVerifier().verify(
            root, x509_cert=given, expect_config=_expected(allow_unsafe, given is None)
        )
    except (SignXMLException, etree.XMLSyntaxError, ValueError, AttributeError) as error:
        said = f"It does not verify: {error}".split("\n")[0][:300]
        raise _not_verified(said, "Do not rely on it: ask the sender for it again.") from error
    assert not isinstance(result, list)
    if result.signature_xml.find(f".//{{{DS}}}Reference").get("URI") != "":
        raise _not_verified("It covers a part of the message only.", "Do not rely on it.")
    method = result.signature_xml.find(f".//{{{DS}}}SignatureMethod").get("Algorithm")
    subject = given.subject.rfc4514_string() if given is not None else ""
    return Verified(found.message, subject, method.rpartition("#")[2], bool(certificate))


def _expected(allow_unsafe: bool, is_bare: bool) -> SignatureConfiguration:
    names = {name for name in (*METHODS, *DIGESTS) if allow_unsafe or name not in UNSAFE}
    return SignatureConfiguration(
        require_x509=not is_bare,
        location="./",
        signature_methods=frozenset(each for name, each in METHODS.items() if name in names),
        digest_algorithms=frozenset(each for name, each in DIGESTS.items() if name in names),
    )


def _certificate(pem: bytes) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(pem) if pem else None
    except ValueError as error:
        raise UnfitKey(
            "Cannot verify with this certificate.", "It is no certificate in PEM.", "Give another."
        ) from error


def _own_certificate(root: etree._Element) -> x509.Certificate | None:
    own = root.find(f"{_SIGNATURE}/{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate")
    if own is None or not own.text:
        return None
    text = "".join(own.text.split())
    pem = f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise InvalidInput("its certificate cannot be read") from error


def _parser() -> etree.XMLParser:
    """Without entities, without a network: what is parsed was read by our own reader before."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _not_verified(found: str, remedy: str) -> BadSignature:
    return BadSignature("Cannot rely on the message.", found, remedy)
