# SPDX-License-Identifier: Apache-2.0
"""The app that hands the live book to the close."""

from django.apps import AppConfig


class ClosingConfig(AppConfig):
    """Seasons from the live book, their closes, and the tables that the desk does not keep yet."""

    name = "entrepot.closing"
    default_auto_field = "django.db.models.BigAutoField"
