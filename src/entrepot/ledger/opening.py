# SPDX-License-Identifier: Apache-2.0
"""Open items and places in the live book. They are opened once and stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from entrepot.errors import Refused
from entrepot.ledger.places import LONGEST, ROOTS, is_place, may_go_below
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

# A place is unique in more than its path: named alone, another one's insert at the same moment
# would be no conflict to step aside for, but an error.
_ADD_PLACES = """
    INSERT INTO ledger_place (enterprise_id, id, path, may_go_below, opened_at)
    SELECT %(enterprise)s, id, path, may_go_below, now()
    FROM unnest(%(ids)s::uuid[], %(paths)s::text[], %(below)s::bool[])
        AS p (id, path, may_go_below)
    ORDER BY path
    ON CONFLICT DO NOTHING
    RETURNING path
"""
_ADD_ITEMS = """
    INSERT INTO ledger_item (enterprise_id, id, code, kind, digits)
    SELECT %(enterprise)s, id, code, %(kind)s, %(digits)s
    FROM unnest(%(ids)s::uuid[], %(codes)s::text[]) AS i (id, code)
    ORDER BY code
    ON CONFLICT (enterprise_id, code) DO NOTHING
    RETURNING code
"""
_OTHERWISE = """
    SELECT code FROM ledger_item
    WHERE enterprise_id = %(enterprise)s AND code = ANY(%(codes)s)
        AND (kind <> %(kind)s OR digits <> %(digits)s)
    ORDER BY code
"""


class NotAPlace(Refused):
    """A path that no place of the book has."""

    code = "ledger.not_a_place"


class OtherItem(Refused):
    """A code that stands for something else already."""

    code = "ledger.other_item"


def open_places(paths: Iterable[str]) -> list[str]:
    """Open places; those that are open already are left as they are.

    Returns:
        the paths that are new.

    Raises:
        NotAPlace: with every path that does not begin with a kind of place and go on with names.
    """
    wanted = sorted(set(paths))
    if wrong := [path for path in wanted if not is_place(path)]:
        raise NotAPlace(
            f"Cannot open {wrong[0]!r} as a place.",
            f"A place is one of {', '.join(ROOTS)}, then up to five names between slashes, and at"
            f" most {LONGEST} characters.",
            "Write it like warehouse/DUI1/A-01-02.",
            not_places=wrong,
        )
    given = {
        "enterprise": acting().enterprise,
        "ids": [new_id() for _ in wanted],
        "paths": wanted,
        "below": [may_go_below(path) for path in wanted],
    }
    with raw_cursor() as cursor:
        return sorted(path for (path,) in cursor.execute(_ADD_PLACES, given))


def open_items(codes: Iterable[str], kind: str = "goods", digits: int = 0) -> list[str]:
    """Open items of one kind; those that are open already are left as they are.

    Args:
        kind: goods, counted in stock units, or money, in the smallest unit of the currency.
        digits: decimals of a currency: 2 for CNY, 0 for JPY.

    Returns:
        the codes that are new.

    Raises:
        OtherItem: a code stands for another kind of item.
    """
    wanted: Sequence[str] = sorted(set(codes))
    given = {
        "enterprise": acting().enterprise,
        "ids": [new_id() for _ in wanted],
        "codes": wanted,
        "kind": kind,
        "digits": digits,
    }
    with raw_cursor() as cursor:
        new = sorted(code for (code,) in cursor.execute(_ADD_ITEMS, given))
        if len(new) < len(wanted):
            other = [code for (code,) in cursor.execute(_OTHERWISE, given)]
            if other:
                raise OtherItem(
                    f"Cannot open {other[0]} as {kind}.",
                    "The book has an item of this code that is another kind of thing.",
                    "Use another code.",
                    items=other,
                )
    return new
