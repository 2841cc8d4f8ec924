# SPDX-License-Identifier: Apache-2.0
"""On which days costs may be booked: on those of months that no close has ended.

A month is closed once the books were closed for its last day or a later one, on that day or after
it; while such a close is at work the month counts as closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.utils import timezone

from entrepot.costing.refusals import ClosedMonth, NotYet
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: Whoever books waits for whoever asks for a close, so that no close misses what was booked in it.
_BOOKING: Final = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))"
_CLOSING: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_DAYS: Final = """
    SELECT (%(now)s::timestamptz AT TIME ZONE p.time_zone)::date,
        (SELECT max(least(c.as_of, (c.asked_at AT TIME ZONE p.time_zone)::date))
         FROM closing_close AS c
         LEFT JOIN jobs_job AS j ON j.enterprise_id = %(enterprise)s AND j.id = c.job
         WHERE c.enterprise_id = %(enterprise)s
             AND (c.closed_at IS NOT NULL OR j.state IN ('queued', 'running')))
    FROM (SELECT coalesce((SELECT time_zone FROM people_profile
            WHERE enterprise_id = %(enterprise)s), 'UTC') AS time_zone) AS p
"""


@dataclass(frozen=True, slots=True)
class Days:
    """The day where the firm is, and the last day of its last closed month, if there is one."""

    today: date
    closed: date | None

    def take(self, asked: str, day: date | None) -> date:
        """The day to book on; today where none is given.

        Raises:
            ClosedMonth: its month was closed.
            NotYet: it has not come yet.
        """
        on = day or self.today
        if on > self.today:
            raise NotYet(
                asked,
                f"{on} has not come yet; today is {self.today}.",
                "Book it on a day up to today.",
            )
        if self.closed is not None and on <= self.closed:
            raise ClosedMonth(
                asked,
                f"{on} is in a month that was closed; the books are closed up to {self.closed}.",
                f"Book it on a day from {self.closed + timedelta(1)} on: a cost that comes late"
                " changes nothing that was closed.",
                closed=str(self.closed),
            )
        return on


def open_days(*, to_book: bool = False) -> Days:
    """Which days are open; for who books, no close begins until this transaction ends."""
    enterprise = acting().enterprise
    with raw_cursor() as cursor:
        if to_book:
            cursor.execute(_BOOKING, [_name(enterprise)])
        given = {"enterprise": enterprise, "now": timezone.now()}
        row: Any = cursor.execute(_DAYS, given).fetchone()
    today, last = row
    return Days(today, None if last is None else month_closed(last))


def wait_for_bookings() -> None:
    """Wait for whoever books at this moment, and let nobody begin until this transaction ends."""
    with raw_cursor() as cursor:
        cursor.execute(_CLOSING, [_name(acting().enterprise)])


def _name(enterprise: object) -> str:
    return f"booking of costs {enterprise}"


def month_closed(last: date) -> date:
    """The last day of the last month that is over by the end of a day."""
    return (last + timedelta(1)).replace(day=1) - timedelta(1)
