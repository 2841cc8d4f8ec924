# SPDX-License-Identifier: Apache-2.0
"""The first page: what waits today, the most urgent first; of a new enterprise, its first steps.

Everything is counted up to `MOST` and no further, along an index of what waits.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from entrepot.closing.models import Close
from entrepot.customs.sending.looking import overdue_since
from entrepot.pages.frame import page, show
from entrepot.pages.leads import lead
from entrepot.pages.wording import words
from entrepot.people.access import Access
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: Counted so far; of more it is said that there are more.
MOST: Final = 1000
#: Claims whose deadline comes within so many days; jobs that failed within so many.
NEAR, LATELY = timedelta(days=7), timedelta(days=7)

Urgency = Literal["wrong", "warn", ""]
_URGENCIES: Final[tuple[Urgency, ...]] = ("wrong", "warn", "")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that may wait: what is counted, who may see it, and where it opens.

    `query` is of the list that it opens; a text in braces stands for a day.
    """

    name: str
    scope: str
    urgency: Urgency
    rows: str
    to: str
    query: tuple[tuple[str, str], ...] = ()


_ORDERS: Final = "warehouse_order WHERE enterprise_id = %(enterprise)s AND state"
_SENT: Final = """logistics_consignment WHERE enterprise_id = %(enterprise)s
    AND state = 'dispatched' AND expected_on"""
_HERE: Final = "WHERE enterprise_id = %(enterprise)s"
_RECEIVED: Final = """
    (SELECT code FROM catalog_warehouse WHERE enterprise_id = %(enterprise)s AND kind = 'overseas'
        ORDER BY code LIMIT 500) AS w
    CROSS JOIN LATERAL (
        SELECT FROM ledger_balance AS b WHERE b.enterprise_id = %(enterprise)s
            AND b.place = 'warehouse/' || w.code || '/@receiving' AND b.quantity > 0
        LIMIT %(most)s
    ) AS b
"""
WAITING: Final = (
    Waiting("late", "orders.read", "wrong", f"{_ORDERS} = 'open' AND promised_on < %(today)s",
            "orders", (("promised_until", "{yesterday}"),)),
    Waiting("overdue", "inbound.read", "wrong", f"{_SENT} < %(today)s",
            "inbound", (("state", "dispatched"),)),
    Waiting("deadlines", "inbound.read", "wrong",
            f"logistics_claim {_HERE} AND state = 'open' AND deadline_on <= %(near)s",
            "inbound_claims", (("state", "open"),)),
    Waiting("rejected", "customs.read", "wrong",
            f"customs_document {_HERE} AND outcome IN ('failed', 'rejected') AND is_latest",
            "customs", (("rejected", "on"),)),
    Waiting("unanswered", "customs.read", "wrong",
            f"customs_document {_HERE} AND is_latest"
            " AND (awaits_since < %(unanswered)s OR is_contradicted)",
            "customs", (("alert", "on"),)),
    Waiting("disagreeing", "customs.read", "wrong",
            f"declaring_booking {_HERE} AND state = 'disagrees'",
            "declaring_bookings", (("state", "disagrees"),)),
    Waiting("failed", "jobs.read", "wrong",
            f"jobs_job {_HERE} AND state = 'failed' AND finished_at >= %(lately)s", "jobs"),
    Waiting("due", "orders.read", "warn", f"{_ORDERS} = 'open' AND promised_on = %(today)s",
            "orders", (("promised_until", "{today}"),)),
    Waiting("short", "orders.read", "warn", f"warehouse_orderline {_HERE} AND open > 0",
            "orders", (("is_waiting", "on"),)),
    Waiting("held", "orders.read", "warn", f"{_ORDERS} = 'held'", "orders", (("state", "held"),)),
    Waiting("questions", "inbound.read", "warn",
            f"logistics_scan {_HERE} AND state = 'unknown'", "inbound_receiving"),
    Waiting("events", "orders.read", "warn",
            f"warehouse_shopevent {_HERE} AND state = 'waiting'",
            "orders_shop_events", (("state", "waiting"),)),
    Waiting("proposed", "customs.read", "warn",
            f"classifying_classification {_HERE} AND state = 'proposed'",
            "classification", (("status", "proposed"),)),
    Waiting("costs", "money.read", "warn", f"costing_invoice {_HERE} AND state = 'draft'",
            "money_costs", (("state", "draft"),)),
    Waiting("differences", "floor.read", "warn",
            f"warehouse_countedbin {_HERE} AND state = 'differs'"
            " AND state IN ('to_count', 'counting', 'differs')", "counts", (("state", "open"),)),
    Waiting("waves", "orders.read", "", f"warehouse_wave {_HERE} AND is_open",
            "outbound", (("is_open", "on"),)),
    Waiting("packed", "orders.read", "", f"warehouse_parcel {_HERE} AND state = 'packed'",
            "outbound_parcels", (("state", "packed"),)),
    Waiting("arriving", "inbound.read", "", f"{_SENT} = %(today)s",
            "inbound", (("state", "dispatched"),)),
    Waiting("arrived", "inbound.read", "",
            f"logistics_consignment {_HERE} AND state = 'arrived'",
            "inbound", (("state", "arrived"),)),
    Waiting("receiving", "book.read", "", _RECEIVED, "stock_places", (("is_there", "on"),)),
    Waiting("returns", "floor.read", "", f"warehouse_returnedline {_HERE} AND outcome = ''",
            "returns_waiting"),
    Waiting("counts", "floor.read", "",
            f"(SELECT DISTINCT count_id FROM warehouse_countedbin {_HERE}"
            " AND state IN ('to_count', 'counting', 'differs')) AS c",
            "counts", (("state", "open"),)),
    Waiting("asked", "floor.read", "", f"warehouse_countasked {_HERE} AND count_id IS NULL",
            "counts_asked"),
)  # fmt: skip

