# SPDX-License-Identifier: Apache-2.0
"""Which elements stand out of their order: the fewest that could be moved to mend it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence


def out_of_place(order: Sequence[int]) -> set[int]:
    """The indexes to move so that what stays never goes down.

    What stays is a longest subsequence that never goes down (patience sorting).

    >>> sorted(out_of_place([0, 4, 1, 2, 3]))
    [1]
    >>> out_of_place([0, 0, 1, 2])
    set()
    """
    if all(order[at] <= order[at + 1] for at in range(len(order) - 1)):
        return set()
    ends: list[int] = []  # the least value that a run of each length ends with
    at_end: list[int] = []  # where that value stands
    before: list[int] = []
    for at, value in enumerate(order):
        length = bisect_right(ends, value)
        before.append(at_end[length - 1] if length else -1)
        ends[length : length + 1] = [value]
        at_end[length : length + 1] = [at]
    stays, at = set(), at_end[-1]
    while at >= 0:
        stays.add(at)
        at = before[at]
    return set(range(len(order))) - stays
