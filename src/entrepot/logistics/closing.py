# SPDX-License-Identifier: Apache-2.0
"""Close a consignment: what is still on its way is lost, and claimed from the carrier.

What arrived unannounced first makes up for what is missing of the same SKU: it is covered, and
nothing is claimed for it. Closing is taken back by reopening, with what was found in the meantime.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Sum
from psycopg import Cursor

from entrepot.catalog.forms import Fault
from entrepot.jobs.events import Event
from entrepot.jobs.webhooks import emit
from entrepot.ledger.actions import post
from entrepot.ledger.document import Document, Line
from entrepot.ledger.opening import open_places
from entrepot.logistics.consigning import locked, refuse_unless
from entrepot.logistics.dispatching import day_at, lost_of, numbered, unknown_of, voyage_of
from entrepot.logistics.models import (
    ARRIVED,
    CLOSED,
    DISPATCHED,
    UNKNOWN,
    ClaimTerm,
    Consignment,
    ConsignmentLine,
    ReceiptLine,
    Scan,
)
from entrepot.logistics.refusals import WrongState, refuse_faults
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: The kinds of documents in the book with which units are lost, and found again.
SHORTAGE, FOUND = "shortage", "found_after_shortage"

_SET: Final = """
    UPDATE logistics_consignmentline AS l
    SET short = l.short + c.short, covered = l.covered + c.covered
    FROM unnest(%(line_nos)s::int[], %(shorts)s::bigint[], %(covered)s::bigint[])
        AS c (line_no, short, covered)
    WHERE l.enterprise_id = %(enterprise)s AND l.consignment_id = %(consignment)s
        AND l.line_no = c.line_no
"""
#: What is to be claimed of each line, with its part of the declared value: whole units, down.
_CLAIMABLE: Final = """
    SELECT l.line_no, k.kind, l.sku, k.quantity,
        div(d.fob_amount::numeric * k.quantity, d.quantity)::bigint, d.fob_currency
    FROM logistics_consignmentline AS l
    CROSS JOIN LATERAL (VALUES ('short', l.short), ('damaged', l.damaged)) AS k (kind, quantity)
    LEFT JOIN logistics_declarationline AS d ON d.enterprise_id = %(enterprise)s
        AND d.declaration_no = l.declaration_no AND d.item_no = l.item_no AND d.sku = l.sku
    WHERE l.enterprise_id = %(enterprise)s AND l.consignment_id = %(consignment)s
        AND (k.quantity > 0 OR EXISTS (
            SELECT FROM logistics_claim AS c
            WHERE c.enterprise_id = %(enterprise)s AND c.consignment_id = l.consignment_id
                AND c.line_no = l.line_no AND c.kind = k.kind))
    ORDER BY l.line_no, k.kind
"""
_CLAIM: Final = """
    INSERT INTO logistics_claim AS c (enterprise_id, id, consignment_id, line_no, kind, sku,
        quantity, carrier, value, currency, state, opened_on, deadline_on, note)
    SELECT %(enterprise)s, g.id, %(consignment)s, g.line_no, g.kind, g.sku, g.quantity,
        %(carrier)s, g.value, coalesce(g.currency, ''), 'open', %(on)s, %(deadline)s, ''
    FROM unnest(%(ids)s::uuid[], %(line_nos)s::int[], %(kinds)s::text[], %(skus)s::text[],
        %(quantities)s::bigint[], %(values)s::bigint[], %(currencies)s::text[])
        AS g (id, line_no, kind, sku, quantity, value, currency)
    ON CONFLICT (enterprise_id, consignment_id, line_no, kind) DO UPDATE
        SET quantity = EXCLUDED.quantity, value = EXCLUDED.value,
            state = CASE
                WHEN EXCLUDED.quantity = 0 AND c.state IN ('open', 'claimed') THEN 'dropped'
                WHEN EXCLUDED.quantity > 0 AND c.quantity = 0 AND c.state = 'dropped' THEN 'open'
                ELSE c.state END
