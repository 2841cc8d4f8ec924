# SPDX-License-Identifier: Apache-2.0
"""A file of orders from the first byte to the last unit reserved, over five warehouses.

The work is done in a process of its own, so that the memory it takes at most is its own:
`python -m benchmarks.desk.importing <enterprise> <file>`.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from benchmarks.measure import Line

ORDERS, SKUS, WAREHOUSES, BINS = 1_000_000, 20_000, 5, 200
#: For each SKU in each warehouse: a little less than is ordered, so that some orders wait.
UNITS = 28
#: Most seconds and megabytes of a million orders.
SECONDS, MEGABYTES = 600.0, 1024
DAY = date(2026, 3, 1)
HEADING = "channel,number,ordered_at,promised_on,country,postcode,currency,sku,quantity,amount," \
    "recipient,street,city,email\n"  # fmt: skip


def measure(orders: int = 0) -> Iterator[Line]:
    """Import and allocate; seconds of each part, and the memory of the whole."""
    orders = orders or int(os.environ.get("BENCH_ORDERS", ORDERS))
    enterprise = open_floor()
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        path = Path(folder) / "orders.csv.gz"
        lines = write_file(path, orders)
        command = [sys.executable, "-m", "benchmarks.desk.importing", str(enterprise), str(path)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    share = orders / ORDERS
    parts = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in found["seconds"].items())
    seconds = sum(found["seconds"].values())
    note = f"{lines:,} lines, {found['reserved']:,} units reserved: {parts}"
    yield Line(f"{orders:,} orders imported, allocated", seconds, 0, SECONDS * share, note)
    yield Line("  its memory, in MB", found["megabytes"], 0, MEGABYTES)


def open_floor() -> UUID:
    """Five warehouses, each with some of every SKU in one of its bins."""
    from entrepot.catalog import actions as masters
    from entrepot.catalog.nouns import BIN, PRODUCT, WAREHOUSE
    from entrepot.ledger.actions import post_all
    from entrepot.ledger.document import Document
    from entrepot.ledger.document import Line as Moved
    from entrepot.ledger.opening import open_items, open_places
    from entrepot.people.models import Enterprise
    from entrepot.people.tenancy import within

    enterprise: UUID = Enterprise.objects.create().id
    countries = ("DE", "FR", "GB", "US", "JP")
    with within(enterprise):
        open_items(["EUR"], "money", 2)
        open_places(["supplier/A"])
        for first in range(0, SKUS, 10_000):
            masters.put(PRODUCT, [{"sku": sku(n), "name": sku(n)}
                                  for n in range(first, first + 10_000)])  # fmt: skip
        for number, country in enumerate(countries):
            masters.add(WAREHOUSE, {"code": f"W{number}", "name": f"W{number}", "kind": "overseas",
                                    "time_zone": "UTC", "country": country})  # fmt: skip
            masters.put(BIN, [{"warehouse": f"W{number}", "code": f"B{n:03}"} for n in range(BINS)])
    with within(enterprise):
        post_all([
            Document("opening", f"W{w}-{first}", DAY - timedelta(w), [
                Moved(sku(n), UNITS, "supplier/A", f"warehouse/W{w}/B{n % BINS:03}")
                for n in range(first, first + 10_000)
            ])
            for w in range(WAREHOUSES) for first in range(0, SKUS, 10_000)
        ])  # fmt: skip
    return enterprise


def sku(number: int) -> str:
    return f"SKU-{number:06}"


def write_file(path: Path, orders: int) -> int:
    """A file of so many orders of one to three lines; how many lines it has."""
    chance, lines = random.Random(7), 0
    countries = ("DE", "FR", "GB", "US", "JP", "PL")
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as file:
        file.write(HEADING)
        for number in range(orders):
            says = (
                f"shop{number % 3},{number:08},2026-03-01 {number % 24:02}:{number % 60:02},"
                f"{DAY + timedelta(chance.randrange(5))},{chance.choice(countries)},"
                f"{number % 100_000:05},EUR"
            )
            who = f'Ada {number},"Lange Straße {number % 300}, links",Köln,a{number}@b.example'
            for _ in range(1 + number % 3):
                one = chance.randrange(SKUS)
                file.write(f"{says},{sku(one)},{1 + number % 2},{9.9 + number % 90:.2f},{who}\n")
                lines += 1
    return lines


def _do(enterprise: UUID, path: Path) -> None:
    from entrepot.people.tenancy import within
    from entrepot.warehouse.intake import actions
    from entrepot.warehouse.models import OrderFile

    seconds, begun = {}, time.perf_counter()

    def took(name: str) -> None:
        nonlocal begun
        seconds[name] = time.perf_counter() - begun
        begun = time.perf_counter()

    with within(enterprise), path.open("rb") as file:
        id = actions.upload(path.name, file).id
    took("sent")
    with within(enterprise):
        actions.preview(id)
    took("looked at")
    with within(enterprise):
        actions.commit(id)
    took("taken over")
    more = True
    while more:
        with within(enterprise):
            more = actions.allocate_next(id)
    took("reserved for")
    with within(enterprise):
        found = OrderFile.objects.get(id=id)
        assert found.allocated == found.orders == found.preview["orders"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({  # noqa: T201
        "seconds": seconds, "megabytes": peak, "reserved": _reserved(enterprise),
    }))  # fmt: skip


def _reserved(enterprise: UUID) -> int:
    from django.db.models import Sum

    from entrepot.ledger.models import Balance
    from entrepot.people.tenancy import within

    with within(enterprise):
        found = Balance.objects.filter(reserved__gt=0).aggregate(units=Sum("reserved"))
    return int(found["units"] or 0)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.site.settings")
    django.setup()
    _do(UUID(sys.argv[1]), Path(sys.argv[2]))
