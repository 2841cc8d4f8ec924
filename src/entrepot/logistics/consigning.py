# SPDX-License-Identifier: Apache-2.0
"""Write consignments: what is sent from one warehouse to another, line by line.

One from a home warehouse to one overseas may name the declaration items that its goods leave under;
over all consignments no item can be sent more often than it declares.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.catalog.forms import Fault, shown
from entrepot.logistics import looking
from entrepot.logistics.looking import Warehouse
from entrepot.logistics.models import CANCELLED, CLOSED, DRAFT, Consignment, ConsignmentLine
from entrepot.logistics.refusals import (
    Taken,
    WrongState,
    digest,
    refuse_faults,
    refuse_otherwise,
)
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

Item = tuple[str, int, str]

_ADD: Final = """
    INSERT INTO logistics_consignmentline (enterprise_id, consignment_id, line_no, sku, quantity,
        lot, from_place, declaration_no, item_no)
    SELECT %(enterprise)s, %(consignment)s, l.*
    FROM unnest(%(line_nos)s::int[], %(skus)s::text[], %(quantities)s::bigint[], %(lots)s::text[],
        %(places)s::text[], %(declaration_nos)s::text[], %(item_nos)s::int[])
        AS l (line_no, sku, quantity, lot, from_place, declaration_no, item_no)
    ORDER BY line_no
"""
_DROP: Final = """
    DELETE FROM logistics_consignmentline
    WHERE enterprise_id = %(enterprise)s AND consignment_id = %(consignment)s
        AND (%(all)s OR line_no = ANY(%(line_nos)s))
    RETURNING declaration_no, item_no, sku, quantity
"""
_DECLARED: Final = """
    SELECT declaration_no, item_no, sku, quantity FROM logistics_consignmentline
    WHERE enterprise_id = %(enterprise)s AND consignment_id = %(consignment)s
        AND declaration_no IS NOT NULL
"""
_LOCK_ITEMS: Final = """
    SELECT d.declaration_no, d.item_no, d.sku, d.quantity, d.sent
    FROM logistics_declarationline AS d
    WHERE d.enterprise_id = %(enterprise)s AND (d.declaration_no, d.item_no, d.sku) IN (
        SELECT * FROM unnest(%(numbers)s::text[], %(items)s::int[], %(skus)s::text[]))
    ORDER BY d.declaration_no, d.item_no, d.sku
    FOR NO KEY UPDATE
"""
_SEND: Final = """
    UPDATE logistics_declarationline AS d SET sent = d.sent + c.change
    FROM unnest(%(numbers)s::text[], %(items)s::int[], %(skus)s::text[], %(changes)s::bigint[])
        AS c (declaration_no, item_no, sku, change)
    WHERE d.enterprise_id = %(enterprise)s AND d.declaration_no = c.declaration_no
        AND d.item_no = c.item_no AND d.sku = c.sku
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """A line: units of a SKU and lot, from a bin or the warehouse itself, of a declaration item."""

    line_no: int
    sku: str
    quantity: int
    lot: str = ""
    from_bin: str = ""
    declaration_no: str = ""
    item_no: int | None = None

    @property
    def item(self) -> Item | None:
        """The declaration item and SKU that it names, if any."""
        if not self.declaration_no or self.item_no is None:
            return None
        return self.declaration_no, self.item_no, self.sku


@dataclass(frozen=True, slots=True)
class Says:
    """What is known of a consignment besides its lines: all of it may be said later."""

    carrier: str = ""
    vessel: str = ""
    container_no: str = ""
    tracking: str = ""
    incoterm: str = ""
    expected_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewConsignment:
    """Goods that are to be sent; warehouses by their codes."""

    number: str
    from_warehouse: str
    to_warehouse: str
    lines: Sequence[Sent] = ()
    says: Says = Says()


