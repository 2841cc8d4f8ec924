# SPDX-License-Identifier: Apache-2.0
"""The columns of a file of cost invoices: a row is a line, rows of one payee and number are one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from entrepot.catalog import forms
from entrepot.catalog.forms import Wrong
from entrepot.catalog.nouns import Field, Noun
from entrepot.costing.rules import MOST_AMOUNT, PURPOSES
from entrepot.costing.saying import NewShare
from entrepot.finance.tables_costs import ACCOUNTS, SPREADS

FOLDER: Final = "entrepot.costing"
_AMOUNT: Final = re.compile(r"-?(\d{1,12}|\d{1,3}(,\d{3}){1,3})(\.\d{1,2})?")
_SHARE: Final = re.compile(
    r"([^/\s]{1,18})/(\d{1,9})/(.{1,64}?)\s*[=＝]\s*(\d{1,9}|\d{1,3}(?:,\d{3}){1,2})"
)
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
#: Of a line that does not say: what is said of it tells (`reading`).
NOT_SAID: Final = ""


def amount(value: object) -> int:
    """An amount with at most two decimals, in hundredths."""
    expected = f"an amount with at most two decimals, below {MOST_AMOUNT // 100:,}"
    text = forms.as_text_of(value, expected).replace("−", "-")
    if not _AMOUNT.fullmatch(text):
        raise Wrong(expected)
    found = int(Decimal(text.replace(",", "")).scaleb(2))
    if not 0 < abs(found) < MOST_AMOUNT:
        raise Wrong(expected)
    return found


def day(value: object) -> date:
    """A day, the year first."""
    expected = "a day, such as 2026-01-31"
    found = _DAY.fullmatch(forms.as_text_of(value, expected))
    try:
        if found is None:
            raise Wrong(expected)
        return date(*map(int, found.groups()))
    except ValueError as error:
        raise Wrong(expected) from error


def shares(value: object) -> tuple[NewShare, ...]:
    """Shares by hand as a text: `declaration/item/article = share`, one a line or after a `;`."""
    expected = "declaration/item/article = share; ..."
    found = []
    for part in re.split(r"[;；\n]", forms.as_text_of(value, expected)):
        if not part.strip():
            continue
        its = _SHARE.fullmatch(part.strip())
        if its is None:
            raise Wrong(expected)
        found.append(NewShare(its[1], int(its[2]), its[3].strip(), int(its[4].replace(",", ""))))
    return tuple(found)


def shares_as_text(given: Sequence[NewShare]) -> str:
    """Shares as `shares` reads them, one a line."""
    return "\n".join(
        f"{each.declaration_no}/{each.item_no}/{each.sku} = {each.share}" for each in given
    )


def _code(most: int) -> forms.Check:
    return forms.code(most, has_spaces=True)


LINES: Final = Noun(
    "line",
    "lines of cost invoices",
    ("payee", "number", "account", "amount"),
    (
        Field("payee", _code(80), "who is owed", must=True),
        Field("number", _code(64), "number of the payee's invoice", must=True),
        Field("invoiced_on", day, "date of the invoice", must=True),
        Field("posted_on", day, "day to book it on; empty: the day it is booked", None),
        Field(
            "currency", forms.form("[A-Z]{3}", "three capital letters"), "ISO 4217", must=True
        ),
        Field("note", forms.name(500), "said of the whole invoice"),
        Field("account", forms.choice(*ACCOUNTS), f"one of {', '.join(ACCOUNTS)}", must=True),
        Field("amount", amount, "in that currency; below 0: given back", must=True),
        Field("label", forms.name(200), "what the line says"),
        Field("paid_for", forms.choice(*PURPOSES), f"one of {', '.join(PURPOSES)}", NOT_SAID),
        Field("declaration_no", _code(18), "declaration whose goods it paid for"),
        Field("item_no", forms.whole(0, 2**31 - 1), "only this item of it", None),
        Field("consignment", _code(40), "number of a consignment"),
        Field("container_no", _code(20), "number of a container"),
        Field("channel", _code(40), "channel whose sales it paid for"),
        Field("order_no", _code(80), "order of the channel"),
        Field("sku", _code(64), "only this article"),
        Field("warehouse", _code(40), "only sales out of it"),
        Field("first_on", day, "only from this day on", None),
        Field("last_on", day, "only up to this day", None),
        Field("shares", shares, "by hand: declaration/item/article = share; ...", ()),
        Field("spread", forms.choice(*SPREADS), f"one of {', '.join(SPREADS)}"),
    ),
    folder=FOLDER,
    has_decimals=True,
)  # fmt: skip
