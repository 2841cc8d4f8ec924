# SPDX-License-Identifier: Apache-2.0
"""The addresses of the declaring: each noun's own."""

from __future__ import annotations

from entrepot.pages.declaring import bookings, flows, setup

urlpatterns = [*flows.urlpatterns, *bookings.urlpatterns, *setup.urlpatterns]
