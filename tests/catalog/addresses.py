# SPDX-License-Identifier: Apache-2.0
"""The addresses that the tests of masters ask: their part of the API, and nothing else."""

from __future__ import annotations

from django.urls import path

from entrepot.catalog.api import ROUTERS
from entrepot.web.api import Api

api = Api(urls_namespace="catalog-tests")
for prefix, router in ROUTERS:
    api.add_router(prefix, router)

urlpatterns = [path("api/v1/", api.urls)]
