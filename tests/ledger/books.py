# SPDX-License-Identifier: Apache-2.0
"""Small live books for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from django.db import connections

from entrepot.ledger.actions import Posted, post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Balance, Item, Place
from entrepot.people.tenancy import within
from entrepot.site.configuration import configuration

DAY = date(2026, 3, 1)
SUPPLIER, HOME, VOYAGE, ABROAD, CUSTOMER = (
    "supplier/A", "home/stock", "voyage/V1", "warehouse/DUI1", "customer/amazon-de",
)  # fmt: skip
Result = TypeVar("Result")


def open_book(enterprise: UUID, *items: str) -> UUID:
    """Some items and the places of a voyage, in the book of an enterprise."""
    with within(enterprise):
        Item.objects.bulk_create(Item(code=code, kind="goods") for code in items or ("SKU-1",))
        Place.objects.bulk_create(
            Place(path=path, may_go_below=path in (SUPPLIER, CUSTOMER))
            for path in (SUPPLIER, HOME, VOYAGE, ABROAD, CUSTOMER)
        )
    return enterprise


def line(quantity: int, source: str, target: str, item: str = "SKU-1", lot: str = "") -> Line:
    return Line(item, quantity, source, target, lot)


def document(number: str, *lines: Line, kind: str = "purchase", note: str = "") -> Document:
    return Document(kind, number, DAY, lines or (line(5, SUPPLIER, HOME),), note)


def posted(enterprise: UUID, *given: Document) -> list[Posted]:
    """Post each document in a transaction of its own."""
    found = []
    for each in given:
        with within(enterprise):
            found.append(post(each))
    return found


def balances(enterprise: UUID) -> dict[tuple[str, str, str], int]:
    """What lies where; what is at zero is left out."""
    with within(enterprise):
        rows = Balance.objects.values_list("place", "item", "lot", "quantity")
        return {(place, item, lot): n for place, item, lot, n in rows if n}


def at_once(*work: Callable[[], Result]) -> list[Result | Exception]:
    """Do several things at once, each on a connection of its own; give back what came of each."""

    def alone(each: Callable[[], Result]) -> Result | Exception:
        try:
            return each()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as threads:
        return list(threads.map(alone, work))


@contextmanager
def intruder() -> Iterator[psycopg.Connection[Any]]:
    """Somebody with all rights, whom neither triggers nor references stop."""
    with psycopg.connect(configuration().owner) as owner:
        owner.execute("SET session_replication_role = replica")
        yield owner
