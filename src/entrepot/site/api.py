# SPDX-License-Identifier: Apache-2.0
"""The API put together, at `/api/v1`: every slice brings its routers."""

from __future__ import annotations

from typing import Final

from entrepot.catalog.api import ROUTERS as MASTERS
from entrepot.jobs.api import router as jobs
from entrepot.jobs.idempotency import once
from entrepot.jobs.webhooks_api import router as webhooks
from entrepot.ledger.api import router as book
from entrepot.people.access import needs
from entrepot.people.api import ROUTERS as PEOPLE
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
    {"name": "imports", "description": "Files of masters: preview, take over, take back."},
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
for prefix, router in (*MASTERS, *PEOPLE):
    api.add_router(prefix, router)
api.add_router("/jobs", jobs)
api.add_router("/webhooks", webhooks)
