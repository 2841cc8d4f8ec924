# SPDX-License-Identifier: Apache-2.0
"""Keep export declarations: take them in, correct them while nothing of them was received."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg import Cursor

from entrepot.catalog.forms import Fault, shown
from entrepot.errors import Refused
from entrepot.logistics import looking
from entrepot.logistics.models import Declaration, DeclarationLine, ReceiptLine
from entrepot.logistics.refusals import refuse_faults, refuse_otherwise
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: What is kept of a line, in this order, and its types in the database.
_COLUMNS: Final = (
    "declaration_no, item_no, sku, mode, exported_on, quantity, fob_amount, fob_currency,"
    " destination, warehouse, sold_at_export, statistics_flag, channel, order_no"
)
_GIVEN: Final = f"""
    unnest(%(declaration_no)s::text[], %(item_no)s::int[], %(sku)s::text[], %(mode)s::text[],
        %(exported_on)s::date[], %(quantity)s::bigint[], %(fob_amount)s::bigint[],
        %(fob_currency)s::text[], %(destination)s::text[], %(warehouse)s::text[],
        %(sold_at_export)s::bool[], %(statistics_flag)s::text[], %(channel)s::text[],
        %(order_no)s::text[]) AS g ({_COLUMNS})
"""
_OPEN: Final = """
    INSERT INTO logistics_declaration (enterprise_id, id, declaration_no, created_at, created_by,
        changed_at, changed_by)
    SELECT %(enterprise)s, d.id, d.declaration_no, %(at)s, %(by)s, %(at)s, %(by)s
    FROM unnest(%(ids)s::uuid[], %(numbers)s::text[]) AS d (id, declaration_no)
    ORDER BY d.declaration_no
    ON CONFLICT (enterprise_id, declaration_no) DO NOTHING
"""
_ADD: Final = f"""
    INSERT INTO logistics_declarationline (enterprise_id, declaration_id, {_COLUMNS})
    SELECT %(enterprise)s, (SELECT d.id FROM logistics_declaration AS d
            WHERE d.enterprise_id = %(enterprise)s AND d.declaration_no = g.declaration_no), g.*
    FROM {_GIVEN}
    ORDER BY g.declaration_no, g.item_no, g.sku
    ON CONFLICT (enterprise_id, declaration_no, item_no, sku) DO NOTHING
    RETURNING declaration_no, item_no, sku
"""
#: Lines that are there and say something else.
_OTHER: Final = f"""
    SELECT g.declaration_no, g.item_no, g.sku
    FROM {_GIVEN}
    CROSS JOIN LATERAL (
        SELECT * FROM logistics_declarationline AS d
        WHERE d.enterprise_id = %(enterprise)s AND d.declaration_no = g.declaration_no
            AND d.item_no = g.item_no AND d.sku = g.sku
        LIMIT 1
    ) AS d
    WHERE (d.mode, d.exported_on, d.quantity, d.fob_amount, d.fob_currency, d.destination,
            d.warehouse, d.sold_at_export, d.statistics_flag, d.channel, d.order_no)
        IS DISTINCT FROM (g.mode, g.exported_on, g.quantity, g.fob_amount, g.fob_currency,
            g.destination, g.warehouse, g.sold_at_export, g.statistics_flag, g.channel, g.order_no)
    ORDER BY 1, 2, 3
"""
_DROP: Final = """
    DELETE FROM logistics_declarationline AS d
    WHERE d.enterprise_id = %(enterprise)s AND d.declaration_id = %(declaration)s
        AND NOT EXISTS (
            SELECT FROM unnest(%(item_no)s::int[], %(sku)s::text[]) AS g (item_no, sku)
            WHERE g.item_no = d.item_no AND g.sku = d.sku)
"""
_REPLACE: Final = f"""
    INSERT INTO logistics_declarationline AS d (enterprise_id, declaration_id, {_COLUMNS})
    SELECT %(enterprise)s, %(declaration)s, g.* FROM {_GIVEN}
    ON CONFLICT (enterprise_id, declaration_no, item_no, sku) DO UPDATE
        SET mode = EXCLUDED.mode, exported_on = EXCLUDED.exported_on,
            quantity = EXCLUDED.quantity, fob_amount = EXCLUDED.fob_amount,
            fob_currency = EXCLUDED.fob_currency, destination = EXCLUDED.destination,
            warehouse = EXCLUDED.warehouse, sold_at_export = EXCLUDED.sold_at_export,
            statistics_flag = EXCLUDED.statistics_flag, channel = EXCLUDED.channel,
            order_no = EXCLUDED.order_no