def create(new: NewConsignment) -> Taken:
    """Write a consignment; it is a draft. The same one again stays as it is.

    Raises:
        Unfit: with everything that is not there, is twice, or is more than was declared.
        SaysOtherwise: one of this number is there and says something else.
    """
    asked = f"Cannot write consignment {new.number}."
    its_hash = digest(
        new.number, new.from_warehouse, new.to_warehouse,
        [[getattr(line, field.name) for field in fields(Sent)] for line in new.lines],
        [getattr(new.says, field.name) for field in fields(Says)],
    )  # fmt: skip
    with raw_cursor() as cursor:
        if known := Consignment.objects.filter(number=new.number).first():
            refuse_otherwise("consignment", [] if bytes(known.hash) == its_hash else [new.number])
            return Taken(known.id, new.number, False)
        found = looking.warehouses(cursor, [new.from_warehouse, new.to_warehouse])
        refuse_faults(asked, [*_route_faults(found, new), *_carrier_faults(cursor, new.says)])
        source, target = found[new.from_warehouse], found[new.to_warehouse]
        made, is_new = Consignment.objects.get_or_create(
            number=new.number,
            defaults={
                "from_place": source.place,
                "to_place": target.place,
                "hash": its_hash,
                "created_by": acting().actor,
                **{field.name: getattr(new.says, field.name) for field in fields(Says)},
            },
        )
        if not is_new:
            refuse_otherwise("consignment", [] if bytes(made.hash) == its_hash else [new.number])
            return Taken(made.id, new.number, False)
        _put(cursor, asked, made, new.lines, replaces_all=False)
    return Taken(made.id, new.number, True)


def put_lines(consignment: UUID, lines: Sequence[Sent], *, replaces_all: bool = False) -> None:
    """Write lines of a draft: those of the same number are replaced; all others too, if asked.

    Raises:
        Consignment.DoesNotExist: there is no such consignment.
        WrongState: it is no draft any more.
        Unfit: as for `create`.
    """
    found = locked(consignment)
    asked = f"Cannot write lines of consignment {found.number}."
    refuse_unless(found, asked, DRAFT)
    with raw_cursor() as cursor:
        _put(cursor, asked, found, lines, replaces_all=replaces_all)


def change(consignment: UUID, **says: Any) -> Consignment:
    """Change what is known of a consignment: any of the fields of `Says`.

    Raises:
        Consignment.DoesNotExist: there is no such consignment.
        WrongState: it is closed or cancelled; or it was closed before and has another carrier.
        Unfit: the carrier is no partner in use.
    """
    found = locked(consignment)
    asked = f"Cannot change consignment {found.number}."
    if found.state in (CLOSED, CANCELLED):
        refuse_unless(found, asked, DRAFT)
    if says.get("carrier", found.carrier) != found.carrier and found.closings:
        raise WrongState(
            asked,
            "It was closed once, and what was lost is claimed from its carrier.",
            "Leave the carrier as it is.",
        )
    with raw_cursor() as cursor:
        refuse_faults(asked, list(_carrier_faults(cursor, Says(carrier=says.get("carrier", "")))))
    for name, value in says.items():
        setattr(found, name, value)
    if says:
        found.save(update_fields=list(says))
    return found


def cancel(consignment: UUID) -> Consignment:
    """Give a draft up: what its lines would have taken of declarations is free again.

    Raises:
        Consignment.DoesNotExist: there is no such consignment.
        WrongState: it is no draft.
    """
    found = locked(consignment)
    if found.state == CANCELLED:
        return found
    refuse_unless(found, f"Cannot cancel consignment {found.number}.", DRAFT)
    given = {"enterprise": acting().enterprise, "consignment": consignment}
    with raw_cursor() as cursor:
        freed: Counter[Item] = Counter()
        for declaration_no, item_no, sku, quantity in cursor.execute(_DECLARED, given).fetchall():
            freed[declaration_no, item_no, sku] -= quantity
        _send(cursor, freed, {})
        # So that a declaration can be corrected without regard to what was given up.
        ConsignmentLine.objects.filter(consignment=found).update(declaration_no=None, item_no=None)
    found.state = CANCELLED
    found.save(update_fields=["state"])
    record("consignment.cancelled", found.number)
    return found


def locked(consignment: UUID) -> Consignment:
    """A consignment that nobody else changes until this transaction ends.

    Raises:
        Consignment.DoesNotExist: there is no such consignment.
    """
    return Consignment.objects.select_for_update(no_key=True).get(id=consignment)


def refuse_unless(found: Consignment, asked: str, *states: str) -> None:
    """Refuse what cannot be done with a consignment as it is.

    Raises:
        WrongState: it is in another state.
    """
    if found.state not in states:
        raise WrongState(
            asked,
            f"It is {found.state}.",
            f"It has to be {' or '.join(states)} for that.",
            state=found.state,
        )


