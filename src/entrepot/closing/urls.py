# SPDX-License-Identifier: Apache-2.0
"""The addresses of the pages of closes."""

from django.urls import path

from entrepot.closing import pages

urlpatterns = [
    path("", pages.closes, name="closes"),
    path("ask", pages.ask, name="closes_ask"),
    path("<uuid:close>/report", pages.report, name="closes_report"),
    path("<uuid:close>/<str:name>", pages.fetch, name="closes_file"),
]
