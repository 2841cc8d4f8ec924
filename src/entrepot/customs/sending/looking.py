# SPDX-License-Identifier: Apache-2.0
"""Look at documents: which are overdue, and all that happened to one, with who and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from entrepot.customs.messages.editions import edition
from entrepot.customs.sending.models import Document, Receipt, Sending, Setup
from entrepot.customs.sending.pointing import Pointed, pointed_at
from entrepot.customs.sending.states import OPENS, day_of, meaning

#: Hours after which a missing receipt is an alert, where nothing is set.
HOURS = 24
ADDED, SENT, NOT_SENT, RECEIVED = "added", "sent", "not_sent", "received"


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to a document.

    `actor`: who did it; of a receipt who brought its file in. `status`: the state that customs
    reports, `zh` and `en` what it means, `info` its own words or those of the other side, `at`
    when customs says that it happened. `message`, `file`: whose bytes are the raw evidence.
    """

    what: str
    when: datetime
    actor: str
    status: str = ""
    zh: str = ""
    en: str = ""
    info: str = ""
    at: str = ""
    is_expected: bool = True
    message: UUID | None = None
    file: UUID | None = None
    receipt: UUID | None = None


def overdue_since() -> datetime:
    """Whatever awaits a receipt since before that is an alert."""
    hours = Setup.objects.values_list("alert_hours", flat=True).first()
    return timezone.now() - timedelta(hours=HOURS if hours is None else hours)


def alerts() -> QuerySet[Document]:
    """Documents that somebody should look at: a receipt is missing, or customs says two things."""
    return Document.objects.filter(
        Q(awaits_since__lt=overdue_since()) | Q(is_contradicted=True), is_latest=True
    )


def rejected() -> QuerySet[Document]:
    """Documents that customs or a platform refused, and that nobody corrected since."""
    return Document.objects.filter(outcome__in=sorted(OPENS), is_latest=True)


def is_alert(document: Document, since: datetime) -> bool:
    """Whether a document is one of `alerts`."""
    is_late = document.awaits_since is not None and document.awaits_since < since
    return document.is_latest and (is_late or document.is_contradicted)


def unmatched() -> QuerySet[Receipt]:
    """Receipts of no document that is known."""
    return Receipt.objects.filter(document__isnull=True, message__isnull=True)


def receipts_of(document: Document) -> list[Receipt]:
    """All that customs said of a document, of its whole message too, as customs dates it."""
    rows = Receipt.objects.filter(
        Q(document_id=document.id) | Q(message_id=document.message_id, message__isnull=False)
    )
    return list(rows.select_related("file").defer("file__content").order_by("at", "id"))


def history(document: Document) -> list[Happened]:
    """All that happened to a document, in the order in which we learned of it."""
    found = [Happened(ADDED, document.made_at, document.made_by)]
    if document.message_id is not None:
        for each in Sending.objects.filter(message_id=document.message_id).order_by("at", "id"):
            what = SENT if each.was_sent else NOT_SENT
            found.append(
                Happened(what, each.at, each.actor, info=each.said, message=document.message_id)
            )
    for receipt in receipts_of(document):
        says = meaning(receipt.answer, receipt.status, day_of(receipt.at))
        found.append(
            Happened(
                RECEIVED, receipt.received_at, receipt.file.received_by, receipt.status,
                says.zh, says.en, receipt.info, receipt.at, receipt.is_expected,
                file=receipt.file_id, receipt=receipt.id,
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: (each.when, each.at))


def faulty_fields(document: Document) -> list[Pointed]:
    """Fields that the rejection or error of a document names; none where it is not one."""
    if document.outcome not in OPENS:
        return []
    chosen = edition(document.edition)
    found: dict[Any, Pointed] = {}
    for receipt in receipts_of(document):
        if receipt.outcome in OPENS:
            for each in pointed_at(chosen, document.kind, receipt.info):
                found.setdefault((each.part, each.element, each.line), each)
    return list(found.values())
