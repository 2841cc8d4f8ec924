# SPDX-License-Identifier: Apache-2.0
"""The app of loose cargo that is inspected before it is loaded."""

from django.apps import AppConfig


class ConsolidatingConfig(AppConfig):
    """Pieces at a supervised site, what happened to each, and the containers they leave in."""

    name = "entrepot.consolidating"
    default_auto_field = "django.db.models.BigAutoField"
