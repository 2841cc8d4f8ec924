# SPDX-License-Identifier: Apache-2.0
"""The app of the declaring: documents for customs made of the goods of the desk."""

from django.apps import AppConfig


class DeclaringConfig(AppConfig):
    """What the firm says once, flows of goods through customs, and what of them was booked."""

    name = "entrepot.declaring"
    default_auto_field = "django.db.models.BigAutoField"
