# SPDX-License-Identifier: Apache-2.0
"""What the API of cost invoices takes and answers. Amounts are texts with at most two decimals."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from entrepot.costing.lists import State
from entrepot.costing.previewing import Goes
from entrepot.costing.rules import MOST_LINES, MOST_SHARE, MOST_SHARES, Account, Purpose, Spread
from entrepot.costing.saying import NewInvoice, NewLine, NewShare
from entrepot.web.fields import CODE, Absent, Body, Day, code, text, whole

Amount = Annotated[str, Field(strict=True, pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$")]
Payee = Annotated[str, code(80)]
Number = Annotated[str, code(64)]
Perhaps40 = Annotated[str, Field(strict=True, max_length=40, pattern=rf"^$|{CODE}")]
Perhaps64 = Annotated[str, Field(strict=True, max_length=64, pattern=rf"^$|{CODE}")]
Perhaps80 = Annotated[str, Field(strict=True, max_length=80, pattern=rf"^$|{CODE}")]
Perhaps20 = Annotated[str, Field(strict=True, max_length=20, pattern=rf"^$|{CODE}")]
Perhaps18 = Annotated[str, Field(strict=True, max_length=18, pattern=rf"^$|{CODE}")]
Narrow = Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
Month = Annotated[str, Field(max_length=7, pattern=r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$")]
CurrencyOf = Annotated[str, Field(max_length=3, pattern=r"^([A-Z]{3})?$")]
FileName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Note = Annotated[str, text(500)]


def money(hundredths: int) -> str:
    """Hundredths as an amount."""
    return f"{Decimal(hundredths).scaleb(-2):.2f}"


def hundredths(amount: str) -> int:
    """An amount in hundredths."""
    return int(Decimal(amount).scaleb(2))


class CostShareIn(Body):
    """A declared line, and its part of the sum of all shares."""

    declaration_no: Annotated[str, code(18)]
    item_no: Annotated[int, whole(0, 2**31 - 1)]
    sku: Annotated[str, code(64)]
    share: Annotated[int, whole(1, MOST_SHARE)]


class CostLineIn(Body):
    """A line of an invoice: what it is for, and what it paid for.

    `paid_for` says which of the fields below it are asked for: `declaration` a declaration_no, and
    item_no or sku to narrow it; `consignment` a consignment; `container` a container_no, and days
    where it was loaded several times; `shares` shares by hand; `sales` any of channel, order_no,
    sku, warehouse, days; `all`, everything sold, none.
    """

    account: Account
    amount: Amount = Field(description="In the currency of the invoice; below 0: given back.")
    paid_for: Purpose
    label: Annotated[str, text(200)] = ""
    declaration_no: Perhaps18 = ""
    item_no: Annotated[int, whole(0, 2**31 - 1)] | None = None
    consignment: Perhaps40 = ""
    container_no: Perhaps20 = ""
    channel: Perhaps40 = ""
    order_no: Perhaps80 = ""
    sku: Perhaps64 = ""
    warehouse: Perhaps40 = ""
    first_on: Day | None = None
    last_on: Day | None = None
    spread: Literal["", "quantity", "value", "weight", "volume"] = Field(
        "", description="By what it is spread over declared goods; empty: quantity."
    )
    shares: Annotated[list[CostShareIn], Field(max_length=MOST_SHARES)] = Field(
        default_factory=list, description="By hand, over declared lines."
    )

    def new(self) -> NewLine:
        """The line as it is drafted."""
        says = self.model_dump(exclude={"shares", "amount"})
        return NewLine(
            **says, amount=hundredths(self.amount),
            shares=tuple(
                sorted((NewShare(**each.model_dump()) for each in self.shares), key=_by_key)
            ),
        )  # fmt: skip


def _by_key(share: NewShare) -> Any:
    return share.key


class CostIn(Body):
    """An invoice for costs; a credit note has amounts below 0."""

    payee: Payee = Field(description="Who is owed.")
    number: Number = Field(description="Of the payee's invoice.")
    invoiced_on: Day
    currency: Annotated[str, Field(strict=True, pattern=r"^[A-Z]{3}$")]
    lines: Annotated[list[CostLineIn], Field(min_length=1, max_length=MOST_LINES)]
    posted_on: Day | None = Field(
        None, description="The day to book it on; if left out, the day it is booked."
    )
    note: Note = ""

    def new(self) -> NewInvoice:
        """The invoice as it is drafted."""
        return NewInvoice(
            self.payee, self.number, self.invoiced_on, self.currency,
            [each.new() for each in self.lines], self.posted_on, self.note,
        )  # fmt: skip


class CostChangeIn(CostIn):
    """An invoice in the place of a draft."""

    version: Annotated[int, whole(1, 2**31 - 1)]


class CostBookIn(Body):
    """The day to book on; that of the draft, or today, if left out."""

    posted_on: Day | None = None
    version: Annotated[int, whole(1, 2**31 - 1)] | None = Field(
        None, description="The one that was looked at; if another one is there by now, it is said."
    )


class CostReverseIn(Body):
    """How an invoice is undone."""

    number: Perhaps64 = Field("", description="Of what undoes it; if left out, with `/R`.")
    posted_on: Day | None = Field(None, description="Today, if left out.")
    note: Absent[Note] = ""


class CostListedOut(Schema):
    """An invoice in a list."""

    id: UUID
    payee: str
    number: str
    invoiced_on: date
    posted_on: date | None
    currency: str
    total: str
    lines: int
    accounts: str
    state: State
    note: str
    version: int
    reverses_id: UUID | None = Field(description="What it undoes.")
    reversed_by: UUID | None = Field(description="What undid it.")
    created_at: datetime
    created_by: str
    booked_at: datetime | None
    booked_by: str


class CostShareOut(Schema):
    """A share that was given by hand."""

    declaration_no: str
    item_no: int
    sku: str
    share: int


class CostLineOut(Schema):
    """A line of an invoice."""

    line_no: int
    account: Account
    amount: str
    paid_for: Purpose
    label: str
    declaration_no: str
    item_no: int | None
    consignment: str
    container_no: str
    channel: str
    order_no: str
    sku: str
    warehouse: str
    first_on: date | None
    last_on: date | None
    spread: Literal[""] | Spread
    shares: list[CostShareOut]


class CostOut(CostListedOut):
    """An invoice with its lines."""

    items: list[CostLineOut]


class CostPartOut(Schema):
    """What a declared line gets of a line."""

    declaration_no: str
    item_no: int
    sku: str
    share: int = Field(description="Of the sum of all shares of the line.")
    amount: str


class CostLineSpreadOut(Schema):
    """A line and its parts, which sum to it."""

    line_no: int
    account: Account
    amount: str
    goes: Goes = Field(
        description="`goods`: spread over them; `sales`: to costs at once; `tax`: owed by tax."
    )
    parts: list[CostPartOut]
    faults: list[dict[str, Any]] = Field(description="Why it cannot be spread.")


class CostSpreadOut(Schema):
    """Every line of an invoice, and over what it is spread."""

    lines: list[CostLineSpreadOut]


class PayeeOut(Schema):
    """A payee and a currency."""

    payee: str
    currency: str
    drafts: int
    booked: int = Field(description="Invoices, credit notes and what undid some of them.")
    total: str
    last_on: date | None


class CostFileOut(Schema):
    """A file of invoices."""

    id: UUID
    file: str
    state: Literal["previewed", "committed", "undone"]
    invoices: int
    lines: int
    totals: dict[str, str] = Field(description="By currency.")
    uploaded_at: datetime
    uploaded_by: str
    committed_at: datetime | None
