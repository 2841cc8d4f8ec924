# SPDX-License-Identifier: Apache-2.0
"""How many units of a declaration line may still come home: as many as left, in all cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from psycopg import Cursor

from entrepot.people.tenancy import acting

#: A declaration line of one article: declaration, item, SKU.
Key = tuple[str, int, str]

#: One writer of cases and scans of an enterprise at a time: what is counted stays true.
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('returning:' || %(enterprise)s, 0))"
_DECLARED: Final = """
    SELECT d.declaration_no, d.item_no, d.sku, d.mode, d.exported_on, d.quantity,
        coalesce(sum(l.quantity) FILTER (WHERE c.state <> 'cancelled'), 0)::bigint
    FROM (SELECT DISTINCT * FROM unnest(%(declarations)s::text[], %(items)s::int[],
        %(skus)s::text[]) AS u (declaration_no, item_no, sku)) AS k
    JOIN logistics_declarationline AS d ON d.enterprise_id = %(enterprise)s
        AND (d.declaration_no, d.item_no, d.sku) = (k.declaration_no, k.item_no, k.sku)
    LEFT JOIN returning_caseline AS l ON l.enterprise_id = %(enterprise)s
        AND (l.declaration_no, l.item_no, l.sku) = (k.declaration_no, k.item_no, k.sku)
    LEFT JOIN returning_case AS c ON c.enterprise_id = %(enterprise)s AND c.id = l.case_id
    GROUP BY 1, 2, 3, 4, 5, 6
"""


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration line, and how many of its units are in cases that were not cancelled."""

    mode: str
    exported_on: date
    quantity: int
    in_cases: int

    @property
    def room(self) -> int:
        """Units that no case has."""
        return self.quantity - self.in_cases


def lock(cursor: Cursor[Any]) -> None:
    """Wait until nobody else writes cases or scans of the enterprise."""
    cursor.execute(LOCK, {"enterprise": str(acting().enterprise)})


def declared(cursor: Cursor[Any], keys: Iterable[Key]) -> dict[Key, Declared]:
    """Those of these lines that are declared."""
    asked = sorted(set(keys))
    given = {
        "enterprise": acting().enterprise,
        "declarations": [each[0] for each in asked],
        "items": [each[1] for each in asked],
        "skus": [each[2] for each in asked],
    }
    rows = cursor.execute(_DECLARED, given)
    return {(number, item, sku): Declared(*rest) for number, item, sku, *rest in rows}


def summed(lines: Iterable[tuple[Key, int]]) -> Counter[Key]:
    """Units by line."""
    sums: Counter[Key] = Counter()
    for key, quantity in lines:
        sums[key] += quantity
    return sums