"""
#: Declarations of which something was sent, received, or linked to an invoice.
_IN_USE: Final = """
    SELECT DISTINCT d.declaration_no FROM logistics_declarationline AS d
    WHERE d.enterprise_id = %(enterprise)s AND d.declaration_no = ANY(%(numbers)s)
        AND (d.sent > 0 OR d.linked > 0 OR EXISTS (
            SELECT FROM logistics_receiptline AS r WHERE r.enterprise_id = %(enterprise)s
                AND r.declaration_no = d.declaration_no AND r.item_no = d.item_no
                AND r.sku = d.sku))
    ORDER BY 1
"""
_WITHDRAW: Final = """
    DELETE FROM logistics_declarationline
    WHERE enterprise_id = %(enterprise)s AND declaration_no = ANY(%(numbers)s)
    RETURNING declaration_no, item_no, sku, quantity, fob_amount, fob_currency
"""
_WITHDRAWN: Final = """
    UPDATE logistics_declaration SET changed_at = %(at)s, changed_by = %(by)s
    WHERE enterprise_id = %(enterprise)s AND declaration_no = ANY(%(numbers)s)
"""
#: Withdrawn lines that one entry of the audit log names.
_NAMED: Final = 200
Key = tuple[str, int, str]


class DeclarationReceived(Refused):
    """A declaration of which goods were received abroad is not corrected any more."""

    code = "logistics.declaration_received"


class DeclarationInUse(Refused):
    """A declaration of which goods were sent, received or invoiced is not withdrawn."""

    code = "logistics.declaration_in_use"


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration item and SKU, as a season has it.

    `fob_amount` is in the smallest unit of the currency. Empty texts, and None, for what is not
    said.
    """

    declaration_no: str
    item_no: int
    sku: str
    mode: str
    exported_on: date
    quantity: int
    fob_amount: int
    fob_currency: str
    destination: str
    warehouse: str = ""
    sold_at_export: bool | None = None
    statistics_flag: str = ""
    channel: str = ""
    order_no: str = ""

    @property
    def key(self) -> Key:
        """What names the line."""
        return self.declaration_no, self.item_no, self.sku


def put(lines: Sequence[Declared]) -> int:
    """Take declaration lines in: all of them, or none. The same line again changes nothing.

    Returns:
        how many are new.

    Raises:
        Unfit: with every SKU and warehouse that is not there, and every line that is twice.
        SaysOtherwise: with every line that is there and says something else.
    """
    asked = f"Cannot take {len(lines):,} declaration line{'s' if len(lines) > 1 else ''}."
    numbers = sorted({line.declaration_no for line in lines})
    given = _given(lines) | {
        "ids": [new_id() for _ in numbers],
        "numbers": numbers,
        "at": timezone.now(),
        "by": acting().actor,
    }
    with raw_cursor() as cursor:
        refuse_faults(asked, list(_faults(cursor, lines)))
        cursor.execute(_OPEN, given)
        # Whoever replaces one of them at this moment is waited for.
        list(
            Declaration.objects.select_for_update(no_key=True)
            .filter(declaration_no__in=numbers)
            .order_by("declaration_no")
            .values_list("id")
        )
        new = len(cursor.execute(_ADD, given).fetchall())
        if new < len(lines):
            other = cursor.execute(_OTHER, given).fetchall()
            refuse_otherwise("declaration line", [_name(key) for key in other])
    return new


def replace(declaration: UUID, lines: Sequence[Declared]) -> None:
    """Correct a declaration: from now on it has these lines and no others.

    Raises:
        Declaration.DoesNotExist: there is no such declaration.
        DeclarationReceived: something of it was received.
        Unfit: a line names what is not there, or has less than is sent or linked.
    """
    found = Declaration.objects.select_for_update(no_key=True).get(id=declaration)
    asked = f"Cannot replace declaration {found.declaration_no}."
    there = {
        (found.declaration_no, line.item_no, line.sku): line
        for line in DeclarationLine.objects.select_for_update().filter(declaration=found)
    }
    if ReceiptLine.objects.filter(declaration_no=found.declaration_no).exists():
        raise DeclarationReceived(
            asked,
            "Goods that left under it were received.",
            "Take those receipts back first, or declare the rest under a number of its own.",
        )
    with raw_cursor() as cursor:
        refuse_faults(asked, [*_faults(cursor, lines), *_fixed(found, there, lines)])
        given = _given(lines) | {"declaration": declaration}
        cursor.execute(_DROP, given)
        cursor.execute(_REPLACE, given)
    found.changed_at, found.changed_by = timezone.now(), acting().actor
    found.save(update_fields=["changed_at", "changed_by"])
    record("declaration.replaced", found.declaration_no, lines=len(lines))


