# SPDX-License-Identifier: Apache-2.0
"""From documents to the trace: the cuts in order."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.ledger import assemble, trace
from entrepot.pipelines.documents import Documents


@dataclass(frozen=True, slots=True)
class Traced:
    """What the cuts give, kept by the engine, in whole numbers.

    trace: one row per run of units that agree (`assemble.assemble`).
    covers: one row per piece of a declaration line with the invoice line that covers it.
    unmet: one row per order line, transfer or negative adjustment that there was not enough stock
        for: what was served, what was not.
    arrivals: one row per piece of a declaration line with the receipt that took it in.
    comebacks: one row per piece of a restocked return or transfer with the inflow that its units
        first came in with (`ledger.returns.resolve`).
    """

    trace: Frame
    covers: Frame
    unmet: Frame
    arrivals: Frame
    comebacks: Frame


def trace_units(engine: Engine, documents: Documents) -> Traced:
    """Follow every unit from its invoice to its fate."""
    d = documents
    covers = trace.cover(engine, d.declared, d.bought, d.links)
    arrivals = trace.arrive(engine, covers, d.received)
    inflows = trace.come_in(engine, arrivals, d.received, d.returned, d.adjusted, d.transferred)
    outflows = trace.go_out(engine, inflows, d.sold, d.returned, d.adjusted, d.transferred)
    pieces = trace.match(engine, inflows, outflows)
    fates, comebacks = trace.other_fates(
        engine, pieces, inflows, outflows, d.returned, d.adjusted, d.transferred
    )
    origins = assemble.unknown_origins(
        engine, arrivals, d.received, d.returned, d.adjusted, d.transferred
    )
    traced = assemble.assemble(
        engine,
        pieces,
        trace.lots_of(arrivals, inflows),
        fates,
        arrivals,
        d.declared,
        d.bought,
        origins,
    )
    # As many outflows as sales, and few of them unmet: all that is asked of them from here on.
    unmet = engine.keep(outflows.filter(nw.col("unmet") > 0), "unmet")
    engine.forget(
        "outflows",
        "other_fates",
        "inflows",
        "origins",
        "known_runs",
        "merged_unknown",
        "unknown_runs",
    )
    return Traced(traced, covers, unmet, arrivals, comebacks)
