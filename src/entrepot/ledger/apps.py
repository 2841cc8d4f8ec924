# SPDX-License-Identifier: Apache-2.0
"""The app of the live book."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Documents, movements, balances and seals."""

    name = "entrepot.ledger"
    default_auto_field = "django.db.models.BigAutoField"
