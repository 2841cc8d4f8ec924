# SPDX-License-Identifier: Apache-2.0
"""Bank entries in the book of money, what they bring of each settlement, and what was netted.

`entries` has one row per bank entry: its key, booked_on, kind, currency, amount (hundredths,
signed), channel, settlement_no, payee, of_currency, of_amount. `lines` is as in `finance.steps`.
"""

from __future__ import annotations

import narwhals as nw

from entrepot.engine.base import Frame

_SETTLEMENT = ["channel", "settlement_no", "currency"]
_ZERO = nw.lit(0, nw.Int64)
#: USD at a rate in millionths of a CNY.
_MILLION = 1_000_000


def movements(entries: Frame, places: Frame) -> Frame:
    """Every entry that is not 0 as money that leaves one place and enters another.

    What was exchanged is two movements: what was given in its own currency, then what came of it.

    Args:
        places: one row per kind of entry: kind, place (before channel or payee).

    Returns:
        the columns of MONEY_BOOK.
    """
    rows = entries.filter(nw.col("amount") != 0).join(places, on="kind")
    owner = (
        nw.when(nw.col("kind") == "payout")
        .then(nw.col("channel"))
        .when(nw.col("kind") == "cost")
        .then(nw.col("payee"))
        .otherwise(nw.lit(None, nw.String))
    )
    told = rows.with_columns(owner=owner)
    named = nw.concat_str([nw.col("place"), nw.col("owner")], separator="/")
    told = told.with_columns(
        other=nw.when(nw.col("owner").is_null()).then(nw.col("place")).otherwise(named),
        ours=nw.concat_str([nw.lit("bank"), nw.col("account")], separator="/"),
        between=nw.concat_str([nw.lit("exchanged"), nw.col("account")], separator="/"),
        is_exchanged=~nw.col("of_amount").is_null(),
    )
    source = nw.when(nw.col("is_exchanged")).then(nw.col("between")).otherwise(nw.col("other"))
    part = nw.when(nw.col("is_exchanged")).then(nw.lit(1, nw.Int64)).otherwise(_ZERO)
    given = told.filter(nw.col("is_exchanged")).select(
        *_about(), part=_ZERO, item="of_currency", value="of_amount", a="other", b="between"
    )
    came = told.select(*_about(), part=part, item="currency", value="amount", a=source, b="ours")
    is_in = nw.col("value") > 0
    columns = ["account", "entry_no", "line_no", "booked_on", "part", "item", "value", "a", "b"]
    return nw.concat([given.select(columns), came.select(columns)]).select(
        on="booked_on",
        document_kind=nw.lit("bank"),
        document_no=nw.concat_str([nw.col("account"), nw.col("entry_no")], separator="/"),
        document_line="line_no",
        part="part",
        item="item",
        amount=nw.col("value").abs(),
        from_place=nw.when(is_in).then(nw.col("a")).otherwise(nw.col("b")),
        to_place=nw.when(is_in).then(nw.col("b")).otherwise(nw.col("a")),
    )


def _about() -> list[str]:
    return ["account", "entry_no", "line_no", "booked_on"]


def receipts(entries: Frame) -> Frame:
    """The entries that are of payouts, in the currency of the settlement.

    Returns:
        the entries with currency and amount of the settlement, and bank_currency, bank_amount.
    """
    exchanged = ~nw.col("of_amount").is_null()
    return entries.filter(nw.col("kind") == "payout").with_columns(
        bank_currency="currency",
        bank_amount="amount",
        currency=nw.when(exchanged).then(nw.col("of_currency")).otherwise(nw.col("currency")),
        amount=nw.when(exchanged).then(nw.col("of_amount")).otherwise(nw.col("amount")),
    )


def with_received(settled: Frame, received: Frame | None) -> Frame:
    """Settlements with what banks say came of each.

    Args:
        settled: what `finance.steps.settled` gives.
        received: what `receipts` gives; None where no bank says anything.
    """
    if received is None:
        return settled.with_columns(
            received=nw.lit(None, nw.Int64), received_on=nw.lit(None, nw.Date)
        )
    came = received.group_by(*_SETTLEMENT).agg(
        received=nw.col("amount").sum().cast(nw.Int64), received_on=nw.col("booked_on").max()
    )
    return settled.join(came, on=_SETTLEMENT, how="left").with_columns(
        received=nw.col("received").fill_null(0)
    )


def with_kinds(lines: Frame, kinds: Frame) -> Frame:
    """Amounts of settlements with what they are in netting.

    Args:
        kinds: one row per account: account, kind.
    """
    return lines.join(kinds, on="account")


def netted(lines: Frame, rules: Frame) -> Frame:
    """Both gross sides of every settlement: a row per settlement, currency, kind and basis.

    Args:
        lines: what `with_kinds` gives, with cny (fen; null: no rate).
        rules: one row per kind and period: kind, basis, valid_from, valid_to (null: still).
    """
    amount = nw.col("amount")
    sums = ("amount", "given", "taken", "known_cny", "lines", "known")
    days = [*_SETTLEMENT, "kind", "posted_on"]
    by_day = (
        lines.select(
            *days,
            "amount",
            "cny",
            given=nw.max_horizontal(amount, _ZERO),
            taken=nw.max_horizontal(0 - amount, _ZERO),
        )
        .group_by(*days)
        .agg(
            *(nw.col(n).sum().cast(nw.Int64).alias(n) for n in ("amount", "given", "taken")),
            known_cny=nw.col("cny").sum().cast(nw.Int64),
            lines=nw.len().cast(nw.Int64),
            known=nw.col("cny").count().cast(nw.Int64),
        )
    )
    rows = (
        _with_bases(by_day, rules)
        .group_by(*_SETTLEMENT, "kind", "basis")
        .agg(nw.col(name).sum().cast(nw.Int64) for name in sums)
    )
    is_known = nw.col("lines") == nw.col("known")
    return rows.with_columns(cny=nw.when(is_known).then(nw.col("known_cny")))


def _with_bases(days: Frame, rules: Frame) -> Frame:
    """On what it rests that amounts of a kind are netted, on their day."""
    day, ends = nw.col("posted_on"), nw.col("valid_to")
    told = days.group_by("kind", "posted_on").agg(_times=nw.len()).drop("_times")
    in_force = (
        told.join(rules, on="kind")
        .filter(nw.col("valid_from") <= day, ends.is_null() | (day < ends))
        .select("kind", "posted_on", ruled="basis")
    )
    kind = nw.col("kind")
    ours = (
        nw.when(kind.is_in(["gross", "refunds"]))
        .then(nw.lit("proceeds"))
        .when(kind == "moved")
        .then(nw.lit("moved"))
        .otherwise(nw.lit("unnamed"))
    )
    return days.join(in_force, on=["kind", "posted_on"], how="left").with_columns(
        basis=nw.when(nw.col("ruled").is_null()).then(ours).otherwise(nw.col("ruled"))
    )


def in_usd(cny: nw.Expr, rate: nw.Expr) -> nw.Expr:
    """Fen >= 0 as cents of a USD, half up.

    Args:
        rate: millionths of a CNY for one USD, below 10**10.
    """
    whole = cny // rate
    rest = cny - whole * rate
    return whole * _MILLION + (2 * rest * _MILLION + rate) // (2 * rate)
