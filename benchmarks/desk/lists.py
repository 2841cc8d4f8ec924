# SPDX-License-Identifier: Apache-2.0
"""Every list of the book at its full size, as the API gives it, at its slowest twentieth."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from uuid import UUID

from benchmarks.desk import book
from benchmarks.desk.calling import Caller
from benchmarks.measure import Line

#: Most seconds of the slowest twentieth; how often each list is asked for.
P95, TIMES = 0.1, 100


def measure(enterprise: UUID, movements: int) -> Iterator[Line]:
    """Each list with random filters, its first page and the one after."""
    caller, chance = Caller(enterprise), random.Random(5)
    documents = movements // book.LINES

    def number() -> str:
        return f"R-{chance.randrange(documents):09}"

    asked: dict[str, Callable[[], str]] = {
        "documents, newest": lambda: "/documents?",
        "documents by number": lambda: f"/documents?number={number()}",
        "documents by beginning": lambda: f"/documents?number={number()[:6]}",
        "documents of some days": lambda: "/documents?first=2026-03-01&last=2026-03-07",
        "movements, newest": lambda: "/movements?",
        "movements of a SKU": lambda: f"/movements?item={book.sku(chance.randrange(book.SKUS))}",
        "movements of a place": lambda: (
            f"/movements?place={book.warehouse(chance.randrange(book.WAREHOUSES))}"
        ),
        "movements of a SKU in a place": lambda: (
            f"/movements?item={book.sku(chance.randrange(book.SKUS))}"
            f"&place={book.warehouse(chance.randrange(book.WAREHOUSES))}"
        ),
        "balances of a place": lambda: (
            f"/balances?place={book.warehouse(chance.randrange(book.WAREHOUSES))}"
        ),
        "balances of a SKU": lambda: f"/balances?item={book.sku(chance.randrange(book.SKUS))}",
        "items by beginning": lambda: f"/items?item={book.sku(chance.randrange(book.SKUS))[:8]}",
        "places": lambda: "/places?path=warehouse",
        "seals": lambda: "/seals?",
    }
    for name, path in asked.items():
        seconds = []
        for _ in range(TIMES):
            begun = time.perf_counter()
            page = caller.get(path())
            seconds.append(time.perf_counter() - begun)
            if page["next"] and chance.random() < 0.3:
                begun = time.perf_counter()
                caller.get(f"{path()}&cursor={page['next']}")
                seconds.append(time.perf_counter() - begun)
        seconds.sort()
        yield Line(f"p95 of {name}", seconds[int(len(seconds) * 0.95)], 0, P95)
