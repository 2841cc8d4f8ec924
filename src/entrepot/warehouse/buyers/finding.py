# SPDX-License-Identifier: Apache-2.0
"""Find what is kept of a person, and hand it out.

What is encrypted cannot be searched by the database: it is decrypted here, the latest orders first,
so many at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import dict_row

from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.secrets import unseal
from entrepot.people.tenancy import acting
from entrepot.warehouse.buyers.erasing import MOST_LISTED, NoSuchBuyer
from entrepot.warehouse.orders.recipients import read_recipient

#: Recipients and messages that one search decrypts, and orders that it finds, at most.
MOST_READ: Final = 20_000
MOST_MESSAGES: Final = 1000
MOST_FOUND: Final = 100
#: Digits that a telephone number has, at least.
_LEAST_DIGITS: Final = 5
#: What of a recipient a person is found by.
_BY: Final = ("name", "company", "email")

_BY_NUMBER: Final = """
    SELECT id FROM warehouse_order
    WHERE enterprise_id = %(enterprise)s AND number = %(text)s ORDER BY id DESC LIMIT %(most)s
"""
_RECIPIENTS: Final = """
    SELECT order_id, content FROM warehouse_recipient
    WHERE enterprise_id = %(enterprise)s AND order_id < %(before)s
    ORDER BY order_id DESC LIMIT %(most)s
"""
#: What shops said that became no order; what did is erased with its order.
_MESSAGES: Final = """
    SELECT e.id, e.body FROM warehouse_shopevent AS e
    WHERE e.enterprise_id = %(enterprise)s AND e.body <> '' AND NOT EXISTS (
        SELECT FROM warehouse_shoporder AS s
        WHERE s.enterprise_id = %(enterprise)s AND s.shop_id = e.shop_id
            AND s.external = e.external AND s.order_id IS NOT NULL)
    ORDER BY e.id DESC LIMIT %(most)s
"""
_SHOW_MESSAGES: Final = """
    SELECT id, topic, external, state, received_at, body FROM warehouse_shopevent
    WHERE enterprise_id = %(enterprise)s AND body <> '' AND (id = ANY(%(messages)b::uuid[])
        OR (shop_id, external) IN (
            SELECT shop_id, external FROM warehouse_shoporder
            WHERE enterprise_id = %(enterprise)s AND order_id = ANY(%(orders)b::uuid[])))
    ORDER BY id
"""
_SHOW: Final = """
    SELECT o.id, o.channel, o.number, o.state, o.ordered_at, o.ended_at, o.erased_at, o.country,
        o.postcode, o.note, o.held_because, r.content AS sealed,
        (SELECT coalesce(json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity,
                'cancelled', l.cancelled, 'shipped', l.shipped) ORDER BY l.line_no), '[]')
            FROM warehouse_orderline AS l
            WHERE l.enterprise_id = %(enterprise)s AND l.order_id = o.id) AS lines,
        (SELECT coalesce(json_agg(json_build_object('number', p.number, 'carrier', p.carrier,
                'tracking', p.tracking, 'shipped_on', p.shipped_on) ORDER BY p.id), '[]')
            FROM warehouse_parcel AS p
            WHERE p.enterprise_id = %(enterprise)s AND p.order_id = o.id) AS parcels,
        (SELECT coalesce(json_agg(json_build_object('number', b.number, 'note', b.note,
                'received_at', b.received_at) ORDER BY b.id), '[]')
            FROM warehouse_return AS b
            WHERE b.enterprise_id = %(enterprise)s AND b.order_id = o.id) AS returns
    FROM warehouse_order AS o
    LEFT JOIN warehouse_recipient AS r ON r.enterprise_id = %(enterprise)s AND r.order_id = o.id
    WHERE o.enterprise_id = %(enterprise)s AND o.id = ANY(%(orders)b::uuid[])
    ORDER BY o.id DESC
