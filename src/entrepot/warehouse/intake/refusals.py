# SPDX-License-Identifier: Apache-2.0
"""What a user can get wrong with a file of orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar, Final

from entrepot.errors import Refused

#: How many of what is wrong are listed.
MOST_LISTED: Final = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake of a file: its row as a spreadsheet shows it, and what to do."""

    row: int
    code: str
    found: str
    remedy: str


class FaultyOrders(Refused):
    """A file of orders with mistakes; every one is listed with its row."""

    code: ClassVar[str] = "warehouse.faulty_file"


class NoSuchMapping(Refused):
    """There is no mapping of this name."""

    code: ClassVar[str] = "warehouse.no_such_mapping"


class NoTable(Refused):
    """A file that is not the table it should be."""

    code: ClassVar[str] = "warehouse.no_table"


class TooLargeTable(Refused):
    """A file larger than what is read."""

    code: ClassVar[str] = "warehouse.too_large_file"


class WrongState(Refused):
    """A file that is not in the state for what was asked."""

    code: ClassVar[str] = "warehouse.wrong_state"


class OtherByNow(Refused):
    """A file that would do something else by now than its preview says."""

    code: ClassVar[str] = "warehouse.outdated_preview"


class Begun(Refused):
    """A file cannot be taken back: of some of its orders more was done than to reserve."""

    code: ClassVar[str] = "warehouse.orders_begun"


def refuse_faulty(file: str, faults: Sequence[Fault], count: int) -> None:
    """Refuse a file where it has mistakes; `count` is how many, where not all are listed.

    Raises:
        FaultyOrders: with the first thousand.
    """
    if not count:
        return
    many = f"{count:,} mistakes, first: " if count > 1 else ""
    raise FaultyOrders(
        f"Cannot take over {file}.",
        f"{many}{faults[0].found}",
        f"{faults[0].remedy} Correct them all and send the file again; nothing was changed.",
        count=count,
        faults=[asdict(fault) for fault in faults[:MOST_LISTED]],
    )
