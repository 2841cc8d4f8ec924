# SPDX-License-Identifier: Apache-2.0
"""The app of cost invoices: what was paid for goods and sales beside their price."""

from django.apps import AppConfig


class CostingConfig(AppConfig):
    """Invoices, their lines and shares, and files of them."""

    name = "entrepot.costing"
    default_auto_field = "django.db.models.BigAutoField"
