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
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


def is_loopback(request: HttpRequest) -> bool:
    """Whether a request comes from this machine, and was not handed on by a proxy.

    Behind a proxy that is trusted, the address is the one that it names. A proxy that is not
    trusted makes every request look as if it came from here; what it adds gives it away.
    """
    is_trusted = settings.ALLAUTH_TRUSTED_PROXY_COUNT > 0
    if not is_trusted and any(name in request.headers for name in _FORWARDED):
        return False
    try:
        address = ip_address(get_adapter(request).get_client_ip(request))
    except (PermissionDenied, ValueError):
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
