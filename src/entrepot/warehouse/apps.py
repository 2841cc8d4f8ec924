# SPDX-License-Identifier: Apache-2.0
"""The app of the warehouse: orders, what is reserved for them, and what leaves and comes back."""

from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    """Orders, allocations, waves, parcels, returns and counts."""

    name = "entrepot.warehouse"
    default_auto_field = "django.db.models.BigAutoField"