"""
#: No order comes after this one.
_LAST: Final = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Found:
    """Orders and messages in which a person is named, the latest first.

    `before` is the order before which to search on, where not all were read.
    """

    orders: list[UUID] = field(default_factory=list)
    messages: list[UUID] = field(default_factory=list)
    before: UUID | None = None


def find(text: str, before: UUID | None = None) -> Found:
    """Find a person by an e-mail address, telephone number or name, each whole; or an order.

    Args:
        text: upper and lower case, and blanks and signs of telephone numbers, do not matter.
        before: search on before this order.
    """
    wanted = _Wanted(text)
    given = {
        "enterprise": acting().enterprise, "text": text.strip(), "before": before or _LAST,
        "most": MOST_READ,
    }  # fmt: skip
    with raw_cursor() as cursor:
        numbered = [] if before else _ids(cursor, _BY_NUMBER, {**given, "most": MOST_FOUND})
        orders, last = dict.fromkeys(numbered), None
        rows = cursor.execute(_RECIPIENTS, given, binary=True).fetchall()
        for id, sealed in rows:
            if wanted.is_in(read_recipient(id, sealed)):
                orders[id] = None
                if len(orders) >= MOST_FOUND:
                    last = id
                    break
        if last is None and len(rows) == MOST_READ:
            last = rows[-1][0]
        messages = [] if before else list(_messages(cursor, wanted))
    return Found(list(orders), messages, last)


def hand_out(orders: Sequence[UUID], messages: Sequence[UUID] = ()) -> dict[str, Any]:
    """Everything that is held of the buyers of orders, and of messages that became none.

    Raises:
        NoSuchBuyer: one of the orders is not there.
    """
    shown = summaries(orders)
    if missing := set(orders) - {each["id"] for each in shown}:
        raise NoSuchBuyer(
            f"Cannot hand out what is kept of the buyer of order {min(missing)}.",
            "There is no such order.",
            "Look the order up by its number.",
            orders=[str(each) for each in sorted(missing)[:MOST_LISTED]],
        )
    given = {
        "enterprise": acting().enterprise, "orders": list(orders), "messages": list(messages),
    }  # fmt: skip
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        said: list[Any] = cursor.execute(_SHOW_MESSAGES, given, binary=True).fetchall()
    for each in said:
        each["said"] = _read(each["id"], each.pop("body"))
    listed = [str(each) for each in orders[:MOST_LISTED]]
    record("buyers.handed_out", f"{len(shown):,} orders", orders=listed, messages=len(said))
    return {"orders": shown, "messages": said}


def summaries(orders: Sequence[UUID]) -> list[dict[str, Any]]:
    """Orders with whom they go to, the latest first."""
    given = {"enterprise": acting().enterprise, "orders": list(orders)}
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        rows: list[Any] = cursor.execute(_SHOW, given).fetchall()
    for each in rows:
        each["recipient"] = read_recipient(each["id"], each.pop("sealed"))
    return rows


class _Wanted:
    """Whom a text names."""

    def __init__(self, text: str) -> None:
        self.words, self.digits = _plain(text), _digits(text)

    def is_in(self, who: Mapping[str, str]) -> bool:
        """Whether a recipient is who is meant."""
        if self.words in (_plain(who.get(part, "")) for part in _BY):
            return bool(self.words)
        return self.digits != "" and self.digits == _digits(who.get("phone", ""))

    def is_said(self, said: Any) -> bool:
        """Whether who is meant is named anywhere in what a shop said."""
        for text in _texts(said):
            if self.words and self.words == _plain(text):
                return True
            if self.digits and self.digits == _digits(text):
                return True
        return False


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _digits(text: str) -> str:
    """The digits of what looks like a telephone number; 00 stands for +."""
    if not re.fullmatch(r"[\d\s()+./-]+", text):
        return ""
    digits = re.sub(r"\D", "", text).removeprefix("00")
    return digits if len(digits) >= _LEAST_DIGITS else ""


def _texts(said: Any) -> Iterator[str]:
    """Every text in what was read of JSON, however deep; of a person's first and last name, both
    together as well.
    """
    waiting = [said]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case list() as items:
                waiting += items
            case dict() as pairs:
                waiting += pairs.values()
                yield f"{pairs.get('first_name', '')} {pairs.get('last_name', '')}"


def _messages(cursor: Cursor[Any], wanted: _Wanted) -> Iterator[UUID]:
    given = {"enterprise": acting().enterprise, "most": MOST_MESSAGES}
    for id, body in cursor.execute(_MESSAGES, given, binary=True).fetchall():
        if wanted.is_said(_read(id, body)):
            yield id


def _read(id: UUID, body: bytes) -> Any:
    """What a shop said; a text where it is no JSON."""
    text = unseal(bytes(body), f"shop event {id}").decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _ids(cursor: Cursor[Any], statement: str, given: Mapping[str, Any]) -> list[UUID]:
    return [id for (id,) in cursor.execute(statement, given)]


def in_rows(said: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What is held, as rows of a table: what it is of, what it is called, what it says."""
    for each in said["orders"]:
        of = f"{each['channel']} {each['number']}"
        for name, value in each.items():
            if name == "recipient":
                yield from ((of, part, text) for part, text in value.items())
            elif name != "id" and value not in (None, "", []):
                yield of, name, _written(value)
    for each in said["messages"]:
        for name in ("topic", "received_at", "said"):
            yield f"message {each['external'] or each['id']}", name, _written(each[name])


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
