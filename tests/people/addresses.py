# SPDX-License-Identifier: Apache-2.0
"""The addresses of the program, and a small API that the tests of people ask."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from ninja import NinjaAPI

from entrepot.errors import EntrepotError
from entrepot.people.access import needs
from entrepot.people.audit import record
from entrepot.people.tenancy import acting
from entrepot.site import urls as program

api = NinjaAPI(urls_namespace="people-tests")


@api.exception_handler(EntrepotError)
def refused(request: HttpRequest, error: EntrepotError) -> HttpResponse:
    said = {"code": error.code, "facts": error.facts}
    return JsonResponse(said, status=403, content_type="application/problem+json")


@api.get("/who", auth=needs("book.read"))
def who(request: HttpRequest) -> dict[str, Any]:
    by = acting()
    return {"enterprise": str(by.enterprise), "actor": by.actor, "address": by.address}


@api.post("/leave-a-mark", auth=needs("people.write"))
def leave_a_mark(request: HttpRequest, status: int = 200) -> HttpResponse:
    record("test.mark", "a mark")
    return HttpResponse(status=status)


@api.post("/break", auth=needs("people.write"))
def break_it(request: HttpRequest) -> None:
    record("test.mark", "a mark")
    raise ZeroDivisionError


#: Those of the program; only where the API begins are there others before them.
urlpatterns = [path("api/v1/", api.urls), *program.urlpatterns]
