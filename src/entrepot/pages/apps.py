# SPDX-License-Identifier: Apache-2.0
"""The pages of the desk, as an application of Django."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "entrepot.pages"
    label = "pages"
