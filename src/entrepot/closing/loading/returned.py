# SPDX-License-Identifier: Apache-2.0
"""Returns of a season: received against what was shipped, and decided on the day they came.

The documents of the book are dated on the day on which a return counts, after its sale; the return
itself keeps the day that the season says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from entrepot.closing.loading.arriving import numbered
from entrepot.closing.loading.leaving import counted_on
from entrepot.closing.loading.masters import Masters
from entrepot.closing.loading.reading import Row
from entrepot.closing.loading.shipped import Key, moment
from entrepot.ledger.document import Document, Line
from entrepot.ledger.places import RETURNS
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.models import Return
from entrepot.warehouse.models.returns import RESTOCK, SCRAP, SEND_HOME
from entrepot.warehouse.numbering import take_numbers
from entrepot.warehouse.returns.outcomes import VOYAGE

_OUTCOMES: Final = {"restocked": RESTOCK, "scrapped": SCRAP, "sent_home": SEND_HOME}
#: Longer numbers of returns are kept as those under which they were announced.
LONGEST: Final = 20
_AT_ONCE: Final = 5_000

_LINES: Final = """
    INSERT INTO warehouse_returnedline (enterprise_id, id, back_id, shipped_document, shipped_line,
        channel, warehouse, sku, lot, quantity, returned_on, grade, outcome, decided_on, place,
        received_id, decided_id, received_by, decided_by)
    SELECT %(enterprise)s, l.id, l.back, l.document, l.line, l.channel, l.warehouse, l.sku, '',
        l.quantity, l."on", '', l.outcome, l."on", l.place, l.received, l.decided, %(by)s::text,
        %(by)s::text
    FROM unnest(%(ids)s::uuid[], %(backs)s::uuid[], %(documents)s::uuid[], %(lines)s::int[],
        %(channels)s::text[], %(warehouses)s::text[], %(skus)s::text[], %(quantities)s::int[],
        %(days)s::date[], %(outcomes)s::text[], %(places)s::text[], %(received)s::uuid[],
        %(decided)s::uuid[])
        AS l (id, back, document, line, channel, warehouse, sku, quantity, "on", outcome, place,
            received, decided)
"""
_COUNT: Final = """
    UPDATE warehouse_shippedline AS s SET returned = r.quantity
    FROM (SELECT shipped_document, shipped_line, sum(quantity)::int AS quantity
        FROM warehouse_returnedline
        WHERE enterprise_id = %(enterprise)s AND shipped_document IS NOT NULL GROUP BY 1, 2) AS r
    WHERE s.enterprise_id = %(enterprise)s AND s.document_id = r.shipped_document
        AND s.line = r.shipped_line
"""


@dataclass(slots=True)
class Back:
    """Lines of a return that came to one warehouse on one day, and their documents."""

    name: str
    number: str
    on: date
    warehouse: str
    rows: list[tuple[Row, str]] = field(default_factory=list)  # with the SKU that was sold
    received: UUID | None = None
    decided: dict[str, UUID] = field(default_factory=dict)


def take_returns(returns: Sequence[Row], sold: Mapping[Key, Row]) -> list[Back]:
    """The season's returns, each as what came to one warehouse on one day."""
    found: dict[tuple[str, date, str], Back] = {}
    times: dict[str, int] = {}
    for row in sorted(returns, key=lambda row: (row["return_no"], row["line_no"])):
        sale = sold[row["channel"], row["order_no"], row["order_line_no"]]
        key = row["return_no"], counted_on(row, sale["shipped_on"]), row["warehouse"]
        if key not in found:
            times[key[0]] = times.get(key[0], 0) + 1
            found[key] = Back(key[0], numbered(key[0], times[key[0]]), key[1], key[2])
        found[key].rows.append((row, sale["sku"]))
    return list(found.values())


