# SPDX-License-Identifier: Apache-2.0
"""A passkey in software: what a browser and its authenticator answer, as WebAuthn says."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256

#: The user is present and was verified; a new credential follows.
_PRESENT, _VERIFIED, _NEW = 1, 4, 64


class Passkey:
    """One key pair, for one site."""

    def __init__(self, origin: str, user: bytes = b"") -> None:
        self.origin, self.user = origin, user
        self.id = secrets.token_bytes(32)
        self.key = generate_private_key(SECP256R1())
        self.uses = 0

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer a site that asks for a new passkey."""
        asked = options["publicKey"]
        self.user = _bytes(asked["user"]["id"])
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(asked["rp"]["id"], _PRESENT | _VERIFIED | _NEW) + credential
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        answer = {
            "clientDataJSON": _text(self._client("webauthn.create", asked["challenge"])),
            "attestationObject": _text(attested),
        }
        return self._credential(answer)

    def answer(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer a site that asks who it is."""
        asked = options["publicKey"]
        client = self._client("webauthn.get", asked["challenge"])
        data = self._data(asked["rpId"], _PRESENT | _VERIFIED)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        answer = {
            "clientDataJSON": _text(client),
            "authenticatorData": _text(data),
            "signature": _text(signed),
            "userHandle": _text(self.user),
        }
        return self._credential(answer)

    def _client(self, kind: str, challenge: str) -> bytes:
        says = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(says).encode()

    def _data(self, site: str, flags: int) -> bytes:
        self.uses += 1
        return (
            hashlib.sha256(site.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4, "big")
        )

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        return {
            "type": "public-key",
            "id": _text(self.id),
            "rawId": _text(self.id),
            "response": response,
            "clientExtensionResults": {"credProps": {"rk": True}},
        }


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
