# SPDX-License-Identifier: Apache-2.0
"""Units that came home: matched by number, assumed where none was scanned, never counted twice."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from entrepot.customs.returns.proving import Proof, prove

SKU = "A"
LINES = [("D1", 1), ("D1", 2), ("D2", 1)]
DAYS = {("D1", 1): date(2026, 3, 2), ("D1", 2): date(2026, 3, 1), ("D2", 1): date(2026, 2, 1)}
OLD, NEW = ("D2", 1), ("D1", 1)
MARK = (SKU, "serial", "S1")

marks = st.tuples(st.just(SKU), st.sampled_from(("serial", "batch")), st.sampled_from("XYZ"))
counts = st.integers(1, 5)


def test_a_number_that_left_under_one_line_proves_it():
    assert prove({(MARK, NEW): 1}, {MARK: 1}, {(SKU, OLD): 1}, DAYS) == [
        Proof(SKU, "identity", "serial", "S1", NEW, 1)
    ]


def test_without_a_scan_first_in_first_out_is_assumed():
    assert prove({(MARK, NEW): 1}, {}, {(SKU, OLD): 2}, DAYS) == [
        Proof(SKU, "assumed", None, None, OLD, 2)
    ]


def test_a_number_scanned_twice_is_matched_once():
    assert prove({(MARK, NEW): 1}, {MARK: 2}, {(SKU, OLD): 2}, DAYS) == [
        Proof(SKU, "identity", "serial", "S1", NEW, 1),
        Proof(SKU, "not_matched", "serial", "S1", None, 1),
    ]


def test_a_batch_that_left_under_two_lines_is_shared_and_the_oldest_taken():
    batch = (SKU, "batch", "B1")

    assert prove({(batch, NEW): 3, (batch, OLD): 2}, {batch: 3}, {(SKU, OLD): 4}, DAYS) == [
        Proof(SKU, "shared", "batch", "B1", OLD, 2),
        Proof(SKU, "shared", "batch", "B1", NEW, 1),
        Proof(SKU, "assumed", None, None, OLD, 1),
    ]


@given(
    st.dictionaries(st.tuples(marks, st.sampled_from(LINES)), counts),
    st.dictionaries(marks, counts),
    st.dictionaries(st.tuples(st.just(SKU), st.sampled_from(LINES)), counts),
    st.randoms(use_true_random=False),
)
def test_no_unit_counts_twice_and_the_order_of_scans_does_not_matter(left, scanned, home, random):
    proofs = prove(left, scanned, home, DAYS)

    of_mark, of_line = defaultdict(int), defaultdict(int)
    for each in proofs:
        assert each.quantity > 0
        if each.proof in ("identity", "shared"):
            of_mark[(each.sku, each.kind, each.identity), each.line] += each.quantity
        of_line[each.line] += each.quantity
    assert all(quantity <= left[key] for key, quantity in of_mark.items())
    marked = defaultdict(int)
    for (_, line), quantity in left.items():
        marked[line] += quantity
    for line in LINES:
        assert of_line[line] <= max(marked[line], home.get((SKU, line), 0))
    came = max(sum(scanned.values()), sum(home.values()))
    assert sum(each.quantity for each in proofs) == came
    assert proofs == prove(*(_shuffled(each, random) for each in (left, scanned, home)), DAYS)


def _shuffled(rows, random):
    items = list(rows.items())
    random.shuffle(items)
    return dict(items)
