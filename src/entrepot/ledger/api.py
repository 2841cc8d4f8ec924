# SPDX-License-Identifier: Apache-2.0
"""The book for programs: post and reverse documents, see movements, balances, lots and seals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from entrepot.ledger import lists, lots
from entrepot.ledger.actions import Posted, post, post_all, reverse
from entrepot.ledger.document import MOST, Document, Line
from entrepot.ledger.opening import open_items, open_places
from entrepot.ledger.places import LONGEST, PATTERN
from entrepot.people.access import needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.fields import MOST_LINES, Body, Day, Unasked, code, text, whole
from entrepot.web.paging import Page, Paging
from entrepot.web.problems import refuse_faults
from entrepot.web.reading import bulk

router = Router(tags=["book"])

Sku = Annotated[str, code(64)]
Lot = Annotated[str, text(64)]
Number = Annotated[str, code(80)]
Path = Annotated[str, Field(strict=True, max_length=LONGEST, pattern=PATTERN)]
Kind = Annotated[str, Field(strict=True, max_length=40, pattern=r"^[a-z][a-z_]*$")]
#: What a list is narrowed by: empty narrows nothing.
Narrow = Annotated[str, Field(max_length=LONGEST, pattern=r"^[^\x00-\x1f\x7f]*$")]


class LineIn(Body):
    """One movement: a quantity of an item leaves a place and enters another."""

    item: Sku
    quantity: Annotated[int, whole(1, MOST)] = Field(
        description="Stock units of a SKU, or the smallest units of a currency."
    )
    from_place: Path
    to_place: Path
    lot: Lot = ""


class DocumentIn(Body):
    """What moved something, as one transaction."""

    kind: Kind
    number: Number
    on: Day
    lines: list[LineIn] = Field(min_length=1, max_length=MOST_LINES)
    note: Annotated[str, text(500)] = ""

    def document(self) -> Document:
        """The document as the book posts it."""
        lines = [
            Line(each.item, each.quantity, each.from_place, each.to_place, each.lot)
            for each in self.lines
        ]
        return Document(self.kind, self.number, self.on, lines, self.note)


class DocumentsIn(Body):
    """Documents to post together."""

    documents: list[DocumentIn] = Field(min_length=1, max_length=MOST_LINES)


class ReverseIn(Body):
    """Why a document is taken back, and under which number."""

    number: Number
    on: Day
    note: Annotated[str, text(500, at_least=1)]


class PostedOut(Schema):
    """A document in the book."""

    id: UUID
    kind: str
    number: str
    is_new: bool = Field(description="False: it was in the book already, word for word.")


class DocumentOut(Schema):
    """A document as it was posted."""

    id: UUID
    kind: str
    number: str
    on: date
    lines: int
    note: str
    reverses: UUID | None
    posted_at: datetime
    posted_by: str


class MovementOut(Schema):
    """One movement, and the document that it is a line of."""

    document_id: UUID
    line: int
    kind: str
    number: str
    on: date
    item: str
    lot: str
    quantity: int
    from_place: str
    to_place: str


class BalanceOut(Schema):
    """How much of an item is in a place, by lot."""

    place: str
    item: str
    lot: str
    quantity: int
    reserved: int = Field(description="Of the quantity: what is spoken for.")
    since: date = Field(description="From which day on the place has held it without a break.")


class PlaceOut(Schema):
    """A place of the book."""

    path: str
    may_go_below: bool
    opened_at: datetime


class ItemOut(Schema):
    """Something that moves."""

    code: str
    kind: str
    digits: int


class PlacesIn(Body):
    """Places to open."""

    paths: list[Path] = Field(min_length=1, max_length=MOST_LINES)


class CurrencyIn(Body):
    """A currency to book money in."""

    code: Annotated[str, Field(strict=True, pattern=r"^[A-Z]{3}$")]
    digits: Annotated[int, whole(0, 4)]


class NewOut(Schema):
    """What was opened; what was open already is not among it."""

    new: list[str]


class SealOut(Schema):
    """A batch of documents in the chain."""

    number: int
    documents: int
    root: str
    chain: str
    sealed_at: datetime


class StepOut(Schema):
    """A movement on the way of a lot."""

    hops: int
    document: UUID
    line: int
    kind: str
    number: str
    on: date
    quantity: int
    from_place: str
    to_place: str


def _page(page: Paging, found: lists.List) -> dict[str, Any]:
    with raw_cursor() as cursor:
        given = {**found.given, "enterprise": acting().enterprise}
        return page.of_sql(cursor, found.statement, given, *found.by)


@router.post("/documents", response=PostedOut, auth=needs("book.post"))
@bulk
def post_document(request: HttpRequest, body: DocumentIn) -> Posted:
    """Post a document: all of its movements, or none.

    The same document sent again is posted once. Answers 409 `ledger.says_otherwise` where one of
    this kind and number says something else, `ledger.below_zero` with every shortfall,
    `ledger.not_known` with every item and place that the book does not have.
    """
    _refuse_reversals([body])
    return post(body.document())


@router.post("/documents/bulk", response=list[PostedOut], auth=needs("book.post"))
@bulk
def post_documents(request: HttpRequest, body: DocumentsIn) -> list[Posted]:
    """Post documents together, with at most 10,000 lines in all: all of them, or none."""
    lines = sum(len(each.lines) for each in body.documents)
    refuse_faults(
        "Cannot post these documents.",
        [{"at": ["lines"], "found": f"{lines:,} in all", "expected": f"at most {MOST_LINES:,}"}]
        if lines > MOST_LINES
        else [],
    )
    _refuse_reversals(body.documents)
    return post_all([each.document() for each in body.documents])


@router.post("/documents/{uuid:id}/reverse", response=PostedOut, auth=needs("book.post"))
def reverse_document(request: HttpRequest, id: UUID, body: ReverseIn) -> Posted:
    """Take a document back by a new one that names it.

    Answers 409 `ledger.not_reversible` where it is not there, is a reversal or was reversed, and
    `ledger.below_zero` where what it brought has left again.
    """
    return reverse(id, body.number, body.on, body.note)


@router.get("/documents", response=Page[DocumentOut], auth=needs("book.read"))
def list_documents(
    request: HttpRequest,
    page: Query[Paging],
    kind: Narrow = "",
    number: Narrow = "",
    first: Unasked[Day] = None,
    last: Unasked[Day] = None,
) -> dict[str, Any]:
    """Documents, the newest first; `number` finds those that begin with it."""
    return _page(page, lists.documents(kind, number, first, last))


@router.get("/movements", response=Page[MovementOut], auth=needs("book.read"))
def list_movements(
    request: HttpRequest,
    page: Query[Paging],
    item: Narrow = "",
    lot: Narrow = "",
    place: Narrow = "",
    document: Unasked[UUID] = None,
) -> dict[str, Any]:
    """Movements, the latest first; those of a document in the order of its lines."""
    return _page(page, lists.movements(item, lot, place, document))


@router.get("/balances", response=Page[BalanceOut], auth=needs("book.read"))
def list_balances(
    request: HttpRequest,
    page: Query[Paging],
    place: Narrow = "",
    item: Narrow = "",
    lot: Narrow = "",
) -> dict[str, Any]:
    """What lies where and is not zero; `place` finds those that begin with it."""
    return _page(page, lists.balances(place, item, lot))


@router.get("/places", response=Page[PlaceOut], auth=needs("book.read"))
def list_places(request: HttpRequest, page: Query[Paging], path: Narrow = "") -> dict[str, Any]:
    """Places; `path` finds those that begin with it."""
    return _page(page, lists.places(path))


@router.post("/places", response=NewOut, auth=needs("masters.write"))
@bulk
def open_new_places(request: HttpRequest, body: PlacesIn) -> dict[str, Any]:
    """Open places; those that are open already stay as they are."""
    return {"new": open_places(body.paths)}


@router.get("/items", response=Page[ItemOut], auth=needs("book.read"))
def list_items(
    request: HttpRequest,
    page: Query[Paging],
    item: Narrow = "",
    kind: Literal["", "goods", "money"] = "",
) -> dict[str, Any]:
    """What moves: SKUs and currencies; `item` finds codes that begin with it."""
    return _page(page, lists.items(item, kind))


@router.post("/currencies", response=NewOut, auth=needs("masters.write"))
def open_currency(request: HttpRequest, body: CurrencyIn) -> dict[str, Any]:
    """Book money in one more currency. Answers 409 `ledger.other_item` where its code is a SKU."""
    return {"new": open_items([body.code], "money", body.digits)}


@router.get("/lots/walk", response=list[StepOut], auth=needs("book.read"))
def walk_lot(
    request: HttpRequest,
    item: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")],
    lot: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")],
    place: Narrow,
    direction: Literal["back", "on"] = "back",
    most: Annotated[int, Field(ge=1, le=1000)] = 200,
) -> list[lots.Step]:
    """Where the units of a lot in a place came from, or where they went on to."""
    return lots.walk(item, lot, place, direction, most=most)


@router.get("/seals", response=Page[SealOut], auth=needs("book.read"))
def list_seals(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """The chain of seals over the book, the latest first. Keep a copy elsewhere."""
    return _page(page, lists.seals())


def _refuse_reversals(documents: list[DocumentIn]) -> None:
    """A reversal is posted by reversing, so that it names what it takes back."""
    refuse_faults(
        "Cannot post these documents.",
        [
            {"at": [index, "kind"], "found": "reversal", "expected": "a document of another kind"}
            for index, each in enumerate(documents)
            if each.kind == "reversal"
        ],
    )
