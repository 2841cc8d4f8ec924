# SPDX-License-Identifier: Apache-2.0
"""What can be wrong with a message: each fault with its place, all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

from entrepot.errors import Misused, Refused

#: Faults that a sentence spells out; the rest is counted.
SHOWN = 20
#: Faults of one message that are kept; a damaged file could have millions.
KEPT = 10_000
#: Characters of a found text that are shown.
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where it is, what stands there, what was expected, how to mend it.

    `line`, `column`: in the file, from 1; 0 where there is no file, or none of it is to blame.
    """

    code: str
    place: str
    found: str
    expected: str
    remedy: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        where = f"line {self.line}, {self.place}" if self.line else self.place
        return f"{where}: {self.found} Expected {self.expected}. {self.remedy}"

    def as_facts(self) -> dict[str, object]:
        """The fault for programs."""
        return asdict(self)


class UnknownMessage(Misused):
    """No edition, or not the one asked for, has a message of that name."""

    code: ClassVar[str] = "customs.unknown_message"


class UnknownEdition(Misused):
    """There is no edition of the messages of that name."""

    code: ClassVar[str] = "customs.unknown_edition"


class FaultyMessage(Refused):
    """The values do not make a message that customs would read; every fault is in `faults`."""

    code: ClassVar[str] = "customs.faulty_message"

    def __init__(self, message: str, edition: str, faults: Sequence[Fault]) -> None:
        counted = "1 fault:" if len(faults) == 1 else f"{len(faults)} faults:"
        shown = [counted, *(f"  {fault}" for fault in faults[:SHOWN])]
        if len(faults) > SHOWN:
            shown.append(f"  and {len(faults) - SHOWN} more.")
        super().__init__(
            f"Cannot write {message} of edition {edition}.",
            "\n".join(shown),
            "Correct these fields, then write the message again.",
            count=len(faults),
            faults=[fault.as_facts() for fault in faults[:KEPT]],
        )
        self.faults = tuple(faults)


class TooManyDocuments(Misused):
    """One message holds at most so many documents."""

    code: ClassVar[str] = "customs.too_many_documents"


class BadSampleRequest(Misused):
    """Such a sample cannot be made."""

    code: ClassVar[str] = "customs.bad_sample_request"


class FolderTaken(Refused):
    """The folder to write samples into holds something."""

    code: ClassVar[str] = "customs.folder_taken"


class NoMessages(Misused):
    """There is no file to read messages from."""

    code: ClassVar[str] = "customs.no_messages"


def quoted(text: str) -> str:
    """A found text in quotes, cut where it is long, without line ends."""
    shown = " ".join(text.split()) if "\n" in text or "\t" in text or "\r" in text else text
    shown = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in shown)
    return f'"{shown[:_LONGEST]}…"' if len(shown) > _LONGEST else f'"{shown}"'
