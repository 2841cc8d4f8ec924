# SPDX-License-Identifier: Apache-2.0
"""A proof shows exactly the rows that break it, and a close with a broken one stops.

A real close is changed in one row each time: what was right must then be found wrong.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

from entrepot.engine.base import Engine, Frame
from entrepot.engine.frames import typed_table
from entrepot.ledger import proofs
from entrepot.ledger.entries import CUSTOMER, TRANSFER_VOYAGE, VOYAGE, WAREHOUSE
from entrepot.ledger.numbers import IN_TRANSIT, KIND, SOLD, UNSOLD
from entrepot.ledger.proofs import ProofFailed
from entrepot.pipelines.booking import Book, keep_book
from entrepot.pipelines.close import prove
from entrepot.pipelines.documents import Documents, number_documents
from entrepot.pipelines.finance import Finance, money_proofs, work_out_finance
from entrepot.pipelines.refunding import Position, work_out_refunds
from entrepot.pipelines.season import SEASON
from entrepot.pipelines.tracing import Traced, trace_units
from tests import season_files
from tests.on_engines import ENGINES, open_engine

Row = dict[str, Any]
_IN, _OUT = Decimal("10.00"), Decimal("-1.50")
MONEY: dict[str, list[Row]] = {
    "settlements": [
        {"channel": "a", "settlement_no": "S", "line_no": at, "posted_on": date(2026, 4, 1),
         "account": account, "currency": "EUR", "amount": amount}
        for at, (account, amount) in enumerate((("sales", _IN), ("storage", _OUT)))
    ],
    "payouts": [
        {"channel": "a", "settlement_no": "S", "paid_on": date(2026, 4, 2), "currency": "EUR",
         "amount": _IN + _OUT},
    ],
    "costs": [
        {"payee": "F", "cost_no": "1", "line_no": 1, "posted_on": date(2026, 4, 3),
         "account": "freight", "currency": "CNY", "amount": _IN,
         "declaration_no": season_files.DECLARATION},
    ],
    "cost_shares": [],
    "bank": [
        {"account": "CN1", "entry_no": "E", "line_no": 0, "booked_on": date(2026, 4, 4),
         "kind": "payout", "currency": "EUR", "amount": _IN, "channel": "a",
         "settlement_no": "S"},
    ],
    "collections": [
        {"declaration_no": season_files.DECLARATION, "collection_no": "1", "kind": "receipt",
         "collected_on": date(2025, 1, 22), "currency": "EUR", "amount": _IN},
    ],
    "collection_terms": [],
    # Of the days of export and of sale; the money of 2026 has none.
    "fx_rates": [
        {"on": day, "currency": "EUR", "cny_per_unit": Decimal("7.5")}
        for day in (date(2025, 1, 18), date(2025, 3, 8))
    ],
}  # fmt: skip


@dataclass
class Closing:
    """A close before it is proven."""

    engine: Engine
    documents: Documents
    traced: Traced
    position: Position
    book: Book
    finance: Finance

    def proofs(self) -> dict[str, Frame]:
        trace, balances = self.traced.trace, self.book.balances
        return {
            "places": proofs.moves_between_places(self.book.moved),
            "zero": proofs.sums_to_zero(balances),
            "stock": proofs.stock_is_what_is_left(balances, trace),
            "transit": proofs.transit_is_what_is_under_way(balances, trace),
            "transfers": proofs.transfers_are_under_way(
                balances, trace, self.documents.transferred
            ),
            "declared": proofs.trace_sums_to_declarations(
                self.position.fates, self.documents.declared
            ),
            "invoices": proofs.amounts_sum_to_invoices(self.position.fates, self.documents.bought),
            **money_proofs(self.finance, self.documents),
        }

    def broken(self) -> dict[str, list[Row]]:
        found = {name: self.engine.rows(frame) for name, frame in self.proofs().items()}
        return {name: rows for name, rows in found.items() if rows}

    def prove(self) -> None:
        prove(self.engine, self.documents, self.traced, self.position, self.book, self.finance)


@pytest.fixture(scope="module", params=ENGINES)
def sound(request) -> Iterator[Closing]:
    season = season_files.valid()
    season["receipts"][0]["quantity"] -= 10  # so that something is under way
    with tempfile.TemporaryDirectory() as spill, open_engine(request.param, Path(spill)) as engine:
        tables = {t.name: engine.table(typed_table(t, (season | MONEY)[t.name])) for t in SEASON}
        documents = number_documents(engine, tables, date(2026, 4, 30))
        traced = trace_units(engine, documents)
        position = work_out_refunds(engine, documents, traced.trace, tables["refund_rates"])
        finance = work_out_finance(engine, tables, documents, traced, position, None)
        # As rows, so that a test can change one.
        money = replace(finance.money, moved=engine.keep(finance.money.moved, "moved"))
        finance = replace(finance, money=money)
        book = keep_book(engine, documents, traced)
        yield Closing(engine, documents, traced, position, book, finance)


def changed(engine: Engine, frame: Frame, which: Callable[[Row], bool], **by: int) -> Frame:
    """The frame with the first row that `which` finds changed by these amounts."""
    table = engine.collect(frame)
    rows = table.to_pylist()
    row = next(row for row in rows if which(row))
    for name, amount in by.items():
        row[name] += amount
    return engine.table(pa.Table.from_pylist(rows, table.schema))


def with_balance(closing: Closing, kind: int, by: int = 1) -> tuple[Closing, Row]:
    """The close with one balance of a kind of place changed, and the row as it was."""

    def of_kind(row: Row) -> bool:
        return bool(row["place_no"] // KIND == kind)

    balances = closing.book.balances
    row = next(row for row in closing.engine.rows(balances) if of_kind(row))
    book = replace(closing.book, balances=changed(closing.engine, balances, of_kind, quantity=by))
    return replace(closing, book=book), row


def with_trace(
    closing: Closing, fate: int, by: int = 1, *, between: bool = False
) -> tuple[Closing, Row]:
    """The close with one row of a fate changed; `between`: one under way between warehouses."""

    def of_fate(row: Row) -> bool:
        is_between = fate == IN_TRANSIT and row["warehouse_no"] is not None
        return bool(row["fate"] == fate) and is_between == between

    trace = closing.traced.trace
    row = next(row for row in closing.engine.rows(trace) if of_fate(row))
    traced = replace(closing.traced, trace=changed(closing.engine, trace, of_fate, quantity=by))
    return replace(closing, traced=traced), row


def with_fate(closing: Closing, **by: int) -> tuple[Closing, Row]:
    def is_covered(row: Row) -> bool:
        return row["pline"] is not None

    fates = closing.position.fates
    row = next(row for row in closing.engine.rows(fates) if is_covered(row))
    position = replace(closing.position, fates=changed(closing.engine, fates, is_covered, **by))
    return replace(closing, position=position), row


def test_a_sound_close_breaks_nothing(sound):
    assert sound.broken() == {}
    sound.prove()


BOOKED = "every amount of the settlements is in the book of money once"
COSTS_BOOKED = "every cost is in the book of money once"


def with_moved(closing: Closing, moved: Frame) -> Closing:
    """The close with other movements of settlements and payouts."""
    money = replace(closing.finance.money, moved=moved)
    return replace(closing, finance=replace(closing.finance, money=money))


def with_costs(closing: Closing, **changes: Frame) -> Closing:
    """The close with other frames of costs."""
    costs = replace(closing.finance.costs, **changes)
    return replace(closing, finance=replace(closing.finance, costs=costs))


@pytest.mark.parametrize("kind", ["settlement", "payout"])
def test_a_cent_of_money_too_many_is_found(sound, kind):
    once = sound.finance.money.moved
    moved = changed(sound.engine, once, lambda row: row["document_kind"] == kind, amount=1)

    broken = with_moved(sound, moved).broken()

    assert list(broken) == [BOOKED]
    assert [(row["kind"], abs(row["found"] - row["expected"])) for row in broken[BOOKED]] == [
        (kind, 1)
    ]


def test_an_amount_that_is_booked_twice_or_not_at_all_is_found(sound):
    once = sound.finance.money.moved
    for moved in (nw.concat([once, once]), once.head(0)):
        broken = with_moved(sound, moved).broken()

        assert sorted(row["kind"] for row in broken[BOOKED]) == ["payout", "settlement"]


def test_money_that_stays_where_it_is_breaks_the_book(sound):
    moved = sound.finance.money.moved.with_columns(to_place=nw.col("from_place"))
    costs = sound.finance.costs.moved.with_columns(to_place=nw.col("from_place"))

    assert len(with_moved(sound, moved).broken()["money moves between places"]) == 3
    assert with_costs(sound, moved=costs).broken()["costs move between places"]


def test_a_cost_that_is_booked_twice_or_not_at_all_is_found(sound):
    once = sound.finance.costs.moved
    for moved in (nw.concat([once, once]), once.head(0)):
        broken = with_costs(sound, moved=moved).broken()

        assert [row["cline"] for row in broken[COSTS_BOOKED]] == [0]


def test_a_cent_that_lies_nowhere_is_found(sound):
    landed = changed(
        sound.engine, sound.finance.costs.landed, lambda row: row["account"] == "freight", stock=1
    )

    broken = with_costs(sound, landed=landed).broken()

    assert [row["account"] for row in broken["what goods have cost lies where they are"]] == [
        "freight"
    ]


def with_collection(closing: Closing, **changes: Frame) -> Closing:
    """The close with other frames of foreign exchange."""
    collection = replace(closing.finance.collection, **changes)
    return replace(closing, finance=replace(closing.finance, collection=collection))


@pytest.mark.parametrize(
    ("column", "statements"),
    [
        ("open", ["what has to be collected came, counts or is missing"]),
        (
            "receipts",
            [
                "what came beside payouts counts once",
                "what has to be collected came, counts or is missing",
            ],
        ),
        (
            "received",
            [
                "what has to be collected came, counts or is missing",
                "what payouts brought of declared lines is collected",
            ],
        ),
        ("fob_amount", ["everything declared has to be collected"]),
    ],
)
def test_a_cent_of_foreign_exchange_too_many_is_found(sound, column, statements):
    rows = sound.finance.collection.rows
    broken = with_collection(
        sound, rows=changed(sound.engine, rows, lambda row: row["fob"] is not None, **{column: 1})
    ).broken()

    assert sorted(broken) == statements


@pytest.mark.parametrize("kind", ["purchase", "receipt", "sale"])
def test_a_movement_into_no_place_breaks_the_book(sound, kind):
    rows = sound.engine.collect(sound.book.moved[kind]).to_pylist()
    lost = rows[0]["to_no"]
    rows[0]["to_no"] = None
    moved = sound.book.moved | {kind: sound.engine.table(pa.Table.from_pylist(rows))}
    tampered = replace(sound, book=replace(sound.book, moved=moved))

    (broken,) = tampered.broken()["places"]
    assert lost is not None
    assert (broken["document_kind"], broken["number"]) == (kind, rows[0]["number"])
    with pytest.raises(ProofFailed, match="every movement has two places"):
        tampered.prove()


def test_goods_that_appear_with_a_customer_break_the_sum_over_places(sound):
    tampered, row = with_balance(sound, CUSTOMER)

    assert tampered.broken() == {"zero": [{"sku_no": row["sku_no"], "found": 1, "expected": 0}]}


@pytest.mark.parametrize("by", [1, -1])
def test_goods_that_appear_in_a_warehouse_break_its_stock_too(sound, by):
    tampered, row = with_balance(sound, WAREHOUSE, by)
    lane = {"warehouse_no": row["place_no"] % KIND, "sku_no": row["sku_no"]}

    assert tampered.broken() == {
        "zero": [{"sku_no": row["sku_no"], "found": by, "expected": 0}],
        "stock": [lane | {"expected": row["quantity"] + by, "found": row["quantity"]}],
    }


def test_a_warehouse_that_owes_goods_breaks_its_stock(sound):
    _, row = with_balance(sound, WAREHOUSE)
    tampered, _ = with_balance(sound, WAREHOUSE, -2 * row["quantity"])

    assert tampered.broken()["stock"] == [
        {
            "warehouse_no": row["place_no"] % KIND,
            "sku_no": row["sku_no"],
            "expected": -row["quantity"],
            "found": row["quantity"],
        }
    ]


def test_goods_that_appear_on_a_voyage_break_what_is_under_way(sound):
    tampered, row = with_balance(sound, VOYAGE)

    assert tampered.broken()["transit"] == [
        {
            "dline": row["place_no"] % KIND,
            "expected": row["quantity"] + 1,
            "found": row["quantity"],
        }
    ]


def test_goods_that_appear_on_a_transfer_break_what_is_under_way_between_warehouses(sound):
    tampered, row = with_balance(sound, TRANSFER_VOYAGE)
    more, traced = with_trace(sound, IN_TRANSIT, between=True)

    (broken,) = tampered.broken()["transfers"]
    assert (broken["expected"], broken["found"]) == (row["quantity"] + 1, row["quantity"])
    (broken,) = more.broken()["transfers"]
    assert (broken["expected"], broken["found"]) == (row["quantity"], row["quantity"] + 1)
    assert broken["warehouse_no"] == traced["warehouse_no"]
    assert set(more.broken()) == {"transfers"}


@pytest.mark.parametrize(("fate", "proof"), [(UNSOLD, "stock"), (IN_TRANSIT, "transit")])
def test_a_unit_too_many_in_the_trace_breaks_what_it_is_compared_with(sound, fate, proof):
    tampered, row = with_trace(sound, fate)

    (broken,) = tampered.broken()[proof]
    assert broken["found"] == broken["expected"] + 1
    if proof == "transit":
        assert broken["dline"] == row["dline"]
    assert set(tampered.broken()) == {proof}


def test_a_whole_stock_missing_from_the_trace_is_found(sound):
    trace = sound.traced.trace
    table = sound.engine.collect(trace)
    rows = [row for row in table.to_pylist() if row["fate"] != UNSOLD]
    assert len(rows) < table.num_rows
    left = sound.engine.table(pa.Table.from_pylist(rows, table.schema))

    broken = replace(sound, traced=replace(sound.traced, trace=left)).broken()

    assert set(broken) == {"stock"}
    assert all(row["found"] == 0 < row["expected"] for row in broken["stock"])


def test_a_unit_too_few_breaks_its_declaration(sound):
    tampered, row = with_fate(sound, quantity=-1)

    (broken,) = tampered.broken()["declared"]
    assert broken["dline"] == row["dline"]
    assert broken["found"] == broken["expected"] - 1


@pytest.mark.parametrize("fen", [1, -1])
def test_a_fen_too_many_or_too_few_breaks_its_invoice(sound, fen):
    tampered, row = with_fate(sound, net_amount=fen)

    assert set(tampered.broken()) == {"invoices"}
    (broken,) = tampered.broken()["invoices"]
    assert broken["pline"] == row["pline"]
    assert broken["found"] == broken["expected"] + fen


def test_more_units_than_an_invoice_line_has_break_it(sound):
    tampered, row = with_fate(sound, quantity=10_000)

    assert row["pline"] in [broken["pline"] for broken in tampered.broken()["invoices"]]


TAMPER: dict[str, tuple[str, Callable[[Closing], tuple[Closing, Row]]]] = {
    "a customer's balance": ("sum over all places", lambda c: with_balance(c, CUSTOMER)),
    "a unit on hand": ("stock = receipts - outflows", lambda c: with_trace(c, UNSOLD)),
    "a unit under way": ("voyages hold", lambda c: with_trace(c, IN_TRANSIT)),
    "a unit on a transfer": (
        "transfers hold",
        lambda c: with_trace(c, IN_TRANSIT, between=True),
    ),
    "a declared unit": ("sums to the declarations", lambda c: with_fate(c, quantity=1)),
    "a fen": ("amounts sum to the invoices", lambda c: with_fate(c, net_amount=1)),
}


@pytest.mark.parametrize("what", TAMPER)
def test_a_broken_proof_stops_the_close_and_shows_its_rows(sound, what):
    statement, tamper = TAMPER[what]
    tampered, _ = tamper(sound)

    with pytest.raises(ProofFailed) as failed:
        tampered.prove()

    assert statement in failed.value.asked
    assert failed.value.code == "ledger.proof_failed"
    rows = failed.value.facts["rows"]
    assert isinstance(rows, list)
    assert rows in tampered.broken().values()
    assert all(str(row) in failed.value.found for row in rows)


def test_a_sale_that_is_no_sale_goes_unseen_by_no_proof(sound):
    """A sold unit turned into one on hand keeps every sum but the stock's."""
    trace = sound.traced.trace
    tampered = replace(
        sound,
        traced=replace(
            sound.traced,
            trace=changed(sound.engine, trace, lambda row: row["fate"] == SOLD, fate=UNSOLD - SOLD),
        ),
    )

    assert "stock" in tampered.broken()
