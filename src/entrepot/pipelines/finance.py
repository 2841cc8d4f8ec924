# SPDX-License-Identifier: Apache-2.0
"""All the money of a close: settlements, costs, margins, what did not fit, and their proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.engine.lookup import Rows
from entrepot.engine.schema import Table
from entrepot.finance.tables import MONEY_BOOK, MONEY_EXCEPTIONS, PROCEEDS, SETTLED
from entrepot.finance.tables_costs import LANDED
from entrepot.finance.tables_margin import MARGIN
from entrepot.pipelines.costs import (
    Costs,
    costs_lie_somewhere,
    every_cost_is_booked,
    work_out_costs,
)
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.margin import Margin, work_out_margin
from entrepot.pipelines.money import (
    Money,
    every_amount_is_booked,
    moves_between_places,
    work_out_money,
)
from entrepot.pipelines.refunding import Position
from entrepot.pipelines.tracing import Traced

#: What a close writes of money, in order.
MONEY_OUTPUTS = (MONEY_BOOK, SETTLED, PROCEEDS, LANDED, MARGIN, MONEY_EXCEPTIONS)


@dataclass(frozen=True, slots=True)
class Finance:
    """The money of a close.

    costs: None where the season has none. margin: None where it has none and nothing was settled.
    exceptions: everything about money that did not fit.
    """

    money: Money
    costs: Costs | None
    margin: Margin | None
    exceptions: Frame


def work_out_finance(
    engine: Engine,
    tables: Mapping[str, Frame],
    documents: Documents,
    traced: Traced,
    position: Position | None,
) -> Finance:
    """Book settlements and costs, and say what was earned.

    Args:
        position: that of a trading firm; None of a producing one.
    """
    money = work_out_money(engine, tables, documents.as_of)
    costs = work_out_costs(engine, tables, documents, traced)
    margin = work_out_margin(engine, tables, documents, traced.trace, position, money, costs)
    found = [each.exceptions for each in (money, costs, margin) if each is not None]
    return Finance(money, costs, margin, engine.keep(nw.concat(found), "finance_exceptions"))


def money_proofs(finance: Finance) -> dict[str, Frame]:
    """By what has to hold, the rows that break it."""
    found = {
        "every amount of the settlements is in the book of money once": every_amount_is_booked(
            finance.money
        ),
        "money moves between places": moves_between_places(finance.money.moved),
    }
    if finance.costs is not None:
        found |= {
            "every cost is in the book of money once": every_cost_is_booked(finance.costs),
            "costs move between places": moves_between_places(finance.costs.moved),
            "what goods have cost lies where they are": costs_lie_somewhere(finance.costs),
        }
    return found


def money_outputs(finance: Finance) -> Iterator[tuple[Table, list[Rows]]]:
    """The tables of money, with their rows."""
    money, costs, margin = finance.money, finance.costs, finance.margin
    of_costs = [] if costs is None else [Rows(costs.moved, MONEY_BOOK.key)]
    yield MONEY_BOOK, [*of_costs, Rows(money.moved, MONEY_BOOK.key)]
    yield SETTLED, [Rows(money.settled, SETTLED.key)]
    yield PROCEEDS, [Rows(money.proceeds, PROCEEDS.key)]
    yield LANDED, [] if costs is None else [Rows(costs.landed, LANDED.key)]
    yield MARGIN, [] if margin is None else [Rows(margin.rows, ["sale"])]
    yield MONEY_EXCEPTIONS, [Rows(finance.exceptions, MONEY_EXCEPTIONS.key)]
