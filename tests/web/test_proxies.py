# SPDX-License-Identifier: Apache-2.0
"""Only the proxy that was named is believed about where a request came from."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings

from entrepot.errors import Misused
from entrepot.people.loopback import is_direct
from entrepot.site.configuration import configuration
from entrepot.web.proxies import FORWARDED, OnlyTheProxy

SAID = dict.fromkeys(FORWARDED, "127.0.0.1") | {"HTTP_X_FORWARDED_PROTO": "https"}


def seen(address: str) -> HttpRequest:
    """A request from there that says it was handed on, as the desk sees it."""
    request = RequestFactory().get("/", REMOTE_ADDR=address, **SAID)
    OnlyTheProxy(lambda _: HttpResponse())(request)
    return request


@override_settings(
    TRUSTED_PROXIES=(ip_network("10.0.0.0/24"), ip_network("::1")),
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
)
@pytest.mark.parametrize(
    ("address", "is_believed"),
    [
        ("10.0.0.7", True), ("::ffff:10.0.0.7", True), ("::1", True),
        ("10.0.1.7", False), ("127.0.0.1", False), ("", False), ("somebody", False),
    ],
)  # fmt: skip
def test_others_are_not_believed_and_pass_for_nobody_from_here(address, is_believed):
    request = seen(address)

    assert ("HTTP_X_FORWARDED_FOR" in request.META) is is_believed
    assert request.is_secure() is is_believed
    assert not is_direct(request)


def test_where_nobody_hands_on_what_is_said_gives_a_proxy_away():
    assert not is_direct(seen("127.0.0.1"))


def test_proxies_are_addresses_and_networks(monkeypatch):
    monkeypatch.setenv("ENTREPOT_PROXY", "10.0.0.5, fd00::/8")
    assert configuration().proxies == (ip_network("10.0.0.5"), ip_network("fd00::/8"))
    monkeypatch.setenv("ENTREPOT_PROXY", "proxy.example.com")
    with pytest.raises(Misused, match="ENTREPOT_PROXY"):
        configuration()


def test_this_machine_may_always_ask_by_its_own_name(monkeypatch):
    monkeypatch.setenv("ENTREPOT_HOSTS", "desk.example.com")
    assert configuration().hosts == ("desk.example.com", "localhost", "127.0.0.1", "[::1]")
