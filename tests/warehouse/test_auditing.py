# SPDX-License-Identifier: Apache-2.0
"""An audit finds promises and counts that nobody made."""

from __future__ import annotations

import psycopg
import pytest

from entrepot.ledger.audit import audit
from entrepot.people.tenancy import within
from entrepot.site.configuration import configuration
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.auditing import audit_orders
from tests.warehouse.floor import A1, open_floor, order, stock, taken


def found(enterprise):
    done = audit(enterprise)
    audit_orders(done)
    return [(each.code, each.about, each.found, each.expected) for each in done.findings]


@pytest.fixture
def promised(enterprise):
    """Two of five units are an order's."""
    open_floor(enterprise)
    stock(enterprise, A1, 5)
    ids = taken(enterprise, order("7", ("SKU-1", 2)))
    with within(enterprise):
        allocate_orders(ids)
    assert found(enterprise) == []
    return enterprise


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "UPDATE ledger_balance SET reserved = 3 WHERE reserved = 2",
            ("reserved_differs", f"SKU-1 in {A1}", "3 reserved", "2"),
        ),
        (
            "DELETE FROM warehouse_allocation",
            ("reserved_differs", f"SKU-1 in {A1}", "2 reserved", "0"),
        ),
        (
            "UPDATE warehouse_orderline SET shipped = 0, allocated = 1",
            ("order_differs", "shop 7 line 1", "1 reserved and 0 shipped", "2 and 0"),
        ),
    ],
)
def test_what_was_changed_past_the_program_is_found(promised, statement, expected):
    with psycopg.connect(configuration().owner) as owner:
        owner.execute("SELECT set_config('entrepot.enterprise', %s, true)", [str(promised)])
        owner.execute("SET LOCAL row_security = off")
        owner.execute(
            statement + (" AND" if "WHERE" in statement else " WHERE") + " enterprise_id = %s",
            [promised],
        )

    assert expected in found(promised)
