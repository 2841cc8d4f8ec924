# SPDX-License-Identifier: Apache-2.0
"""Texts that open something for whoever bears them: API tokens, links of invitations.

A text says of which enterprise it is, so that it can be looked up behind the wall, and carries a
secret of 32 random bytes. Only the secret's hash is kept; guessing at a hash by how long a look-up
takes tells nothing of a secret that would have it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

TOKEN: Final = "ent_"
INVITATION: Final = "inv_"
_ENTERPRISE, _SECRET = 16, 32
#: 48 bytes are 64 characters without padding, so a text can be written in one way only.
LENGTH: Final = len(TOKEN) + (_ENTERPRISE + _SECRET) * 4 // 3


@dataclass(frozen=True, slots=True)
class Borne:
    """What a text says: an enterprise, and the hash of its secret."""

    enterprise: UUID
    hash: bytes

    def fits(self, kept: bytes) -> bool:
        """Whether a hash that was kept is this one, however long they agree."""
        return hmac.compare_digest(self.hash, kept)


def issue(prefix: str, enterprise: UUID) -> tuple[str, Borne]:
    """A new text, to be shown once, and what is to be kept of it."""
    secret = secrets.token_bytes(_SECRET)
    written = base64.urlsafe_b64encode(enterprise.bytes + secret).decode()
    return prefix + written, Borne(enterprise, _hash(secret))


def read(prefix: str, text: str) -> Borne | None:
    """What a text says; nothing where it was never issued, whatever it looks like."""
    if len(text) != LENGTH or not text.startswith(prefix):
        return None
    try:
        found = base64.b64decode(text[len(prefix) :].encode("ascii"), b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    if len(found) != _ENTERPRISE + _SECRET:
        return None
    return Borne(UUID(bytes=found[:_ENTERPRISE]), _hash(found[_ENTERPRISE:]))


def _hash(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
