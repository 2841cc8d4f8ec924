# SPDX-License-Identifier: Apache-2.0
"""What a bank says, whatever it says it in: statements, their entries, and what entries are of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

#: `statement`: of a closed period, camt.053 and MT940. `table`: whatever was exported. `report`: of
#: a day that is not over, camt.052 and MT942. `notice`: of single entries, camt.054. Where two tell
#: of one day, the earlier one here counts.
KINDS = ("statement", "table", "report", "notice")
#: Whether the money has moved. Only what is booked counts for balances and payouts.
STATUSES = ("booked", "pending", "information", "future")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in smallest units, with its sign: more in the account is positive."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Payments that were booked together."""

    message: str
    payments: str
    count: int | None
    total: Money | None


@dataclass(frozen=True, slots=True)
class Part:
    """One transaction within an entry."""

    amount: Money | None
    references: tuple[str, ...]
    counterparty: str
    counterparty_account: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking on an account.

    `row`: its line in the file. `reference`: the bank's own, by which it is the same entry
    elsewhere. `instructed`: what the payer paid, where it was another amount; `rate`: as the bank
    prints it. `charges`: what the bank took for it, a cost being negative. `is_reversal`: it takes
    an earlier entry back; its sign is that of what happens now. `balance`: what the account holds
    after it, where that is printed. `bank_code`: the bank's word for what it is.
    """

    row: int
    booked_on: date | None
    valued_on: date | None
    amount: Money
    status: str = "booked"
    is_reversal: bool = False
    reference: str = ""
    references: tuple[str, ...] = ()
    counterparty: str = ""
    counterparty_account: str = ""
    text: str = ""
    bank_code: str = ""
    batches: tuple[Batch, ...] = ()
    instructed: Money | None = None
    rate: str = ""
    charges: tuple[Money, ...] = ()
    parts: tuple[Part, ...] = ()
    balance: Money | None = None

    @property
    def day(self) -> date | None:
        """The day it is booked, or else valued."""
        return self.booked_on or self.valued_on


def follows(before: Entry, after: Entry) -> bool | None:
    """Whether the balance after an entry is that before it and its amount; None: not printed."""
    if before.balance is None or after.balance is None:
        return None
    return before.balance.minor + after.amount.minor == after.balance.minor


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds at the begin or the end of a day."""

    amount: Money
    on: date | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What one message says of one account.

    `number`: by which statements of an account follow each other, None where there is none.
    `page`: where one statement comes in several messages. `currency`: of the account; empty where
    nothing says it. `counted`, `credits`, `debits`: what the bank itself counts, unsigned.
    """

    file: str
    row: int
    kind: str
    identity: str
    account: str
    currency: str
    number: int | None
    page: str
    begins: date | None
    ends: date | None
    opening: Balance | None
    closing: Balance | None
    entries: tuple[Entry, ...]
    counted: int | None = None
    credits: int | None = None
    debits: int | None = None

    def said(self) -> Statement:
        """The statement without where it stands: two that say the same are equal."""
        entries = tuple(replace(entry, row=0) for entry in self.entries)
        return replace(self, file="", row=0, entries=entries)


@dataclass(frozen=True, slots=True)
class Payout:
    """What a marketplace or payment provider says it paid: what should arrive, and when.

    `reference`: what the payer writes on the transfer. `account`: where it should arrive, empty
    where that is not known.
    """

    identity: str
    paid_on: date
    amount: Money
    reference: str = ""
    account: str = ""
