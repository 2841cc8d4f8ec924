# SPDX-License-Identifier: Apache-2.0
"""Documents of goods: the order, the waybill and the list; and what is missing to make them.

Amounts become decimals of their currency exactly. A unit price is the amount by the quantity, to
five decimals, half up: where it does not come out even, the total stays as it was paid.
Source: fields and their meaning as the messages document them; our own policy for the rounding
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from entrepot.customs.classifying.lines import Declared
from entrepot.declaring.asked import FREIGHT_CURRENCY, OPTIONAL
from entrepot.declaring.configuring import Known, Mapped
from entrepot.declaring.flows import Way
from entrepot.declaring.goods import Goods, Line
from entrepot.declaring.models import CONSIGNMENT
from entrepot.declaring.refusals import Missing

_FIVE: Final = Decimal("0.00001")
#: What a list says where goods have no barcode. Source: the field's meaning, domain rules
_NO_BARCODE: Final = "无"
#: Freight and insurance are told as totals; the newest edition takes no other flag.
_AS_TOTAL: Final = "3"
#: Items of one list at most, and of the order that it is of.
MOST_ITEMS: Final = 100
_LONGEST_SKU, _LONGEST_GOODS = 20, 200


@dataclass(slots=True)
class Drafting:
    """One ticket being written: what is known, and what was found missing by now.

    `digits`: decimals of each currency, by its ISO code. `declared`: how goods are declared, by
    SKU; `unfit`: the checks that keep some of them from being declared, by SKU.
    """

    goods: Goods
    way: Way
    known: Known
    on: date
    list_no: str
    digits: Mapping[str, int]
    declared: Mapping[str, Declared] = field(default_factory=dict)
    unfit: Mapping[str, Sequence[str]] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)

    def lacks(self, code: str, name: str = "", line_no: int = 0, found: str = "") -> None:
        """Note that something is missing, of the firm or of this order."""
        is_general = code in ("said", "code")
        number = "" if is_general else self.goods.order_no
        self.missing.append(Missing(code, name, number, 0 if is_general else line_no, found))

    def said(self, name: str) -> str:
        """What the firm or the flow says; noted where neither does and it has to be."""
        value = self.known.said.get(name, "")
        if not value and name not in OPTIONAL:
            self.lacks("said", name)
        return value

    def code(self, kind: str, own: str) -> Mapped:
        """What customs calls it; noted where nobody said."""
        found = self.known.code(kind, own)
        if found is None:
            self.lacks("code", kind, found=own)
            return Mapped("")
        return found

    def amount(self, line: Line) -> tuple[Decimal, str]:
        """What a line is declared at, and its currency."""
        if self.way.source != CONSIGNMENT:
            if not self.goods.currency or not line.amount:
                self.lacks("no_amount", line.sku, line.line_no)
                return Decimal(), self.goods.currency
            digits = self.digits.get(self.goods.currency, 2)
            return Decimal(line.amount).scaleb(-digits), self.goods.currency
        price = self.known.code("price", line.sku)
        if price is None:
            self.lacks("code", "price", found=line.sku)
            return Decimal(), ""
        return Decimal(price.code) * line.quantity, price.name

    def declared_qty(self, line: Line) -> Decimal:
        """How many units customs is told; 0 where that is not known, which is noted elsewhere."""
        its = self.declared.get(line.sku)
        return (its.quantities(line.quantity)[0] if its else None) or Decimal()

    def currency(self) -> str:
        """The one currency of all lines."""
        found = {self.amount(line)[1] for line in self.goods.lines} - {""}
        if len(found) > 1:
            self.lacks("currencies", ", ".join(sorted(found)))
        return min(found, default="")

    def net_g(self) -> int:
        """What the products weigh."""
        return sum(self._weight(line) for line in self.goods.lines)

    def _weight(self, line: Line) -> int:
        if not line.weight_g:
            self.lacks("no_weight", line.sku, line.line_no)
        return (line.weight_g or 0) * line.quantity

    def gross(self) -> str:
        """What the scales say, in kg; asked for where nobody weighed it."""
        if self.way.source == CONSIGNMENT:
            said = self.said("grossWeight")
            grams = int(Decimal(said) * 1000) if said else 0
        else:
            grams = self.goods.weight_g or 0
            said = kilos(grams)
            if not grams:
                self.lacks("not_weighed", self.goods.number)
        if grams and grams < self.net_g():
            self.lacks("too_light", self.goods.number, found=said)
        return said

    def packages(self) -> int:
        """How many packages: a parcel is one, a consignment's are asked for."""
        return int(self.said("packNo") or 0) if self.way.source == CONSIGNMENT else 1

    def check(self) -> None:
        """Note what stands in the way before anything is written."""
        goods = self.goods
        if not goods.tracking:
            self.lacks("no_tracking", goods.number)
        if goods.parcels > 1:
            self.lacks("several_parcels", goods.number, found=str(goods.parcels))
        if len(goods.lines) > MOST_ITEMS:
            self.lacks("too_many_items", found=str(len(goods.lines)))
        for line in goods.lines:
            if len(line.sku) > _LONGEST_SKU:
                self.lacks("long_sku", line.sku, line.line_no)
            if not (line.name_zh or line.name):
                self.lacks("no_name", line.sku, line.line_no)
            for check in self.unfit.get(line.sku, ()):
                self.lacks("not_classified", line.sku, line.line_no, check)


