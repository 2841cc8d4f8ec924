# SPDX-License-Identifier: Apache-2.0
"""Who calls the API, and one transaction of their enterprise around what they ask."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from entrepot.people.access import CHOSEN, HEADER, Access, access_of
from entrepot.people.loopback import is_loopback
from entrepot.people.models import User
from entrepot.people.tenancy import within
from entrepot.people.tokens import resolve

API = "/api/"
#: Scripts, styles and forms are ours; a QR code is an image within its page.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)

View = Callable[[HttpRequest], HttpResponseBase]


class CallersMiddleware:
    """Sets `request.access`, and runs a request of a known caller within their enterprise.

    What is answered with 400 or more leaves nothing behind. An unknown caller has no access and no
    enterprise: the endpoint answers 401. Answers are complete when they leave the view: one that
    streams would read after the transaction has ended.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(API):
            return self.get_response(request)
        access = find_caller(request)
        request.access = access  # type: ignore[attr-defined]
        if access is None:
            return self.get_response(request)
        with within(access.enterprise, access.actor, address_of(request)):
            response = self.get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response


class DemoMiddleware:
    """Ends the demo's sessions wherever they are used but on this machine, however they began."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            user = request.user
            if isinstance(user, User) and user.is_demo and not is_loopback(request):
                logout(request)
        return self.get_response(request)


class PolicyMiddleware:
    """Tells the browser that a page loads nothing from elsewhere and runs nothing inline."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


def find_caller(request: HttpRequest) -> Access | None:
    """Whoever bears a token, or else whoever is signed in, with the enterprise that is meant.

    Who sends a token that opens nothing is unknown, whatever session they have; so is who names an
    enterprise that is not the token's, or where they do not work.
    """
    named = request.headers.get(HEADER)
    if "Authorization" in request.headers:
        scheme, _, text = request.headers["Authorization"].partition(" ")
        access = resolve(text.strip()) if scheme.lower() == "bearer" else None
        if access is None or (named and _uuid(named) != access.enterprise):
            return None
        return access if not access.is_demo or is_loopback(request) else None
    if not isinstance(request.user, User):
        return None
    enterprise = _uuid(named or request.session.get(CHOSEN, ""))
    return None if enterprise is None else access_of(request.user, enterprise)


def address_of(request: HttpRequest) -> str | None:
    """Where a request came from, past the proxy if there is one; a socket has no address."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
