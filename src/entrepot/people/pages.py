# SPDX-License-Identifier: Apache-2.0
"""The first page, and that of an invitation. Sign-in and security are django-allauth's."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entrepot.errors import Refused
from entrepot.people import bearer
from entrepot.people.access import CHOSEN
from entrepot.people.actions import enterprises_of
from entrepot.people.invitations import accept_invitation
from entrepot.people.models import User
from entrepot.people.signing_in import INVITATION, offered


@require_GET
@login_required
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the desk for who has chosen an enterprise; the only one chooses itself."""
    known = {str(workplace.enterprise) for workplace in enterprises_of(_person(request))}
    if request.session.get(CHOSEN) not in known:
        request.session.pop(CHOSEN, None)
        if len(known) == 1:
            request.session[CHOSEN] = known.pop()
    return redirect("pages:today" if CHOSEN in request.session else "people_enterprises")


@require_GET
@login_required
@never_cache
def enterprises(request: HttpRequest) -> HttpResponse:
    """Where the person works, and for which enterprise now."""
    workplaces = enterprises_of(_person(request))
    return render(
        request,
        "people/home.html",
        {"workplaces": workplaces, "chosen": request.session.get(CHOSEN)},
    )


@require_POST
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Work for another enterprise from now on; one where they do not work is passed over."""
    asked = request.POST.get("enterprise", "")
    if any(str(workplace.enterprise) == asked for workplace in enterprises_of(_person(request))):
        request.session[CHOSEN] = asked
    return redirect("people_home")


@require_GET
@never_cache
def open_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Keep the link's secret in the session, so that no address on the way carries it on."""
    if bearer.read(bearer.INVITATION, secret) is not None:
        request.session[INVITATION] = secret
    return redirect("people_join")


@require_http_methods(["GET", "POST"])
@never_cache
def join(request: HttpRequest) -> HttpResponse:
    """What is offered, and to accept it: at once when signed in, else after sign-in or sign-up."""
    offer, refused = offered(request), None
    if request.method == "POST" and request.user.is_authenticated:
        try:
            enterprise = accept_invitation(request.user, request.session.get(INVITATION, ""))
        except Refused as error:
            refused = error
        else:
            del request.session[INVITATION]
            request.session[CHOSEN] = str(enterprise)
            return redirect("people_home")
    status = 409 if refused else 200 if offer else 404
    return render(request, "people/join.html", {"offer": offer, "refused": refused}, status=status)


def _person(request: HttpRequest) -> User:
    """Who is signed in, on a page that asks for it."""
    assert isinstance(request.user, User)
    return request.user
