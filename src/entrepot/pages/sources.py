# SPDX-License-Identifier: Apache-2.0
"""What a document of the book was made for: the parcel, receipt or count that posted it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from entrepot.customs.returns.models import Case
from entrepot.ledger.models import Document
from entrepot.logistics.models import Consignment, HomeReceipt, Scan
from entrepot.pages.leads import lead
from entrepot.warehouse.models import Count, Parcel, Return

#: Kinds that are taken back where they were made: there, orders and consignments know of it.
MADE_BY_SLICES: Final = frozenset({
    "home_receipt", "dispatch", "receipt", "shortage", "found_after_shortage", "putaway", "move",
    "pick", "put_back", "short", "shipment", "return", "return_undo", "restock", "scrap",
    "send_home", "returned_home", "count", "reversal",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """What a document was made for; `name` is its word, `href` its page."""

    name: str
    number: str
    href: str


def source_of(document: Document) -> Sequence[Source]:
    """What a document was made for, where that is known."""
    find = _FINDERS.get(document.kind)
    return [each for each in find(document) if each.href] if find else []


def _parcel(document: Document) -> list[Source]:
    parcel = Parcel.objects.select_related("order").filter(number=document.number).first()
    if parcel is None:
        return []
    order: Any = parcel.order
    return [
        Source("order", order.number, lead("orders_one", order.id)),
        Source("parcel", parcel.number, lead("outbound_parcel", parcel.id)),
    ]


def _scan(document: Document) -> list[Source]:
    scan = Scan.objects.select_related("consignment").filter(number=document.number).first()
    consignment: Any = scan.consignment if scan else None
    return [_sent(consignment)] if consignment else []


def _consignment(document: Document) -> list[Source]:
    # A consignment that was sent or closed again has documents numbered C-1, C-1/2, ...
    numbers = [document.number, document.number.rpartition("/")[0]]
    found = Consignment.objects.filter(number__in=numbers).order_by("-number").first()
    return [_sent(found)] if found else []


def _sent(consignment: Any) -> Source:
    return Source("consignment", consignment.number, lead("inbound_consignment", consignment.id))


def _home_receipt(document: Document) -> list[Source]:
    found = HomeReceipt.objects.select_related("purchase").filter(number=document.number).first()
    if found is None:
        return []
    purchase: Any = found.purchase
    return [
        Source("purchase", purchase.number, lead("inbound_purchase", purchase.id)),
        Source("home_receipt", found.number, lead("inbound_home_receipt", found.id)),
    ]


def _count(document: Document) -> list[Source]:
    number = document.number.rpartition("-")[0]
    found = Count.objects.filter(number=number).first()
    return [Source("count", found.number, lead("counts_one", found.id))] if found else []


def _return(document: Document) -> list[Source]:
    found = Return.objects.filter(number=document.number).first()
    return [Source("return", found.number, lead("returns_one", found.id))] if found else []


def _return_home(document: Document) -> list[Source]:
    # One that arrived again after it was taken back has documents numbered R-1, R-1/2, ...
    numbers = [document.number, document.number.rpartition("/")[0]]
    found = Case.objects.filter(number__in=numbers).order_by("-number").first()
    return [Source("return_home", found.number, lead("inbound_return", found.id))] if found else []


_FINDERS: Final[dict[str, Callable[[Document], list[Source]]]] = {
    "shipment": _parcel, "receipt": _scan, "dispatch": _consignment, "shortage": _consignment,
    "found_after_shortage": _consignment, "home_receipt": _home_receipt, "count": _count,
    "return": _return, "restock": _return, "scrap": _return, "send_home": _return,
    "returned_home": _return_home,
}  # fmt: skip
