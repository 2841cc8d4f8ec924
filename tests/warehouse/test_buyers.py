# SPDX-License-Identifier: Apache-2.0
"""Buyers: kept apart, erased when their time is over or when they ask, and found nowhere then.

The searches through the whole database go past all walls, and decrypt what can be.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.utils import timezone
from psycopg import sql

from entrepot.jobs.models import QUEUED, Job
from entrepot.ledger.audit import audit
from entrepot.ledger.opening import open_items
from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import within
from entrepot.site.configuration import configuration
from entrepot.warehouse.buyers import erasing, finding, keeping
from entrepot.warehouse.buyers.work import EraseIn, erase_old, erase_when_due
from entrepot.warehouse.intake import actions as intake
from entrepot.warehouse.models import Order, OrderFile, Recipient, Return, ShopEvent
from entrepot.warehouse.models.shops import KEPT
from entrepot.warehouse.orders.changing import Cancel, cancel
from entrepot.warehouse.shops.refusals import NotWaiting
from entrepot.warehouse.shops.taking import Message, receive, retry
from tests.jobs.callers import Caller, new_caller
from tests.warehouse.floor import open_floor, order, stock, taken
from tests.warehouse.shop_kit import connect, said

ADA = {"name": "Ada Zuckerkandl", "company": "Wunderkammer GmbH", "street": "Lange Straße 77",
       "city": "Quakenbrück", "phone": "+49 5431 99-88-77-66",
       "email": "ada.z@wunder.example"}  # fmt: skip
WORDS = ("Zuckerkandl", "Wunderkammer", "Lange Stra", "Quakenbr", "99887766", "99-88-77-66",
         "ada.z@wunder", "49610-XQ", "ring twice")  # fmt: skip
BOB = {"name": "Bob Unrelated", "email": "bob@else.example"}
PAST = timedelta(days=40)


class Quiet:
    """Nobody who is told how far a job is."""

    def progress(self, done: int, of: int | None = None) -> None:
        """Nothing."""


def of_ada(number: str, **says: object) -> Any:
    given = {"recipient": ADA, "postcode": "49610-XQ", "note": "ring twice"} | says
    return order(number, **given)


def ended(enterprise: UUID, *orders: Any, days: int = 0) -> list[UUID]:
    """Orders that were cancelled so many days ago."""
    ids = taken(enterprise, *orders)
    with within(enterprise):
        cancel([Cancel(id) for id in ids])
        Order.objects.filter(id__in=ids).update(ended_at=timezone.now() - timedelta(days))
    return ids


def recipients(enterprise: UUID) -> set[UUID]:
    with within(enterprise):
        return set(Recipient.objects.values_list("order_id", flat=True))


def digest(enterprise: UUID, *tables: str) -> list[Any]:
    """What tables say of an enterprise, past all walls."""
    with psycopg.connect(configuration().owner) as owner:
        owner.execute("SET row_security = off")
        return [
            owner.execute(
                sql.SQL(
                    "SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} AS t"
                    " WHERE enterprise_id = %s"
                ).format(sql.Identifier(table)),
                [enterprise],
            ).fetchone()
            for table in tables
        ]


def everywhere(enterprise: UUID, words: tuple[str, ...], blobs: list[bytes]) -> set[str]:
    """The tables in which a word stands, as a text or as bytes, or bytes do, in any column.

    Of an enterprise and of nobody: other tests have people of the same name.
    """
    said = [*words, *(word.encode().hex() for word in words), *(blob.hex() for blob in blobs)]
    found = set()
    with psycopg.connect(configuration().owner) as owner:
        owner.execute("SET row_security = off")
        tables = [name for (name,) in owner.execute("""
            SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')
                AND relnamespace = 'public'::regnamespace AND NOT relispartition
        """)]  # fmt: skip
        assert len(tables) > 80
        for table in tables:
            asked = sql.SQL("""
                SELECT EXISTS (SELECT FROM {} AS t WHERE t::text ILIKE ANY(%s)
                    AND coalesce(to_jsonb(t) ->> 'enterprise_id', %s) = %s)
            """).format(sql.Identifier(table))
            given = [[f"%{each}%" for each in said], str(enterprise), str(enterprise)]
            (is_there,) = owner.execute(asked, given).fetchone() or (0,)
            if is_there:
                found.add(table)
    return found


@pytest.fixture
def floor(enterprise: UUID) -> UUID:
    return open_floor(enterprise)


@pytest.fixture
def caller(desk: None) -> Caller:
    made = new_caller()
    open_floor(made.enterprise)
    return made


def test_an_order_that_ends_says_when_and_one_that_opens_again_does_not(floor):
    (id,) = taken(floor, of_ada("1"))
    with within(floor):
        assert Order.objects.get(id=id).ended_at is None
        cancel([Cancel(id)])
        assert Order.objects.get(id=id).ended_at is not None


def test_nothing_of_a_person_is_left_anywhere_and_the_book_is_as_before(floor, desk):
    other = open_floor(new_caller().enterprise)
    stock(floor, "warehouse/DUI1/A-01", 5)
    (theirs,) = ended(other, order("1", recipient=BOB))
    shop = connect(floor)
    told = said(1, email=ADA["email"], note="ring twice", shipping_address={
        "name": ADA["name"], "address1": ADA["street"], "zip": "49610-XQ", "city": ADA["city"],
        "country_code": "DE", "phone": ADA["phone"],
    })  # fmt: skip
    (mine, bobs) = ended(floor, of_ada("A-1"), order("B-1", recipient=BOB))
    with within(floor):
        receive(shop, Message("orders/create", json.dumps(told).encode(), "m-1"))
        gone = told | {"cancelled_at": "2026-03-02T12:00:00+01:00"}
        receive(shop, Message("orders/cancelled", json.dumps(gone).encode(), "m-2"))
        lost = told | {"id": 9500, "name": "#95", "shipping_address": {"name": ADA["name"]}}
        receive(shop, Message("orders/create", json.dumps(lost).encode(), "m-3"))
        Return.objects.create(number="R-1", order_id=mine, note="Zuckerkandl rang", created_by="x")
        blobs = [bytes(b) for b in Recipient.objects.exclude(order_id=bobs)
                 .values_list("content", flat=True)]  # fmt: skip
        blobs += [bytes(b) for b in ShopEvent.objects.values_list("body", flat=True)]
        found = finding.find(" ADA.Z@wunder.example ")
        assert len(found.orders) == 2
        assert len(found.messages) == 1
    assert everywhere(floor, (), blobs) == {"warehouse_recipient", "warehouse_shopevent"}
    assert everywhere(floor, WORDS, []) == {"warehouse_order", "warehouse_return"}
    book = digest(floor, "ledger_movement", "ledger_document", "ledger_balance", "ledger_seal")
    lines = digest(floor, "warehouse_orderline", "warehouse_shoporder")

    with within(floor):
        logged = set(AuditEntry.objects.values_list("id", flat=True))
        assert erasing.erase(found.orders, found.messages) == 3
        assert erasing.erase(found.orders, found.messages) == 0
        assert finding.find(ADA["email"]) == finding.Found()
        kept = AuditEntry.objects.exclude(id__in=logged).get()
        assert (kept.action, kept.facts["count"]) == ("buyers.erased", 2)
    assert audit(floor).is_clean

    assert everywhere(floor, WORDS, blobs) == set()
    assert digest(
        floor, "ledger_movement", "ledger_document", "ledger_balance", "ledger_seal"
    ) == book  # fmt: skip
    assert digest(floor, "warehouse_orderline", "warehouse_shoporder") == lines
    assert recipients(floor) == {bobs}
    assert recipients(other) == {theirs}


def test_what_the_shop_says_later_of_a_buyer_who_was_erased_is_not_kept(floor):
    shop = connect(floor)
    with within(floor):
        gone = said(1, cancelled_at="2026-03-02T12:00:00+01:00")
        receive(shop, Message("orders/create", json.dumps(said(1)).encode(), "m-1"))
        receive(shop, Message("orders/cancelled", json.dumps(gone).encode(), "m-2"))
        id = Order.objects.get().id
        erasing.erase([id])

        again = said(1, 50, note="for Ada", cancelled_at="2026-03-02T12:00:00+01:00")
        event = receive(shop, Message("orders/updated", json.dumps(again).encode(), "m-3"))

        assert event is not None
        assert bytes(event.body) == b""
        its = Order.objects.get()
        assert (its.note, its.postcode) == ("", "")
        assert not Recipient.objects.exists()


def test_an_order_that_is_to_be_shipped_keeps_its_buyer(floor):
    (open_,) = taken(floor, of_ada("1"))
    (done,) = ended(floor, of_ada("2"))
    with within(floor):
        with pytest.raises(erasing.BuyerAwaits) as refused:
            erasing.erase([done, open_])
        assert refused.value.facts["orders"] == [str(open_)]
        with pytest.raises(erasing.NoSuchBuyer):
            erasing.erase([UUID(int=7)])
    assert recipients(floor) == {open_, done}


def test_the_job_erases_those_that_are_due_and_no_others(floor):
    other = open_floor(new_caller().enterprise)
    old, older, young = ended(floor, of_ada("1"), of_ada("2"), of_ada("3"), days=31)
    (waits,) = taken(floor, of_ada("4"))
    (theirs,) = ended(other, of_ada("1"), days=31)
    with within(floor):
        Order.objects.filter(id=young).update(ended_at=timezone.now() - timedelta(days=29))
        Order.objects.filter(id=older).update(ended_at=timezone.now() - timedelta(days=60))
        assert not keeping.is_due()
        keeping.set_retention(30)
        assert keeping.kept().due == 2
        assert keeping.erase_due(1) == (1, 0, 0)
    assert recipients(floor) == {old, young, waits}

    erase_when_due(floor)
    erase_when_due(other)
    with within(floor):
        assert Job.objects.filter(kind="buyers.erase", state=QUEUED).count() == 1
        assert erase_old.does(Quiet(), EraseIn()) == {"orders": 1, "messages": 0, "files": 0}
        assert not keeping.is_due()
    assert recipients(floor) == {young, waits}
    assert recipients(other) == {theirs}
    with within(other):
        assert not Job.objects.filter(kind="buyers.erase").exists()


def test_files_and_messages_are_not_kept_past_their_time_without_a_retention(floor):
    shop = connect(floor)
    with within(floor):
        waiting = receive(shop, Message("orders/create", json.dumps(
            said(1, 0, ("NO-SUCH", 1))).encode(), "m-1"))  # fmt: skip
        receive(shop, Message("orders/create", json.dumps(said(2)).encode(), "m-2"))
        assert waiting is not None
        intake.upload("orders.csv", _Bytes(b"channel,number\n"))
        assert keeping.erase_due() == (0, 0, 0)
        ShopEvent.objects.update(received_at=timezone.now() - PAST)
        OrderFile.objects.update(uploaded_at=timezone.now() - PAST)
        assert keeping.is_due()

        assert keeping.erase_due() == (0, 1, 1)
        assert bytes(ShopEvent.objects.get(id=waiting.id).body)
        keeping.set_retention(20)
        assert keeping.erase_due() == (0, 1, 0)
        assert ShopEvent.objects.get(id=waiting.id).state == KEPT
        with pytest.raises(NotWaiting):
            retry(waiting.id)


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, size: int, /) -> bytes:
        part, self.content = self.content[:size], self.content[size:]
        return part


@pytest.mark.parametrize(
    "text", ["ada  ZUCKERKANDL", "0049 5431 99887766", "Ada.Z@Wunder.example", "Wunderkammer GmbH",
             "A-1"],
)  # fmt: skip
def test_a_person_is_found_by_whatever_names_them_whole(floor, text):
    (mine, _) = ended(floor, of_ada("A-1"), order("B-1", recipient=BOB))
    with within(floor):
        assert finding.find(text).orders == [mine]


@pytest.mark.parametrize("text", ["Ada", "99887766", "wunder.example", " ", "%", "-"])
def test_nobody_is_found_by_a_part(floor, text):
    ended(floor, of_ada("A-1"))
    with within(floor):
        assert finding.find(text).orders == []


def test_a_search_reads_so_many_and_goes_on_before_the_last(floor, monkeypatch):
    ids = ended(floor, of_ada("1"), order("2", recipient=BOB), of_ada("3"))
    monkeypatch.setattr(finding, "MOST_READ", 2)
    with within(floor):
        first = finding.find("Ada Zuckerkandl")
        assert first.orders == [max(ids)]
        rest = finding.find("Ada Zuckerkandl", first.before)
    assert (rest.orders, rest.before) == ([min(ids)], None)


def test_programs_find_hand_out_and_erase_and_papers_say_that_it_is_erased(caller):
    (id,) = ended(caller.enterprise, of_ada("A-1"))
    found = caller.post("/buyers/find", {"who": "ada zuckerkandl"}).json()
    assert found == {"orders": [str(id)], "messages": [], "before": None}

    key = {"Idempotency-Key": "k-1"}
    handed = caller.post("/buyers/hand-out", {"orders": [str(id)]}, **key)
    assert handed.json()["orders"][0]["recipient"] == ADA
    assert everywhere(caller.enterprise, ("Zuckerkandl",), []) == set()
    other = new_caller()
    assert other.post("/buyers/hand-out", {"orders": [str(id)]}).status_code == 422
    assert other.post("/buyers/erase", {"orders": [str(id)]}).status_code == 422
    assert caller.post("/buyers/erase", {"orders": [str(id)]}).json() == {"erased": 1}

    shown = caller.get(f"/orders/{id}").json()
    assert (shown["recipient"], shown["postcode"]) == (None, "")
    assert shown["erased_at"]
    assert [each["number"] for each in caller.get("/buyers/erased").json()["items"]] == ["A-1"]
    with within(caller.enterprise):
        open_items(["EUR"], "money", 2)
    refused = caller.ask("GET", f"/orders/{id}/invoice")
    assert refused.json()["code"] == "warehouse.buyer_erased"
    assert timezone.now().date().isoformat() in refused.json()["found"]


def test_a_number_of_days_is_set_taken_back_and_refused(caller):
    assert caller.ask("PUT", "/buyers/retention", {"days": 90}).json()["days"] == 90
    assert caller.ask("PUT", "/buyers/retention", {"days": 90}).json()["days"] == 90
    assert caller.ask("PUT", "/buyers/retention", {"days": None}).json()["days"] is None
    assert caller.ask("PUT", "/buyers/retention", {"days": -1}).status_code == 422
    with within(caller.enterprise):
        assert AuditEntry.objects.filter(action="buyers.retention_set").count() == 2
        with pytest.raises(keeping.UnfitRetention):
            keeping.set_retention(-1)
