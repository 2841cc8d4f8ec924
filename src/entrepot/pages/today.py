# SPDX-License-Identifier: Apache-2.0
"""The first page: what waits today."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from entrepot.pages.frame import page, show
from entrepot.people.access import Access


@page("book.read")
def today(request: HttpRequest, access: Access) -> HttpResponse:
    """What waits today, by who can do it."""
    return show(request, access, "today", "pages/today.html")


urlpatterns = [path("", today, name="today")]
