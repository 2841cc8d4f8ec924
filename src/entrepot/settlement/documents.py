# SPDX-License-Identifier: Apache-2.0
"""A JSON report as Python values: bounded, and never through a binary fraction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from entrepot.engine.mistakes import SHOWN, Mistake, refusal
from entrepot.settlement.decoding import Text
from entrepot.settlement.mistakes import UnreadableReport

#: Bytes of a JSON report; an answer of these interfaces has at most a few hundred entries.
LARGEST = 256 << 20
#: Digits of a number; more are no amount.
_LONGEST_NUMBER = 60

Object = dict[str, Any]


class Faults:
    """Gathers the mistakes of one report."""

    def __init__(self, source: Text) -> None:
        self.source, self.found, self.count = source, list[Mistake](), 0

    def add(self, row: int | None, column: str, found: str, expected: str, remedy: str) -> None:
        """Note a mistake; more than are shown are counted."""
        self.count += 1
        if len(self.found) < SHOWN:
            self.found.append(Mistake(self.source.name, row, column, found, expected, remedy))

    def refuse(self) -> None:
        """Refuse the report where there is a mistake.

        Raises:
            UnreadableReport: with all of them.
        """
        if self.found:
            raise refusal(
                UnreadableReport,
                f"Cannot read {self.source.name}.",
                self.found,
                "Fetch the answer again, as it is.",
                count=self.count,
            )


def document(source: Text) -> Any:
    """What the report holds; numbers are decimals.

    Raises:
        UnreadableReport: it is no JSON, too large, or holds numbers that are none.
    """
    faults = Faults(source)
    if source.path.stat().st_size > LARGEST:
        faults.add(None, "", "more than 256 MiB", "an answer of the interface", "Split it.")
        faults.refuse()
    content = source.path.read_text("utf-8-sig")
    try:
        return json.loads(content, parse_float=_number, parse_int=_number, parse_constant=_none)
    except (ValueError, RecursionError) as error:
        row = getattr(error, "lineno", None)
        told = str(error).split(":")[0] or "nesting without end"
        faults.add(row, "", told, "JSON", "It was cut off or is another kind of file.")
        faults.refuse()
        raise


def _number(written: str) -> Decimal:
    if len(written) > _LONGEST_NUMBER:
        raise ValueError("a number of more digits than an amount has")
    return Decimal(written)


def _none(written: str) -> Decimal:
    raise ValueError(f"{written}, which is no number")


def objects(value: Any, take: Callable[[Object], bool]) -> Iterator[Object]:
    """The objects that `take` wants: the value, and what lists and `payload` of it hold."""
    if isinstance(value, list):
        for each in value:
            yield from objects(each, take)
    elif isinstance(value, dict):
        if take(value):
            yield value
        elif isinstance(value.get("payload"), dict):
            yield from objects(value["payload"], take)


def cell(value: Any) -> str:
    """A value as the text of a cell; nothing for what is not there."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() and abs(value.adjusted()) < 40 else str(value)
    return str(value)
