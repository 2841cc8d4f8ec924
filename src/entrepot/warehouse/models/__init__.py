# SPDX-License-Identifier: Apache-2.0
"""The warehouse's rows, by what they are about."""

from entrepot.warehouse.models.counts import (
    Count,
    CountAsked,
    CountedBin,
    CountEntry,
    CountLimit,
    CountLine,
)
from entrepot.warehouse.models.floor import Scan
from entrepot.warehouse.models.intake import OrderFile, OrderFilePart, OrderMapping, TakenOrder
from entrepot.warehouse.models.orders import (
    Allocation,
    BuyerRetention,
    Counter,
    Order,
    OrderLine,
    Policy,
    Recipient,
    Route,
)
from entrepot.warehouse.models.outbound import Gs1Prefix, Parcel, ShippedLine, Wave
from entrepot.warehouse.models.returns import ExpectedLine, Grade, Return, ReturnedLine
from entrepot.warehouse.models.shops import Shop, ShopEvent, ShopOrder

__all__ = [
    "Allocation",
    "BuyerRetention",
    "Count",
    "CountAsked",
    "CountEntry",
    "CountLimit",
    "CountLine",
    "CountedBin",
    "Counter",
    "ExpectedLine",
    "Grade",
    "Gs1Prefix",
    "Order",
    "OrderFile",
    "OrderFilePart",
    "OrderLine",
    "OrderMapping",
    "Parcel",
    "Policy",
    "Recipient",
    "Return",
    "ReturnedLine",
    "Route",
    "Scan",
    "ShippedLine",
    "Shop",
    "ShopEvent",
    "ShopOrder",
    "TakenOrder",
    "Wave",
]
