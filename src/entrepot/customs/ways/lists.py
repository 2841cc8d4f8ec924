# SPDX-License-Identifier: Apache-2.0
"""Items of declaration lists out of messages 603, as the table `lists` has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from entrepot.customs.messages.reading import Reading

MESSAGE = "CEB603Message"
_MODE = "9610"
#: Column of `lists` to field of the head, and of an item.
_HEAD = {
    "consignor": "ebcCode",
    "transport_mode": "trafMode",
    "producer": "ownerCode",
    "arrival_country": "country",
    "exit_customs": "portCode",
    "flag": "statisticsFlag",
}
_ITEM = {
    "final_country": "country",
    "hs_code": "gcode",
    "currency": "currency",
    "unit": "unit",
    "quantity": "qty",
    "value": "totalPrice",
}


def rows_of(reading: Reading, closed_on: date) -> Iterator[dict[str, Any]]:
    """Every item of the lists of mode 9610 in a message that has no fault.

    A list is named by the number that customs gave it, or by the firm's own while it has none.

    Args:
        closed_on: the day customs closed them, which such a message does not tell.
    """
    for document in reading.documents:
        head = document["InventoryHead"]
        if head["tradeMode"] == _MODE:
            yield from items_of(document, head.get("invtNo") or head["copNo"], closed_on)


def items_of(
    document: Mapping[str, Any], list_no: str, closed_on: date
) -> Iterator[dict[str, Any]]:
    """Every item of one list, as the table `lists` has it."""
    head = document["InventoryHead"]
    shared = {column: head[name] for column, name in _HEAD.items()}
    shared |= {"list_no": list_no, "closed_on": closed_on}
    for item in document["InventoryList"]:
        own = {column: item[name] for column, name in _ITEM.items()}
        yield {**shared, **own, "item_no": int(item["gnum"])}
