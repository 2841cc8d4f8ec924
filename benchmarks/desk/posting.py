# SPDX-License-Identifier: Apache-2.0
"""Posting beside the raw floor: the same rows through psycopg, with as many commits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from benchmarks.desk import book
from benchmarks.measure import Line, in_turns
from entrepot.ledger.actions import post, post_all
from entrepot.ledger.document import Document, hashes
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id

ALONE, BULK, LARGE = 500, 10_000, 50_000
#: Of a firm of some size; with 20 warehouses, a hundred thousand rows say what lies where.
SKUS = 5_000
#: Least movements a second in bulk, least share of the raw floor alone, most seconds of one large.
BULK_RATE, ALONE_SHARE, LARGE_SECONDS = 50_000, 0.5, 10.0

_DOCUMENTS = """
    INSERT INTO ledger_document (enterprise_id, id, kind, number, "on", lines, note, hash,
        posted_at, posted_by)
    SELECT %s, * , now(), 'raw' FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::date[],
        %s::int[], %s::text[], %s::bytea[])
"""
_MOVEMENTS = """
    INSERT INTO ledger_movement (enterprise_id, document_id, line, "on", item, lot, quantity,
        from_place, to_place, hash)
    SELECT %s, * FROM unnest(%s::uuid[], %s::int[], %s::date[], %s::text[], %s::text[],
        %s::bigint[], %s::text[], %s::text[], %s::bytea[])
"""
_BALANCES = """
    INSERT INTO ledger_balance AS b
        (enterprise_id, place, item, lot, quantity, change, times, since, may_go_below)
    SELECT %s, place, item, lot, sum(quantity), sum(quantity), 1, min("on"), may_go_below
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bool[], %s::date[])
        AS d (place, item, lot, quantity, may_go_below, "on")
    GROUP BY place, item, lot, may_go_below
    ON CONFLICT (enterprise_id, place, item, lot)
        DO UPDATE SET quantity = b.quantity + EXCLUDED.quantity
"""
_UNSEALED = "INSERT INTO ledger_unsealed (enterprise_id, document_id) SELECT %s, unnest(%s::uuid[])"


def measure() -> Iterator[Line]:
    """Bulk, alone, and one large document."""
    numbers = itertools.count(int(datetime.now(UTC).timestamp()) % 10**8 * 10)
    enterprise = book.open_book(SKUS)

    def fresh(count: int, lines: int = book.LINES, kind: str = "fresh") -> list[Document]:
        return [book.receipt(next(numbers), lines, SKUS, kind) for _ in range(count)]

    # Most of what lies where has a row already, as in a book that is in use.
    with within(enterprise):
        post_all(fresh(40_000))
    yield from _alone(enterprise, fresh(3 * ALONE), fresh(3 * ALONE, kind="raw"))
    yield from _bulk(enterprise, [fresh(BULK) for _ in range(3)], fresh(3 * BULK, kind="raw"))
    small, large = fresh(3, LARGE // 5), fresh(3, LARGE)
    taken = in_turns(
        {
            "small": lambda: _post(enterprise, [small.pop()]),
            "large": lambda: _post(enterprise, [large.pop()]),
        },
        3,
    )
    yield Line(f"a document of {LARGE:,} lines", taken["large"], 0, LARGE_SECONDS)
    # Linear: five times the lines in at most five times the time, and a little.
    yield Line("  five times the lines", taken["large"], taken["small"], 6.0)


def _post(enterprise: UUID, documents: Sequence[Document]) -> None:
    with within(enterprise):
        post_all(documents)


def _alone(enterprise: UUID, ours: list[Document], theirs: list[Document]) -> Iterator[Line]:
    with book.owner() as connection:

        def post_ours() -> None:
            for _ in range(ALONE):
                with within(enterprise):
                    post(ours.pop())

        def post_raw() -> None:
            for _ in range(ALONE):
                raw(connection, enterprise, [theirs.pop()])

        taken = in_turns({"raw": post_raw, "ours": post_ours}, 3)
    each = f"{ALONE / taken['ours']:,.0f} a second, raw {ALONE / taken['raw']:,.0f}"
    yield Line(
        "a document of 5 movements, alone", taken["ours"], taken["raw"], 1 / ALONE_SHARE, each
    )


def _bulk(enterprise: UUID, ours: list[list[Document]], theirs: list[Document]) -> Iterator[Line]:
    with book.owner() as connection:

        def post_raw() -> None:
            raw(connection, enterprise, [theirs.pop() for _ in range(BULK)])

        taken = in_turns({"raw": post_raw, "ours": lambda: _post(enterprise, ours.pop())}, 3)
    movements = BULK * book.LINES
    rate = (
        f"{movements / taken['ours']:,.0f} movements a second, raw {movements / taken['raw']:,.0f}"
    )
    yield Line(f"{movements:,} movements in bulk", taken["ours"], 0, movements / BULK_RATE, rate)


def raw(connection: Any, enterprise: UUID, documents: Sequence[Document]) -> None:
    """The same rows, as few statements as they take, one commit."""
    ids = [new_id() for _ in documents]
    hashed = [hashes(enterprise, each) for each in documents]
    rows = [
        (id, number, each.on, line.item, line.lot, line.quantity, line.from_place, line.to_place, h)
        for id, each, (_, of_lines) in zip(ids, documents, hashed, strict=True)
        for number, (line, h) in enumerate(zip(each.lines, of_lines, strict=True), 1)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    sides = [
        side
        for row in rows
        for side in (
            (row[6], row[3], row[4], -row[5], row[6] == "supplier/A", row[2]),
            (row[7], row[3], row[4], row[5], False, row[2]),
        )
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _DOCUMENTS,
            [
                enterprise, ids, [each.kind for each in documents],
                [each.number for each in documents], [each.on for each in documents],
                [len(each.lines) for each in documents], [each.note for each in documents],
                [own for own, _ in hashed],
            ],
        )  # fmt: skip
        cursor.execute(
            _BALANCES, [enterprise, *(list(c) for c in zip(*sorted(sides), strict=True))]
        )
        cursor.execute(_MOVEMENTS, [enterprise, *columns])
        cursor.execute(_UNSEALED, [enterprise, ids])
    connection.commit()
