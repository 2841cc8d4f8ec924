# SPDX-License-Identifier: Apache-2.0
"""The app of classification: tariffs of firms, how their goods are declared, and by whom."""

from django.apps import AppConfig


class ClassifyingConfig(AppConfig):
    """Tariff lines, classifications with their steps, and lines that customs released."""

    name = "entrepot.customs.classifying"
    label = "classifying"
    default_auto_field = "django.db.models.BigAutoField"
