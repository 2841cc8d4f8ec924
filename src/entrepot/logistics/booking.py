# SPDX-License-Identifier: Apache-2.0
"""Book what arrives: from the voyage, or from nowhere known, into the gate of a warehouse.

Each scan is one document of kind `receipt` under its own number; what a line of the consignment
announced comes from the voyage, everything else from `unknown/<consignment>`. A lot that was read
for units announced without one passes through there too, since nothing changes its lot on the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.ledger.actions import Posted, post_all
from entrepot.ledger.document import Document, Line
from entrepot.ledger.opening import open_places
from entrepot.ledger.places import DAMAGED as DAMAGED_AREA
from entrepot.ledger.places import RECEIVING
from entrepot.logistics.filling import Announced, Filling, Piece
from entrepot.logistics.models import ARRIVED, DAMAGED, DISPATCHED
from entrepot.people.tenancy import acting

#: The kind of document in the book with which goods are taken in.
KIND: Final = "receipt"

#: Of each consignment and SKU: its open lines in their order, then its last line with a
#: declaration, or else its last.
_LINES: Final = """
    SELECT k.consignment, k.sku, l.line_no, l.lot, l.open, l.declaration_no, l.item_no, l.is_last
    FROM unnest(%(consignments)s::uuid[], %(skus)s::text[]) AS k (consignment, sku)
    CROSS JOIN LATERAL (
        (SELECT line_no, lot, open, declaration_no, item_no, false AS is_last
        FROM logistics_consignmentline
        WHERE enterprise_id = %(enterprise)s AND consignment_id = k.consignment AND sku = k.sku
            AND open > 0
        ORDER BY line_no)
        UNION ALL
        (SELECT line_no, lot, 0, declaration_no, item_no, true
        FROM logistics_consignmentline
        WHERE enterprise_id = %(enterprise)s AND consignment_id = k.consignment AND sku = k.sku
        ORDER BY declaration_no IS NULL, line_no DESC
        LIMIT 1)
    ) AS l
    ORDER BY k.consignment, k.sku, l.is_last, l.line_no
"""
_FINISH: Final = """
    WITH scans AS (
        UPDATE logistics_scan AS s SET state = 'received', sku = w.sku, units = w.units,
            outcome = w.outcome, over = w.over, document_id = w.document
        FROM unnest(%(scans)s::uuid[], %(scan_skus)s::text[], %(units)s::bigint[],
            %(outcomes)s::text[], %(overs)s::bigint[], %(scan_documents)s::uuid[])
            AS w (id, sku, units, outcome, over, document)
        WHERE s.enterprise_id = %(enterprise)s AND s.id = w.id
    ),
    rows AS (
        INSERT INTO logistics_receiptline (enterprise_id, receipt_no, line_no, scan_id, received_on,
            warehouse, declaration_no, item_no, sku, lot, quantity, condition, is_over,
            consignment_id, consignment_line, document_id)
        SELECT %(enterprise)s, r.*
        FROM unnest(%(receipt_nos)s::text[], %(line_nos)s::int[], %(of)s::uuid[], %(days)s::date[],
            %(warehouses)s::text[], %(declaration_nos)s::text[], %(item_nos)s::int[],
            %(skus)s::text[], %(lots)s::text[], %(quantities)s::bigint[], %(conditions)s::text[],
            %(is_over)s::bool[], %(consignments)s::uuid[], %(consignment_lines)s::int[],
            %(documents)s::uuid[]) AS r (receipt_no)
    ),
    lines AS (
        UPDATE logistics_consignmentline AS l
        SET received = l.received + c.received, damaged = l.damaged + c.damaged
        FROM unnest(%(counted)s::uuid[], %(counted_lines)s::int[], %(received)s::bigint[],
            %(damaged)s::bigint[]) AS c (consignment, line_no, received, damaged)
        WHERE l.enterprise_id = %(enterprise)s AND l.consignment_id = c.consignment
            AND l.line_no = c.line_no
    )
    UPDATE logistics_consignment AS c SET state = 'arrived'
    WHERE c.enterprise_id = %(enterprise)s AND c.id = ANY(%(arrived)s) AND c.state = 'dispatched'
