# SPDX-License-Identifier: Apache-2.0
"""What a released list means for the declarations of the desk: decided from what customs says.

Nothing here reads or writes. Whatever cannot be told for sure is a disagreement that a person
sees, with its cause; nothing is guessed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from entrepot.customs.classifying.lines import Unit
from entrepot.declaring.configuring import Known
from entrepot.declaring.models import BOOKED, MERGED, TAKEN_OVER, WITHDRAWN
from entrepot.logistics.declaring import Declared

NOTHING, BOOK, REBOOK, WITHDRAW, DISAGREE = "nothing", "book", "rebook", "withdraw", "disagree"
_NUMBER: Final = 18


@dataclass(frozen=True, slots=True)
class Firm:
    """What lists are told by: what the firm said, and what it has.

    `digits`: decimals of each currency. `skus`: those that there are, of those that lists name.
    `units`: what customs is told of a stock unit, by SKU and day of export.
    """

    known: Known
    digits: Mapping[str, int]
    skus: frozenset[str]
    units: Mapping[tuple[str, date], Unit]


@dataclass(frozen=True, slots=True)
class Said:
    """What customs and the desk say of one list, by the firm's number of it.

    `document`, `version`, `data`: the version that was released; None where none was. `number`:
    what customs called it. `is_contradicted`: it says that it is rejected, too. `is_taken_back`:
    a cancellation (605) or a deletion of it passed. `state` to `form_no`: of the booking.
    """

    own_no: str
    document: UUID | None = None
    version: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)
    number: str = ""
    closed_on: date | None = None
    is_contradicted: bool = False
    is_taken_back: bool = False
    channel: str = ""
    order_no: str = ""
    warehouse: str = ""
    state: str = ""
    cause: str = ""
    hash: bytes = b""
    booked_no: str = ""
    booked_closed_on: date | None = None
    form_no: str = ""

    @property
    def digest(self) -> bytes:
        """A hash of what customs says, so that the same twice is once."""
        says = [
            str(self.document),
            self.number,
            self.is_contradicted,
            self.is_taken_back,
            self.data,
        ]
        return hashlib.sha256(json.dumps(says, sort_keys=True).encode()).digest()

    @property
    def head(self) -> Mapping[str, Any]:
        """The head of the list."""
        head = self.data.get("InventoryHead")
        return head if isinstance(head, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a list is not booked as customs says it, for a person to settle."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done for a list, with the lines it has in the declarations, or why not."""

    what: str
    lines: Sequence[Declared] = ()
    cause: Cause | None = None


def decide(said: Said, firm: Firm) -> Decision:
    """Decide what becomes of a list.

    Holds:
        deciding again after it was done decides nothing; what a person took over stays until
        customs says something else; what went into a form is never changed by itself.

    Source: our own policy
    """
    is_same = said.hash == said.digest
    if is_same and said.state in (BOOKED, WITHDRAWN, MERGED, TAKEN_OVER):
        return Decision(NOTHING)
    if said.document is None and not said.state:
        return Decision(NOTHING)
    if said.is_contradicted:
        return Decision(DISAGREE, cause=Cause("contradicted"))
    if said.state == MERGED or said.form_no:
        return Decision(DISAGREE, cause=Cause("merged", {"form_no": said.form_no}))
    if said.is_taken_back:
        return Decision(WITHDRAW)
    if said.document is None:
        return Decision(DISAGREE, cause=Cause("no_release"))
    found = list(_lines(said, firm))
    causes = [each for each in found if isinstance(each, Cause)]
    if causes:
        return Decision(DISAGREE, cause=causes[0])
    lines = [each for each in found if isinstance(each, Declared)]
    return Decision(REBOOK if said.booked_no else BOOK, lines)


def _lines(said: Said, firm: Firm) -> Iterator[Declared | Cause]:
    """The lines that a list declares, or what keeps it from being told."""
    if len(said.number) != _NUMBER:
        yield Cause("no_number", {"found": said.number})
        return
    head, rows = said.head, said.data.get("InventoryList") or []
    exported_on = day_of_export(said)
    if exported_on is None:
        yield Cause("bad_day", {"found": str(head.get("ieDate", ""))})
        return
    mode = str(head.get("tradeMode", ""))
    currencies, countries = firm.known.owns("currency"), firm.known.owns("country")
    for row in rows:
        sku = str(row.get("itemNo", ""))
        item_no = int(str(row.get("gnum") or 0))
        at: dict[str, Any] = {"item_no": item_no, "sku": sku}
        currency = currencies.get(str(row.get("currency", "")))
        country = countries.get(str(row.get("country", "")))
        amount = _whole(row.get("totalPrice"), firm.digits.get(currency or "", 2))
        unit = firm.units.get((sku, exported_on))
        quantity = _stock_units(row.get("qty"), unit)
        if sku not in firm.skus:
            yield Cause("unknown_sku", at)
        elif currency is None:
            yield Cause("no_code", at | {"kind": "currency", "found": str(row.get("currency"))})
        elif country is None:
            yield Cause("no_code", at | {"kind": "country", "found": str(row.get("country"))})
        elif unit is None:
            yield Cause("not_classified", at | {"on": exported_on.isoformat()})
        elif str(row.get("unit", "")) != unit.code:
            yield Cause("other_unit", at | {"found": str(row.get("unit", ""))})
        elif not quantity:
            yield Cause("part_units", at | {"found": str(row.get("qty"))})
        elif amount is None:
            yield Cause("part_amount", at | {"found": str(row.get("totalPrice"))})
        else:
            yield Declared(
                said.number, item_no, sku, mode, exported_on, quantity, amount, currency,
                country, said.warehouse,
                statistics_flag=str(head.get("statisticsFlag", "")) if mode == "9610" else "",
                channel=said.channel, order_no=said.order_no if said.channel else "",
            )  # fmt: skip


def _whole(text: Any, places: int) -> int | None:
    """A decimal as whole units of so many places; None where it is not whole in them."""
    try:
        amount = Decimal(str(text)).scaleb(places)
    except InvalidOperation:
        return None
    return int(amount) if amount == amount.to_integral_value() and amount >= 0 else None


def _stock_units(text: Any, unit: Unit | None) -> int | None:
    """How many stock units so many declared units are; None where they are not whole."""
    if unit is None:
        return None
    try:
        found = Fraction(Decimal(str(text))) / unit.per_unit
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return int(found) if found.denominator == 1 and found >= 0 else None


def day_of_export(said: Said) -> date | None:
    """The day that a list says its goods leave on; None where it is none."""
    text = str(said.head.get("ieDate", ""))
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
