# SPDX-License-Identifier: Apache-2.0
"""Every error of the API as one shape: RFC 9457, `application/problem+json`.

`answer` turns whatever was raised into a response; `STATUS` says which code gets which status.
Its words are English, or Chinese where the request's `Accept-Language` likes that more.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Mapping, Sequence
from functools import singledispatch
from http import HTTPStatus
from typing import Any, ClassVar, Final

import psycopg
from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import HttpError, Throttled, ValidationError
from ninja.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from entrepot.errors import EntrepotError, Misused, Refused
from entrepot.web.telling import Language, accepted, facts_told, summary_of, told_kept

log = logging.getLogger("entrepot.web")

MEDIA_TYPE: Final = "application/problem+json"
#: How many faults of one request are listed.
MOST_LISTED: Final = 1000
#: How much of a path, and of a value, is said back.
_MOST_PATH, _MOST_SHOWN = 200, 60
#: What a language is called in a header, and what stands between its sentences.
_TAGS: Final[Mapping[Language, str]] = {"en": "en", "zh": "zh-hans"}
_BETWEEN: Final[Mapping[Language, str]] = {"en": " ", "zh": ""}
#: How pydantic begins to say what it expects.
_LEADS = re.compile(r"^(Input should be |Value error, )")

#: The status of a refusal, by its code. What is not here is a conflict with the state of things
#: (409) where a rule said no, and a bad request (400) where the request makes no sense.
STATUS: Final[Mapping[str, int]] = {
    "web.not_signed_in": 401,
    "web.not_allowed": 403,
    "web.not_found": 404,
    "web.no_such_method": 405,
    "web.too_large": 413,
    "web.not_json": 415,
    "web.faulty": 422,
    "web.too_many": 429,
    "web.broken": 500,
    "web.try_again": 503,
    "people.not_allowed": 403,
    "people.forged": 403,
    "people.not_there": 404,
    "people.unfit": 422,
    "jobs.key_used_otherwise": 422,
    "jobs.webhook_unfit": 422,
    "ledger.unpostable": 422,
    "ledger.not_known": 422,
    "catalog.unfit": 422,
    "warehouse.unknown_decimals": 422,
    "warehouse.nothing_to_print": 404,
    "warehouse.no_such_mapping": 422,
    "import.bad_mapping": 422,
    "warehouse.unfit_rules": 422,
    "warehouse.unfit_order": 422,
    "warehouse.unknown_sku": 422,
    "warehouse.not_signed": 403,
    "warehouse.too_large_file": 413,
    "warehouse.faulty_file": 422,
    "warehouse.no_such_order": 422,
    "warehouse.no_such_buyer": 422,
    "warehouse.buyer_erased": 422,
    "warehouse.unfit_retention": 422,
    "closing.unfit_table": 422,
    "declaring.unfit_setup": 422,
    "reconciling.too_large_file": 413,
    "reconciling.no_such_mapping": 422,
    "reconciling.no_such_format": 422,
    "reconciling.says_otherwise": 422,
    "reconciling.cannot_match": 422,
    "reconciling.no_such_item": 422,
    "reconciling.no_such_proposal": 404,
    "settlement.unreadable": 422,
    "settlement.contradicting": 422,
    "settlement.bad_mapping": 422,
    "bank.unreadable": 422,
    "bank.contradicting": 422,
    "bank.bad_mapping": 422,
    "papers.unprintable": 422,
    "papers.unfit": 422,
    "papers.wrong_number": 422,
    "catalog.faulty_file": 422,
    "logistics.unfit": 422,
    "classifying.faulty_table": 422,
    "classifying.unfit": 422,
    "classifying.wrong_settings": 422,
    "customs.faulty_message": 422,
    "customs.no_receipts": 422,
    "consolidating.unfit": 422,
    "returning.unfit": 422,
    "costing.unfit": 422,
    "costing.cannot_spread": 422,
    "costing.faulty_file": 422,
    "warehouse.no_such_warehouse": 422,
    "warehouse.no_such_bin": 422,
    "warehouse.unknown_barcode": 422,
    "warehouse.unknown_grade": 422,
    "warehouse.misplaced": 422,
    "warehouse.no_shelf": 422,
    "catalog.not_a_photo": 422,
    "catalog.no_such_master": 404,
    "catalog.no_such_import": 404,
    "catalog.no_photo": 404,
}


class Problem(BaseModel):
    """What went wrong: what was asked, what was found, what to do. RFC 9457."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="A name of the kind of problem that never changes.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(ge=400, le=599, description="The status of the answer.")
    detail: str = Field(description="What was asked, what was found, what to do, in one text.")
    instance: str = Field(description="The path that was asked for.")
    code: str = Field(description="The rule that said no, for programs.")
    asked: str = Field(description="What was asked.")
    found: str = Field(description="What was found.")
    remedy: str = Field(description="What to do.")
    facts: dict[str, Any] = Field(description="What was found, for programs.")


