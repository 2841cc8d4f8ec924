# SPDX-License-Identifier: Apache-2.0
"""The reconciliation for programs: files, payouts, bank lines, matches, and the board."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from entrepot.errors import Misused
from entrepot.jobs.actions import start
from entrepot.jobs.api import JobOut
from entrepot.jobs.models import Job
from entrepot.ledger.lists import List
from entrepot.people.access import needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.reconciling import files, lists, matching
from entrepot.reconciling.board import as_told, board
from entrepot.reconciling.mappings import MOST_TEXT, put_mapping
from entrepot.reconciling.models import Item, Match, MoneyFile, MoneyMapping, Payout
from entrepot.reconciling.work import MoneyIn, Nothing, look_again, read_money
from entrepot.web.fields import LINES, Absent, Body, Day, Unasked, code, text
from entrepot.web.paging import Page, Paging

READ, WRITE = "money.read", "money.write"
#: A file of up to so many bytes is read at once, a larger one by a job.
READ_AT_ONCE: Final = 1024 * 1024
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILE: Final = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}}

router = Router(tags=["money"])

Kind = Literal["settlement", "bank"]
Format = Literal[
    "amazon-v2", "amazon-v1", "amazon-finances", "shopify", "stripe", "table", "camt", "mt940"
]
Stage = Literal["shipped", "settled", "footed", "payout", "bank", "declared", "refund"]
State = Literal["open", "proven", "aside"]
Age = Literal["0-7", "8-30", "31-90", "90+"]
Currency = Annotated[str, Field(max_length=3, pattern="^[A-Z]{3}$|^$")]
Minor = Annotated[int, Field(description="In the smallest unit of the currency.")]


class NoFile(Misused):
    """A body that is a form, where a file of money is taken."""

    code = "reconciling.not_a_file"


class MoneyUpload(Body):
    """What a file is, what it is called, and how it is read."""

    kind: Kind
    format: Format
    file: Annotated[str, text(200, at_least=1)] = "the file"
    channel: Annotated[str, text(40)] = Field(
        "", description="Of a settlement: the channel of its orders."
    )
    mapping: Annotated[str, text(60)] = Field(
        "", description="The name of a mapping, where the format is table."
    )


class MoneyFileOut(Schema):
    """A file of money, and what was read of it."""

    id: UUID
    kind: Kind
    file: str
    format: str
    channel: str
    mapping: str
    bytes: int
    state: Literal["sent", "read"]
    report: dict[str, Any] = Field(description="Counts, and what does not fit: the first 200.")
    uploaded_at: datetime
    uploaded_by: str
    read_at: datetime | None


class MoneyFileSent(MoneyFileOut):
    """A file that was sent; a long one is read by a job."""

    job: UUID | None
    is_new: bool = Field(description="False where the same file was sent before.")


class MoneyMappingIn(Body):
    """How tables of a payer or a bank are read: the TOML that the commands take."""

    kind: Kind
    name: Annotated[str, code(60)]
    content: Annotated[str, Field(strict=True, min_length=1, max_length=MOST_TEXT, pattern=LINES)]


class MoneyMappingOut(Schema):
    """A mapping."""

    id: UUID
    kind: Kind
    name: str
    content: str
    changed_at: datetime
    changed_by: str


class PayoutOut(Schema):
    """A settlement: what its lines come to, and what it says it pays out."""

    id: UUID
    channel: str
    settlement_no: str
    dated_on: date
    paid_on: date | None
    state: str
    currency: str
    lines: int
    sum: Minor
    amount: int | None
    residual: int | None = Field(description="Amount less sum: what no line explains.")
    paid: int | None = Field(description="What arrives, where in another currency.")
    paid_currency: str


class PayoutLineOut(Schema):
    """An amount of a settlement report."""

    line_no: int
    posted_on: date
    kind: str
    event: str
    order_no: str
    sku: str
    label: str
    account: str
    amount: Minor
    currency: str


class BankLineOut(Schema):
    """A booking on an account; `item` is what of it is open, proven or aside."""

    id: UUID
    account: str
    dated_on: date
    amount: Minor
    currency: str
    reference: str
    text: str
    counterparty: str
    aside: str = Field(description="Why it is none that a payout could be; else empty.")
    item: UUID | None
    state: str | None
    found: str | None
    match_id: UUID | None


class MoneyItemOut(Schema):
    """Something that has to be proven at a stage."""

    id: UUID
    stage: Stage
    subject: str
    number: str
    channel: str
    opened_on: date
    currency: str
    amount: Minor
    state: State
    found: str = Field(description="The code of why it is open.")
    ended_on: date | None
    match_id: UUID | None
    proposal: UUID | None


class ItemsAsked(Body):
    """Which items: of a stage and currency."""

    stage: Stage
    currency: Currency = ""
    state: State = "open"
    found: Annotated[str, text(30)] = ""
    age: Unasked[Age] = None
    number: Annotated[str, text(200)] = ""


class LinesAsked(Body):
    """Which bank lines."""

    account: Annotated[str, text(80)] = ""
    first: Unasked[Day] = None
    last: Unasked[Day] = None


class MatchIn(Body):
    """Items that belong together, and why."""

    items: Annotated[list[UUID], Field(min_length=1, max_length=matching.MOST_ITEMS)]
    reason: Absent[Annotated[str, text(500)]] = ""
    difference_as: Absent[Literal["", "fee", "exchange", "other"]] = ""


class AcceptIn(Body):
    """Why a proposal is accepted, and what a difference is put down to."""

    reason: Absent[Annotated[str, text(500)]] = ""
    difference_as: Absent[Literal["", "fee", "exchange", "other"]] = ""


class UnmatchIn(Body):
    """Why a match is taken back."""

    reason: Annotated[str, text(500, at_least=matching.SHORTEST_REASON)]


class MatchOut(Schema):
    """That items belong together, by whom and why; `undoes` is the match that it takes back."""

    id: UUID
    at: datetime
    by: str
    way: str
    reason: str
    owed: int | None
    owed_currency: str
    came: int | None
    came_currency: str
    difference_as: str
    undoes: UUID | None = Field(None, validation_alias="undoes_id")


class SumOut(Schema):
    """So many items, and what they come to."""

    items: int
    amount: Minor


class AgeOut(SumOut):
    """Open items of an age."""

    age: Age


class CauseOut(SumOut):
    """Open items of one likely cause, and the next step, in both languages."""

    found: str
    cause: str
    why: dict[str, str]
    next: dict[str, str]


class BoardLine(Schema):
    """A stage in one currency."""

    stage: Stage
    currency: str
    oldest_on: date | None
    proven: SumOut
    open: SumOut
    ages: list[AgeOut]
    causes: list[CauseOut]


class Board(Schema):
    """What is proven and what is open, stage by stage."""

    lines: list[BoardLine]


def _listed(page: Paging, rows: List) -> dict[str, Any]:
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, **rows.given}
        return page.of_sql(cursor, rows.statement, given, *rows.by)


@router.get("/board", response=Board, auth=needs(READ))
def show_board(request: HttpRequest) -> dict[str, Any]:
    """Show what is proven and what is open, since when, how much, why, and the next step."""
    return {"lines": [as_told(line) for line in board(files.today())]}


@router.post("/look", response={202: JobOut}, auth=needs(WRITE))
def look_at_money(request: HttpRequest) -> Status[Job]:
    """Look by a job at what left and was declared by now, and match what is sure."""
    return Status(202, start(look_again, Nothing()))


@router.post("/files", response={201: MoneyFileSent}, auth=needs(WRITE), openapi_extra=_FILE)
def upload_money(request: HttpRequest, upload: Query[MoneyUpload]) -> Status[dict[str, Any]]:
    """Send a settlement report or a bank statement as the body; the same file twice is one.

    One of more than 1 MB is read by a job. Answers 422 `settlement.unreadable` or `bank.unreadable`
    with every mistake, 422 `reconciling.says_otherwise`, or 409 `reconciling.matched_otherwise`;
    then nothing is stored.
    """
    if request.content_type in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        raise NoFile(
            "Cannot take what was sent.",
            f"It is a form ({request.content_type}).",
            "Send the file itself as the body, as application/octet-stream.",
        )
    sent = files.upload(
        upload.kind, upload.format, upload.file, request, upload.channel, upload.mapping
    )
    found, job = sent.source, None
    if found.state == "sent":
        if found.bytes > READ_AT_ONCE:
            job = start(read_money, MoneyIn(source=found.id)).id
        else:
            found = files.read(found.id)
    told = {name: getattr(found, name) for name in MoneyFileOut.model_fields}
    return Status(201, told | {"job": job, "is_new": sent.is_new})


@router.get("/files", response=Page[MoneyFileOut], auth=needs(READ))
def list_money_files(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List files of money, the latest first."""
    return page.of(MoneyFile.objects.all(), "-uploaded_at", "-id")


