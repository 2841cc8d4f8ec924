# SPDX-License-Identifier: Apache-2.0
"""How django-allauth works here: sign-up by invitation only, secrets of second factors sealed."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.utils.encoding import force_bytes

from entrepot.people.invitations import Offer, offer_of
from entrepot.people.loopback import is_loopback
from entrepot.people.models import User

#: The session's key for the secret of an invitation whose link was opened.
INVITATION = "invitation"


def offered(request: HttpRequest) -> Offer | None:
    """What the invitation offers whose link was opened in this session."""
    return offer_of(request.session.get(INVITATION, ""))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts: one is opened to accept an invitation, and not otherwise."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return offered(request) is not None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The demo's account is answered from elsewhere as if its password were wrong."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and user.is_demo and not is_loopback(request):
            self.authentication_failed(request, **credentials)
            return None
        return user

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Where no mail is sent, an owner's invitation vouches for the address."""
        if not settings.MAIL_IS_SENT:
            offer = offered(request)
            return offer is not None and offer.email == email.lower()
        return bool(super().is_email_verified(request, email))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: their secrets are of no use to who has the database alone."""

    def encrypt(self, text: str) -> str:
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seal().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Entrepot"}


def _seal() -> MultiFernet:
    """The key of today first, then those that it took the place of."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(key: str | bytes) -> bytes:
    derived = HKDF(SHA256(), 32, salt=None, info=b"entrepot.people.second-factor")
    return base64.urlsafe_b64encode(derived.derive(force_bytes(key)))
