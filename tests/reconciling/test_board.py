# SPDX-License-Identifier: Apache-2.0
"""The board's numbers are what the items come to, whatever was done, and each has its list."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db.models import Count, F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.bank.wording import WAYS
from entrepot.people.database import raw_cursor
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import acting, within
from entrepot.reconciling import causes, lists
from entrepot.reconciling.auditing import differences, recount
from entrepot.reconciling.board import board
from entrepot.reconciling.matching import accept, match_items, undo
from entrepot.reconciling.models import STAGES, Item, Match, Tally
from entrepot.reconciling.refusals import CannotMatch, UndoneAlready
from entrepot.web.paging import Paging
from tests.reconciling import kit

TODAY = date(2026, 6, 30)


def add(stage: str, days: int, amount: int = 100, **more: object) -> Item:
    """An item that opened so many days ago."""
    at = Item.objects.count()
    given = {
        "stage": stage, "subject": f"{stage}/{at}", "number": str(at), "currency": "USD",
        "opened_on": TODAY - timedelta(days), "amount": amount, "found": "no_settlement",
    }  # fmt: skip
    return Item.objects.create(**(given | more))


def listed(rows: lists.List, limit: int = 50) -> list[str]:
    """The numbers of a list, gone through page by page."""
    found, cursor = [], ""
    while True:
        with raw_cursor() as sql:
            given = {"enterprise": acting().enterprise, **rows.given}
            page = Paging(limit=limit, cursor=cursor).of_sql(sql, rows.statement, given, *rows.by)
        found += [each["number"] for each in page["items"]]
        cursor = page["next"]
        if not cursor:
            return found


def test_the_board_says_what_is_open_for_how_long_and_why(enterprise):
    with within(enterprise):
        kit.firm()
        for days in (0, 7, 8, 30, 31, 90, 91, 400):
            add("shipped", days)
        add("shipped", 5, state="proven", found="", ended_on=TODAY)
        add("shipped", -3, 700, currency="EUR")

        eur, usd = board(TODAY)

        assert (usd.open.items, usd.open.amount, usd.proven.items) == (8, 800, 1)
        assert {age: its.items for age, its in usd.ages.items()} == {
            "0-7": 2, "8-30": 2, "31-90": 2, "90+": 2,
        }  # fmt: skip
        assert {why.cause.code: why.sum.items for why in usd.causes} == {
            "not_due": 4, "settlement_missing": 2, "never_settled": 2,
        }  # fmt: skip
        assert usd.oldest_on == TODAY - timedelta(400)
        assert (eur.open.amount, eur.ages["0-7"].items) == (700, 1)


def test_every_number_has_its_list(enterprise):
    with within(enterprise):
        kit.firm()
        for days in (-3, 0, 7, 8, 30, 31, 90, 91, 400):
            add("shipped", days)
        (line,) = board(TODAY)

        for age, its in line.ages.items():
            found = listed(lists.items(TODAY, "shipped", "USD", age=age), limit=1)
            assert len(set(found)) == len(found) == its.items, age
        assert len(listed(lists.items(TODAY, "shipped", "USD", found="no_settlement"))) == 9
        assert listed(lists.items(TODAY, "shipped", "EUR")) == []


def test_what_is_aside_counts_nowhere(enterprise):
    with within(enterprise):
        kit.firm()
        add("bank", 1, state="aside", found="")

        assert board(TODAY) == []


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["report", "credit", "match", "accept", "undo", "settle", "remove"]),
        st.integers(0, 30),
    ),
    min_size=1,
    max_size=12,
)


@settings(suppress_health_check=list(HealthCheck), max_examples=15)
@given(_STEPS)
def test_the_tallies_equal_a_recount_whatever_was_done(desk, steps):
    with within(Enterprise.objects.create().id):
        kit.firm()
        for at, (what, n) in enumerate(steps):
            _do(what, n, at)
            assert differences() == []
        counted = {
            (each["stage"], each["currency"], each["state"]): (each["n"], each["total"])
            for each in Item.objects.exclude(state="aside")
            .values("stage", "currency", "state")
            .annotate(n=Count("id"), total=Sum("amount"))
        }
        shown = {}
        for line in board(TODAY):
            for state, its in (("open", line.open), ("proven", line.proven)):
                if its.items:
                    shown[line.stage, line.currency, state] = (its.items, its.amount)
            assert sum(age.items for age in line.ages.values()) == line.open.items
            assert sum(why.sum.amount for why in line.causes) == line.open.amount
        assert shown == counted


def _do(what: str, n: int, at: int) -> None:
    """One step; what cannot be done is refused, and changes nothing."""
    open_ = Item.objects.filter(state="open", stage__in=("payout", "bank")).order_by("id")
    match what:
        case "report":
            kit.report(f"{n}.00", f"{n + n % 2}.00", number=f"1234567{at:04}")
        case "credit":
            text = f"1234567{n % 12:04}" if n % 3 else "nothing"
            kit.statement(kit.credited(f"{n}.00", text), identity=f"B{at}", number=str(at + 1))
        case "match" if open_.count() > 1:
            _unless_refused(match_items, [each.id for each in open_[: 2 + n % 2]], "", "other")
        case "settle" if open_:
            match_items([open_[n % len(open_)].id], "settled for a test")
        case "accept" if proposed := open_.filter(proposal__isnull=False):
            _unless_refused(accept, proposed[n % len(proposed)].proposal)
        case "undo" if Match.objects.exists():
            every = list(Match.objects.order_by("id"))
            _unless_refused(undo, every[n % len(every)].id, "undone for a test")
        case "remove":
            Item.objects.filter(match=None, amount=n * 100, stage="footed").delete()


def _unless_refused(act, *given):
    try:
        act(*given)
    except (CannotMatch, UndoneAlready):
        return


def test_a_tally_that_is_wrong_is_found_and_counted_again(enterprise):
    with within(enterprise):
        kit.firm()
        add("shipped", 3)
        Tally.objects.update(items=F("items") + 1)
        (found,) = differences()
        assert found[5:] == (2, 100, 1, 100)
        recount()

        assert differences() == []
        assert board(TODAY)[0].open.items == 1


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_knows_its_causes_from_the_first_day(stage):
    codes = causes.codes_of(stage)

    assert codes
    for found in codes:
        assert causes.cause_of(stage, found, -5).from_days == 0
        for days in (0, 8, 31, causes.OLDEST, 9999):
            cause = causes.cause_of(stage, found, days)
            assert cause.from_days <= min(days, causes.OLDEST)
            assert set(cause.why) == set(cause.next) == {"en", "zh"}
            assert all(cause.why.values())
            assert all(cause.next.values())


def test_what_the_matching_finds_has_a_cause_that_says_the_same():
    ends = {"nothing_to_pay", "reference", "reference_sum", "reference_charges", "amount",
            "amount_charges", "sum"}  # fmt: skip
    for way, (why, _) in WAYS.items():
        known = [s for s in ("payout", "bank") if way in causes.codes_of(s)]
        assert bool(known) == (way not in ends), way
        for stage in known:
            said = causes.cause_of(stage, way, 0).why["en"]
            assert said == why.replace("that was given", "that was read"), way


def test_an_id_is_no_part_of_a_list_of_another_enterprise(enterprise):
    with within(enterprise):
        kit.firm()
        add("shipped", 3)
    with within(Enterprise.objects.create().id):
        assert listed(lists.items(TODAY, "shipped", "USD")) == []
        assert board(TODAY) == []
    assert isinstance(enterprise, UUID)
