# SPDX-License-Identifier: Apache-2.0
"""Reach addresses that users name, without reaching into the network that the program is in.

The name is resolved once, every address of it is checked, and the connection goes to an address
that was checked. Nothing is followed, nothing read without end, and no proxy is asked.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from entrepot.errors import Refused

#: Seconds to connect and between two pieces of an answer, and for everything together.
TIMEOUT: Final = 5.0
TOGETHER: Final = 15.0
#: Bytes of an answer that are read.
MOST_ANSWER: Final = 1024
MOST_URL: Final = 500

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: Networks whose addresses stand for IPv4 addresses, which might be private ones.
_DISGUISED: Final = (
    ipaddress.IPv6Network("64:ff9b::/96"),
    ipaddress.IPv6Network("64:ff9b:1::/48"),
    ipaddress.IPv6Network("2002::/16"),
    ipaddress.IPv6Network("2001::/32"),
    ipaddress.IPv6Network("::/96"),
)


class Unfit(Refused):
    """An address that the program does not call."""

    code: ClassVar[str] = "jobs.webhook_unfit"


class Unreached(Exception):
    """Nobody answered; says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and the first kilobyte as text."""

    status: int
    text: str


class _Cuttable(HTTPConnection):
    """A connection that another thread can cut, in the middle of a handshake too."""

    _line: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        # TLS takes the socket over; this one stays, and leads to the same connection.
        self._line = made.dup()
        return made

    def cut(self) -> None:
        """End the connection; whoever waits for it goes on with an error, or the end of it."""
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._line is not None:
            self._line.close()


class _Plain(_Cuttable):
    """HTTP, to this machine, in tests."""


class _Secure(_Cuttable, HTTPSConnection):
    """HTTPS."""


def check_url(url: str) -> None:
    """Refuse a URL that the program does not call, as far as it can be said without resolving it.

    Raises:
        Unfit: with what is wrong.
    """
    _split(url)


def connect(host: str, port: int) -> socket.socket:
    """A connection to a server that a user named, for what is not HTTP.

    Raises:
        Unfit: its name leads where the program does not go.
        Unreached: it cannot be resolved.
        OSError: nobody answered.
    """
    return socket.create_connection((_resolve(host, host, port), port), timeout=TIMEOUT)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a body and read the beginning of the answer.

    Raises:
        Unfit: the URL leads where the program does not go.
        Unreached: no connection, no answer, or not in time.
    """
    parts = _split(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    address = _resolve(url, host, port)
    connection: _Plain | _Secure
    if parts.scheme == "https":
        connection = _Secure(
            address, port, timeout=TIMEOUT, server_hostname=host, assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
        )  # fmt: skip
    else:
        connection = _Plain(address, port, timeout=TIMEOUT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    name = f"[{host}]" if ":" in host else host
    says = {**headers, "Host": name if parts.port is None else f"{name}:{parts.port}"}
    try:
        return _exchange(connection, target, body, says)
    except (HTTPError, OSError, ValueError) as error:
        raise Unreached(f"{type(error).__name__}: {error}"[:MOST_ANSWER]) from error


def _exchange(
    connection: _Plain | _Secure, target: str, body: bytes, headers: Mapping[str, str]
) -> Answer:
    """One request and its answer, cut off when its time is over."""
    # A timeout counts from piece to piece; who sends a byte now and then must be cut off too.
    cut = threading.Timer(TOGETHER, connection.cut)
    cut.daemon = True
    began = time.monotonic()
    cut.start()
    try:
        connection.request("POST", target, body=body, headers=headers, preload_content=False)
        response = connection.getresponse()
        text = response.read(MOST_ANSWER, decode_content=False)
    finally:
        cut.cancel()
        connection.close()
    if time.monotonic() - began >= TOGETHER:
        raise Unreached(f"It did not answer within {TOGETHER:g} seconds.")
    return Answer(response.status, text.decode(errors="replace").replace("\0", "\ufffd"))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _unfit(url, f"It is not a URL: {error}.") from error
    if len(url) > MOST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise _unfit(url, f"It is not a URL of at most {MOST_URL} printable ASCII characters.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _may_loop()):
        raise _unfit(url, "It does not begin with https://.")
    if not host:
        raise _unfit(url, "It names no host.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _unfit(url, "It carries a user, a password or a fragment.")
    literal = _literal(host)
    if literal is not None and not _is_public(literal):
        raise _unfit(url, f"{host} is not a public address.")
    return parts


def _resolve(url: str, host: str, port: int) -> str:
    """The address to connect to; none where one of them is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreached(f"{host} cannot be resolved: {error}") from error
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    for address in addresses:
        if not _is_public(ipaddress.ip_address(address)):
            raise _unfit(url, f"{host} leads to {address}, which is not a public address.")
    return addresses[0]


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address != ipaddress.IPv6Address("::1") and any(
            address in network for network in _DISGUISED
        ):
            return False
    if address.is_loopback:
        return _may_loop()
    return address.is_global and not address.is_multicast


def _may_loop() -> bool:
    """Whether this machine itself may be reached, over plain HTTP too: for tests only."""
    return bool(getattr(settings, "WEBHOOKS_MAY_REACH_LOOPBACK", False))


def _unfit(url: str, found: str) -> Unfit:
    return Unfit(
        f"Cannot call {url[:100]!r}.",
        found,
        "Name an https:// address that can be reached from anywhere.",
    )
