# SPDX-License-Identifier: Apache-2.0
"""What came back or was moved: which units a return or transfer brought, and who they were before.

A return takes a sale's units back from its last to its first. A restocked one is a new inflow whose
units keep their identity; since a returned unit can be sold and come back again, identity is
resolved in rounds. Each round composes the map with itself, so a chain of n returns takes about
log2(n) rounds. A transfer is the same with its units in the order in which they left: it has a
number among the returns, from `TRANSFERS` on.
"""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.ledger.line import cut, lay
from entrepot.ledger.numbers import BACK, RETURN, TRANSFERS, is_kind, number_in, numbered


def split_returned(engine: Engine, pieces: Frame, served: Frame, returned: Frame) -> Frame:
    """Say which units of each sale came back, and with which return.

    Args:
        pieces: one row per piece of a sale that something came back of: sale, sold_from (units
            of the sale before it), quantity, inflow, offset (units of the inflow before it).
        served: one row per such sale: sale, quantity (units served), unmet.
        returned: one row per return line: ret, sale, day, quantity.

    Returns:
        one row per piece: sale, quantity, inflow, offset, ret, place (units of the return before
        it); ret and place are null where the units stayed with the customer. Units sold without
        stock appear only where they came back, as inflow BACK of that return. Units of a return
        lie in the order in which they were taken back: within a piece place grows as offset falls.
    """
    units = engine.keep_in_order(
        _backwards(pieces, served), "sale_units", ["sale", "start"], "unit"
    )
    back = engine.keep(lay(returned, ["sale"], ["day", "ret"]), "returns_laid")
    parts = cut(
        units.select("sale", "start", "quantity", left="unit"),
        back.select("sale", "start", "quantity", right="ret"),
        ["sale"],
    )
    place = nw.col("start") - nw.col("ret_start")
    from_end = nw.col("unit_start") + nw.col("unit_quantity") - nw.col("start") - nw.col("quantity")
    split = (
        parts.join(
            units.select(
                "inflow",
                "offset",
                left="unit",
                unit_start="start",
                unit_quantity="quantity",
            ),
            on="left",
        )
        .join(back.select(right="ret", ret_start="start"), on="right", how="left")
        .filter(~(nw.col("inflow").is_null() & nw.col("right").is_null()))
        .select(
            "sale",
            "quantity",
            inflow=nw.coalesce("inflow", numbered(BACK, nw.col("right"))),
            offset=nw.when(nw.col("inflow").is_null())
            .then(place)
            .otherwise(nw.col("offset") + from_end),
            ret="right",
            place=place,
        )
    )
    kept = engine.keep(split, "returned_units")
    engine.forget("sale_units", "returns_laid")
    return kept


def _backwards(pieces: Frame, served: Frame) -> Frame:
    """The units of each sale laid from its last to its first; those without stock are the last."""
    with_stock = pieces.join(
        served.select("sale", sold="quantity", unmet="unmet"), on="sale"
    ).select(
        "sale",
        "quantity",
        "inflow",
        "offset",
        start=nw.col("unmet") + nw.col("sold") - nw.col("sold_from") - nw.col("quantity"),
    )
    without_stock = served.filter(nw.col("unmet") > 0).select(
        "sale",
        quantity="unmet",
        inflow=nw.lit(None, nw.Int64),
        offset=nw.lit(0, nw.Int64),
        start=nw.lit(0, nw.Int64),
    )
    return nw.concat([with_stock, without_stock])


