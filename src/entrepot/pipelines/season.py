# SPDX-License-Identifier: Apache-2.0
"""The tables that make a season, in the order in which the goods move."""

from entrepot.catalog.tables import PRODUCTS
from entrepot.customs.tables import DECLARATIONS
from entrepot.finance.tables import FX_RATES
from entrepot.taxrefund.tables import INVOICE_LINKS, PURCHASES, REFUND_CLAIMS, REFUND_RATES
from entrepot.warehouse.tables import ADJUSTMENTS, RECEIPTS, RETURNS, SALES

SEASON = (
    PRODUCTS,
    PURCHASES,
    DECLARATIONS,
    INVOICE_LINKS,
    RECEIPTS,
    SALES,
    RETURNS,
    ADJUSTMENTS,
    REFUND_CLAIMS,
    REFUND_RATES,
    FX_RATES,
)
