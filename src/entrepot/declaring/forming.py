# SPDX-License-Identifier: Apache-2.0
"""What customs says became of merges (792): the form takes the place of its lists.

A list of flag B is declared by its own number from its release on; once customs named the form,
the lists are withdrawn and the form is declared, in one transaction. It was exported on the last
day of its lists, and says an order only where all of a line is of that order.
Source: our own policy; that the form is what a refund is claimed by is the flow of 9610
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from entrepot.customs.messages.reading import read
from entrepot.customs.sending.models import File
from entrepot.declaring import booking_sql as sql
from entrepot.declaring.asked import RESULT
from entrepot.declaring.models import BOOKED, DISAGREES, MERGED, Booking, Result
from entrepot.declaring.weighing import Cause
from entrepot.errors import Refused
from entrepot.logistics import declaring
from entrepot.logistics.declaring import Declared
from entrepot.logistics.models import DeclarationLine
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id

#: Files that one look reads.
_MOST: Final = 200
_CHANGED: Final = "form_changed"
_LINE: Final = (
    "declaration_no", "item_no", "sku", "mode", "exported_on", "quantity", "fob_amount",
    "fob_currency", "destination", "warehouse", "sold_at_export", "statistics_flag", "channel",
    "order_no",
)  # fmt: skip


def follow_forms() -> int:
    """Read what came of merges, and book the forms that are told whole; how many were booked."""
    waiting = Booking.objects.filter(kind="form", state=DISAGREES).values_list("own_no", flat=True)
    return sum(book_form(number) for number in sorted({*_read_results(), *waiting}))


def _read_results() -> set[str]:
    """Keep every result of every file that was not read yet; the forms that they name."""
    files = File.objects.filter(answer=RESULT, fault_count=0).exclude(
        id__in=Result.objects.values("file_id")
    ).order_by("id")[:_MOST]  # fmt: skip
    rows: dict[tuple[UUID, str], Result] = {}
    for file in files:
        for document in read(bytes(file.content)).documents:
            head = document["SummaryResultHead"]
            row = _result(file.id, head, document.get("SummaryResultList"))
            rows[row.file_id, row.guid] = row
    Result.objects.bulk_create(rows.values(), batch_size=200)
    return {each.entry_no for each in rows.values() if each.entry_no}


def _result(file: UUID, head: Mapping[str, Any], lines: Any) -> Result:
    return Result(
        file_id=file, guid=str(head["guid"]), sum_no=str(head["sumNo"]),
        unified_no=str(head["declSeqNo"]), entry_no=str(head.get("entryId") or ""),
        state=str(head["decState"]), said_at=str(head["opDate"]), part=int(head["msgSeqNo"]),
        parts=int(head["msgCount"]),
        lines=[[str(row["invtNo"]), int(row["gseqno"]), int(row["gnum"])] for row in lines or []],
    )  # fmt: skip


def book_form(entry_no: str) -> bool:
    """Book a form, or say why not; whether it was booked.

    Holds:
        twice is once; a form that was booked, and that customs then tells otherwise, is not
        changed but disagrees.
    """
    parts = _parts(entry_no)
    if parts is None:
        return False
    places = {(number, item): to for part in parts for number, item, to in part.lines}
    said = hashlib.sha256(json.dumps(sorted(map(list, places.items()))).encode()).digest()
    before = Booking.objects.filter(kind="form", own_no=entry_no).first()
    if before is not None and before.state != DISAGREES and bytes(before.said) == said:
        return False
    numbers = sorted({number for number, _ in places})
    lists = list(
        Booking.objects.select_for_update(no_key=True)
        .filter(kind="list", declaration_no__in=numbers).order_by("id")
    )  # fmt: skip
    is_changed = before is not None and (before.state != DISAGREES or before.cause == _CHANGED)
    cause = Cause(_CHANGED) if is_changed else _why_not(numbers, lists)
    lines = [] if cause else _lines_of(entry_no, numbers, places)
    if isinstance(lines, Cause):
        cause = lines
    if cause is None and not isinstance(lines, Cause):
        cause = _exchange(entry_no, numbers, lines)
    _keep(entry_no, said, cause)
    if cause is None:
        Booking.objects.filter(id__in=[each.id for each in lists]).update(
            state=MERGED, form_no=entry_no, at=timezone.now(), by=acting().actor
        )
        record("declaring.formed", entry_no, lists=len(numbers), numbers=numbers[:100])
    return cause is None


def _parts(entry_no: str) -> list[Result] | None:
    """The newest word on each part of a form; None while one is missing."""
    newest: dict[int, Result] = {}
    for each in Result.objects.filter(entry_no=entry_no).order_by("said_at", "id"):
        newest[each.part] = each
    whole = max((each.parts for each in newest.values()), default=0)
    return [newest[at] for at in sorted(newest)] if len(newest) >= whole > 0 else None


def _why_not(numbers: Sequence[str], lists: Sequence[Booking]) -> Cause | None:
    there = {each.declaration_no: each for each in lists}
    unknown = [number for number in numbers if number not in there]
    if unknown:
        return Cause("lists_unknown", {"numbers": unknown[:100]})
    other = [number for number in numbers if there[number].state != BOOKED]
    return Cause("lists_open", {"numbers": other[:100]}) if other else None


def _lines_of(
    entry_no: str, numbers: Sequence[str], places: Mapping[tuple[str, int], int]
) -> list[Declared] | Cause:
    """The lines of the form: what its lists declare, summed by item of the form and SKU."""
    summed: dict[tuple[int, str], Declared] = {}
    rows = DeclarationLine.objects.filter(declaration_no__in=numbers)
    for values in rows.order_by("declaration_no", "item_no", "sku").values_list(*_LINE):
        line = Declared(*values)
        item = places.get((line.declaration_no, line.item_no))
        if item is None:
            return Cause("items_missing", {"number": line.declaration_no, "item": line.item_no})
        line = replace(line, declaration_no=entry_no, item_no=item)
        before = summed.get((item, line.sku))
        if before is None:
            summed[item, line.sku] = line
        elif _shared(before) != _shared(line):
            return Cause("items_differ", {"item": item, "sku": line.sku})
        else:
            summed[item, line.sku] = _added(before, line)
    return list(summed.values())


def _shared(line: Declared) -> tuple[object, ...]:
    return line.mode, line.fob_currency, line.destination, line.statistics_flag, line.warehouse


def _added(one: Declared, other: Declared) -> Declared:
    is_one = (one.channel, one.order_no) == (other.channel, other.order_no)
    return replace(
        one, quantity=one.quantity + other.quantity, fob_amount=one.fob_amount + other.fob_amount,
        exported_on=max(one.exported_on, other.exported_on),
        channel=one.channel if is_one else "", order_no=one.order_no if is_one else "",
    )  # fmt: skip


def _exchange(entry_no: str, numbers: Sequence[str], lines: Sequence[Declared]) -> Cause | None:
    """Withdraw the lists and declare the form, both or neither."""
    try:
        with transaction.atomic():
            declaring.withdraw(numbers, f"merged into {entry_no}")
            declaring.put(lines)
    except declaring.DeclarationInUse as error:
        return Cause("in_use", {"numbers": error.facts.get("numbers")})
    except Refused as error:
        return Cause("refused", {"code": error.code, "found": error.found})
    return None


def _keep(entry_no: str, said: bytes, cause: Cause | None) -> None:
    given = {
        "enterprise": acting().enterprise, "at": timezone.now(), "by": acting().actor,
        "kind": "form", "ids": [new_id()], "own_nos": [entry_no], "declaration_nos": [entry_no],
        "documents": [None], "states": [DISAGREES if cause else BOOKED], "flags": ["B"],
        "closed_ons": [None], "causes": [cause.code if cause else ""],
        "facts": [json.dumps(dict(cause.facts) if cause else {})], "saids": [said],
        "form_nos": [""],
    }  # fmt: skip
    with raw_cursor() as cursor:
        cursor.execute(sql.KEEP, given)
