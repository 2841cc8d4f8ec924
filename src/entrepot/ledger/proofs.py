# SPDX-License-Identifier: Apache-2.0
"""What every close proves of itself. A proof is a frame of the rows that break it: none may."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from entrepot.engine.amounts import share
from entrepot.engine.base import Frame
from entrepot.errors import EntrepotError
from entrepot.ledger.entries import TRANSFER_VOYAGE, VOYAGE, WAREHOUSE
from entrepot.ledger.numbers import IN_TRANSIT, UNSOLD, is_kind, number_in, warehouse_of


class ProofFailed(EntrepotError):
    """A close does not add up: a mistake of ours, never of the user's. Nothing is written."""

    code = "ledger.proof_failed"


def moves_between_places(moved: Mapping[str, Frame]) -> Frame:
    """Every movement leaves one place and enters another."""
    from_no, to_no = nw.col("from_no"), nw.col("to_no")
    return nw.concat(
        [
            rows.filter(from_no.is_null() | to_no.is_null() | (from_no == to_no)).select(
                "number", "part", "from_no", "to_no", document_kind=nw.lit(kind)
            )
            for kind, rows in moved.items()
        ]
    )


def sums_to_zero(balances: Frame) -> Frame:
    """Per SKU, the sum over all places is 0."""
    return (
        balances.group_by("sku_no")
        .agg(found=nw.col("quantity").sum().cast(nw.Int64))
        .filter(nw.col("found") != 0)
        .select("sku_no", "found", expected=nw.lit(0, nw.Int64))
    )


def stock_is_what_is_left(balances: Frame, trace: Frame) -> Frame:
    """Per warehouse and SKU, inflows less outflows of the book are the stock of the trace.

    A warehouse that owes goods (a balance below 0) breaks it too, since stock is never below 0.
    """
    booked = balances.filter(is_kind(WAREHOUSE, nw.col("place_no"))).select(
        "sku_no", warehouse_no=number_in(WAREHOUSE, nw.col("place_no")), expected="quantity"
    )
    traced = (
        trace.filter(nw.col("fate") == UNSOLD)
        .group_by("warehouse_no", "sku_no")
        .agg(found=nw.col("quantity").sum().cast(nw.Int64))
    )
    return _differences(booked, traced, ["warehouse_no", "sku_no"])


def transit_is_what_is_under_way(balances: Frame, trace: Frame) -> Frame:
    """Per declaration line, its voyage holds in the book what the trace calls in transit.

    What is in transit to a warehouse is under way between two: `transfers_are_under_way`.
    """
    booked = balances.filter(is_kind(VOYAGE, nw.col("place_no"))).select(
        dline=number_in(VOYAGE, nw.col("place_no")), expected="quantity"
    )
    traced = (
        trace.filter(nw.col("fate") == IN_TRANSIT, nw.col("warehouse_no").is_null())
        .group_by("dline")
        .agg(found=nw.col("quantity").sum().cast(nw.Int64))
    )
    return _differences(booked, traced, ["dline"])


def transfers_are_under_way(balances: Frame, trace: Frame, transferred: Frame) -> Frame:
    """Per warehouse and SKU, transfers to it hold in the book what the trace says is on its way."""
    key = ["warehouse_no", "sku_no"]
    booked = (
        balances.filter(is_kind(TRANSFER_VOYAGE, nw.col("place_no")))
        .with_columns(trf=number_in(TRANSFER_VOYAGE, nw.col("place_no")))
        .join(
            transferred.select("trf", warehouse_no=warehouse_of(nw.col("to_lane"))),
            on="trf",
        )
        .select(*key, expected="quantity")
    )
    traced = (
        trace.filter(nw.col("fate") == IN_TRANSIT, ~nw.col("warehouse_no").is_null())
        .group_by(key)
        .agg(found=nw.col("quantity").sum().cast(nw.Int64))
    )
    return _differences(booked, traced, key)


def trace_sums_to_declarations(fates: Frame, declared: Frame) -> Frame:
    """Per declaration line, the trace holds exactly the units declared."""
    traced = fates.group_by("dline").agg(found=nw.col("quantity").sum().cast(nw.Int64))
    return _differences(declared.select("dline", expected="quantity"), traced, ["dline"])


def amounts_sum_to_invoices(fates: Frame, bought: Frame) -> Frame:
    """Per invoice line, the trace carries the amount of the units it uses, to the fen."""
    traced = (
        fates.filter(~nw.col("pline").is_null())
        .group_by("pline")
        .agg(
            used=nw.col("quantity").sum().cast(nw.Int64),
            found=nw.col("net_amount").sum().cast(nw.Int64),
        )
    )
    due = share(nw.col("net_amount"), nw.lit(0, nw.Int64), nw.col("used"), nw.col("quantity"))
    return (
        traced.join(bought.select("pline", "quantity", "net_amount"), on="pline")
        .with_columns(expected=due)
        .filter((nw.col("found") != nw.col("expected")) | (nw.col("used") > nw.col("quantity")))
        .select("pline", "used", "found", "expected")
    )


def _differences(expected: Frame, found: Frame, key: list[str]) -> Frame:
    sides = nw.concat(
        [
            expected.select(*key, "expected", found=nw.lit(0, nw.Int64)),
            found.select(*key, "found", expected=nw.lit(0, nw.Int64)).select(
                *key, "expected", "found"
            ),
        ]
    )
    return (
        sides.group_by(key)
        .agg(nw.col(name).sum().cast(nw.Int64) for name in ("expected", "found"))
        .filter(nw.col("expected") != nw.col("found"))
    )
