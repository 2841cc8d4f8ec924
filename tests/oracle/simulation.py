# SPDX-License-Identifier: Apache-2.0
"""Moves every single unit of a season through its days, one at a time.

Slow and obvious on purpose: the engine is tested against it, so it shares no code with the engine
and knows nothing of running sums or tables. A season is a dict of table name to list of rows; a row
is a dict of column name to str, int, date, Decimal, bool or None. Money is counted in whole fen
inside and given back as Decimal with two places.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.oracle.asked import Asked, asked_of, in_order
from tests.oracle.banks import simulate_banks
from tests.oracle.bearing import Gained, borne, gained_by, with_days
from tests.oracle.collecting import simulate_collection
from tests.oracle.costs import simulate_costs
from tests.oracle.exchange import simulate_exchange
from tests.oracle.margin import Sold, simulate_margin
from tests.oracle.money import simulate_money
from tests.oracle.refunded import with_refunds
from tests.oracle.refunds import Row, fen, half_away, item_key, refund_position
from tests.oracle.tying import tied
from tests.oracle.written import in_place, stock, trace

Season = dict[str, list[Row]]

# In this order goods come in on one day; what arrives at once does so while goods go out.
RECEIPT, RETURN, ARRIVAL, FOUND, AT_ONCE = range(5)


@dataclass(eq=False)
class Unit:
    """One unit of goods: where it is from and what has become of it so far.

    `line` is the declaration line (or, where that is unknown, the inflow) that the unit belongs to,
    as a tuple to sort by; `position` is its place in it, from 0. `day` is the day of the fate.
    `history` has every fate so far with its day, `orders` every order line that it was sold with.
    """

    sku: str
    line: tuple[Any, ...]
    position: int
    declaration: Row | None = None
    invoice: Row | None = None
    basis: str | None = None
    fen: int | None = None
    fate: str | None = None
    day: date | None = None
    warehouse: str | None = None
    channel: str | None = None
    order_no: str | None = None
    order_line_no: int | None = None
    history: list[tuple[date, str]] = field(default_factory=list)
    orders: list[tuple[str, str, int]] = field(default_factory=list)

    def becomes(
        self,
        fate: str,
        day: date,
        warehouse: str | None,
        order: tuple[str | None, str | None, int | None] = (None, None, None),
    ) -> None:
        """Forget the last fate and take this one."""
        self.fate, self.day, self.warehouse = fate, day, warehouse
        self.channel, self.order_no, self.order_line_no = order
        self.history.append((day, fate))
        channel, order_no, line_no = order
        if fate == "sold" and channel is not None and order_no is not None and line_no is not None:
            self.orders.append((channel, order_no, line_no))


class Reports:
    """What did not fit, one row per fault of fact."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(
        self, code: str, table: str, key: tuple[Any, ...], day: date | None, quantity: int
    ) -> None:
        """Note one fault; `key` holds the key parts of the row it is about."""
        text = "/".join(str(part) for part in key)
        self.rows.append(
            {"code": code, "table": table, "key": text, "day": day, "quantity": quantity}
        )

    def in_order(self) -> list[Row]:
        """The rows by code, table, key and day."""
        return sorted(
            self.rows, key=lambda row: (row["code"], row["table"], row["key"], row["day"])
        )