#: A new enterprise's first steps: what there is once one is done, whose it is, where it is done.
STEPS: Final = (
    ("warehouse", "masters.write", f"catalog_warehouse {_HERE}", "masters"),
    ("products", "masters.write", f"catalog_product {_HERE}", "masters"),
    ("purchase", "inbound.write", f"logistics_purchase {_HERE}", "inbound_purchases"),
    ("goods", "inbound.write", f"ledger_document {_HERE}", "inbound"),
    ("orders", "orders.write", f"warehouse_order {_HERE}", "orders"),
)


@page("book.read")
def today(request: HttpRequest, access: Access) -> HttpResponse:
    """What waits today, for whoever may see it."""
    say, day = words("today"), timezone.localdate()
    steps = first_steps(access.scopes)
    deadline = next_deadline(day) if "closes.read" in access.scopes else None
    return show(
        request, access, "today", "pages/today.html", heading=say["title"],
        cards=cards(access.scopes, day), deadline=deadline, steps=steps,
        is_new=not all(step["is_done"] for step in steps),
    )  # fmt: skip


def cards(scopes: Collection[str], day: date) -> list[dict[str, Any]]:
    """What waits, the most urgent first; nothing of what does not."""
    say = words("today")["waits"]
    seen = [each for each in WAITING if each.scope in scopes]
    given = {
        "enterprise": acting().enterprise, "most": MOST + 1, "today": day, "near": day + NEAR,
        "lately": timezone.now() - LATELY, "unanswered": overdue_since(),
    }  # fmt: skip
    found = _one_row([_counted(each.rows) for each in seen], given)
    days = {"today": str(day), "yesterday": str(day - timedelta(days=1))}
    waits = [
        {
            "number": f"{MOST:,}+" if count > MOST else f"{count:,}",
            "what": say[each.name],
            "urgency": each.urgency,
            "href": lead(each.to, **{key: text.format(**days) for key, text in each.query}),
        }
        for each, count in zip(seen, found, strict=True)
        if count
    ]
    return sorted(waits, key=lambda each: _URGENCIES.index(each["urgency"]))


def first_steps(scopes: Collection[str]) -> list[dict[str, Any]]:
    """How to begin, and what of it is done; nothing for who may do none of it."""
    say = words("today")["steps"]
    mine = [step for step in STEPS if step[1] in scopes]
    done = _one_row(
        [f"EXISTS (SELECT FROM {rows})" for _, _, rows, _ in mine],
        {"enterprise": acting().enterprise},
    )
    return [
        {"what": say[name], "href": lead(to), "is_done": is_done}
        for (name, _, _, to), is_done in zip(mine, done, strict=True)
    ]


def next_deadline(day: date) -> dict[str, Any] | None:
    """The next day by which something is to be filed, as the latest close says."""
    close = Close.objects.exclude(summary=None).order_by("-asked_at", "-id").only("summary").first()
    due = [each for each in (close.summary or {}).get("due", []) if each["by"]] if close else []
    coming = [each for each in due if date.fromisoformat(each["by"]) >= day]
    if not coming:
        return None
    by = min(each["by"] for each in coming)
    return {
        "by": by, "days": (date.fromisoformat(by) - day).days,
        "lines": sum(each["lines"] for each in coming if each["by"] == by),
        "href": lead("closes"),
    }  # fmt: skip


def _counted(rows: str) -> str:
    """How many rows there are, as far as it is counted."""
    return f"(SELECT count(*) FROM (SELECT FROM {rows} LIMIT %(most)s) AS few)"


def _one_row(parts: list[str], given: dict[str, Any]) -> tuple[Any, ...]:
    if not parts:
        return ()
    with raw_cursor() as cursor:
        row: Any = cursor.execute(f"SELECT {', '.join(parts)}".encode(), given).fetchone()
    return tuple(row)


urlpatterns = [path("", today, name="today")]
