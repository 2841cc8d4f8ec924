# SPDX-License-Identifier: Apache-2.0
"""Run the desk: the program that answers, and beside it the database and the worker.

All end together. While the desk runs, whatever is killed is started again; where the desk itself is
killed, what it started ends too, and the next start takes up what was not finished.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from threading import Thread
from types import TracebackType
from typing import Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from entrepot.errors import EntrepotError
from entrepot.site.configuration import THREADS, Configuration
from entrepot.site.stopping import is_asked

log = logging.getLogger("entrepot.site")

WORKER: Final = [sys.executable, "-c", "from entrepot.cli import main; main()", "worker"]
#: That requests have to come to an end where the desk was killed.
_ORPHAN_GRACE: Final = 1.0
#: Between two starts of a worker.
_AGAIN_AFTER: Final = 3.0
#: That the jobs have to come to an end.
_GRACE: Final = 60.0


class _Desk(BaseApplication):  # type: ignore[misc] # gunicorn says nothing of its types
    """Gunicorn, told what to do by the program rather than by a file."""

    def __init__(self, options: Mapping[str, Any], look_after: Callable[[], None]) -> None:
        self._options, self._look_after = options, look_after
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from entrepot.site.wsgi import application  # in the child, after the fork

        return application

    def run(self) -> None:
        _Master(self, self._look_after).run()


class _Master(Arbiter):  # type: ignore[misc] # gunicorn says nothing of its types
    """Gunicorn's first process; each second it looks after others beside its own."""

    def __init__(self, app: _Desk, look_after: Callable[[], None]) -> None:
        self._look_after = look_after
        super().__init__(app)

    def manage_workers(self) -> None:
        if is_asked():
            raise StopIteration  # as its own signals do
        self._look_after()
        super().manage_workers()


def answer(
    listener: socket.socket, processes: int, say: Callable[[], None], look_after: Callable[[], None]
) -> None:
    """Answer requests until told to stop; this does not return.

    Args:
        say: called once requests are taken.
        look_after: called each second.
    """
    options = {
        "bind": f"fd://{listener.detach()}",
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
        "when_ready": lambda _: say(),
        "post_worker_init": _end_with_parent,
        "control_socket_disable": True,
        # A heartbeat on a disk that is busy would stop a process that is well.
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,
    }
    first = os.getpid()
    try:
        _Desk(options, look_after).run()
    finally:
        # Its children come by here too when they end, and must not end what is the first one's.
        if os.getpid() != first:
            end = sys.exc_info()[1]
            os._exit(end.code if isinstance(end, SystemExit) and isinstance(end.code, int) else 1)


def _end_with_parent(worker: Any) -> None:
    """Let a process that answers not outlive the first one, where that is killed outright.

    It would hold the port as long as somebody keeps a connection to it.
    """

    def follow() -> None:
        while os.getppid() == worker.ppid:
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_ORPHAN_GRACE)
        os._exit(1)

    Thread(target=follow, daemon=True).start()


class Beside:
    """What stands beside the desk: the worker, and the database that came with the program."""

    def __init__(self, found: Configuration) -> None:
        self._found = found
        self._worker: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    def look_after(self) -> None:
        """Start what does not run."""
        database = self._found.embedded
        if self._found.is_embedded and not database.is_running():
            log.warning("the database ended and is started again")
            try:
                database.start()
            except EntrepotError as error:
                log.warning("%s", error)
                return
        if self._worker is not None and self._worker.poll() is None:
            return
        if (now := time.monotonic()) - self._started_at < _AGAIN_AFTER:
            return
        if self._worker is not None:
            log.warning("the worker ended and is started again")
        # A session of its own: Ctrl-C is the desk's, which asks the worker to stop.
        command = [*WORKER, "--parent", str(os.getpid())]
        self._worker = subprocess.Popen(command, start_new_session=True)
        self._started_at = now

    def __enter__(self) -> Beside:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the jobs come to an end."""
        if self._worker is None or self._worker.poll() is not None:
            return
        self._worker.send_signal(signal.SIGTERM)
        try:
            self._worker.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._worker.kill()