def simulate(
    whole: Season, as_of: date, filing_days: dict[int, date], asked: Asked | None = None
) -> dict[str, list[Row]]:
    """Close a season by hand: trace, stock, refunds, advances, exceptions, money and costs.

    `filing_days` gives, for a year, the last day of the VAT filing period of its April.
    `asked`: what is asked of it where it is closed together with others.
    """
    asked = asked or asked_of([whole], as_of)
    season = happened(whole, as_of)
    reports = Reports()
    lines = declared_units(season)
    cover(season, lines)
    report_uncovered(lines, reports)
    unknown = move(season, lines, reports)
    declared = [unit for line in sorted(lines) for unit in lines[line]]
    costs = simulate_costs(whole, as_of, lines, asked.has_costs)
    placed = in_place(declared, unknown)
    sold = Sold(placed, costs.parts, costs.direct, season["refund_claims"])
    asked.sold.append(sold)
    refunds, advances = refund_position(season, declared, as_of, filing_days, reports)
    gained = gained_by(whole, as_of, sold) if asked.has_banks else Gained()
    margin = simulate_margin(whole, as_of, sold, gained.by_sale) if asked.has_margin else {}
    if margin:
        margin["margin"] = with_refunds(whole, margin["margin"], sold, refunds)
        margin["margin"] = with_days(margin["margin"], gained)
    banks = simulate_banks(whole, as_of, sold) if asked.has_banks else {}
    home = simulate_collection(whole, as_of, sold, banks, refunds) if asked.has_banks else {}
    exchange = simulate_exchange(whole, as_of) if asked.has_banks else {}
    if exchange:
        exchange |= borne(exchange, gained) | tied(whole, as_of, sold, gained)
    return {
        "trace": trace(declared, unknown),
        "stock": stock(declared + unknown),
        "refunds": refunds,
        "advances": advances,
        "exceptions": reports.in_order(),
        **in_order(simulate_money(whole, as_of), costs.rows, margin, banks, home, exchange),
    }


# --- What has happened by the day ---------------------------------------------------------------


def happened(season: Season, as_of: date) -> Season:
    """The season without the rows after `as_of` and without the rows whose parent is after it."""
    kept: Season = {name: list(rows) for name, rows in season.items()}
    kept.setdefault("invoice_links", [])
    kept.setdefault("transfers", [])
    for table, day in (
        ("purchases", "issued_on"),
        ("declarations", "exported_on"),
        ("receipts", "received_on"),
        ("transfers", "shipped_on"),
        ("sales", "shipped_on"),
        ("adjustments", "on"),
        ("refund_claims", "filed_on"),
    ):
        kept[table] = [row for row in kept[table] if row[day] <= as_of]

    sales = {sale_key(sale): sale for sale in kept["sales"]}
    kept["returns"] = [
        back
        for back in kept["returns"]
        if order_of(back) in sales and counts_on(back, sales[order_of(back)]) <= as_of
    ]
    lines = {line_key(row) for row in kept["declarations"]}
    invoices = {invoice_key(row) for row in kept["purchases"]}
    kept["receipts"] = [row for row in kept["receipts"] if line_key(row) in lines]
    kept["invoice_links"] = [
        row
        for row in kept["invoice_links"]
        if line_key(row) in lines and invoice_key(row) in invoices
    ]
    items = {item_key(row) for row in kept["declarations"]}
    claims = [row for row in kept["refund_claims"] if item_key(row) in items]
    kept["refund_claims"] = [
        known_by(row, "finished_on", as_of) for row in with_their_parents(claims)
    ]
    kept["transfers"] = [known_by(row, "arrived_on", as_of) for row in kept["transfers"]]
    return kept


def with_their_parents(claims: list[Row]) -> list[Row]:
    """The claims without settlements of a claim that is not among them."""
    while True:
        numbers = {(claim["claim_no"], *item_key(claim)) for claim in claims}
        fewer = [
            claim
            for claim in claims
            if claim["of_claim"] is None or (claim["of_claim"], *item_key(claim)) in numbers
        ]
        if len(fewer) == len(claims):
            return claims
        claims = fewer


def known_by(row: Row, column: str, as_of: date) -> Row:
    """The row; a day in `column` that is still to come counts as none."""
    if row[column] is not None and row[column] > as_of:
        return {**row, column: None}
    return row


def counts_on(back: Row, sale: Row) -> date:
    """The day a return counts: the day it came back, but never before the day after its sale."""
    return max(back["returned_on"], sale["shipped_on"] + timedelta(days=1))


# --- Keys ---------------------------------------------------------------------------------------


def line_key(row: Row) -> tuple[str, int, str]:
    """The declaration line (item and SKU) a row is about."""
    return row["declaration_no"], row["item_no"], row["sku"]


