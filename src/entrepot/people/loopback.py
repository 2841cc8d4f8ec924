# SPDX-License-Identifier: Apache-2.0
"""Whether a request comes from this machine itself."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

#: What proxies say of those whom they ask for.
_FORWARDED: Final = (
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via",
)  # fmt: skip


def is_loopback(request: HttpRequest) -> bool:
    """Whether a request comes from this machine, and was not handed on by a proxy.

    Behind a proxy that is trusted, the address is the one that it names. A proxy that is not
    trusted makes every request look as if it came from here; what it adds gives it away.
    """
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT == 0:
        return is_direct(request)
    try:
        return _is_own(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return False


def is_direct(request: HttpRequest) -> bool:
    """Whether a request comes from this machine, and no proxy says that it hands it on."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    return _is_own(request.META.get("REMOTE_ADDR", ""))


def _is_own(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
