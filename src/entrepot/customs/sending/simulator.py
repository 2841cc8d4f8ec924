# SPDX-License-Identifier: Apache-2.0
"""The other side of the folder, for tests and for trying out: it takes messages and answers them.

Every document gets receipts with the states that its answer may report, in chaos late, twice, out
of order, in another encoding, with junk between them; some are rejected, some messages are lost.
What it received and what it said is written down in the end, to be compared with what a firm knows.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from entrepot.customs.messages.building import Message, build
from entrepot.customs.messages.editions import Edition, edition, newest
from entrepot.customs.messages.reading import Reading, read
from entrepot.customs.messages.sampling import guid as made_guid
from entrepot.customs.sending.receipts import UNREAD, head_of, own_number
from entrepot.customs.sending.refusals import BadSignature
from entrepot.customs.sending.signing import verify
from entrepot.customs.sending.states import USES
from entrepot.customs.sending.transports.folder import IN, OUT, write_whole
from entrepot.packs.read import read as read_pack

#: Where it writes down what it did, in the folder.
ACCOUNT: Final = "simulated.json"
_CHINA: Final = ZoneInfo("Asia/Shanghai")
_ORDER: Final = ("1", "2", "4", "3", "120", "300", "399", "100", "800", "899")
_LISTED, _MERGED, _RESULT = "CEB604Message", "CEB702Message", "CEB792Message"
_EXAMINED: Final = "399"
#: What items of lists have in common that are one item of a form.
_ITEM: Final = ("country", "gcode", "currency", "unit")
_SOMETIMES: Final = {"4": 0.1, "300": 0.3}
_JUNK: Final = (
    b"",
    b"\x00\xff" * 40,
    b"%PDF-1.7 not a message",
    b"<?xml version='1.0'?><ceb:CEB604Message xmlns:ceb='http://www.chinaport.gov.cn/ceb'>",
    b"<?xml version='1.0' encoding='KOI8-R'?><a>\xc1</a>",
    b"<!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;&b;&b;'>]><a>&c;&c;&c;</a>",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:/etc/hostname'>]><a>&b;</a>",
)


@dataclass(frozen=True, slots=True)
class Chaos:
    """How much goes wrong: each a share of what could, from 0 to 1."""

    seed: int = 1
    late: float = 0.0
    twice: float = 0.0
    shuffled: float = 0.0
    rejected: float = 0.0
    errors: float = 0.0
    lost: float = 0.0
    junk: float = 0.0
    other_encoding: float = 0.0


#: What `--chaos` means.
WILD: Final = Chaos(1, 0.2, 0.2, 0.5, 0.1, 0.03, 0.05, 0.2, 0.2)


@dataclass(slots=True)
class Account:
    """What was received and said, by the GUID of documents.

    `received`: how often. `contents`: different documents with that GUID; more than 1 is a
    mistake of whoever sends. `own`: GUIDs with one kind and own number.
    """

    received: Counter[str] = field(default_factory=Counter)
    contents: dict[str, set[str]] = field(default_factory=dict)
    own: dict[str, set[str]] = field(default_factory=dict)
    said: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    files: int = 0
    lost: int = 0
    unread: int = 0
    answers: int = 0
    receipts: int = 0
    junk: int = 0

    def as_facts(self) -> dict[str, Any]:
        """The account for programs."""
        facts = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in ("contents", "own"):
            facts[name] = {key: sorted(found) for key, found in facts[name].items()}
        return facts


@dataclass(order=True, slots=True)
class _Due:
    turn: int
    chance: float
    answer: str = field(compare=False)
    values: dict[str, Any] = field(compare=False)


class Simulator:
    """Customs, as far as a folder can tell."""

    def __init__(self, folder: Path, chaos: Chaos) -> None:
        self.folder, self.chaos = folder, chaos
        self.chance = Random(chaos.seed)
        self.account = Account()
        self.turn = 0
        self.due: list[_Due] = []
        self.met: set[str] = set()
        self.lists: dict[str, Mapping[str, Any]] = {}

    def run(self, *, pace: float = 0.05, idle: float = 3.0) -> Account:
        """Work until nothing was to be done for `idle` seconds; what was done is written down."""
        for room in (OUT, IN):
            (self.folder / room).mkdir(parents=True, exist_ok=True)
        since = time.monotonic()
        while time.monotonic() - since < idle:
            if self.once():
                since = time.monotonic()
            time.sleep(pace)
        text = json.dumps(self.account.as_facts(), ensure_ascii=False, indent=1)
        write_whole(self.folder, ACCOUNT, text.encode())
        return self.account

    def once(self) -> bool:
        """One turn: take what is there, say what is due; whether there was anything."""
        self.turn += 1
        found = sorted(
            path for path in (self.folder / OUT).glob("*.xml") if not path.name.startswith(".")
        )
        for path in found:
            data = path.read_bytes()
            path.unlink()
            self.take(path.name, data)
        now = [each for each in self.due if each.turn <= self.turn]
        self.due = [each for each in self.due if each.turn > self.turn]
        self.say(now)
        if now and self.chance.random() < self.chaos.junk:
            self._throw_junk()
        return bool(found or now or self.due)

    def take(self, name: str, data: bytes) -> None:
        """Take one file, and plan what is said about it."""
        self.account.files += 1
        if name not in self.met and self.chance.random() < self.chaos.lost:
            self.met.add(name)
            self.account.lost += 1
            return
        self.met.add(name)
        found = read(data)
        about = str((found.envelope or {}).get("TransInfo", {}).get("CopMsgId", ""))
        about = about or name.removesuffix(".xml").partition("_")[2]
        wrong = _wrong(found, data)
        if wrong:
            self.account.unread += 1
            self._plan_unread(found, about, wrong)
            return
        chosen = edition(found.edition)
        for document in found.documents:
            self._take_document(chosen, found.message, document)

    def _take_document(self, chosen: Edition, message: str, document: Mapping[str, Any]) -> None:
        head = head_of(chosen, message, document)
        guid, own = str(head["guid"]), f"{message} {own_number(head)}"
        written = json.dumps(document, default=str, sort_keys=True).encode()
        self.account.received[guid] += 1
        self.account.contents.setdefault(guid, set()).add(sha256(written).hexdigest())
        self.account.own.setdefault(own, set()).add(guid)
        if self.account.received[guid] > 1:
            return
        answer = chosen.kind(message).answered_by
        chance = Random(f"{self.chaos.seed}/{guid}")
        begins = datetime.now(_CHINA).replace(tzinfo=None)
        path = list(_path(answer, chance, self.chaos))
        self.account.said[guid] = []
        for at, (status, info) in enumerate(path):
            when = begins + timedelta(seconds=at, milliseconds=chance.randrange(900))
            number = Random(f"{guid} number").randrange(10**9)
            values = answer_values(chosen, answer, head, status, info, when, number)
            if answer == _LISTED and "invtNo" in values:
                self.lists[values["invtNo"]] = document
            self.account.said[guid].append((answer, status, f"{when:%Y%m%d%H%M%S%f}"[:17]))
            self._plan(answer, values, at, chance)
        if answer == _MERGED and path and path[-1][0] == _EXAMINED:
            self._plan_result(document, values, len(path))

    def _plan_result(
        self, document: Mapping[str, Any], values: Mapping[str, Any], after: int
    ) -> None:
        """What becomes of a merge: a form with an item for each HS code, country and the like."""
        items: dict[tuple[str, ...], int] = {}
        lines = []
        for row in document.get("SummaryApplyList") or ():
            its = self.lists.get(row["invtNo"], {})
            for item in its.get("InventoryList", ()):
                key = tuple(str(item[name]) for name in _ITEM)
                lines.append({
                    "invtNo": row["invtNo"], "logisticsNo": its["InventoryHead"]["logisticsNo"],
                    "gseqno": item["gnum"], "gnum": items.setdefault(key, len(items) + 1),
                    "gcode": item["gcode"],
                })  # fmt: skip
        head, number = document["SummaryApplyHead"], str(values["preNo"])[-9:]
        made = {
            "guid": made_guid(self.chance), "opDate": datetime.now(_CHINA).replace(tzinfo=None),
            "sumNo": values.get("sumNo") or f"{head['customsCode']}2000S{number}",
            "declSeqNo": f"E2000{number}0000", "entryId": f"{head['customsCode']}2000F{number}",
            "decState": "P", "grossWeight": "1", "netWeight": "1", "msgCount": 1, "msgSeqNo": 1,
        }  # fmt: skip
        names = [each.name for each in newest().part("SummaryResultHead").children]
        whole = {name: made.get(name, head.get(name)) for name in names}
        told = {name: value for name, value in whole.items() if value is not None}
        result = {"SummaryResultHead": told, "SummaryResultList": lines}
        self.due.append(_Due(self.turn + 1 + after, 0.0, _RESULT, result))

    def _plan(self, answer: str, values: dict[str, Any], at: int, chance: Random) -> None:
        turn = self.turn + 1 + at
        if chance.random() < self.chaos.shuffled:
            turn = self.turn + 1 + chance.randrange(10)
        if chance.random() < self.chaos.late:
            turn += chance.randrange(5, 25)
        self.due.append(_Due(turn, chance.random(), answer, values))
        if chance.random() < self.chaos.twice:
            again = turn + chance.randrange(12)
            self.due.append(_Due(again, chance.random(), answer, values))

    def _plan_unread(self, found: Reading, about: str, wrong: str) -> None:
        values = {
            "guid": made_guid(self.chance), "returnStatus": "-1", "returnInfo": wrong[:1000],
            "returnTime": datetime.now(_CHINA).replace(tzinfo=None), "oriCopMsgId": about[:255],
            "oriMessageType": found.message[:15] or "unknown", "oriBizMessage": "",
        }  # fmt: skip
        self.due.append(_Due(self.turn + 1, 0.0, UNREAD, values))

    def say(self, due: Sequence[_Due]) -> None:
        """Write answers, a hundred receipts a message at most."""
        by_answer: dict[str, list[dict[str, Any]]] = {}
        for each in sorted(due):
            by_answer.setdefault(each.answer, []).append(each.values)
        chosen = newest()
        for answer, receipts in sorted(by_answer.items()):
            most = chosen.kind(answer).most
            for begin in range(0, len(receipts), most):
                self._write(chosen, answer, receipts[begin : begin + most])

    def _write(self, chosen: Edition, answer: str, receipts: list[dict[str, Any]]) -> None:
        number = made_guid(self.chance)
        data = build(Message(answer, chosen.name, number, receipts))
        if self.chance.random() < self.chaos.other_encoding:
            text = data.decode().replace('encoding="UTF-8"', 'encoding="GB18030"')
            data = text.encode("gb18030")
        write_whole(self.folder / IN, f"{answer}_{number}.xml", data)
        self.account.answers += 1
        # What became of a merge is no receipt of a document.
        self.account.receipts += 0 if answer == _RESULT else len(receipts)

    def _throw_junk(self) -> None:
        junk = self.chance.choice(_JUNK)
        write_whole(self.folder / IN, f"junk_{made_guid(self.chance)}.xml", junk)
        self.account.junk += 1


def _wrong(found: Reading, data: bytes) -> str:
    """Why a whole message is not taken; empty where it is."""
    if found.fault_count:
        return f"报文格式错误: {found.faults[0]}"
    if any(remark.code == "remark.unsigned" for remark in found.remarks):
        return "没有签名"
    if found.signature:
        try:
            verify(data, allow_unsafe=True)
        except BadSignature as error:
            return f"签名错误: {error.found}"
    return ""


def _path(answer: str, chance: Random, chaos: Chaos) -> Iterator[tuple[str, str]]:
    """The states that one document goes through, with what is said about each."""
    may = {row.text("state") for row in read_pack(USES).rows if row["answer"] == answer}
    fate = chance.random()
    is_error, is_rejected = fate < chaos.errors, fate > 1 - chaos.rejected
    for status in _ORDER:
        if status not in (may or {"2", "3"}) or chance.random() > _SOMETIMES.get(status, 1):
            continue
        if is_error and status == "3":
            yield "-304001", "[Code:-304001;Desc:样例错误]"
            return
        if status == "100":
            if is_rejected:
                yield status, "[Code:1800;Desc:逻辑校验不通过: 样例原因, 币制(currency)有误]"
                return
            continue
        if is_rejected and status in ("399", "800", "899"):
            continue
        yield status, f"[Code:{status};Desc:样例]"


def answer_values(
    chosen: Edition, answer: str, head: Mapping[str, Any], status: str, info: str,
    when: datetime, number: int,
) -> dict[str, Any]:  # fmt: skip
    """One receipt: what it repeats of its document, and what customs adds, such as its number."""
    serial = f"{number:09d}"
    made = {
        "preNo": f"B{when:%Y%m%d}{serial}", "invtNo": f"3104{when:%Y}E{serial}",
        "sumNo": f"3104{when:%Y}S{serial}", "msgSeqNo": 1,
    }  # fmt: skip
    own = {"returnStatus": status, "returnTime": when, "returnInfo": info}
    values: dict[str, Any] = {}
    for child in newest().part(chosen.kind(answer).carries).children:
        value = own.get(child.name) or head.get(child.name) or made.get(child.name)
        if value is None and child.least:
            value = "" if child.facet is not None and child.facet.accepts("") else "0"
        if value is not None:
            values[child.name] = value
    return values
