# SPDX-License-Identifier: Apache-2.0
"""A webhook leads out into the world, and never into the network that the program is in."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest
from django.test import override_settings

from entrepot.jobs import reaching
from entrepot.jobs.reaching import Unfit, Unreached, check_url, post
from tests.jobs.receiving import drip, receiving, status


@pytest.fixture
def loopback():
    with override_settings(WEBHOOKS_MAY_REACH_LOOPBACK=True):
        yield


def resolving_to(monkeypatch, *addresses: str) -> None:
    found = [
        (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "",
         (address, 443))
        for address in addresses
    ]  # fmt: skip
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **named: found)


PRIVATE = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "192.0.0.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::10.0.0.1",
    "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::", "fe80::1", "fc00::1", "fd00:ec2::254",
    "ff02::1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused_by_name(monkeypatch, address):
    resolving_to(monkeypatch, address)

    with pytest.raises(Unfit, match="not a public address"):
        post("https://example.com/", b"{}", {})


@pytest.mark.parametrize("address", PRIVATE)
def test_and_as_it_is(address):
    host = f"[{address}]" if ":" in address else address

    with pytest.raises(Unfit, match="not a public address"):
        check_url(f"https://{host}/")


def test_one_private_address_among_public_ones_is_enough(monkeypatch):
    resolving_to(monkeypatch, "93.184.215.14", "10.0.0.1")

    with pytest.raises(Unfit, match=r"leads to 10\.0\.0\.1"):
        post("https://example.com/", b"{}", {})


@pytest.mark.parametrize("name", ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "localhost"])
def test_other_ways_to_write_this_machine_are_refused(name):
    with pytest.raises((Unfit, Unreached)):
        post(f"https://{name}/", b"{}", {})


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "/hook", "http://example.com/", "ftp://example.com/", "gopher://example.com/",
        "https://", "https:///x", "https://a:b@example.com/", "https://example.com/#x",
        "https://example.com:99999/", "https://[::1", "https://ex ample.com/",
        "https://example.com/\r\nX: y", "https://ex\u00e4mple.com/", "https://e.com/" + "x" * 500,
    ],
)  # fmt: skip
def test_what_is_no_url_to_call_is_refused(url):
    with pytest.raises(Unfit):
        check_url(url)


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """A name that leads elsewhere when it is asked again leads nowhere."""
    asked = []
    resolving_to(monkeypatch, "93.184.215.14")

    class Connection:
        def __init__(self, host: str, port: int, **options: object) -> None:
            asked.append((host, port, options["server_hostname"], options["assert_hostname"]))

        def request(self, *given: object, **named: object) -> None:
            raise OSError("no network in tests")

        def close(self) -> None: ...

        def cut(self) -> None: ...

    monkeypatch.setattr(reaching, "_Secure", Connection)

    with pytest.raises(Unreached, match="no network"):
        post("https://example.com/", b"{}", {})
    assert asked == [("93.184.215.14", 443, "example.com", "example.com")]


def test_a_redirect_is_an_answer_and_is_not_followed(loopback):
    with receiving() as other:
        other.answers = status(302, Location=other.url)
        assert post(other.url, b"{}", {}).status == 302

    assert len(other.bodies) == 1


def test_this_machine_is_reached_only_where_tests_allow_it():
    with receiving() as other, pytest.raises(Unfit):
        post(other.url.replace("http:", "https:"), b"{}", {})


def test_who_drips_is_cut_off(loopback, monkeypatch):
    monkeypatch.setattr(reaching, "TOGETHER", 0.5)
    with receiving() as other:
        other.answers = drip(5)
        began = time.monotonic()
        with pytest.raises(Unreached):
            post(other.url, b"{}", {})

    assert time.monotonic() - began < 3


def test_and_so_is_who_drips_before_they_have_shown_who_they_are(loopback, monkeypatch):
    monkeypatch.setattr(reaching, "TOGETHER", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        dripping = threading.Thread(target=drip_handshake, args=[server], daemon=True)
        dripping.start()
        began = time.monotonic()
        with pytest.raises(Unreached):
            post(f"https://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        assert time.monotonic() - began < 2
        dripping.join()


def drip_handshake(server: socket.socket) -> None:
    """Announce 16 KiB of handshake, and send a byte of it every now and then."""
    connection, _ = server.accept()
    with connection, contextlib.suppress(OSError):
        connection.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
        for _ in range(60):
            time.sleep(0.05)
            connection.sendall(b"x")


def test_who_says_nothing_is_left(loopback, monkeypatch):
    monkeypatch.setattr(reaching, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreached):
        post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {})


def test_an_endless_answer_is_read_for_a_kilobyte(loopback):
    with receiving() as other:
        other.answers = status(200, b"x" * 10_000_000)
        assert len(post(other.url, b"{}", {}).text) == 1024


def test_nobody_there_is_told_as_that(loopback):
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]

    with pytest.raises(Unreached, match="refused"):
        post(f"http://127.0.0.1:{port}/", b"{}", {})


def test_no_proxy_is_asked(loopback, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://10.0.0.1:3128")
    with receiving() as other:
        assert post(other.url, b"{}", {}).status == 204


def test_a_certificate_that_nobody_vouches_for_is_refused(loopback):
    """What listens speaks no TLS at all; the answer must not be taken in plain."""
    with receiving() as other, pytest.raises(Unreached):
        post(other.url.replace("http:", "https:"), b"{}", {})
