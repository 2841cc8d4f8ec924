# SPDX-License-Identifier: Apache-2.0
"""What the operations of logistics have in common: fields, and pages of lists."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from entrepot.ledger.lists import List
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.fields import CODE, Body, code, text, whole
from entrepot.web.paging import Paging

READ, WRITE = "inbound.read", "inbound.write"
MOST_UNITS: Final = 10**9
MOST_AMOUNT: Final = 10**15

Sku = Annotated[str, code(64)]
Lot = Annotated[str, text(64)]
Number = Annotated[str, code(64)]
Code = Annotated[str, code(40)]
#: A code that may be left out.
Perhaps = Annotated[str, Field(strict=True, max_length=40, pattern=rf"^$|{CODE}")]
#: It names a place of the book, `voyage/<number>`.
ConsignmentNo = Annotated[
    str,
    StringConstraints(
        strict=True,
        min_length=1,
        max_length=40,
        pattern=r"^[^\s/@\x00-\x1f\x7f]([^/\x00-\x1f\x7f]*[^\s/\x00-\x1f\x7f])?$",
    ),
]
DeclarationNo = Annotated[
    str, StringConstraints(strict=True, min_length=18, max_length=18, pattern=CODE)
]
LineNo = Annotated[int, whole(0, 2**31 - 1)]
Units = Annotated[int, whole(1, MOST_UNITS)]
Amount = Annotated[int, whole(0, MOST_AMOUNT)]
Note = Annotated[str, text(500)]
#: A bin of a warehouse, or an area such as @receiving; empty: the warehouse itself.
BinName = Annotated[
    str,
    Field(
        strict=True,
        max_length=40,
        pattern=r"^([^\s/\x00-\x1f\x7f]([^/\x00-\x1f\x7f]*[^\s/\x00-\x1f\x7f])?)?$",
    ),
]
#: What a list is narrowed by: empty narrows nothing.
Narrow = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Because(Body):
    """Why something is taken back."""

    note: Annotated[str, text(200, at_least=1)]


class NumberedOut(Schema):
    """What was taken in."""

    id: UUID
    number: str
    is_new: bool = Field(description="False: it was there already, word for word.")


class NewLinesOut(Schema):
    """How many lines were new; the others were there already, word for word."""

    new: int


def page_of(page: Paging, found: List) -> dict[str, Any]:
    """One page of a list."""
    with raw_cursor() as cursor:
        given = {**found.given, "enterprise": acting().enterprise}
        return page.of_sql(cursor, found.statement, given, *found.by)
