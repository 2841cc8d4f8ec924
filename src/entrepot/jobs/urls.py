# SPDX-License-Identifier: Apache-2.0
"""The addresses of the page of jobs."""

from django.urls import path

from entrepot.jobs import pages

urlpatterns = [
    path("", pages.jobs, name="jobs"),
    path("<uuid:job>/cancel", pages.cancel, name="jobs_cancel"),
    path("<uuid:job>/retry", pages.retry, name="jobs_retry"),
]
