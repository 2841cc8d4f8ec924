# SPDX-License-Identifier: Apache-2.0
"""Add documents for customs: checked by the tables of their message, every fault at once.

A document is known by its message and the firm's own number. The same again changes nothing;
another one under that number is a new version, which there is once customs has rejected the one
before, or where it says itself that it changes or deletes (appType 2, 3). One that was not sent yet
is corrected in place.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from entrepot.customs.messages import splitting
from entrepot.customs.messages.building import Message as Written
from entrepot.customs.messages.building import build
from entrepot.customs.messages.editions import Edition, Kind, Part, edition, newest
from entrepot.customs.messages.faults import Fault, FaultyMessage
from entrepot.customs.messages.sampling import transfer
from entrepot.customs.sending.models import Document
from entrepot.customs.sending.receipts import head_of, own_number
from entrepot.customs.sending.states import NEW, OPENS
from entrepot.errors import Misused, Refused
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: Documents of one call at most.
MOST: Final = 10_000
_CHINA: Final = ZoneInfo("Asia/Shanghai")
_INDEX: Final = re.compile(r"^(/[A-Za-z0-9]+/[A-Za-z]+\[)([0-9]+)(\])")
#: appType of what changes or deletes a document that customs has.
_CHANGES: Final = frozenset({"2", "3"})
#: What is said once for all documents of one kind and number that come at the same time.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class UnderWay(Refused):
    """A document that customs has not done with: another version would be a second one."""

    code: ClassVar[str] = "customs.document_under_way"


class NotSent(Misused):
    """A message that customs sends, and no firm."""

    code: ClassVar[str] = "customs.not_of_a_firm"


@dataclass(frozen=True, slots=True)
class Added:
    """What became of documents: all of them in their order, parts of long ones one by one."""

    documents: list[Document]
    added: int
    corrected: int
    known: int


@dataclass(frozen=True, slots=True)
class _Given:
    """A document as it was given, filled in, with the hash of what was given."""

    own_no: str
    part: int
    data: dict[str, Any]
    head: Mapping[str, Any]
    hash: bytes


def add_documents(kind: str, documents: Sequence[Any], edition_name: str = "") -> Added:
    """Add documents, all of them or none.

    What may be filled in is: guid, appType 1, appTime (now, in China), appStatus 2.

    Raises:
        UnknownMessage, UnknownEdition, NotSent: there is none of that name, or customs sends it.
        FaultyMessage: values that do not fit, each with its place.
        UnderWay: another version of a document is with customs.
    """
    chosen = edition(edition_name) if edition_name else newest()
    its = chosen.kind(kind)
    if not its.from_firm:
        raise NotSent(
            f"Cannot add documents of {its.name}.", "It is sent by customs.",
            "Name a message that a firm sends; receipts are taken in as files.",
        )  # fmt: skip
    given = _checked(chosen, its, documents)
    with raw_cursor() as cursor:
        cursor.execute(_LOCK, [f"customs {acting().enterprise} {its.name}"])
    before = _latest(its.name, [each.own_no for each in given])
    new: list[Document] = []
    corrected: list[Document] = []
    known: list[Document] = []
    refused: list[str] = []
    for own_no, parts in _by_number(given).items():
        found = before.get(own_no, {})
        if found and [bytes(found[at].hash) for at in sorted(found)] == [x.hash for x in parts]:
            known += list(found.values())
        elif not found:
            new += _rows(chosen, its, parts, 1)
        elif all(each.outcome == NEW for each in found.values()) and len(found) == len(parts):
            corrected += [_corrected(found[each.part], each) for each in parts]
        elif _may_follow(found, parts):
            new += _rows(chosen, its, parts, max(x.version for x in found.values()) + 1)
        else:
            refused.append(own_no)
    if refused:
        raise _under_way(its, refused)
    _write(its, new, corrected)
    done = {(each.own_no, each.part): each for each in (*new, *corrected, *known)}
    ordered = [done[each.own_no, each.part] for each in given]
    return Added(ordered, len(new), len(corrected), len(known))


def _under_way(its: Kind, refused: Sequence[str]) -> UnderWay:
    shown = ", ".join(refused[:5]) + (" and others" if len(refused) > 5 else "")
    return UnderWay(
        f"Cannot add another version of {shown}.",
        "Customs has the one before, and has neither rejected it nor said an error.",
        "Wait for its receipts; or change or delete it with appType 2 or 3.",
        own_nos=list(refused[:1000]),
        kind=its.name,
    )


def _may_follow(found: Mapping[int, Document], parts: Sequence[_Given]) -> bool:
    outcomes = {each.outcome for each in found.values()}
    is_open = bool(outcomes & OPENS) and outcomes <= OPENS | {NEW}
    is_change = all(str(each.head.get("appType")) in _CHANGES for each in parts)
    return is_open or (is_change and all(each.rank for each in found.values()))


def _checked(chosen: Edition, its: Kind, documents: Sequence[Any]) -> list[_Given]:
    faults = list(_misshapen(chosen, its, documents))
    if faults:
        raise FaultyMessage(its.name, chosen.name, faults)
    now = datetime.now(_CHINA).replace(tzinfo=None)
    given = [each for document in documents for each in _filled(chosen, its, document, now)]
    # Checked as they were given: a long one as one would be refused for its length.
    for begin in range(0, len(given), its.most):
        few = [each.data for each in given[begin : begin + its.most]]
        guid = str(uuid4()).upper()
        try:
            build(Written(its.name, chosen.name, guid, few, transfer()))
        except FaultyMessage as error:
            faults += [_moved(fault, begin) for fault in error.faults]
    faults += _without_number(chosen, its, given)
    faults += _named_twice(its, given)
    if faults:
        raise FaultyMessage(its.name, chosen.name, faults)
    return given


def _misshapen(chosen: Edition, its: Kind, documents: Sequence[Any]) -> Iterator[Fault]:
    """Where a document is not made of parts, lists, texts and whole numbers as it should be."""
    part = chosen.part(its.carries)
    for at, document in enumerate(documents, start=1):
        yield from _misshapen_part(chosen, part, document, f"/{its.name}/{its.carries}[{at}]")


def _misshapen_part(chosen: Edition, part: Part, value: Any, place: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield _shape(place, value, f"the fields of {part.name} by their names")
        return
    for child in part.children:
        given, where = value.get(child.name), f"{place}/{child.name}"
        if given is None:
            continue
        if child.facet is not None:
            if type(given) not in (str, int):
                yield _shape(where, given, "a text, or a whole number")
        elif child.most > 1:
            if not isinstance(given, list):
                yield _shape(where, given, "a list")
                continue
            inner = chosen.part(child.name, child.namespace)
            for at, each in enumerate(given, start=1):
                yield from _misshapen_part(chosen, inner, each, f"{where}[{at}]")
        else:
            inner = chosen.part(child.name, child.namespace)
            yield from _misshapen_part(chosen, inner, given, where)


def _shape(place: str, value: Any, expected: str) -> Fault:
    names = {
        bool: "true or false",
        float: "a number with a point",
        list: "a list",
        dict: "an object",
    }
    found = names.get(type(value), "another kind of value")
    return Fault(
        "value.kind", place, f"It is {found}.", expected,
        "Write decimals as texts, as \"12.50\"." if type(value) is float else "Write it so.",
    )  # fmt: skip


def _filled(
    chosen: Edition, its: Kind, document: Mapping[str, Any], now: datetime
) -> Iterator[_Given]:
    """A document with what is filled in, in parts where it is too long for one."""
    part = chosen.part(its.carries)
    text = json.dumps(document, sort_keys=True, ensure_ascii=True)
    digest = hashlib.sha256(f"{chosen.name} {text}".encode()).digest()
    head = dict(head_of(chosen, its.name, document))
    made = {"guid": str(uuid4()).upper(), "appType": "1", "appStatus": "2"}
    made["appTime"] = f"{now:%Y%m%d%H%M%S}"
    for name, value in made.items():
        if not head.get(name):
            head[name] = value
    if part.is_row:
        yield _Given(own_number(head), 1, head, head, digest)
        return
    head_name = part.children[0].name
    head_part = chosen.part(head_name)
    is_split = any(child.name == "msgSeqNo" for child in head_part.children)
    whole = {**document, head_name: head}
    rows = [child.name for child in part.children[1:]]
    if not is_split or len(rows) != 1 or len(document.get(rows[0]) or ()) <= splitting.LINES:
        if is_split:
            head.setdefault("msgCount", 1)
            head.setdefault("msgSeqNo", 1)
        yield _Given(own_number(head), int(str(head.get("msgSeqNo") or 1)), whole, head, digest)
        return
    guids = iter(lambda: str(uuid4()).upper(), "")
    for at, each in enumerate(splitting.over_parts(chosen, its.name, whole, guids), start=1):
        yield _Given(own_number(head), at, each, each[head_name], digest)


def _without_number(chosen: Edition, its: Kind, given: Sequence[_Given]) -> Iterator[Fault]:
    for at, each in enumerate(given, start=1):
        if not each.own_no:
            yield Fault(
                "element.missing", f"/{its.name}/{its.carries}[{at}]",
                "It has no number of its own.", "copNo, coElNo, logisticsNo or orderNo",
                "Fill it in.",
            )  # fmt: skip


def _named_twice(its: Kind, given: Sequence[_Given]) -> Iterator[Fault]:
    met: dict[tuple[str, object], int] = {}
    for at, each in enumerate(given, start=1):
        for key in ((each.own_no, each.part), ("guid", each.head.get("guid"))):
            if key in met and each.own_no:
                yield Fault(
                    "element.repeated", f"/{its.name}/{its.carries}[{at}]",
                    f"Document {met[key]} has the same {'GUID' if key[0] == 'guid' else 'number'}.",
                    "each document once", "Leave one out.",
                )  # fmt: skip
            met.setdefault(key, at)


def _moved(fault: Fault, by: int) -> Fault:
    """A fault of a later message, as of the documents that were given."""
    place = _INDEX.sub(lambda found: f"{found[1]}{int(found[2]) + by}{found[3]}", fault.place)
    return replace(fault, place=place)


def _latest(kind: str, own_nos: Sequence[str]) -> dict[str, dict[int, Document]]:
    """The newest version of each, by its parts."""
    found: dict[str, dict[int, Document]] = {}
    rows = Document.objects.filter(kind=kind, own_no__in=list(own_nos), is_latest=True)
    for each in rows.select_for_update(no_key=True).order_by("id"):
        found.setdefault(each.own_no, {})[each.part] = each
    return found


def _by_number(given: Sequence[_Given]) -> dict[str, list[_Given]]:
    found: dict[str, list[_Given]] = {}
    for each in given:
        found.setdefault(each.own_no, []).append(each)
    return found


def _rows(chosen: Edition, its: Kind, parts: Sequence[_Given], version: int) -> Iterator[Document]:
    for each in parts:
        yield Document(
            kind=its.name, edition=chosen.name, own_no=each.own_no, version=version,
            part=each.part, guid=str(each.head["guid"]), app_time=str(each.head.get("appTime", "")),
            data=each.data, hash=each.hash, made_by=acting().actor,
        )  # fmt: skip


def _corrected(found: Document, given: _Given) -> Document:
    found.data, found.hash = given.data, given.hash
    found.guid, found.app_time = str(given.head["guid"]), str(given.head.get("appTime", ""))
    return found


def _write(its: Kind, new: Sequence[Document], corrected: Sequence[Document]) -> None:
    guids = [each.guid for each in (*new, *corrected)]
    own = [each.id for each in corrected]
    taken = Document.objects.filter(guid__in=guids).exclude(id__in=own).first()
    if taken is not None:
        raise UnderWay(
            f"Cannot add a document with the GUID {taken.guid}.",
            f"{taken.own_no} has it, in version {taken.version}.",
            "Leave the GUID out, and one is made.",
        )
    versions = [each.own_no for each in new if each.version > 1]
    if versions:
        Document.objects.filter(kind=its.name, own_no__in=versions, is_latest=True).update(
            is_latest=False
        )
    Document.objects.bulk_create(new, batch_size=1000)
    if corrected:
        Document.objects.bulk_update(
            corrected, ["data", "hash", "guid", "app_time"], batch_size=500
        )
    if new or corrected:
        record(
            "customs.documents_added", its.name, added=len(new), corrected=len(corrected),
            own_nos=[each.own_no for each in (*new, *corrected)][:20],
        )  # fmt: skip
