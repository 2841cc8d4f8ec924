# SPDX-License-Identifier: Apache-2.0
"""The addresses of the pages: each area's own, under its name."""

from __future__ import annotations

from typing import Any

from django.urls import include, path

app_name = "pages"

#: Modules of `entrepot.pages` with pages, and under which address they are.
AREAS = {
    "flows": "flows/",
    "tour": "tour/",
    "today": "today/",
    "looks": "",
    "search": "",
    "order_files": "orders/files/",
    "shops": "orders/shops/",
    "allocation": "orders/rules/",
    "orders": "orders/",
    "stock": "stock/",
    "movements": "movements/",
    "inbound.urls": "inbound/",
    "customs_settings": "customs/settings/",
    "customs": "customs/",
    "classification_forms": "classification/",
    "classification": "classification/",
    "declaring.urls": "declaring/",
    "outbound": "outbound/",
    "counts": "counts/",
    "returns": "returns/",
    "scan.shell": "scan/",
    "master_files": "masters/imports/",
    "masters": "masters/",
    "firm_programs": "firm/",
    "firm_log": "firm/",
    "firm_buyers": "firm/",
    "firm": "firm/",
    "jobs": "jobs/",
    "costing.urls": "money/costs/",
    "reconciling.urls": "money/",
    "closes": "closes/",
}


urlpatterns: list[Any] = [
    path(under, include(f"entrepot.pages.{area}")) for area, under in AREAS.items()
]