def _put(
    cursor: Cursor[Any],
    asked: str,
    found: Consignment,
    lines: Sequence[Sent],
    *,
    replaces_all: bool,
) -> None:
    refuse_faults(asked, list(_line_faults(cursor, found, lines)))
    given = {
        "enterprise": acting().enterprise,
        "consignment": found.id,
        "all": replaces_all,
        "line_nos": [line.line_no for line in lines],
        "skus": [line.sku for line in lines],
        "quantities": [line.quantity for line in lines],
        "lots": [line.lot for line in lines],
        "places": [_path(found, line) for line in lines],
        "declaration_nos": [line.declaration_no if line.item else None for line in lines],
        "item_nos": [line.item_no if line.item else None for line in lines],
    }
    sent: Counter[Item] = Counter()
    for declaration_no, item_no, sku, quantity in cursor.execute(_DROP, given).fetchall():
        if declaration_no is not None:
            sent[declaration_no, item_no, sku] -= quantity
    rows: dict[Item, int] = {}
    for row, line in enumerate(lines, 1):
        if line.item:
            sent[line.item] += line.quantity
            rows[line.item] = row
    refuse_faults(asked, _send(cursor, sent, rows))
    if lines:
        cursor.execute(_ADD, given)


def _send(cursor: Cursor[Any], sent: Mapping[Item, int], rows: Mapping[Item, int]) -> list[Fault]:
    """Count units as sent under declaration items; a fault for each item that has not as many."""
    changes = {item: change for item, change in sent.items() if change}
    if not (changes or rows):
        return []
    wanted = sorted(changes.keys() | rows.keys())
    given = {"enterprise": acting().enterprise, **_keys(wanted)}
    there = {
        (declaration_no, item_no, sku): (quantity, before)
        for declaration_no, item_no, sku, quantity, before in cursor.execute(_LOCK_ITEMS, given)
    }
    faults = []
    for item in wanted:
        said = f"{item[0]}/{item[1]} of {item[2]}"
        if item not in there:
            faults.append(
                Fault("item_no", said, "a declaration item with this SKU", rows.get(item))
            )
            continue
        quantity, before = there[item]
        if before + changes.get(item, 0) > quantity:
            on_others = before + min(changes.get(item, 0), 0)
            faults.append(
                Fault(
                    "quantity",
                    f"{before + changes[item] - on_others:,} of {said}",
                    f"at most {quantity - on_others:,}: it declares {quantity:,}, and"
                    f" {on_others:,} are on consignments",
                    rows.get(item),
                )
            )
    if not faults and changes:
        given = {"enterprise": acting().enterprise, **_keys(list(changes))}
        cursor.execute(_SEND, given | {"changes": list(changes.values())})
    return faults


def _keys(items: Sequence[Item]) -> dict[str, Any]:
    return {
        "numbers": [item[0] for item in items],
        "items": [item[1] for item in items],
        "skus": [item[2] for item in items],
    }


def _path(found: Consignment, line: Sent) -> str:
    return f"{found.from_place}/{line.from_bin}" if line.from_bin else found.from_place


def _line_faults(cursor: Cursor[Any], found: Consignment, lines: Sequence[Sent]) -> Iterator[Fault]:
    skus = looking.skus(cursor, (line.sku for line in lines))
    places = looking.places(cursor, {_path(found, line) for line in lines})
    is_export = found.from_place.startswith("home/") and found.to_place.startswith("warehouse/")
    numbers: set[int] = set()
    for row, line in enumerate(lines, 1):
        if line.sku not in skus:
            yield Fault("sku", shown(line.sku), "a SKU of a product", row)
        if _path(found, line) not in places:
            yield Fault("from_bin", shown(line.from_bin), f"a bin of {found.from_place}", row)
        if line.line_no in numbers:
            yield Fault("line_no", shown(line.line_no), "each line once", row)
        numbers.add(line.line_no)
        if bool(line.declaration_no) != (line.item_no is not None):
            yield Fault("item_no", shown(line.item_no), "a number and an item, or neither", row)
        if line.declaration_no and not is_export:
            yield Fault(
                "declaration_no", shown(line.declaration_no),
                "none: only goods that leave home for overseas are declared for export", row,
            )  # fmt: skip


def _route_faults(found: Mapping[str, Warehouse], new: NewConsignment) -> Iterator[Fault]:
    for field in ("from_warehouse", "to_warehouse"):
        code = getattr(new, field)
        if code not in found:
            yield Fault(field, shown(code), "a warehouse in use")
    if new.from_warehouse == new.to_warehouse:
        yield Fault("to_warehouse", shown(new.to_warehouse), "another than it is sent from")


def _carrier_faults(cursor: Cursor[Any], says: Says) -> Iterator[Fault]:
    if says.carrier and not looking.partners(cursor, [says.carrier]):
        yield Fault("carrier", shown(says.carrier), "a partner in use")
