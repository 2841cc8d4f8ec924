# SPDX-License-Identifier: Apache-2.0
"""The addresses of people's pages."""

from django.urls import include, path

from entrepot.people import pages

urlpatterns = [
    path("", pages.home, name="people_home"),
    path("enterprises/", pages.enterprises, name="people_enterprises"),
    path("enterprise/", pages.choose, name="people_choose"),
    path("join/", pages.join, name="people_join"),
    path("join/<slug:secret>/", pages.open_invitation, name="people_invitation"),
    path("account/", include("allauth.urls")),
    path("language/", include("django.conf.urls.i18n")),
]
