# SPDX-License-Identifier: Apache-2.0
"""Every page there is, on the books of the demo, by its address, so that none is forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

from entrepot.catalog.models import Import, Partner, Product
from entrepot.catalog.models import Warehouse as Depot
from entrepot.closing.models import Close, KeptTable
from entrepot.consolidating.models import Container, LoadPlan, Piece
from entrepot.costing.models import CostFile, Invoice
from entrepot.customs.classifying.models import Classification
from entrepot.customs.returns.models import Case
from entrepot.customs.sending.models import Document as CustomsDocument
from entrepot.declaring.models import Booking, Flow, Merge, Ticket
from entrepot.jobs.models import Job, Webhook
from entrepot.ledger.models import Balance, Document, Seal
from entrepot.logistics.models import Claim, Consignment, Declaration, HomeReceipt, Purchase, Scan
from entrepot.people.models import Membership
from entrepot.people.tenancy import within
from entrepot.reconciling.models import Match, MoneyFile
from entrepot.reconciling.models import Payout as MoneyPayout
from entrepot.warehouse.models import (
    Count,
    Order,
    OrderFile,
    Parcel,
    Return,
    ReturnedLine,
    Shop,
    Wave,
)

#: What an id stands for, by how the page's name or address begins; the first that fits.
_FIRST: dict[str, Any] = {
    "orders_file": OrderFile,
    "orders_shop": Shop,
    "orders": Order,
    "tour_order": Order,
    "/outbound/waves/": Wave,
    "/outbound/parcels/": Parcel,
    "inbound_home": HomeReceipt,
    "inbound_purchase": Purchase,
    "inbound_declaration": Declaration,
    "inbound_consignment": Consignment,
    "inbound_claim": Claim,
    "inbound_piece": Piece,
    "inbound_plan": LoadPlan,
    "inbound_container": Container,
    "inbound_return": Case,
    "inbound_scan": Scan,
    "inbound_question": Scan,
    "/returns/lines/": ReturnedLine,
    "returns": Return,
    "counts": Count,
    "movements_document": Document,
    "closes": Close,
    "classification_step": Classification,
    "classification": Product,
    "/declaring/flows/": Flow,
    "/declaring/tickets/": Ticket,
    "declaring_booking": Booking,
    "declaring_merge_again": Merge,
    "customs": CustomsDocument,
    "jobs": Job,
    "masters_import": Import,
    "masters": Product,
    "money_payout": MoneyPayout,
    "money_matched": Match,
    "money_file": MoneyFile,
    "money_cost_file": CostFile,
    "money_cost": Invoice,
    "firm_member": Membership,
    "firm_webhook": Webhook,
}
_TEXTS: dict[str, Callable[[], Any]] = {
    "sku": lambda: Product.objects.values_list("sku", flat=True).first(),
    "code": lambda: Depot.objects.values_list("code", flat=True).first(),
    "partner": lambda: Partner.objects.values_list("code", flat=True).first(),
    "stage": lambda: "payout",
    "event": lambda: "proposed",
    "step": lambda: "orders",
    "container_no": lambda: 1,
    "noun": lambda: "products",
    "section": lambda: "orders",
    "country_code": lambda: "DE",
    "day": lambda: "2026-10-17",
    "seal": lambda: Seal.objects.values_list("number", flat=True).first(),
    "kept_as": lambda: KeptTable.objects.values_list("name", flat=True).first(),
}
#: Pages that are asked for something by the query: which column of what lies somewhere.
_ASKED = {"stock_place": {"place": "place"}, "stock_lot": {"sku": "item", "lot": "lot"}}


def patterns() -> Iterator[tuple[str, str]]:
    """Name and route of every page; of buttons and of files too."""

    def within_(resolver: URLResolver, before: str) -> Iterator[tuple[str, str]]:
        for each in resolver.url_patterns:
            route = before + str(each.pattern)
            if isinstance(each, URLPattern):
                yield str(each.name), "/" + route
            else:
                yield from within_(each, route)

    for each in get_resolver().url_patterns:
        if isinstance(each, URLResolver) and each.app_name == "pages":
            yield from within_(each, str(each.pattern))


def addresses(enterprise: UUID) -> dict[str, str]:
    """An address of every page of which the enterprise has something, by its name."""
    found = {}
    with within(enterprise):
        for name, route in patterns():
            filled = _filled(name, route)
            if asked := _ASKED.get(name):
                lying = Balance.objects.filter(may_go_below=False)
                for column in asked.values():
                    lying = lying.exclude(**{column: ""})
                value = lying.values(*asked.values()).first()
                given = {each: value[column] for each, column in asked.items()} if value else {}
                filled = f"{filled}?{urlencode(given)}" if given else None
            if filled is not None:
                found[name] = filled
    return found


def _filled(name: str, route: str) -> str | None:
    """The route with its arguments put in; none where nothing stands for one of them."""
    for converter, argument in re.findall(r"<(?:(\w+):)?(\w+)>", route):
        value = _value(name, route, converter, argument)
        if value is None:
            return None
        route = re.sub(rf"<(?:\w+:)?{argument}>", str(value), route, count=1)
    return route


def _value(name: str, route: str, converter: str, argument: str) -> Any:
    if converter == "uuid":
        model = next(
            (model for start, model in _FIRST.items()
             if name.startswith(start) or route.startswith(start)),
            None,
        )  # fmt: skip
        return None if model is None else model.objects.order_by("-id").values_list(
            "id", flat=True
        ).first()  # fmt: skip
    known = _TEXTS.get(name) or _TEXTS.get(argument)
    return None if known is None else known()
