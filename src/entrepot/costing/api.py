# SPDX-License-Identifier: Apache-2.0
"""Cost invoices for programs: draft, look at, book, reverse; files of them."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Status

from entrepot.catalog.reading import MOST_BYTES
from entrepot.costing import booking, drafting, importing, lists
from entrepot.costing.models import CostFile, Invoice
from entrepot.costing.previewing import LineSpread, preview, spread_of
from entrepot.costing.refusals import refuse_faults
from entrepot.costing.rules import Account
from entrepot.costing.saying import lines_of
from entrepot.costing.shapes import (
    CostBookIn,
    CostChangeIn,
    CostFileOut,
    CostIn,
    CostListedOut,
    CostOut,
    CostReverseIn,
    CostSpreadOut,
    CurrencyOf,
    FileName,
    Month,
    Narrow,
    PayeeOut,
    money,
)
from entrepot.ledger.lists import List
from entrepot.people.access import needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.fields import Unasked
from entrepot.web.paging import Page, Paging
from entrepot.web.reading import bulk

READ, WRITE = "money.read", "money.write"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILE: Final = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}}

router = Router(tags=["costs"])


@router.post("", response=CostOut, auth=needs(WRITE))
@bulk
def draft_cost(request: HttpRequest, body: CostIn) -> dict[str, Any]:
    """Draft an invoice for costs, or a credit note below 0; the same sent again is the same.

    Answers 422 `costing.unfit` with every mistake of every line, or 409 `costing.says_otherwise`.
    """
    return _cost(drafting.draft(body.new()).id)


@router.get("", response=Page[CostListedOut], auth=needs(READ))
def list_costs(
    request: HttpRequest,
    page: Query[Paging],
    q: Narrow = "",
    payee: Narrow = "",
    account: Unasked[Account] = None,
    state: Unasked[lists.State] = None,
    month: Month = "",
    currency: CurrencyOf = "",
    consignment: Narrow = "",
) -> dict[str, Any]:
    """Invoices, the latest first; `q` finds those whose number or payee begins so, `month` those
    booked in it.
    """
    first = date.fromisoformat(f"{month}-01") if month else None
    found = lists.invoices(q, payee, account or "", state or "", first, currency, consignment)
    return _listed(_page_of(page, found))


@router.get("/payees", response=Page[PayeeOut], auth=needs(READ))
def list_payees(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """Payees, and what was booked of each in each currency; what is undone counts nothing."""
    found = _page_of(page, lists.payees())
    for row in found["items"]:
        row["total"] = money(row["total"])
    return found


@router.post("/preview", response=CostSpreadOut, auth=needs(READ))
@bulk
def preview_cost(request: HttpRequest, body: CostIn) -> dict[str, Any]:
    """What booking an invoice would do, without keeping it.

    Answers 422 `costing.unfit` with every mistake of every line.
    """
    new = body.new()
    asked = f"Cannot spread {new.number} of {new.payee}."
    refuse_faults(asked, drafting.faults_of([new]))
    return _spread(preview(new))


@router.get("/{uuid:id}", response=CostOut, auth=needs(READ))
def show_cost(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Show an invoice with its lines."""
    return _cost(id)


@router.put("/{uuid:id}", response=CostOut, auth=needs(WRITE))
@bulk
def change_cost(request: HttpRequest, id: UUID, body: CostChangeIn) -> dict[str, Any]:
    """Put another invoice in the place of a draft; `version` is the one that was seen.

    Answers 409 `costing.wrong_state` for one that is booked, `costing.changed_meanwhile`, or as
    `draft_cost`.
    """
    return _cost(drafting.change(id, body.version, body.new()).id)


@router.delete("/{uuid:id}", response={204: None}, auth=needs(WRITE))
def drop_cost(request: HttpRequest, id: UUID) -> Status[None]:
    """Drop a draft, or answer 409 `costing.wrong_state`: it is booked."""
    drafting.drop(id)
    return Status(204, None)


