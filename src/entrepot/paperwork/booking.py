# SPDX-License-Identifier: Apache-2.0
"""Booking orders: the file of one, what must agree in it, its message CEB303."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from entrepot.customs.messages.building import Message, build
from entrepot.customs.messages.editions import names
from entrepot.papers.booking_order import (
    MOST_LINES,
    BookedLine,
    BookingOrder,
    booking_order,
    booking_sheet,
)
from entrepot.papers.words import Language
from entrepot.paperwork.forms import (
    Field,
    Part,
    Wrong,
    day,
    every,
    moment,
    number,
    one_of,
    party,
    text,
)
from entrepot.paperwork.kinds import Kind, Made, Values, party_of

#: Lines that one order of CEB303 holds.
_MOST_IN_MESSAGE: Final = 100
_DECIMALS: Final = Decimal("0.00001")
_CODE: Final = text(3, "[0-9]{3}", "a customs code of 3 digits")
_HS: Final = text(10, "[0-9]{6}([0-9]{2}){0,2}", "6, 8 or 10 digits without points")

_LINE: Final = (
    Field("name", text(250)),
    Field("sku", text(30)),
    Field("hs_code", _HS),
    Field("specification", text(300)),
    Field("quantity", number(above=0)),
    Field("unit", _CODE),
    Field("statutory_unit", _CODE),
    Field("statutory_quantity", number(above=0)),
    Field("unit_price", number()),
    Field("line_total", number(), empty=None),
)
_MESSAGE: Final = Part(
    "message",
    (
        Field("edition", one_of(*names()), empty=names()[-1]),
        Field("sent_at", moment),
        Field("dxp_id", text(30)),
        Field("exporter_code", text(18)),
        Field("app_type", one_of("1", "2", "3"), empty="1"),
        Field("freight", number(), empty=Decimal()),
        Field("note", text(1000), empty=""),
    ),
    needed=False,
)
_FORM: Final = (
    Field("number", text(60)),
    Field("issued_on", day),
    Field("warehouse_name", text(100)),
    Field("warehouse_address", text(200)),
    Field("platform", text(100)),
    Field("platform_code", text(50)),
    Field("country", text(60)),
    Field("currency", _CODE),
    Field("goods_total", number(), empty=None),
    party("exporter"),
    Part("lines", _LINE, MOST_LINES),
    _MESSAGE,
)


def _check(values: Values) -> Iterator[Wrong]:
    """What must agree: each total with its line, their sum with the goods total."""
    totals: list[Decimal | None] = []
    for place, line in every(values["lines"]):
        total = _total(line)
        totals.append(total)
        at = f"lines[{place}]"
        if total is None:
            continue
        if total != total.quantize(_DECIMALS):
            expected = "quantity x unit price with at most 5 decimals"
            yield f"{at}.unit_price", f"{total:f}", expected, "Give a price with fewer decimals."
        elif line["line_total"] not in (None, total):
            found, expected = f"{line['line_total']:f}", f"quantity x unit price, {total:f}"
            yield f"{at}.line_total", found, expected, "Correct one of them, or leave it out."
    known = [each for each in totals if each is not None]
    whole = sum(known, Decimal())
    if len(known) == len(totals) and values["goods_total"] not in (None, whole):
        found, expected = f"{values['goods_total']:f}", f"the sum of the lines, {whole:f}"
        yield "goods_total", found, expected, "Correct it, or leave it out."
    if values["message"] and len(values["lines"]) > _MOST_IN_MESSAGE:
        found = f"{len(values['lines']):,}"
        expected = f"at most {_MOST_IN_MESSAGE} where there is a [message]"
        yield "lines", found, expected, "Make several booking orders of it."


def _total(line: Values) -> Decimal | None:
    if line["quantity"] is None or line["unit_price"] is None:
        return None
    return Decimal(line["quantity"] * line["unit_price"])


def _make(values: Values, language: Language, folder: Path) -> Made:
    for line in values["lines"]:
        line["line_total"] = _total(line)
    order = BookingOrder(
        **{name: values[name] for name in (
            "number", "issued_on", "warehouse_name", "warehouse_address", "platform",
            "platform_code", "country", "currency",
        )},
        lines=tuple(BookedLine(**line) for line in values["lines"]),
        exporter=party_of(values["exporter"]),
    )  # fmt: skip
    values["goods_total"] = order.goods_total
    files = {".xlsx": booking_sheet(order, "en" if language == "en" else "zh")}
    if values["message"]:
        files["-CEB303.xml"] = build(_message(values))
    return Made(booking_order(order, language), files)


def _message(values: Values) -> Message:
    """A draft of CEB303 with order type W; nothing is signed, so nothing is declared.

    Its GUIDs are made of what the document says: the same document has the same.
    """
    said, exporter = values["message"], values["exporter"]["name"]
    seed = json.dumps(values, default=str, ensure_ascii=False, sort_keys=True)
    head: dict[str, Any] = {
        "guid": _guid("order", seed),
        "appType": said["app_type"],
        "appTime": said["sent_at"],
        "appStatus": "1",
        "orderType": "W",
        "orderNo": values["number"],
        "ebpCode": values["platform_code"],
        "ebpName": values["warehouse_name"],
        "ebcCode": said["exporter_code"],
        "ebcName": exporter,
        "goodsValue": values["goods_total"],
        "freight": said["freight"],
        "currency": values["currency"],
        "note": said["note"],
    }
    lines = [
        {
            "gnum": place,
            "itemNo": line["sku"],
            "itemName": line["name"],
            "itemDescribe": line["specification"],
            "unit": line["unit"],
            "currency": values["currency"],
            "qty": line["quantity"],
            "price": line["unit_price"],
            "totalPrice": line["line_total"],
        }
        for place, line in every(values["lines"])
    ]
    transfer = {
        "copCode": said["exporter_code"], "copName": exporter, "dxpMode": "DXP",
        "dxpId": said["dxp_id"],
    }  # fmt: skip
    document = {"OrderHead": head, "OrderList": lines}
    return Message("CEB303", said["edition"], _guid("message", seed), [document], transfer)


def _guid(of: str, seed: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"entrepot:{of}:{seed}")).upper()


BOOKING_ORDER: Final = Kind("booking-order", _FORM, _make, _check)
