# SPDX-License-Identifier: Apache-2.0
"""The close: from a season's tables to a traced, refundable, proven book. Read it from the top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.engine.write import Written
from entrepot.ledger import proofs
from entrepot.pipelines import misfits
from entrepot.pipelines.booking import Book, keep_book
from entrepot.pipelines.documents import Documents, number_documents
from entrepot.pipelines.finance import Finance, money_outputs, money_proofs, work_out_finance
from entrepot.pipelines.producing import VatPosition, without_trading, work_out_periods
from entrepot.pipelines.refunding import Position, work_out_refunds
from entrepot.pipelines.tracing import Traced, trace_units
from entrepot.pipelines.writing import outputs, vat_outputs
from entrepot.taxrefund.producing.tables import VAT_PERIODS

#: Told before each stage, for a progress display: what comes next, in words.
Tell = Callable[[str], None]


@dataclass(slots=True)
class Closed:
    """A close that holds: its documents, what was worked out, and what was written.

    `exceptions`: one row per fact about goods that did not fit, kept by the engine
    (`misfits.misfit`); `finance` has those about money. `vat`: what a producing firm files; None of
    a trading firm.
    """

    documents: Documents
    traced: Traced
    position: Position
    book: Book
    finance: Finance
    exceptions: Frame
    vat: VatPosition | None = None
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
        tables: the season's typed tables (`opening.open_season`); those of a producing firm where
            the season is one's.
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
    vat = None
    if VAT_PERIODS.name in tables:
        tell("Working out VAT periods")
        vat = work_out_periods(engine, documents, position, tables)
        position = without_trading(position, vat.advances)
    tell("Keeping the book")
    book = keep_book(engine, documents, traced)
    tell("Keeping the book of money")
    finance = work_out_finance(engine, tables, documents, traced, position, vat)
    tell("Proving the close")
    prove(engine, documents, traced, position, book, finance)
    tell("Looking up texts")
    exceptions = engine.keep(all_misfits(documents, traced, position, vat), "exceptions")
    closed = Closed(documents, traced, position, book, finance, exceptions, vat)
    writer = engine.writer(folder, file_format)
    written = outputs(documents, traced.trace, position, book, exceptions)
    of_vat = () if vat is None else vat_outputs(vat)
    for table, parts in chain(written, money_outputs(finance), of_vat):
        tell(f"Writing {table.name}")
        closed.written[table.name] = writer.write(table, parts)
    return closed


def prove(
    engine: Engine,
    documents: Documents,
    traced: Traced,
    position: Position,
    book: Book,
    finance: Finance,
) -> None:
    """Run every proof; a broken one stops the close and shows the rows that break it."""
    trace = traced.trace
    all_proofs = {
        "every movement has two places": proofs.moves_between_places(book.moved),
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
    } | money_proofs(finance, documents)
    if documents.transferred is not None:
        all_proofs["transfers hold what is in transit between warehouses"] = (
            proofs.transfers_are_under_way(book.balances, trace, documents.transferred)
        )
    for statement, frame in all_proofs.items():
        broken = engine.rows(frame.head(20))
        if broken:
            raise proofs.ProofFailed(
                f"Cannot close: it does not hold that {statement}.",
                "Broken by: " + "; ".join(str(row) for row in broken),
                "This is a mistake of the program. Keep the season and report it.",
                rows=broken,
            )


def all_misfits(
    documents: Documents, traced: Traced, position: Position, vat: VatPosition | None
) -> Frame:
    """Everything that did not fit, together."""
    d = documents
    uncovered = (
        position.fates.filter(nw.col("pline").is_null())
        .group_by("dline")
        .agg(uncovered=nw.col("quantity").sum().cast(nw.Int64))
    )
    if vat is None:
        of_refund = [
            *misfits.coverage_misfits(position.rated, uncovered, position.weighed),
            *misfits.advance_misfits(position.advances),
        ]
    else:
        of_refund = [
            *misfits.period_misfits(vat),
            *misfits.advance_misfits(vat.advances, "vat_exports"),
        ]
    return nw.concat(
        [
            *misfits.stock_misfits(d, traced),
            *misfits.receipt_misfits(d, traced),
            *misfits.return_misfits(d),
            *misfits.rate_misfits(position.rated),
            *of_refund,
        ]
    )
