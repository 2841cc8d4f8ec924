# SPDX-License-Identifier: Apache-2.0
"""Payouts and credits: matched where it is sure, by a person where not, undone by a second row."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import within
from entrepot.reconciling.matching import accept, match_all, match_items, undo
from entrepot.reconciling.models import Item, Match, Matched
from entrepot.reconciling.refusals import CannotMatch, NoSuchProposal, NotOpen, UndoneAlready
from tests.reconciling import kit

NUMBER = "12345678901"


def open_credits() -> list[Item]:
    return list(Item.objects.filter(stage="bank", state="open").order_by("amount"))


def test_a_payout_that_the_bank_names_is_matched_and_says_why(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00", number=NUMBER)
        kit.statement(kit.credited("90.00", f"PAYOUT {NUMBER}"))

        assert kit.items("payout") == {NUMBER: ("proven", "", 9000)}
        match = Match.objects.get()
        assert (match.way, match.owed, match.came) == ("reference", 9000, 9000)
        assert match.reason == "The bank names the payout, and the amount is equal."
        assert Matched.objects.count() == 2
        assert AuditEntry.objects.filter(action="money.matched").count() == 1


def test_the_order_in_which_files_come_does_not_matter(enterprise):
    with within(enterprise):
        kit.firm()
        kit.statement(kit.credited("90.00", f"PAYOUT {NUMBER}"))
        assert [each.found for each in open_credits()] == ["before_payouts"]
        kit.report("90.00", "90.00", number=NUMBER)

        assert kit.items("payout") == {NUMBER: ("proven", "", 9000)}


def test_what_is_likely_is_proposed_and_accepted_by_a_person(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00", number=NUMBER)
        kit.statement(kit.credited("88.50", f"PAYOUT {NUMBER}"))
        its = kit.item("payout", NUMBER)
        assert (its.state, its.found) == ("open", "reference_differs")
        assert [each.proposal for each in open_credits()] == [its.proposal]

        match = accept(its.proposal)

        assert (match.way, match.owed, match.came) == ("reference_differs", 9000, 8850)
        assert match.difference_as == "fee"
        assert not open_credits()
        with pytest.raises(NoSuchProposal):
            accept(its.proposal)


def test_a_proposal_keeps_its_name_from_run_to_run(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00", number=NUMBER)
        kit.statement(kit.credited("88.50", NUMBER))
        before = kit.item("payout", NUMBER).proposal
        match_all()

        assert kit.item("payout", NUMBER).proposal == before


def test_one_payout_in_several_credits_with_a_fee(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00")
        kit.statement(kit.credited("50.00", "one"), kit.credited("39.00", "two"))
        ids = [kit.item("payout", "S1").id, *(each.id for each in open_credits())]

        match = match_items(ids, "the bank took one dollar", "fee")

        assert (match.owed, match.came, match.way) == (9000, 8900, "person")
        assert kit.items("payout")["S1"][0] == "proven"
        assert AuditEntry.objects.get(action="money.matched").facts["way"] == "person"


def test_a_payout_that_arrived_in_another_currency(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00")
        kit.statement(kit.credited("80.00", "one", currency="EUR"), currency="EUR")
        its = kit.item("payout", "S1")
        (credit,) = open_credits()

        match = match_items([its.id, credit.id], "rate of the day", "exchange")

        assert (match.owed_currency, match.came_currency) == ("USD", "EUR")


@pytest.mark.parametrize(
    ("which", "reason", "difference_as", "found"),
    [
        ("pc", "", "", "not equal"),
        ("pc", "", "exchange", "put down to"),
        ("pc", "", "gift", "never gift"),
        ("p", "", "", "Nothing stands against"),
        ("c", "a loan of the owner", "fee", "Nothing stands against"),
        ("pf", "for no reason", "", "several stages"),
        ("", "for no reason", "", "0 are named"),
    ],
)
def test_what_does_not_go_together_is_refused_and_changes_nothing(
    enterprise, which, reason, difference_as, found
):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "100.00")
        kit.statement(kit.credited("50.00", "one"))
        its = {
            "p": kit.item("payout", "S1").id, "c": open_credits()[0].id,
            "f": kit.item("footed", "S1").id,
        }  # fmt: skip
        with pytest.raises(CannotMatch, match=found), transaction.atomic():
            match_items([its[each] for each in which], reason, difference_as)

        assert not Match.objects.exists()
        assert len(open_credits()) == 1


def test_several_to_several_has_to_be_said_one_by_one(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00", number="S1")
        kit.report("80.00", "80.00", number="S2")
        kit.statement(kit.credited("91.00", "x"), kit.credited("81.00", "y"))
        ids = [kit.item("payout", each).id for each in ("S1", "S2")]
        with pytest.raises(CannotMatch, match="2 payouts and 2 credits"):
            match_items([*ids, *(each.id for each in open_credits())], "all", "other")


def test_what_is_no_payout_is_settled_with_a_reason(enterprise):
    with within(enterprise):
        kit.firm()
        kit.statement(kit.credited("5000.00", "capital"))
        (credit,) = open_credits()
        match_items([credit.id], "The owner paid capital in")

        assert not open_credits()
        with pytest.raises(NotOpen):
            match_items([credit.id], "once more")


def test_an_undone_match_stays_and_is_never_made_by_itself_again(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00", number=NUMBER)
        kit.statement(kit.credited("90.00", NUMBER))
        match = Match.objects.get()
        undo(match.id, "it was the payout of another shop")

        assert Match.objects.count() == 2
        assert kit.items("payout") == {NUMBER: ("open", "undone", 9000)}
        match_all()
        assert kit.items("payout") == {NUMBER: ("open", "undone", 9000)}
        assert kit.item("payout", NUMBER).proposal
        with pytest.raises(UndoneAlready):
            undo(match.id, "once more")
        with pytest.raises(UndoneAlready):
            undo(Match.objects.get(undoes=match).id, "the undoing")


def test_a_match_can_be_neither_changed_nor_deleted(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00", number=NUMBER)
        kit.statement(kit.credited("90.00", NUMBER))
        for table, column in (("match", "reason"), ("matched", "match_id")):
            for statement in (
                f"DELETE FROM reconciling_{table}",
                f"UPDATE reconciling_{table} SET {column} = {column}",
            ):
                with (
                    pytest.raises(ProgrammingError, match="permission denied"),
                    transaction.atomic(),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(statement)


def test_a_payout_below_zero_takes_a_debit_and_undoing_puts_it_aside_again(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("-20.00", "-20.00", number=NUMBER)
        debit = kit.ntry("20.00", "DBIT", "USD", kit.DAY.isoformat(), inside=(
            f"<NtryDtls><TxDtls><RmtInf><Ustrd>{NUMBER}</Ustrd></RmtInf></TxDtls></NtryDtls>"
        ))  # fmt: skip
        kit.statement(debit)
        assert kit.items("payout") == {NUMBER: ("proven", "", -2000)}
        undo(Match.objects.get().id, "not that one")

        assert Item.objects.get(stage="bank").state == "aside"


def test_a_credit_that_names_a_matched_payout_may_be_paid_twice(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00", number=NUMBER)
        kit.statement(kit.credited("90.00", NUMBER))
        kit.statement(kit.credited("90.00", f"{NUMBER} again"), identity="B2", number="2")

        assert [each.found for each in open_credits()] == ["named_settled"]


def test_a_settled_residual_that_is_undone_is_open_again(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("95.00", "90.00")
        match = match_items([kit.item("footed", "S1").id], "written off: rounding of the payer")
        assert kit.items("footed") == {"S1": ("proven", "not_footed", 500)}
        undo(match.id, "it has to be claimed")

        assert kit.items("footed") == {"S1": ("open", "not_footed", 500)}
