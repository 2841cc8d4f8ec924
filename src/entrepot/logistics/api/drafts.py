# SPDX-License-Identifier: Apache-2.0
"""Drafts of papers of a consignment, for programs: what is known, the rest to be filled in."""

from __future__ import annotations

import json
from typing import Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from entrepot.logistics.api.shapes import READ
from entrepot.logistics.drafting import as_document, booking_of
from entrepot.papers.booking_order import booking_order, booking_sheet
from entrepot.papers.words import Language as Words
from entrepot.people.access import needs

of_consignment = Router(tags=["consignments"])
Form = Literal["pdf", "xlsx", "json"]
Language = Literal["zh", "en", "both"]
_TYPES: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_ANSWERS: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "content": {
                _TYPES["pdf"]: _BINARY,
                _TYPES["xlsx"]: _BINARY,
                _TYPES["json"]: {"schema": {"type": "object"}},
            }
        }
    }
}


@of_consignment.get(
    "/{uuid:id}/booking-order", response={200: None}, auth=needs(READ), openapi_extra=_ANSWERS
)
def draft_booking_order(
    request: HttpRequest, id: UUID, form: Form = "pdf", language: Language = "both"
) -> HttpResponse:
    """Draft the booking order (订仓单) of a consignment, with what is still to be given named.

    `json` is the file that the command `entrepot papers make booking-order` takes. Answers 422
    `papers.unfit` where the consignment has no lines, or more than a booking order takes.
    """
    order = booking_of(id)
    words: Words = "zh+en" if language == "both" else language
    if form == "xlsx":
        content = booking_sheet(order, words, draft=True)
    elif form == "json":
        content = json.dumps(as_document(order), ensure_ascii=False, indent=2).encode()
    else:
        content = booking_order(order, words, draft=True)
    response = HttpResponse(content, content_type=_TYPES[form])
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in order.number)
    how = "inline" if form == "pdf" else "attachment"
    response["Content-Disposition"] = f'{how}; filename="booking-order-{safe}.{form}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
