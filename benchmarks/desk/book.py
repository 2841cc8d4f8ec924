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


#: The rows of `receipt`, made in the database: a list does not care who wrote its rows. `hash` is
#: not that of the content, so this book would not pass an audit.
_FILL = (
    """
    INSERT INTO ledger_document (enterprise_id, id, kind, number, "on", lines, note, hash,
        posted_at, posted_by)
    SELECT %(enterprise)s, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        'receipt', 'R-' || lpad(n::text, 9, '0'), %(day)s + (n %% 300)::int, %(lines)s, '',
        sha256(n::text::bytea), %(day)s, 'system'
    FROM generate_series(0, %(documents)s - 1) AS n
    """,
    """
    INSERT INTO ledger_movement (enterprise_id, document_id, line, "on", item, lot, quantity,
        from_place, to_place, hash)
    SELECT %(enterprise)s, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
        line + 1, %(day)s + (n %% 300)::int,
        'SKU-' || lpad(((n * 7919 + line * 104729) %% %(skus)s)::text, 6, '0'),
        CASE line WHEN 0 THEN 'L' || lpad((n %% 5000)::text, 5, '0') ELSE '' END,
        1 + line %% 9, 'supplier/A',
        'warehouse/W' || lpad(((n + line) %% %(warehouses)s)::text, 2, '0'),
        sha256(n::text::bytea)
    FROM generate_series(0::bigint, %(documents)s - 1) AS n,
        generate_series(0::bigint, %(lines)s - 1) AS line
    """,
    """
    INSERT INTO ledger_balance (enterprise_id, place, item, lot, quantity, change, times,
        since, may_go_below)
    SELECT enterprise_id, place, item, lot, sum(quantity), 0, count(*), min("on"),
        place = 'supplier/A'
    FROM (
        SELECT enterprise_id, to_place AS place, item, lot, quantity, "on" FROM ledger_movement
        UNION ALL
        SELECT enterprise_id, from_place, item, lot, -quantity, "on" FROM ledger_movement
    ) AS sides
    GROUP BY enterprise_id, place, item, lot
    """,
)


def make_book(movements: int) -> UUID:
    """The book of so many movements, made where it is not there yet; the first of the desk."""
    from entrepot.people.models import Enterprise

    first = Enterprise.objects.order_by("id").first()
    if first is not None:
        return UUID(str(first.id))
    enterprise = open_book()
    given = {
        "enterprise": enterprise,
        "day": DAY,
        "lines": LINES,
        "documents": movements // LINES,
        "skus": SKUS,
        "warehouses": WAREHOUSES,
    }
    with owner() as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in _FILL:
            connection.execute(statement, given)
    with owner() as connection:
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE)")
    return enterprise
