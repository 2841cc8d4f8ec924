# SPDX-License-Identifier: Apache-2.0
"""A walk as trees to be read: what `--json` holds, cut to a number of rows a branch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text
from rich.tree import Tree

from entrepot.pipelines.walk.closed import Row
from entrepot.pipelines.walk.exports import orders_of
from entrepot.pipelines.walk.facts import sums
from entrepot.pipelines.walk.telling import BAD, DIM, HEAD, Teller, add
from entrepot.pipelines.walk.tree_items import ItemTeller, invoice_title, item_title

_WHERE = {"sold": "from", "unsold": "in", "in_transit": "to"}


def trees(walk: Row, language: str, limit: int) -> Iterator[Tree | Text]:
    """What there is to show of a walk, one after another."""
    teller = Teller(language, limit)
    close, found = walk["close"], walk["found"]
    yield Text(teller.say("closed", name=close["name"], as_of=close["as_of"]), style=DIM)
    if close["is_older"]:
        version, newest = close["schema_version"], close["newest_schema_version"]
        yield Text(teller.say("older", version=version, newest=newest), style=DIM)
    if len(found) > 1:
        count = f"{len(found):,}"
        yield Text(teller.say("found", count=count, sums=teller.sums(walk["total"])), style=HEAD)
    for each in found[:limit]:
        yield _TELL[each["kind"]](teller, each)
    if len(found) > limit:
        yield Text(teller.say("more", count=f"{len(found) - limit:,}"), style=DIM)


def _root(label: str) -> Tree:
    return Tree(Text(label, style=HEAD))


# --- From an order -------------------------------------------------------------------------------


def _order(teller: Teller, order: Row) -> Tree:
    name = f"{order['channel']}/{order['order_no']}"
    root = _root(teller.titled(teller.say("order", name=name), then=[teller.sums(order)]))
    items = ItemTeller(teller, order["items"], order["invoices"])
    for line in teller.shown(root, order["lines"]):
        _order_line(teller, root, line, items)
    if len(order["lines"]) != 1:
        teller.proofs(root, order["proofs"])
    return root


def _order_line(teller: Teller, root: Tree, line: Row, items: ItemTeller) -> None:
    if line["line_no"] is None:
        title = teller.say("export_line", sku=line["sku"])
        shipped = teller.say("exported_units", units=teller.units(line["units"]))
    else:
        title = teller.say("line", number=line["line_no"], sku=line["sku"])
        shipped = teller.say(
            "shipped",
            units=teller.units(line["units"]),
            warehouse=line["warehouse"],
            day=line["shipped_on"],
        )
    amount = teller.amount(line["net_amount"]) if line["net_amount"] is not None else ""
    branch = add(root, teller.titled(title, then=[shipped, amount]))
    for item, pieces in _by(line["pieces"], "declaration_no", "item_no"):
        if item[0] is None:
            unknown = teller.titled(teller.say("unknown"), then=[teller.sums(sums(pieces))])
            on = add(branch, unknown, BAD)
        else:
            on = add(branch, items.title(item, sums(pieces)))
        for piece in teller.shown(on, pieces):
            _piece(teller, on, piece, items)
        if item[0] is not None:
            items.tell(on, item)
    _came_back(teller, branch, line)
    if line["sold_without_stock"]:
        units = teller.units(line["sold_without_stock"])
        add(branch, teller.say("without_stock", units=units), BAD)
    teller.exceptions(branch, line["exceptions"])
    now = {"of": "shipped", "unit": "units", "total": line["units"], "parts": line["now"]}
    teller.proofs(branch, [now | {"holds": sum(line["now"].values()) == line["units"]}])


def _piece(teller: Teller, branch: Tree, piece: Row, items: ItemTeller) -> None:
    said = teller.say(
        "piece",
        fate=teller.named("fate", piece["fate"]),
        where=_where(teller, piece["fate"], piece["warehouse"]),
        day=piece["day"],
    )
    on = add(branch, teller.titled(said, then=[teller.sums(sums([piece]))]))
    if piece["invoice_no"] is not None:
        basis = teller.named("basis", piece["basis"])
        invoice = items.invoice((piece["invoice_no"], piece["invoice_line_no"]))
        add(on, invoice + teller.say("brackets", text=basis))
    received = piece["received"]
    key = "received" if received["certain"] else "may_be_received"
    for each in teller.shown(on, received["receipts"]):
        name = f"{each['receipt_no']}/{each['line_no']}"
        said = teller.say(key, day=each["received_on"], warehouse=each["warehouse"], name=name)
        units = teller.units(each["quantity"]) if each["quantity"] != piece["quantity"] else ""
        add(on, teller.titled(said, then=[units]))
    for each in teller.shown(on, received["transfers"]):
        name = f"{each['transfer_no']}/{each['line_no']}"
        days = teller.days(each["shipped_on"], each["arrived_on"] or each["shipped_on"])
        add(on, teller.say("may_be_transfer", days=days, name=name))


def _where(teller: Teller, fate: str, warehouse: str | None) -> str:
    return "" if warehouse is None else teller.say(_WHERE.get(fate, "in"), warehouse=warehouse)


def _came_back(teller: Teller, branch: Tree, line: Row) -> None:
    back = line["came_back"]
    if back["units"]:
        on = add(branch, teller.say("came_back", units=teller.units(back["units"])))
    elif back["may_be_more"]:
        on = branch
    else:
        return
    if back["may_be_more"]:
        on = add(on, teller.say("may_be_back", count=f"{back['may_be_more']:,}"))
    key = "return" if back["certain"] else "may_be_return"
    for each in teller.shown(on, back["movements"]):
        said = teller.say(
            key,
            day=each["came_back_on"],
            name=f"{each['return_no']}/{each['line_no']}",
            place=each["to_place"],
        )
        add(on, teller.titled(said, then=[teller.units(each["quantity"])]))


# --- From a declaration item ---------------------------------------------------------------------


def _declaration(teller: Teller, item: Row) -> Tree:
    root = _root(teller.titled(*item_title(teller, item), then=[teller.sums(item)]))
    skus = [teller.say("sku", sku=sku, units=f"{units:,}") for sku, units in item["skus"].items()]
    add(root, teller.say("skus", skus=teller.listed(skus)))
    declared, covered = item["refund"]["declared"], item["refund"]["covered"]
    invoices = add(root, teller.say("covered", covered=f"{covered:,}", declared=f"{declared:,}"))
    for invoice in teller.shown(invoices, item["invoices"]):
        title = teller.listed(invoice_title(teller, invoice))
        add(invoices, teller.titled(title, then=[teller.sums(invoice)]))
    _receipts(teller, root, item["receipts"])
    fates = add(root, teller.say("fates"))
    _fates(teller, fates, item["fates"], item["pieces"])
    ItemTeller(teller, [item], []).tell(root, (item["declaration_no"], item["item_no"]))
    # That invoices cover so many is said above.
    teller.proofs(root, [p for p in item["proofs"] if p["of"] != "covered" or not p["holds"]])
    return root


def _receipts(teller: Teller, root: Tree, receipts: Sequence[Row]) -> None:
    if not receipts:
        add(root, teller.say("never_received"))
        return
    branch = add(root, teller.say("receipts"))
    for each in teller.shown(branch, receipts):
        name = f"{each['receipt_no']}/{each['line_no']}"
        said = teller.say(
            "receipt", day=each["received_on"], warehouse=each["warehouse"], name=name
        )
        what = teller.say("sku", sku=each["sku"], units=teller.units(each["quantity"]))
        doubt = "" if each["item_certain"] else teller.say("other_item")
        add(branch, teller.titled(said, then=[what, doubt]))


def _fates(teller: Teller, branch: Tree, fates: Sequence[Row], pieces: Sequence[Row]) -> None:
    """What became of pieces, by fate and warehouse; the first orders where they are sold."""
    for each in fates:
        title = teller.named("fate", each["fate"])
        title += _where(teller, each["fate"], each["warehouse"])
        days = teller.days(each["first_day"], each["last_day"])
        if each["fate"] == "unsold":
            days = teller.say("since", days=days)
        elif each["fate"] == "in_transit":
            days = teller.say("sailed", days=days)
        orders = ""
        if each["orders"]:
            key = "one_order" if each["orders"] == 1 else "orders"
            orders = teller.say(key, count=f"{each['orders']:,}")
        on = add(branch, teller.titled(title, then=[teller.sums(each), orders, days]))
        mine = [
            piece
            for piece in pieces
            if piece["fate"] == each["fate"] and piece["warehouse"] == each["warehouse"]
        ]
        _orders(teller, on, mine)


def _orders(teller: Teller, branch: Tree, pieces: Sequence[Row]) -> None:
    found = sorted(orders_of(pieces).items(), key=lambda each: (each[1][0]["day"], str(each[0])))
    for (channel, number), mine in teller.shown(branch, found):
        name = number if channel is None else f"{channel}/{number}"
        title = teller.listed([mine[0]["day"], teller.say("order", name=name)])
        add(branch, teller.titled(title, then=[teller.sums(sums(mine))]))


# --- From an invoice line ------------------------------------------------------------------------


def _invoice(teller: Teller, invoice: Row) -> Tree:
    root = _root(teller.titled(*invoice_title(teller, invoice), then=[teller.sums(invoice)]))
    skus = [
        teller.say("sku", sku=sku, units=f"{units:,}") for sku, units in invoice["skus"].items()
    ]
    add(root, teller.say("skus", skus=teller.listed(skus)))
    items = ItemTeller(teller, invoice["items"], [])
    by_item = dict(_by(invoice["pieces"], "declaration_no", "item_no"))
    for item in teller.shown(root, invoice["items"]):
        key = item["declaration_no"], item["item_no"]
        branch = add(root, items.title(key, item["covers"]))
        _fates(teller, branch, item["fates"], by_item[key])
        items.refund(branch, key)
    teller.proofs(root, invoice["proofs"])
    return root


def _by(pieces: Sequence[Row], *columns: str) -> Iterator[tuple[tuple[str, int], list[Row]]]:
    """Pieces put together by columns, in the order in which they first come."""
    found: dict[tuple[str, int], list[Row]] = {}
    for piece in pieces:
        number, line = (piece[column] for column in columns)
        found.setdefault((number, line), []).append(piece)
    yield from found.items()


_TELL = {"order": _order, "declaration": _declaration, "invoice": _invoice}