def in_use(declaration_nos: Sequence[str]) -> list[str]:
    """Those of these declarations of which something was sent, received or linked.

    They are locked until this transaction ends, so that the answer holds for what it does next.
    """
    given = {"enterprise": acting().enterprise, "numbers": list(declaration_nos)}
    with raw_cursor() as cursor:
        list(
            Declaration.objects.select_for_update(no_key=True)
            .filter(declaration_no__in=list(declaration_nos))
            .order_by("declaration_no")
            .values_list("id")
        )
        # Whoever sends or links some of a line at this moment is waited for.
        list(
            DeclarationLine.objects.select_for_update()
            .filter(declaration_no__in=list(declaration_nos))
            .order_by("declaration_no", "item_no", "sku")
            .values_list("sku")
        )
        return [row[0] for row in cursor.execute(_IN_USE, given).fetchall()]


def withdraw(declaration_nos: Sequence[str], why: str) -> int:
    """Take declarations back, as if nothing had been declared: all of them, or none.

    What they said stays in the audit log.

    Returns:
        how many lines are gone.

    Raises:
        DeclarationInUse: something of one of them was sent, received or linked to an invoice.
    """
    if used := in_use(declaration_nos):
        raise DeclarationInUse(
            f"Cannot withdraw declaration {used[0]}"
            + (f" and {len(used) - 1:,} more." if len(used) > 1 else "."),
            "Goods of it were sent, received or linked to an invoice.",
            "Take that back first, or correct the declaration by hand.",
            numbers=used,
        )
    given = {
        "enterprise": acting().enterprise, "numbers": list(declaration_nos),
        "at": timezone.now(), "by": acting().actor,
    }  # fmt: skip
    with raw_cursor() as cursor:
        gone = cursor.execute(_WITHDRAW, given).fetchall()
        cursor.execute(_WITHDRAWN, given)
    if gone:
        record(
            "declaration.withdrawn", ", ".join(sorted({row[0] for row in gone})[:5]),
            why=why, count=len(gone), lines=[list(row) for row in sorted(gone)[:_NAMED]],
        )  # fmt: skip
    return len(gone)


def _given(lines: Sequence[Declared]) -> dict[str, Any]:
    names = [field.name for field in fields(Declared)]
    columns = zip(*map(astuple, lines), strict=True)
    given = dict(zip(names, map(list, columns), strict=True))
    return given | {"enterprise": acting().enterprise}


def _faults(cursor: Cursor[Any], lines: Sequence[Declared]) -> Iterator[Fault]:
    skus = looking.skus(cursor, (line.sku for line in lines))
    abroad = {
        code
        for code, found in looking.warehouses(cursor, (line.warehouse for line in lines)).items()
        if not found.is_home
    }
    keys: set[Key] = set()
    for row, line in enumerate(lines, 1):
        if line.sku not in skus:
            yield Fault("sku", shown(line.sku), "a SKU of a product", row)
        if line.warehouse and line.warehouse not in abroad:
            yield Fault("warehouse", shown(line.warehouse), "a warehouse overseas, in use", row)
        if line.statistics_flag and line.mode != "9610":
            yield Fault("statistics_flag", shown(line.statistics_flag), "none but for 9610", row)
        if line.key in keys:
            yield Fault("item_no", _name(line.key), "each item and SKU once", row)
        keys.add(line.key)


def _fixed(
    found: Declaration, there: Mapping[Key, DeclarationLine], lines: Sequence[Declared]
) -> Iterator[Fault]:
    """What consignments and invoices hold of the lines that would go or become less."""
    rows = {line.key: (row, line.quantity) for row, line in enumerate(lines, 1)}
    for key, (row, _) in rows.items():
        if key[0] != found.declaration_no:
            yield Fault("declaration_no", shown(key[0]), found.declaration_no, row)
    for key, line in there.items():
        its_row, quantity = rows.get(key, (None, 0))
        for held, why in ((line.sent, "on consignments"), (line.linked, "linked to invoices")):
            if quantity < held:
                said = f"{quantity:,} of {line.sku} in item {line.item_no}"
                yield Fault("quantity", said, f"at least the {held:,} that are {why}", its_row)


def _name(key: Key) -> str:
    declaration_no, item_no, sku = key
    return f"{declaration_no}/{item_no} {sku}"
