# SPDX-License-Identifier: Apache-2.0
"""Files of orders for programs: send one, look at it, take it over, take it back."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from entrepot.errors import Misused
from entrepot.jobs.actions import start
from entrepot.jobs.api import JobOut
from entrepot.jobs.models import Job
from entrepot.people.access import needs
from entrepot.warehouse.intake import actions, mappings, plain
from entrepot.warehouse.intake.work import FileIn, read_file, take_over, take_over_now, undo_now
from entrepot.warehouse.models import OrderFile, OrderMapping
from entrepot.warehouse.models.intake import PREVIEWED
from entrepot.web.fields import LINES, Body, code, text
from entrepot.web.paging import Page, Paging

READ, WRITE = "orders.read", "orders.write"
#: A file of up to so many bytes is read at once, a larger one by a job.
READ_AT_ONCE: Final = 4 * 1024 * 1024
#: Orders that are taken over within a request.
MOST_AT_ONCE: Final = 20_000
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILE: Final = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}}
_FILES: Final = {kind.partition(";")[0]: _BINARY for kind in plain.TYPES.values()}

files, order_mappings = Router(tags=["order files"]), Router(tags=["order files"])


class NoFile(Misused):
    """A body that is a form, where a file is taken."""

    code: ClassVar[str] = "warehouse.not_a_file"


class TooLong(Misused):
    """A file with more orders than are taken over within a request."""

    code: ClassVar[str] = "warehouse.take_over_as_job"


class OrderUpload(Body):
    """What a file is called, and how it is read."""

    file: Annotated[str, text(200, at_least=1)] = "orders"
    mapping: Annotated[str, text(60)] = Field(
        "", description="The name of a mapping; empty: our own columns, as in the template."
    )
    promise_days: int = Field(
        0, ge=0, le=365, description="From the order to the day of promise, where it is not said."
    )


class OrderFileOut(Schema):
    """A file of orders: what it would do, and how far it is."""

    id: UUID
    file: str
    mapping: str
    promise_days: int
    bytes: int
    state: Literal["sent", "previewed", "committed", "undone"]
    preview: dict[str, Any] = Field(
        description="How many orders are new and known, what is left out and why; the first 20."
    )
    orders: int = Field(description="Orders that it brought.")
    allocated: int = Field(description="Of these, how many were asked to be reserved so far.")
    uploaded_at: datetime
    uploaded_by: str
    committed_at: datetime | None
    committed_by: str
    undone_at: datetime | None
    undone_by: str


class OrderFileSent(OrderFileOut):
    """A file that was sent; a long one is read by a job."""

    job: UUID | None


class MappingIn(Body):
    """How files are read: the TOML that `entrepot import orders` takes."""

    name: Annotated[str, code(60)]
    content: Annotated[
        str, Field(strict=True, min_length=1, max_length=mappings.MOST_TEXT, pattern=LINES)
    ]


class MappingOut(Schema):
    """A mapping by its name."""

    id: UUID
    name: str
    changed_at: datetime
    changed_by: str


class MappingShown(MappingOut):
    """A mapping."""

    content: str


@files.post("", response={201: OrderFileSent}, auth=needs(WRITE), openapi_extra=_FILE)
def upload_orders(request: HttpRequest, upload: Query[OrderUpload]) -> Status[dict[str, Any]]:
    """Send a CSV (also .gz) or Excel file of orders as the body, and see what it would do.

    A file of more than 4 MB is read by a job, whose problem names its mistakes. Answers 422
    `warehouse.faulty_file` with every mistake of every line, 409 `warehouse.no_table` or
    `import.unreadable_export`, or 413 `warehouse.too_large_file`. What is not taken over is kept
    for a day; of more than 20, the latest.
    """
    if request.content_type in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        raise NoFile(
            "Cannot take what was sent.",
            f"It is a form ({request.content_type}).",
            "Send the file itself as the body, as application/octet-stream.",
        )
    # What was read already, for an Idempotency-Key, is read from there.
    found = actions.upload(upload.file, request, upload.mapping, upload.promise_days)
    if found.bytes > READ_AT_ONCE:
        return Status(201, _sent(found, start(read_file, FileIn(source=found.id)).id))
    return Status(201, _sent(actions.preview(found.id), None))


def _sent(found: OrderFile, job: UUID | None) -> dict[str, Any]:
    return {name: getattr(found, name) for name in OrderFileOut.model_fields} | {"job": job}


@files.get("", response=Page[OrderFileOut], auth=needs(READ))
def list_order_files(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List files of orders, the latest first."""
    return page.of(OrderFile.objects.all(), "-uploaded_at", "-id")