"""


@dataclass(frozen=True, slots=True)
class FoundAgain:
    """Units of a line that arrived after all."""

    line_no: int
    quantity: int


def close(consignment: UUID, on: date | None = None) -> Consignment:
    """Close a consignment: what is open of it is lost, and claimed from its carrier.

    Args:
        consignment: which one; one that is closed stays as it is.
        on: the day; today at the warehouse, if none is given.

    Raises:
        Consignment.DoesNotExist: there is no such consignment.
        WrongState: it was never dispatched, is cancelled, or a barcode of it is unknown still.
    """
    found = locked(consignment)
    if found.state == CLOSED:
        return found
    refuse_unless(found, f"Cannot close consignment {found.number}.", DISPATCHED, ARRIVED)
    if questions := Scan.objects.filter(consignment=found, state=UNKNOWN).count():
        raise WrongState(
            f"Cannot close consignment {found.number}.",
            f"Of what was scanned, nobody has said yet what it is: {questions:,} barcodes.",
            "Say what they were, or drop them; else they would be claimed as lost.",
            questions=questions,
        )
    found.state, found.closings = CLOSED, found.closings + 1
    found.closed_on = on or day_at(found.to_place)
    open_lines = list(
        ConsignmentLine.objects.filter(consignment=found, open__gt=0).order_by("line_no")
    )
    changes = _parted(open_lines, _over(found))
    voyage, lost, unknown = voyage_of(found), lost_of(found), unknown_of(found)
    lines = [
        Line(line.sku, units, voyage, place, line.lot)
        for line, short, covered in changes
        for units, place in ((covered, unknown), (short, lost))
        if units
    ]
    if lines:
        open_places([lost])
        post(Document(SHORTAGE, numbered(found.number, found.closings), found.closed_on, lines))
    found.save(update_fields=["state", "closings", "closed_on"])
    with raw_cursor() as cursor:
        _set(cursor, found, changes)
        _claim(cursor, found, found.closed_on)
    short = sum(units for _, units, _ in changes)
    says = {"consignment": str(found.id), "number": found.number, "short": short}
    emit(Event.CONSIGNMENT_CLOSED, says)
    return found


def reopen(consignment: UUID, arrived: Sequence[FoundAgain] = ()) -> Consignment:
    """Open a closed consignment again, with what arrived after all: it is on its way once more.

    The claims on its carrier become less by as much.

    Raises:
        Consignment.DoesNotExist: there is no such consignment.
        WrongState: it is not closed.
        Unfit: with every line of which fewer are short.
    """
    found = locked(consignment)
    asked = f"Cannot reopen consignment {found.number}."
    refuse_unless(found, asked, CLOSED)
    its = {line.line_no: line for line in _settled(found, arrived)}
    refuse_faults(asked, list(_faults(its, arrived)))
    back = {each.line_no: each.quantity for each in arrived}
    changes = [(line, -back.get(line.line_no, 0), -line.covered) for line in its.values()]
    voyage, lost, unknown = voyage_of(found), lost_of(found), unknown_of(found)
    lines = [
        Line(line.sku, -units, place, voyage, line.lot)
        for line, short, covered in changes
        for units, place in ((covered, unknown), (short, lost))
        if units
    ]
    day = day_at(found.to_place)
    if lines:
        post(Document(FOUND, numbered(found.number, found.closings), day, lines))
    has_arrived = ReceiptLine.objects.filter(consignment_id=consignment).exists()
    found.state, found.closed_on = ARRIVED if has_arrived else DISPATCHED, None
    found.save(update_fields=["state", "closed_on"])
    with raw_cursor() as cursor:
        _set(cursor, found, changes)
        _claim(cursor, found, day)
    return found


Change = tuple[ConsignmentLine, int, int]


def _over(found: Consignment) -> dict[str, int]:
    """How many units of each SKU arrived beyond what was announced."""
    rows = ReceiptLine.objects.filter(consignment_id=found.id, is_over=True)
    return {row["sku"]: row["units"] for row in rows.values("sku").annotate(units=Sum("quantity"))}


def _parted(lines: Iterable[ConsignmentLine], over: dict[str, int]) -> list[Change]:
    """Of each open line: how many units are lost, how many covered by what came unannounced."""
    changes = []
    for line in lines:
        covered = min(line.open, over.get(line.sku, 0))
        if covered:
            over[line.sku] -= covered
        changes.append((line, line.open - covered, covered))
    return changes


def _settled(found: Consignment, arrived: Sequence[FoundAgain]) -> list[ConsignmentLine]:
    """The lines of which something is covered, and those of which something was found."""
    lines = ConsignmentLine.objects.filter(consignment=found)
    numbers = [each.line_no for each in arrived]
    return list(
        (lines.filter(covered__gt=0) | lines.filter(line_no__in=numbers)).order_by("line_no")
    )


def _faults(lines: Mapping[int, ConsignmentLine], arrived: Sequence[FoundAgain]) -> Iterator[Fault]:
    seen: set[int] = set()
    for row, each in enumerate(arrived, 1):
        short = lines[each.line_no].short if each.line_no in lines else 0
        if each.line_no in seen:
            yield Fault("line_no", f"{each.line_no}", "each line once", row)
        elif each.quantity > short:
            yield Fault("quantity", f"{each.quantity:,}", f"at most the {short:,} short", row)
        seen.add(each.line_no)


def _set(cursor: Cursor[Any], found: Consignment, changes: Sequence[Change]) -> None:
    if changes:
        cursor.execute(_SET, {
            "enterprise": acting().enterprise,
            "consignment": found.id,
            "line_nos": [line.line_no for line, _, _ in changes],
            "shorts": [short for _, short, _ in changes],
            "covered": [covered for _, _, covered in changes],
        })  # fmt: skip


def _after(on: date, days: int) -> date:
    """A day so many days later, within the days that there are."""
    return date.fromordinal(min(on.toordinal() + days, date.max.toordinal()))


def _claim(cursor: Cursor[Any], found: Consignment, on: date) -> None:
    """Claim what its lines say is short or damaged; claims there are change with it."""
    given: dict[str, Any] = {"enterprise": acting().enterprise, "consignment": found.id}
    rows = cursor.execute(_CLAIMABLE, given).fetchall()
    if not rows:
        return
    term = ClaimTerm.objects.filter(carrier=found.carrier).first() if found.carrier else None
    line_nos, kinds, skus, quantities, values, currencies = map(list, zip(*rows, strict=True))
    cursor.execute(_CLAIM, given | {
        "carrier": found.carrier,
        "on": on,
        "deadline": _after(on, term.days) if term else None,
        "ids": [new_id() for _ in rows],
        "line_nos": line_nos,
        "kinds": kinds,
        "skus": skus,
        "quantities": quantities,
        "values": values,
        "currencies": currencies,
    })  # fmt: skip
