# SPDX-License-Identifier: Apache-2.0
"""The processes that answer requests: granian's, started and looked after by the first process.

Granian's own first process binds a socket for each process, and gives up where one is killed twice
within seconds. This one hands on the one that was taken before anything was started, and starts
again whatever ends (docs/decisions/0025).
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from threading import Thread
from typing import Any, Final

from django.conf import settings
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketHolder
from granian.server.mp import MPServer, WorkerProcess

from entrepot.site.configuration import THREADS
from entrepot.site.stopping import is_asked

log = logging.getLogger("entrepot.site")

#: Connections that one process holds at a time; those that wait for a request hold no thread.
_CONNECTIONS: Final = 512
_BACKLOG: Final = 1024
#: Milliseconds in which the headers of a request have to come; also between two requests.
_HEADERS_MS: Final = 15_000
_MOST_HEADERS: Final = 64 * 1024
#: Seconds between two looks at what runs, and between two starts of a process that ends at once.
_LOOK, _AGAIN_AFTER = 0.2, 1.0
#: Seconds that requests have to come to an end, and where the desk was killed.
_GRACE: Final = 30
_ORPHAN_GRACE: Final = 1.0
#: What stops a process that answers.
_STOP: Final = (signal.SIGTERM, signal.SIGINT)


def answer(
    listener: socket.socket, workers: int, say: Callable[[], None], look_after: Callable[[], None]
) -> None:
    """Answer requests until told to stop.

    Args:
        say: called once requests are taken, before any process is started.
        look_after: called several times a second.
    """
    server = _Server(listener, workers, look_after)
    server.on_startup(say)
    server.serve(target_loader=_Loader(os.getpid()), wrap_loader=False)


class _Loader:
    """What a process that answers runs first: Django's application, and an eye on the first."""

    def __init__(self, first: int) -> None:
        self._first = first

    def __call__(self) -> Any:
        # Until granian listens for it, a signal ends the process; before, it waits.
        for number in _STOP:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
        _end_with(self._first)
        from entrepot.site.wsgi import application  # Django is put together in this process

        return application


class _Server(MPServer):  # type: ignore[misc] # granian says nothing of its types
    """Granian's first process, on a socket that is there, and with its own eye on the others.

    A process is forked: it shares the memory of what was imported. So this one must have no threads
    when it forks, and it watches without any.
    """

    def __init__(
        self, listener: socket.socket, workers: int, look_after: Callable[[], None]
    ) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(
            "entrepot.site.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=THREADS,
            backlog=_BACKLOG,
            backpressure=_CONNECTIONS,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=_HEADERS_MS, max_buffer_size=_MOST_HEADERS
            ),
            websockets=False,
            log_level=LogLevels.error,
            log_dictconfig=settings.LOGGING,
            workers_kill_timeout=_GRACE,
        )
        self._listener, self._look_after_others = listener, look_after

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        super().startup(spawn_target, target_loader)
        # A terminal that is closed asks to stop, as Ctrl-C does.
        signal.signal(signal.SIGHUP, self.signal_handler_interrupt)

    def _init_shared_socket(self) -> None:
        # Connections take it over: the head and the body of an answer are two writes, and the
        # second one would wait 40 ms for the other side to acknowledge the first.
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._listener.listen(_BACKLOG)
        self._listener.set_inheritable(True)
        self._sso, self._sfd = self._listener, self._listener.fileno()
        self._ssp, self._shd = None, SocketHolder(self._sfd, False, _BACKLOG)

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> WorkerProcess:
        made = super()._spawn_worker(idx, target, callback_loader)
        made._watch = _do_nothing
        return made

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        with _signals_wait():
            super()._spawn_workers(spawn_target, target_loader)

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        while not (self.interrupt_signal or is_asked()):
            for idx, worker in enumerate(self.wrks):
                if worker.is_alive() or time.monotonic() - worker.birth < _AGAIN_AFTER:
                    continue
                log.warning("a process that answers ended and is started again")
                self.wrks[idx] = self._spawn_worker(idx, spawn_target, target_loader)
                with _signals_wait():
                    self.wrks[idx].start()
            self._look_after_others()
            self.main_loop_interrupt.wait(_LOOK)


class _signals_wait:  # noqa: N801 # reads as a word
    """What asks to stop waits: a process that is just forked would take it for its parent's."""

    def __enter__(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)

    def __exit__(self, *_: object) -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)


def _do_nothing() -> None:
    """Stands for a thread of granian's that waits for a process to end."""


def _end_with(first: int) -> None:
    """Let this process not outlive the first one, where that is killed outright.

    It would hold the port as long as somebody keeps a connection to it.
    """

    def follow() -> None:
        while os.getppid() == first:
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_ORPHAN_GRACE)
        os._exit(1)

    Thread(target=follow, daemon=True).start()
