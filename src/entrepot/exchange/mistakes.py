# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with rates, said all at once and with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar, TypeVar

from entrepot.errors import Misused, Refused

#: Mistakes that a message spells out; the rest is counted. `facts` hold the same ones.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: where it is, what stands there, what should, and how to mend it.

    `row`: as an editor counts lines, from 1; None where it is about the whole file.
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
    """A table of rates does not have the form it should have; nothing was taken."""

    code: ClassVar[str] = "rates.unreadable"


class BadMapping(Refused):
    """The mapping of a table of rates cannot be used as it is."""

    code: ClassVar[str] = "rates.bad_mapping"


class NoRate(Refused):
    """No rate may be used for a day: none was published, or too long before."""

    code: ClassVar[str] = "rates.none"


class Contradicting(Refused):
    """One source says two rates for a day, or a season has others than those to be written."""

    code: ClassVar[str] = "rates.contradicting"


class NoUse(Misused):
    """No rule says which rate is used for this, or it leaves the choice to the firm."""

    code: ClassVar[str] = "rates.no_use"


class BadFlows(Refused):
    """Amounts of foreign currency that cannot be valued."""

    code: ClassVar[str] = "exchange.flows"


Kind = TypeVar("Kind", bound=Refused)


def refusal(kind: type[Kind], asked: str, mistakes: Sequence[Mistake], remedy: str) -> Kind:
    """One error that lists the first mistakes and counts the rest."""
    facts = [asdict(each) for each in mistakes[:SHOWN]]
    found = listed("mistake", [str(each) for each in mistakes])
    return kind(asked, found, remedy, count=len(mistakes), mistakes=facts)


def listed(noun: str, told: Sequence[str]) -> str:
    """How many there are, and the first of them."""
    count = len(told)
    lines = [
        f"{count:,} {noun}{'' if count == 1 else 's'}:",
        *(f"  {each}" for each in told[:SHOWN]),
    ]
    if count > SHOWN:
        lines.append(f"  and {count - SHOWN:,} more.")
    return "\n".join(lines)


def shown(value: str) -> str:
    """A cell as a message shows it: in quotes, short, and without what a terminal would obey."""
    if not value:
        return "nothing"
    plain = "".join(each if each.isprintable() else "\ufffd" for each in value[:60])
    return f'"{plain}"' + ("…" if len(value) > 60 else "")
