# SPDX-License-Identifier: Apache-2.0
"""The lists of the declaring, in pages: what may be declared, what flows, what is merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from entrepot.declaring import goods
from entrepot.declaring.asked import SUMMARY
from entrepot.declaring.models import CONSIGNMENT, Flow, Merge
from entrepot.declaring.standing import counts
from entrepot.ledger.lists import List
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: Flows of one page: each is counted whole.
FLOWS_A_PAGE: Final = 20
#: What became of each merge: its application, its lists, and the form that they went into.
_MERGES: Final = """
    SELECT m.merge_id, count(*), COALESCE(max(b.form_no), ''), (
        SELECT d.outcome FROM customs_document AS d
        WHERE d.enterprise_id = %(enterprise)s AND d.kind = %(kind)s AND d.is_latest
            AND d.own_no = (SELECT g.number FROM declaring_merge AS g
                WHERE g.enterprise_id = %(enterprise)s AND g.id = m.merge_id)
        ORDER BY d.version DESC, d.part LIMIT 1)
    FROM declaring_merging AS m
    LEFT JOIN declaring_booking AS b ON b.enterprise_id = %(enterprise)s AND b.kind = 'list'
        AND b.declaration_no = m.declaration_no
    WHERE m.enterprise_id = %(enterprise)s AND m.merge_id = ANY(%(merges)s)
    GROUP BY m.merge_id
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """A flow with how many of its tickets stand where, and the states of its own steps."""

    flow: Flow
    counts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A merge with how many lists it has, the state of its application, and the form."""

    merge: Merge
    lists: int
    state: str
    form_no: str
    is_late: bool


def ready(source: str) -> List:
    """Parcels, or consignments, that may be declared; the newest first."""
    statement = goods.READY_CONSIGNMENTS if source == CONSIGNMENT else goods.READY_PARCELS
    return List(statement, {}, ("-id",))


def counted(flows: Sequence[Flow]) -> list[Counted]:
    """Flows with their counts, in the order they were given."""
    found = counts(flows)
    return [Counted(each, found[each.id]) for each in flows]


def told(merges: Sequence[Merge], today: date) -> list[Told]:
    """Merges with what became of them, in the order they were given."""
    given = {
        "enterprise": acting().enterprise, "kind": SUMMARY, "merges": [each.id for each in merges],
    }  # fmt: skip
    with raw_cursor() as cursor:
        found = {row[0]: row[1:] for row in cursor.execute(_MERGES, given).fetchall()}
    return [
        Told(each, lists, state or "", form_no, not form_no and each.due_on < today)
        for each in merges
        for lists, form_no, state in [found.get(each.id, (0, "", ""))]
    ]
