# SPDX-License-Identifier: Apache-2.0
"""All the money of a close: settlements, costs, margins, what did not fit, and their proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.engine.lookup import Rows
from entrepot.engine.schema import Table
from entrepot.exchange.tables import REVALUED as EXCHANGE_REVALUED
from entrepot.exchange.tables import SETTLED as EXCHANGE_SETTLED
from entrepot.finance.netting import with_received
from entrepot.finance.tables import MONEY_BOOK, MONEY_EXCEPTIONS, PROCEEDS, SETTLED
from entrepot.finance.tables_bank import ALLOCATED, COLLECTED, NETTING, RECEIPTS_YEAR
from entrepot.finance.tables_collection import COLLECTION
from entrepot.finance.tables_costs import LANDED
from entrepot.finance.tables_margin import EXCHANGE_BORNE, MARGIN
from entrepot.finance.tables_tied import CASH_TIED
from entrepot.pipelines.bank import Bank, every_entry_is_booked, work_out_bank
from entrepot.pipelines.bearing import orders_bear_what_is_said, work_out_borne
from entrepot.pipelines.collecting import (
    NETTING_PACK,
    Collected,
    receipts_are_allocated,
    receipts_are_collected,
    steps_sum_to_receipts,
    work_out_collected,
    work_out_netting,
)
from entrepot.pipelines.coming_in import (
    KINDS_PACK,
    Collection,
    claimed_of,
    collection_sums,
    everything_declared_is_collected,
    payouts_are_collected,
    receipts_count_once,
    work_out_collection,
)
from entrepot.pipelines.costs import (
    Costs,
    costs_lie_somewhere,
    every_cost_is_booked,
    work_out_costs,
)
from entrepot.pipelines.documents import Documents
from entrepot.pipelines.exchanging import (
    Exchange,
    gains_are_booked_once,
    work_out_exchange,
)
from entrepot.pipelines.margin import Margin, work_out_margin
from entrepot.pipelines.money import (
    Money,
    every_amount_is_booked,
    moves_between_places,
    work_out_money,
)
from entrepot.pipelines.producing import VatPosition
from entrepot.pipelines.refunding import Position
from entrepot.pipelines.small_firm import SMALL_FIRM_PACK, work_out_years
from entrepot.pipelines.tracing import Traced
from entrepot.pipelines.tying import ties_sum_to_invoices, work_out_tied
from entrepot.pipelines.valuing import value_sales

#: Packs that the money rests on.
PACKS = (NETTING_PACK, KINDS_PACK, SMALL_FIRM_PACK)
#: What a close writes of money, in order.
MONEY_OUTPUTS = (
    MONEY_BOOK,
    SETTLED,
    PROCEEDS,
    NETTING,
    ALLOCATED,
    COLLECTED,
    COLLECTION,
    RECEIPTS_YEAR,
    EXCHANGE_SETTLED,
    EXCHANGE_REVALUED,
    EXCHANGE_BORNE,
    LANDED,
    MARGIN,
    CASH_TIED,
    MONEY_EXCEPTIONS,
)


@dataclass(frozen=True, slots=True)
class Finance:
    """The money of a close.

    netting: both gross sides of every settlement. years: what came in each calendar year.
    bank, collected: None where the season has no entries of banks. collection: what came of every
    declaration, by any way. costs: None where it has none.
    exchange: None where it has no foreign money. borne: whose its realised gains are. margin: None
    where nothing cost or was settled. tied: cash tied up in goods; None without entries of banks.
    exceptions: everything about money that did not fit.
    """

    money: Money
    netting: Frame
    years: Frame
    bank: Bank | None
    collected: Collected | None
    collection: Collection
    costs: Costs | None
    exchange: Exchange | None
    borne: Frame | None
    margin: Margin | None
    tied: Frame | None
    exceptions: Frame


def work_out_finance(
    engine: Engine,
    tables: Mapping[str, Frame],
    documents: Documents,
    traced: Traced,
    position: Position,
    vat: VatPosition | None,
) -> Finance:
    """Book settlements and costs, and say what was earned.

    Args:
        position: that of a trading firm; of a producing one without its claims.
        vat: what a producing firm files; None of a trading one.
    """
    money = work_out_money(engine, tables, documents.as_of)
    rates = tables["fx_rates"]
    costs = work_out_costs(engine, tables, documents, traced)
    bank = work_out_bank(engine, tables, money.settled, documents.as_of)
    margin, collected, tied = None, None, None
    if costs is not None or bank is not None or money.has_lines:
        sales = value_sales(engine, tables, documents.as_of)
        if bank is not None:
            collected = work_out_collected(engine, rates, documents, traced, sales, money, bank)
            tied = work_out_tied(engine, documents, traced.trace, collected)
        if costs is not None or money.has_lines:
            margin = work_out_margin(
                engine,
                sales,
                documents,
                traced.trace,
                None if vat else position,
                money,
                costs,
                collected,
            )
    collection = work_out_collection(
        engine, tables, documents, traced, collected, claimed_of(position, vat)
    )
    netting = work_out_netting(engine, money)
    years = work_out_years(engine, rates, money, bank)
    exchange = work_out_exchange(engine, rates, money, costs, bank, documents.as_of)
    borne = work_out_borne(engine, exchange, collected)
    parts = (money, costs, margin, bank, collected, collection, exchange)
    found = [each.exceptions for each in parts if each is not None]
    exceptions = engine.keep(nw.concat(found), "finance_exceptions")
    return Finance(
        money,
        netting,
        years,
        bank,
        collected,
        collection,
        costs,
        exchange,
        borne,
        margin,
        tied,
        exceptions,
    )


def money_proofs(finance: Finance, documents: Documents) -> dict[str, Frame]:
    """By what has to hold, the rows that break it."""
    found = {
        "every amount of the settlements is in the book of money once": every_amount_is_booked(
            finance.money
        ),
        "money moves between places": moves_between_places(finance.money.moved),
        "everything declared has to be collected": everything_declared_is_collected(
            finance.collection, documents
        ),
        "what has to be collected came, counts or is missing": collection_sums(finance.collection),
        "what came beside payouts counts once": receipts_count_once(finance.collection),
    }
    if finance.costs is not None:
        found |= {
            "every cost is in the book of money once": every_cost_is_booked(finance.costs),
            "costs move between places": moves_between_places(finance.costs.moved),
            "what goods have cost lies where they are": costs_lie_somewhere(finance.costs),
        }
    if finance.exchange is not None:
        found |= {
            "every gain of exchange is booked once": gains_are_booked_once(finance.exchange),
            "gains of exchange move between places": moves_between_places(finance.exchange.moved),
        }
    if finance.borne is not None and finance.margin is not None:
        found |= {
            "what exchange brought orders is in their margins": orders_bear_what_is_said(
                finance.borne, finance.margin
            )
        }
    if finance.tied is not None:
        found["cash tied up is what invoices carry"] = ties_sum_to_invoices(finance.tied, documents)
    if finance.bank is not None and finance.collected is not None:
        found |= {
            "every bank entry is in the book of money once": every_entry_is_booked(finance.bank),
            "bank entries move between places": moves_between_places(finance.bank.moved),
            "every receipt is allocated once": receipts_are_allocated(
                finance.collected, finance.bank
            ),
            "what is allocated to declared lines came home of them": receipts_are_collected(
                finance.collected
            ),
            "what payouts brought of declared lines is collected": payouts_are_collected(
                finance.collection, finance.collected
            ),
            "from what was declared every step leads to what came": steps_sum_to_receipts(
                finance.collected
            ),
        }
    return found


def money_outputs(finance: Finance) -> Iterator[tuple[Table, list[Rows]]]:
    """The tables of money, with their rows."""
    money, costs, margin = finance.money, finance.costs, finance.margin
    bank, collected = finance.bank, finance.collected
    of_banks = [] if bank is None else [Rows(bank.moved, MONEY_BOOK.key)]
    of_costs = [] if costs is None else [Rows(costs.moved, MONEY_BOOK.key)]
    exchange = finance.exchange
    gains = [] if exchange is None else [Rows(exchange.moved, MONEY_BOOK.key)]
    yield MONEY_BOOK, [*of_banks, *of_costs, *gains, Rows(money.moved, MONEY_BOOK.key)]
    settled = bank.settled if bank else with_received(money.settled, None)
    yield SETTLED, [Rows(settled, SETTLED.key)]
    yield PROCEEDS, [Rows(money.proceeds, PROCEEDS.key)]
    yield NETTING, [Rows(finance.netting, NETTING.key)]
    yield ALLOCATED, [] if collected is None else [Rows(collected.allocated, ALLOCATED.key)]
    yield COLLECTED, [] if collected is None else [Rows(collected.rows, COLLECTED.key)]
    yield COLLECTION, [Rows(finance.collection.rows, COLLECTION.key)]
    yield RECEIPTS_YEAR, [Rows(finance.years, RECEIPTS_YEAR.key)]
    gained = [] if exchange is None else [Rows(exchange.settled, EXCHANGE_SETTLED.key)]
    yield EXCHANGE_SETTLED, gained
    valued = [] if exchange is None else [Rows(exchange.revalued, EXCHANGE_REVALUED.key)]
    yield EXCHANGE_REVALUED, valued
    borne = finance.borne
    yield EXCHANGE_BORNE, [] if borne is None else [Rows(borne, EXCHANGE_BORNE.key)]
    yield LANDED, [] if costs is None else [Rows(costs.landed, LANDED.key)]
    yield MARGIN, [] if margin is None else [Rows(margin.rows, ["sale"])]
    tied = finance.tied
    yield CASH_TIED, [] if tied is None else [Rows(tied, CASH_TIED.key)]
    yield MONEY_EXCEPTIONS, [Rows(finance.exceptions, MONEY_EXCEPTIONS.key)]
