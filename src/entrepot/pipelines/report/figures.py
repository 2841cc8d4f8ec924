# SPDX-License-Identifier: Apache-2.0
"""The figures of a report: small, of no language and no engine, kept as report.json."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.packs.read import in_force, read
from entrepot.pipelines.close import Closed
from entrepot.pipelines.report import evidence, trade
from entrepot.pipelines.report.board import measure_board
from entrepot.pipelines.report.calendar import refund_calendar
from entrepot.pipelines.report.exchange import collection_figures
from entrepot.pipelines.report.few import EXAMPLES, first_of, money, only, total, where
from entrepot.pipelines.report.stock import stock_figures
from entrepot.taxrefund.deadlines import CALENDAR, DEADLINES

#: Version of report.json: a program renders the versions it knows and refuses a later one.
REPORT_VERSION = 1
#: The mode under which goods go to an overseas warehouse and wait there for their sale.
OVERSEAS = "9810"
#: Rules whose days the report names.
_RULES = ("claim_by", "lapse", "reconcile_until", "foreign_exchange_by", "foreign_exchange_latest")


def report_figures(
    engine: Engine, closed: Closed, tables: Mapping[str, Frame], run: Mapping[str, Any]
) -> dict[str, Any]:
    """Sum a close up for a report.

    Args:
        tables: the season's tables as they were checked.
        run: what run.json says of the close.

    Returns:
        what report.json holds: money as decimal texts, days as ISO texts, units as whole numbers;
        every list is cut to what a person reads and says how many more there are.
    """
    d = closed.documents
    by_day = trade.units_by_day(engine, closed)
    sold_days = engine.rows(d.sold.select("day").unique(), ["day"])
    figures: dict[str, Any] = {
        "report_version": REPORT_VERSION,
        "season": {name: run[name] for name in ("name", "uscc", "kind")}
        | {"as_of": d.as_of.isoformat()},
        "close": {
            "engine": run["engine"],
            "versions": run["versions"],
            "schema_version": run["schema_version"],
            "format": run["format"],
            "digest": close_digest(run["outputs"]),
            "unknown": run.get("unknown", {}),
        },
        "inputs": run["inputs"],
        "outputs": run["outputs"],
        "packs": run["packs"],
        "left_out": run["left_out"],
        "control_totals": run["control_totals"],
        "units": run["summary"]["units"],
        "refund": run["summary"]["refund"],
        "money": run["summary"].get("money", {}),
        "calendar": refund_calendar(engine, closed),
        "documents": evidence.claim_documents(engine, closed, run.get("unknown", {})),
        "proofs": evidence.sale_proofs(engine, closed, tables["sales"], sold_days),
        "stock": stock_figures(engine, closed),
        "exceptions": exceptions(engine, closed),
        "money_exceptions": money_exceptions(engine, closed.finance.exceptions),
        "periods": run["summary"].get("periods", []),
        "movement": trade.months(by_day),
        "modes": trade.by_mode(engine, closed),
        "sales": trade.sales_abroad(engine, tables["sales"], d.as_of),
        "lead": trade.days_to_receipt(engine, closed),
        "purchasing": trade.purchasing(engine, closed),
        "collection": collection_figures(engine, closed),
        "overseas": overseas(engine, closed),
        "counts": counts(engine, closed),
        "rules": rules(closed),
    }
    figures["measures"] = measure_board(figures)
    return figures


def close_digest(outputs: Mapping[str, Mapping[str, Any]]) -> str:
    """One sha256 for a whole close: of the lines "table digest" of its outputs, by name."""
    lines = "".join(f"{name} {outputs[name]['digest']}\n" for name in sorted(outputs))
    return hashlib.sha256(lines.encode()).hexdigest()


def exceptions(engine: Engine, closed: Closed) -> list[dict[str, Any]]:
    """One row per code: how many, units, money, and the largest few with their keys."""
    frame = closed.exceptions
    ranked = frame.with_columns(
        rank=0 - nw.coalesce(nw.col("amount").abs(), nw.col("quantity"), nw.lit(0, nw.Int64))
    )
    order = ["rank", "table", "key", "day"]
    examples: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in engine.rows(first_of(ranked, ["code"], order, EXAMPLES), ["code", "place"]):
        examples[row["code"]].append(
            {
                "key": row["key"],
                "day": row["day"] and row["day"].isoformat(),
                "units": row["quantity"],
                "money": None if row["amount"] is None else money(row["amount"]),
            }
        )
    summed = engine.rows(
        frame.group_by("code", "table").agg(
            *total("quantity", "amount"),
            rows=nw.len(),
            counted=nw.col("quantity").count(),
            valued=nw.col("amount").count(),
        ),
        ["code"],
    )
    return [
        {
            "code": row["code"],
            "table": row["table"],
            "rows": row["rows"],
            "units": row["quantity"] if row["counted"] else None,
            "money": money(row["amount"]) if row["valued"] else None,
            "examples": examples[row["code"]],
        }
        for row in summed
    ]


def money_exceptions(engine: Engine, frame: Frame) -> list[dict[str, Any]]:
    """One row per code and currency: how many, what they come to, and the largest few."""
    key = ["code", "currency"]
    ranked = frame.with_columns(rank=0 - nw.col("amount").abs())
    order = ["rank", "table", "key", "day"]
    examples: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in engine.rows(first_of(ranked, key, order, EXAMPLES), [*key, "place"]):
        told = {"key": row["key"], "day": row["day"] and row["day"].isoformat()}
        examples[row["code"], row["currency"]].append(told | {"money": money(row["amount"])})
    summed = engine.rows(frame.group_by(*key).agg(*total("amount"), rows=nw.len()), key)
    return [
        {
            **{name: row[name] for name in (*key, "rows")},
            "money": money(row["amount"]),
            "examples": examples[row["code"], row["currency"]],
        }
        for row in summed
    ]


def overseas(engine: Engine, closed: Closed) -> dict[str, Any]:
    """The refund position of exports to overseas warehouses, and claims not finished yet."""
    names = ("refundable", "refundable_on_sold", "advanced", "claimed", "open_advance")
    refunds = closed.position.refunds
    of_mode = refunds.filter(nw.col("mode") == OVERSEAS)
    found = only(
        engine,
        of_mode.select(*total(*names, "sold", "unsold"), items=nw.len()),
    )
    to_claim = nw.col("state").is_in(["claim", "late"])
    pending = nw.col("kind").is_in(["ordinary", "advance"]) & nw.col("finished_on").is_null()
    claim = only(
        engine,
        closed.documents.claims.filter(pending).select(
            *total("amount"), claims=nw.col("claim_no").n_unique()
        ),
    )
    return {
        "items": found["items"],
        "sold": found["sold"],
        "unsold": found["unsold"],
        **{name: money(found[name]) for name in names},
        "to_claim": money(
            only(engine, refunds.filter(to_claim).select(total("difference")))["difference"]
        ),
        "pending_claims": claim["claims"],
        "pending": money(claim["amount"]),
    }


def counts(engine: Engine, closed: Closed) -> dict[str, Any]:
    """Count SKUs, channels, countries and warehouses; the cost of what was sold."""
    d = closed.documents
    declared = only(
        engine,
        d.declared.select(
            skus=nw.col("sku").n_unique(),
            hs_codes=nw.col("hs_code").n_unique(),
            countries=nw.col("destination").n_unique(),
            declarations=nw.col("declaration_no").n_unique(),
        ),
    )
    going = d.declared.filter(~nw.col("warehouse_no").is_null())
    channels = only(engine, d.sold.select(n=nw.col("channel_no").n_unique()))["n"]
    warehouses = nw.concat(
        [
            going.select("warehouse_no"),
            d.received.join(d.warehouses, on="warehouse").select("warehouse_no"),
            d.sold.select("warehouse_no").unique(),
        ]
    ).unique()
    fates = closed.position.fates
    proven = ~nw.col("pline").is_null()
    cost = only(
        engine,
        fates.select(
            sold=where(nw.col("fate") == "sold", "net_amount").sum().cast(nw.Int64),
            proven=where(proven & (nw.col("fate") == "unsold")).sum().cast(nw.Int64),
        ),
    )
    return declared | {
        "channels": channels,
        "warehouses": engine.rows(warehouses.select(nw.len().alias("n")))[0]["n"],
        "warehouse_countries": only(engine, going.select(n=nw.col("destination").n_unique()))["n"],
        "sold_cost": money(cost["sold"]),
        "proven_on_hand": cost["proven"],
    }


def rules(closed: Closed) -> list[dict[str, Any]]:
    """Where the days come from: one row per rule as in force on `as_of`."""
    as_of = closed.documents.as_of
    found = []
    for rule in (*_RULES, evidence.CLAIM_RULE, evidence.SALE_RULE):
        row = in_force(read(DEADLINES), as_of, rule=rule)
        if row is not None:
            found.append(_rule(rule, DEADLINES, row))
    period = in_force(read(CALENDAR), as_of, year=as_of.year, month=as_of.month)
    if period is not None:
        found.append(_rule("filing_period", CALENDAR, period))
    return found


def _rule(name: str, pack: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"rule": name, "pack": pack} | {
        column: row[column] for column in ("source", "confidence", "checked")
    }
