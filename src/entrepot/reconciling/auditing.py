# SPDX-License-Identifier: Apache-2.0
"""Prove that the tallies of the board are what the items come to, counted from scratch."""

from __future__ import annotations

from typing import Final

from entrepot.ledger.audit import Audit
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting, within

_DIFFERENT: Final = """
    SELECT stage, currency, state, found, opened_on, coalesce(t.items, 0), coalesce(t.amount, 0),
        coalesce(i.items, 0), coalesce(i.amount, 0)
    FROM (SELECT * FROM reconciling_tally WHERE enterprise_id = %(enterprise)s) AS t
    FULL JOIN (
        SELECT stage::text COLLATE "C" AS stage, currency::text COLLATE "C" AS currency,
            state::text COLLATE "C" AS state, found::text COLLATE "C" AS found, opened_on,
            count(*) AS items, sum(amount) AS amount
        FROM reconciling_item WHERE enterprise_id = %(enterprise)s AND state <> 'aside'
        GROUP BY 1, 2, 3, 4, 5
    ) AS i USING (stage, currency, state, found, opened_on)
    WHERE (coalesce(t.items, 0), coalesce(t.amount, 0))
        IS DISTINCT FROM (coalesce(i.items, 0), coalesce(i.amount, 0))
    ORDER BY 1, 2, 3, 4, 5
"""
_FORGET: Final = "DELETE FROM reconciling_tally WHERE enterprise_id = %(enterprise)s"
_RECOUNT: Final = """
    INSERT INTO reconciling_tally
        (enterprise_id, stage, currency, state, found, opened_on, items, amount)
    SELECT enterprise_id, stage, currency, state, found, opened_on, count(*), sum(amount)
    FROM reconciling_item WHERE enterprise_id = %(enterprise)s AND state <> 'aside'
    GROUP BY 1, 2, 3, 4, 5, 6
"""

Different = tuple[object, ...]


def differences() -> list[Different]:
    """Tallies that are not what the items come to: their key, what they say, what it is."""
    with raw_cursor() as cursor:
        return cursor.execute(_DIFFERENT, {"enterprise": acting().enterprise}).fetchall()


def recount() -> None:
    """Count all tallies from scratch."""
    given = {"enterprise": acting().enterprise}
    with raw_cursor() as cursor:
        cursor.execute(_FORGET, given)
        cursor.execute(_RECOUNT, given)


def audit_tallies(done: Audit) -> None:
    """Add tallies that are not what the items come to, to an audit of the book."""
    with within(done.enterprise, snapshot=True):
        found = differences()
    for stage, currency, state, why, opened_on, items, amount, counted, sums in found:
        about = f"{stage} {currency} {state} {why} of {opened_on}".replace("  ", " ")
        done.add(
            "tally_differs", about, f"{items:,} items of {amount:,}", f"{counted:,} of {sums:,}"
        )
