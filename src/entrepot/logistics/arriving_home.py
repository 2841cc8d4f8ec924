# SPDX-License-Identifier: Apache-2.0
"""Take goods of a purchase into a home warehouse, and take that back.

More than was bought is taken in as it came and said to be over; what is missing stays open until
the purchase is closed (`purchasing.close`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.catalog.forms import Fault, shown
from entrepot.ledger.actions import post, reverse
from entrepot.ledger.document import Document, Line
from entrepot.logistics import looking
from entrepot.logistics.models import HomeReceipt, Purchase, PurchaseLine
from entrepot.logistics.refusals import WrongState, refuse_faults, refuse_otherwise
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: The kind of document in the book with which goods of a factory come in.
KIND: Final = "home_receipt"

_ADD_LINES: Final = """
    INSERT INTO logistics_homereceiptline (enterprise_id, receipt_id, line, line_no, sku, lot,
        place, quantity, over)
    SELECT %(enterprise)s, %(receipt)s, l.*
    FROM unnest(%(lines)s::int[], %(line_nos)s::int[], %(skus)s::text[], %(lots)s::text[],
        %(places)s::text[], %(quantities)s::bigint[], %(overs)s::bigint[])
        AS l (line, line_no, sku, lot, place, quantity, over)
"""
_COUNT: Final = """
    UPDATE logistics_purchaseline AS l
    SET received = l.received + c.change,
        short = least(l.short, greatest(l.quantity - l.received - c.change, 0))
    FROM unnest(%(line_nos)s::int[], %(skus)s::text[], %(changes)s::bigint[])
        AS c (line_no, sku, change)
    WHERE l.enterprise_id = %(enterprise)s AND l.purchase_id = %(purchase)s
        AND l.line_no = c.line_no AND l.sku = c.sku
"""

#: A line of a purchase: its number and SKU.
Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Came:
    """Units of a line that came; `bin` is a bin or an area of the warehouse, or empty."""

    line_no: int
    sku: str
    quantity: int
    lot: str = ""
    bin: str = ""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of a line: `over` is more than was bought, `open` still to come."""

    line_no: int
    sku: str
    quantity: int
    over: int
    open: int


def receive(
    purchase: UUID, number: str, warehouse: str, lines: Sequence[Came], on: date | None = None
) -> tuple[HomeReceipt, list[TakenIn]]:
    """Take goods of a purchase in: all of these lines, or none; the same receipt again is one.

    Raises:
        Purchase.DoesNotExist: there is no such purchase.
        Unfit: a line, a bin or a home warehouse that is not there.
        SaysOtherwise: a receipt of this number is there and is another.
        WrongState: it was taken back.
    """
    bought = Purchase.objects.select_for_update(no_key=True).get(id=purchase)
    before = HomeReceipt.objects.filter(number=number).first()
    asked = f"Cannot take in goods of purchase {bought.number}."
    with raw_cursor() as cursor:
        home = looking.warehouses(cursor, [warehouse]).get(warehouse)
        its = _lines_of(purchase)
        refuse_faults(asked, _faults(cursor, home, warehouse, lines, its))
        assert home is not None
        if before and before.purchase_id != purchase:
            refuse_otherwise("receipt", [number])
        if before and before.undone_at:
            _refuse_undone(asked, number)
        day = on or (before.received_on if before else home.today())
        source = f"supplier/{bought.supplier}"
        moved = [
            Line(each.sku, each.quantity, source, _path(home, each.bin), each.lot) for each in lines
        ]
        posted = post(Document(KIND, number, day, moved, f"purchase {bought.number}"))
        if before:
            overs = list(before.lines.order_by("line").values_list("over", flat=True))
            return before, _taken(lines, its, overs)
        receipt = HomeReceipt.objects.create(
            number=number,
            purchase=bought,
            warehouse=warehouse,
            received_on=day,
            document_id=posted.id,
            created_by=acting().actor,
        )
        overs = _overs(lines, its)
        _add_lines(cursor, receipt, lines, moved, overs)
        _count(cursor, purchase, [(each.line_no, each.sku, each.quantity) for each in lines])
    return receipt, _taken(lines, _lines_of(purchase), overs)