def resolve(engine: Engine, restocked: Frame) -> Frame:
    """Say who the units of each restocked return and transfer were before any of them.

    Args:
        restocked: one row per piece of a restocked return, as `split_returned` gives it, or of a
            transfer, as `transfers.units_moved` does: ret, place, quantity, inflow, offset. Every
            unit that came in so is in it.

    Returns:
        one row per piece: ret, place, quantity, inflow (no return any more), offset, step: 1 where
        offset grows with place, -1 where it falls.
    """
    # Units that came back without ever having had stock are who they are: place is their offset.
    # Those of a transfer lie in the order in which they left.
    is_forward = is_kind(BACK, nw.col("inflow")) | (nw.col("ret") >= TRANSFERS)
    first = restocked.select(
        "ret",
        "place",
        "quantity",
        "inflow",
        "offset",
        step=nw.when(is_forward).then(nw.lit(1, nw.Int64)).otherwise(nw.lit(-1, nw.Int64)),
    )
    known = engine.keep_in_order(first, "identity_0", ["ret", "place"], "row")
    is_return = is_kind(RETURN, nw.col("inflow"))
    for round_no in range(1, 64):
        pending = known.filter(is_return)
        if not engine.rows(pending.select(nw.len().alias("n")))[0]["n"]:
            break
        replaced = _follow(
            pending.select("row", "ret", "place", "quantity", "inflow", "offset", "step"),
            known,
        )
        done = known.filter(~is_return).drop("row")
        known = engine.keep_in_order(
            nw.concat([done, replaced.select(done.collect_schema().names())]),
            f"identity_{round_no}",
            ["ret", "place"],
            "row",
        )
        engine.forget(f"identity_{round_no - 1}")
    return known.drop("row")


def through_returns(engine: Engine, fates: Frame, known: Frame) -> Frame:
    """Replace inflows that are returns or transfers by who their units were before.

    Args:
        fates: one row per piece: inflow (a RETURN), offset, quantity and more columns.
        known: what `resolve` gives.

    Returns:
        fates, cut where identity changes, with inflow, offset and quantity replaced.
    """
    rows = engine.keep_in_order(fates, "fates_of_returns", ["inflow", "offset"], "row")
    rest = [n for n in fates.collect_schema().names() if n not in ("inflow", "offset", "quantity")]
    numbered_known = engine.keep_in_order(known, "identity", ["ret", "place"], "known_row")
    parts = cut(
        rows.select(
            "quantity", back=number_in(RETURN, nw.col("inflow")), start="offset", left="row"
        ),
        numbered_known.select("quantity", back="ret", start="place", right="known_row"),
        ["back"],
        gaps=True,
    )
    named = (
        parts.join(rows.select(*rest, left="row"), on="left")
        .join(_named(numbered_known, "known_row"), on="right")
        .select("quantity", *rest, inflow="to_inflow", offset=_offset_of_part())
    )
    kept = engine.keep(named, "fates_through_returns")
    engine.forget("fates_of_returns", "identity")
    return kept


def _follow(pending: Frame, known: Frame) -> Frame:
    """One round: units that came in with a return become the units that the return brought."""
    parts = cut(
        pending.select(
            "quantity", back=number_in(RETURN, nw.col("inflow")), start="offset", left="row"
        ),
        known.select("quantity", back="ret", start="place", right="row"),
        ["back"],
        gaps=True,
    )
    end = nw.col("start") + nw.col("quantity")
    place = (
        nw.when(nw.col("step") == 1)
        .then(nw.col("place") + nw.col("start") - nw.col("offset"))
        .otherwise(nw.col("place") + nw.col("offset") + nw.col("whole") - end)
    )
    return (
        parts.join(
            pending.select("ret", "place", "offset", "step", left="row", whole="quantity"),
            on="left",
        )
        .join(_named(known, "row"), on="right")
        .select(
            "ret",
            "quantity",
            place=place,
            inflow="to_inflow",
            offset=_offset_of_part(),
            step=nw.col("step") * nw.col("to_step"),
        )
    )


def _named(known: Frame, row: str) -> Frame:
    return known.select(
        right=row,
        to_inflow="inflow",
        to_offset="offset",
        to_step="step",
        to_place="place",
        to_quantity="quantity",
    )


def _offset_of_part() -> nw.Expr:
    """Where the part from `start` lies in the inflow that a row of `_named` names."""
    into = nw.col("start") - nw.col("to_place")
    return (
        nw.when(nw.col("to_step") == 1)
        .then(nw.col("to_offset") + into)
        .otherwise(nw.col("to_offset") + nw.col("to_quantity") - into - nw.col("quantity"))
    )
