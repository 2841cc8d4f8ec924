# SPDX-License-Identifier: Apache-2.0
"""The addresses of money: each noun's own."""

from __future__ import annotations

from entrepot.pages.reconciling import board, files, matches, payouts

urlpatterns = [
    *board.urlpatterns, *matches.urlpatterns, *payouts.urlpatterns, *files.urlpatterns,
]  # fmt: skip