def invoice_key(row: Row) -> tuple[str, int, str]:
    """The invoice row (line and SKU) a row is about."""
    return row["invoice_no"], row["line_no"], row["sku"]


def sale_key(sale: Row) -> tuple[str, str, int]:
    """The key of a sale."""
    return sale["channel"], sale["order_no"], sale["line_no"]


def transfer_key(transfer: Row) -> tuple[str, int]:
    """The key of a transfer line."""
    return transfer["transfer_no"], transfer["line_no"]


def order_of(back: Row) -> tuple[str, str, int]:
    """The key of the sale that a return reverses."""
    return back["channel"], back["order_no"], back["order_line_no"]


# --- Declared units and the invoices that cover them --------------------------------------------

Lines = dict[tuple[str, int, str], list[Unit]]


def declared_units(season: Season) -> Lines:
    """Every unit of every declaration line, as it stands before any receipt."""
    lines: Lines = {}
    for row in season["declarations"]:
        units = [
            Unit(row["sku"], line_key(row), position, declaration=row)
            for position in range(row["quantity"])
        ]
        for unit in units:
            if row["mode"] == "9810" and not row.get("sold_at_export"):
                unit.becomes("in_transit", row["exported_on"], row["warehouse"])
            else:
                order = (row.get("channel"), row.get("order_no"), None)
                unit.becomes("sold", row["exported_on"], row["warehouse"], order)
        lines[line_key(row)] = units
    return lines


def cover(season: Season, lines: Lines) -> None:
    """Give every declared unit the invoice unit that pays for it, as far as they go.

    Linked units lie first, on the declaration line and on the invoice row; what remains of both
    meets first in, first out within the SKU. An invoice may come after the export it covers.
    """
    declarations = {line_key(row): row for row in season["declarations"]}
    purchases = {invoice_key(row): row for row in season["purchases"]}
    open_units = {key: list(units) for key, units in lines.items()}
    open_positions = {key: list(range(row["quantity"])) for key, row in purchases.items()}

    def declared_order(key: tuple[str, int, str]) -> tuple[Any, ...]:
        return declarations[key]["exported_on"], *key

    def invoiced_order(key: tuple[str, int, str]) -> tuple[Any, ...]:
        return purchases[key]["issued_on"], *key

    def link_order(link: Row) -> tuple[Any, ...]:
        line, invoice = line_key(link), invoice_key(link)
        exported_on, issued_on = declarations[line]["exported_on"], purchases[invoice]["issued_on"]
        return exported_on, *line[:2], issued_on, *invoice

    def pay(line: tuple[str, int, str], invoice: tuple[str, int, str], basis: str) -> None:
        unit = open_units[line].pop(0)
        unit.invoice, unit.basis = purchases[invoice], basis
        unit.fen = share(purchases[invoice], open_positions[invoice].pop(0))

    for link in sorted(season["invoice_links"], key=link_order):
        for _ in range(link["quantity"]):
            pay(line_key(link), invoice_key(link), "linked")

    for line in sorted(lines, key=declared_order):
        for invoice in sorted(purchases, key=invoiced_order):
            if purchases[invoice]["sku"] == declarations[line]["sku"]:
                while open_units[line] and open_positions[invoice]:
                    pay(line, invoice, "assumed")


def share(invoice: Row, position: int) -> int:
    """The fen that the unit at `position` of an invoice row carries."""
    net, quantity = fen(invoice["net_amount"]), invoice["quantity"]
    before = half_away(Fraction(net * position, quantity))
    up_to = half_away(Fraction(net * (position + 1), quantity))
    return up_to - before


def report_uncovered(lines: Lines, reports: Reports) -> None:
    """Report every declaration line that has units no invoice covers."""
    for key, units in lines.items():
        uncovered = [unit for unit in units if unit.invoice is None]
        if uncovered:
            day = uncovered[0].declaration["exported_on"]
            reports.add("not_covered", "declarations", key, day, len(uncovered))


# --- The days -----------------------------------------------------------------------------------


