# SPDX-License-Identifier: Apache-2.0
"""Numbers scanned out and home: what is proven, what assumed, what refused, and why."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connections
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.customs.returns import stepping
from entrepot.customs.returns.models import CaseStep, Scan
from entrepot.customs.returns.refusals import SaysOtherwise, Unfit, WrongState
from entrepot.customs.returns.scanned import Scene
from entrepot.customs.returns.scanning import (
    ScanHome,
    ScanOut,
    proofs_of,
    scan_home,
    scan_out,
    undo_scan,
)
from entrepot.people.tenancy import within
from tests.customs.returning_kit import (
    ADA,
    EXPORTED,
    ONE,
    TWO,
    brought,
    drafted,
    home,
    open_firm,
    out,
    wanted,
)

PROVEN, SHARED = ("proven", ""), ("shared", "")


def refused(why):
    return "refused", why


@pytest.fixture
def firm(enterprise):
    return open_firm(enterprise)


def units(firm, case):
    """Units of a case by how they are known."""
    with within(firm):
        sums = Counter()
        for each in proofs_of(case):
            sums[each.proof] += each.quantity
    return dict(sums)


def test_a_number_that_left_under_the_line_proves_the_unit_and_the_rest_is_assumed(firm):
    out(firm, "S-1", "S-2")
    case = drafted(firm, wanted(3))

    assert home(firm, case, "S-2") == [PROVEN]

    assert units(firm, case) == {"identity": 1, "assumed": 2}
    with within(firm):
        first, *_ = proofs_of(case)
    assert (first.identity, first.line) == ("S-2", (ONE, 1))


@pytest.mark.parametrize(
    ("identity", "found"),
    [
        ("S-1", PROVEN),
        ("S-9", refused("never_left")),
        ("S-2", refused("other_line")),
        ("S-3", refused("already_home")),
    ],
)
def test_each_number_is_told_at_once_and_why_it_is_refused(firm, identity, found):
    out(firm, "S-1", "S-3")
    out(firm, "S-2", number=TWO)
    elsewhere = drafted(firm, wanted(1), number="RH-0")
    assert home(firm, elsewhere, "S-3") == [PROVEN]
    case = drafted(firm, wanted(2))

    assert home(firm, case, identity) == [found]

    assert units(firm, case) == (
        {"identity": 1, "assumed": 1} if found == PROVEN else {"assumed": 2}
    )


def test_a_number_comes_home_once_in_a_case_and_no_more_than_the_case_has(firm):
    out(firm, "S-1", "S-2")
    case = drafted(firm, wanted(1))

    assert home(firm, case, "S-1", "S-1", "S-2") == [
        PROVEN, refused("already_home"), refused("beyond_case"),
    ]  # fmt: skip


def test_a_batch_that_left_under_two_lines_is_assumed_among_them(firm):
    for number in (ONE, TWO):
        out(firm, "B-1", number=number, kind="batch", quantity=4)
    case = drafted(firm, wanted(2), wanted(3, TWO))

    assert home(firm, case, "B-1", kind="batch", quantity=5) == [SHARED]
    assert home(firm, case, "B-1", kind="batch") == [refused("beyond_case")]

    assert units(firm, case) == {"shared": 5}
    with within(firm):
        assert [(each.line, each.quantity) for each in proofs_of(case)] == [
            ((ONE, 1), 2), ((TWO, 1), 3),
        ]  # fmt: skip


def test_a_cancelled_case_gives_its_numbers_free(firm):
    out(firm, "S-1")
    given_up = drafted(firm, wanted(1))
    home(firm, given_up, "S-1")
    with within(firm, ADA):
        stepping.cancel(given_up, "sold")
    case = drafted(firm, wanted(1), number="RH-2")

    assert home(firm, case, "S-1") == [PROVEN]


def test_a_scan_sent_twice_is_one_and_another_of_its_number_is_refused(firm):
    out(firm, "S-1")
    case = drafted(firm, wanted(2))
    with within(firm):
        first, again = (scan_home(case, [ScanHome("X-1", "S-1")]) for _ in range(2))
        assert first[0].id == again[0].id
        with pytest.raises(SaysOtherwise):
            scan_home(case, [ScanHome("X-1", "S-2")])
        with pytest.raises(SaysOtherwise):
            scan_out([ScanOut("X-1", "SKU-1", "serial", "S-1", ONE, 1)])
        assert Scan.objects.filter(way="home").count() == 1


def test_a_scan_is_taken_back_by_another_and_neither_is_changed(firm):
    out(firm, "S-1")
    case = drafted(firm, wanted(1))
    home(firm, case, "S-1")
    with within(firm):
        number = Scan.objects.get(way="home").number
        left = Scan.objects.get(way="out").number
        with pytest.raises(WrongState, match="came home"):
            undo_scan(left, "U-0")
        undo_scan(number, "U-1")
        assert undo_scan(number, "U-1").undoes == number
        with pytest.raises(WrongState, match="taken back"):
            undo_scan(number, "U-2")
        with pytest.raises(Unfit, match="number of a scan"):
            undo_scan("NOBODY", "U-3")

    assert units(firm, case) == {"assumed": 1}
    assert home(firm, case, "S-1") == [PROVEN]


def test_what_left_is_checked_all_at_once_and_nothing_is_half_written(firm):
    out(firm, "S-1")
    wrong = [
        ScanOut("1", "SKU-1", "serial", "S-1", ONE, 1),
        ScanOut("2", "SKU-1", "serial", "S-2", ONE, 2),
        ScanOut("3", "SKU-1", "batch", "B-1", ONE, 1, 9),
        ScanOut("4", "SKU-1", "serial", "S-3", ONE, 1, 2),
        ScanOut("5", "SKU-1", "serial", "S-4", TWO, 1),
    ]
    with within(firm), pytest.raises(Unfit) as told:
        scan_out(wrong)

    assert [(each["row"], each["field"]) for each in told.value.facts["faults"]] == [
        (1, "identity"), (2, "declaration_no"), (3, "quantity"), (4, "quantity"), (4, "quantity"),
    ]  # fmt: skip
    with within(firm):
        assert Scan.objects.count() == 1


def test_a_number_of_several_articles_asks_which(firm):
    out(firm, "S-1")
    case = drafted(firm, wanted(1))
    with within(firm):
        (told,) = scan_home(case, [ScanHome("X-1", "S-1")])
    assert told.sku == "SKU-1"


def test_what_was_known_is_kept_with_the_arrival_and_nothing_is_scanned_after_it(firm):
    out(firm, "S-1")
    case = brought(firm, "announced", wanted(2))
    home(firm, case, "S-1")
    with within(firm):
        stepping.arrive(case)
        facts = CaseStep.objects.get(case_id=case, event="arrived").facts
        with pytest.raises(WrongState):
            scan_home(case, [ScanHome("X-9", "S-1")])
    assert facts == {"units": {"identity": 1, "assumed": 1}}


LINES = [("D-1", 1), ("D-2", 1), ("D-3", 1)]
ids = st.sampled_from(["a", "b", "c"])


@settings(max_examples=60)
@given(
    left=st.dictionaries(st.tuples(ids, st.sampled_from(LINES)), st.integers(1, 4), max_size=7),
    wants=st.dictionaries(st.sampled_from(LINES[:2]), st.integers(1, 5), min_size=1),
    scans=st.lists(st.tuples(ids, st.integers(1, 3)), max_size=12),
)
def test_proofs_sum_to_the_case_and_no_number_proves_more_than_left(left, wants, scans):
    by_mark = {}
    for (identity, line), quantity in left.items():
        by_mark.setdefault(("A", "batch", identity), {})[line] = quantity
    case = {("A", line): quantity for line, quantity in wants.items()}
    scene = Scene(case, dict.fromkeys(LINES, EXPORTED), by_mark)
    taken = Counter()
    for identity, quantity in scans:
        outcome, why = scene.judge(("A", "batch", identity), quantity)
        assert bool(outcome) != bool(why)
        taken[identity] += quantity if outcome else 0

    proofs = scene.proofs()

    for line, quantity in wants.items():
        assert sum(each.quantity for each in proofs if each.line == line) == quantity
    assert {each.proof for each in proofs} <= {"identity", "shared", "assumed"}
    for identity, quantity in taken.items():
        its = [each for each in proofs if each.identity == identity]
        assert sum(each.quantity for each in its) == quantity
        assert all(each.quantity <= left[identity, each.line] for each in its)
        alone = len(by_mark.get(("A", "batch", identity), ())) == 1
        assert all((each.proof == "identity") == alone for each in its)


def test_a_number_that_is_scanned_for_two_returns_at_once_comes_home_once(firm):
    out(firm, "S-1")
    cases = [drafted(firm, wanted(1), number=f"RH-{n}") for n in range(4)]
    gate, told = threading.Barrier(len(cases)), []

    def one(case):
        try:
            gate.wait()
            told.extend(home(firm, case, "S-1"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(case,)) for case in cases]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sorted(told) == sorted([PROVEN, *[refused("already_home")] * 3])


def test_two_drafts_at_once_do_not_take_more_than_was_declared(firm):
    gate, made = threading.Barrier(4), []

    def one(number):
        try:
            gate.wait()
            made.append(drafted(firm, wanted(6), number=f"RH-{number}"))
        except Unfit:
            pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(made) == 1
