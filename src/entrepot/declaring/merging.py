# SPDX-License-Identifier: Apache-2.0
"""The monthly merge: closed lists of flag B into applications (701), one for each form to be.

What customs then says of it (792) is `forming`. Lists of flag A are not merged: they are summary
statistics, and stay declared by their own numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from entrepot.customs.messages.faults import FaultyMessage
from entrepot.customs.sending import outbox
from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.states import NEW
from entrepot.customs.ways.lists import items_of
from entrepot.customs.ways.merging import Form, merge
from entrepot.customs.ways.tables import HEAD_KEY
from entrepot.declaring.asked import OPTIONAL, SUMMARY
from entrepot.declaring.configuring import known
from entrepot.declaring.models import Merge, Merging
from entrepot.declaring.refusals import Missing, NothingToDeclare, not_ready
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

_CHINA: Final = ZoneInfo("Asia/Shanghai")
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
#: Booked lists of flag B that customs closed by then, and that are in no merge.
_OPEN: Final = """
    SELECT b.declaration_no, b.closed_on, d.data FROM declaring_booking AS b
    JOIN customs_document AS d ON d.enterprise_id = b.enterprise_id AND d.id = b.document_id
    WHERE b.enterprise_id = %(enterprise)s AND b.kind = 'list' AND b.state = 'booked'
        AND b.flag = 'B' AND b.closed_on < %(before)s
        AND NOT EXISTS (SELECT FROM declaring_merging AS m
            WHERE m.enterprise_id = b.enterprise_id AND m.declaration_no = b.declaration_no)
    ORDER BY b.closed_on, b.declaration_no LIMIT %(most)s
"""
#: Lists of a merge that are still booked: one that was cancelled since is merged no more.
_STILL: Final = """
    SELECT m.declaration_no FROM declaring_merging AS m
    JOIN declaring_booking AS b ON b.enterprise_id = m.enterprise_id AND b.kind = 'list'
        AND b.declaration_no = m.declaration_no AND b.state = 'booked'
    WHERE m.enterprise_id = %(enterprise)s AND m.merge_id = %(merge)s
    ORDER BY 1
"""
#: Lists that one merge looks at.
MOST: Final = 50_000
_HEAD: Final = (
    "customsCode", "agentCode", "agentName", "ebcCode", "ebcName", "declAgentCode",
    "declAgentName", "loctNo", "summaryFlag", "itemNameFlag",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposed:
    """A form that lists are to be merged into: until when, by which key, how many lists."""

    month: str
    due_on: date
    key: Mapping[str, str]
    lists: int
    items: int


def proposed(today: date | None = None) -> list[Proposed]:
    """The forms that lists closed before this month are to be merged into."""
    return [
        Proposed(
            each.month, each.due_on, dict(zip(HEAD_KEY, each.key, strict=True)),
            len(each.lists), len(each.items),
        )
        for each in _forms(today)
    ]  # fmt: skip


def merge_open(today: date | None = None) -> list[Merge]:
    """Apply for the merge of every list that was closed before this month: all, or none.

    Raises:
        NothingToDeclare: there is none.
        NotReady: with everything that is missing.
        NoSetup, NoSigner: it is not set who sends, or there is no key.
    """
    with raw_cursor() as cursor:
        cursor.execute(_LOCK, [f"declaring merge {acting().enterprise}"])
    forms = _forms(today)
    if not forms:
        raise NothingToDeclare(
            "Cannot merge.", "No list of flag B was closed before this month and waits.",
            "Nothing is to be done.",
        )  # fmt: skip
    numbered = Merge.objects.count()
    made = Merge.objects.bulk_create([
        Merge(
            number=f"M{numbered + at:06}", month=each.month, due_on=each.due_on,
            key=dict(zip(HEAD_KEY, each.key, strict=True)), made_by=acting().actor,
        )
        for at, each in enumerate(forms, 1)
    ], batch_size=500)  # fmt: skip
    Merging.objects.bulk_create([
        Merging(merge=merge_, declaration_no=number)
        for merge_, each in zip(made, forms, strict=True) for number in sorted(each.lists)
    ], batch_size=1000)  # fmt: skip
    _apply([(merge_, sorted(each.lists)) for merge_, each in zip(made, forms, strict=True)])
    return made


def merge_again(id: UUID) -> Merge:
    """Apply once more for a merge that customs refused, with the lists that are still booked.

    Raises:
        Merge.DoesNotExist: there is none.
        UnderWay: customs has it.
        NothingToDeclare: none of its lists is booked any more, or it would say the same again.
    """
    found = Merge.objects.get(id=id)
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, "merge": id}
        still = [row[0] for row in cursor.execute(_STILL, given).fetchall()]
    if not still:
        raise NothingToDeclare(
            f"Cannot merge {found.number} again.", "None of its lists is booked any more.",
            "Nothing is to be done.",
        )  # fmt: skip
    Merging.objects.filter(merge=found).exclude(declaration_no__in=still).delete()
    if not _apply([(found, still)]):
        raise NothingToDeclare(
            f"Cannot merge {found.number} again.",
            "It would say just what customs was told before.",
            "Correct what customs names, or send the same message again under Customs.",
        )  # fmt: skip
    return found


def _forms(today: date | None) -> list[Form]:
    first = (today or datetime.now(_CHINA).date()).replace(day=1)
    given = {"enterprise": acting().enterprise, "before": first, "most": MOST}
    with raw_cursor() as cursor:
        rows = cursor.execute(_OPEN, given).fetchall()
    return merge(_items(rows)).forms


def _items(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for number, closed_on, data in rows:
        yield from items_of(json.loads(data), number, closed_on)


def _apply(merges: Sequence[tuple[Merge, Sequence[str]]]) -> int:
    """Draft the applications, sign them and have them sent; how many say something new."""
    said = known().said
    missing = [
        Missing("said", name) for name in _HEAD if not said.get(name) and name not in OPTIONAL
    ]
    if missing:
        raise not_ready("the merge", missing)
    head = {name: said[name] for name in _HEAD if said.get(name)}
    rows: list[dict[str, Any]] = [
        {
            "SummaryApplyHead": {**head, "copNo": each.number},
            "SummaryApplyList": [{"invtNo": number} for number in numbers],
        }
        for each, numbers in merges
    ]
    try:
        added = add_documents(SUMMARY, rows)
    except FaultyMessage as error:
        told = [Missing("fault", each.place, found=f"{each.found} {each.expected}")
                for each in error.faults]  # fmt: skip
        raise not_ready("the merge", told) from error
    ids = [each.id for each in added.documents if each.outcome == NEW]
    if not ids:
        return 0
    outbox.send(ids)
    record(
        "declaring.merged", ", ".join(each.number for each, _ in merges[:5]),
        merges=len(merges), lists=sum(len(numbers) for _, numbers in merges),
    )  # fmt: skip
    return len(ids)