class Faulty(Refused):
    """What was sent breaks its description; every fault is listed with its place."""

    code: ClassVar[str] = "web.faulty"


class Unreadable(Misused):
    """What was sent cannot be read."""

    code: ClassVar[str] = "web.unreadable"


class NotJson(Misused):
    """What was sent says of itself that it is not JSON."""

    code: ClassVar[str] = "web.not_json"


class TooLarge(Misused):
    """More was sent than this operation takes."""

    code: ClassVar[str] = "web.too_large"


#: What to say where nothing but a status is known: code, title, found, remedy.
_WORDS: Final[Mapping[int, tuple[str, str, str, str]]] = {
    400: ("web.bad_request", "A request that makes no sense.",
          "It is not a request of HTTP as it should be.", "Correct it and ask again."),
    401: ("web.not_signed_in", "Nobody is signed in.",
          "There is no session, and no token that holds.",
          "Send a token as Authorization: Bearer, or sign in."),
    403: ("web.not_allowed", "Whoever asks may not do this.",
          "The role or the token does not allow it.",
          "Ask an owner of the enterprise for the scope."),
    404: ("web.not_found", "There is nothing under this address.",
          "There is no such thing.", "Look the address or the id up."),
    405: ("web.no_such_method", "This address does not know the method.",
          "The address knows other methods.", "Use one that the header Allow lists."),
    413: ("web.too_large", TooLarge.__doc__ or "", "The request is larger than is taken.",
          "Send it in parts."),
    429: ("web.too_many", "Too many requests in a short time.",
          "More were sent than are taken.", "Wait as long as Retry-After says."),
    500: ("web.broken", "The program has a mistake.",
          "The program could not go on; nothing was changed.",
          "Report it with the reference."),
    503: ("web.try_again", "The database could not do it at this moment.",
          "The database is not reachable, or two requests were in each other's way;"
          " nothing was changed.", "Ask again in a moment."),
}  # fmt: skip


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """The response to whatever was raised; what no user can cause is written to the log."""
    problem = told(error, request)
    response = respond(problem, request)
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = "1"
    if isinstance(error, Throttled) and error.wait is not None:
        response["Retry-After"] = str(error.wait)
    return response


def respond(problem: Problem, request: HttpRequest) -> HttpResponse:
    """A problem as a response."""
    response: HttpResponse = Response(problem.model_dump(), status=problem.status)
    response["Content-Type"] = MEDIA_TYPE
    response["Content-Language"] = _TAGS[language_of(request)]
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="entrepot"'
    return response


def of_status(request: HttpRequest, status: int, **facts: object) -> Problem:
    """The problem where nothing but the status is known."""
    known = status if status in _WORDS else 500 if status >= 500 else 400
    code, title, found, remedy = _WORDS[known]
    return _problem(request, code, status, title, (_asked(request), found, remedy), facts)


def place_in_words(place: Sequence[object]) -> str:
    """A place in what was sent, as it is written in most languages: `lines[3].quantity`."""
    words = ""
    for part in place:
        words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else str(part)
    return words


