# SPDX-License-Identifier: Apache-2.0
"""What a close says of seals on a terminal, after everything else."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

#: How much of a seal's hash a person writes down and compares.
SHORT = 12
#: From more days than this on, only the first and the last are named.
_NAMED = 3


def seal_lines(run: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[str]:
    """What was held to, amended and sealed; nothing where a season has no seals and wants none."""
    seals = run["seals"]
    for state, changed in (("seal_held", False), ("seal_same", True)):
        days = [each["as_of"] for each in seals["held"] if each["worked_out_again"] is changed]
        if days:
            yield words[state].format(days=_days(days, words))
    for each in seals["amended"]:
        yield words["seal_amended"].format(
            as_of=each["as_of"],
            figures=sum(each["figures"].values()),
            tables=counted(each["figures"], words),
            reason=seals["reason"],
        )
    if seals["amended"]:
        yield words["seal_listed"]
    elif seals["reason"]:
        yield words["seal_nothing"]
    if seals["sealed"]:
        yield from _sealed(run, words)


def counted(figures: Mapping[str, int], words: Mapping[str, str]) -> str:
    """So many of each table."""
    return ", ".join(words["of"].format(rows=n, table=name) for name, n in figures.items())


def _sealed(run: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[str]:
    sealed, made = run["seals"]["sealed"], run["seals"]["made"]
    if sealed["was_sealed"]:
        yield words["seal_was"].format(**sealed)
        return
    yield words["seal_made"].format(**sealed, sha256=made["sha256"][:SHORT])
    as_of = date.fromisoformat(sealed["as_of"])
    if as_of.day != monthrange(as_of.year, as_of.month)[1]:
        yield words["seal_mid_month"].format(**sealed)
    exceptions = sum(run["summary"]["exceptions"].values())
    if exceptions:
        yield words["seal_exceptions"].format(rows=exceptions)


def _days(days: Sequence[str], words: Mapping[str, str]) -> str:
    if len(days) <= _NAMED:
        return ", ".join(days)
    return words["seal_days"].format(number=len(days), first=days[0], last=days[-1])
