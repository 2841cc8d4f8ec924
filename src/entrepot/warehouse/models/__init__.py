# SPDX-License-Identifier: Apache-2.0
"""The warehouse's rows, by what they are about."""

from entrepot.warehouse.models.orders import (
    Allocation,
    Counter,
    Order,
    OrderLine,
    Policy,
    Recipient,
    Route,
)
from entrepot.warehouse.models.outbound import Parcel, ShippedLine, Wave

__all__ = [
    "Allocation",
    "Counter",
    "Order",
    "OrderLine",
    "Parcel",
    "Policy",
    "Recipient",
    "Route",
    "ShippedLine",
    "Wave",
]
