# SPDX-License-Identifier: Apache-2.0
"""The warehouse's jobs, which its rooms declare."""

from __future__ import annotations

from entrepot.warehouse.allocation import work as allocation
from entrepot.warehouse.buyers import work as buyers
from entrepot.warehouse.intake import work as intake
from entrepot.warehouse.shops import work as shops

__all__ = ["allocation", "buyers", "intake", "shops"]
