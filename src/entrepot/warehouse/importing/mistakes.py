# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with an import, said all at once and with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

from entrepot.errors import Refused

#: Mistakes a message spells out; the rest is counted. `facts` hold the same ones.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: where it is, what stands there and how to mend it."""

    place: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.found} {self.remedy}"


class BadMapping(Refused):
    """The mapping file cannot be used as it is."""

    code: ClassVar[str] = "import.bad_mapping"


class UnreadableExport(Refused):
    """The export does not have the form that its mapping says."""

    code: ClassVar[str] = "import.unreadable_export"


class NotOurs(Refused):
    """The folder to write holds something that no import wrote."""

    code: ClassVar[str] = "import.not_ours"


class NotFooted(Refused):
    """Lines or money that went in did not all come out: a mistake in the import itself."""

    code: ClassVar[str] = "import.not_footed"


def refuse(
    kind: type[Refused], asked: str, mistakes: Sequence[Mistake], remedy: str, **facts: object
) -> Refused:
    """One error that lists the first mistakes and counts the rest."""
    shown = list(mistakes[:SHOWN])
    counted = "1 mistake:" if len(mistakes) == 1 else f"{len(mistakes)} mistakes:"
    found = [counted, *(f"  {mistake}" for mistake in shown)]
    if len(mistakes) > SHOWN:
        found.append(f"  and {len(mistakes) - SHOWN} more.")
    return kind(
        asked,
        "\n".join(found),
        remedy,
        count=len(mistakes),
        mistakes=[asdict(mistake) for mistake in shown],
        **facts,
    )
