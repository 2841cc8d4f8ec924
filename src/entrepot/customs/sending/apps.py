# SPDX-License-Identifier: Apache-2.0
"""The app of documents for customs, the messages they go out in and the receipts that come back."""

from django.apps import AppConfig


class CustomsConfig(AppConfig):
    """Documents, messages, files and receipts of customs."""

    name = "entrepot.customs.sending"
    label = "customs"
    default_auto_field = "django.db.models.BigAutoField"
