# SPDX-License-Identifier: Apache-2.0
"""A server that speaks SFTP on this machine, over a folder: for tests."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager
from pathlib import Path

import paramiko

USER, PASSWORD = "firm", "p-4711"


class _Doorman(paramiko.ServerInterface):
    def check_auth_password(self, username, password):
        fits = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if fits else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username, key):
        fits = username == USER and key == self.known
        return paramiko.AUTH_SUCCESSFUL if fits else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "password,publickey"

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED


def _folder_of(root: Path, extensions: bool):
    class Files(paramiko.SFTPServerInterface):
        def _at(self, path):
            return root / path.lstrip("/")

        def list_folder(self, path):
            try:
                return [
                    paramiko.SFTPAttributes.from_stat(each.stat(), each.name)
                    for each in self._at(path).iterdir()
                ]
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        def stat(self, path):
            try:
                return paramiko.SFTPAttributes.from_stat(self._at(path).stat())
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        lstat = stat

        def open(self, path, flags, attr):
            handle = paramiko.SFTPHandle(flags)
            try:
                file = os.fdopen(
                    os.open(self._at(path), flags, 0o600), "wb" if flags & os.O_WRONLY else "rb"
                )
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)
            handle.readfile = handle.writefile = file
            return handle

        def remove(self, path):
            return self._do(lambda: self._at(path).unlink())

        def rename(self, oldpath, newpath):
            if self._at(newpath).exists():
                return paramiko.SFTP_FAILURE
            return self._do(lambda: self._at(oldpath).rename(self._at(newpath)))

        def posix_rename(self, oldpath, newpath):
            if not extensions:
                return paramiko.SFTP_OP_UNSUPPORTED
            return self._do(lambda: self._at(oldpath).replace(self._at(newpath)))

        def _do(self, what):
            try:
                what()
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)
            return paramiko.SFTP_OK

    return Files


@contextmanager
def serving(root: Path, key: paramiko.PKey, known: paramiko.PKey | None = None, extensions=True):
    """Serve a folder until the block ends; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    lines: list[paramiko.Transport] = []

    def accept():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            line = paramiko.Transport(client)
            line.add_server_key(key)
            line.set_subsystem_handler("sftp", paramiko.SFTPServer, _folder_of(root, extensions))
            doorman = _Doorman()
            doorman.known = known
            lines.append(line)
            try:
                line.start_server(server=doorman)
            except (paramiko.SSHException, EOFError):
                line.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for line in lines:
            line.close()
        thread.join(5)
