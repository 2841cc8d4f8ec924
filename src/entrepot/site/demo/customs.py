# SPDX-License-Identifier: Apache-2.0
"""What the demo has of customs: lists in every state, an alert, a rejection, a receipt of none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from entrepot.customs.messages import forms, sampling
from entrepot.customs.messages.building import Message, build
from entrepot.customs.messages.editions import Edition, newest
from entrepot.customs.messages.reading import read
from entrepot.customs.sending.configuring import change_setup
from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.intake import take_in
from entrepot.customs.sending.models import Document
from entrepot.customs.sending.outbox import mark_sent, send
from entrepot.customs.sending.simulator import answer_values

KIND, ANSWER = "CEB603Message", "CEB604Message"
_CHINA: Final = ZoneInfo("Asia/Shanghai")
#: What customs said of each list, in turn; of the last nothing, and some are not sent yet.
_SAID: Final = (
    ("2", "120", "399", "800", "899"), ("2", "120", "300"), ("2", "120", "100"), ("2",), (),
)  # fmt: skip
_WORDS: Final = {"100": "[Code:20004;Desc:样例：第1项商品编码(gcode)不存在]"}


def declare(now: datetime) -> None:
    """Lists of a made-up firm that were sent, and what came back by hand."""
    change_setup(
        cop_code="330296900A",
        cop_name="示例贸易有限公司",
        dxp_id="DXPENTSAMPLE0001",
        alert_hours=24,
    )
    chosen = newest()
    given = list(_documents(chosen, len(_SAID) + 2))
    sent = add_documents(KIND, given[: len(_SAID)]).documents
    for message in send():
        mark_sent(message)
    chance, begins = Random(7), now.astimezone(_CHINA).replace(tzinfo=None) - timedelta(hours=3)
    receipts = []
    for number, (document, said) in enumerate(zip(sent, _SAID, strict=True), 1):
        head = document.data["InventoryHead"]
        for at, status in enumerate(said):
            when, info = begins + timedelta(minutes=7 * at), _WORDS.get(status, "样例")
            receipts.append(answer_values(chosen, ANSWER, head, status, info, when, number))
    other = given[-1]["InventoryHead"] | {"guid": sampling.guid(chance), "copNo": "CN-ELSEWHERE"}
    receipts.append(answer_values(chosen, ANSWER, other, "120", "样例", begins, 0))
    data = build(Message(ANSWER, chosen.name, sampling.guid(chance), receipts))
    take_in([("receipts.xml", data), ("note.txt", b"not a receipt")], "upload")
    # The one without a receipt was sent two days ago.
    Document.objects.filter(id=sent[-1].id).update(awaits_since=now - timedelta(days=2))
    add_documents(KIND, given[len(_SAID) :])


def _documents(chosen: Edition, count: int) -> Sequence[dict[str, Any]]:
    """Made-up lists as drafts, as JSON has them."""
    message, _ = next(sampling.messages(chosen, chosen.kind(KIND), count))
    return [_plain(each) for each in read(build(message)).documents]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int) else forms.as_text(value)
