# SPDX-License-Identifier: Apache-2.0
"""The walk against a simulation that moves every unit by itself: the same units, the same sums.

Random seasons are laid into one, which is closed once; then every declaration item and invoice
line is walked, and many orders.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from entrepot.pipelines.walk import exports, find, orders
from entrepot.pipelines.walk.closed import ClosedSeason, open_closed
from tests import season_files
from tests.on_engines import IS_CI, filing_days, run
from tests.oracle import simulation
from tests.oracle.seasons import season_toml
from tests.oracle.simulation import Row, Season, happened
from tests.oracle.together import laid_together, several, simulated_together

AS_OF = date(2025, 4, 30)
LAID = 200 if IS_CI else 60
ORDERS = 1000 if IS_CI else 120
Key = tuple[Any, ...]


@dataclass
class World:
    """A closed season, what the simulation says of it, and every walk that starts abroad."""

    closed: ClosedSeason
    season: Season
    simulated: dict[str, list[Row]]
    parts: list[Season]
    items: dict[Key, Row] = field(default_factory=dict)
    lines: dict[Key, Row] = field(default_factory=dict)
    orders: dict[Key, Row] = field(default_factory=dict)

    def trace(self, *columns: str) -> dict[Key, list[Row]]:
        """The simulation's trace by some of its columns, where the first is not empty."""
        found: dict[Key, list[Row]] = defaultdict(list)
        for row in self.simulated["trace"]:
            if row[columns[0]] is not None:
                found[tuple(row[column] for column in columns)].append(row)
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    parts = several(AS_OF, LAID, seed=3)
    season = laid_together(parts)
    folder = tmp_path_factory.mktemp("walk")
    season_files.write(folder / "season", season, season_toml(AS_OF), formats="parquet")
    run(folder / "season", folder / "out", engine="duckdb")
    with open_closed(folder / "out") as closed:
        made = World(closed, season, simulated_together(parts, AS_OF, filing_days()), parts)
        keys = [(row["declaration_no"], row["item_no"]) for row in made.simulated["refunds"]]
        made.items = dict(zip(keys, exports.walk_items(closed, keys), strict=True))
        keys = sorted(
            {(r["invoice_no"], r["line_no"]) for r in happened(season, AS_OF)["purchases"]}
        )
        made.lines = dict(zip(keys, exports.walk_invoice_lines(closed, keys), strict=True))
        for key in some_orders(made):
            [found] = [
                each
                for each in find.find_orders(closed, "/".join(key))
                if (each.channel, each.order_no) == key
            ]
            made.orders[key] = orders.walk_order(closed, found)
        yield made


