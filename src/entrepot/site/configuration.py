# SPDX-License-Identifier: Apache-2.0
"""What a firm may set, from the environment and the data folder.

| variable | what it sets | without it |
|---|---|---|
| `ENTREPOT_HOME` | the data folder | `/var/lib/entrepot` as root, else the user's data folder |
| `DATABASE_URL` | a PostgreSQL of one's own: the role that owns the tables | the one in the wheel |
| `DATABASE_APP_URL` | the role that the program works with | `entrepot_app`, made when missing |
| `ENTREPOT_HOSTS` | more names under which pages are asked for, with commas | this machine's own |
| `ENTREPOT_HTTPS` | `1`: behind a proxy that speaks HTTPS and sets X-Forwarded-For | plain HTTP |
| `ENTREPOT_PROXY` | addresses or networks of that proxy, with commas | this machine's own |
| `ENTREPOT_MAIL` | `smtp://user:password@host:587?from=address` | mail is printed |
| `ENTREPOT_LOG` | `text` or `json`: how the log is written | `text` on a terminal, else `json` |
| `ENTREPOT_METRICS_TOKEN` | with which `/metrics` is shown elsewhere | on this machine only |
"""

from __future__ import annotations

import errno
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import platformdirs
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from entrepot.errors import Misused
from entrepot.people.walls import APP_ROLE
from entrepot.site.embedded import Embedded, write_private

DATABASE = "entrepot"
#: The names of this machine itself: whatever watches the desk asks for it so.
_OWN_HOSTS = ("localhost", "127.0.0.1", "[::1]")
#: The file of the key in the data folder.
KEY = "secret-key"
#: Requests that one process answers at once, each on a connection of its own.
THREADS = 8


class Misconfigured(Misused):
    """Something that was set makes no sense, or cannot be used."""

    code = "entrepot.misconfigured"


@dataclass(frozen=True)
class Configuration:
    """What was set, read once."""

    folder: Path
    owner_url: str
    app_url: str
    hosts: tuple[str, ...]
    is_https: bool
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the one that comes with the program."""
        return not self.owner_url

    @property
    def embedded(self) -> Embedded:
        return Embedded(self.folder / "postgresql")

    @property
    def has_secret_key(self) -> bool:
        """Whether there is a desk: its key is made when it first starts."""
        return (self.folder / KEY).exists()

    @cached_property
    def secret_key(self) -> str:
        """What cookies are signed with and personal data is sealed with, made on first use."""
        return self._secret(KEY)

    @cached_property
    def app_password(self) -> str:
        """The password of the program's role, where the program made that role."""
        return self._secret("database-password")

    @property
    def owner(self) -> str:
        """How the tables' owner connects, for migrations only."""
        return self.owner_url or self.embedded.url(DATABASE)

    @property
    def app(self) -> str:
        """How the program connects."""
        if self.app_url:
            return self.app_url
        role = {"user": APP_ROLE, "password": self.app_password}
        if self.is_embedded:
            return make_conninfo(host=str(self.embedded.socket), dbname=DATABASE, **role)
        return make_conninfo(self.owner_url, **role)

    def make_folder(self) -> None:
        """Make the data folder, which nobody else may look into.

        As root the database runs as another user, who has to pass through it; its files are 0600.

        Raises:
            Misconfigured: it cannot be made, or not be written to.
        """
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            self.folder.mkdir(mode=mode, parents=True, exist_ok=True)
            if not os.access(self.folder, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise Misconfigured(
                f"Cannot keep data in {self.folder}.",
                f"The system says: {error.strerror}.",
                "Name another folder in ENTREPOT_HOME or with --home.",
            ) from error

    def _secret(self, name: str) -> str:
        path = self.folder / name
        if not path.exists():
            self.make_folder()
            write_private(path, secrets.token_urlsafe(48))
        return path.read_text(encoding="utf-8")


def configuration() -> Configuration:
    """Read what was set.

    Raises:
        Misconfigured: a database is named in a way that says nothing.
    """
    hosts = os.environ.get("ENTREPOT_HOSTS", "")
    return Configuration(
        folder=Path(os.environ.get("ENTREPOT_HOME") or _default_folder()).absolute(),
        owner_url=_database("DATABASE_URL"),
        app_url=_database("DATABASE_APP_URL"),
        hosts=(*_listed(hosts), *_OWN_HOSTS),
        is_https=os.environ.get("ENTREPOT_HTTPS") == "1",
        proxies=_networks("ENTREPOT_PROXY"),
    )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _networks(variable: str) -> tuple[IPv4Network | IPv6Network, ...]:
    given = os.environ.get(variable) or "127.0.0.1, ::1"
    try:
        return tuple(ip_network(part) for part in _listed(given))
    except ValueError as error:
        raise Misconfigured(
            f"Cannot tell who the proxy is from {variable}.",
            f"It holds what is no address: {error}.",
            "Write its address or network, such as 10.0.0.5 or 10.0.0.0/24.",
        ) from error


def _database(variable: str) -> str:
    url = os.environ.get(variable, "")
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        # What libpq says repeats the text, and a password stands in it.
        raise Misconfigured(
            f"Cannot connect to the database in {variable}.",
            "It is not written as connections are.",
            "Write it as postgresql://user:password@host:5432/database.",
        ) from error
    return url


def _default_folder() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/entrepot")
    return platformdirs.user_data_path("entrepot")


_DJANGO = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def in_django(url: str) -> dict[str, Any]:
    """A connection in Django's words; what Django has no word for are options of psycopg."""
    found = conninfo_to_dict(url)
    return {
        "ENGINE": "entrepot.site.postgresql",
        **{_DJANGO[name]: value for name, value in found.items() if name in _DJANGO},
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            **{name: value for name, value in found.items() if name not in _DJANGO},
            "pool": {"min_size": 1, "max_size": THREADS, "timeout": 20},
            # Only cursors of `people.database` ask the same text twice.
            "prepare_threshold": 3,
        },
    }
