# SPDX-License-Identifier: Apache-2.0
"""Folders on a server that speaks SFTP: a file is written beside, then renamed.

The server is known by its key, which is a setting: without it anybody could stand in for it.
Paramiko is asked for here only; `pip install entrepot[sftp]` brings it along.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from entrepot.customs.sending.refusals import NoTransport
from entrepot.customs.sending.transports.port import LARGEST, NAME, checked, unsent

if TYPE_CHECKING:
    import paramiko

#: Seconds to wait for the server, for each thing asked of it.
TIMEOUT: Final = 20.0
Connect = Callable[[str, int], socket.socket]


def connect(host: str, port: int) -> socket.socket:
    """A connection to a server."""
    return socket.create_connection((host, port), timeout=TIMEOUT)


@dataclass(slots=True)
class Sftp:
    """Folders of a user on a server.

    `fingerprint`: of the server's key, as `SHA256:` and base64, which `ssh-keygen -lf` prints.
    `password` or `key` (PEM) sign in; `key_password` opens the key. `taken`: where files that were
    taken in go; they are removed where it is empty.
    """

    host: str
    user: str
    fingerprint: str
    port: int = 22
    password: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    key_password: str = field(default="", repr=False)
    out: str = "out"
    into: str = "in"
    taken: str = ""
    connect: Connect = connect
    _open: tuple[Any, Any] | None = field(default=None, init=False, repr=False)

    def put(self, name: str, data: bytes) -> str:
        with self._session(f"Cannot put {name} on {self.host}.") as sftp:
            beside, path = f"{self.out}/.{checked(name)}.part", f"{self.out}/{name}"
            with sftp.open(beside, "wb") as file:
                file.write(data)
            _rename(sftp, beside, path)
        return ""

    def waiting(self, most: int) -> list[str]:
        with self._session(f"Cannot look into {self.into} on {self.host}.") as sftp:
            found = [
                each.filename
                for each in sftp.listdir_iter(self.into)
                if NAME.fullmatch(each.filename) and stat.S_ISREG(each.st_mode or 0)
            ]
        return sorted(found)[:most]

    def take(self, name: str) -> bytes:
        with (
            self._session(f"Cannot read {name} on {self.host}.") as sftp,
            sftp.open(f"{self.into}/{checked(name)}", "rb") as file,
        ):
            read: bytes = file.read(LARGEST + 1)
        return read

    def done(self, name: str) -> None:
        with self._session(f"Cannot set {name} aside on {self.host}.") as sftp:
            path = f"{self.into}/{checked(name)}"
            with suppress(FileNotFoundError):  # another worker was first
                if self.taken:
                    _rename(sftp, path, f"{self.taken}/{name}")
                else:
                    sftp.remove(path)

    def close(self) -> None:
        if self._open is not None:
            self._open[0].close()
            self._open = None

    @contextmanager
    def _session(self, asked: str) -> Iterator[paramiko.SFTPClient]:
        """Signed in, at a server that has the right key; whatever goes wrong is `Unsent`."""
        library = _library()
        try:
            if self._open is None or not self._open[0].is_active():
                self.close()
                self._sign_in(library, asked)
            assert self._open is not None
            yield self._open[1]
        except (library.SSHException, OSError, EOFError) as error:
            self.close()
            raise unsent(asked, error) from error

    def _sign_in(self, library: Any, asked: str) -> None:
        line = library.Transport(self.connect(self.host, self.port))
        try:
            line.start_client(timeout=TIMEOUT)
            found = fingerprint(line.get_remote_server_key().asbytes())
            if not hmac.compare_digest(found, self.fingerprint):
                raise unsent(asked, f"The server shows another key: {found}.")
            line.auth_timeout = TIMEOUT
            if self.key:
                line.auth_publickey(self.user, self._own_key(library))
            else:
                line.auth_password(self.user, self.password)
            sftp = library.SFTPClient.from_transport(line)
            sftp.get_channel().settimeout(TIMEOUT)
        except BaseException:
            line.close()
            raise
        self._open = line, sftp

    def _own_key(self, library: Any) -> Any:
        for kind in (library.Ed25519Key, library.ECDSAKey, library.RSAKey):
            with suppress(library.SSHException, ValueError):
                return kind.from_private_key(io.StringIO(self.key), self.key_password or None)
        raise library.SSHException("the key to sign in with cannot be read")


def fingerprint(key: bytes) -> str:
    """The fingerprint of a server's key, as OpenSSH prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _rename(sftp: paramiko.SFTPClient, old: str, new: str) -> None:
    """Rename, over what is there; servers without the extension of OpenSSH remove it first."""
    try:
        sftp.posix_rename(old, new)
    except FileNotFoundError:
        raise
    except OSError:
        sftp.stat(old)  # or what is there would go for nothing
        with suppress(FileNotFoundError):
            sftp.remove(new)
        sftp.rename(old, new)


def _library() -> Any:
    try:
        import paramiko
    except ImportError as error:
        raise NoTransport(
            "Cannot send by SFTP.",
            "The library for it is not installed.",
            "Install it with: pip install 'entrepot[sftp]'",
        ) from error
    return paramiko