@files.get("/template", response={200: None}, auth=needs(READ),
           openapi_extra={"responses": {200: {"content": _FILES}}})  # fmt: skip
def template_orders(request: HttpRequest, format: Literal["csv", "xlsx"] = "csv") -> HttpResponse:
    """A file to fill in with orders and send."""
    file = io.BytesIO(plain.template(format)).getvalue()
    response = HttpResponse(file, content_type=plain.TYPES[format])
    response["Content-Disposition"] = f'attachment; filename="orders.{format}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@files.get("/{uuid:id}", response=OrderFileOut, auth=needs(READ))
def show_order_file(request: HttpRequest, id: UUID) -> OrderFile:
    """Show a file of orders and its preview."""
    return OrderFile.objects.get(id=id)


@files.post("/{uuid:id}/commit", response=OrderFileOut, auth=needs(WRITE))
def commit_orders(request: HttpRequest, id: UUID) -> OrderFile:
    """Take a file over as its preview says: all of its orders, or none; then they are reserved for.

    Answers 400 `warehouse.take_over_as_job` where there are more than 20,000, and 409
    `warehouse.outdated_preview` when it would do something else by now.
    """
    found = actions.locked(id, (PREVIEWED,), "take over")
    if (orders := found.preview["orders"]) > MOST_AT_ONCE:
        raise TooLong(
            f"Cannot take over {found.file} within a request.",
            f"It has {orders:,} orders; at most {MOST_AT_ONCE:,} are taken over so.",
            "Take it over as a job.",
        )
    return take_over_now(id)


@files.post("/{uuid:id}/commit-as-job", response={202: JobOut}, auth=needs(WRITE))
def commit_orders_as_job(request: HttpRequest, id: UUID) -> Status[Job]:
    """Take a long file over outside of this request: the job says how far it is.

    Answers 409 `warehouse.wrong_state` when it was taken over already.
    """
    actions.locked(id, (PREVIEWED,), "take over")
    return Status(202, start(take_over, FileIn(source=id)))


@files.post("/{uuid:id}/undo", response=OrderFileOut, auth=needs(WRITE))
def undo_orders(request: HttpRequest, id: UUID) -> OrderFile:
    """Take a file back: its orders are gone, and what was reserved for them lies free.

    Answers 409 `warehouse.orders_begun` when something of them was picked, packed or shipped.
    """
    return undo_now(id)


@order_mappings.get("", response=Page[MappingOut], auth=needs(READ))
def list_order_mappings(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List mappings by name."""
    return page.of(OrderMapping.objects.defer("content"), "name", "id")


@order_mappings.put("", response=MappingShown, auth=needs(WRITE))
def put_order_mapping(request: HttpRequest, body: MappingIn) -> OrderMapping:
    """Add a mapping, or put another in the place of the one of its name.

    Answers 422 `import.bad_mapping` with every mistake.
    """
    return mappings.put_mapping(body.name, body.content)


@order_mappings.get("/{uuid:id}", response=MappingShown, auth=needs(READ))
def show_order_mapping(request: HttpRequest, id: UUID) -> OrderMapping:
    """Show a mapping."""
    return OrderMapping.objects.get(id=id)


@order_mappings.delete("/{uuid:id}", response={204: None}, auth=needs(WRITE))
def remove_order_mapping(request: HttpRequest, id: UUID) -> Status[None]:
    """Remove a mapping; files that were sent keep theirs."""
    mappings.remove_mapping(id)
    return Status(204, None)