def refuse_faults(asked: str, faults: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what was sent, where it has faults.

    Args:
        asked: "Cannot post 3 documents."
        faults: for each `at` (the place: names and indexes from 0), `found` and `expected`.

    Raises:
        Faulty: with the first 1,000 faults, and how many there are.
    """
    if not faults:
        return
    first = faults[0]
    many = f"{len(faults):,} faults, first:" if len(faults) > 1 else "One fault:"
    raise Faulty(
        asked,
        f"{many} {place_in_words(first['at']) or 'the whole'}: {first['found']}"
        f" (expected {first['expected']}).",
        "Correct what is listed and send it again; nothing was changed.",
        faults=[dict(fault) for fault in faults[:MOST_LISTED]],
        count=len(faults),
    )


def fault_of(source: str, place: Sequence[str | int], found: Mapping[str, Any]) -> dict[str, Any]:
    """A fault that reading found.

    Args:
        source: where it lies: path, query, header or body.
        place: names and indexes from there.
        found: what pydantic says of it.
    """
    # A body's name in the program says nothing to whoever sent it.
    at = list(place[1:] if source == "body" else place)
    if found["type"] == "missing":
        return {"in": source, "at": at, "found": "nothing", "expected": "a value"}
    if found["type"] == "extra_forbidden":
        return {"in": source, "at": at, "found": "an unknown field", "expected": "none"}
    expected = _LEADS.sub("", str(found["msg"]))
    return {"in": source, "at": at, "found": _shown(found["input"]), "expected": expected}


def _shown(value: object) -> str:
    """A value that was sent, in few words."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"


@singledispatch
def told(error: Exception, request: HttpRequest) -> Problem:
    """An error as a problem. What is not known is a mistake of the program."""
    return of_status(request, 500, reference=write_down(request, error))


def write_down(request: HttpRequest, error: Exception | None) -> str:
    """Write to the log that a request broke; what it can be found by.

    The log gets no address, which may hold anything, but its template.
    """
    reference = secrets.token_hex(6)
    log.error("broke", exc_info=error, extra={"reference": reference, **_which(request)})
    return reference


def _which(request: HttpRequest) -> dict[str, object]:
    match = request.resolver_match
    return {
        "request": getattr(request, "id", None),
        "method": request.method,
        "route": match.route if match else None,
    }


@told.register
def _(error: EntrepotError, request: HttpRequest) -> Problem:
    default = 400 if isinstance(error, Misused) else 409
    status = STATUS.get(error.code, default)
    title = summary_of(error)
    sentences = (error.asked, error.found, error.remedy)
    return _problem(request, error.code, status, title, sentences, error.facts)


@told.register
def _(error: ValidationError, request: HttpRequest) -> Problem:
    try:
        refuse_faults(_asked(request), error.errors)
    except Faulty as refusal:
        return told(refusal, request)
    return of_status(request, 400)


@told.register
def _(error: HttpError, request: HttpRequest) -> Problem:
    # The framework wraps what reading a body raises.
    if isinstance(error.__cause__, EntrepotError):
        return told(error.__cause__, request)
    return of_status(request, error.status_code)


@told.register(Http404)
@told.register(ObjectDoesNotExist)
def _(error: Exception, request: HttpRequest) -> Problem:
    return of_status(request, 404)


@told.register
def _(error: PermissionDenied, request: HttpRequest) -> Problem:
    return of_status(request, 403)


@told.register
def _(error: RequestDataTooBig, request: HttpRequest) -> Problem:
    return of_status(request, 413)


@told.register(SuspiciousOperation)
@told.register(UnreadablePostError)
def _(error: Exception, request: HttpRequest) -> Problem:
    return of_status(request, 400)


@told.register(OperationalError)
@told.register(InterfaceError)
@told.register(psycopg.OperationalError)
@told.register(psycopg.InterfaceError)
def _(error: Exception, request: HttpRequest) -> Problem:
    log.warning("the database could not do it", exc_info=error, extra=_which(request))
    return of_status(request, 503)


def _asked(request: HttpRequest) -> str:
    return f"Cannot answer {request.method} {_path(request)}."


def _path(request: HttpRequest) -> str:
    path = request.path
    return path if len(path) <= _MOST_PATH else path[:_MOST_PATH] + "…"


def _problem(
    request: HttpRequest,
    code: str,
    status: int,
    title: str,
    sentences: tuple[str, str, str],
    facts: Mapping[str, object],
) -> Problem:
    language = language_of(request)
    asked, found, remedy = sentences
    kept = {"code": code, "asked": asked, "found": found, "remedy": remedy, "facts": facts}
    says = told_kept(kept, language, title)
    return Problem(
        type=f"urn:entrepot:problem:{code}",
        title=says.title,
        status=status,
        detail=_BETWEEN[language].join((says.asked, says.found, says.remedy)),
        instance=_path(request),
        code=code,
        asked=says.asked,
        found=says.found,
        remedy=says.remedy,
        facts=facts_told(facts, language, code),
    )


def language_of(request: HttpRequest) -> Language:
    """The language that whoever asks likes more."""
    return accepted(request.headers.get("Accept-Language", ""))
