# SPDX-License-Identifier: Apache-2.0
"""A case goes home step by step: judged, repaid, announced, moved by the book, and undone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from entrepot.customs.returns import stepping
from entrepot.customs.returns.drafting import draft
from entrepot.customs.returns.models import Case, CaseLine, CaseStep
from entrepot.customs.returns.refusals import (
    NeedsReason,
    NotAllowed,
    OtherAmount,
    OwnCase,
    SaysOtherwise,
    Unfit,
    WrongState,
)
from entrepot.customs.returns.states import STATES, STEPS
from entrepot.ledger.actions import BelowZero
from entrepot.ledger.models import Movement
from entrepot.logistics.declaring import put
from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import within
from tests.customs.returning_kit import (
    ADA,
    BEN,
    EXPORTED,
    ONE,
    TODAY,
    brought,
    case_of,
    declared,
    drafted,
    history,
    open_firm,
    refunded,
    state_of,
    wanted,
)
from tests.warehouse.floor import A1, lying

CERTIFICATE, DECLARATION = "B-2026-0001", "310120261000000009"


@pytest.fixture
def firm(enterprise):
    return open_firm(enterprise)


def test_a_case_goes_home_and_the_book_moves_it(firm):
    case = drafted(firm, wanted(4))
    refunded(firm, (ONE, 10, 1_000))

    with within(firm, ADA):
        stepping.check(case)
        stepping.clear(case, CERTIFICATE)
        stepping.announce(case, DECLARATION)
        stepping.arrive(case)

    assert history(firm, case) == [
        ("checked", "drafted", "checked"), ("refund_repaid", "checked", "cleared"),
        ("announced", "cleared", "announced"), ("arrived", "announced", "arrived"),
    ]  # fmt: skip
    assert lying(firm) == {(A1, "SKU-1"): (16, 0), ("home/NB1", "SKU-1"): (4, 0)}
    with within(firm):
        repaid, arrived = (CaseStep.objects.get(event=e) for e in ("refund_repaid", "arrived"))
        assert (repaid.amount, repaid.paper_no, repaid.recorded_by) == (400, CERTIFICATE, ADA)
        assert arrived.facts == {"units": {"assumed": 4}}
        moved = Movement.objects.get(document_id=arrived.document_id)
        assert (moved.from_place, moved.to_place, moved.quantity) == (A1, "home/NB1", 4)
        log = AuditEntry.objects.filter(action__startswith="return_home.").order_by("id")
        assert [each.action.removeprefix("return_home.") for each in log] == [
            "drafted", "refunds_taken", "checked", "refund_repaid", "announced", "arrived",
        ]  # fmt: skip


def test_the_check_keeps_what_the_rules_said_of_every_line(firm):
    with within(firm):
        put([declared("310120260000000003", exported_on=date(2026, 5, 6))])
    lines = [wanted(1, "310120260000000003"), wanted(1, "310120260000000003")]
    case = brought(firm, "checked", *lines, returns_on=date(2026, 9, 1))

    with within(firm):
        facts = CaseStep.objects.get(case_id=case).facts
    assert facts["customs"] == "open"
    first, second = facts["lines"]
    assert (first["relief"]["verdict"], second["line_no"]) == ("open", 2)
    assert (first["customs"]["until"], first["customs"]["days"]) == ("2027-05-06", 247)
    assert first["relief"]["until"] == "2026-11-06"
    assert "original customs" in first["customs"]["why_en"]
    assert "原出口海关" in first["customs"]["why_zh"]


def test_across_customs_areas_9810_is_refused_and_stays_a_draft(firm):
    case = drafted(firm, customs_back="Ningbo")

    with within(firm), pytest.raises(NotAllowed, match="does not take line 1"):
        stepping.check(case)

    assert (state_of(firm, case), history(firm, case)) == ("drafted", [])


def test_a_return_after_its_year_is_refused(firm):
    case = drafted(firm, returns_on=EXPORTED + timedelta(days=400))

    with within(firm), pytest.raises(NotAllowed):
        stepping.check(case)


def test_a_time_that_ran_out_since_the_check_is_refused_when_it_is_announced(firm):
    long_ago = TODAY - timedelta(days=500)
    with within(firm):
        put([declared("310120260000000003", exported_on=long_ago)])
    case = brought(
        firm, "cleared", wanted(1, "310120260000000003"), returns_on=long_ago + timedelta(days=9)
    )

    with within(firm), pytest.raises(NotAllowed):
        stepping.announce(case, DECLARATION)
    assert state_of(firm, case) == "cleared"


def test_what_no_rule_decides_needs_a_reason_and_four_eyes(firm):
    case = drafted(firm, customs_out="", customs_back="")

    with within(firm, BEN), pytest.raises(NeedsReason):
        stepping.check(case)
    with within(firm, ADA), pytest.raises(OwnCase):
        stepping.check(case, "customs of Shanghai agreed")
    assert state_of(firm, case) == "drafted"
    with within(firm, BEN):
        stepping.check(case, "customs of Shanghai agreed")

    assert state_of(firm, case) == "checked"
    with within(firm):
        assert CaseStep.objects.get().note == "customs of Shanghai agreed"


def test_what_is_repaid_is_as_the_close_says_or_has_a_reason(firm):
    refunded(firm, (ONE, 10, 1_003))
    case = brought(firm, "checked", wanted(3))

    with within(firm):
        with pytest.raises(OtherAmount, match=r"3\.01 CNY"):
            stepping.clear(case, CERTIFICATE, 300)
        with pytest.raises(Unfit, match="certificate"):
            stepping.clear(case)
    assert state_of(firm, case) == "checked"
    with within(firm):
        stepping.clear(case, CERTIFICATE, 300, "as the tax office asked")
    with within(firm):
        assert CaseStep.objects.get(event="refund_repaid").amount == 300


def test_what_was_never_claimed_is_cleared_without_a_certificate(firm):
    refunded(firm, (ONE, 10, 0))
    case = brought(firm, "checked", wanted(3))

    with within(firm):
        stepping.clear(case)

    assert history(firm, case)[-1][0] == "refund_not_needed"


def test_without_a_close_somebody_says_what_was_repaid(firm):
    case = brought(firm, "checked")

    with within(firm):
        with pytest.raises(OtherAmount, match="No close says"):
            stepping.clear(case, CERTIFICATE)
        stepping.clear(case, CERTIFICATE, 100, "by the letter of the tax office")
    assert state_of(firm, case) == "cleared"


def test_nothing_happens_on_a_day_to_come(firm):
    case = brought(firm, "cleared")
    late = TODAY + timedelta(days=2)

    with within(firm), pytest.raises(Unfit, match="today or a day before"):
        stepping.announce(case, DECLARATION, late)


@pytest.mark.parametrize("state", STATES)
def test_only_what_a_state_allows_happens_in_it(firm, state):
    case = brought(firm, state)
    acts = {
        "checked": lambda: stepping.check(case),
        "refund_repaid": lambda: stepping.clear(case, CERTIFICATE, 5, "so"),
        "announced": lambda: stepping.announce(case, DECLARATION),
        "arrived": lambda: stepping.arrive(case),
        "cancelled": lambda: stepping.cancel(case, "so"),
    }
    for event, act in acts.items():
        if state in STEPS[event][0]:
            continue
        with within(firm), pytest.raises(WrongState):
            act()
    assert state_of(firm, case) == state


@pytest.mark.parametrize("state", STATES[1:])
def test_the_last_step_is_taken_back_by_another(firm, state):
    case = brought(firm, state, wanted(4))
    before = history(firm, case)

    with within(firm):
        stepping.undo(case, "a mistake")

    after = history(firm, case)
    assert after[:-1] == before
    assert after[-1] == ("undone", before[-1][2], before[-1][1])
    assert state_of(firm, case) == before[-1][1]
    assert lying(firm) == {(A1, "SKU-1"): (20, 0)}


def test_steps_are_taken_back_one_by_one_to_the_draft_and_no_further(firm):
    case = brought(firm, "arrived")

    with within(firm):
        for _ in range(4):
            stepping.undo(case, "a mistake")
        with pytest.raises(WrongState, match="Nothing has happened"):
            stepping.undo(case, "a mistake")
    assert state_of(firm, case) == "drafted"


def test_what_arrived_twice_is_two_documents_and_two_reversals(firm):
    case = brought(firm, "arrived")

    with within(firm):
        stepping.undo(case, "the wrong day")
        stepping.arrive(case, TODAY - timedelta(days=1))
        stepping.undo(case, "again")
        stepping.arrive(case)
        numbers = list(
            CaseStep.objects.filter(document__isnull=False).order_by("step_no")
            .values_list("document__kind", "document__number")
        )  # fmt: skip
    assert numbers == [
        ("returned_home", "RH-1"), ("reversal", "returned_home RH-1"),
        ("returned_home", "RH-1/2"), ("reversal", "returned_home RH-1/2"),
        ("returned_home", "RH-1/3"),
    ]  # fmt: skip
    assert lying(firm)["home/NB1", "SKU-1"] == (1, 0)


def test_more_than_lies_there_does_not_arrive(firm):
    place = "warehouse/DUI1/A-02"
    case = brought(firm, "announced", wanted(2, from_place=place))

    with pytest.raises(BelowZero), within(firm):
        stepping.arrive(case)

    assert state_of(firm, case) == "announced"
    assert lying(firm) == {(A1, "SKU-1"): (20, 0)}


def test_no_more_units_of_a_line_return_than_were_declared(firm):
    drafted(firm, wanted(6))
    with pytest.raises(Unfit, match="at most 1 units"):
        drafted(firm, wanted(3), wanted(2), number="RH-2")
    given_up = brought(firm, "cancelled", wanted(4), number="RH-3")
    drafted(firm, wanted(4), number="RH-4")

    with within(firm), pytest.raises(Unfit, match="no other return"):
        stepping.undo(given_up, "not given up")
    assert state_of(firm, given_up) == "cancelled"


def test_a_draft_says_all_its_faults_and_writes_nothing(firm):
    with within(firm), pytest.raises(Unfit) as refused:
        draft(case_of(
            wanted(11), wanted(1, "310120260000000099"), wanted(1, from_place="home/NB1"),
            home="DUI1",
        ))  # fmt: skip

    assert [(each.get("row"), each["field"]) for each in refused.value.facts["faults"]] == [
        (None, "home"), (1, "quantity"), (2, "declaration_no"), (3, "from_place"),
        (3, "quantity"),
    ]  # fmt: skip
    with within(firm):
        assert Case.objects.count() == CaseLine.objects.count() == 0


def test_the_same_draft_is_one_and_another_of_its_number_is_refused(firm):
    assert drafted(firm, wanted(2)) == drafted(firm, wanted(2))
    with pytest.raises(SaysOtherwise):
        drafted(firm, wanted(3))


def goes(case, event, was, became, **says):
    """Whether the database lets a case go so; it goes nowhere."""
    steps = Case.objects.get(id=case).steps
    try:
        with transaction.atomic():
            CaseStep.objects.create(
                case_id=case, step_no=steps + 1, event=event, was=was, became=became,
                happened_on=TODAY, recorded_by=ADA, **says,
            )  # fmt: skip
            Case.objects.filter(id=case).update(state=became, steps=steps + 1)
            transaction.set_rollback(True)
    except IntegrityError:
        return False
    return True


def test_the_database_holds_every_way_of_a_case_and_no_other(firm):
    cases = {state: brought(firm, state, number=f"RH-{state}") for state in STATES}
    with within(firm):
        went = {
            (event, was, became)
            for was, case in cases.items() for became in STATES for event in STEPS
            if became != was and goes(case, event, was, became)
        }  # fmt: skip

    assert went == {(event, was, ends) for event, (begins, ends) in STEPS.items() for was in begins}


def test_the_database_takes_back_only_the_last_step_that_holds(firm):
    case = brought(firm, "cleared")

    with within(firm):
        assert goes(case, "undone", "cleared", "checked", undoes=2)
        assert not goes(case, "undone", "cleared", "drafted", undoes=1)
        assert not goes(case, "undone", "cleared", "checked", undoes=1)
        assert not goes(case, "undone", "cleared", "checked")
        stepping.undo(case, "a mistake")
        assert not goes(case, "undone", "checked", "cleared", undoes=3)
        assert goes(case, "undone", "checked", "drafted", undoes=1)


def test_no_state_changes_without_a_step_and_no_step_is_changed(firm):
    case = brought(firm, "checked")

    with pytest.raises(IntegrityError), within(firm):
        Case.objects.filter(id=case).update(state="cleared")
    with pytest.raises(IntegrityError), within(firm):
        Case.objects.filter(id=case).update(home="NB2")
    with pytest.raises(ProgrammingError, match="permission denied"), within(firm):
        CaseStep.objects.filter(case_id=case).update(note="other")
    assert state_of(firm, case) == "checked"
