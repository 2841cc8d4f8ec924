# SPDX-License-Identifier: Apache-2.0
"""The app of the reconciliation: money from the order to the bank, and the refund."""

from django.apps import AppConfig


class ReconcilingConfig(AppConfig):
    """Files of money, payouts, bank lines, what matches them, and what is open."""

    name = "entrepot.reconciling"
    default_auto_field = "django.db.models.BigAutoField"