def undo(receipt: UUID, note: str) -> HomeReceipt:
    """Take a receipt back: the goods are with the factory again, and open.

    Raises:
        HomeReceipt.DoesNotExist: there is no such receipt.
        WrongState: it was taken back already.
        BelowZero: some of it has left the place where it was taken in.
    """
    purchase = HomeReceipt.objects.get(id=receipt).purchase_id
    Purchase.objects.select_for_update(no_key=True).get(id=purchase)
    found = HomeReceipt.objects.select_for_update(no_key=True).get(id=receipt)
    if found.undone_at:
        _refuse_undone(f"Cannot take receipt {found.number} back.", found.number)
    with raw_cursor() as cursor:
        day = looking.today(looking.zone_at(cursor, f"home/{found.warehouse}"))
        reverse(found.document_id, f"{KIND} {found.number}", day, note)
        lines = found.lines.values_list("line_no", "sku", "quantity")
        _count(cursor, purchase, [(line_no, sku, -quantity) for line_no, sku, quantity in lines])
    found.undone_at = timezone.now()
    found.save(update_fields=["undone_at"])
    return found


def _refuse_undone(asked: str, number: str) -> None:
    raise WrongState(
        asked, f"Receipt {number} was taken back.", "Take the goods in under a new number."
    )


def _lines_of(purchase: UUID) -> dict[Key, PurchaseLine]:
    lines = PurchaseLine.objects.filter(purchase_id=purchase)
    return {(line.line_no, line.sku): line for line in lines}


def _add_lines(
    cursor: Cursor[Any],
    receipt: HomeReceipt,
    lines: Sequence[Came],
    moved: Sequence[Line],
    overs: Sequence[int],
) -> None:
    cursor.execute(_ADD_LINES, {
        "enterprise": acting().enterprise,
        "receipt": receipt.id,
        "lines": list(range(1, len(lines) + 1)),
        "line_nos": [each.line_no for each in lines],
        "skus": [each.sku for each in lines],
        "lots": [each.lot for each in lines],
        "places": [each.to_place for each in moved],
        "quantities": [each.quantity for each in lines],
        "overs": overs,
    })  # fmt: skip


def _path(home: looking.Warehouse, bin: str) -> str:
    return f"{home.place}/{bin}" if bin else home.place


def _faults(
    cursor: Cursor[Any],
    home: looking.Warehouse | None,
    warehouse: str,
    lines: Sequence[Came],
    bought: dict[Key, PurchaseLine],
) -> list[Fault]:
    if home is None or not home.is_home:
        return [Fault("warehouse", shown(warehouse), "a home warehouse in use")]
    open_places = looking.places(cursor, (_path(home, each.bin) for each in lines))
    faults = []
    for row, each in enumerate(lines, 1):
        if (each.line_no, each.sku) not in bought:
            said = f"{each.line_no} of {each.sku}"
            faults.append(Fault("line_no", said, "a line of the purchase", row))
        if _path(home, each.bin) not in open_places:
            faults.append(Fault("bin", shown(each.bin), f"a bin of {warehouse}", row))
    return faults


def _overs(lines: Sequence[Came], bought: dict[Key, PurchaseLine]) -> list[int]:
    """Of each line, how many are more than was bought."""
    left = {key: max(line.quantity - line.received, 0) for key, line in bought.items()}
    overs = []
    for each in lines:
        over = max(each.quantity - left[each.line_no, each.sku], 0)
        left[each.line_no, each.sku] -= each.quantity - over
        overs.append(over)
    return overs


def _count(cursor: Cursor[Any], purchase: UUID, lines: Sequence[tuple[int, str, int]]) -> None:
    sums: Counter[tuple[int, str]] = Counter()
    for line_no, sku, change in lines:
        sums[line_no, sku] += change
    cursor.execute(_COUNT, {
        "enterprise": acting().enterprise,
        "purchase": purchase,
        "line_nos": [line_no for line_no, _ in sums],
        "skus": [sku for _, sku in sums],
        "changes": list(sums.values()),
    })  # fmt: skip


def _taken(
    lines: Sequence[Came], bought: dict[Key, PurchaseLine], overs: Sequence[int]
) -> list[TakenIn]:
    return [
        TakenIn(each.line_no, each.sku, each.quantity, over, bought[each.line_no, each.sku].open)
        for each, over in zip(lines, overs, strict=True)
    ]
