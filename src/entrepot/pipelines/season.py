# SPDX-License-Identifier: Apache-2.0
"""The tables that make a season, in the order in which the goods move, and their version."""

from entrepot.catalog.tables import PRODUCTS
from entrepot.customs.tables import DECLARATIONS
from entrepot.engine.schema import Table
from entrepot.finance.tables import FX_RATES
from entrepot.finance.tables_bank import BANK
from entrepot.finance.tables_collection import COLLECTION_TERMS, COLLECTIONS
from entrepot.finance.tables_costs import COST_SHARES, COSTS
from entrepot.settlement.tables_season import PAYOUTS, SETTLEMENTS
from entrepot.taxrefund.producing.tables import INPUT_INVOICES, VAT_EXPORTS, VAT_PERIODS
from entrepot.taxrefund.tables import INVOICE_LINKS, PURCHASES, REFUND_CLAIMS, REFUND_RATES
from entrepot.warehouse.tables import ADJUSTMENTS, RECEIPTS, RETURNS, SALES, TRANSFERS

SEASON = (
    PRODUCTS,
    PURCHASES,
    DECLARATIONS,
    INVOICE_LINKS,
    RECEIPTS,
    TRANSFERS,
    SALES,
    RETURNS,
    ADJUSTMENTS,
    REFUND_CLAIMS,
    REFUND_RATES,
    FX_RATES,
    SETTLEMENTS,
    PAYOUTS,
    COSTS,
    COST_SHARES,
    BANK,
    COLLECTIONS,
    COLLECTION_TERMS,
)
#: What the season of a producing firm has beside them. No version brought them: before, the season
#: of such a firm was not closed.
PRODUCING = (VAT_PERIODS, VAT_EXPORTS, INPUT_INVOICES)

#: Version of the tables that this program reads and writes; it reads every earlier one as well.
#: A column or table that comes new says `since=` the next number, and nothing is ever taken away.
SCHEMA_VERSION = 6
#: Version of a season that names none.
FIRST_VERSION = 1


def tables_of(kind: str) -> tuple[Table, ...]:
    """The tables that the season of a firm of that kind has: trading or producing."""
    return (*SEASON, *PRODUCING) if kind == "producing" else SEASON


def is_newer(version: int | None) -> bool:
    """Whether a season is of a version that this program does not know yet; None is not told."""
    return version is not None and version > SCHEMA_VERSION


def is_older(version: int | None) -> bool:
    """Whether a season is of a version that lacks what the newest one has; None is not told."""
    return version is not None and version < SCHEMA_VERSION
