# SPDX-License-Identifier: Apache-2.0
"""What the costs of a season must keep across rows: what they paid for, and what they undo."""

from __future__ import annotations

from functools import reduce
from operator import or_

import narwhals as nw

from entrepot.engine.base import Frame
from entrepot.engine.distinct import distinct
from entrepot.engine.faults import ROW
from entrepot.engine.relations import Rule

_KEY = ("payee", "cost_no", "line_no")
_SALES = ("channel", "order_no", "warehouse", "first_on", "last_on")
_SCOPE = ("declaration_no", "item_no", "sku")
_SAME = ("account", "currency", "spread", *_SCOPE, *_SALES)


def goods_not_declared(costs: Frame, declarations: Frame) -> Frame:
    """Find costs of goods that no declared line is: wrong declaration, item or article.

    Args:
        costs: one row per cost: ROW, declaration_no, item_no, sku.
        declarations: one row per declared line: its key.

    Returns:
        the faulty rows.

    Source:
        our own table definition.
    """
    asked = costs.filter(~nw.col("declaration_no").is_null())
    item, sku = nw.col("of_item"), nw.col("of_sku")
    met = (
        asked.select(ROW, "declaration_no", of_item="item_no", of_sku="sku")
        .join(distinct(declarations, *_SCOPE), on="declaration_no")
        .filter(
            item.is_null() | (item == nw.col("item_no")), sku.is_null() | (sku == nw.col("sku"))
        )
    )
    return asked.join(distinct(met, ROW), on=ROW, how="anti").select(ROW, *_SCOPE)


def paid_for_both(costs: Frame) -> Frame:
    """Find costs that name declared goods and sales, or an item without its declaration.

    Args:
        costs: one row per cost: ROW, its key and what it paid for.

    Returns:
        the faulty rows.

    Source:
        our own table definition.
    """
    of_goods = ~nw.col("declaration_no").is_null()
    only_item = ~nw.col("item_no").is_null() & ~of_goods
    return costs.filter((of_goods & _of_sales()) | only_item)


def shared_and_named(costs: Frame, shares: Frame) -> Frame:
    """Find costs with shares given by hand that name declared goods or sales as well.

    Args:
        costs: one row per cost: ROW, its key and what it paid for.
        shares: one row per share given by hand: the cost's key.

    Returns:
        the faulty rows.

    Source:
        our own table definition.
    """
    by_hand = distinct(shares, *_KEY)
    return costs.filter(~nw.col("declaration_no").is_null() | _of_sales()).join(
        by_hand, on=list(_KEY), how="semi"
    )


def _of_sales() -> nw.Expr:
    return reduce(or_, (~nw.col(name).is_null() for name in _SALES))


def order_of_no_channel(costs: Frame) -> Frame:
    """Find costs of an order that do not say of which channel it is.

    Args:
        costs: one row per cost: ROW, channel, order_no.

    Returns:
        the faulty rows.

    Source:
        our own table definition: an order's number is one of its channel.
    """
    return costs.filter(~nw.col("order_no").is_null(), nw.col("channel").is_null())


def undone_otherwise(costs: Frame) -> Frame:
    """Find costs that undo another one, but not the whole of it, or not as it was booked.

    Args:
        costs: one row per cost: ROW, its key, amount (hundredths), what it is for, reverses_no and
            reverses_line.

    Returns:
        the faulty rows.

    Source:
        our own table definition: what undoes a cost goes the same ways backwards.
    """
    asked = costs.filter(~nw.col("reverses_no").is_null() | ~nw.col("reverses_line").is_null())
    # An empty cell equals another empty one.
    texts = [nw.col(name).cast(nw.String).fill_null("") for name in _SAME]
    told = costs.with_columns(about=nw.concat_str(texts, separator="\x1f"))
    undone = told.select(
        "payee",
        "about",
        "amount",
        reverses_no="cost_no",
        reverses_line="line_no",
    )
    met = (
        asked.join(told.select(ROW, "about"), on=ROW)
        .join(undone, on=["payee", "reverses_no", "reverses_line"], suffix="_undone")
        .filter(
            nw.col("about") == nw.col("about_undone"),
            nw.col("amount") + nw.col("amount_undone") == 0,
        )
    )
    return asked.join(distinct(met, ROW), on=ROW, how="anti").select(
        ROW, "reverses_no", "reverses_line"
    )


RULES = (
    Rule(
        code="cost.no_goods",
        column="declaration_no",
        reads={"costs": _SCOPE, "declarations": _SCOPE},
        rows=goods_not_declared,
        found=lambda row: (
            f"declaration {row['declaration_no']}"
            + (f", item {row['item_no']}" if row["item_no"] is not None else "")
            + (f", {row['sku']}" if row["sku"] is not None else "")
        ),
        expected=lambda _: "goods that declarations has",
        remedy="Correct declaration, item or article, or add the row to declarations.",
    ),
    Rule(
        code="cost.two_purposes",
        column="declaration_no",
        reads={"costs": (*_KEY, *_SCOPE, *_SALES)},
        rows=paid_for_both,
        found=lambda row: (
            "an item without its declaration"
            if row["declaration_no"] is None
            else f"goods of {row['declaration_no']}, and sales"
        ),
        expected=lambda _: "declared goods or sales",
        remedy="Leave one of the two empty, or split the line in two.",
    ),
    Rule(
        code="cost.two_purposes",
        column="line_no",
        reads={"costs": (*_KEY, *_SCOPE, *_SALES), "cost_shares": _KEY},
        rows=shared_and_named,
        found=lambda row: f"line {row['line_no']} of {row['cost_no']} with shares, and a purpose",
        expected=lambda _: "shares, or what it paid for",
        remedy="Leave its other columns empty, or take its rows out of cost_shares.",
    ),
    Rule(
        code="cost.order_without_channel",
        column="channel",
        reads={"costs": ("channel", "order_no")},
        rows=order_of_no_channel,
        found=lambda row: f"order {row['order_no']} of no channel",
        expected=lambda _: "the channel of the order",
        remedy="Enter the channel, as sales has it.",
    ),
    Rule(
        code="cost.reversal",
        column="reverses_no",
        reads={
            "costs": (*_KEY, "amount", *_SAME, "reverses_no", "reverses_line"),
        },
        rows=undone_otherwise,
        found=lambda row: f"{row['reverses_no']}, line {row['reverses_line']}",
        expected=lambda _: (
            "a line of the payee that is the same in all but day and number, with the amount"
            " turned round"
        ),
        remedy="Correct number, line or amount, or leave both empty: then it is a cost of its own.",
    ),
)
