# SPDX-License-Identifier: Apache-2.0
"""The app of jobs, kept answers and webhooks."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """What goes on outside of a request: jobs, and what is told to other programs."""

    name = "entrepot.jobs"
    default_auto_field = "django.db.models.BigAutoField"
