# SPDX-License-Identifier: Apache-2.0
"""Operations that go wrong in every way, for tests of how that is told."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest
from django.urls import path
from ninja import Query, Router
from ninja.errors import HttpError, Throttled
from pydantic import BaseModel, ConfigDict

from entrepot.errors import Misused, Refused
from entrepot.jobs.idempotency import once
from entrepot.jobs.models import Job
from entrepot.people.access import needs
from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import acting
from entrepot.web.api import Api
from entrepot.web.fields import Body, Day, Lines, code, text, whole
from entrepot.web.paging import Page, Paging
from entrepot.web.problems import refuse_faults
from entrepot.web.reading import bulk


class NotEnough(Refused):
    """More was asked for than is there."""

    code = "test.not_enough"


class Odd(Misused):
    """Options that do not fit each other."""

    code = "test.odd"


class LineIn(Body):
    item: Annotated[str, code(64)]
    quantity: Annotated[int, whole(1, 1000)]
    note: Annotated[str, text(20)] = ""


class Anything(BaseModel):
    model_config = ConfigDict(extra="allow")

    refuse: bool = False
    size: int = 0


class DocumentIn(Body):
    on: Day
    lines: Lines[LineIn]


RAISED = {
    "refused": NotEnough("Cannot take 7.", "On hand: 6.", "Take 6.", on_hand=6, id=UUID(int=7)),
    "misused": Odd("Cannot do both.", "Both were asked for.", "Leave one out."),
    "gone": Http404("the database said where"),
    "row": Job.DoesNotExist("Job matching query does not exist."),
    "teapot": HttpError(418, "I am a teapot"),
    "denied": PermissionDenied("secret"),
    "fast": Throttled(wait=7),
    "odd": SuspiciousOperation("secret"),
    "busy": OperationalError("host=10.0.0.1 password=secret"),
    "bug": KeyError("secret"),
}

router = Router()


@router.get("/raise/{what}", response=None)
def raise_it(request: HttpRequest, what: str) -> None:
    raise RAISED[what]


@router.post("/documents", response=dict[str, int])
@bulk
def post_document(request: HttpRequest, body: DocumentIn) -> dict[str, int]:
    refuse_faults(
        "Cannot post the document.",
        [
            {"at": ["lines", index, "item"], "found": line.item, "expected": "a known item"}
            for index, line in enumerate(body.lines)
            if line.item == "?"
        ],
    )
    return {"lines": len(body.lines)}


@router.post("/free", response=dict[str, Any])
def post_anything(request: HttpRequest, body: Anything) -> dict[str, Any]:
    return body.model_dump(exclude_unset=True)


@router.get("/entries", response=Page[dict[str, str]])
def list_entries(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    return page.of(AuditEntry.objects.values("id", "about"), "-id")


@router.post("/marks/{name}", auth=needs("book.read"), response={201: dict[str, str]})
def mark(request: HttpRequest, name: str, body: Anything) -> Any:
    entry = AuditEntry.objects.create(actor=acting().actor, action="test.mark", about=name)
    if body.refuse:
        raise NotEnough("Cannot mark.", "It was refused.", "Ask again.")
    return {"id": str(entry.id), "filling": "x" * body.size}


api = Api(urls_namespace="test-web")
api.add_decorator(once, mode="operation")
api.add_router("", router)

urlpatterns = [path("api/v1/", api.urls)]
