# SPDX-License-Identifier: Apache-2.0
"""Closes of the live book for programs: ask, see, fetch; and the tables that are sent for them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from entrepot.closing import actions, kept
from entrepot.closing.models import Close, KeptTable
from entrepot.people.access import needs
from entrepot.web.fields import Body, Day
from entrepot.web.paging import Page, Paging
from entrepot.web.reading import bulk

closes = Router(tags=["closes"])
tables = Router(tags=["closes"])
READ, WRITE = "closes.read", "closes.write"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_CSV: Final = {"requestBody": {"required": True, "content": {"text/csv": _BINARY}}}
_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
_FILES: Final = {kind.partition(";")[0]: _BINARY for kind in _TYPES.values()}
FileName = Annotated[str, Field(max_length=80, pattern=r"^[a-z_]+\.(html|json|xlsx|parquet)$")]
Kept = Literal[
    "refund_claims",
    "refund_rates",
    "fx_rates",
    "settlements",
    "payouts",
    "costs",
    "cost_shares",
    "bank",
    "collections",
    "collection_terms",
    "vat_periods",
    "vat_exports",
    "input_invoices",
]


class CloseIn(Body):
    """The day to close for, and the language of the report."""

    as_of: Day
    language: Literal["en", "zh"] = Field("en", description="Of the report.")


class CloseOut(Schema):
    """A close: once its job is done, what it came to."""

    id: UUID
    as_of: date
    asked_at: datetime
    asked_by: str
    job: UUID | None
    closed_at: datetime | None
    summary: dict[str, Any] | None = Field(description="That of run.json.")
    stock: dict[str, Any] | None = Field(
        description="In how many warehouses and SKUs desk and close have the same, and units;"
        " and both by warehouse."
    )


class FileOut(Schema):
    """A file that a close wrote."""

    name: str
    bytes: int
    sha256: str

    @staticmethod
    def resolve_sha256(file: Any) -> str:
        """The digest as people write it."""
        return bytes(file.sha256).hex()


class KeptOut(FileOut):
    """A table that was sent."""

    sent_at: datetime
    sent_by: str


@closes.post("", response={202: CloseOut}, auth=needs(WRITE))
def ask_close(request: HttpRequest, body: CloseIn) -> Status[Close]:
    """Close the live book for a day: a job does it, and fails where desk and close differ.

    Answers 409 `closing.no_uscc` where nobody said whose books they are.
    """
    return Status(202, actions.ask(body.as_of, body.language))


@closes.get("", response=Page[CloseOut], auth=needs(READ))
def list_closes(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List closes, the latest first."""
    return page.of(Close.objects.all(), "-asked_at", "-id")


@closes.get("/{uuid:close}", response=CloseOut, auth=needs(READ))
def show_close(request: HttpRequest, close: UUID) -> Close:
    """Show a close."""
    return Close.objects.get(id=close)


@closes.get("/{uuid:close}/files", response=Page[FileOut], auth=needs(READ))
def list_close_files(request: HttpRequest, close: UUID, page: Query[Paging]) -> dict[str, Any]:
    """List what a close wrote: the report, run.json, every table."""
    return page.of(actions.files_of(close), "name")


@closes.get(
    "/{uuid:close}/files/{name}",
    response={200: None},
    auth=needs(READ),
    openapi_extra={"responses": {200: {"content": _FILES}}},
)
def fetch_close_file(request: HttpRequest, close: UUID, name: FileName) -> HttpResponse:
    """Fetch a file that a close wrote."""
    return answer_file(bytes(actions.file_of(close, name).content), name)


def answer_file(content: bytes, name: str) -> HttpResponse:
    """A file to be kept, never run by whoever shows it."""
    response = HttpResponse(content, content_type=_TYPES[name.rpartition(".")[2]])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@tables.get("", response=Page[KeptOut], auth=needs(READ))
def list_season_tables(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List the tables that were sent for closes."""
    return page.of(actions.kept_tables(), "name")


@tables.put("/{name}", response={200: KeptOut}, auth=needs(WRITE), openapi_extra=_CSV)
@bulk
def keep_season_table(request: HttpRequest, name: Kept) -> KeptTable:
    """Send a table that the desk has no documents for: the body is CSV with a head of columns.

    It takes the place of the one before. Answers 422 `closing.unfit_table` where its columns are
    not those of the table; its rows are checked by the close.
    """
    kept.keep(name, request.body)
    return actions.kept_tables().get(name=name)
