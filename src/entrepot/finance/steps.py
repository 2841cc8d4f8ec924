# SPDX-License-Identifier: Apache-2.0
"""From settlement reports to the book of money: movements, settlements that foot, orders' money.

`lines` has one row per amount of a report: channel, settlement_no, line_no, posted_on, account,
currency, amount (hundredths, signed), order_no, label. `payouts`: channel, settlement_no, paid_on,
currency, amount. `sales`: channel, order_no, currency, shipped_on, amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw

from entrepot.engine.base import Frame

_OWED = nw.concat_str([nw.lit("receivable"), nw.col("channel")], separator="/")
_PAID = nw.concat_str([nw.lit("payout"), nw.col("channel")], separator="/")
_IS_IN = nw.col("amount") > 0


def movements(lines: Frame, payouts: Frame, places: Frame) -> Frame:
    """Every amount that is not 0 as money that leaves one place and enters another.

    Args:
        places: one row per account: account, place (before the name of the channel).

    Returns:
        on, document_kind, document_no, document_line, part, item, amount (> 0), from_place,
        to_place.
    """
    other = nw.concat_str([nw.col("place"), nw.col("channel")], separator="/")
    settled = lines.join(places, on="account")
    return nw.concat(
        [
            _moves(settled, "settlement", "posted_on", nw.col("line_no"), other, _OWED),
            _moves(payouts, "payout", "paid_on", nw.lit(0, nw.Int64), _OWED, _PAID),
        ]
    )


def _moves(
    rows: Frame, kind: str, day: str, line: nw.Expr, source: nw.Expr, target: nw.Expr
) -> Frame:
    """What is above 0 goes from source to target, what is below comes back."""
    return rows.filter(nw.col("amount") != 0).select(
        on=nw.col(day),
        document_kind=nw.lit(kind),
        document_no=nw.concat_str([nw.col("channel"), nw.col("settlement_no")], separator="/"),
        document_line=line,
        part=nw.lit(0, nw.Int64),
        item=nw.col("currency"),
        amount=nw.col("amount").abs(),
        from_place=nw.when(_IS_IN).then(source).otherwise(target),
        to_place=nw.when(_IS_IN).then(target).otherwise(source),
    )


def settled(lines: Frame, payouts: Frame) -> Frame:
    """What each settlement comes to, and what was paid out: a row per settlement and currency."""
    key = ["channel", "settlement_no", "currency"]
    listed = lines.group_by(*key).agg(
        lines=nw.len().cast(nw.Int64),
        first_on=nw.col("posted_on").min(),
        last_on=nw.col("posted_on").max(),
        amount=nw.col("amount").sum().cast(nw.Int64),
    )
    paid = payouts.select(*key, "paid_on", payout="amount")
    rows = _either(listed, paid, key).with_columns(
        lines=nw.col("lines").fill_null(0), amount=nw.col("amount").fill_null(0)
    )
    is_paid, is_listed = ~nw.col("payout").is_null(), nw.col("lines") > 0
    return rows.with_columns(
        residual=nw.col("payout") - nw.col("amount"),
        state=nw.when(~is_paid)
        .then(nw.lit("open"))
        .otherwise(
            nw.when(~is_listed)
            .then(nw.lit("no_lines"))
            .otherwise(
                nw.when(nw.col("payout") == nw.col("amount"))
                .then(nw.lit("footed"))
                .otherwise(nw.lit("not_footed"))
            )
        ),
    )


def proceeds(lines: Frame, sales: Frame, parts: Mapping[str, Sequence[str]]) -> Frame:
    """What each order was sold for, and what came of it: a row per order and currency.

    Args:
        parts: of which accounts each of the columns is the sum.
    """
    key = ["channel", "order_no", "currency"]
    account, amount = nw.col("account"), nw.col("amount")
    sold = sales.group_by(*key).agg(
        shipped_on=nw.col("shipped_on").min(), sold=amount.sum().cast(nw.Int64)
    )
    of_orders = lines.filter(~nw.col("order_no").is_null()).select(
        *key,
        "posted_on",
        **{
            part: nw.when(account.is_in(accounts)).then(amount).otherwise(nw.lit(0, nw.Int64))
            for part, accounts in parts.items()
        },
    )
    came = of_orders.group_by(*key).agg(
        lines=nw.len().cast(nw.Int64),
        settled_on=nw.col("posted_on").max(),
        **{part: nw.col(part).sum().cast(nw.Int64) for part in parts},
    )
    rows = _either(sold, came, key).with_columns(
        is_sold=~nw.col("sold").is_null(), is_settled=~nw.col("lines").is_null()
    )
    counted = ["sold", "lines", *parts]
    rows = rows.with_columns(**{name: nw.col(name).fill_null(0) for name in counted})
    return rows.with_columns(
        net=nw.sum_horizontal(*parts).cast(nw.Int64),
        difference=nw.when(nw.col("is_sold") & nw.col("is_settled")).then(
            nw.col("price") - nw.col("sold")
        ),
        state=nw.when(~nw.col("is_sold"))
        .then(nw.lit("unknown"))
        .otherwise(
            nw.when(nw.col("is_settled")).then(nw.lit("settled")).otherwise(nw.lit("unsettled"))
        ),
    ).drop("is_sold", "is_settled")


def _either(left: Frame, right: Frame, key: list[str]) -> Frame:
    """The rows of both by their key; what one side has none of is null in its columns."""
    only_right = right.join(left.select(*key), on=key, how="anti")
    names = left.collect_schema()
    empty = {name: nw.lit(None, kind) for name, kind in names.items() if name not in key}
    joined = left.join(right, on=key, how="left")
    columns = joined.collect_schema().names()
    return nw.concat([joined, only_right.with_columns(**empty).select(*columns)])
