# SPDX-License-Identifier: Apache-2.0
"""Random work of several people at a gate: after every step every unit is in exactly one place."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from entrepot.ledger.actions import post
from entrepot.ledger.audit import audit
from entrepot.ledger.document import Document, Line
from entrepot.ledger.models import Balance
from entrepot.logistics import closing, dispatching, receipts, receiving
from entrepot.logistics.closing import FoundAgain
from entrepot.logistics.models import Claim, Consignment, ConsignmentLine, ReceiptLine, Scan
from entrepot.logistics.receiving import Scanned
from entrepot.logistics.refusals import Unfit, WrongState
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from tests.ledger.books import at_once
from tests.logistics.dock import DAY, DUI, HOME, declare, on_its_way, open_dock, sent

CODES = ("SKU-1", "SKU-2", "SKU-3", "???")
NUMBERS = ("C-1", "C-2")


class Gate(RuleBasedStateMachine):
    """Two consignments, and people who scan, take back, close, reopen and put away."""

    def __init__(self) -> None:
        super().__init__()
        self.dock = open_dock(Enterprise.objects.create().id, stock=20)
        with within(self.dock):
            post(Document("opening", "O-2", DAY, [Line("SKU-1", 9, "supplier/FAC", HOME, "L1")]))
        declare(self.dock, (1, "SKU-1", 3), (2, "SKU-1", 2))
        self.ids = {}
        for number in NUMBERS:
            declared = number == "C-1"
            self.ids[number] = on_its_way(
                self.dock, number,
                sent(1, "SKU-1", 3, 1 if declared else None), sent(2, "SKU-2", 2),
                sent(3, "SKU-1", 2, 2 if declared else None), sent(4, "SKU-1", 2, lot="L1"),
            )  # fmt: skip
        self.kept: list[Scanned] = []
        self.moved = 0

    def by(self, user):
        return within(self.dock, f"user:00000000-0000-7000-8000-00000000000{user}")

    @rule(
        user=st.integers(1, 3),
        scans=st.lists(
            st.tuples(
                st.sampled_from(CODES), st.sampled_from(("", *NUMBERS)), st.integers(1, 3),
                st.sampled_from(("good", "damaged")), st.sampled_from(("", "L1", "L2")),
            ),
            min_size=1, max_size=4,
        ),
    )  # fmt: skip
    def scan(self, user, scans):
        given = [
            Scanned(f"S-{len(self.kept) + at}", code, consignment, "" if consignment else "DUI1",
                    n, condition, lot)
            for at, (code, consignment, n, condition, lot) in enumerate(scans)
        ]  # fmt: skip
        with self.by(user):
            found = receiving.receive_scans(given)
            states = dict(Consignment.objects.values_list("number", "state"))
        for each, result in zip(given, found, strict=True):
            is_closed = states.get(each.consignment) == "closed"
            assert (result.state == "refused") == is_closed
            assert is_closed or (result.state == "unknown") == (each.barcode == "???")
        self.kept += given

    @precondition(lambda self: self.kept)
    @rule(user=st.integers(1, 3), at=st.integers(0, 10**6), many=st.integers(1, 5))
    def scan_again(self, user, at, many):
        """What was refused is taken if it can be by now; everything else is as it was."""
        again = (self.kept * 2)[at % len(self.kept):][:many]  # fmt: skip
        with self.by(user):
            known = set(Scan.objects.values_list("number", flat=True))
            for each, found in zip(again, receiving.receive_scans(again), strict=True):
                assert found.is_new <= (each.number not in known)

    @rule(user=st.integers(1, 3), at=st.integers(0, 10**6))
    def undo(self, user, at):
        with self.by(user):
            ids = list(Scan.objects.order_by("number").values_list("id", flat=True))
        if ids:
            try:
                with self.by(user):
                    receipts.undo(ids[at % len(ids)], "undone")
            except WrongState:
                pass

    @rule(user=st.integers(1, 3), sku=st.sampled_from(CODES[:3]), at=st.integers(0, 10**6))
    def resolve(self, user, sku, at):
        with self.by(user):
            ids = list(Scan.objects.filter(state="unknown").values_list("id", flat=True))
        if ids:
            try:
                with self.by(user):
                    receipts.resolve(ids[at % len(ids)], sku)
            except WrongState:
                pass

    @rule(user=st.integers(1, 3), number=st.sampled_from(NUMBERS), name=st.integers(0, 9))
    def whole(self, user, number, name):
        try:
            with self.by(user):
                receipts.receive_whole(self.ids[number], f"R-{number}-{name}")
        except (Unfit, WrongState):
            pass

    @rule(user=st.integers(1, 3), number=st.sampled_from(NUMBERS))
    def close(self, user, number):
        with self.by(user):
            scans = Scan.objects.filter(consignment_id=self.ids[number], state="unknown")
            is_open, has_questions = self.is_open(number), scans.exists()
        try:
            with self.by(user):
                closing.close(self.ids[number], DAY)
        except WrongState:
            assert is_open
            assert has_questions
        else:
            assert not (is_open and has_questions)

    def is_open(self, number):
        return Consignment.objects.get(id=self.ids[number]).state != "closed"

    @rule(user=st.integers(1, 3), at=st.integers(0, 10**6))
    def drop(self, user, at):
        with self.by(user):
            ids = list(Scan.objects.filter(state="unknown").values_list("id", flat=True))
            if ids:
                receipts.drop(ids[at % len(ids)], "not ours")

    @rule(
        user=st.integers(1, 3),
        number=st.sampled_from(NUMBERS),
        found=st.dictionaries(st.integers(1, 4), st.integers(1, 3), max_size=3),
    )
    def reopen(self, user, number, found):
        try:
            with self.by(user):
                closing.reopen(self.ids[number], [FoundAgain(*each) for each in found.items()])
        except (Unfit, WrongState):
            pass

    @rule(user=st.integers(1, 3), number=st.sampled_from(NUMBERS))
    def undo_dispatch(self, user, number):
        try:
            with self.by(user):
                dispatching.undo_dispatch(self.ids[number], "back")
        except WrongState:
            return
        with self.by(user):
            dispatching.dispatch(self.ids[number])

    @rule(user=st.integers(1, 3))
    def put_away(self, user):
        with self.by(user):
            there = Balance.objects.filter(place=f"{DUI}/@receiving", quantity__gt=0).first()
            if there:
                self.moved += 1
                line = Line(there.item, 1, there.place, f"{DUI}/A-01", there.lot)
                post(Document("put_away", f"W-{self.moved}", DAY, [line]))

    @invariant()
    def every_unit_is_in_one_place(self):
        with within(self.dock):
            there: Counter[tuple[str, str]] = Counter()
            for b in Balance.objects.all():
                assert b.may_go_below or b.quantity >= 0
                there[b.place, b.item] += b.quantity
            received = Counter()
            for row in ReceiptLine.objects.all():
                received[row.sku] += row.quantity
            for number, id in self.ids.items():
                self.check_consignment(number, id, there)
        for sku in CODES[:3]:
            abroad = sum(n for (place, item), n in there.items()
                         if item == sku and place.startswith(DUI))  # fmt: skip
            assert abroad == received[sku]

    def check_consignment(self, number, id, there):
        state = Consignment.objects.get(id=id).state
        lines = list(ConsignmentLine.objects.filter(consignment_id=id).order_by("line_no"))
        rows = list(ReceiptLine.objects.filter(consignment_id=id))
        for sku in CODES[:3]:
            its = [line for line in lines if line.sku == sku]
            over = sum(row.quantity for row in rows if row.sku == sku and row.is_over)
            assert there[f"voyage/{number}", sku] == sum(line.open for line in its)
            assert there[f"unknown/{number}", sku] == sum(line.covered for line in its) - over
            if state == "closed":
                assert not any(line.open for line in its)
        for line in lines:
            mine = [row for row in rows if row.consignment_line == line.line_no]
            assert line.received == sum(row.quantity for row in mine)
            assert line.damaged == sum(r.quantity for r in mine if r.condition == "damaged")
        claims = {(c.line_no, c.kind): c.quantity for c in Claim.objects.filter(consignment_id=id)}
        for line in lines:
            assert claims.get((line.line_no, "short"), 0) == line.short
            if state == "closed":
                assert claims.get((line.line_no, "damaged"), 0) == line.damaged
        assert (state == "dispatched") <= (not rows)
        assert (state == "arrived") <= bool(rows)

    @invariant()
    def what_is_lost_is_what_lines_say_is_short(self):
        with within(self.dock):
            lost, short = Counter(), Counter()
            for b in Balance.objects.filter(place__startswith="lost/"):
                lost[b.item] += b.quantity
            for line in ConsignmentLine.objects.all():
                short[line.sku] += line.short
        assert +lost == +short

    def teardown(self):
        assert audit(self.dock).is_clean


@pytest.mark.parametrize("seed", range(3))
def test_every_unit_is_in_one_place_whatever_people_do_at_once(desk, seed):
    gate, chance = Gate(), random.Random(seed)

    def work(user, kind, names, number):
        with gate.by(user):
            if kind == "scan":
                receiving.receive_scans(
                    [Scanned(f"S-{n}", CODES[n % 3], NUMBERS[n % 2]) for n in names]
                )
            elif kind == "undo":
                found = Scan.objects.filter(state="received").order_by("number").first()
                if found:
                    receipts.undo(found.id, "undone")
            elif kind == "whole":
                receipts.receive_whole(gate.ids[number], f"R-{number}")
            elif kind == "close":
                closing.close(gate.ids[number], DAY)
            else:
                closing.reopen(gate.ids[number])

    kinds = ["scan"] * 5 + ["undo"] * 2 + ["whole", "close", "reopen"]
    works = [
        partial(work, n % 3 + 1, chance.choice(kinds), chance.sample(range(30), 6),
                chance.choice(NUMBERS))
        for n in range(40)
    ]  # fmt: skip
    found = [each for at in range(0, 40, 5) for each in at_once(*works[at : at + 5])]

    wrong = [each for each in found if each is not None]
    assert not [each for each in wrong if not isinstance(each, (WrongState, Unfit))], wrong
    gate.every_unit_is_in_one_place()
    gate.what_is_lost_is_what_lines_say_is_short()
    gate.teardown()


def test_every_unit_is_in_one_place_whatever_people_do(desk):
    run_state_machine_as_test(Gate, settings=settings(stateful_step_count=20))
