# SPDX-License-Identifier: Apache-2.0
"""Against which declaration line a unit that came home stands: by its identity, or assumed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

#: A declaration line of one article: declaration, item.
Line = tuple[str, int]
#: What is scanned: article, kind of number, number.
Mark = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Proof:
    """Units of an article that came home, and how it is known of which line they are.

    `proof`: identity (its number left under this line alone), shared (it left under several; the
    oldest are taken), assumed (no number was scanned; as first in, first out has it), not_matched
    (the number did not leave, or not so often).
    """

    sku: str
    proof: str
    kind: str | None
    identity: str | None
    line: Line | None
    quantity: int


def prove(
    left: Mapping[tuple[Mark, Line], int],
    scanned: Mapping[Mark, int],
    sent_home: Mapping[tuple[str, Line], int],
    exported_on: Mapping[Line, date],
) -> list[Proof]:
    """Match what was scanned home with what left, and assume the rest.

    Args:
        left: units that left with a number under a line.
        scanned: units that came home with a number.
        sent_home: units per article and line that the close has sent home, first in, first out.
        exported_on: of every line that is named.

    Holds:
        per article, proofs sum to the larger of what was scanned and what was sent home; per
        number and line, no more is matched than left; the order of scans does not matter.

    Source:
        our own policy, decisions/0031: no rule that was read says how identity is shown.
    """
    lines_of: defaultdict[Mark, list[Line]] = defaultdict(list)
    for mark, line in left:
        lines_of[mark].append(line)
    proofs: list[Proof] = []
    seen: defaultdict[str, int] = defaultdict(int)
    matched: defaultdict[tuple[str, Line], int] = defaultdict(int)
    for mark, quantity in sorted(scanned.items()):
        sku, kind, identity = mark
        seen[sku] += quantity
        lines = sorted(lines_of[mark], key=lambda line: (exported_on[line], line))
        word, still = "identity" if len(lines) == 1 else "shared", quantity
        for line in lines:
            taken = min(still, left[mark, line])
            if taken:
                proofs.append(Proof(sku, word, kind, identity, line, taken))
                matched[sku, line] += taken
            still -= taken
        if still:
            proofs.append(Proof(sku, "not_matched", kind, identity, None, still))
    return proofs + _assumed(sent_home, seen, matched, exported_on)


def _assumed(
    sent_home: Mapping[tuple[str, Line], int],
    seen: Mapping[str, int],
    matched: Mapping[tuple[str, Line], int],
    exported_on: Mapping[Line, date],
) -> list[Proof]:
    """What came home unscanned, on the lines the close took it from, less what is matched there."""
    still: defaultdict[str, int] = defaultdict(int)
    for (sku, _), quantity in sent_home.items():
        still[sku] += quantity
    for sku, quantity in seen.items():
        still[sku] -= quantity
    proofs = []
    for sku, line in sorted(sent_home, key=lambda each: (each[0], exported_on[each[1]], each[1])):
        free = sent_home[sku, line] - matched.get((sku, line), 0)
        taken = min(still[sku], free)
        if taken > 0:
            proofs.append(Proof(sku, "assumed", None, None, line, taken))
            still[sku] -= taken
    return proofs
