# SPDX-License-Identifier: Apache-2.0
"""By which day an export refund is claimed, an advance reconciled, and a claim too late.

Every figure comes from a pack, in force on the day it counts from; none stands here.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from entrepot.errors import Refused
from entrepot.packs.read import in_force

if TYPE_CHECKING:
    from entrepot.packs.read import Pack, Row

#: The packs that the two functions below are given.
DEADLINES = "cn/refund_deadlines"
CALENDAR = "cn/tax_calendar"

_MONTHS_A_YEAR = 12


class NoDeadline(Refused):
    """No rule of the pack is in force on the day a deadline counts from."""

    code: ClassVar[str] = "taxrefund.no_deadline"


@dataclass(frozen=True, slots=True)
class AdvanceDeadlines:
    """When an advance refund is reconciled: both days in, `file_by` None where it is unknown.

    `legal_until` is the last day of the law; a firm without its tax office's consent reconciles
    in a VAT filing period, the last of which closes on `file_by`, before it.
    """

    reconcile_from: date
    legal_until: date
    file_by: date | None


@dataclass(frozen=True, slots=True)
class ClaimDeadlines:
    """When an export is claimed in the ordinary way.

    `claim_by`: the last day of the claim, and for the foreign exchange. `lapses_on`: the last day
    before the export counts as a domestic sale.
    """

    claim_by: date
    lapses_on: date


def advance_deadlines(finished_on: date, deadlines: Pack, calendar: Pack) -> AdvanceDeadlines:
    """Say when the advance refund that the tax office finished on `finished_on` is reconciled.

    Raises:
        NoDeadline: no rule of the pack is in force on `finished_on`.

    Source:
        State Taxation Administration, announcement 2025 No. 3, article 3.

    Pack:
        cn/refund_deadlines, in force on `finished_on`; cn/tax_calendar, in force on `legal_until`.
    """
    legal_until = due(deadlines, "reconcile_until", finished_on)
    period = in_force(calendar, legal_until, year=legal_until.year, month=legal_until.month)
    return AdvanceDeadlines(
        reconcile_from=due(deadlines, "reconcile_from", finished_on),
        legal_until=legal_until,
        file_by=None if period is None else period.day("ends_on"),
    )


def claim_deadlines(exported_on: date, deadlines: Pack) -> ClaimDeadlines:
    """Say by when the goods exported on `exported_on` are claimed.

    Raises:
        NoDeadline: no rule of the pack is in force on `exported_on`.

    Source:
        Ministry of Finance and State Taxation Administration, announcement 2026 No. 11, item 4.

    Pack:
        cn/refund_deadlines, in force on `exported_on`.
    """
    return ClaimDeadlines(
        claim_by=due(deadlines, "claim_by", exported_on),
        lapses_on=due(deadlines, "lapse", exported_on),
    )


def due(deadlines: Pack, rule: str, start: date) -> date:
    """The day that `rule` comes to when it counts from `start`.

    Raises:
        NoDeadline: the rule is not in force on `start`.

    Pack:
        cn/refund_deadlines, in force on `start`.
    """
    row = in_force(deadlines, start, rule=rule)
    if row is None:
        raise NoDeadline(
            f"Cannot say what {rule} comes to from {start}.",
            f"The pack {deadlines.name} has no such rule in force on that day.",
            "Correct the day, or add the rule in force on it to the pack.",
            rule=rule,
            on=start.isoformat(),
        )
    return _moved(start, row)


def _moved(start: date, row: Row) -> date:
    """`start` moved by a row's years and months, set to its month and day, moved by its days.

    A day that the month does not have becomes the month's last.
    """
    figure = {name: row.whole(name) for name in _MOVES if row[name] is not None}
    month = figure.get("month", start.month)
    months = (start.year + figure.get("years", 0)) * _MONTHS_A_YEAR + month - 1
    year, month = divmod(months + figure.get("months", 0), _MONTHS_A_YEAR)
    day = min(figure.get("day", start.day), monthrange(year, month + 1)[1])
    return date(year, month + 1, day) + timedelta(days=figure.get("days", 0))


_MOVES = ("years", "months", "month", "day", "days")
