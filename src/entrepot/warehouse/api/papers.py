# SPDX-License-Identifier: Apache-2.0
"""Papers of parcels, orders and waves, as PDF."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from psycopg.rows import dict_row

from entrepot.errors import Refused
from entrepot.papers.amounts import Currency
from entrepot.papers.commercial_invoice import Invoice, InvoiceLine, commercial_invoice
from entrepot.papers.goods import Goods
from entrepot.papers.label import Label, labels
from entrepot.papers.packing_list import Package, PackedLine, PackingList, packing_list
from entrepot.papers.parties import Address, Party
from entrepot.papers.pick_list import Cart, Stop, pick_list
from entrepot.papers.words import Language as Words
from entrepot.people.access import needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.api import papers_sql as sql
from entrepot.warehouse.api.orders import router as orders
from entrepot.warehouse.api.outbound import parcels, waves
from entrepot.warehouse.models import Order, Parcel, Wave
from entrepot.warehouse.orders.recipients import read_recipient
from entrepot.web.problems import MEDIA_TYPE

PERSONAL = "orders.personal"
Language = Literal["zh", "en", "both"]
_PDF: Final[dict[str, Any]] = {
    "responses": {
        200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
    }
}


#: Not below an id, so that it is not said of itself.
_NOT_THERE: Final[dict[int, Any]] = {
    404: {
        "description": "Nothing is there to be printed.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


class NoDecimals(Refused):
    """An invoice in a currency of which nobody says how many decimals it has."""

    code = "warehouse.unknown_decimals"


class BuyerErased(Refused):
    """A paper for a buyer of whom nothing is kept any more."""

    code = "warehouse.buyer_erased"


class NothingToPrint(Refused):
    """Nothing is there that would stand on the paper."""

    code = "warehouse.nothing_to_print"


@parcels.get(
    "/labels",
    response={200: None},
    auth=needs(PERSONAL),
    openapi_extra={"responses": _PDF["responses"] | _NOT_THERE},
)
def print_labels(request: HttpRequest, wave: UUID, language: Language = "en") -> HttpResponse:
    """The labels of all parcels that were packed of a wave and have not left.

    Answers 404 `warehouse.nothing_to_print` where there are none.
    """
    rows = _rows(sql.PARCELS.format(which=sql.OF_WAVE), wave=wave)
    if not rows:
        raise NothingToPrint(
            f"Cannot print labels of wave {wave}.",
            "No parcel of it is packed.",
            "Pack its orders first.",
        )
    return _pdf("labels", labels([_label(row) for row in rows], _words(language)))


@parcels.get("/{uuid:id}/label", response={200: None}, auth=needs(PERSONAL), openapi_extra=_PDF)
def print_label(request: HttpRequest, id: UUID, language: Language = "en") -> HttpResponse:
    """The label of a parcel, 10 x 15 cm."""
    row = _parcel(id)
    return _pdf(f"label-{row['number']}", labels([_label(row)], _words(language)))


@parcels.get(
    "/{uuid:id}/packing-list", response={200: None}, auth=needs(PERSONAL), openapi_extra=_PDF
)
def print_packing_list(request: HttpRequest, id: UUID, language: Language = "both") -> HttpResponse:
    """The packing list of a parcel."""
    row = _parcel(id)
    contents = _rows(sql.CONTENTS, parcel=id)
    lines = tuple(
        PackedLine(_goods(each), each["quantity"], each["quantity"] * each["weight_g"])
        for each in contents
    )
    gross = row["weight_g"] or sum(line.net_g for line in lines)
    given = PackingList(
        row["number"],
        row["day"],
        Party(_sender(row), uscc=row["uscc"] or ""),
        Party(_recipient(row)),
        (Package(row["number"], row["carton"], gross, lines),),
        order=row["order_number"],
        carrier=row["carrier"],
        tracking=row["tracking"],
        destination=row["country"],
    )
    return _pdf(f"packing-list-{row['number']}", packing_list(given, _words(language)))


@orders.get("/{uuid:id}/invoice", response={200: None}, auth=needs(PERSONAL), openapi_extra=_PDF)
def print_invoice(request: HttpRequest, id: UUID, language: Language = "both") -> HttpResponse:
    """The commercial invoice of an order, without what was cancelled.

    Answers 422 `warehouse.unknown_decimals` where the book does not have the currency.
    """
    found = _rows(sql.ORDER, order=id)
    if not found:
        raise Order.DoesNotExist
    row = found[0]
    if row["digits"] is None:
        raise NoDecimals(
            f"Cannot print the invoice of order {row['number']}.",
            f"The book does not know the currency {row['currency'] or 'of the order'}.",
            "Open it among the items of the book.",
        )
    lines = tuple(
        InvoiceLine(
            _goods(each), each["quantity"], each["amount"], each["quantity"] * each["weight_g"],
            each["quantity"] * each["weight_g"],
        )
        for each in _rows(sql.LINES, order=id)
    )  # fmt: skip
    seller = Address(row["firm"] or "", (), "", "", "")
    given = Invoice(
        row["number"],
        row["day"],
        Party(seller, uscc=row["uscc"] or ""),
        Party(_recipient(row)),
        Currency(row["currency"], row["digits"]),
        lines,
        order=row["number"],
        destination=row["country"],
        packages=max(row["parcels"], 1),
    )
    return _pdf(f"invoice-{row['number']}", commercial_invoice(given, _words(language)))


@waves.get("/{uuid:id}/pick-list", response={200: None}, auth=needs("floor.read"),
           openapi_extra=_PDF)  # fmt: skip
def print_pick_list(request: HttpRequest, id: UUID, language: Language = "both") -> HttpResponse:
    """The pick list of a wave: what is to be picked of it, along the bins.

    Answers 404 `warehouse.nothing_to_print` where everything is picked.
    """
    rows = _rows(sql.STOPS, wave=id)
    if not rows:
        wave = Wave.objects.get(id=id)
        raise NothingToPrint(
            f"Cannot print the pick list of wave {wave.number}.",
            "Everything of it is picked.",
            "Gather another wave.",
        )
    totes = {
        order: str(at) for at, order in enumerate(dict.fromkeys(r["order_id"] for r in rows), 1)
    }
    stops = []
    for _, its in groupby(rows, lambda row: (row["bin"], row["sku"], row["lot"])):
        here = list(its)
        parts: dict[str, int] = {}
        for row in here:
            tote = totes[row["order_id"]]
            parts[tote] = parts.get(tote, 0) + row["quantity"]
        stops.append(
            Stop(here[0]["bin"], _goods(here[0]), sum(parts.values()), tuple(parts.items()))
        )
    numbers = {totes[row["order_id"]]: row["order_number"] for row in rows}
    cart = Cart(
        rows[0]["wave"], rows[0]["wave"], rows[0]["warehouse"], tuple(numbers.items()),
        tuple(stops),
    )  # fmt: skip
    return _pdf(f"pick-list-{rows[0]['wave']}", pick_list([cart], _words(language)))


def _rows(statement: str, **given: object) -> list[Any]:
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        given["enterprise"] = acting().enterprise
        return cursor.execute(statement.encode(), given).fetchall()


def _parcel(id: UUID) -> Any:
    rows = _rows(sql.PARCELS.format(which=sql.ONE), parcel=id)
    if not rows:
        raise Parcel.DoesNotExist
    return rows[0]


def _label(row: Any) -> Label:
    is_sscc = len(row["number"]) == 18 and row["number"].isdigit()
    is_home = row["from_country"] == row["country"]
    return Label(
        _sender(row),
        _recipient(row),
        row["carrier"],
        row["service"],
        row["tracking"],
        row["order_number"],
        sscc=row["number"] if is_sscc else "",
        parcel_no="" if is_sscc else row["number"],
        post=("420", row["postcode"]) if is_home and row["postcode"] else None,
        weight_g=row["weight_g"],
        parcel=row["parcel"],
        parcels=row["parcels"],
    )


def _sender(row: Any) -> Address:
    place = " ".join(part for part in (row["from_postcode"], row["city"]) if part)
    street = tuple(part for part in (row["name"], row["street"]) if part)
    return Address(
        row["firm"] or "", street, place, row["from_postcode"] or "", row["from_country"] or ""
    )


def _recipient(row: Any) -> Address:
    """Where it goes.

    Raises:
        BuyerErased: nobody knows any more.
    """
    if row["erased_at"] is not None:
        order = row.get("order_number") or row["number"]
        raise BuyerErased(
            f"Cannot print a paper of order {order}.",
            f"What was kept of its buyer was erased on {row['erased_at']:%Y-%m-%d}.",
            "Nothing brings it back; take a new order in to send something to them again.",
            order=order,
        )
    who = read_recipient(row.get("order_id") or row["id"], row["sealed"])
    place = " ".join(
        part for part in (row["postcode"], who.get("city", ""), who.get("region", "")) if part
    )
    lines = tuple(who[part] for part in ("company", "street") if who.get(part))
    name = who.get("name") or who.get("company") or ""
    return Address(name, lines, place, row["postcode"], row["country"], phone=who.get("phone", ""))


def _goods(row: Any) -> Goods:
    return Goods(
        row["sku"], row["name"], row["name_zh"], row["hs_code"], lot=row["lot"],
        contains_battery=row["contains_battery"], is_dangerous=row["is_dangerous"],
        un_number=row["un_number"],
    )  # fmt: skip


def _words(language: Language) -> Words:
    return "zh+en" if language == "both" else language


def _pdf(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    response["Content-Disposition"] = f'inline; filename="{safe[:100]}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
