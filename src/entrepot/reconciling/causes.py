# SPDX-License-Identifier: Apache-2.0
"""Why something is open, and what to do next: `causes.toml`, by stage, code and age.

Source: our own policy. The days from which a cause holds are of custom, not of law.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

#: Ages in days, each with its first: what an open item's age is told in.
AGES: Final = {"0-7": 0, "8-30": 8, "31-90": 31, "90+": 91}
#: Whatever is older is as old as this.
OLDEST: Final = 91

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Cause:
    """The likely cause of what is open from an age on, and the next step, in both languages."""

    code: str
    from_days: int
    why: Mapping[Language, str]
    next: Mapping[Language, str]


def cause_of(stage: str, found: str, days: int) -> Cause:
    """The cause of an item that is open for so many days.

    Args:
        found: the code that the item has.
        days: since it opened; below 0 where it is dated ahead.
    """
    known = _causes()[stage, found]
    return next((each for each in reversed(known) if each.from_days <= days), known[0])


def age_of(days: int) -> str:
    """In which of the ages so many days are."""
    return next((name for name, first in reversed(AGES.items()) if first <= days), "0-7")


def codes_of(stage: str) -> tuple[str, ...]:
    """What can be found of an open item of a stage."""
    return tuple(found for its, found in _causes() if its == stage)


@cache
def _causes() -> dict[tuple[str, str], tuple[Cause, ...]]:
    """By stage and code, the youngest first."""
    text = files("entrepot.reconciling").joinpath("causes.toml").read_text("utf-8")
    made: dict[tuple[str, str], tuple[Cause, ...]] = {}
    for said in tomllib.loads(text)["cause"]:
        cause = Cause(
            said.get("code", said["found"]), said.get("from_days", 0),
            {"en": said["en"], "zh": said["zh"]}, {"en": said["next_en"], "zh": said["next_zh"]},
        )  # fmt: skip
        for stage in said["stages"]:
            key = (stage, said["found"])
            made[key] = tuple(sorted((*made.get(key, ()), cause), key=lambda each: each.from_days))
    return made
