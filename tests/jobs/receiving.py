# SPDX-License-Identifier: Apache-2.0
"""Another program that is told of events: a real server on this machine, and its answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answers = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Received:
    """What came, and how it is answered."""

    url: str = ""
    answers: Answers | None = None
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


def status(code: int, text: bytes = b"", **headers: str) -> Answers:
    """Answer with a status."""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(code)
        for name, value in headers.items():
            asked.send_header(name, value)
        asked.end_headers()
        asked.wfile.write(text)

    return answer


def drip(seconds: float) -> Answers:
    """Answer with a byte of a header every now and then."""

    def answer(asked: BaseHTTPRequestHandler) -> None:
        asked.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            asked.wfile.write(b"x")
            asked.wfile.flush()
            time.sleep(0.05)

    return answer


@contextmanager
def receiving(host: str = "127.0.0.1") -> Iterator[Received]:
    """A server that keeps what it is sent."""
    received = Received(answers=status(204))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            received.headers.append({k.lower(): v for k, v in self.headers.items()})
            received.bodies.append(self.rfile.read(length))
            assert received.answers is not None
            try:
                received.answers(self)
            except OSError:
                return

        def log_message(self, *given: object) -> None: ...

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    received.url = f"http://{host}:{server.server_port}/hook?a=1"
    try:
        yield received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
