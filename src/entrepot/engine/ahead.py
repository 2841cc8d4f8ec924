# SPDX-License-Identifier: Apache-2.0
"""Make the next items in a thread of their own while the last ones are being used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")

_WAIT_SECONDS = 0.1


def ahead(items: Iterable[Item], most: int = 2) -> Iterator[Item]:
    """Hand over `items`, of which at most `most` are made ahead of their use.

    What goes wrong while making them is raised where they are used. A user that stops early stops
    the making too.
    """
    queue: Queue[tuple[Item | None, BaseException | None]] = Queue(most)
    stopped = Event()

    def put(entry: tuple[Item | None, BaseException | None]) -> None:
        while not stopped.is_set():
            try:
                queue.put(entry, timeout=_WAIT_SECONDS)
            except Full:
                continue
            return

    def make() -> None:
        try:
            for item in items:
                if stopped.is_set():
                    return
                put((item, None))
            put((None, StopIteration()))
        except BaseException as error:
            put((None, error))

    maker = Thread(target=make, daemon=True)
    try:
        maker.start()
        while True:
            item, error = queue.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]
    finally:
        # An interrupt may fall between the thread's start and the next line.
        stopped.set()
        if maker.ident is not None:
            maker.join()