@dataclass
class World:
    """The goods while they move.

    `shelves`: the units on hand per warehouse and SKU, the one that came in first in front.
    `awaited`: the units of a declaration line that no receipt has taken yet.
    `under_way`: the units of a transfer that has left, in the order in which they left.
    `with_customers`: the units of a sale that have not come back, the last one at the end; a unit
    that was sold without stock is None.
    `unknown`: every unit whose origin is unknown.
    """

    shelves: dict[tuple[str, str], list[Unit]]
    awaited: Lines
    under_way: dict[tuple[str, int], list[Unit]]
    with_customers: dict[tuple[str, str, int], list[Unit | None]]
    unknown: list[Unit]
    reports: Reports

    def appear(self, sku: str, inflow: tuple[Any, ...], position: int) -> Unit:
        """A unit of unknown origin that comes in with `inflow`."""
        unit = Unit(sku, (sku, *inflow), position)
        self.unknown.append(unit)
        return unit

    def shelve(self, unit: Unit, warehouse: str, day: date) -> None:
        """Put a unit behind all that lie on the shelf."""
        unit.becomes("unsold", day, warehouse)
        self.shelves[warehouse, unit.sku].append(unit)


def move(season: Season, lines: Lines, reports: Reports) -> list[Unit]:
    """Live through the season day by day and return the units of unknown origin."""
    sales = {sale_key(sale): sale for sale in season["sales"]}
    awaited = {key: list(units) for key, units in lines.items()}
    world = World(defaultdict(list), awaited, {}, {}, [], reports)
    receipts = by_day(season["receipts"], lambda row: row["received_on"])
    returns = by_day(season["returns"], lambda row: counts_on(row, sales[order_of(row)]))
    adjustments = by_day(season["adjustments"], lambda row: row["on"])
    shipped = by_day(season["sales"], lambda row: row["shipped_on"])
    leaving = by_day(season["transfers"], lambda row: row["shipped_on"])
    arriving = by_day(arriving_later(season["transfers"]), lambda row: row["arrived_on"])

    for day in sorted({*receipts, *returns, *adjustments, *shipped, *leaving, *arriving}):
        for receipt in sorted(receipts[day], key=lambda r: (r["receipt_no"], r["line_no"])):
            receive(world, receipt, lines)
        for back in sorted(returns[day], key=lambda r: (r["return_no"], r["line_no"])):
            take_back(world, back, sales[order_of(back)])
        for transfer in sorted(arriving[day], key=transfer_key):
            arrive(world, transfer)
        changes = sorted(adjustments[day], key=lambda r: (r["adjustment_no"], r["line_no"]))
        for change in changes:
            if change["quantity"] > 0:
                find(world, change)
        for transfer in sorted(leaving[day], key=transfer_key):
            leave(world, transfer)
            if transfer["arrived_on"] == day:
                arrive(world, transfer)
        for sale in sorted(shipped[day], key=sale_key):
            ship(world, sale)
        for change in changes:
            if change["quantity"] < 0:
                write_off(world, change)
    return world.unknown


def arriving_later(transfers: list[Row]) -> list[Row]:
    """The transfers that arrive on a later day than they leave."""
    arrived = [row for row in transfers if row["arrived_on"] is not None]
    return [row for row in arrived if row["arrived_on"] != row["shipped_on"]]


def by_day(rows: list[Row], day_of: Any) -> defaultdict[date, list[Row]]:
    """The rows of each day."""
    days: defaultdict[date, list[Row]] = defaultdict(list)
    for row in rows:
        days[day_of(row)].append(row)
    return days


