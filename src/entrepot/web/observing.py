# SPDX-License-Identifier: Apache-2.0
"""Every request has an id, a line in the log, and its place in the figures of `/metrics`.

What is kept of an address is its template, `api/v1/orders/<uuid:id>`: never the address itself,
what was asked in it, who asked by name, or from where.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from entrepot.web import figures

log = logging.getLogger("entrepot.request")

HEADER: Final = "X-Request-ID"
#: An id of a proxy: hexadecimal, so that it says nothing of anybody.
_ID: Final = re.compile(r"(?=(?:-?[0-9a-f]){16,64}$)[0-9a-f-]{16,80}", re.ASCII | re.IGNORECASE)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Asked every few seconds by whatever watches: told of only where they are not well.
_WATCHED: Final = frozenset({"healthz", "readyz", "metrics"})


class Observed:
    """The outermost middleware: it sees what is answered, whoever answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        given = request.headers.get(HEADER, "")
        id = given.lower() if _ID.fullmatch(given) else uuid4().hex
        request.id = id  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers[HEADER] = id
        seconds = time.perf_counter() - began
        route, status = route_of(request), response.status_code
        method = request.method if request.method in _METHODS else "other"
        figures.count_request(method or "other", route, status, seconds)
        if route not in _WATCHED or status >= 400:
            _tell(request, id, method or "other", route, status, seconds)
        return response


def route_of(request: HttpRequest) -> str:
    """The template of the address; `static` and `none` stand for what has no template."""
    match = request.resolver_match
    if match is not None:
        return match.route
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"


def _tell(
    request: HttpRequest, id: str, method: str, route: str, status: int, seconds: float
) -> None:
    access = getattr(request, "access", None)
    log.log(
        logging.ERROR if status >= 500 else logging.INFO,
        "request",
        extra={
            "request": id,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "enterprise": getattr(access, "enterprise", None),
            "actor": getattr(access, "actor", None),
        },
    )
