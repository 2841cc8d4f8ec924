# SPDX-License-Identifier: Apache-2.0
"""What every page stands in: who may see it, one transaction around it, how a refusal is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist, SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.errors import EntrepotError
from entrepot.pages.wording import Words, language, words
from entrepot.people.access import Access
from entrepot.people.middleware import address_of, find_caller
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.web import telling

Given = ParamSpec("Given")
View = Callable[Concatenate[HttpRequest, Access, Given], HttpResponseBase]

#: What a page answers where a rule said no.
REFUSED: Final = 409


def page(scope: str) -> Callable[[View[Given]], Callable[..., HttpResponseBase]]:
    """A page for whoever is signed in, in the enterprise they chose, and has a scope.

    One transaction of the enterprise goes around it, in the enterprise's time zone. What is not
    there is answered 404, a refusal by a page that says it.
    """

    def around(view: View[Given]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def seen(
            request: HttpRequest, *given: Given.args, **named: Given.kwargs
        ) -> HttpResponseBase:
            return _within(request, scope, lambda access: view(request, access, *given, **named))

        return never_cache(login_required(require_http_methods(["GET", "HEAD"])(seen)))

    return around


def form(scope: str) -> Callable[[View[Given]], Callable[..., HttpResponseBase]]:
    """A page with a form: GET shows it, POST does it; a refusal belongs to the form (`refused`)."""

    def around(view: View[Given]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def seen(
            request: HttpRequest, *given: Given.args, **named: Given.kwargs
        ) -> HttpResponseBase:
            return _within(request, scope, lambda access: view(request, access, *given, **named))

        return never_cache(login_required(require_http_methods(["GET", "HEAD", "POST"])(seen)))

    return around


def action(scope: str, back: str) -> Callable[[View[Given]], Callable[..., HttpResponseBase]]:
    """A button: POST only. A refusal is said on the page the button was on, and nothing is done.

    Args:
        back: the page to say it on where the browser does not tell which that was.
    """

    def around(view: View[Given]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def done(
            request: HttpRequest, *given: Given.args, **named: Given.kwargs
        ) -> HttpResponseBase:
            def act(access: Access) -> HttpResponseBase:
                try:
                    with transaction.atomic():
                        return view(request, access, *given, **named)
                except EntrepotError as error:
                    messages.error(request, told(error))
                    return redirect(where_from(request, back))

            return _within(request, scope, act)

        return never_cache(login_required(require_http_methods(["POST"])(done)))

    return around


def show(
    request: HttpRequest,
    access: Access,
    section: str,
    template: str,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """A page of a section: its words are `say`, what all pages say is `word`."""  # fmt: skip
    context |= {
        "say": words(section),
        "word": words("common"),
        "section": section,
        "access": access,
    }
    return render(request, template, context, status=status)


def tabs(say: Words, here: str, *names: str) -> list[dict[str, Any]]:
    """The pages of a section beside each other: `names` are those of their addresses, and their
    titles are `tabs` of the section's words.
    """
    return [
        {"title": say["tabs"][name], "url": reverse(f"pages:{name}"), "is_here": name == here}
        for name in names
    ]


def refused(request: HttpRequest, error: EntrepotError) -> None:
    """Say on the page that is about to be shown what was refused."""
    messages.error(request, told(error))


def told(error: EntrepotError) -> str:
    """What was asked, what was found, what to do: three lines in the reader's language."""
    said = telling.told(error, language())
    return "\n".join((said.asked, said.found, said.remedy))


def where_from(request: HttpRequest, otherwise: str) -> str:
    """The page of ours that a request came from, or else another."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        parts = urlsplit(referer)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return otherwise


def _within(
    request: HttpRequest, scope: str, answer: Callable[[Access], HttpResponseBase]
) -> HttpResponseBase:
    if any("\0" in text for given in (request.GET, request.POST) for text in _texts(given)):
        raise SuspiciousOperation("no text may hold a NUL, which nobody can type")
    access = find_caller(request)
    if access is None or access.user is None:
        return redirect("people_home")
    try:
        access.need(scope)
        with within(access.enterprise, access.actor, address_of(request)):
            firm = Profile.objects.get()
            request.firm, request.access = firm, access  # type: ignore[attr-defined]
            with timezone.override(ZoneInfo(firm.time_zone)):
                response = answer(access)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            return response
    except ObjectDoesNotExist as error:
        raise Http404 from error
    except EntrepotError as error:
        request.access = access  # type: ignore[attr-defined]
        return show(
            request, access, "common", "pages/refused.html", status=REFUSED, told=told(error)
        )


def _texts(given: QueryDict) -> Iterator[str]:
    """Names and values as they came, each of several."""
    for name, texts in given.lists():
        yield name
        yield from map(str, texts)
