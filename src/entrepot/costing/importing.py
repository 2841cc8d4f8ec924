# SPDX-License-Identifier: Apache-2.0
"""Import cost invoices from a file: look at it, take it over as drafts, take it back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from entrepot.costing.drafting import add, remove
from entrepot.costing.models import (
    COMMITTED,
    PREVIEWED,
    UNDONE,
    CostFile,
    Invoice,
)
from entrepot.costing.reading import read
from entrepot.costing.refusals import Outdated, TakenOver
from entrepot.costing.rules import BOOKED
from entrepot.costing.saying import NewInvoice
from entrepot.people.audit import record
from entrepot.people.tenancy import acting

#: What was looked at and not taken over is thrown away after this time.
KEPT_FOR: Final = timedelta(days=1)


def upload(file: str, content: bytes) -> CostFile:
    """Read a file and say what taking it over would add; no invoice is drafted.

    Raises:
        UnreadableFile, TooLargeFile: it is no table that can be read.
        FaultyFile: with every mistake of every row.
    """
    file = "".join(c for c in file if c.isprintable())[-200:] or "the file"
    news = read(file, content)
    CostFile.objects.filter(
        state=PREVIEWED, uploaded_at__lt=timezone.now() - KEPT_FOR
    ).delete()  # fmt: skip
    return CostFile.objects.create(
        file=file, content=content, sha256=hashlib.sha256(content).digest(),
        invoices=len(news), lines=sum(len(new.lines) for new in news), totals=totals(news),
        uploaded_by=acting().actor,
    )  # fmt: skip


def totals(news: Sequence[NewInvoice]) -> dict[str, int]:
    """What invoices come to, in hundredths by currency."""
    found: Counter[str] = Counter()
    for new in news:
        found[new.currency] += new.total
    return dict(sorted(found.items()))


def invoices_of(file: CostFile) -> list[NewInvoice]:
    """What a file that was not taken over yet would add.

    Raises:
        FaultyFile: what it refers to is no longer there, or its invoices are there by now.
    """
    return read(file.file, bytes(file.content))


def take_over(id: UUID) -> CostFile:
    """Draft the invoices of a file: all of them, or none.

    Raises:
        CostFile.DoesNotExist: there is none, or it was not taken over within a day.
        TakenOver: it was taken over already.
        FaultyFile: what it refers to is no longer there, or its invoices are there by now.
        Outdated: somebody drafts one of its invoices at this moment.
    """
    found = _locked(id, PREVIEWED, "take over")
    news = invoices_of(found)
    try:
        with transaction.atomic():
            add(news, found)
    except IntegrityError as error:
        raise Outdated(
            f"Cannot take over {found.file}.",
            "Invoices of it were drafted since the preview.",
            "Send the file again and look at the new preview; nothing was changed.",
        ) from error
    found.state, found.content = COMMITTED, b""
    found.committed_at, found.committed_by = timezone.now(), acting().actor
    found.save(update_fields=["state", "content", "committed_at", "committed_by"])
    record("cost_file.committed", found.file, invoices=found.invoices, lines=found.lines)
    return found


def undo(id: UUID) -> CostFile:
    """Drop the drafts of a file.

    Raises:
        CostFile.DoesNotExist: there is none.
        TakenOver: it was not taken over, or some of its invoices were booked.
    """
    found = _locked(id, COMMITTED, "take back")
    drafts = list(
        Invoice.objects.select_for_update(no_key=True).filter(source=found).order_by("id")
    )
    booked = [each.number for each in drafts if each.state == BOOKED]
    if booked:
        more = f" and {len(booked) - 1:,} more" if len(booked) > 1 else ""
        raise TakenOver(
            f"Cannot take back {found.file}.",
            f"{booked[0]}{more} of it were booked.",
            "Reverse what was booked, and drop the drafts one by one.",
            numbers=booked[:100],
        )
    # The file stays and says so; a draft that is gone names it no more.
    remove([each.id for each in drafts])
    found.state = UNDONE
    found.save(update_fields=["state"])
    record("cost_file.undone", found.file, invoices=len(drafts))
    return found


def _locked(id: UUID, state: str, verb: str) -> CostFile:
    found = CostFile.objects.select_for_update(no_key=True).get(id=id)
    if found.state != state:
        raise TakenOver(
            f"Cannot {verb} {found.file}.",
            f"The file is {found.state}.",
            f"Only one that is {state} can be; send the file again if it is to be read again.",
            state=found.state,
        )
    return found
