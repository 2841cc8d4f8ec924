# SPDX-License-Identifier: Apache-2.0
"""The secrets of webhooks: made, kept encrypted, and used to sign.

Signatures are those of Standard Webhooks: HMAC-SHA256 over id, time and body with points between,
so that any of its libraries checks them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

PREFIX: Final = "whsec_"
_BYTES: Final = 32


def new_secret() -> str:
    """A secret as it is shown, once: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def encrypted(secret: str) -> bytes:
    """A secret as it is kept."""
    return _key().encrypt(secret.encode())


def decrypted(kept: bytes) -> str:
    """A secret as it was shown."""
    return _key().decrypt(bytes(kept)).decode()


def signature(secret: str, id: str, timestamp: int, body: str) -> str:
    """What the header `webhook-signature` says."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    says = f"{id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.digest(key, says, hashlib.sha256)).decode()


def _key() -> MultiFernet:
    """The key that comes of the program's own; after it was changed, of the ones before as well."""
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(_derived(known)))
            for known in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        ]
    )


def _derived(known: str | bytes) -> bytes:
    hkdf = HKDF(SHA256(), _BYTES, salt=None, info=b"entrepot.webhooks")
    return hkdf.derive(force_bytes(known))
