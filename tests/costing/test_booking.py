# SPDX-License-Identifier: Apache-2.0
"""Drafts, booking and undoing: all mistakes at once, once only, and never an edit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from entrepot.closing.models import Close
from entrepot.costing import booking, drafting
from entrepot.costing.days import month_closed, open_days
from entrepot.costing.models import Invoice, InvoiceLine, Share
from entrepot.costing.refusals import (
    CannotSpread,
    ChangedMeanwhile,
    ClosedMonth,
    NotYet,
    SaysOtherwise,
    Unfit,
    WrongState,
)
from entrepot.costing.saying import NewShare
from entrepot.people.models import AuditEntry, Enterprise
from entrepot.people.tenancy import within
from tests.costing.kit import (
    ADA,
    BEN,
    TODAY,
    booked,
    drafted,
    invoice,
    line,
    open_firm,
    shares,
    states,
)


@pytest.fixture
def firm(enterprise):
    return open_firm(enterprise)


def test_every_mistake_of_every_line_is_told_at_once(firm):
    lines = [
        line(0),
        line(declaration_no=""),
        line(channel="amazon-de"),
        line(100, "sales"),
        line(100, "sales", order_no="A-1"),
        line(100, "sales", channel="nowhere", sku="SKU-9", warehouse="NB1"),
        line(100, "sales", sku="SKU-1", first_on=date(2026, 3, 2), last_on=date(2026, 3, 1)),
        line(100, "shares", shares=(NewShare("D", 1, "A", 1), NewShare("D", 1, "A", 0))),
        line(10**14),
    ]
    with pytest.raises(Unfit) as refused, within(firm):
        drafting.draft(invoice(*lines, currency="cny"))

    assert [(each.get("row"), each["field"]) for each in refused.value.facts["faults"]] == [
        (None, "currency"), (1, "amount"), (2, "declaration_no"), (3, "channel"), (4, "channel"),
        (5, "channel"), (5, "order_no"), (6, "channel"), (6, "sku"), (6, "warehouse"),
        (7, "last_on"), (8, "shares"), (8, "shares"), (9, "amount"),
    ]  # fmt: skip
    assert states(firm) == {}


def test_the_same_sent_again_is_the_same_and_another_of_the_number_is_refused(firm):
    first = drafted(firm)

    assert drafted(firm) == first
    with pytest.raises(SaysOtherwise):
        drafted(firm, line(1))
    assert drafted(firm, line(1), payee="Another") != first


def test_a_draft_is_changed_by_whoever_saw_it_last_and_dropped(firm):
    id = drafted(firm)
    with within(firm, ADA):
        changed = drafting.change(id, 1, invoice(line(5), line(6), number="F-2"))
    assert (changed.version, changed.lines, changed.total) == (2, 2, 11)

    with pytest.raises(ChangedMeanwhile), within(firm, BEN):
        drafting.change(id, 1, invoice(number="F-3"))
    with pytest.raises(ChangedMeanwhile), within(firm, BEN):
        booking.book(id, version=1)
    with within(firm):
        drafting.drop(id)
    assert states(firm) == {}


def test_what_is_booked_is_never_changed_by_nobody(firm):
    id = booked(firm, line(10_000, "consignment"))

    assert shares(firm, id) == [(1, 1, "SKU-1", 60), (1, 2, "SKU-2", 30)]
    with pytest.raises(WrongState), within(firm):
        drafting.change(id, 1, invoice(line(1)))
    with pytest.raises(WrongState), within(firm):
        drafting.drop(id)
    for change in (
        lambda: Invoice.objects.filter(id=id).update(total=1),
        lambda: Invoice.objects.filter(id=id).update(state="draft"),
        lambda: InvoiceLine.objects.filter(invoice_id=id).update(amount=1),
        lambda: InvoiceLine.objects.filter(invoice_id=id)._raw_delete("default"),
        lambda: Share.objects.filter(line__invoice_id=id).update(share=1),
        lambda: Share.objects.filter(line__invoice_id=id).delete(),
    ):
        with pytest.raises(DatabaseError, match="never changed"), within(firm):
            change()


def test_what_cannot_be_spread_is_not_booked_and_says_every_reason(firm):
    id = drafted(
        firm, line(spread="weight"), line(), line(10_000, "consignment", consignment="C-9")
    )

    with pytest.raises(CannotSpread) as refused, within(firm):
        booking.book(id)

    assert [each["row"] for each in refused.value.facts["faults"]] == [1, 3]
    assert (states(firm), shares(firm, id)) == ({"F-1": "draft"}, [])


def test_an_undoing_turns_every_line_and_share_round(firm):
    id = booked(firm, line(10_000, "consignment"), line(-300, "all", account="other"))
    with within(firm, BEN):
        back = booking.reverse(id, note="booked twice")

    assert (back.number, back.total, back.posted_on) == ("F-1/R", -9_700, TODAY)
    assert shares(firm, back.id) == shares(firm, id)
    with within(firm):
        mine, its = (
            list(InvoiceLine.objects.filter(invoice_id=each).order_by("line_no"))
            for each in (id, back.id)
        )
        assert [(-a.amount, a.account, a.consignment) for a in mine] == [
            (b.amount, b.account, b.consignment) for b in its
        ]
        said = AuditEntry.objects.filter(action__startswith="cost.").order_by("id")
        assert [(each.action, each.actor) for each in said] == [
            ("cost.drafted", ADA), ("cost.booked", BEN), ("cost.reversed", BEN),
        ]  # fmt: skip
    for wrong in (id, back.id):
        with pytest.raises(WrongState), within(firm):
            booking.reverse(wrong)
    with within(firm):
        assert booking.again(id).number == "F-1/2"


def test_a_draft_has_nothing_to_undo_and_a_number_is_taken_once(firm):
    id = drafted(firm)
    with pytest.raises(WrongState), within(firm):
        booking.reverse(id)
    with within(firm):
        booking.book(id)
    drafted(firm, number="F-1/R")
    with pytest.raises(SaysOtherwise), within(firm):
        booking.reverse(id)


# --- Days ---


def closed(firm, as_of, asked_on=None, **says):
    asked_at = timezone.now() if asked_on is None else asked_on
    with within(firm):
        Close.objects.create(as_of=as_of, asked_by="test", asked_at=asked_at, **says)


def test_a_day_of_a_closed_month_is_refused_and_today_is_not(firm):
    last = TODAY.replace(day=1) - timedelta(1)
    closed(firm, last, closed_at=timezone.now())
    id = drafted(firm, posted_on=last)

    with pytest.raises(ClosedMonth) as refused, within(firm):
        booking.book(id)
    assert refused.value.facts["closed"] == str(last)
    with within(firm):
        assert booking.book(id, TODAY).posted_on == TODAY


def test_a_day_that_has_not_come_is_refused(firm):
    id = drafted(firm)
    with pytest.raises(NotYet), within(firm):
        booking.book(id, TODAY + timedelta(days=2))


def test_a_month_is_undone_from_the_day_it_was_booked_on(firm):
    id = booked(firm, on=TODAY)
    with pytest.raises(NotYet), within(firm):
        booking.reverse(id, posted_on=TODAY - timedelta(1))


@pytest.mark.parametrize(
    ("last", "month"),
    [
        (date(2026, 3, 30), date(2026, 2, 28)), (date(2026, 3, 31), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 3, 31)), (date(2024, 2, 29), date(2024, 2, 29)),
        (date(2026, 12, 31), date(2026, 12, 31)),
    ],
)  # fmt: skip
def test_a_month_is_closed_on_its_last_day(last, month):
    assert month_closed(last) == month


def test_a_close_that_failed_or_looks_ahead_closes_nothing_that_is_not_over(firm):
    closed(firm, TODAY - timedelta(days=60))
    with within(firm):
        assert open_days().closed is None
    closed(firm, date(2099, 12, 31), closed_at=timezone.now())
    with within(firm):
        assert open_days().closed == month_closed(TODAY)


# --- Two people, two firms ---


def at_once(*does):
    barrier = Barrier(len(does))

    def run(do):
        try:
            barrier.wait()
            return do()
        except (WrongState, SaysOtherwise) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(does)) as pool:
        return list(pool.map(run, does))


def test_two_who_book_the_same_invoice_book_it_once(firm):
    id = drafted(firm)

    def book():
        with within(firm, ADA):
            return booking.book(id)

    found = at_once(book, book, book)

    assert sorted(type(each).__name__ for each in found) == ["Invoice", "WrongState", "WrongState"]
    assert len(shares(firm, id)) == 3


def test_two_who_undo_or_draft_the_same_do_it_once(firm):
    id = booked(firm)

    def undo():
        with within(firm, ADA):
            return booking.reverse(id)

    def draft():
        with within(firm, ADA):
            return drafting.draft(invoice(number="F-9"))

    assert sorted(type(each).__name__ for each in at_once(undo, undo)) == ["Invoice", "WrongState"]
    at_once(draft, draft)
    assert states(firm) == {"F-1": "booked", "F-1/R": "booked", "F-9": "draft"}


def test_no_firm_sees_or_books_what_is_anothers(firm):
    id = booked(firm)
    other = open_firm(Enterprise.objects.create().id)

    assert states(other) == {}
    for do in (
        lambda: booking.book(id),
        lambda: booking.reverse(id),
        lambda: drafting.drop(id),
        lambda: booking.again(id),
    ):
        with pytest.raises(Invoice.DoesNotExist), within(other):
            do()
    # The same payee and number is another firm's own.
    assert booked(other) != id
    with pytest.raises(DatabaseError), within(other), transaction.atomic():
        InvoiceLine.objects.create(
            invoice_id=id, line_no=9, account="other", amount=1, paid_for="all"
        )
