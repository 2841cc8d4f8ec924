# SPDX-License-Identifier: Apache-2.0
"""The demo: a closed season and a working day, made once; its login stays on this machine."""

from __future__ import annotations

import pytest

from entrepot.closing.models import Close
from entrepot.ledger.audit import audit
from entrepot.ledger.models import Document
from entrepot.logistics.models import Consignment, Scan
from entrepot.people.tenancy import within
from entrepot.site.demo.login import DemoStaysHere, refuse_elsewhere
from entrepot.site.demo.making import make_demo
from entrepot.site.demo.room import DemoNeedsRoom, refuse_books, refuse_own_database
from entrepot.warehouse.auditing import audit_orders
from entrepot.warehouse.models import (
    Allocation,
    Count,
    Order,
    Parcel,
    Recipient,
    Return,
    ReturnedLine,
    Wave,
)
from tests.demo import SEASON, login


@pytest.fixture
def demo(demo_enterprise):
    with login():
        yield demo_enterprise


def test_a_working_day_has_begun(demo):
    with within(demo):
        states = set(Order.objects.values_list("state", flat=True))
        consignments = set(Consignment.objects.values_list("state", flat=True))
        parcels = set(Parcel.objects.values_list("state", flat=True))
        lying = {
            place.split("/")[-1][:1] for place in Allocation.objects.values_list("place", flat=True)
        }

        assert states == {"open", "held", "done", "cancelled"}
        assert consignments == {"draft", "dispatched", "arrived", "closed"}
        assert parcels == {"packed", "shipped"}
        assert lying == {"A", "B", "@"}  # bins, and the packing area
        assert Wave.objects.filter(is_open=True).exists()
        assert Count.objects.filter(state="open").exists()
        assert ReturnedLine.objects.filter(outcome="").count() == 1
        assert Return.objects.filter(received_at=None).count() == 1
        assert Scan.objects.filter(state="unknown").count() == 1
        assert Recipient.objects.count() > 20
        closed = Close.objects.get()
        assert closed.closed_at is not None
        assert closed.summary["units"]["unsold"] == 149


def test_its_book_is_whole_and_sealed(demo):
    found = audit(demo)
    audit_orders(found)

    assert found.is_clean, found.findings
    assert found.unsealed == 0


def test_it_is_made_once(demo):
    with within(demo):
        before = Document.objects.count()

    again = make_demo(SEASON)

    assert (again.enterprise, again.is_new) == (demo, False)
    with within(demo):
        assert Document.objects.count() == before


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "203.0.113.9"])
def test_it_is_not_served_to_others(demo, host):
    with pytest.raises(DemoStaysHere) as refused:
        refuse_elsewhere(host)

    assert host in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1"])
def test_it_is_served_on_this_machine(demo, host):
    refuse_elsewhere(host)


def test_it_is_laid_beside_nobodys_books(monkeypatch):
    with pytest.raises(DemoNeedsRoom):
        refuse_books(has_demo=False, has_books=True)
    refuse_books(has_demo=True, has_books=True)
    refuse_books(has_demo=False, has_books=False)

    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@db/books")
    with pytest.raises(DemoNeedsRoom):
        refuse_own_database()
