# SPDX-License-Identifier: Apache-2.0
"""Mistakes of files that somebody else made, said all at once and each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import TypeVar

from entrepot.errors import Refused

#: Mistakes a message spells out; the rest is counted. `facts` hold the same ones.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: where it is, what stands there, what should, and how to mend it.

    `row`: as an editor counts lines, the header being 1; in JSON the object, from 1; None where it
    is about the whole file. `column`: of a table; the element or field of a message.
    """

    file: str
    row: int | None
    column: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        row = "" if self.row is None else f":{self.row}"
        column = f", {self.column}" if self.column else ""
        return (
            f"{self.file}{row}{column}: found {self.found}; expected {self.expected}. {self.remedy}"
        )


Kind = TypeVar("Kind", bound=Refused)


def refusal(
    kind: type[Kind], asked: str, mistakes: Sequence[Mistake], remedy: str, count: int = 0
) -> Kind:
    """One error that lists the first mistakes and counts the rest.

    Args:
        count: how many mistakes there are, where `mistakes` holds only the first of them.
    """
    count = max(count, len(mistakes))
    shown = list(mistakes[:SHOWN])
    counted = "1 mistake:" if count == 1 else f"{count} mistakes:"
    found = [counted, *(f"  {mistake}" for mistake in shown)]
    if count > len(shown):
        found.append(f"  and {count - len(shown)} more.")
    return kind(
        asked,
        "\n".join(found),
        remedy,
        count=count,
        mistakes=[asdict(mistake) for mistake in shown],
    )


def listed(names: Sequence[str]) -> str:
    """Names in quotes, the first ones only."""
    shown = ", ".join(f'"{name}"' for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def nearest(name: str, names: Sequence[str]) -> str:
    """The one of `names` that `name` was probably meant to be, or an empty text."""
    folded = {other.strip().casefold(): other for other in names}
    close = get_close_matches(name.strip().casefold(), list(folded), n=1, cutoff=0.75)
    return folded[close[0]] if close else ""


def shown(value: str) -> str:
    """A cell as a message shows it: in quotes, short, and without what a terminal would obey."""
    if not value:
        return "nothing"
    plain = "".join(each if each.isprintable() else "�" for each in value[:60])
    return f'"{plain}"' + ("…" if len(value) > 60 else "")
