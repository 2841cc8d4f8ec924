# SPDX-License-Identifier: Apache-2.0
"""Hand parcels over: what is in them leaves the warehouse and the firm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.utils import timezone

from entrepot.errors import Refused
from entrepot.jobs.events import Event
from entrepot.jobs.webhooks import emit
from entrepot.ledger.actions import Posted, post_all
from entrepot.ledger.document import Document, Line
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.areas import today
from entrepot.warehouse.models import Parcel
from entrepot.warehouse.models.outbound import SHIPPED
from entrepot.warehouse.outbound import sql

#: The kind of the document in the book with which a parcel leaves; its number is the parcel's.
KIND = "shipment"


class NotPacked(Refused):
    """Parcels that are not there, or orders that are held."""

    code = "warehouse.not_packed"


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel that left, and the document with which it did."""

    parcel: UUID
    number: str
    order: UUID
    document: UUID
    on: date


def ship(parcels: Sequence[UUID]) -> list[Shipped]:
    """Hand parcels over: all of them, or none. Those that have left already count as shipped.

    Raises:
        NotPacked: there is no such parcel, or its order is held.
    """
    enterprise = acting().enterprise
    with raw_cursor() as cursor:
        given = {"enterprise": enterprise, "parcels": sorted(set(parcels))}
        prepare = planned_for(len(parcels))
        rows = cursor.execute(sql.LEAVE, given, prepare=prepare).fetchall()
    groups = [(key, list(its)) for key, its in groupby(rows, itemgetter(0, 1, 2, 3, 4))]
    before = _left_before(set(parcels) - {key[0] for key, _ in groups})
    if not groups:
        return before
    documents = [
        Document(
            KIND,
            number,
            today(zone),
            [
                Line(sku, quantity, place, f"customer/{channel}", lot, is_reserved=True)
                for *_, place, sku, lot, quantity in its
            ],
        )
        for (_, number, _, channel, zone), its in groups
    ]
    posted = post_all(documents)
    with raw_cursor() as cursor:
        given = _given(enterprise, groups, documents, posted)
        cursor.execute(sql.LEFT, given, prepare=planned_for(len(rows)))
        cursor.execute(sql.DONE, given)
    says = [
        {"order": str(order), "channel": channel, "parcel": str(parcel), "number": number,
         "on": document.on.isoformat()}
        for ((parcel, number, order, channel, _), _), document in zip(
            groups, documents, strict=True
        )
    ]  # fmt: skip
    emit(Event.ORDER_SHIPPED, *says)
    return before + [
        Shipped(parcel, number, order, its.id, document.on)
        for ((parcel, number, order, _, _), _), document, its in zip(
            groups, documents, posted, strict=True
        )
    ]


def _given(
    enterprise: UUID,
    groups: Sequence[tuple[tuple[Any, ...], Sequence[tuple[Any, ...]]]],
    documents: Sequence[Document],
    posted: Sequence[Posted],
) -> dict[str, Any]:
    lines = [
        (its.id, line, parcel, order, row[5], row[7], row[8], row[9])
        for ((parcel, _, order, _, _), rows), its in zip(groups, posted, strict=True)
        for line, row in enumerate(rows, 1)
    ]
    names = ("documents", "lines", "of", "orders", "line_nos", "skus", "lots", "quantities")
    return {
        "enterprise": enterprise,
        "at": timezone.now(),
        "by": acting().actor,
        "parcels": [key[0] for key, _ in groups],
        "parcel_documents": [each.id for each in posted],
        "days": [each.on for each in documents],
        **dict(zip(names, (list(column) for column in zip(*lines, strict=True)), strict=True)),
    }


def _left_before(parcels: set[UUID]) -> list[Shipped]:
    """Those of these that have left already.

    Raises:
        NotPacked: one of them has not.
    """
    if not parcels:
        return []
    found = Parcel.objects.filter(id__in=parcels, state=SHIPPED)
    left = [
        Shipped(each.id, each.number, each.order_id, each.document_id, each.shipped_on)
        for each in found
        if each.document_id is not None and each.shipped_on is not None
    ]
    if missing := sorted(parcels - {each.parcel for each in left}):
        raise NotPacked(
            f"Cannot ship parcel {missing[0]}"
            + (f" and {len(missing) - 1:,} more." if len(missing) > 1 else "."),
            "There is no such parcel, or its order is held or cancelled.",
            "Pack it, or release the order; nothing was shipped.",
            parcels=[str(each) for each in missing[:1000]],
        )
    return left
