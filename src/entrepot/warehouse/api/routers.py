# SPDX-License-Identifier: Apache-2.0
"""Where the routers of orders go."""

from __future__ import annotations

from typing import Final

# Papers add themselves to the routers of orders, parcels and waves.
from entrepot.warehouse.api import papers
from entrepot.warehouse.api.files import files, order_mappings
from entrepot.warehouse.api.orders import router as orders
from entrepot.warehouse.api.outbound import parcels, waves
from entrepot.warehouse.api.routing import policy, routes
from entrepot.warehouse.api.shops import events, shops

__all__ = ["ROUTERS", "papers"]

ROUTERS: Final = (
    ("/orders", orders),
    ("/order-files", files),
    ("/order-mappings", order_mappings),
    ("/routes", routes),
    ("/policy", policy),
    ("/waves", waves),
    ("/parcels", parcels),
    ("/shops", shops),
    ("/shop-events", events),
)
