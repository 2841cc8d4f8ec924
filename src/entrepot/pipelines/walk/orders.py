# SPDX-License-Identifier: Apache-2.0
"""Walk back from an order: its lines, the pieces that served them, and what came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from entrepot.pipelines.walk import facts
from entrepot.pipelines.walk.arrivals import arrivals_of
from entrepot.pipelines.walk.closed import IN_ORDER, ClosedSeason, Row
from entrepot.pipelines.walk.find import FoundOrder
from entrepot.pipelines.walk.pieces import invoice_lines_of, items_of, received

#: What a unit of an order can have become, as the trace names it.
_FATES = ("sold", "scrapped", "sent_home")


def walk_order(closed: ClosedSeason, order: FoundOrder) -> Row:
    """Everything the close says of an order, as `--json` holds it."""
    items, invoices = items_of(order.taken), invoice_lines_of(order.taken)
    arrivals = arrivals_of(closed, items)
    pieces = received(closed, order.taken, arrivals)
    taken: dict[tuple[int | None, str], list[Row]] = defaultdict(list)
    for piece in pieces:
        taken[piece["order_line_no"], piece["sku"]].append(piece)
    shipped: dict[tuple[int | None, str], list[Row]] = defaultdict(list)
    for movement in order.shipped:
        shipped[movement["document_line"], movement["item"]].append(movement)
    lines = [
        _line(closed, order, line, shipped[line], taken[line])
        for line in sorted({*shipped, *taken}, key=_line_order)
    ]
    units = sum(line["units"] for line in lines)
    return {
        "kind": "order",
        "channel": order.channel,
        "order_no": order.order_no,
        **facts.sums(pieces),
        "units": units,
        "lines": lines,
        "items": facts.items(closed, items, arrivals),
        "invoices": facts.invoices(closed, invoices),
        "proofs": [facts.proof("shipped", units, _added([line["now"] for line in lines]))],
    }


def _line_order(line: tuple[int | None, str]) -> tuple[bool, int, str]:
    """Lines by number; those of an export, which have none, after them."""
    number, sku = line
    return number is None, number or 0, sku


def _added(parts: Sequence[dict[str, int]]) -> dict[str, int]:
    """Like parts put together."""
    total: dict[str, int] = defaultdict(int)
    for each in parts:
        for name, units in each.items():
            total[name] += units
    return dict(total)


def _line(
    closed: ClosedSeason,
    order: FoundOrder,
    line: tuple[int | None, str],
    shipped: Sequence[Row],
    taken: Sequence[Row],
) -> Row:
    """One line of an order: what was shipped, the pieces that served it, what became of them."""
    number, sku = line
    fates = {
        fate: sum(piece["quantity"] for piece in taken if piece["fate"] == fate) for fate in _FATES
    }
    if number is None:
        now, unmet, units = fates, 0, sum(fates.values())
        back: Row = {"units": 0, "may_be_more": 0, "certain": True, "movements": []}
    else:
        units = sum(movement["quantity"] for movement in shipped)
        unmet = sum(m["quantity"] for m in shipped if m["from_place"].startswith("unknown/"))
        candidates = _returned(closed, order.channel, sku, shipped)
        now, back = _came_back(units, unmet, fates, candidates)
    key = f"{order.channel}/{order.order_no}/{number}"
    returned = [f"{each['return_no']}/{each['line_no']}" for each in back["movements"]]
    return {
        "line_no": number,
        "sku": sku,
        "shipped_on": facts.told(shipped[0]["on"]) if shipped else None,
        "warehouse": shipped[0]["from_place"].partition("/")[2] if shipped else None,
        **facts.sums(taken),
        "units": units,
        "sold_without_stock": unmet,
        "now": {name: count for name, count in now.items() if count},
        "came_back": back,
        "pieces": list(taken),
        "exceptions": [
            *facts.exceptions(closed, "sales", [key]),
            *facts.exceptions(closed, "returns", returned if back["certain"] else []),
        ],
    }


def _returned(closed: ClosedSeason, channel: str, sku: str, shipped: Sequence[Row]) -> list[Row]:
    """Returns that can be of this line: of its SKU, from its channel, after it was shipped."""
    rows = closed.rows(
        'SELECT document_no AS return_no, document_line AS line_no, "on" AS came_back_on, '
        "to_place, quantity FROM book WHERE document_kind = 'return' AND from_place = ? "
        f'AND item = ? AND "on" > ? {IN_ORDER}',
        [f"customer/{channel}", sku, shipped[0]["on"]],
    )
    return [facts.without(row, ()) for row in rows]


def _came_back(
    units: int, unmet: int, fates: dict[str, int], candidates: Sequence[Row]
) -> tuple[dict[str, int], Row]:
    """What became of the units shipped, and what came back of them.

    A return takes the last units of its sale first, and those sold without stock are its last.
    So whatever is missing of the others was restocked, and all without stock came back before. The
    book does not say which order a return was of: its movement is certain only where every return
    that it can be was of this line.

    Returns:
        units by what became of them, which sum to `units`: a fate of the trace, restocked, or
        without_stock; and what came back: units, may_be_more (of those without stock), movements
        that it can have been, and whether they are certain.
    """
    gone = fates["scrapped"] + fates["sent_home"]
    all_of_them = sum(each["quantity"] for each in candidates)
    if fates["sold"] < units - unmet:
        # What no return can explain is missing from the trace; then the line does not add up.
        back, without_stock, more = min(units - fates["sold"], all_of_them), 0, 0
    else:
        # Of those without stock only the scrapped and the sent home are rows of the trace.
        back, without_stock = gone, unmet - gone
        more = min(without_stock, all_of_them - gone)
    now = {**fates, "restocked": back - gone, "without_stock": without_stock}
    fitting = [each for each in candidates if each["quantity"] <= back + more]
    return now, {
        "units": back,
        "may_be_more": more,
        "certain": all_of_them == back,
        "movements": fitting,
    }
