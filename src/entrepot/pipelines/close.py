# SPDX-License-Identifier: Apache-2.0
"""The close: from a season's tables to a traced, refundable, proven book. Read it from the top."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.engine.coded import Texts, put_back
from entrepot.engine.schema import Table
from entrepot.engine.write import Written, write_table
from entrepot.ledger import assemble, proofs
from entrepot.ledger.numbers import BASES, FATES
from entrepot.ledger.tables import BOOK, EXCEPTIONS, STOCK, TRACE
from entrepot.pipelines import misfits
from entrepot.pipelines.booking import Book, book_rows, keep_book
from entrepot.pipelines.documents import Documents, number_documents
from entrepot.pipelines.refunding import Position, work_out_refunds
from entrepot.pipelines.tracing import Traced, trace_units
from entrepot.taxrefund.tables import ADVANCES, FILING_EXPORTS, FILING_PURCHASES, REFUNDS

OUTPUTS = (TRACE, STOCK, REFUNDS, ADVANCES, FILING_EXPORTS, FILING_PURCHASES, BOOK, EXCEPTIONS)

#: Told before each stage, for a progress display: what comes next, in words.
Tell = Callable[[str], None]


@dataclass(slots=True)
class Closed:
    """A close that holds: its documents, what was worked out, and what was written."""

    documents: Documents
    traced: Traced
    position: Position
    book: Book
    written: dict[str, Written] = field(default_factory=dict)


def close_books(
    engine: Engine,
    tables: Mapping[str, Frame],
    as_of: date,
    folder: Path,
    file_format: str,
    tell: Tell,
) -> Closed:
    """Close a checked season and write every output into `folder`.

    Args:
        tables: the season's typed tables (`opening.open_season`).
        as_of: rows after this day are left out.

    Raises:
        ProofFailed: something does not add up; nothing may be used.
    """
    tell("Numbering documents")
    documents = number_documents(engine, tables, as_of)
    tell("Tracing units")
    traced = trace_units(engine, documents)
    tell("Working out refunds")
    position = work_out_refunds(engine, documents, traced.trace, tables["refund_rates"])
    tell("Keeping the book")
    book = keep_book(engine, documents, traced)
    tell("Proving the close")
    prove(engine, documents, traced, position, book)
    closed = Closed(documents, traced, position, book)
    coded = coded_columns(engine, closed)
    for table, frames, order in outputs(closed):
        tell(f"Writing {table.name}")
        rows = put_back(stream_all(engine, frames, order), coded.get(table.name, {}))
        closed.written[table.name] = write_table(table, rows, folder, file_format)
    return closed


def prove(
    engine: Engine, documents: Documents, traced: Traced, position: Position, book: Book
) -> None:
    """Run every proof; a broken one stops the close and shows the rows that break it."""
    trace = traced.trace
    all_proofs = {
        "per SKU the sum over all places is 0": proofs.sums_to_zero(book.balances),
        "stock = receipts - outflows": proofs.stock_is_what_is_left(book.balances, trace),
        "voyages hold what is in transit": proofs.transit_is_what_is_under_way(
            book.balances, trace
        ),
        "the trace sums to the declarations": proofs.trace_sums_to_declarations(
            position.fates, documents.declared
        ),
        "amounts sum to the invoices": proofs.amounts_sum_to_invoices(
            position.fates, documents.bought
        ),
    }
    for statement, frame in all_proofs.items():
        broken = engine.rows(frame.head(20))
        if broken:
            raise proofs.ProofFailed(
                f"Cannot close: it does not hold that {statement}.",
                "Broken by: " + "; ".join(str(row) for row in broken),
                "This is a mistake of the program. Keep the season and report it.",
                rows=broken,
            )


def outputs(closed: Closed) -> Iterator[tuple[Table, list[Frame], list[str]]]:
    """Every table to write: its frames one after another, and the order within each."""
    d, position = closed.documents, closed.position
    trace = closed.traced.trace
    yield (
        TRACE,
        [assemble.trace_rows(trace, d.declared, d.bought, d.sold)],
        ["first", "second"],
    )
    yield STOCK, [assemble.stock_rows(trace, d.declared, d.skus, d.warehouses)], STOCK.key
    yield REFUNDS, [position.refunds], REFUNDS.key
    yield ADVANCES, [position.advances], ADVANCES.key
    yield FILING_EXPORTS, [position.filing_exports], ["association"]
    yield FILING_PURCHASES, [position.filing_purchases], ["association", "row"]
    yield BOOK, book_rows(closed.book), ["number", "part"]
    yield EXCEPTIONS, [all_misfits(closed)], ["code", "table", "key", "day"]


def coded_columns(engine: Engine, closed: Closed) -> dict[str, dict[str, Texts]]:
    """The texts behind the numbers that large tables are sorted with."""
    d = closed.documents

    def texts(frame: Frame, number: str, text: str) -> Texts:
        rows = engine.collect(frame.select(number, text), [number])
        return Texts(*(rows.column(name).combine_chunks() for name in (number, text)))

    def words(known: tuple[str, ...]) -> Texts:
        return Texts(pa.array(range(len(known)), pa.int64()), pa.array(known))

    skus = texts(d.skus, "sku_no", "sku")
    places = texts(closed.book.few_places, "place_no", "path")
    return {
        TRACE.name: {
            "basis": words(BASES),
            "warehouse": texts(d.warehouses, "warehouse_no", "warehouse"),
            "sku": skus,
            "fate": words(FATES),
            "channel": texts(d.channels, "channel_no", "channel"),
        },
        BOOK.name: {"item": skus, "from_place": places, "to_place": places},
    }


def all_misfits(closed: Closed) -> Frame:
    """Everything that did not fit, together."""
    d, position = closed.documents, closed.position
    uncovered = (
        position.fates.filter(nw.col("pline").is_null())
        .group_by("dline")
        .agg(uncovered=nw.col("quantity").sum().cast(nw.Int64))
    )
    return nw.concat(
        [
            *misfits.stock_misfits(d, closed.traced),
            *misfits.receipt_misfits(d, closed.traced),
            *misfits.return_misfits(d),
            *misfits.refund_misfits(position.rated, uncovered, position.weighed, position.advances),
        ]
    )


def stream_all(engine: Engine, frames: list[Frame], order: list[str]) -> Iterator[pa.RecordBatch]:
    """The rows of several frames, one after another, each in order."""
    for frame in frames:
        yield from engine.stream(frame, order)


def no_tell(stage: str) -> Any:
    """Tell nobody."""