def documents_of(back: Back, masters: Masters) -> list[Document]:
    """The document with which it came, then one for each outcome."""
    gate = f"warehouse/{back.warehouse}/{RETURNS}"
    came = [
        Line(sku, row["quantity"], f"customer/{row['channel']}", gate) for row, sku in back.rows
    ]
    documents = [Document("return", back.number, back.on, came)]
    for word, outcome in _OUTCOMES.items():
        lines = [
            Line(sku, row["quantity"], gate, place_of(back, sku, outcome, masters))
            for row, sku in back.rows
            if row["outcome"] == word
        ]
        if lines:
            documents.append(Document(outcome, back.number, back.on, lines))
    return documents


def place_of(back: Back, sku: str, outcome: str, masters: Masters) -> str:
    """Where units go."""
    if outcome == RESTOCK:
        return masters.shelf_of(back.warehouse, sku)
    return f"scrapped/{back.warehouse}" if outcome == SCRAP else VOYAGE + back.name


def write(
    backs: Sequence[Back], shipped: Mapping[Key, tuple[UUID, int, UUID]], masters: Masters
) -> None:
    """Write down what came back, once all of it is posted."""
    ids = _returns(backs, shipped)
    rows = [
        (row["return_no"], row["line_no"], back, row, sku)
        for back in backs
        for row, sku in back.rows
    ]
    # A close lists the lines of a return in the order of their ids.
    rows.sort(key=lambda each: each[:2])
    with raw_cursor() as cursor:
        for at in range(0, len(rows), _AT_ONCE):
            part = [
                _line(ids[name], back, row, sku, shipped, masters)
                for name, _, back, row, sku in rows[at : at + _AT_ONCE]
            ]
            cursor.execute(_LINES, _given(part), prepare=False)
        cursor.execute(_COUNT, {"enterprise": acting().enterprise})


def _returns(
    backs: Sequence[Back], shipped: Mapping[Key, tuple[UUID, int, UUID]]
) -> dict[str, UUID]:
    """The returns themselves, by the season's numbers."""
    of: dict[str, list[Back]] = {}
    for back in backs:
        of.setdefault(back.name, []).append(back)
    long = [name for name in of if len(name) > LONGEST]
    with raw_cursor() as cursor:
        numbers = take_numbers(cursor, "return", len(long)) if long else range(0)
    own = {name: f"R{number:06}" for name, number in zip(long, numbers, strict=True)}
    made = []
    for name, its in of.items():
        orders = {
            shipped[row["channel"], row["order_no"], row["order_line_no"]][2]
            for back in its
            for row, _ in back.rows
        }
        made.append(Return(
            id=new_id(), number=own.get(name, name), rma=name if name in own else "",
            order_id=next(iter(orders)) if len(orders) == 1 else None,
            warehouse=f"warehouse/{its[0].warehouse}", created_at=moment(its[0].on),
            created_by=acting().actor, received_at=moment(its[0].on),
        ))  # fmt: skip
    Return.objects.bulk_create(made, batch_size=2_000)
    return {name: each.id for name, each in zip(of, made, strict=True)}


def _line(
    id: UUID,
    back: Back,
    row: Row,
    sku: str,
    shipped: Mapping[Key, tuple[UUID, int, UUID]],
    masters: Masters,
) -> tuple[Any, ...]:
    document, line, _ = shipped[row["channel"], row["order_no"], row["order_line_no"]]
    outcome = _OUTCOMES[row["outcome"]]
    return (
        new_id(), id, document, line, row["channel"], f"warehouse/{back.warehouse}", sku,
        row["quantity"], row["returned_on"], outcome, place_of(back, sku, outcome, masters),
        back.received, back.decided[outcome],
    )  # fmt: skip


def _given(lines: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
    names = (
        "ids", "backs", "documents", "lines", "channels", "warehouses", "skus", "quantities",
        "days", "outcomes", "places", "received", "decided",
    )  # fmt: skip
    return {
        "enterprise": acting().enterprise,
        "by": acting().actor,
        **dict(zip(names, map(list, zip(*lines, strict=True)), strict=True)),
    }
