# SPDX-License-Identifier: Apache-2.0
"""The API put together, at `/api/v1`: every slice brings its routers."""

from __future__ import annotations

from typing import Final

from entrepot.catalog.api import ROUTERS as MASTERS
from entrepot.closing.api import closes
from entrepot.closing.api import tables as season_tables
from entrepot.consolidating.api import ROUTERS as CONSOLIDATING
from entrepot.consolidating.api_plans import ROUTERS as LOADING
from entrepot.costing.api import router as costs
from entrepot.customs.classifying.api import router as classification
from entrepot.customs.returns.api import ROUTERS as RETURNING
from entrepot.customs.sending.api import router as customs
from entrepot.declaring.api import router as declaring
from entrepot.jobs.api import router as jobs
from entrepot.jobs.idempotency import once
from entrepot.jobs.webhooks_api import router as webhooks
from entrepot.ledger.api import router as book
from entrepot.logistics.api.routers import ROUTERS as INBOUND
from entrepot.people.access import needs
from entrepot.people.api import ROUTERS as PEOPLE
from entrepot.reconciling.api import router as money
from entrepot.warehouse.api.routers import ROUTERS as ORDERS
from entrepot.warehouse.buyers.api import router as buyers
from entrepot.warehouse.counts.api import router as counts
from entrepot.warehouse.floor.api import router as floor
from entrepot.warehouse.returns.api import router as returns
from entrepot.web.api import Api

ABOUT: Final = """
Everything that the pages do. JSON in and out; times in UTC, days as 2026-01-02, quantities as
whole numbers.

**Errors** are problems (RFC 9457): `code` names the rule that said no; `asked`, `found` and
`remedy` say it in words, `facts` for programs. What is answered with 400 or more has changed
nothing.

**Sent twice, done once**: with an `Idempotency-Key`, a request that changes something may be sent
again; it is done once and answered alike.

**Lists** come in pages: ask for `next` of one page as `cursor` of the next.
"""

TAGS: Final = [
    {"name": "book", "description": "Documents and their movements, and what lies where."},
    {"name": "products", "description": "What is bought and sold, by SKU."},
    {"name": "warehouses", "description": "Where goods lie, at home and overseas."},
    {"name": "zones", "description": "Parts of warehouses."},
    {"name": "bins", "description": "Shelves of warehouses, in the order of picking."},
    {"name": "partners", "description": "Suppliers, customers, carriers, banks and others."},
    {"name": "purchases", "description": "Bought from factories: invoices, and what came in."},
    {"name": "declarations", "description": "Export declarations, and invoices linked to them."},
    {"name": "consignments", "description": "Sent from one warehouse to another."},
    {"name": "customs", "description": "Documents for customs, messages, receipts, settings."},
    {"name": "classification", "description": "How goods are declared, by the firm's tariff."},
    {"name": "declaring", "description": "Goods through customs: flows, steps, bookings, merges."},
    {"name": "receiving", "description": "Scans at the gate, and what is on its way."},
    {"name": "pieces", "description": "Loose cargo at a site, inspected before it is loaded."},
    {"name": "returns home", "description": "Exported goods that return through customs."},
    {"name": "loading", "description": "Containers at a site, and what they are loaded with."},
    {"name": "claims", "description": "What carriers owe for what they lost or damaged."},
    {"name": "orders", "description": "What customers ordered, and what is reserved for them."},
    {"name": "order files", "description": "Files of orders: preview, take over, take back."},
    {"name": "allocation", "description": "By which rules a warehouse is chosen."},
    {"name": "waves", "description": "Orders that are picked together."},
    {"name": "parcels", "description": "What is packed and handed over."},
    {"name": "shops", "description": "Shops that tell of their orders by webhooks."},
    {"name": "imports", "description": "Files of masters: preview, take over, take back."},
    {"name": "floor", "description": "Hand-helds: moving, putting away, picking by scanning."},
    {"name": "returns", "description": "What comes back: received, graded, restocked or not."},
    {"name": "buyers", "description": "What is kept of buyers: found, handed out, erased."},
    {"name": "counts", "description": "Bins counted, and differences approved."},
    {"name": "money", "description": "Payouts, bank lines, what matches them, what is open."},
    {"name": "costs", "description": "Invoices of forwarders, warehouses, carriers and others."},
    {"name": "closes", "description": "The live book closed for a day: reports and tables."},
    {"name": "people", "description": "Who works here, who was invited, what programs may do."},
    {"name": "audit", "description": "Who did what."},
    {"name": "jobs", "description": "What is done outside of a request."},
    {"name": "webhooks", "description": "Other programs that are told of events."},
]

api = Api(
    title="Entrepot",
    version="1.0",
    description=ABOUT.strip(),
    urls_namespace="api",
    auth=needs(None),
    servers=[{"url": "/", "description": "This server."}],
    openapi_extra={
        "info": {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "tags": TAGS,
    },
)
api.add_decorator(once, mode="operation")
api.add_router("", book)
for prefix, router in (
    *MASTERS, *INBOUND, *CONSOLIDATING, *LOADING, *RETURNING, *ORDERS, *PEOPLE,
):  # fmt: skip
    api.add_router(prefix, router)
api.add_router("/classification", classification)
api.add_router("/customs", customs)
api.add_router("/declaring", declaring)
api.add_router("/floor", floor)
api.add_router("/returns", returns)
api.add_router("/counts", counts)
api.add_router("/buyers", buyers)
api.add_router("/money", money)
api.add_router("/costs", costs)
api.add_router("/closes", closes)
api.add_router("/season-tables", season_tables)
api.add_router("/jobs", jobs)
api.add_router("/webhooks", webhooks)
