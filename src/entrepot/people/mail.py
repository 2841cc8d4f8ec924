# SPDX-License-Identifier: Apache-2.0
"""How mail is sent, in Django's words: by a server that is named, or printed without one."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from entrepot.errors import Misused

_PORTS = {"smtp": 587, "smtps": 465}


class MailUnclear(Misused):
    """An address of a mail server that is none."""

    code = "people.mail_unclear"


def mail_settings(url: str) -> dict[str, Any]:
    """Django's settings for a mail server such as
    `smtp://user:password@mail.example.com:587?from=desk@example.com`.

    `smtp` speaks TLS after it has connected, `smtps` from the start; `?plain=1` leaves TLS out, for
    a server on this machine. Without a server mail is printed.

    Raises:
        MailUnclear: no such address.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        parts, port = urlsplit(""), None
    options = parse_qs(parts.query)
    if not (parts.hostname and parts.scheme in _PORTS and port and "from" in options):
        # The password in it stays out of what is said.
        raise MailUnclear(
            "Cannot send mail as set in ENTREPOT_MAIL.",
            "It is not an address of a mail server with a sender.",
            "Write it as smtp://user:password@host:587?from=desk@example.com.",
        )
    is_plain = parts.scheme == "smtp" and options.get("plain") == ["1"]
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and not is_plain,
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": options["from"][0],
        "SERVER_EMAIL": options["from"][0],
    }
