# SPDX-License-Identifier: Apache-2.0
"""How long a hand-held waits for the answer to a scan, through HTTP, durable."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from uuid import UUID

import urllib3

from benchmarks.desk import book
from benchmarks.desk.calling import token_of
from benchmarks.desk.http import PORT, serving
from benchmarks.desk.orders import AT, DAY, SKUS, open_warehouse
from benchmarks.measure import Line
from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.models import Allocation
from entrepot.warehouse.orders.creating import create
from entrepot.warehouse.orders.order import NewOrder, Ordered
from entrepot.warehouse.outbound.waves import gather

SCANS, WARM = 500, 50
#: Seconds within which 95 of 100 scans are answered.
WITHIN = 0.05


def measure() -> Iterator[Line]:
    """Receiving, then picking: one scan after the other."""
    numbers = itertools.count(int(time.time()) % 10**8 * 10)
    enterprise = open_warehouse()
    wave, walk = _wave(enterprise, numbers)
    headers = {
        "Authorization": f"Bearer {token_of(enterprise)}",
        "Content-Type": "application/json",
    }

    def receiving(at: int) -> tuple[str, dict[str, object]]:
        says = {"number": f"S-{next(numbers)}", "barcode": book.sku(at), "warehouse": "DUI1"}
        return "/scans", says

    def picking(at: int) -> tuple[str, dict[str, object]]:
        bin_, sku = walk[at]
        return "/floor/picks", {
            "scan": f"S-{next(numbers)}", "warehouse": "DUI1", "of": "wave", "target": str(wave),
            "bin": bin_, "barcode": sku,
        }  # fmt: skip

    with serving():
        for name, scan in (("receive by scanner", receiving), ("pick by scanner", picking)):
            taken = []
            with urllib3.PoolManager(maxsize=1) as pool:
                for at in range(WARM + SCANS):
                    path, says = scan(at)
                    begun = time.perf_counter()
                    answer = pool.request(
                        "POST",
                        f"http://127.0.0.1:{PORT}/api/v1{path}",
                        body=json.dumps(says).encode(),
                        headers=headers,
                    )
                    taken.append(time.perf_counter() - begun)
                    assert answer.status == 200, answer.data
            taken = sorted(taken[WARM:])
            median, p95 = taken[SCANS // 2], taken[SCANS * 95 // 100]
            note = f"median {median * 1000:.1f} ms, p95 {p95 * 1000:.1f} ms"
            yield Line(f"{name}, p95", p95, 0, WITHIN, note)


def _wave(enterprise: UUID, numbers: Iterator[int]) -> tuple[UUID, list[tuple[str, str]]]:
    """A wave of so many units, each picked with a scan of its own: bin and SKU."""
    orders = [
        NewOrder("shop", f"N-{next(numbers)}", AT, DAY, "DE", [Ordered(1, book.sku(n % SKUS), 1)])
        for n in range(WARM + SCANS)
    ]
    with within(enterprise):
        allocate_orders([each.id for each in create(orders)])
    with within(enterprise):
        wave = gather("DUI1", len(orders)).id
        found = Allocation.objects.filter(wave_id=wave).values_list("place", "sku")
        return wave, [(place.rpartition("/")[2], sku) for place, sku in found]
