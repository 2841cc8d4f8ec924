# SPDX-License-Identifier: Apache-2.0
"""The app of cases of goods that return through customs, and of the numbers scanned of them."""

from django.apps import AppConfig


class ReturningConfig(AppConfig):
    """Cases, their lines and steps; identities; what was refunded of each declaration line."""

    name = "entrepot.customs.returns"
    label = "returning"
    default_auto_field = "django.db.models.BigAutoField"
