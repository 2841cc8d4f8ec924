# SPDX-License-Identifier: Apache-2.0
"""What foreign exchange has to come in for a declaration, what did, and what is missing.

`decl` is the number of a declaration and currency of its value, -1 where there is none.
"""

from __future__ import annotations

from datetime import date

import narwhals as nw

from entrepot.engine.amounts import with_shares
from entrepot.engine.base import Engine, Frame
from entrepot.finance.tables_collection import CAME, COLUMN_OF, MISSING, TO_COME

_ZERO = nw.lit(0, nw.Int64)
#: Positions along a declared value are taken in steps so large that it has at most this many.
_STEPS = 2**29


def counted(receipts: Frame, rules: Frame) -> tuple[Frame, Frame]:
    """Part receipts into those whose kind counts on their day, and those whose kind does not.

    Args:
        receipts: one row per receipt: kind, collected_on, line (its number) and more.
        rules: the pack as a frame: kind, valid_from, valid_to.
    """
    day = nw.col("collected_on")
    known = receipts.join(rules, on="kind").filter(
        day >= nw.col("valid_from"), nw.col("valid_to").is_null() | (day < nw.col("valid_to"))
    )
    rest = receipts.join(known.select("line"), on="line", how="anti")
    return known.drop("valid_from", "valid_to"), rest


def at_declared_rate(engine: Engine, receipts: Frame, declared: Frame) -> Frame:
    """Say what each receipt covers of the declared value, and what exchange did to it.

    Receipts in the currency of the declared value lie along it, one after another: each covers its
    part of the value in CNY, so that the whole of it covers all of it, whatever a rate was. Beyond
    it, and in another currency, a receipt covers what it is worth on its day.

    Args:
        receipts: one row per receipt: line (its number, in order), decl, kind, currency, amount
            (hundredths, > 0), cny (fen; null: no rate).
        declared: one row per declaration: decl, fob_currency, fob_amount (hundredths), fob (fen;
            null: no rate).

    Returns:
        one row per receipt: line, decl, kind, counts (fen; null: a rate is missing) and exchange
        (fen): counts less exchange is what it covers.
    """
    rows = receipts.join(declared, on="decl").with_columns(
        own=nw.when(nw.col("currency") == nw.col("fob_currency"))
        .then(nw.col("amount"))
        .otherwise(_ZERO)
    )
    # Kept, as a running sum is asked of rows that lie somewhere.
    laid = engine.keep(
        rows.with_columns(end=nw.col("own").cum_sum().over("decl", order_by="line").cast(nw.Int64)),
        "collections_laid",
    )
    whole, one = nw.col("fob_amount"), nw.lit(1, nw.Int64)
    last = nw.when(nw.col("end") < whole).then(nw.col("end")).otherwise(whole)
    begin = nw.col("end") - nw.col("own")
    first = nw.when(begin < whole).then(begin).otherwise(whole)
    rows = laid.with_columns(
        first=first,
        last=last,
        # Of a declared value of nothing no receipt is inside: one step, of which none is taken.
        whole=nw.when(whole > 0).then(whole).otherwise(one),
    ).with_columns(
        step=nw.col("whole") // _STEPS + 1, size=nw.col("amount") // _STEPS + 1, nothing=_ZERO
    )
    inside = nw.col("last") - nw.col("first")
    rows = rows.with_columns(
        begins=nw.col("first") // nw.col("step"),
        units=nw.col("last") // nw.col("step") - nw.col("first") // nw.col("step"),
        steps=nw.col("whole") // nw.col("step"),
        of_it=inside // nw.col("size"),
        parts=nw.col("amount") // nw.col("size"),
        declared=nw.col("fob"),
        on_its_day=nw.col("cny"),
    )
    shared = with_shares(rows, ["declared"], "begins", "units", "steps")
    shared = with_shares(shared, ["on_its_day"], "nothing", "of_it", "parts")
    gain = nw.col("on_its_day") - nw.col("declared")
    is_deemed = nw.col("kind") == "deemed"
    return shared.select(
        "line",
        "decl",
        "kind",
        counts=nw.when(is_deemed).then(nw.col("cny") - gain).otherwise(nw.col("cny")),
        exchange=nw.when(is_deemed & ~gain.is_null()).then(_ZERO).otherwise(gain),
    )


def came_of(receipts: Frame) -> Frame:
    """What receipts come to per declaration.

    Args:
        receipts: what `at_declared_rate` gives.

    Returns:
        one row per declaration: decl, a column per kind, gained (fen), lacking (how many of them
        have no rate).
    """
    amount = nw.col("counts").fill_null(0)
    by_kind = {
        column: nw.when(nw.col("kind") == kind).then(amount).otherwise(_ZERO)
        for kind, column in COLUMN_OF.items()
    }
    return (
        receipts.select(
            "decl",
            **by_kind,
            gained=nw.col("exchange").fill_null(0),
            lacking=(nw.col("counts").is_null() | nw.col("exchange").is_null()).cast(nw.Int64),
        )
        .group_by("decl")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in (*by_kind, "gained", "lacking"))
    )


def weighed(rows: Frame, as_of: date, *, is_recorded: bool) -> Frame:
    """Say what is missing of each declaration, and where it stands.

    Args:
        rows: one row per declaration: TO_COME, CAME, waits (fen, declared value of goods sold from
            abroad that no order has), lacking (above 0: a rate is missing), due_by and more.
        is_recorded: whether the season says anything of what came.

    Returns:
        the rows with not_sold, open, over and state.

    Holds:
        TO_COME = CAME + not_sold + open - over.

    Source:
        State Taxation Administration, announcement 2026 No. 5, article 48, on the day; our own
        policy on what explains a difference.
    """
    to_come = sum((nw.col(name) for name in TO_COME[1:]), start=nw.col(TO_COME[0]))
    gap = sum((0 - nw.col(name) for name in CAME), start=to_come)
    is_missing, waits = nw.col("gap") > 0, nw.col("waits")
    part = nw.when(waits < nw.col("gap")).then(waits).otherwise(nw.col("gap"))
    told = (
        rows.with_columns(gap=gap)
        .with_columns(
            not_sold=nw.when(is_missing).then(part).otherwise(_ZERO),
            over=nw.when(is_missing).then(_ZERO).otherwise(0 - nw.col("gap")),
        )
        .with_columns(open=nw.col("gap") + nw.col("over") - nw.col("not_sold"))
    )
    is_known = (nw.col("lacking") == 0) & ~nw.col("fob").is_null()
    is_late = nw.col("due_by") < nw.lit(as_of)
    told = told.with_columns(
        nw.when(is_known).then(nw.col(name)).alias(name)
        for name in (*TO_COME, *CAME, *MISSING, "over")
    )
    proven = (nw.col("written_off") != 0) | (nw.col("insurance") != 0) | (nw.col("deemed") != 0)
    state = (
        nw.when(~is_known)
        .then(nw.lit("unknown"))
        .when(~is_missing & proven)
        .then(nw.lit("explained"))
        .when(~is_missing)
        .then(nw.lit("collected"))
        .when(~is_late)
        .then(nw.lit("waiting"))
        .otherwise(nw.lit("late" if is_recorded else "unknown"))
    )
    return told.with_columns(state=state)
