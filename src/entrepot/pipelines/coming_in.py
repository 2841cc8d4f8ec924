# SPDX-License-Identifier: Apache-2.0
"""Foreign exchange in the close: what of each declaration came in by its day, and what did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.engine.distinct import distinct
from entrepot.finance import collecting, coming_in
from entrepot.finance.spreading import LINE, with_cny
from entrepot.finance.tables import MONEY_EXCEPTIONS
from entrepot.finance.tables_bank import NETTED_KINDS
from entrepot.finance.tables_collection import CAME, COLLECTION, MISSING, TO_COME
from entrepot.packs.read import read
from entrepot.pipelines.collecting import Collected, fate_step
from entrepot.pipelines.dated import rules_of
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.producing import VatPosition
from entrepot.pipelines.refunding import Position
from entrepot.pipelines.tracing import Traced
from entrepot.taxrefund.deadlines import DEADLINES, due

KINDS_PACK: Final = "cn/collection_kinds"
#: What to do about each code.
REMEDIES: Final = {
    "collection_not_counted": "Correct its kind or day; cn/collection_kinds says what counts.",
    "no_fx_rate": "Enter a rate of that day, or of one of the seven days before.",
}
_GROUP: Final = ["declaration_no", "fob_currency"]
_ZERO: Final = nw.lit(0, nw.Int64)
#: Steps of `collected` that a declaration sums, and what `netted` sums of them.
_NETTED: Final = (*NETTED_KINDS[2:], "pooled")
_OF_ORDERS: Final = ("price", "refunds", *_NETTED, "exchange", "received")
#: What a line adds to its declaration.
_OF_LINES: Final = (
    "fob", "sent_home", "written_off", "price", "refunds", "netted", "exchange", "received",
    "waits",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Collection:
    """The foreign exchange of every declaration.

    rows: as they are written. lines: what each declared line adds (fen): dline, decl, `_OF_LINES`,
    lacking (1: a rate is missing). named: the season's receipts up to `as_of`. receipts: those
    that count: line, decl, kind, counts, exchange. exceptions: what did not fit.
    """

    rows: Frame
    lines: Frame
    named: Frame
    receipts: Frame
    exceptions: Frame


def claimed_of(position: Position, vat: VatPosition | None) -> Frame:
    """What was claimed on every declaration item so far: declaration_no, item_no, claimed (fen)."""
    if vat is None:
        amount = nw.col("claimed") + nw.col("advanced")
        return position.refunds.select("declaration_no", "item_no", claimed=amount)
    return (
        vat.lines.group_by("declaration_no", "item_no")
        .agg(claimed=nw.col("refundable").sum().cast(nw.Int64))
        .with_columns(claimed=nw.col("claimed").fill_null(0))
    )


def work_out_collection(
    engine: Engine,
    tables: Mapping[str, Frame],
    documents: Documents,
    traced: Traced,
    collected: Collected | None,
    claimed: Frame,
) -> Collection:
    """Lay what has to come in for each declaration beside what came.

    Args:
        collected: what came home by payouts; None where the season has no entries of banks.
        claimed: what `claimed_of` gives.
    """
    rates, as_of = tables["fx_rates"], documents.as_of
    groups = engine.keep_in_order(
        distinct(documents.declared, *_GROUP), "collection_groups", _GROUP, "decl"
    )
    lines = engine.keep(_lines(rates, documents, traced, collected, groups), "collection_lines")
    whole = engine.keep(_declarations(lines), "collection_declared")
    named = _named(engine, tables["collections"], rates, groups, as_of)
    known, unruled = coming_in.counted(named, rules_of(engine, KINDS_PACK, "kind"))
    receipts = engine.keep(
        coming_in.at_declared_rate(
            engine, known, whole.select("decl", "fob_currency", "fob_amount", "fob")
        ),
        "collection_receipts",
    )
    days = _deadlines(engine, documents)
    terms = tables["collection_terms"].select("declaration_no", contract_by="collect_by")
    found = (
        whole.join(coming_in.came_of(receipts), on="decl", how="left")
        .join(groups.select("decl", "declaration_no"), on="decl")
        .join(_claimed(documents, claimed, groups), on="decl", how="left")
        .join(_last_days(lines, documents, known, collected), on="decl", how="left")
        .join(terms, on="declaration_no", how="left")
        .join(days, on="exported_on")
    )
    filled = ("receipts", "insurance", "deemed", "gained", "lacking", "claimed")
    found = found.with_columns(nw.col(name).fill_null(0) for name in filled)
    found = found.with_columns(
        exchange=nw.col("exchange") + nw.col("gained"),
        lacking=nw.col("lacking") + nw.col("lines_lacking"),
        due_by=_due_by(),
    )
    is_recorded = collected is not None or not engine.is_empty(known)
    weighed = coming_in.weighed(found, as_of, is_recorded=is_recorded)
    rows = engine.keep(weighed.select(COLLECTION.names), "collection")
    misfits = engine.keep(_misfits(unruled, known), "collection_exceptions")
    return Collection(rows, lines, named, receipts, misfits)


def _due_by() -> nw.Expr:
    """The day of the rule, or the contract's where it is later, up to the latest that may be."""
    by_rule, latest, contract = nw.col("by_rule"), nw.col("latest"), nw.col("contract_by")
    is_later = (contract > by_rule).fill_null(value=False)
    bound = nw.when(contract < latest).then(contract).otherwise(latest)
    return nw.when(is_later & (latest > by_rule)).then(bound).otherwise(by_rule)