def kilos(grams: int) -> str:
    """Grams as kilograms, exactly."""
    return plain(Decimal(grams) / 1000)


def plain(amount: Decimal) -> str:
    """A decimal as messages have it, without spare zeros."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def order(draft: Drafting) -> dict[str, Any]:
    """The order (303): what was sold to whom it goes, without any buyer."""
    goods, currency = draft.goods, draft.currency()
    code = draft.code("currency", currency).code if currency else ""
    amounts = [draft.amount(line)[0] for line in goods.lines]
    platform = draft.code("platform", _platform_of(draft))
    freight = _freight(draft, currency)
    head = {
        "orderType": draft.way.order_type,
        "orderNo": goods.order_no,
        "ebpCode": platform.code,
        "ebpName": platform.name,
        "ebcCode": draft.said("ebcCode"),
        "ebcName": draft.said("ebcName"),
        "goodsValue": plain(sum(amounts, Decimal())),
        "freight": freight,
        "currency": code,
    }
    rows = [
        {
            "gnum": at,
            "itemNo": line.sku,
            "itemName": line.name_zh or line.name,
            **({"barCode": line.gtin} if line.gtin else {}),
            "unit": _unit(draft, line),
            "currency": code,
            "qty": plain(draft.declared_qty(line)),
            "price": plain(unit_price(amount, draft.declared_qty(line))),
            "totalPrice": plain(amount),
        }
        for at, (line, amount) in enumerate(zip(goods.lines, amounts, strict=True), 1)
    ]
    return {"OrderHead": head, "OrderList": rows}


def waybill(draft: Drafting) -> dict[str, Any]:
    """The waybill (505): what the carrier has."""
    goods = draft.goods
    names = "、".join(dict.fromkeys(line.name_zh or line.name for line in goods.lines))
    row = {
        "logisticsCode": draft.said("logisticsCode"),
        "logisticsName": draft.said("logisticsName"),
        "logisticsNo": goods.tracking,
        "freight": draft.said("freight"),
        "insuredFee": draft.said("insuredFee"),
        "currency": _freight_code(draft),
        "grossWeight": draft.gross(),
        "packNo": draft.packages(),
        "goodsInfo": names[:_LONGEST_GOODS].strip(),
        "ebcCode": draft.said("ebcCode"),
        "ebcName": draft.said("ebcName"),
    }
    telephone = draft.said("ebcTelephone")
    return row | ({"ebcTelephone": telephone} if telephone else {})


def inventory(draft: Drafting) -> dict[str, Any]:
    """The list (603): equal in force to a declaration form."""
    goods, way = draft.goods, draft.way
    country = draft.code("country", goods.country).code
    platform = draft.code("platform", _platform_of(draft))
    head = {
        "customsCode": draft.said("customsCode"),
        "ebpCode": platform.code,
        "ebpName": platform.name,
        "orderNo": goods.order_no,
        "logisticsCode": draft.said("logisticsCode"),
        "logisticsName": draft.said("logisticsName"),
        "logisticsNo": goods.tracking,
        "copNo": draft.list_no,
        "ieFlag": "E",
        "portCode": draft.said("portCode"),
        "ieDate": f"{draft.on:%Y%m%d}",
        "statisticsFlag": way.flag or draft.said("statisticsFlag"),
        **{name: draft.said(name) for name in (
            "agentCode", "agentName", "ebcCode", "ebcName", "ownerCode", "ownerName")},
        **_account_book(draft),
        "tradeMode": way.mode,
        "trafMode": draft.said("trafMode"),
        **_said_where(draft, "trafName", "voyageNo", "billNo", "totalPackageNo", "loctNo"),
        "country": country,
        "POD": draft.code("port", goods.country).code,
        "freight": draft.said("freight"),
        "fCurrency": _freight_code(draft),
        "fFlag": _AS_TOTAL,
        "insuredFee": draft.said("insuredFee"),
        "iCurrency": _freight_code(draft),
        "iFlag": _AS_TOTAL,
        "wrapType": draft.said("wrapType"),
        "packNo": draft.packages(),
        "grossWeight": draft.gross(),
        "netWeight": kilos(draft.net_g()),
    }  # fmt: skip
    rows = [_item(draft, at, line, country) for at, line in enumerate(goods.lines, 1)]
    return {"InventoryHead": head, "InventoryList": rows}


def _item(draft: Drafting, at: int, line: Line, country: str) -> dict[str, Any]:
    amount, currency = draft.amount(line)
    row: dict[str, Any] = {"gnum": at, "itemNo": line.sku}
    if draft.way.mode == "1210":
        row["itemRecordNo"] = draft.code("record", line.sku).code
    its = draft.declared.get(line.sku)
    if its is None:  # noted by `check`
        return row
    qty, qty1, qty2 = its.quantities(line.quantity)
    row |= {
        "itemName": line.name_zh or line.name,
        "gcode": its.hs_code,
        "gname": its.name_zh,
        "gmodel": its.text,
        "barCode": line.gtin or _NO_BARCODE,
        "country": country,
        "currency": draft.code("currency", currency).code if currency else "",
        "qty": plain(qty or Decimal()),
        "qty1": plain(qty1 or Decimal()),
        **({"qty2": plain(qty2 or Decimal())} if its.unit2 else {}),
        "unit": its.unit,
        "unit1": its.unit1,
        **({"unit2": its.unit2} if its.unit2 else {}),
        "price": plain(unit_price(amount, draft.declared_qty(line))),
        "totalPrice": plain(amount),
    }
    return row


def _unit(draft: Drafting, line: Line) -> str:
    its = draft.declared.get(line.sku)
    return its.unit if its else ""


def _platform_of(draft: Drafting) -> str:
    """Whom the platform is looked up by: the channel, or the warehouse that goods go to."""
    goods = draft.goods
    return goods.warehouse if draft.way.source == CONSIGNMENT else goods.channel


def _freight(draft: Drafting, currency: str) -> str:
    """The freight of an order, which is in the currency of its goods."""
    freight, its = draft.said("freight"), draft.said(FREIGHT_CURRENCY)
    if freight and its and currency and its != currency and Decimal(freight):
        draft.lacks("freight_currency", its, found=currency)
    return freight


def _freight_code(draft: Drafting) -> str:
    currency = draft.said(FREIGHT_CURRENCY)
    return draft.code("currency", currency).code if currency else ""


def _account_book(draft: Drafting) -> dict[str, str]:
    """Account book and area firm, which 1210 has to have. Source: fields of the list, V."""
    found = {}
    for name in ("iacCode", "iacName", "emsNo") if draft.way.mode == "1210" else ():
        found[name] = draft.known.said.get(name, "")
        if not found[name]:
            draft.lacks("said", name)
    return found


def _said_where(draft: Drafting, *names: str) -> dict[str, str]:
    """What is said of these; a list may leave them out where the district allows it."""
    return {name: draft.known.said[name] for name in names if draft.known.said.get(name)}


def unit_price(amount: Decimal, qty: Decimal) -> Decimal:
    """The price of one declared unit, to five decimals, half up; 0 of nothing."""
    return (amount / qty).quantize(_FIVE, ROUND_HALF_UP) if qty else Decimal()
