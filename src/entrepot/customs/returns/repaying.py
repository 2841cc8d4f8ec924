# SPDX-License-Identifier: Apache-2.0
"""What of a refund is to be repaid before units come home: their exact part of what was received.

Parts are cut along the units of a line, so that those of all units sum to the whole refund.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from entrepot.customs.returns.models import CaseLine, Refund
from entrepot.people.audit import record
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting

_DROP: Final = "DELETE FROM returning_refund WHERE enterprise_id = %(enterprise)s"
_ADD: Final = """
    INSERT INTO returning_refund (enterprise_id, id, declaration_no, item_no, sku, units, amount,
        closed_on)
    SELECT %(enterprise)s, gen_random_uuid(), r.*, %(closed_on)s
    FROM unnest(%(declarations)s::text[], %(items)s::int[], %(skus)s::text[], %(units)s::bigint[],
        %(amounts)s::bigint[]) AS r
"""
#: Units of other cases on the lines of a case whose refund was repaid: `gone` are those that the
#: close took for repaid, by the day, and still counts among the units of its refund; `prior` were
#: repaid after it.
_OTHERS: Final = """
    SELECT l.declaration_no, l.item_no, l.sku,
        coalesce(sum(l.quantity) FILTER (WHERE s.happened_on <= r.closed_on
            AND (a.happened_on IS NULL OR a.happened_on > r.closed_on)), 0)::bigint AS gone,
        coalesce(sum(l.quantity) FILTER (WHERE s.happened_on > r.closed_on), 0)::bigint AS prior
    FROM returning_refund AS r
    JOIN returning_caseline AS l ON l.enterprise_id = %(enterprise)s
        AND (l.declaration_no, l.item_no, l.sku) = (r.declaration_no, r.item_no, r.sku)
    JOIN returning_case AS c ON c.enterprise_id = %(enterprise)s AND c.id = l.case_id
        AND c.state IN ('cleared', 'announced', 'arrived') AND c.id <> %(case)s
    CROSS JOIN LATERAL (
        SELECT happened_on FROM returning_casestep
        WHERE enterprise_id = %(enterprise)s AND case_id = c.id
            AND event IN ('refund_repaid', 'refund_not_needed')
        ORDER BY step_no DESC LIMIT 1
    ) AS s
    LEFT JOIN LATERAL (
        SELECT happened_on FROM returning_casestep
        WHERE enterprise_id = %(enterprise)s AND case_id = c.id AND event = 'arrived'
            AND c.state = 'arrived'
        ORDER BY step_no DESC LIMIT 1
    ) AS a ON TRUE
    WHERE r.enterprise_id = %(enterprise)s AND EXISTS (
        SELECT FROM returning_caseline AS own
        WHERE own.enterprise_id = %(enterprise)s AND own.case_id = %(case)s
            AND (own.declaration_no, own.item_no, own.sku)
                = (r.declaration_no, r.item_no, r.sku))
    GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Refunded:
    """What is refunded of a declaration line: `units` that `amount` (fen) is for."""

    declaration_no: str
    item_no: int
    sku: str
    units: int
    amount: int


@dataclass(frozen=True, slots=True)
class Due:
    """What a line of a case is to repay, in fen; None where no close says.

    `refunded`, `of_units`: what the close says of the whole declaration line.
    """

    line_no: int
    amount: int | None
    refunded: int | None = None
    of_units: int | None = None
    closed_on: date | None = None


def take(refunds: Sequence[Refunded], closed_on: date) -> int:
    """Keep what a close says of every declaration line, in the place of what the last one said.

    Where a later day was closed already, that stays.

    Returns:
        how many lines.
    """
    if Refund.objects.filter(closed_on__gt=closed_on).exists():
        return 0
    given = {
        "enterprise": acting().enterprise,
        "closed_on": closed_on,
        "declarations": [each.declaration_no for each in refunds],
        "items": [each.item_no for each in refunds],
        "skus": [each.sku for each in refunds],
        "units": [each.units for each in refunds],
        "amounts": [each.amount for each in refunds],
    }
    with raw_cursor() as cursor:
        cursor.execute(_DROP, given)
        cursor.execute(_ADD, given, prepare=planned_for(len(refunds)))
    record("return_home.refunds_taken", f"for {closed_on}", lines=len(refunds))
    return len(refunds)


def due(case: UUID, lines: Iterable[CaseLine]) -> list[Due]:
    """What each line of a case is to repay, after what other cases repaid of the same line.

    What was repaid up to the day of the close is taken as being among its claims.

    Source:
        announcement 2026 No. 16 of the Ministry of Finance, the General Administration of Customs
        and the State Taxation Administration: what was refunded is paid back. That a unit's part
        is cut along the line is our own policy.
    """
    lines = list(lines)
    known = {
        (each.declaration_no, each.item_no, each.sku): each
        for each in Refund.objects.filter(
            declaration_no__in={line.declaration_no for line in lines}
        )
    }
    given = {"enterprise": acting().enterprise, "case": case}
    with raw_cursor() as cursor:
        others = {(number, item, sku): (gone, prior)
                  for number, item, sku, gone, prior in cursor.execute(_OTHERS, given)}  # fmt: skip
    before = {key: prior for key, (_, prior) in others.items()}
    found = []
    for line in lines:
        key = line.declaration_no, line.item_no, line.sku
        if (refund := known.get(key)) is None:
            found.append(Due(line.line_no, None))
            continue
        units = refund.units - others.get(key, (0, 0))[0]
        start = before.get(key, 0)
        amount = part(refund.amount, units, start, start + line.quantity)
        before[key] = start + line.quantity
        found.append(Due(line.line_no, amount, refund.amount, refund.units, refund.closed_on))
    return found


def part(amount: int, units: int, start: int, end: int) -> int:
    """The part of an amount for units `start` to `end` of a line of so many; none beyond them.

    Holds:
        the parts of adjacent units sum to that of all of them, and those of all to the amount.
    """
    return _up_to(amount, units, end) - _up_to(amount, units, start)


def _up_to(amount: int, units: int, end: int) -> int:
    if units <= 0:
        return 0
    return (2 * amount * min(end, units) + units) // (2 * units)