def _lines(
    rates: Frame, documents: Documents, traced: Traced, collected: Collected | None, groups: Frame
) -> Frame:
    """What each declared line adds to its declaration."""
    valued = with_cny(
        documents.declared.with_columns(
            posted_on="exported_on", currency="fob_currency", amount="fob_amount", whole="quantity"
        ),
        rates,
    ).with_columns(fob="cny")
    runs = traced.trace.filter(~nw.col("dline").is_null()).select(
        "dline", "second", "quantity", step=fate_step()
    )
    values = collecting.declared_values(runs, valued).drop("sold")
    rows = valued.join(groups, on=_GROUP).join(values, on="dline", how="left")
    if collected is None:
        nothing = dict.fromkeys(_OF_ORDERS, _ZERO)
        rows = rows.with_columns(**nothing, is_unknown=_ZERO)
    else:
        # A line that orders have units of and that has no figures lacks a rate.
        its = collected.rows.select(
            *LINE, *_OF_ORDERS, is_unknown=nw.col("received").is_null().cast(nw.Int64)
        )
        rows = rows.join(its, on=LINE, how="left")
    names = (*_OF_ORDERS, "is_unknown", "sent_home", "written_off", "not_sold")
    rows = rows.with_columns(nw.col(name).fill_null(0) for name in names)
    netted = sum((nw.col(name) for name in _NETTED[1:]), start=nw.col(_NETTED[0]))
    lacks = nw.col("fob").is_null() | (nw.col("is_unknown") > 0)
    return rows.select(
        "dline", "decl", "item", "fob_currency", "exported_on", "fob_amount",
        "fob", "sent_home", "written_off", "price", "refunds", "exchange", "received",
        netted=netted,
        # Of goods sold at export the buyer owes what no order has: it is no stock of ours.
        waits=nw.when(nw.col("by_sale")).then(0 - nw.col("not_sold")).otherwise(_ZERO),
        lacking=lacks.cast(nw.Int64),
    )  # fmt: skip


def _declarations(lines: Frame) -> Frame:
    """One row per declaration: what its lines add; fob is null where one has no rate."""
    sums = lines.with_columns(without=nw.col("fob").is_null().cast(nw.Int64)).group_by(
        "decl", "fob_currency"
    ).agg(
        *(nw.col(name).sum().cast(nw.Int64) for name in ("fob_amount", "without", *_OF_LINES)),
        exported_on=nw.col("exported_on").min(),
        lines_lacking=nw.col("lacking").sum().cast(nw.Int64),
    )  # fmt: skip
    return sums.with_columns(fob=nw.when(nw.col("without") == 0).then(nw.col("fob"))).drop(
        "without"
    )


def _named(engine: Engine, collections: Frame, rates: Frame, groups: Frame, as_of: date) -> Frame:
    """The receipts up to the day, numbered, in CNY, each of a declaration and currency.

    Of a declaration in several currencies, a receipt is of its own, or else of the first.
    """
    rows = collections.filter(nw.col("collected_on") <= nw.lit(as_of))
    first = groups.group_by("declaration_no").agg(decl=nw.col("decl").min())
    own = groups.select("declaration_no", currency="fob_currency", of_its_own="decl")
    dated = with_cny(rows.with_columns(posted_on="collected_on"), rates)
    told = (
        dated.join(first, on="declaration_no")
        .join(own, on=["declaration_no", "currency"], how="left")
        .with_columns(decl=nw.coalesce("of_its_own", "decl"))
        .select(
            "declaration_no", "collection_no", "collected_on", "kind", "currency", "amount", "cny",
            "decl",
        )
    )  # fmt: skip
    order = ["declaration_no", "collected_on", "collection_no"]
    return engine.keep_in_order(told, "collections_named", order, "line")


def _deadlines(engine: Engine, documents: Documents) -> Frame:
    """One row per day of export: by_rule, latest. Worked out once a day of the calendar."""
    rules = read(DEADLINES)
    rows = engine.rows(distinct(documents.declared, "exported_on"), ["exported_on"])
    days = [row["exported_on"] for row in rows]
    named = {"by_rule": "foreign_exchange_by", "latest": "foreign_exchange_latest"}
    columns = {
        column: pa.array([due(rules, rule, day) for day in days], pa.date32())
        for column, rule in named.items()
    }
    table = pa.table({"exported_on": pa.array(days, pa.date32()), **columns})
    return engine.keep(engine.table(table), "collection_deadlines")


