# SPDX-License-Identifier: Apache-2.0
"""Documents into messages, signed once; messages to customs, to the byte the same each time.

Making messages and sending them are apart. A message is kept with its signature before it is sent,
so that a worker that is killed, or somebody who asks for it, sends the same bytes again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, ClassVar, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from entrepot.customs.messages import envelope
from entrepot.customs.messages.building import Message as Written
from entrepot.customs.messages.building import build
from entrepot.customs.messages.editions import edition
from entrepot.customs.sending import models
from entrepot.customs.sending.configuring import (
    needed_setup,
    setup,
    signer_of,
    transport_of,
)
from entrepot.customs.sending.models import WAITING, Document, Message, Sending, Setup
from entrepot.customs.sending.receipts import head_of
from entrepot.customs.sending.refusals import NoTransport, Unsent
from entrepot.customs.sending.signing import Signer, sign
from entrepot.customs.sending.states import NEW, QUEUED, SENT
from entrepot.customs.sending.transports.port import Transport
from entrepot.errors import Refused
from entrepot.people.audit import record
from entrepot.people.tenancy import acting, within

#: Messages that one look sends at most, and documents that one call makes messages of.
MOST: Final = 200
MOST_DOCUMENTS: Final = 10_000
#: Minutes from each failed try to the next; the last one is repeated.
WAITS: Final = (1, 2, 5, 15, 30, 60)
_CHINA: Final = ZoneInfo("Asia/Shanghai")
_DECLARED: Final = "2"


class NoSigner(Refused):
    """Documents that are declared have to be signed, and there is no key."""

    code: ClassVar[str] = "customs.no_signer"


class NothingToSend(Refused):
    """None of what was named waits to be sent."""

    code: ClassVar[str] = "customs.nothing_to_send"


class NotToResend(Refused):
    """A document that was never sent, or that customs is done with."""

    code: ClassVar[str] = "customs.not_to_resend"


def send(ids: Sequence[UUID] | None = None) -> list[Message]:
    """Make messages of documents that were not sent yet: of these, or of all.

    Of several documents of a kind a hundred go into one message. The worker sends them.

    Raises:
        NoSetup, NoSigner: something is not set.
        NothingToSend: there is none.
    """
    found = needed_setup()
    rows = Document.objects.filter(outcome=NEW, is_latest=True)
    if ids is not None:
        rows = rows.filter(id__in=ids)
    ordered = rows.select_for_update(no_key=True).order_by("kind", "edition", "id")
    documents = list(ordered[:MOST_DOCUMENTS])
    if not documents:
        raise NothingToSend(
            "Cannot send.", "None of these waits to be sent.", "Add documents first."
        )
    signer = signer_of(found)
    made: list[Message] = []
    for (kind, name), its in groupby(documents, key=lambda each: (each.kind, each.edition)):
        every, most = list(its), edition(name).kind(kind).most
        made += [
            _message(found, signer, kind, name, every[begin : begin + most])
            for begin in range(0, len(every), most)
        ]
    Message.objects.bulk_create(made, batch_size=100)
    _assign(documents)
    record("customs.sent", f"{len(documents)} documents", messages=[m.number for m in made][:100])
    return made


def _assign(documents: Sequence[Document]) -> None:
    for each in documents:
        each.outcome = QUEUED
    Document.objects.bulk_update(documents, ["message", "outcome"], batch_size=500)


def _message(
    found: Setup, signer: Signer | None, kind: str, name: str, documents: list[Any]
) -> Message:
    """One message with its bytes; the documents are told that they are in it."""
    number = str(uuid4()).upper()
    transfer = {
        "copCode": found.cop_code, "copName": found.cop_name, "dxpMode": "DXP",
        "dxpId": found.dxp_id,
    }  # fmt: skip
    written = Written(kind, name, number, [each.data for each in documents], transfer)
    is_signed = any(_is_declared(each) for each in documents)
    if not is_signed:
        content = build(written)
    elif signer is None:
        raise NoSigner(
            "Cannot send documents that are declared (appStatus 2).",
            "They have to be signed, and there is no key.",
            "Give a key in the settings of customs, or send drafts (appStatus 1).",
        )
    else:
        content = sign(written, signer)
    file_name = envelope.file_name(kind, number)
    if found.in_envelope:
        now = datetime.now(_CHINA).replace(tzinfo=None)
        content = envelope.wrap(
            content, kind=kind, cop_msg_id=number, sender=found.sender,
            receivers=found.receivers, created=now, file_name=file_name,
        )  # fmt: skip
    made = Message(
        kind=kind, edition=name, number=number, file_name=file_name, content=content,
        count=len(documents), is_signed=is_signed, state=WAITING, made_by=acting().actor,
    )  # fmt: skip
    for each in documents:
        each.message = made
    return made


def _is_declared(document: Document) -> bool:
    head = head_of(edition(document.edition), document.kind, document.data)
    return str(head.get("appStatus")) == _DECLARED


def resend(document: UUID) -> Message:
    """Send the message of a document again, the same to the byte.

    Other documents in it are sent again too; customs knows each by its GUID.

    Raises:
        Document.DoesNotExist: there is none.
        NotToResend: it was never sent, waits to be, or customs is done with it.
    """
    found = Document.objects.select_related("message").get(id=document)
    why = ""
    if found.message is None:
        why = "It was never sent."
    elif found.message.state == WAITING:
        why = "It waits to be sent."
    elif found.ends:
        why = "Customs is done with it."
    if why or found.message is None:
        raise NotToResend(
            f"Cannot send {found.own_no} again.", why,
            "Send it first." if found.message is None else "Nothing is to be done.",
        )  # fmt: skip
    message = Message.objects.select_for_update(no_key=True).get(id=found.message.id)
    message.state, message.next_at, message.attempts = WAITING, timezone.now(), 0
    message.save(update_fields=["state", "next_at", "attempts"])
    record("customs.sent_again", found.own_no, message=message.number)
    return message


def waiting() -> Iterator[UUID]:
    """Messages whose turn it is, the oldest first."""
    rows = Message.objects.filter(state=WAITING, next_at__lte=timezone.now())
    yield from rows.order_by("next_at", "id").values_list("id", flat=True)[:MOST]


def deliver(enterprise: UUID, told: Callable[[int], None] | None = None) -> tuple[int, int]:
    """Send what waits: how many messages were sent, and how many were not.

    No transaction is open while the other side is waited for. A worker that is killed between
    sending and writing it down sends the same bytes under the same name again.

    Raises:
        NoTransport: no way is set.
    """
    with within(enterprise):
        found, ids = setup(), list(waiting())
        way = transport_of(found) if found is not None else None
    if not ids:
        return 0, 0
    if way is None:
        raise NoTransport(
            f"Cannot send {len(ids)} messages.",
            "No way is set to send them.",
            "Choose one in the settings of customs, or carry the files by hand.",
        )
    sent = 0
    with closing(way):
        for at, id in enumerate(ids, start=1):
            sent += _deliver_one(enterprise, way, id)
            if told is not None:
                told(at)
    return sent, len(ids) - sent


def _deliver_one(enterprise: UUID, way: Transport, id: UUID) -> bool:
    with within(enterprise):
        message = Message.objects.filter(id=id, state=WAITING).first()
    if message is None:
        return False
    try:
        said = way.put(message.file_name, bytes(message.content))
    except Unsent as error:
        with within(enterprise):
            _not_sent(message, error.found)
        return False
    with within(enterprise):
        mark_sent(message, said)
    return True


def mark_sent(message: Message, said: str = "") -> None:
    """Write down that a message was sent; what customs said of its documents by now stays."""
    now = timezone.now()
    Message.objects.filter(id=message.id).update(
        state=models.SENT, sent_at=now, problem="", attempts=F("attempts") + 1
    )
    Sending.objects.create(
        message=message, at=now, actor=acting().actor, was_sent=True, said=said[:1000]
    )
    rows = Document.objects.filter(message=message).order_by("id")
    # In the order of their ids, as whoever takes receipts in locks them too.
    list(rows.select_for_update(no_key=True).values_list("id", flat=True))
    rows.filter(awaits_since__isnull=False).update(awaits_since=now)
    rows.filter(outcome__in=(QUEUED, SENT)).update(outcome=SENT, awaits_since=now)


def _not_sent(message: Message, said: str) -> None:
    wait = WAITS[min(message.attempts, len(WAITS) - 1)]
    Message.objects.filter(id=message.id).update(
        attempts=min(message.attempts + 1, 30_000), problem=said[:500],
        next_at=timezone.now() + timedelta(minutes=wait),
    )  # fmt: skip
    Sending.objects.create(message=message, actor=acting().actor, was_sent=False, said=said[:1000])
