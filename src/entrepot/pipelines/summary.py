# SPDX-License-Identifier: Apache-2.0
"""What a close comes to, in figures that a person reads first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.engine.schema import PLACES, Kind
from entrepot.finance.tables_bank import STEPS
from entrepot.finance.tables_margin import OF_REFUNDS, PARTS
from entrepot.ledger.numbers import FATES, word
from entrepot.pipelines.close import Closed
from entrepot.pipelines.due import due_lines
from entrepot.pipelines.exchanging import Exchange
from entrepot.pipelines.producing import VatPosition

#: The day of the season that its money is counted in, per table: amount and currency columns.
_MONEY = {
    "purchases": ("net_amount", None),
    "declarations": ("fob_amount", "fob_currency"),
    "sales": ("amount", "currency"),
    "refund_claims": ("amount", None),
    "settlements": ("amount", "currency"),
    "payouts": ("amount", "currency"),
    "costs": ("amount", "currency"),
}
#: Tables without units, of which a season says nothing where it has none.
_ONLY_MONEY = ("settlements", "payouts", "costs")
_QUANTITY = (
    "purchases",
    "declarations",
    "receipts",
    "transfers",
    "sales",
    "returns",
    "adjustments",
)
#: What is summed of the tables that only a producing firm has.
_OF_PERIODS = {
    "vat_periods": ("output_vat", "input_vat"),
    "vat_exports": ("quantity",),
    "input_invoices": ("vat_amount",),
}
#: What a person reads of a VAT period.
_PERIOD = ("refund", "offset", "payable", "credit_after", "refundable_after")


def yuan(fen: int | None) -> str | None:
    """Whole fen as a decimal text with two places."""
    return None if fen is None else str(Decimal(fen).scaleb(-PLACES[Kind.MONEY]))


def control_totals(engine: Engine, tables: Mapping[str, Frame]) -> dict[str, dict[str, Any]]:
    """Total quantity and money of each input table as read, money by currency."""
    totals: dict[str, dict[str, Any]] = {}
    for name in _QUANTITY:
        row = engine.rows(
            tables[name].select(nw.len().alias("rows"), nw.col("quantity").sum().cast(nw.Int64))
        )[0]
        # A season without transfers says nothing of them.
        if row["rows"] or name != "transfers":
            totals[name] = {"rows": row["rows"], "quantity": row["quantity"] or 0}
    for name, (amount, currency) in _MONEY.items():
        if name in _ONLY_MONEY:
            if not (rows := _rows(engine, tables[name])):
                continue
            totals[name] = {"rows": rows}
        money = nw.col(amount).sum().cast(nw.Int64).alias("fen")
        if currency is None:
            row = engine.rows(tables[name].select(money))[0]
            found = {"CNY": yuan(row["fen"] or 0)}
        else:
            sums = engine.rows(tables[name].group_by(currency).agg(money), [currency])
            found = {row[currency]: yuan(row["fen"]) for row in sums}
        totals.setdefault(name, {})["money"] = found
    for name, columns in _OF_PERIODS.items():
        if name not in tables:
            continue
        counted = (nw.col(each).sum().cast(nw.Int64) for each in columns)
        row = engine.rows(tables[name].select(nw.len().alias("rows"), *counted))[0]
        totals[name] = {
            each: yuan(value or 0) if each.endswith(("vat", "amount")) else value or 0
            for each, value in row.items()
        }
    return totals


def left_out(engine: Engine, closed: Closed, tables: Mapping[str, Frame]) -> dict[str, int]:
    """How many rows of each table were dated after as_of, or hang on a row that was."""
    d = closed.documents
    kept = {
        "purchases": d.bought,
        "declarations": d.declared,
        "invoice_links": d.links,
        "receipts": d.received,
        "sales": d.sold,
        "returns": d.returned,
        "adjustments": d.adjusted,
        "refund_claims": d.claims,
    }
    found = {
        name: _rows(engine, tables[name]) - _rows(engine, frame) for name, frame in kept.items()
    }
    moves = _rows(engine, tables["transfers"])
    if moves:
        found["transfers"] = moves - (0 if d.transferred is None else _rows(engine, d.transferred))
    finance = closed.finance
    of_money = {"settlements": finance.money.lines, "payouts": finance.money.payouts}
    if finance.costs is not None:
        of_money["costs"] = finance.costs.costs
    for name, frame in of_money.items():
        if rows := _rows(engine, tables[name]):
            found[name] = rows - _rows(engine, frame)
    # Rows of a declaration that is out are out with it.
    if rows := _rows(engine, tables["collections"]):
        found["collections"] = rows - _rows(engine, finance.collection.named)
    if closed.vat is not None:
        over = {"vat_periods": closed.vat.filing, "vat_exports": closed.vat.entries}
        found |= {name: _rows(engine, tables[name]) - _rows(engine, over[name]) for name in over}
    return found


def summarize(engine: Engine, closed: Closed) -> dict[str, Any]:
    """Units by fate, the refund position by state, what is due by when, exceptions by code; of a
    season with settlements or costs the money by currency, the margin, and what came home.
    """
    position, trace = closed.position, closed.traced.trace
    fates = engine.rows(
        trace.group_by("fate")
        .agg(nw.col("quantity").sum().cast(nw.Int64))
        .with_columns(word=word(FATES, nw.col("fate"))),
        ["fate"],
    )
    items = engine.rows(
        position.refunds.group_by("state").agg(
            nw.len().alias("items"),
            *(nw.col(n).sum().cast(nw.Int64) for n in ("difference", "open_advance")),
        ),
        ["state"],
    )
    exceptions = engine.rows(
        closed.exceptions.group_by("code").agg(nw.len().alias("rows")), ["code"]
    )
    totals = engine.rows(
        position.refunds.select(
            nw.col(n).sum().cast(nw.Int64)
            for n in ("refundable", "refundable_on_sold", "advanced", "claimed", "open_advance")
        )
    )[0]
    found = {
        "units": {row["word"]: row["quantity"] for row in fates},
        "refund": {name: yuan(fen or 0) for name, fen in totals.items()},
        "items": {
            row["state"]: {
                "items": row["items"],
                "difference": yuan(row["difference"] or 0),
                "open_advance": yuan(row["open_advance"] or 0),
            }
            for row in items
        },
        "due": due(engine, closed),
        "exceptions": {row["code"]: row["rows"] for row in exceptions},
    }
    return found | _periods(engine, closed.vat) | _money(engine, closed)


def _periods(engine: Engine, vat: VatPosition | None) -> dict[str, Any]:
    """What each VAT period comes to, in order; nothing for a trading firm."""
    if vat is None:
        return {}
    rows = engine.rows(vat.filing, ["period"])
    periods = [
        {"period": row["period"]}
        | {name: yuan(row[name]) for name in _PERIOD}
        | {"open_lines": row["open_lines"]}
        for row in rows
    ]
    return {"periods": periods}


def _money(engine: Engine, closed: Closed) -> dict[str, Any]:
    """By currency what was settled, paid out and charged, and what is still owed; the margin of all
    order lines of which it is known; exceptions by code.
    """
    finance = closed.finance
    said: dict[str, Any] = {}
    is_open = nw.col("state") == "open"
    sums = engine.rows(
        finance.money.settled.group_by("currency").agg(
            nw.col("lines").sum().cast(nw.Int64),
            nw.col("amount").sum().cast(nw.Int64),
            payout=nw.col("payout").fill_null(0).sum().cast(nw.Int64),
            open=nw.when(is_open).then(nw.col("amount")).otherwise(0).sum().cast(nw.Int64),
        ),
        ["currency"],
    )
    if sums:
        said["money"] = {
            row["currency"]: {
                "lines": row["lines"],
                "settled": yuan(row["amount"]),
                "paid_out": yuan(row["payout"]),
                "open": yuan(row["open"]),
            }
            for row in sums
        }
    if finance.costs is not None:
        booked = finance.costs.costs.group_by("currency").agg(
            lines=nw.len(), amount=nw.col("amount").sum().cast(nw.Int64)
        )
        said["costs"] = {
            row["currency"]: {"lines": row["lines"], "booked": yuan(row["amount"])}
            for row in engine.rows(booked, ["currency"])
        }
    if finance.margin is not None:
        said["margin"] = _margin(engine, finance.margin.rows)
    if finance.exchange is not None:
        said["exchange"] = _exchange(engine, finance.exchange, finance.borne)
    if finance.tied is not None:
        said["tied"] = _tied(engine, finance.tied)
    if finance.collected is not None:
        said["collected"] = _collected(engine, finance.collected.rows)
    codes = engine.rows(finance.exceptions.group_by("code").agg(nw.len().alias("rows")), ["code"])
    if said or codes:
        said["money_exceptions"] = {row["code"]: row["rows"] for row in codes}
    return said


def _exchange(engine: Engine, exchange: Exchange, borne: Frame | None) -> dict[str, Any]:
    """What foreign money gained in all, and how much of what is realised orders bear; what is
    unrealised is of what is still open.
    """
    gains = exchange.booked.group_by("booking").agg(gain=nw.col("gain").sum().cast(nw.Int64))
    booked = {row["booking"]: row["gain"] for row in engine.rows(gains, ["booking"])}
    unrealised = booked.get("revalued", 0) + booked.get("reversed", 0)
    said = {"realised": yuan(booked.get("realised", 0))}
    if borne is not None:
        names = ("of_orders", "pooled")
        is_known = ~nw.col("realised").is_null()
        sums = borne.filter(is_known).select(nw.col(name).sum().cast(nw.Int64) for name in names)
        [row] = engine.rows(sums)
        said |= {name: yuan(row[name] or 0) for name in names}
    return said | {"unrealised": yuan(unrealised)}


def _tied(engine: Engine, rows: Frame) -> dict[str, Any]:
    """What goods cost, what of it came home and what is tied up, and after how many days each, on
    average, rounded down; None where there is nothing.
    """
    parts = ("home", "open")
    # Amounts times days are summed in two halves: together they might not fit.
    sums: dict[str, int | None] = engine.rows(
        rows.select(
            nw.col("amount").sum().cast(nw.Int64),
            *(nw.col(f"{part}_amount").sum().cast(nw.Int64) for part in parts),
            **{
                f"{part}_{half}": made(nw.col(f"{part}_days")).sum().cast(nw.Int64)
                for part in parts
                for half, made in _HALVES.items()
            },
        )
    )[0]
    fen = {name: value or 0 for name, value in sums.items()}
    said: dict[str, Any] = {"bought": yuan(fen["amount"])}
    for part in parts:
        amount = fen[f"{part}_amount"]
        days = fen[f"{part}_high"] * _TEN_THOUSAND + fen[f"{part}_low"]
        said |= {part: yuan(amount), f"{part}_days": days // amount if amount else None}
    return said


_TEN_THOUSAND = 10_000
_HALVES: dict[str, Callable[[nw.Expr], nw.Expr]] = {
    "high": lambda days: days // _TEN_THOUSAND,
    "low": lambda days: days - days // _TEN_THOUSAND * _TEN_THOUSAND,
}


def _collected(engine: Engine, rows: Frame) -> dict[str, Any]:
    """The steps from declared values to what came home, of the lines with all rates."""
    is_known = ~nw.col("received").is_null()
    names = (*STEPS, "received")
    known = rows.filter(is_known).select(
        nw.len().alias("lines"), *(nw.col(name).sum().cast(nw.Int64) for name in names)
    )
    [sums] = engine.rows(known)
    said: dict[str, Any] = {"lines": sums["lines"], "unknown": _rows(engine, rows) - sums["lines"]}
    return said | {name: yuan(sums[name] or 0) for name in names}


def _margin(engine: Engine, rows: Frame) -> dict[str, Any]:
    """What the order lines come to of which everything is known, and how many there are."""
    is_known = ~nw.col("margin").is_null()
    counted = engine.rows(
        rows.select(
            nw.len().alias("lines"), is_known.cast(nw.Int64).sum().cast(nw.Int64).alias("known")
        )
    )[0]
    known: int = counted["known"] or 0
    names = (*PARTS, "margin", *OF_REFUNDS)
    sums = engine.rows(
        rows.filter(is_known).select(nw.col(name).sum().cast(nw.Int64) for name in names)
    )[0]
    said: dict[str, Any] = {"lines": known, "unknown": counted["lines"] - known}
    # A producing firm's refund is of periods, and of no order.
    told = [name for name in names if name not in OF_REFUNDS or sums[name] is not None]
    return said | {name: yuan(sums[name] or 0) for name in told}


def due(engine: Engine, closed: Closed) -> list[dict[str, Any]]:
    """What has to be done, by which day, in money; the nearest first."""
    return [
        {
            "by": line["by"],
            "what": line["what"],
            "lines": line["lines"],
            "money": yuan(line["fen"]),
        }
        for line in due_lines(engine, closed)
    ]


def _rows(engine: Engine, frame: Frame) -> int:
    count: int = engine.rows(frame.select(nw.len().alias("n")))[0]["n"]
    return count