@router.get("/files/{uuid:id}", response=MoneyFileOut, auth=needs(READ))
def show_money_file(request: HttpRequest, id: UUID) -> MoneyFile:
    """Show a file of money and what was read of it."""
    return MoneyFile.objects.get(id=id)


@router.get("/mappings", response=Page[MoneyMappingOut], auth=needs(READ))
def list_money_mappings(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List mappings of tables by name."""
    return page.of(MoneyMapping.objects.all(), "name", "id")


@router.put("/mappings", response=MoneyMappingOut, auth=needs(WRITE))
def put_money_mapping(request: HttpRequest, body: MoneyMappingIn) -> MoneyMapping:
    """Add a mapping, or put another in the place of the one of its kind and name.

    Answers 422 `settlement.bad_mapping` or `bank.bad_mapping` with every mistake.
    """
    return put_mapping(body.kind, body.name, body.content)


@router.get("/payouts", response=Page[PayoutOut], auth=needs(READ))
def list_money_payouts(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List settlements and their payouts, the latest first."""
    return page.of(Payout.objects.all(), "-dated_on", "-id")


@router.get("/payouts/{uuid:id}", response=PayoutOut, auth=needs(READ))
def show_money_payout(request: HttpRequest, id: UUID) -> Payout:
    """Show a settlement and its payout."""
    return Payout.objects.get(id=id)


@router.get("/payouts/{uuid:id}/lines", response=Page[PayoutLineOut], auth=needs(READ))
def list_payout_lines(request: HttpRequest, id: UUID, page: Query[Paging]) -> dict[str, Any]:
    """List the lines of a settlement, in their order."""
    found = Payout.objects.get(id=id)
    return _listed(page, lists.lines_of(found.channel, found.settlement_no))


@router.get("/bank-lines", response=Page[BankLineOut], auth=needs(READ))
def list_bank_lines(
    request: HttpRequest, asked: Query[LinesAsked], page: Query[Paging]
) -> dict[str, Any]:
    """List bookings of all accounts or of one, the latest first."""
    return _listed(page, lists.bank_lines(asked.account, asked.first, asked.last))


@router.get("/items", response=Page[MoneyItemOut], auth=needs(READ))
def list_money_items(
    request: HttpRequest, asked: Query[ItemsAsked], page: Query[Paging]
) -> dict[str, Any]:
    """List what is behind a number of the board, the oldest first."""
    given = asked.model_dump() | {"age": asked.age or ""}
    return _listed(page, lists.items(files.today(), **given))


@router.get("/proposals", response=Page[MoneyItemOut], auth=needs(READ))
def list_money_proposals(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List items that may belong together: those with the same `proposal` follow each other."""
    return page.of(Item.objects.filter(proposal__isnull=False), "proposal", "id")


@router.post("/proposals/{uuid:proposal}/accept", response=MatchOut, auth=needs(WRITE))
def accept_proposal(request: HttpRequest, proposal: UUID, body: AcceptIn) -> Match:
    """Match what was proposed.

    Answers 404 `reconciling.no_such_proposal`, or 422 `reconciling.cannot_match`.
    """
    return matching.accept(proposal, body.reason, body.difference_as)


@router.get("/matches", response=Page[MatchOut], auth=needs(READ))
def list_matches(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List matches and undoings, the latest first."""
    return page.of(Match.objects.all(), "-at", "-id")


@router.get("/matches/{uuid:id}", response=MatchOut, auth=needs(READ))
def show_match(request: HttpRequest, id: UUID) -> Match:
    """Show a match."""
    return Match.objects.get(id=id)


@router.post("/matches", response=MatchOut, auth=needs(WRITE))
def match_money(request: HttpRequest, body: MatchIn) -> Match:
    """Match a payout with its credits, a credit with its payouts, or items alone with a reason.

    Answers 422 `reconciling.cannot_match`, or 409 `reconciling.not_open`.
    """
    return matching.match_items(body.items, body.reason, body.difference_as)


@router.post("/matches/{uuid:id}/undo", response=MatchOut, auth=needs(WRITE))
def undo_match(request: HttpRequest, id: UUID, body: UnmatchIn) -> Match:
    """Take a match back: a second one says so, and its items are open again.

    Answers 409 `reconciling.undone_already`.
    """
    return matching.undo(id, body.reason)
