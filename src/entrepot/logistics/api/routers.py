# SPDX-License-Identifier: Apache-2.0
"""Where each router of logistics goes."""

from __future__ import annotations

from typing import Final

from entrepot.logistics.api import claims, consignments, declarations, drafts, purchases, receiving

ROUTERS: Final = (
    ("/purchases", purchases.router),
    ("/home-receipts", purchases.home),
    ("/declarations", declarations.router),
    ("/declaration-lines", declarations.lines),
    ("/invoice-links", declarations.links),
    ("/consignments", consignments.router),
    ("/consignments", drafts.of_consignment),
    ("/consignments", receiving.of_consignment),
    ("/scans", receiving.router),
    ("/receipt-lines", receiving.received),
    ("/expected", receiving.on_its_way),
    ("/claims", claims.router),
    ("/claim-terms", claims.terms),
)
