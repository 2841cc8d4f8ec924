# SPDX-License-Identifier: Apache-2.0
"""The app of everything between the factory and the shelf of a warehouse overseas."""

from django.apps import AppConfig


class LogisticsConfig(AppConfig):
    """Purchases, declarations, consignments, receipts and claims to carriers."""

    name = "entrepot.logistics"
    default_auto_field = "django.db.models.BigAutoField"
