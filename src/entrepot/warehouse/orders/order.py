# SPDX-License-Identifier: Apache-2.0
"""An order as it comes in, and the hash over what it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

#: What an order may have.
MOST_LINES: Final = 10_000
MOST_QUANTITY: Final = 10**9
MOST_AMOUNT: Final = 2**53 - 1
#: What is known of a recipient; each a text.
RECIPIENT: Final = ("name", "company", "street", "city", "region", "phone", "email")


@dataclass(frozen=True, slots=True)
class Ordered:
    """One line: so many units of a SKU.

    `amount` is what the whole line costs, in the smallest unit of the order's currency.
    """

    line_no: int
    sku: str
    quantity: int
    amount: int = 0


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What a customer ordered; `channel` and `number` name it.

    Args:
        promised_on: the day by which it is to leave the warehouse.
        recipient: name, street and so on, by `RECIPIENT`; encrypted, and not part of the hash.
    """

    channel: str
    number: str
    ordered_at: datetime
    promised_on: date
    country: str
    lines: Sequence[Ordered]
    postcode: str = ""
    currency: str = ""
    service: str = ""
    note: str = ""
    priority: int = 0
    recipient: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Channel and number, for people."""
        return f"{self.channel} {self.number}"

    @property
    def hash(self) -> bytes:
        """sha256 over what was ordered, so that the same order sent again is known."""
        says = [
            self.channel, self.number, self.ordered_at.isoformat(), self.promised_on.isoformat(),
            self.country, self.postcode, self.currency, self.service, self.note, self.priority,
            [[line.line_no, line.sku, line.quantity, line.amount] for line in self.lines],
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(says, ensure_ascii=False).encode()).digest()
