# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with bank statements and payouts, said all at once and with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar, TypeVar

from entrepot.errors import Refused

#: Mistakes a message spells out; the rest is counted. `facts` hold the same ones.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: where it is, what stands there, what should, and how to mend it.

    `row`: as an editor counts lines, from 1; None where it is about the whole file.
    `column`: the column of a table, the element of a message, the field of an MT940.
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


class Unreadable(Refused):
    """A file of a bank, or of payouts, does not have the form it should have; nothing was taken."""

    code: ClassVar[str] = "bank.unreadable"


class BadMapping(Refused):
    """The mapping of a table of a bank cannot be used as it is."""

    code: ClassVar[str] = "bank.bad_mapping"


class Contradicting(Refused):
    """Two statements of one number, or two payouts, say different things."""

    code: ClassVar[str] = "bank.contradicting"


class MoneyLost(Refused):
    """What came out of a matching is not what went in: a mistake in the matching itself."""

    code: ClassVar[str] = "bank.money_lost"


Kind = TypeVar("Kind", bound=Refused)


def refusal(kind: type[Kind], asked: str, mistakes: Sequence[Mistake], remedy: str) -> Kind:
    """One error that lists the first mistakes and counts the rest."""
    count = len(mistakes)
    first = list(mistakes[:SHOWN])
    found = ["1 mistake:" if count == 1 else f"{count} mistakes:", *(f"  {each}" for each in first)]
    if count > len(first):
        found.append(f"  and {count - len(first)} more.")
    return kind(
        asked,
        "\n".join(found),
        remedy,
        count=count,
        mistakes=[asdict(each) for each in first],
    )


def shown(value: str) -> str:
    """A cell as a message shows it: in quotes, short, and without what a terminal would obey."""
    if not value:
        return "nothing"
    plain = "".join(each if each.isprintable() else "\ufffd" for each in value[:60])
    return f'"{plain}"' + ("…" if len(value) > 60 else "")