def receive(world: World, receipt: Row, lines: Lines) -> None:
    """Take in the next awaited units of the declaration line; units beyond it are unknown."""
    key = receipt["receipt_no"], receipt["line_no"]
    day, warehouse = receipt["received_on"], receipt["warehouse"]
    declaration = lines[line_key(receipt)][0].declaration
    awaited = world.awaited[line_key(receipt)]
    beyond = 0
    for position in range(receipt["quantity"]):
        if awaited:
            unit = awaited.pop(0)
        else:
            beyond += 1
            unit = world.appear(receipt["sku"], (warehouse, day, RECEIPT, *key), position)
        world.shelve(unit, warehouse, day)
    if beyond:
        world.reports.add("over_received", "receipts", key, day, beyond)
    if day < declaration["exported_on"]:
        world.reports.add("received_before_export", "receipts", key, day, receipt["quantity"])
    if declaration["warehouse"] is not None and declaration["warehouse"] != warehouse:
        world.reports.add("received_elsewhere", "receipts", key, day, receipt["quantity"])


def take_back(world: World, back: Row, sale: Row) -> None:
    """Take the sale's units back, its last one first."""
    key = back["return_no"], back["line_no"]
    day, warehouse = counts_on(back, sale), back["warehouse"]
    for position in range(back["quantity"]):
        unit = world.with_customers[sale_key(sale)].pop()
        if unit is None:
            unit = world.appear(sale["sku"], (warehouse, day, RETURN, *key), position)
        if back["outcome"] == "restocked":
            world.shelve(unit, warehouse, day)
        else:
            unit.becomes(back["outcome"], day, warehouse, order_of(back))
    if back["returned_on"] <= sale["shipped_on"]:
        world.reports.add(
            "return_not_after_sale", "returns", key, back["returned_on"], back["quantity"]
        )


def find(world: World, change: Row) -> None:
    """Put found units on the shelf."""
    day, warehouse = change["on"], change["warehouse"]
    inflow = warehouse, day, FOUND, change["adjustment_no"], change["line_no"]
    for position in range(change["quantity"]):
        world.shelve(world.appear(change["sku"], inflow, position), warehouse, day)


def leave(world: World, transfer: Row) -> None:
    """Move from the front of the shelf; what is not there is of unknown origin from here on."""
    key, day, to = transfer_key(transfer), transfer["shipped_on"], transfer["to_warehouse"]
    arrived_on = transfer["arrived_on"]
    inflow = to, arrived_on or day, AT_ONCE if arrived_on == day else ARRIVAL, *key
    shelf = world.shelves[transfer["from_warehouse"], transfer["sku"]]
    missing = 0
    world.under_way[key] = []
    for position in range(transfer["quantity"]):
        if shelf:
            unit = shelf.pop(0)
        else:
            missing += 1
            unit = world.appear(transfer["sku"], inflow, position)
        unit.becomes("in_transit", day, to)
        world.under_way[key].append(unit)
    if missing:
        world.reports.add("transferred_without_stock", "transfers", key, day, missing)


def arrive(world: World, transfer: Row) -> None:
    """Put the units of a transfer on the shelf, in the order in which they left."""
    for unit in world.under_way.pop(transfer_key(transfer)):
        world.shelve(unit, transfer["to_warehouse"], transfer["arrived_on"])


def ship(world: World, sale: Row) -> None:
    """Sell from the front of the shelf; what is not there is sold without stock."""
    shelf = world.shelves[sale["warehouse"], sale["sku"]]
    parcel: list[Unit | None] = []
    for _ in range(sale["quantity"]):
        unit = shelf.pop(0) if shelf else None
        if unit is not None:
            unit.becomes("sold", sale["shipped_on"], sale["warehouse"], sale_key(sale))
        parcel.append(unit)
    world.with_customers[sale_key(sale)] = parcel
    missing = parcel.count(None)
    if missing:
        world.reports.add(
            "sold_without_stock", "sales", sale_key(sale), sale["shipped_on"], missing
        )


def write_off(world: World, change: Row) -> None:
    """Take lost, scrapped or sent-home units from the front of the shelf, as far as there are."""
    shelf = world.shelves[change["warehouse"], change["sku"]]
    missing = 0
    for _ in range(-change["quantity"]):
        if shelf:
            shelf.pop(0).becomes(change["reason"], change["on"], change["warehouse"])
        else:
            missing += 1
    if missing:
        key = change["adjustment_no"], change["line_no"]
        world.reports.add("adjusted_without_stock", "adjustments", key, change["on"], missing)
