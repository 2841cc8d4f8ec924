# SPDX-License-Identifier: Apache-2.0
"""The addresses of cost invoices: their list, each of them, files of them."""

from __future__ import annotations

from entrepot.pages.costing import entering, files, listing

urlpatterns = [*files.urlpatterns, *entering.urlpatterns, *listing.urlpatterns]
