# SPDX-License-Identifier: Apache-2.0
"""Light or dark, and the help of a section."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST
from markdown_it import MarkdownIt

from entrepot.pages.context import THEME, THEMES
from entrepot.pages.frame import page, show, where_from
from entrepot.pages.navigation import SECTIONS
from entrepot.pages.wording import language, words
from entrepot.people.access import Access

#: What has a guide: every section, and the search, which is in all of them.
HELPED: Final = frozenset({*SECTIONS, "search"})
_YEAR: Final = 365 * 24 * 3600
#: Our own texts; what looks like HTML in them is shown as it is written.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


@require_POST
def theme(request: HttpRequest) -> HttpResponseRedirect:
    """Keep whether pages are light or dark."""
    response = redirect(where_from(request, reverse("people_home")))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            THEME, chosen, _YEAR, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
    return response


@page("book.read")
def help_(request: HttpRequest, access: Access, section: str) -> HttpResponse:
    """The guide of a section, in the reader's language."""
    if section not in HELPED:
        raise Http404
    guide = files("entrepot.pages").joinpath("guide", language(), f"{section}.md")
    if not guide.is_file():
        raise Http404
    return show(
        request, access, "common", "pages/help.html",
        guide=mark_safe(_MARKDOWN.render(guide.read_text("utf-8"))),
        heading=words("common")["names"][section],
        back=reverse(f"pages:{section}"),
    )  # fmt: skip


urlpatterns = [
    path("theme", theme, name="theme"),
    path("help/<slug:section>/", help_, name="help"),
]
