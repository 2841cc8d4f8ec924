# SPDX-License-Identifier: Apache-2.0
"""The app of the masters."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Products, warehouses, zones, bins and partners."""

    name = "entrepot.catalog"
    default_auto_field = "django.db.models.BigAutoField"