"""


@dataclass(frozen=True, slots=True)
class Gate:
    """Where goods come in: a warehouse, for a consignment or for what nobody announced."""

    place: str
    zone: str
    consignment: UUID | None = None
    number: str = ""
    state: str = DISPATCHED

    @property
    def warehouse(self) -> str:
        """The code of the warehouse."""
        return self.place.partition("/")[2]

    @property
    def is_open(self) -> bool:
        """Whether anything can come in: a consignment has to be on its way."""
        return self.state in (DISPATCHED, ARRIVED)

    @property
    def unknown(self) -> str:
        """Where what nobody announced comes from."""
        return f"unknown/{self.number or f'blind/{self.warehouse}'}"


@dataclass(slots=True)
class Work:
    """A scan to book; what becomes of it is filled in."""

    id: UUID
    number: str
    gate: Gate
    sku: str
    quantity: int
    lot: str
    condition: str
    day: date
    pieces: Sequence[Piece] = ()
    outcome: str = ""
    over: int = 0
    document: UUID | None = None


@dataclass(slots=True)
class _Rows:
    """What is written about booked scans, column by column."""

    receipts: list[tuple[Any, ...]] = field(default_factory=list)
    received: Counter[tuple[UUID, int]] = field(default_factory=Counter)
    damaged: Counter[tuple[UUID, int]] = field(default_factory=Counter)


def fill(cursor: Cursor[Any], works: Sequence[Work]) -> None:
    """Find the lines that scans belong to; their consignments are locked."""
    wanted = sorted({(w.gate.consignment, w.sku) for w in works if w.gate.consignment})
    filling = Filling()
    if wanted:
        given = {
            "enterprise": acting().enterprise,
            "consignments": [consignment for consignment, _ in wanted],
            "skus": [sku for _, sku in wanted],
        }
        for consignment, sku, *line, is_last in cursor.execute(_LINES, given):
            filling.announce(consignment, sku, Announced(*line), is_last=is_last)
    for work in works:
        at = work.gate.consignment
        if at is None:
            work.outcome = "blind"
            work.pieces = [Piece(work.sku, work.quantity, work.lot, None, is_over=False)]
            continue
        work.pieces = filling.take(at, work.sku, work.quantity, work.lot)
        work.over = sum(piece.quantity for piece in work.pieces if piece.is_over)
        is_expected = filling.is_expected(at, work.sku)
        work.outcome = "not_expected" if not is_expected else "over" if work.over else "expected"


def book(cursor: Cursor[Any], works: Sequence[Work]) -> None:
    """Book scans, and write down what was received and what of the lines it fills."""
    if not works:
        return
    if blind := {work.gate.unknown for work in works if work.gate.consignment is None}:
        open_places(blind)
    posted = post_all(
        [Document(KIND, work.number, work.day, [*_movements(work)]) for work in works]
    )
    rows = _Rows()
    for work, its in zip(works, posted, strict=True):
        work.document = its.id
        _write(rows, work, its)
    cursor.execute(_FINISH, _given(works, rows))


def _movements(work: Work) -> Iterator[Line]:
    gate = work.gate
    area = DAMAGED_AREA if work.condition == DAMAGED else RECEIVING
    target, voyage = f"{gate.place}/{area}", f"voyage/{gate.number}"
    for piece in work.pieces:
        is_announced = gate.consignment is not None and not piece.is_over
        if is_announced and piece.line and piece.lot == piece.line.lot:
            yield Line(piece.sku, piece.quantity, voyage, target, piece.lot)
            continue
        if is_announced and piece.line:
            yield Line(piece.sku, piece.quantity, voyage, gate.unknown, piece.line.lot)
        yield Line(piece.sku, piece.quantity, gate.unknown, target, piece.lot)


def _write(rows: _Rows, work: Work, posted: Posted) -> None:
    gate, number = work.gate, 0
    for piece in work.pieces:
        line = piece.line
        number += 1
        if line and not piece.is_over and piece.lot != line.lot:
            number += 1  # the movement before it took the lot off
        filled = line.line_no if line and not piece.is_over else None
        rows.receipts.append((
            work.number, number, work.id, work.day, gate.warehouse,
            line.declaration_no if line else None, line.item_no if line else None, piece.sku,
            piece.lot, piece.quantity, work.condition, piece.is_over, gate.consignment, filled,
            posted.id,
        ))  # fmt: skip
        if gate.consignment and filled is not None:
            rows.received[gate.consignment, filled] += piece.quantity
            if work.condition == DAMAGED:
                rows.damaged[gate.consignment, filled] += piece.quantity


def _given(works: Sequence[Work], rows: _Rows) -> dict[str, Any]:
    names = (
        "receipt_nos", "line_nos", "of", "days", "warehouses", "declaration_nos", "item_nos",
        "skus", "lots", "quantities", "conditions", "is_over", "consignments",
        "consignment_lines", "documents",
    )  # fmt: skip
    counted = list(rows.received)
    return {
        "enterprise": acting().enterprise,
        "scans": [work.id for work in works],
        "scan_skus": [work.sku for work in works],
        "units": [sum(piece.quantity for piece in work.pieces) for work in works],
        "outcomes": [work.outcome for work in works],
        "overs": [work.over for work in works],
        "scan_documents": [work.document for work in works],
        "counted": [consignment for consignment, _ in counted],
        "counted_lines": [line_no for _, line_no in counted],
        "received": [rows.received[key] for key in counted],
        "damaged": [rows.damaged[key] for key in counted],
        "arrived": sorted({w.gate.consignment for w in works if w.gate.consignment}),
        **dict(zip(names, map(list, zip(*rows.receipts, strict=True)), strict=True)),
    }
