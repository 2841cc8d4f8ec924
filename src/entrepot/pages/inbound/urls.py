# SPDX-License-Identifier: Apache-2.0
"""The addresses of inbound: each noun's own."""

from __future__ import annotations

from django.urls import include, path

from entrepot.pages.inbound import (
    claims,
    consignments,
    declarations,
    home,
    home_scan,
    loading,
    pieces,
    plans,
    purchases,
    receiving,
    sending,
)

urlpatterns = [
    path("consignments/", include(sending.urlpatterns)),
    path("", include(consignments.urlpatterns)),
    path("purchases/", include(purchases.urlpatterns)),
    path("declarations/", include(declarations.urlpatterns)),
    path("receiving/", include(receiving.urlpatterns)),
    path("pieces/", include(pieces.urlpatterns)),
    path("plans/", include(plans.urlpatterns)),
    path("loading/", include(loading.urlpatterns)),
    path("claims/", include(claims.urlpatterns)),
    path("", include(home_scan.urlpatterns)),
    path("returns/", include(home.urlpatterns)),
]
