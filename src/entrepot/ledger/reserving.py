# SPDX-License-Identifier: Apache-2.0
"""Reserve units where they lie, so that nothing else can take them, and give them up again.

A place never has more reserved than it holds: the database checks it in the row that both share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from entrepot.errors import Refused
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: How many of what is wrong are listed.
MOST_LISTED: Final = 1000

#: Row by row in the order of the key, as movements go, and found by the key alone.
_CHANGE: Final = """
    WITH changes AS MATERIALIZED (
        SELECT place, item, lot, sum(quantity)::bigint AS change
        FROM unnest(%(places)b::text[], %(items)b::text[], %(lots)b::text[],
            %(quantities)s::bigint[]) AS h (place, item, lot, quantity)
        GROUP BY place, item, lot
    ),
    changed AS (
        INSERT INTO ledger_balance AS b (enterprise_id, place, item, lot, quantity, change, times,
            reserved_change, since, may_go_below)
        SELECT %(enterprise)s, place, item, lot, 0, 0, 1, change, 'epoch', false
        FROM changes AS c
        WHERE EXISTS (SELECT FROM ledger_place AS p WHERE p.enterprise_id = %(enterprise)s
                AND p.path = c.place AND NOT p.may_go_below)
            AND EXISTS (SELECT FROM ledger_item AS i WHERE i.enterprise_id = %(enterprise)s
                AND i.code = c.item)
        ORDER BY place, item, lot
        ON CONFLICT (enterprise_id, place, item, lot) DO UPDATE
            SET reserved = b.reserved + EXCLUDED.reserved_change,
                reserved_change = EXCLUDED.reserved_change, times = b.times + 1
            WHERE b.reserved + EXCLUDED.reserved_change BETWEEN 0 AND b.quantity
        RETURNING place, item, lot, times > 1 AS is_changed
    )
    SELECT place, item, lot FROM changes
    EXCEPT
    SELECT place, item, lot FROM changed WHERE is_changed
    ORDER BY 1, 2, 3
"""


class NotFree(Refused):
    """More was to be reserved than lies free, or more given up than was reserved."""

    code = "ledger.not_free"


@dataclass(frozen=True, slots=True)
class Held:
    """So many units of an item and lot in a place."""

    place: str
    item: str
    lot: str
    quantity: int


def reserve(held: Sequence[Held]) -> None:
    """Reserve units: all of these, or none.

    Raises:
        NotFree: with each place, item and lot that has fewer free.
    """
    _change(held, 1)


def release(held: Sequence[Held]) -> None:
    """Give up what was reserved.

    Raises:
        NotFree: with each place, item and lot of which fewer were reserved.
    """
    _change(held, -1)


def _change(held: Sequence[Held], sign: int) -> None:
    if not held:
        return
    given: dict[str, Any] = {
        "enterprise": acting().enterprise,
        "places": [each.place for each in held],
        "items": [each.item for each in held],
        "lots": [each.lot for each in held],
        "quantities": [sign * each.quantity for each in held],
    }
    with raw_cursor() as cursor:
        left = cursor.execute(_CHANGE, given).fetchall()
    if left:
        place, item, _ = left[0]
        more = f", and {len(left) - 1:,} more like it" if len(left) > 1 else ""
        raise NotFree(
            f"Cannot {'reserve' if sign > 0 else 'give up'} {item} in {place}{more}.",
            "It is not there, or taken already." if sign > 0 else "It is not reserved.",
            "Look at what lies there now and ask again; nothing was changed.",
            not_free=[
                {"place": place, "item": item, "lot": lot}
                for place, item, lot in left[:MOST_LISTED]
            ],
        )
