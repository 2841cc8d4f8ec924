# SPDX-License-Identifier: Apache-2.0
"""Encrypt what is personal, field by field, with a key that is not in the database.

AES-256-GCM from `cryptography`; the key is derived from the secret of the desk (HKDF, SHA-256), and
what a text belongs to is bound into it, so that it cannot be moved to another row.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

#: The first byte says how it was encrypted, so that there can be other ways later.
_WAY: Final = b"\x01"
_NONCE: Final = 12


def seal(text: bytes, belongs_to: str) -> bytes:
    """Encrypt; `belongs_to` has to be said again to decrypt."""
    nonce = os.urandom(_NONCE)
    return _WAY + nonce + _cipher().encrypt(nonce, text, belongs_to.encode())


def unseal(sealed: bytes, belongs_to: str) -> bytes:
    """Decrypt.

    Raises:
        InvalidTag: it was changed, belongs to something else, or the desk has another secret.
    """
    if sealed[:1] != _WAY:
        raise AssertionError("encrypted in a way that this version does not know")
    nonce, text = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    return _cipher().decrypt(nonce, text, belongs_to.encode())


@cache
def _cipher() -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"entrepot personal data")
    return AESGCM(derived.derive(settings.SECRET_KEY.encode()))
