# SPDX-License-Identifier: Apache-2.0
"""A desk to measure on, durable as in earnest, and a book of as many movements as asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from entrepot.ledger.document import Document, Line

SKUS, WAREHOUSES = 100_000, 20
DAY = date(2026, 1, 1)
LINES = 5
#: Documents posted in one call while a book is made.
TOGETHER = 4000


@contextmanager
def desk(folder: Path) -> Iterator[None]:
    """The desk over a database in `folder`; models can be imported inside."""
    from entrepot.site.starting import desk as started

    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    os.environ["ENTREPOT_HOME"] = str(folder)
    with started():
        yield


def owner() -> psycopg.Connection[Any]:
    """A connection past every wall, for the raw floor."""
    from entrepot.site.configuration import configuration

    return psycopg.connect(configuration().owner)


def sku(number: int) -> str:
    return f"SKU-{number:06}"


def warehouse(number: int) -> str:
    return f"warehouse/W{number:02}"


def open_book(skus: int = SKUS) -> UUID:
    """An enterprise with its items and places."""
    from entrepot.ledger.opening import open_items, open_places
    from entrepot.people.models import Enterprise
    from entrepot.people.tenancy import within

    enterprise: UUID = Enterprise.objects.create().id
    with within(enterprise):
        open_items(sku(number) for number in range(skus))
        open_places(warehouse(number) for number in range(WAREHOUSES))
        open_places(["supplier/A", "customer/C"])
    return enterprise


def receipt(number: int, lines: int = LINES, skus: int = SKUS, kind: str = "receipt") -> Document:
    """A document of `lines` movements from the supplier, each of another SKU."""
    said = [
        Line(
            sku((number * 7919 + line * 104_729) % skus),
            1 + line % 9,
            "supplier/A",
            warehouse((number + line) % WAREHOUSES),
            f"L{number % 5000:05}" if line == 0 else "",
        )
        for line in range(lines)
    ]
    return Document(kind, f"R-{number:09}", DAY + timedelta(number % 300), said)


def make_book(movements: int) -> UUID:
    """The book of so many movements, made where it is not there yet; the first of the desk."""
    from entrepot.ledger.actions import post_all
    from entrepot.ledger.models import Document as Kept
    from entrepot.people.models import Enterprise
    from entrepot.people.tenancy import within

    first = Enterprise.objects.order_by("id").first()
    enterprise = first.id if first else open_book()
    with within(enterprise):
        there = Kept.objects.filter(kind="receipt").count()
    for start in range(there, movements // LINES, TOGETHER):
        end = min(start + TOGETHER, movements // LINES)
        with within(enterprise):
            post_all([receipt(number) for number in range(start, end)])
    with owner() as connection:
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE)")
    return enterprise
