# SPDX-License-Identifier: Apache-2.0
"""What happened to an order, in the order of time: who did it, and which document it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from entrepot.pages.actors import named
from entrepot.pages.places import movements
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import words
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.models import Parcel, Return

#: Entries of the audit log that name orders. Those of each kind after the order was made are looked
#: through up to this many, so that an old order is shown as fast as a new one.
_NAMED: Final = {
    "order.held": "held", "order.released": "released", "order.cancelled": "cancelled",
    "order.changed": "changed", "order.split": "split",
}  # fmt: skip
_LOOKED_THROUGH: Final = 500
_AUDITED: Final = """
    SELECT e.action, e.at, e.actor, coalesce(e.facts->>'because', e.facts->>'into', '')
    FROM unnest(%(actions)s::text[]) AS a (action)
    CROSS JOIN LATERAL (
        SELECT n.action, n.at, n.actor, n.facts FROM (
            SELECT * FROM people_auditentry AS p
            WHERE p.enterprise_id = %(enterprise)s AND p.action = a.action AND p.at >= %(since)s
            ORDER BY p.at, p.id LIMIT %(most)s
        ) AS n
        WHERE n.facts->>'order' = %(order)s OR n.facts->'orders' ? %(order)s
    ) AS e
"""
#: Parcels and returns of one order that are shown here.
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to an order; `more` says why, or which parcel it was."""

    what: str
    at: datetime
    actor: str
    more: str = ""
    to: str = ""


def history(found: Mapping[str, Any]) -> Table:
    """The table of what happened to an order, as `lists.SHOW` tells of it."""
    rows = sorted(_all(found), key=lambda each: each.at)
    who = named({each.actor for each in rows})
    what = words("orders")["happened"]
    columns = (
        Column("at", "moment"),
        Column("what", of=lambda row: what[row.what]),
        Column("more", to=lambda row: row.to),
        Column("created_by", of=lambda row: who[row.actor]),
    )
    return Table("history", columns, rows)


def _all(found: Mapping[str, Any]) -> Iterator[Happened]:
    yield Happened("taken", found["created_at"], found["created_by"])
    given = {
        "enterprise": acting().enterprise, "actions": list(_NAMED), "since": found["created_at"],
        "most": _LOOKED_THROUGH, "order": str(found["id"]),
    }  # fmt: skip
    with raw_cursor() as cursor:
        for action, at, actor, more in cursor.execute(_AUDITED, given).fetchall():
            yield Happened(_NAMED[action], at, actor, more)
    for parcel in Parcel.objects.filter(order_id=found["id"]).order_by("id")[:_MOST]:
        to = reverse("pages:outbound_parcel", args=[parcel.id])
        yield Happened("packed", parcel.packed_at, parcel.packed_by, parcel.number, to)
        if parcel.shipped_at:
            to = movements(document=parcel.document_id)
            yield Happened("shipped", parcel.shipped_at, parcel.shipped_by, parcel.number, to)
    for back in Return.objects.filter(order_id=found["id"]).order_by("id")[:_MOST]:
        to = reverse("pages:returns_one", args=[back.id])
        yield Happened("announced", back.created_at, back.created_by, back.rma or back.number, to)
        if back.received_at:
            yield Happened("came_back", back.received_at, back.created_by, back.number, to)
