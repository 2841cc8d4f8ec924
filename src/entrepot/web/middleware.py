# SPDX-License-Identifier: Apache-2.0
"""Below `/api/`, whatever answers, an error is a problem: also where no operation was reached."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from entrepot.web.problems import (
    MEDIA_TYPE,
    answer,
    language_of,
    of_status,
    respond,
    told,
    write_down,
)  # fmt: skip

PREFIX: Final = "/api/"


class Problems:
    """First of the middleware, so that it sees what every other one answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        response = self.get_response(request)
        if response.status_code >= 400 and response["Content-Type"] != MEDIA_TYPE:
            response = _as_problem(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def broken(request: HttpRequest) -> HttpResponse:
    """What Django answers where something raised and nobody caught it: its `handler500`."""
    error = sys.exc_info()[1]
    if not isinstance(error, Exception):
        return server_error(request)
    if request.path_info.startswith(PREFIX):
        return answer(request, error)
    problem = told(error, request)
    page = render_to_string("500.html", {"problem": problem, "language": language_of(request)})
    return HttpResponse(page, status=problem.status)


def _as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The same answer, with another body: what other middleware added to it stays."""
    facts = {}
    if response.status_code >= 500:
        facts["reference"] = write_down(request, None)
    problem = respond(of_status(request, response.status_code, **facts), request)
    response.content = problem.content
    response["Content-Length"] = str(len(problem.content))
    for name, value in problem.items():
        response[name] = value
    return response