def _claimed(documents: Documents, claimed: Frame, groups: Frame) -> Frame:
    """What was claimed on each declaration; an item is of its first line's currency."""
    first = documents.declared.filter(nw.col("dline") == nw.col("item"))
    return (
        claimed.join(
            first.select("declaration_no", "item_no", "fob_currency"),
            on=["declaration_no", "item_no"],
        )
        .join(groups, on=_GROUP)
        .group_by("decl")
        .agg(nw.col("claimed").sum().cast(nw.Int64))
    )


def _last_days(
    lines: Frame, documents: Documents, known: Frame, collected: Collected | None
) -> Frame:
    """The last day on which anything came of each declaration."""
    came = [known.select("decl", last_on="collected_on")]
    if collected is not None:
        its = documents.declared.select(*LINE, "dline").join(
            lines.select("dline", "decl"), on="dline"
        )
        by_payouts = collected.allocated.filter(~nw.col("declaration_no").is_null()).join(
            its, on=LINE
        )
        came.append(by_payouts.select("decl", last_on="booked_on"))
    return nw.concat(came).group_by("decl").agg(last_on=nw.col("last_on").max())


def _misfits(unruled: Frame, known: Frame) -> Frame:
    without_rate = known.filter(nw.col("cny").is_null())
    key = nw.concat_str([nw.col("declaration_no"), nw.col("collection_no")], separator="/")
    return nw.concat(
        [
            rows.select(
                "currency", "amount", day="collected_on", key=key, table=nw.lit("collections"),
                code=nw.lit(code), found=nw.lit(told), remedy=nw.lit(REMEDIES[code]),
            ).select(MONEY_EXCEPTIONS.names)
            for code, rows, told in (
                ("collection_not_counted", unruled, "No rule in force on its day counts its kind."),
                ("no_fx_rate", without_rate, "There is no rate to CNY."),
            )
        ]
    )  # fmt: skip


def everything_declared_is_collected(found: Collection, documents: Documents) -> Frame:
    """Every declaration once, with all of its declared value and nothing else."""
    sums = documents.declared.group_by(*_GROUP).agg(
        expected=nw.col("fob_amount").sum().cast(nw.Int64)
    )
    told = found.rows.group_by(*_GROUP).agg(
        found=nw.col("fob_amount").sum().cast(nw.Int64), times=nw.len().cast(nw.Int64)
    )
    both = sums.join(told, on=_GROUP, how="left")
    return both.filter(
        (nw.col("found") != nw.col("expected")).fill_null(value=True) | (nw.col("times") != 1)
    )


def collection_sums(found: Collection) -> Frame:
    """What has to come of a declaration is what came, counts or is missing, and no less than 0."""
    to_come = sum((nw.col(name) for name in TO_COME[1:]), start=nw.col(TO_COME[0]))
    rest = sum((0 - nw.col(name) for name in (*CAME, *MISSING)), start=to_come + nw.col("over"))
    return found.rows.filter(
        (
            (rest != 0) | (nw.col("not_sold") < 0) | (nw.col("open") < 0) | (nw.col("over") < 0)
        ).fill_null(value=False)
    )


def payouts_are_collected(found: Collection, collected: Collected) -> Frame:
    """What payouts brought of a declaration's lines is what they brought of it."""
    its = collected.rows.group_by(*_GROUP).agg(
        expected=nw.col("received").sum().cast(nw.Int64),
        unknown=nw.col("received").is_null().cast(nw.Int64).sum().cast(nw.Int64),
    )
    both = its.filter(nw.col("unknown") == 0).join(
        found.rows.select(*_GROUP, "received"), on=_GROUP, how="left"
    )
    return both.filter((nw.col("expected") != nw.col("received")).fill_null(value=False))


def receipts_count_once(found: Collection) -> Frame:
    """What receipts beside payouts come to is in the table once: counted, in all declarations."""
    names = ("receipts", "insurance", "deemed")
    # What came is worth what the season says; what is deemed is worth what it covers.
    worth = found.named.join(found.receipts.select("line", "counts"), on="line").with_columns(
        counts=nw.when(nw.col("kind") == "deemed").then(nw.col("counts")).otherwise(nw.col("cny")),
        exchange=_ZERO,
    )
    sums = coming_in.came_of(worth).filter(nw.col("lacking") == 0)
    groups = found.lines.group_by("decl").agg(lacking=nw.col("lacking").sum().cast(nw.Int64))
    known = sums.drop("lacking").join(
        groups.filter(nw.col("lacking") == 0).select("decl"), on="decl", how="semi"
    )
    expected = known.select(nw.col(name).sum().cast(nw.Int64) for name in names)
    told = found.rows.select(
        nw.col(name).sum().cast(nw.Int64).alias(f"told_{name}") for name in names
    )
    both = expected.with_columns(one=nw.lit(1, nw.Int64)).join(
        told.with_columns(one=nw.lit(1, nw.Int64)), on="one"
    )
    broken = nw.lit(value=False)
    for name in names:
        broken = broken | (nw.col(name).fill_null(0) != nw.col(f"told_{name}").fill_null(0))
    return both.filter(broken)
