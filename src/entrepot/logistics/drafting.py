# SPDX-License-Identifier: Apache-2.0
"""Draft the booking order of a consignment: what the desk knows of it, and nothing made up.

Customs codes of currency and units, statutory quantities, specification and the platform's code
are not known here: they stay empty, and a draft says that they do.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from psycopg.rows import dict_row

from entrepot.logistics.looking import today
from entrepot.logistics.models import Consignment
from entrepot.packs.read import read
from entrepot.papers.booking_order import (
    MOST_LINES,
    BookedLine,
    BookingOrder,
    must_have_lines,
)
from entrepot.papers.parties import Address, Party
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

_HEAD: Final = """
    SELECT c.number, coalesce(nullif(w.name, ''), w.code, '') AS warehouse,
        concat_ws(', ', nullif(w.street, ''), nullif(concat_ws(' ', nullif(w.postcode, ''),
            nullif(w.city, '')), ''), nullif(w.region, '')) AS address,
        coalesce(w.country, '') AS country, coalesce(f.name, '') AS firm,
        coalesce(f.uscc, '') AS uscc, coalesce(f.time_zone, 'UTC') AS zone
    FROM logistics_consignment AS c
    LEFT JOIN catalog_warehouse AS w ON w.enterprise_id = %(enterprise)s
        AND w.code = split_part(c.to_place, '/', 2)
    LEFT JOIN people_profile AS f ON f.enterprise_id = %(enterprise)s
    WHERE c.enterprise_id = %(enterprise)s AND c.id = %(consignment)s
"""
#: Lots of a SKU under one declaration item are one line.
_LINES: Final = """
    SELECT t.sku, t.quantity, coalesce(nullif(g.name_zh, ''), nullif(g.name, ''), '') AS name,
        coalesce(g.hs_code, '') AS hs_code, d.quantity AS declared, d.fob_amount,
        coalesce(d.fob_currency, '') AS currency, coalesce(d.channel, '') AS channel
    FROM (
        SELECT sku, declaration_no, item_no, sum(quantity)::bigint AS quantity,
            min(line_no) AS line_no
        FROM logistics_consignmentline
        WHERE enterprise_id = %(enterprise)s AND consignment_id = %(consignment)s
        GROUP BY sku, declaration_no, item_no
    ) AS t
    LEFT JOIN catalog_product AS g ON g.enterprise_id = %(enterprise)s AND g.sku = t.sku
    LEFT JOIN logistics_declarationline AS d ON d.enterprise_id = %(enterprise)s
        AND d.declaration_no = t.declaration_no AND d.item_no = t.item_no AND d.sku = t.sku
    ORDER BY t.line_no LIMIT %(most)s
"""
_DECIMALS: Final = 5


def booking_of(id: UUID) -> BookingOrder:
    """The booking order of a consignment as far as it is known; its currency is that of ISO 4217.

    A price is said where five decimals say it exactly: the declared FOB value for one unit.

    Raises:
        Consignment.DoesNotExist: there is none.
        Unfit: it has no lines, or more than a booking order takes.
    """
    given = {"enterprise": acting().enterprise, "consignment": id, "most": MOST_LINES + 1}
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        head: Any = cursor.execute(_HEAD, given).fetchone()
        if head is None:
            raise Consignment.DoesNotExist
        rows: list[Any] = cursor.execute(_LINES, given).fetchall()
    must_have_lines(head["number"], len(rows))
    # Lines without a declaration say nothing of either.
    currencies = {row["currency"] for row in rows if row["currency"]}
    is_one = len(currencies) == 1
    channels = {row["channel"] for row in rows if row["channel"]}
    return BookingOrder(
        number=head["number"],
        issued_on=today(head["zone"], timezone.now()),
        warehouse_name=head["warehouse"],
        warehouse_address=head["address"],
        platform=next(iter(channels)) if len(channels) == 1 else "",
        platform_code="",
        country=head["country"],
        currency=next(iter(currencies)) if is_one else "",
        lines=tuple(_line(row, is_one) for row in rows),
        exporter=Party(Address(head["firm"], (), "", "", ""), uscc=head["uscc"]),
    )


def _line(row: Any, is_one_currency: bool) -> BookedLine:
    """A line; amounts in several currencies are no column of one order, and are left out."""
    price = _price(row) if is_one_currency else None
    return BookedLine(
        name=row["name"],
        sku=row["sku"],
        hs_code=row["hs_code"],
        specification="",
        quantity=Decimal(row["quantity"]),
        unit="",
        statutory_unit="",
        statutory_quantity=None,
        unit_price=price,
        line_total=None if price is None else price * row["quantity"],
    )


def _price(row: Any) -> Decimal | None:
    """The declared FOB value of one unit; None where decimals cannot say it."""
    digits = _digits().get(row["currency"])
    if digits is None or not row["declared"]:
        return None
    price, rest = divmod(row["fob_amount"] * 10 ** (_DECIMALS - digits), row["declared"])
    return None if rest else Decimal(price).scaleb(-_DECIMALS)


@cache
def _digits() -> dict[str, int]:
    """Decimals of each currency, as the pack has them; none has more than four."""
    rows = read("world/currency_digits").rows
    return {str(row["currency"]): int(str(row["digits"])) for row in rows}


def as_document(order: BookingOrder) -> dict[str, Any]:
    """The order as the file that `entrepot papers make booking-order` takes, to be filled in."""

    def text(value: Decimal | None) -> str:
        return "" if value is None else f"{value.normalize():f}"

    party = order.exporter
    return {
        "number": order.number,
        "issued_on": order.issued_on.isoformat(),
        "warehouse_name": order.warehouse_name,
        "warehouse_address": order.warehouse_address,
        "platform": order.platform,
        "platform_code": order.platform_code,
        "country": order.country,
        "currency": order.currency,
        "exporter": {"name": party.address.name, "country": "CN", "uscc": party.uscc},
        "lines": [
            {
                "name": line.name,
                "sku": line.sku,
                "hs_code": line.hs_code,
                "specification": line.specification,
                "quantity": text(line.quantity),
                "unit": line.unit,
                "statutory_unit": line.statutory_unit,
                "statutory_quantity": text(line.statutory_quantity),
                "unit_price": text(line.unit_price),
            }
            for line in order.lines
        ],
    }
