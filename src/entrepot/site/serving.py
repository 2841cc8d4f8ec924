# SPDX-License-Identifier: Apache-2.0
"""Run the desk: the database, the program that answers, and the worker that does long work.

All three end together. Where the program is killed outright, the next start finds the database as
it was left, and takes up what the worker had not finished.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gunicorn.app.base import BaseApplication

from entrepot.site.configuration import THREADS, Configuration

WORKER = [sys.executable, "-c", "from entrepot.cli import main; main()", "worker"]


class _Desk(BaseApplication):  # type: ignore[misc] # gunicorn says nothing of its types
    """Gunicorn, told what to do by the program rather than by a file."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from entrepot.site.wsgi import application  # in the child, after the fork

        return application


def answer(host: str, port: int, processes: int) -> None:
    """Answer requests until told to stop; this does not return."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    _Desk(
        {
            "bind": address,
            "workers": processes,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 120,
            "graceful_timeout": 30,
            "keepalive": 5,
            # Now and then a process makes room for a fresh one.
            "max_requests": 50_000,
            "max_requests_jitter": 5_000,
            "limit_request_line": 8190,
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "entrepot",
            # A heartbeat on a disk that is busy would stop a process that is well.
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
        }
    ).run()


@contextmanager
def worker_beside() -> Iterator[None]:
    """A worker that does the jobs as long as the desk answers."""
    with subprocess.Popen(WORKER, start_new_session=True) as worker:
        try:
            yield
        finally:
            worker.send_signal(signal.SIGTERM)
            try:
                worker.wait(60)
            except subprocess.TimeoutExpired:
                worker.kill()


@contextmanager
def database_beside(found: Configuration, was_running: bool) -> Iterator[None]:
    """Leave the database as it was found: stopped, where the desk started it."""
    try:
        yield
    finally:
        if found.is_embedded and not was_running:
            found.embedded.stop()
