# SPDX-License-Identifier: Apache-2.0
"""Only the proxy that was named is believed about where a request came from, and how."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

#: What proxies say of those whom they ask for.
FORWARDED: Final = (
    "HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT", "HTTP_X_REAL_IP",
)  # fmt: skip


class OnlyTheProxy:
    """Takes away what others than the proxy say; without a proxy nothing of it is believed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        trusted: tuple[IPv4Network | IPv6Network, ...] = settings.TRUSTED_PROXIES
        if trusted and not _is_of(request.META.get("REMOTE_ADDR", ""), trusted):
            found = [request.META.pop(name) for name in FORWARDED if name in request.META]
            if found:
                # It was handed on all the same: nobody may take it for one from this machine.
                request.META["HTTP_FORWARDED"] = "for=unknown"
        return self.get_response(request)


def _is_of(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in networks)