@router.get("/{uuid:id}/spread", response=CostSpreadOut, auth=needs(READ))
def show_cost_spread(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """How much of each line every declared line gets: as it is booked, or as it would be."""
    return _spread(spread_of(Invoice.objects.get(id=id)))


@router.post("/{uuid:id}/book", response=CostOut, auth=needs(WRITE))
def book_cost(request: HttpRequest, id: UUID, body: CostBookIn) -> dict[str, Any]:
    """Book a draft: from now on it is in every close, and never changes.

    Answers 409 `costing.wrong_state`, `costing.changed_meanwhile`, `costing.closed_month` or
    `costing.not_yet`, or 422 `costing.cannot_spread` with every line that cannot be spread.
    """
    return _cost(booking.book(id, body.posted_on, body.version).id)


@router.post("/{uuid:id}/reverse", response=CostOut, auth=needs(WRITE))
def reverse_cost(request: HttpRequest, id: UUID, body: CostReverseIn) -> dict[str, Any]:
    """Undo an invoice by a second one, which is the answer.

    Answers 409 `costing.wrong_state` for what is not booked or was undone, `costing.closed_month`,
    `costing.not_yet`, or `costing.says_otherwise` where the number is taken.
    """
    return _cost(booking.reverse(id, body.number, body.posted_on, body.note).id)


@router.post("/files", response=CostFileOut, auth=needs(WRITE), openapi_extra=_FILE)
@bulk
def send_cost_file(request: HttpRequest, file: FileName = "the file") -> dict[str, Any]:
    """Send a file of invoices, CSV or Excel: what it would add; nothing is drafted yet.

    Answers 422 `costing.faulty_file` with every mistake, its row and column.
    """
    return _file(importing.upload(file, request.body[: MOST_BYTES + 1]))


@router.get("/files", response=Page[CostFileOut], auth=needs(READ))
def list_cost_files(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """Files of invoices, the latest first."""
    found = page.of(CostFile.objects.defer("content"), "-uploaded_at", "-id")
    return found | {"items": [_file(each) for each in found["items"]]}


@router.post("/files/{uuid:id}/take", response=CostFileOut, auth=needs(WRITE))
def take_cost_file(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Draft the invoices of a file, all of them or none.

    Answers 409 `costing.file_state` or `costing.outdated_preview`, or 422 `costing.faulty_file`.
    """
    return _file(importing.take_over(id))


@router.post("/files/{uuid:id}/undo", response=CostFileOut, auth=needs(WRITE))
def undo_cost_file(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Drop the drafts of a file, or answer 409 `costing.file_state`: some were booked."""
    return _file(importing.undo(id))


def _page_of(page: Paging, found: List) -> dict[str, Any]:
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, **found.given}
        return page.of_sql(cursor, found.statement, given, *found.by)


def _listed(found: dict[str, Any]) -> dict[str, Any]:
    for row in found["items"]:
        row["total"] = money(row["total"])
    return found


def _cost(id: UUID) -> dict[str, Any]:
    """An invoice as the list says it, with its lines."""
    found = _listed(_page_of(Paging(limit=1, cursor=""), lists.one(id)))["items"]
    if not found:
        raise Invoice.DoesNotExist
    row: dict[str, Any] = found[0]
    lines = lines_of([Invoice(id=id)])[id]
    names = ("line_no", "account", "paid_for", "label", "declaration_no", "item_no", "consignment",
             "container_no", "channel", "order_no", "sku", "warehouse", "first_on", "last_on",
             "spread")  # fmt: skip
    row["items"] = [
        {name: getattr(line, name) for name in names}
        | {"amount": money(line.amount), "shares": _by_hand(line)}
        for line in lines
    ]
    return row


def _by_hand(line: Any) -> list[dict[str, Any]]:
    if line.paid_for != "shares":
        return []
    return [
        {"declaration_no": each.declaration_no, "item_no": each.item_no, "sku": each.sku,
         "share": each.share}
        for each in line.given
    ]  # fmt: skip


def _spread(lines: list[LineSpread]) -> dict[str, Any]:
    return {
        "lines": [
            {
                "line_no": line.line_no, "account": line.account, "amount": money(line.amount),
                "goes": line.goes,
                "parts": [
                    {"declaration_no": part.declaration_no, "item_no": part.item_no,
                     "sku": part.sku, "share": part.share, "amount": money(part.amount)}
                    for part in line.parts
                ],
                "faults": [each.facts for each in line.faults],
            }
            for line in lines
        ]
    }  # fmt: skip


def _file(found: CostFile) -> dict[str, Any]:
    names = ("id", "file", "state", "invoices", "lines", "uploaded_at", "uploaded_by",
             "committed_at")  # fmt: skip
    return {name: getattr(found, name) for name in names} | {
        "totals": {currency: money(total) for currency, total in found.totals.items()}
    }
