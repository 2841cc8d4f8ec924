# SPDX-License-Identifier: Apache-2.0
"""Files of money: the same once, lines in are lines out, what does not fit stays open."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.db.models import QuerySet, Sum

from entrepot.people.tenancy import within
from entrepot.reconciling.models import (
    BankLine,
    BankStatement,
    Item,
    MoneyFile,
    Payout,
    SettlementLine,
)
from entrepot.reconciling.refusals import NoSuchFormat, NoSuchMapping, ReadAlready, SaysOtherwise
from entrepot.settlement.mistakes import UnreadableReport
from tests.bank.kit import bal
from tests.reconciling import kit


def test_every_line_of_a_report_is_stored_and_its_payout_foots(enterprise):
    with within(enterprise):
        kit.firm()
        read = kit.report("90.00", "100.00", "-10.00")

        assert read.report["counts"] == {"lines": 2, "stored": 2, "known": 0, "payouts": 1}
        payout = Payout.objects.get()
        assert (payout.lines, payout.sum, payout.amount, payout.residual) == (2, 9000, 9000, 0)
        assert SettlementLine.objects.aggregate(total=Sum("amount")) == {"total": 9000}
        assert kit.items("footed") == {"S1": ("proven", "", 9000)}
        assert kit.items("payout") == {"S1": ("open", "no_statement", 9000)}


def test_what_no_line_explains_is_open_with_its_amount(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("95.00", "100.00", "-10.00")

        assert kit.items("footed") == {"S1": ("open", "not_footed", 500)}


def test_the_same_file_twice_is_one(enterprise):
    with within(enterprise):
        kit.firm()
        first = kit.report("90.00", "90.00")
        second = kit.report("90.00", "90.00")

        assert first.id == second.id
        assert MoneyFile.objects.count() == Payout.objects.count() == 1
        with pytest.raises(ReadAlready):
            kit.files.read(first.id)


def test_the_same_settlement_in_another_file_is_one(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00")
        read = kit.report("90.00", "90.00", **{"settlement-start-date": "2026-03-11 06:10:12 UTC"})

        assert read.report["counts"] == {"lines": 1, "stored": 0, "known": 1, "payouts": 1}
        assert SettlementLine.objects.count() == Item.objects.filter(stage="payout").count() == 1


@pytest.mark.parametrize("total", ["90.00", "80.00"])
def test_a_settlement_that_says_otherwise_is_refused_and_changes_nothing(enterprise, total):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00")
        with pytest.raises(SaysOtherwise, match="S1"), transaction.atomic():
            kit.report(total, "80.00")

        assert Payout.objects.get().amount == 9000
        assert SettlementLine.objects.get().amount == 9000


def test_all_mistakes_of_a_report_are_said_at_once_and_nothing_is_stored(enterprise):
    with within(enterprise):
        kit.firm()
        with pytest.raises(UnreadableReport) as refused, transaction.atomic():
            kit.report("90.00", "9x", "8y")

        assert refused.value.facts["count"] == 2
        assert not Payout.objects.exists()
        assert not Item.objects.exists()


def test_a_file_that_could_not_be_read_is_read_once_its_format_is_right(enterprise):
    with within(enterprise):
        kit.firm()
        text = kit.v2("90.00", "90.00")
        with pytest.raises(UnreadableReport), transaction.atomic():
            kit.send(text, "settlement", "stripe", channel="amazon-us")
        kit.send(text, "settlement", "amazon-v2", channel="amazon-us")

        assert MoneyFile.objects.get().format == "amazon-v2"
        assert Payout.objects.count() == 1


def test_a_format_a_channel_and_a_mapping_have_to_fit(enterprise):
    with within(enterprise):
        kit.firm()
        for form, more in (("camt", {"channel": "x"}), ("amazon-v2", {})):
            with pytest.raises(NoSuchFormat):
                kit.send("", "settlement", form, **more)
        with pytest.raises(NoSuchMapping):
            kit.send("", "settlement", "table", channel="x", mapping="none")


def test_what_is_not_paid_out_yet_moves_into_its_payout_and_is_there_once(enterprise):
    with within(enterprise):
        kit.firm()
        kit.send(kit.stripe(("ch_1", "", "100.00")), "settlement", "stripe", channel="web")
        assert kit.items("payout") == {}
        assert [each.settlement_no for each in sold()] == [""]
        kit.send(
            kit.stripe(("ch_1", "po_1", "100.00"), ("ch_2", "po_1", "50.00")),
            "settlement", "stripe", channel="web",
        )  # fmt: skip

        lines = sold().values_list("settlement_no", "amount")
        assert list(lines) == [("po_1", 10000), ("po_1", 5000)]
        # An older report that still has it as not paid out adds nothing.
        kit.send(kit.stripe(("ch_1", "", "100.00"), tail="\n"), "settlement", "stripe",
                 channel="web")  # fmt: skip
        assert sold().count() == 2


def sold() -> QuerySet[SettlementLine]:
    """Lines that are not the fee of nothing beside each charge."""
    return SettlementLine.objects.exclude(amount=0).order_by("line_no")


def test_credits_are_open_and_debits_and_pending_entries_wait_aside(enterprise):
    with within(enterprise):
        kit.firm()
        kit.statement(
            kit.credited("10.00", "hello"),
            kit.ntry("4.00", "DBIT", "USD", "2026-04-02"),
            kit.ntry("5.00", "CRDT", "USD", "2026-04-02", status="PDNG"),
            kit.bal("CLBD", "6.00", currency="USD"),
        )

        lines = BankLine.objects.order_by("row", "amount").values_list("amount", "aside")
        assert sorted(lines) == [(-400, "debit"), (500, "pending"), (1000, "")]
        assert BankStatement.objects.get().residual == 0
        states = Item.objects.filter(stage="bank").values_list("amount", "state")
        assert sorted(states) == [(-400, "aside"), (1000, "open")]


def test_a_statement_tells_of_a_day_again_and_each_booking_counts_once(enterprise):
    with within(enterprise):
        kit.firm()
        kit.statement(kit.credited("10.00", "first"), identity="R1", message="052")
        kit.statement(kit.credited("10.00", "the same"), identity="B1")

        asides = BankLine.objects.order_by("id").values_list("aside", flat=True)
        assert list(asides) == ["covered", ""]
        states = sorted(Item.objects.filter(stage="bank").values_list("state", flat=True))
        assert states == ["aside", "open"]


def test_what_was_matched_before_stands_for_its_like_in_a_statement(enterprise):
    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00", number="12345678901")
        kit.statement(kit.credited("90.00", "12345678901"), identity="R1", message="052")
        assert kit.items("payout") == {"12345678901": ("proven", "", 9000)}
        kit.statement(kit.credited("90.00", "PAYOUT 12345678901"), identity="B1")

        asides = BankLine.objects.order_by("id").values_list("aside", flat=True)
        assert list(asides) == ["", "repeated"]
        assert not Item.objects.filter(stage="bank", state="open").exists()


def test_overlapping_tables_of_a_bank_count_each_row_once(enterprise):
    with within(enterprise):
        kit.firm()
        kit.bank_mapping()
        kit.bank_table("2026-04-01,10.00,a", "2026-04-01,10.00,a", "2026-04-02,5.00,b")
        kit.bank_table("2026-04-01,10.00,a", "2026-04-01,10.00,a", "2026-04-02,5.00,b",
                       "2026-04-03,7.00,c")  # fmt: skip

        its = Item.objects.filter(stage="bank", state="open").values_list("amount", flat=True)
        assert sorted(its) == [500, 700, 1000, 1000]


def test_a_statement_of_one_number_that_says_otherwise_is_refused(enterprise):
    with within(enterprise):
        kit.firm()
        kit.statement(kit.credited("10.00"))
        with pytest.raises(Exception, match="another statement B1"), transaction.atomic():
            kit.statement(kit.credited("11.00"))
        kit.statement(kit.credited("10.00"), bal("PRCD", "0.00", currency="USD"))

        assert BankStatement.objects.count() == 1
        assert BankLine.objects.count() == 1


def test_another_enterprise_sees_nothing_of_it(enterprise):
    from entrepot.people.models import Enterprise

    with within(enterprise):
        kit.firm()
        kit.report("90.00", "90.00")
    with within(Enterprise.objects.create().id):
        assert not Payout.objects.exists()
        assert not Item.objects.exists()
        assert not SettlementLine.objects.exists()
