# SPDX-License-Identifier: Apache-2.0
"""Every address of the desk."""

from django.contrib import admin
from django.urls import include, path

from entrepot.site.api import api
from entrepot.site.metrics import metrics
from entrepot.warehouse.shops.receiving import shopify
from entrepot.web.health import healthz, readyz

handler500 = "entrepot.web.middleware.broken"

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("api/v1/", api.urls),
    path("hooks/shopify/<str:address>", shopify),
    path("admin/", admin.site.urls),
    path("", include("entrepot.people.urls")),
    path("", include("entrepot.pages.urls")),
]
