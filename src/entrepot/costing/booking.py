# SPDX-License-Identifier: Apache-2.0
"""Book a draft, and undo what was booked by a second invoice that goes the same ways backwards.

What a line paid for becomes declared lines with their shares when it is booked, and stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from entrepot.costing.days import open_days
from entrepot.costing.drafting import locked_draft
from entrepot.costing.models import Invoice, InvoiceLine, Share
from entrepot.costing.refusals import CannotSpread, NotYet, SaysOtherwise, WrongState, refuse_faults
from entrepot.costing.resolving import resolve
from entrepot.costing.rules import BOOKED, DRAFT, SHARES
from entrepot.costing.saying import NewInvoice, kept, lines_of, said
from entrepot.people.audit import record
from entrepot.people.tenancy import acting

_LONGEST: Final = 64


def book(id: UUID, posted_on: date | None = None, version: int | None = None) -> Invoice:
    """Book a draft: from now on it is in every close, and never changes.

    Args:
        id: which one.
        posted_on: the day it is booked; that of the draft, or else today.
        version: the one that whoever books it has seen.

    Raises:
        Invoice.DoesNotExist: there is none.
        WrongState: it is booked already.
        ChangedMeanwhile: somebody changed it meanwhile.
        ClosedMonth, NotYet: the day is in a month that was closed, or has not come.
        CannotSpread: with every line that cannot be spread over what it paid for.
    """
    found = locked_draft(id, "book", version)
    asked = f"Cannot book {found.number} of {found.payee}."
    on = open_days(to_book=True).take(asked, posted_on or found.posted_on)
    lines = lines_of([found])[found.id]
    spreads = resolve(said(found, lines).lines)
    refuse_faults(asked, [fault for each in spreads.values() for fault in each.faults],
                  CannotSpread)  # fmt: skip
    Share.objects.bulk_create(
        [
            Share(line=line, declaration_no=key[0], item_no=key[1], sku=key[2], share=share)
            for line in lines
            if line.paid_for != SHARES and line.line_no in spreads
            for key, share in spreads[line.line_no].shares.items()
        ],
        batch_size=2000,
    )
    _book(found, on)
    record(
        "cost.booked", f"{found.number} of {found.payee}", total=found.total,
        currency=found.currency, posted_on=str(on),
    )  # fmt: skip
    return found


def _book(invoice: Invoice, on: date) -> None:
    invoice.state, invoice.posted_on = BOOKED, on
    invoice.booked_at, invoice.booked_by = timezone.now(), acting().actor
    invoice.save(update_fields=["state", "posted_on", "booked_at", "booked_by"])


def reverse(id: UUID, number: str = "", posted_on: date | None = None, note: str = "") -> Invoice:
    """Undo an invoice by a second one: the same lines and shares, the amounts turned round.

    Args:
        id: which one.
        number: of what undoes it; the number with `/R` after it, where none is given.
        posted_on: the day it is undone; today, where none is given.
        note: why.

    Returns:
        what undoes it, booked.

    Raises:
        Invoice.DoesNotExist: there is none.
        WrongState: it is not booked, undone already, or itself an undoing.
        ClosedMonth, NotYet: as `book`; also a day before the one it was booked on.
        SaysOtherwise: there is an invoice of the number.
    """
    found = Invoice.objects.select_for_update(no_key=True).get(id=id)
    asked = f"Cannot reverse {found.number} of {found.payee}."
    _refuse_state(asked, found)
    on = open_days(to_book=True).take(asked, posted_on)
    assert found.posted_on is not None
    if on < found.posted_on:
        raise NotYet(
            asked, f"It was booked on {found.posted_on}, after {on}.",
            f"Reverse it on a day from {found.posted_on} on.",
        )  # fmt: skip
    back = Invoice(
        payee=found.payee, number=number or f"{found.number[: _LONGEST - 2]}/R",
        invoiced_on=found.invoiced_on, currency=found.currency, note=note, lines=found.lines,
        total=-found.total, hash=b"", reverses=found, created_by=acting().actor, state=DRAFT,
    )  # fmt: skip
    try:
        with transaction.atomic():
            back.save()
    except IntegrityError as error:
        raise SaysOtherwise(
            asked, f"There is an invoice {back.number} of {back.payee} already.",
            "Give what undoes it a number of its own; nothing was changed.",
        ) from error  # fmt: skip
    _turn_round(back, lines_of([found])[found.id])
    _book(back, on)
    record(
        "cost.reversed", f"{found.number} of {found.payee}", by=back.number, note=note,
        posted_on=str(on),
    )  # fmt: skip
    return back


def _refuse_state(asked: str, found: Invoice) -> None:
    if found.state == DRAFT:
        raise WrongState(asked, "It is not booked.", "Change or drop the draft.", state=found.state)
    if found.reverses_id is not None:
        raise WrongState(
            asked, "It undoes another invoice itself.",
            "Enter the invoice again as it should be.", state="reversal",
        )  # fmt: skip
    if by := Invoice.objects.filter(reverses=found).first():
        raise WrongState(
            asked, f"{by.number} undid it on {by.posted_on}.",
            "Enter the invoice again as it should be.", state="reversed",
        )  # fmt: skip


def _turn_round(back: Invoice, lines: Sequence[InvoiceLine]) -> None:
    says = said(back, lines).lines
    turned = kept(back, says)
    shares = []
    for line, was in zip(turned, lines, strict=True):
        line.amount, line.line_no = -was.amount, was.line_no
        shares += [
            Share(line=line, declaration_no=each.declaration_no, item_no=each.item_no,
                  sku=each.sku, share=each.share)
            for each in was.given  # type: ignore[attr-defined]
        ]  # fmt: skip
    InvoiceLine.objects.bulk_create(turned, batch_size=1000)
    Share.objects.bulk_create(shares, batch_size=2000)


def again(id: UUID) -> NewInvoice:
    """What an invoice says, with a number of its own, to be entered as it should be."""
    found = Invoice.objects.get(id=id)
    says = said(found, lines_of([found])[found.id])
    taken = set(
        Invoice.objects.filter(payee=found.payee, number__startswith=f"{found.number[:60]}/")
        .values_list("number", flat=True)
    )  # fmt: skip
    at = next(at for at in range(2, len(taken) + 3) if f"{found.number[:60]}/{at}" not in taken)
    return NewInvoice(
        says.payee, f"{found.number[:60]}/{at}", says.invoiced_on, says.currency, says.lines,
        None, says.note,
    )  # fmt: skip
