# SPDX-License-Identifier: Apache-2.0
"""How long what is known of buyers is kept, and what is past that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from psycopg.rows import dict_row

from entrepot.errors import Refused
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.buyers.erasing import FORGOTTEN, MOST, erase_ended
from entrepot.warehouse.intake.actions import KEPT_FOR, throw_old_away
from entrepot.warehouse.models import BuyerRetention, OrderFile
from entrepot.warehouse.models.intake import PREVIEWED, SENT

#: Days that an enterprise may say: up to some thirty years.
MOST_DAYS: Final = 10_000
#: Days that what a shop said is kept, once nothing is to be done with it any more.
MESSAGE_DAYS: Final = 30
#: What is counted is counted up to this many.
MOST_COUNTED: Final = 10_000

#: What nobody does anything with any more is past its time sooner than what waits.
_OLD: Final = """
    SELECT id FROM warehouse_shopevent
    WHERE enterprise_id = %(enterprise)s AND body <> '' AND (
        received_at < %(before)s AND state IN ('taken', 'kept', 'refused')
        OR received_at < %(waiting_before)s)
    LIMIT %(most)s
"""
_FORGET: Final = f"""
    UPDATE warehouse_shopevent SET body = '', problem = NULL,
        outcome = CASE WHEN state = 'waiting' THEN %(forgotten)s ELSE outcome END,
        state = CASE WHEN state = 'waiting' THEN 'kept' ELSE state END
    WHERE enterprise_id = %(enterprise)s AND id = ANY(ARRAY({_OLD}))
"""
_IS_DUE: Final = f"""
    SELECT EXISTS ({_OLD}) OR EXISTS (
        SELECT FROM warehouse_order WHERE enterprise_id = %(enterprise)s
            AND ended_at < %(waiting_before)s AND erased_at IS NULL)
"""
#: The oldest there is of each, and how many: ids of orders grow with time.
_KEPT: Final = """
    SELECT
        (SELECT o.created_at FROM warehouse_order AS o
            WHERE o.enterprise_id = %(enterprise)s AND o.id = (
                SELECT r.order_id FROM warehouse_recipient AS r
                WHERE r.enterprise_id = %(enterprise)s ORDER BY r.order_id LIMIT 1)) AS since,
        (SELECT count(*) FROM (SELECT FROM warehouse_recipient
            WHERE enterprise_id = %(enterprise)s LIMIT %(most)s) AS r) AS buyers,
        (SELECT min(received_at) FROM (SELECT received_at FROM warehouse_shopevent
            WHERE enterprise_id = %(enterprise)s AND body <> '' LIMIT %(most)s) AS e)
            AS messages_since,
        (SELECT count(*) FROM (SELECT FROM warehouse_shopevent
            WHERE enterprise_id = %(enterprise)s AND body <> '' LIMIT %(most)s) AS e) AS messages,
        (SELECT count(*) FROM (SELECT FROM warehouse_order
            WHERE enterprise_id = %(enterprise)s AND ended_at < %(waiting_before)s
                AND erased_at IS NULL LIMIT %(most)s) AS o) AS due,
        (SELECT count(*) FROM (SELECT FROM warehouse_orderfile
            WHERE enterprise_id = %(enterprise)s AND state = ANY(%(states)s) LIMIT %(most)s) AS f)
            AS files
"""


class UnfitRetention(Refused):
    """A number of days that nobody can keep something for."""

    code = "warehouse.unfit_retention"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of buyers; a count of `MOST_COUNTED` is that many or more."""

    #: After the end of an order; none where there is no end.
    days: int | None
    #: When the oldest order came of whose buyer something is kept.
    since: datetime | None
    buyers: int
    messages_since: datetime | None
    messages: int
    #: Files of orders that nobody has taken over yet.
    files: int
    #: Orders whose buyers the next run erases.
    due: int


def retention() -> int | None:
    """Days after the end of an order that its buyer is kept; none where there is no end."""
    return BuyerRetention.objects.values_list("days", flat=True).first()


def set_retention(days: int | None) -> None:
    """Say how many days after the end of an order its buyer is kept; none for no end.

    Raises:
        UnfitRetention: it is below zero, or more than is taken.
    """
    if days is not None and not 0 <= days <= MOST_DAYS:
        raise UnfitRetention(
            "Cannot set how long buyers are kept.",
            f"{days:,} is no number of days from 0 to {MOST_DAYS:,}.",
            "Give another number, or none to keep them until they are erased.",
        )
    before = retention()
    if before == days:
        return
    if days is None:
        BuyerRetention.objects.all().delete()
    else:
        BuyerRetention.objects.update_or_create(defaults={"days": days})
    record("buyers.retention_set", "buyers", was=before, days=days)


def kept() -> Kept:
    """What is kept of buyers, and since when."""
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        days = retention()
        given = _given(MOST_COUNTED, days) | {"states": [SENT, PREVIEWED]}
        found: Any = cursor.execute(_KEPT, given).fetchone()
    return Kept(days=days, **found)


def is_due() -> bool:
    """Whether something of buyers is past its time."""
    old = OrderFile.objects.filter(
        state__in=(SENT, PREVIEWED), uploaded_at__lt=timezone.now() - KEPT_FOR
    )
    with raw_cursor() as cursor:
        row = cursor.execute(_IS_DUE, _given(1, retention())).fetchone()
    assert row is not None
    return bool(row[0]) or old.exists()


def erase_due(most: int = MOST) -> tuple[int, int, int]:
    """Erase what is past its time: of so many orders and messages at most, and files.

    Returns:
        how many orders, messages and files.
    """
    days = retention()
    orders = 0 if days is None else erase_ended(timezone.now() - timedelta(days), most)
    with raw_cursor() as cursor:
        messages = cursor.execute(_FORGET, _given(most, days)).rowcount
        files = throw_old_away(cursor)
    return orders, messages, files


def _given(most: int, days: int | None) -> dict[str, Any]:
    now = timezone.now()
    return {
        "enterprise": acting().enterprise,
        "before": now - timedelta(min(MESSAGE_DAYS, MESSAGE_DAYS if days is None else days)),
        # Nothing is before a moment that there is not.
        "waiting_before": None if days is None else now - timedelta(days),
        "forgotten": FORGOTTEN,
        "most": most,
    }
