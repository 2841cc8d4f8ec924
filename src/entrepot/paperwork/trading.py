# SPDX-License-Identifier: Apache-2.0
"""Commercial invoices and packing lists of files."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from entrepot.packs.read import read
from entrepot.papers.amounts import Currency
from entrepot.papers.commercial_invoice import (
    MOST_LINES,
    Invoice,
    InvoiceLine,
    commercial_invoice,
)
from entrepot.papers.goods import Goods
from entrepot.papers.packing_list import Package, PackedLine, PackingList, packing_list
from entrepot.papers.words import Language
from entrepot.paperwork.forms import Field, Part, Wrong, day, every, number, party, text, whole
from entrepot.paperwork.kinds import Kind, Made, Values, party_of

_GOODS: Final = (
    Field("sku", text(64)),
    Field("name", text(250)),
    Field("name_zh", text(250), empty=""),
    Field("hs_code", text(10, "[0-9]{6}([0-9]{2}){0,2}", "6, 8 or 10 digits"), empty=""),
    Field("origin", text(2, "[A-Z]{2}", "two capital letters"), empty=""),
    Field("un_number", text(6, "UN[0-9]{4}", "a number such as UN3481"), empty=""),
    Field("quantity", whole(above=0)),
    Field("net_g", whole()),
)
_SHARED: Final = (
    Field("number", text(60)),
    Field("issued_on", day),
    Field("order", text(60), empty=""),
    Field("incoterm", text(60), empty=""),
    Field("carrier", text(60), empty=""),
    Field("tracking", text(60), empty=""),
    Field("destination", text(60), empty=""),
)
_INVOICE: Final = (
    *_SHARED,
    Field("currency", text(3, "[A-Z]{3}", "three capital letters")),
    Field("reason", text(60), empty=""),
    Field("packages", whole(above=0), empty=1),
    Field("package_kind", text(40), empty=""),
    Field("freight", number(), empty=Decimal()),
    Field("insurance", number(), empty=Decimal()),
    Field("discount", number(), empty=Decimal()),
    Field("statement", text(200), empty=""),
    Field("signed", text(100), empty=""),
    party("seller"),
    party("buyer"),
    party("consignee", needed=False),
    Part("lines", (*_GOODS, Field("amount", number()), Field("gross_g", whole())), MOST_LINES),
)
_PACKED: Final = (
    *_SHARED,
    Field("invoice", text(60), empty=""),
    Field("marks", text(60), empty=""),
    Field("note", text(200), empty=""),
    party("shipper"),
    party("consignee"),
    Part(
        "packages",
        (
            Field("number", text(60)),
            Field("kind", text(40), empty=""),
            Field("gross_g", whole(above=0)),
            Part("lines", _GOODS, MOST_LINES),
        ),
        MOST_LINES,
    ),
)
_MONEY: Final = ("freight", "insurance", "discount")


def _digits(currency: str | None) -> int | None:
    """Decimals of a currency; None where the pack does not have it."""
    rows = read("world/currency_digits").rows
    return next((int(str(row["digits"])) for row in rows if row["currency"] == currency), None)


def _check_invoice(values: Values) -> Iterator[Wrong]:
    """Amounts in whole smallest units, and no less gross than net."""
    digits = _digits(values["currency"])
    if values["currency"] and digits is None:
        found, expected = f'"{values["currency"]}"', "a currency whose decimals are known"
        yield "currency", found, expected, "See docs/reference/packs.md, world/currency_digits."
    amounts = [(name, values[name]) for name in _MONEY]
    amounts += [(f"lines[{at}].amount", line["amount"]) for at, line in every(values["lines"])]
    for place, amount in amounts:
        if digits is not None and amount is not None and amount.scaleb(digits) % 1:
            yield place, f"{amount:f}", f"at most {digits} decimals", "Correct it."
    for at, line in every(values["lines"]):
        if None not in (line["net_g"], line["gross_g"]) and line["gross_g"] < line["net_g"]:
            found = f"{line['gross_g']} g, less than net"
            yield f"lines[{at}].gross_g", found, f"at least {line['net_g']} g", "Weigh it again."


def _check_packed(values: Values) -> Iterator[Wrong]:
    """Each package once, and none lighter than what is in it."""
    places: dict[str, int] = {}
    for at, package in every(values["packages"]):
        if package["number"] and places.setdefault(package["number"], at) != at:
            found = f'"{package["number"]}" again'
            yield f"packages[{at}].number", found, "each package once", "Number them."
        net = sum(line["net_g"] or 0 for line in package["lines"])
        if package["gross_g"] is not None and package["gross_g"] < net:
            found = f"{package['gross_g']} g"
            yield f"packages[{at}].gross_g", found, f"at least {net} g", "Weigh it again."
    count = sum(len(package["lines"]) for package in values["packages"])
    if count > MOST_LINES:
        yield "packages", f"{count:,} lines", f"at most {MOST_LINES:,}", "Make several lists of it."


def _goods(line: Values) -> Goods:
    said = {name: line[name] for name in ("sku", "name", "name_zh", "hs_code", "origin")}
    return Goods(**said, un_number=line["un_number"], is_dangerous=bool(line["un_number"]))


def _make_invoice(values: Values, language: Language, folder: Path) -> Made:
    currency = Currency(values["currency"], _digits(values["currency"]) or 0)
    given: dict[str, Any] = dict(values)
    for name in ("seller", "buyer", "consignee"):
        given[name] = party_of(values[name]) if values[name] else None
    given |= {name: int(values[name].scaleb(currency.decimals)) for name in _MONEY}
    given["lines"] = tuple(
        InvoiceLine(
            _goods(line), line["quantity"], int(line["amount"].scaleb(currency.decimals)),
            line["net_g"], line["gross_g"],
        )
        for line in values["lines"]
    )  # fmt: skip
    return Made(commercial_invoice(Invoice(**{**given, "currency": currency}), language))


def _make_packed(values: Values, language: Language, folder: Path) -> Made:
    given: dict[str, Any] = dict(values)
    for name in ("shipper", "consignee"):
        given[name] = party_of(values[name])
    given["packages"] = tuple(
        Package(
            package["number"], package["kind"], package["gross_g"],
            tuple(PackedLine(_goods(each), each["quantity"], each["net_g"])
                  for each in package["lines"]),
        )
        for package in values["packages"]
    )  # fmt: skip
    return Made(packing_list(PackingList(**given), language))


COMMERCIAL_INVOICE: Final = Kind("commercial-invoice", _INVOICE, _make_invoice, _check_invoice)
PACKING_LIST: Final = Kind("packing-list", _PACKED, _make_packed, _check_packed)
