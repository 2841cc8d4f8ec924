# SPDX-License-Identifier: Apache-2.0
"""Documents posted through HTTP by four clients, beside the raw floor with as many."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import urllib3

from benchmarks.desk import book
from benchmarks.desk.calling import token_of
from benchmarks.desk.posting import raw
from benchmarks.measure import Line, in_turns
from entrepot.ledger.document import Document

CLIENTS, EACH, SHARE = 4, 150, 0.15
PORT = 8765
SERVE = [sys.executable, "-c", "from entrepot.cli import main; main()", "serve"]


def measure(enterprise: UUID, movements: int) -> Iterator[Line]:
    """As many documents each way, each with its own commit."""
    numbers = itertools.count(int(time.time()) % 10**8 * 10)
    url = f"http://127.0.0.1:{PORT}/api/v1/documents"
    headers = {
        "Authorization": f"Bearer {token_of(enterprise)}",
        "Content-Type": "application/json",
    }

    def through_http() -> None:
        with urllib3.PoolManager(maxsize=1) as pool:
            for _ in range(EACH):
                body = _json(book.receipt(next(numbers), kind="http"))
                answer = pool.request("POST", url, body=body, headers=headers)
                assert answer.status == 200, answer.data

    def past_it() -> None:
        with book.owner() as connection:
            for _ in range(EACH):
                raw(connection, enterprise, [book.receipt(next(numbers), kind="raw")])

    with serving():
        _at_once(through_http)
        taken = in_turns(
            {"http": lambda: _at_once(through_http), "raw": lambda: _at_once(past_it)}, 3
        )
    done = CLIENTS * EACH
    note = f"{done / taken['http']:,.0f} a second, raw {done / taken['raw']:,.0f}"
    yield Line(
        f"documents of 5 through HTTP, {CLIENTS} clients",
        taken["http"],
        taken["raw"],
        1 / SHARE,
        note,
    )


def _at_once(work: Callable[[], None]) -> None:
    with ThreadPoolExecutor(CLIENTS) as threads:
        for done in [threads.submit(work) for _ in range(CLIENTS)]:
            done.result()


def _json(document: Document) -> bytes:
    lines = [
        {
            "item": line.item,
            "quantity": line.quantity,
            "from_place": line.from_place,
            "to_place": line.to_place,
            "lot": line.lot,
        }
        for line in document.lines
    ]
    says = {"kind": document.kind, "number": document.number, "on": document.on.isoformat()}
    return json.dumps(says | {"lines": lines}).encode()


@contextmanager
def serving() -> Iterator[None]:
    """The desk as its users have it, in processes of its own."""
    with subprocess.Popen([*SERVE, "--port", str(PORT)], env=os.environ) as served:
        try:
            _wait()
            yield
        finally:
            served.terminate()


def _wait() -> None:
    with urllib3.PoolManager(retries=False) as pool:
        for _ in range(300):
            try:
                if pool.request("GET", f"http://127.0.0.1:{PORT}/readyz").status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.1)
    raise TimeoutError("the desk does not answer")