def some_orders(world: World) -> list[Key]:
    """Orders to walk: those that did not fit, and others drawn."""
    sold = {(s["channel"], s["order_no"]) for s in happened(world.season, AS_OF)["sales"]}
    odd = [
        tuple(row["key"].split("/")[:2])
        for row in world.simulated["exceptions"]
        if row["code"] == "sold_without_stock"
    ]
    every = sorted({*sold, *world.trace("channel", "order_no")} - {(None, None)}, key=str)
    every = [key for key in every if None not in key]
    return sorted({*odd[: ORDERS // 3], *random.Random(1).sample(every, ORDERS)})


def as_simulated(piece: Row) -> Row:
    """A piece as the simulation gives it."""
    amount = piece["net_amount"]
    return {
        **{name: value for name, value in piece.items() if name != "received"},
        "day": date.fromisoformat(piece["day"]),
        "net_amount": None if amount is None else Decimal(amount),
    }


def sums_of(rows: list[Row]) -> Row:
    amounts = [row["net_amount"] for row in rows if row["net_amount"] is not None]
    return {
        "units": sum(row["quantity"] for row in rows),
        "net_amount": str(sum(amounts)) if amounts else None,
        "uncovered": sum(row["quantity"] for row in rows if row["net_amount"] is None),
    }


def only(row: Row, names: Row) -> Row:
    return {name: row[name] for name in names}


def test_there_is_something_of_everything_to_walk(world):
    fates = {piece["fate"] for item in world.items.values() for piece in item["pieces"]}

    assert fates == {"sold", "unsold", "in_transit", "scrapped", "lost", "sent_home"}
    assert len(world.items) > 40
    assert len(world.lines) > 40
    assert any(line["sold_without_stock"] for o in world.orders.values() for line in o["lines"])


def test_an_item_is_all_pieces_that_the_simulation_gives_it(world):
    expected = world.trace("declaration_no", "item_no")
    assert set(world.items) == set(expected)

    for key, item in world.items.items():
        assert [as_simulated(piece) for piece in item["pieces"]] == expected[key]
        assert only(item, sums_of(expected[key])) == sums_of(expected[key])


def test_an_invoice_line_is_all_pieces_that_the_simulation_gives_it(world):
    expected = world.trace("invoice_no", "invoice_line_no")
    assert set(expected) <= set(world.lines)

    for key, line in world.lines.items():
        assert [as_simulated(piece) for piece in line["pieces"]] == expected[key]
        assert only(line, sums_of(expected[key])) == sums_of(expected[key])


def test_an_order_is_all_pieces_that_the_simulation_gives_it(world):
    expected = world.trace("channel", "order_no")

    for key, order in world.orders.items():
        found = [piece for line in order["lines"] for piece in line["pieces"]]
        assert Counter(map(repr, map(as_simulated, found))) == Counter(map(repr, expected[key]))
        assert only(order, {"net_amount": 0, "uncovered": 0}) == only(
            sums_of(expected[key]), {"net_amount": 0, "uncovered": 0}
        )


def test_every_part_of_a_walk_sums_to_the_whole(world):
    for item in world.items.values():
        assert all(proof["holds"] for proof in item["proofs"])
        assert_sums(item, item["fates"])
        assert sum(invoice["units"] for invoice in item["invoices"]) == item["refund"]["covered"]
    for line in world.lines.values():
        assert all(proof["holds"] for proof in line["proofs"])
        assert_sums(line, line["fates"])
        assert_sums(line, [item["covers"] for item in line["items"]])
        for item in line["items"]:
            assert_sums(item["covers"], item["fates"])
    for order in world.orders.values():
        assert all(proof["holds"] for proof in order["proofs"])
        for line in order["lines"]:
            assert sum(line["now"].values()) == line["units"]


def assert_sums(whole: Row, parts: list[Row]) -> None:
    amounts = [Decimal(part["net_amount"]) for part in parts if part["net_amount"] is not None]
    assert whole["units"] == sum(part["units"] for part in parts)
    assert whole["uncovered"] == sum(part["uncovered"] for part in parts)
    assert whole["net_amount"] == (str(sum(amounts)) if amounts else None)


def test_what_is_walked_from_an_order_leads_back_to_it(world):
    told = 0
    for key, order in world.orders.items():
        for piece in (piece for line in order["lines"] for piece in line["pieces"]):
            assert (piece["channel"], piece["order_no"]) == key
            if piece["declaration_no"] is not None:
                item = world.items[piece["declaration_no"], piece["item_no"]]
                assert piece in item["pieces"]
                assert item["refund"] in [each["refund"] for each in order["items"]]
                told += 1
            if piece["invoice_no"] is not None:
                line = (piece["invoice_no"], piece["invoice_line_no"])
                assert piece in world.lines[line]["pieces"]
                assert line in {(i["invoice_no"], i["line_no"]) for i in order["invoices"]}
    assert told > 50


def test_what_came_back_is_what_the_season_says(world):
    season = happened(world.season, AS_OF)
    back: dict[Key, list[Row]] = defaultdict(list)
    for row in season["returns"]:
        back[row["channel"], row["order_no"], row["order_line_no"]].append(row)
    certain = 0
    for key, order in world.orders.items():
        for line in order["lines"]:
            came, found = back[*key, line["line_no"]], line["came_back"]
            units = sum(row["quantity"] for row in came)
            assert found["units"] <= units <= found["units"] + found["may_be_more"]
            movements = {(each["return_no"], each["line_no"]) for each in found["movements"]}
            returns = {(row["return_no"], row["line_no"]) for row in came}
            assert returns <= movements
            if found["certain"]:
                assert (movements, units) == (returns, found["units"])
                certain += bool(returns)
    assert certain > 5


def test_what_is_without_stock_is_what_the_simulation_reports(world):
    reported = {
        row["key"]: row["quantity"]
        for row in world.simulated["exceptions"]
        if row["code"] == "sold_without_stock"
    }
    for key, order in world.orders.items():
        for line in order["lines"]:
            name = "/".join((*key, str(line["line_no"])))
            assert line["sold_without_stock"] == reported.get(name, 0)
            said = [e["key"] for e in line["exceptions"] if e["code"] == "sold_without_stock"]
            assert said == ([name] if name in reported else [])


def test_an_item_names_every_exception_that_is_about_it(world):
    receipts = {
        (row["receipt_no"], str(row["line_no"])): (row["declaration_no"], row["item_no"])
        for row in world.season["receipts"]
    }
    expected: dict[Key, Counter[Key]] = defaultdict(Counter)
    for row in world.simulated["exceptions"]:
        parts = row["key"].split("/")
        if row["table"] == "declarations":
            about = parts[0], int(parts[1])
        elif row["table"] == "refund_claims":
            about = parts[1], int(parts[2])
        elif row["table"] == "receipts":
            about = receipts[parts[0], parts[1]]
        else:
            continue
        expected[about][row["code"], row["key"]] += 1

    assert len({code for each in expected.values() for code, _ in each}) > 5
    for key, item in world.items.items():
        assert Counter((e["code"], e["key"]) for e in item["exceptions"]) == expected[key]


def test_refund_advances_and_filings_are_those_of_the_item(world):
    refunds = {(r["declaration_no"], r["item_no"]): r for r in world.simulated["refunds"]}
    advances = defaultdict(list)
    for row in world.simulated["advances"]:
        advances[row["declaration_no"], row["item_no"]].append(row)
    for key, item in world.items.items():
        expected = {name: told(value) for name, value in refunds[key].items()}
        assert {"declaration_no": key[0], "item_no": key[1], **item["refund"]} == expected
        assert [a["claim_no"] for a in item["advances"]] == [a["claim_no"] for a in advances[key]]
        for filing in item["filings"]:
            lines = filing["purchases"]
            assert abs(sum(line["quantity"] for line in lines)) <= abs(filing["quantity"])
            assert sum(Decimal(x["refundable"]) for x in lines) == Decimal(filing["refundable"])
    assert sum(len(item["filings"]) for item in world.items.values()) > 10


def told(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | date) else value


def test_a_piece_is_received_by_the_receipts_that_took_its_units(world, monkeypatch):
    """The simulation is made to note on every unit the receipt that took it in."""
    plain = simulation.receive

    def noting(made: Any, receipt: Row, lines: Any) -> None:
        plain(made, receipt, lines)
        shelf = made.shelves[receipt["warehouse"], receipt["sku"]]
        for unit in shelf[-receipt["quantity"] :]:
            unit.receipt = (receipt["receipt_no"], receipt["line_no"])

    monkeypatch.setattr(simulation, "receive", noting)
    certain = 0
    for part in world.parts:
        season = happened(part, AS_OF)
        lines = simulation.declared_units(season)
        simulation.cover(season, lines)
        simulation.move(season, lines, simulation.Reports())
        units = {key: [getattr(unit, "receipt", None) for unit in lines[key]] for key in lines}
        for key, took in units.items():
            for piece in world.items[key[:2]]["pieces"]:
                if piece["sku"] != key[2]:
                    continue
                mine, took = took[: piece["quantity"]], took[piece["quantity"] :]
                expected = Counter(receipt for receipt in mine if receipt is not None)
                found = {
                    (each["receipt_no"], each["line_no"]): each["quantity"]
                    for each in piece["received"]["receipts"]
                }
                if piece["received"]["certain"]:
                    assert found == expected
                    certain += bool(expected)
                else:
                    assert set(expected) <= set(found)
            assert took == []
    assert certain > 50


def test_the_transfer_that_brought_a_piece_is_among_those_named(world, monkeypatch):
    """The simulation is made to note on every unit the transfer that it last came in with."""
    shelve, leave, arrive = simulation.World.shelve, simulation.leave, simulation.arrive

    def forgetting(made: Any, unit: Any, warehouse: str, day: date) -> None:
        shelve(made, unit, warehouse, day)
        unit.transfer = None

    def noting(made: Any, transfer: Row) -> None:
        leave(made, transfer)
        for unit in made.under_way[simulation.transfer_key(transfer)]:
            unit.transfer = simulation.transfer_key(transfer)

    def keeping(made: Any, transfer: Row) -> None:
        units = made.under_way[simulation.transfer_key(transfer)]
        arrive(made, transfer)
        for unit in units:
            unit.transfer = simulation.transfer_key(transfer)

    monkeypatch.setattr(simulation.World, "shelve", forgetting)
    monkeypatch.setattr(simulation, "leave", noting)
    monkeypatch.setattr(simulation, "arrive", keeping)
    named: Counter[str] = Counter()
    for part in world.parts:
        season = happened(part, AS_OF)
        lines = simulation.declared_units(season)
        simulation.cover(season, lines)
        simulation.move(season, lines, simulation.Reports())
        for key, units in lines.items():
            pieces = [p for p in world.items[key[:2]]["pieces"] if p["sku"] == key[2]]
            start = 0
            for piece in pieces:
                mine = units[start : start + piece["quantity"]]
                start += piece["quantity"]
                if piece["fate"] in ("unsold", "in_transit"):
                    brought = {getattr(unit, "transfer", None) for unit in mine} - {None}
                    found = piece["received"]["transfers"]
                    assert brought <= {(each["transfer_no"], each["line_no"]) for each in found}
                    named[piece["fate"]] += len(brought)
    assert min(named["unsold"], named["in_transit"]) > 0


def test_a_walk_is_plain_json(world):
    """No day, decimal or other object is left in it."""

    def plain(value: Any) -> bool:
        if isinstance(value, dict):
            return all(isinstance(name, str) and plain(each) for name, each in value.items())
        if isinstance(value, list):
            return all(map(plain, value))
        return value is None or isinstance(value, str | int | bool)

    assert all(map(plain, [*world.items.values(), *world.lines.values(), *world.orders.values()]))
