# SPDX-License-Identifier: Apache-2.0
"""Ask for a close of the live book, and get at what it wrote."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from django.db.models import Func, IntegerField, QuerySet

from entrepot.closing.models import Close, ClosedFile, KeptTable
from entrepot.closing.work import WhichClose, close_books
from entrepot.costing.days import wait_for_bookings
from entrepot.errors import Refused
from entrepot.jobs.actions import start
from entrepot.people.audit import record
from entrepot.people.models import Profile
from entrepot.people.tenancy import acting


class _Bytes(Func):
    """How long a content is, without reading it."""

    function = "octet_length"
    output_field = IntegerField()


class NoUscc(Refused):
    """An enterprise without a unified social credit code cannot be closed."""

    code = "closing.no_uscc"


def ask(as_of: date, language: Literal["en", "zh"] = "en") -> Close:
    """Ask for a close for a day; it is done by a job, once this transaction is committed.

    Raises:
        NoUscc: nobody said whose books they are.
    """
    profile = Profile.objects.first()
    if profile is None or not profile.uscc:
        raise NoUscc(
            "Cannot close the books.",
            "The enterprise has no unified social credit code, which its season has to name.",
            "Have the desk's operator open it with --uscc.",
        )
    # So that no cost is booked in a month that this close is about to have ended.
    wait_for_bookings()
    close = Close.objects.create(as_of=as_of, asked_by=acting().actor)
    close.job = start(close_books, WhichClose(close=close.id, language=language)).id
    close.save(update_fields=["job"])
    record("close.asked", f"for {as_of}", close=str(close.id))
    return close


def file_of(close: UUID, name: str) -> ClosedFile:
    """A file that a close wrote.

    Raises:
        ClosedFile.DoesNotExist: there is no such close, or it wrote no such file.
    """
    return ClosedFile.objects.get(close_id=close, name=name)


def files_of(close: UUID) -> QuerySet[ClosedFile]:
    """What a close wrote, without the contents.

    Raises:
        Close.DoesNotExist: there is no such close.
    """
    Close.objects.only("id").get(id=close)
    found = ClosedFile.objects.filter(close_id=close)
    return found.defer("content").annotate(bytes=_Bytes("content"))


def kept_tables() -> QuerySet[KeptTable]:
    """The tables that were sent, without the contents."""
    return KeptTable.objects.defer("content").annotate(bytes=_Bytes("content"))
