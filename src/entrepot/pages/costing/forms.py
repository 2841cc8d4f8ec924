# SPDX-License-Identifier: Apache-2.0
"""The forms of cost invoices: an invoice with its lines, booking, undoing, and filters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms as fields
from django.core.validators import RegexValidator
from django.forms import BoundField

from entrepot.catalog.forms import Wrong
from entrepot.costing.lists import STATES
from entrepot.costing.rules import (
    CONSIGNMENT,
    CONTAINER,
    DECLARATION,
    MOST_LINES,
    NAMES,
    PURPOSES,
    SALES,
)
from entrepot.costing.saying import NewInvoice, NewLine
from entrepot.costing.tables import shares, shares_as_text
from entrepot.errors import EntrepotError
from entrepot.finance.tables_costs import ACCOUNTS, SPREADS
from entrepot.pages import forms
from entrepot.pages.frame import told
from entrepot.pages.wording import language, words
from entrepot.web import telling
from entrepot.web.fields import CODE
from entrepot.web.telling import state_in_words

#: Lines that the form has at first, and that are added at a time; more come with a file.
LINES: Final = 3
MORE: Final = 5
_CODE: Final = RegexValidator(CODE)
#: Of which purpose the number in `of_no` is.
OF_NO: Final[Mapping[str, str]] = {
    DECLARATION: "declaration_no",
    CONSIGNMENT: "consignment",
    CONTAINER: "container_no",
    SALES: "channel",
}
#: Fields of a line: those that every line has, and those that few have.
_FIRST: Final = ("cost_account", "amount", "paid_for", "of_no", "spread")
_MORE: Final = (
    "item_no", "sku", "order_no", "warehouse", "first_on", "last_on", "label", "shares",
)  # fmt: skip
_ALSO: Final = dict.fromkeys(OF_NO.values(), "of_no") | {"account": "cost_account"}


def _named(kind: str, codes: tuple[str, ...], none: str | None = None) -> Iterator[tuple[str, str]]:
    if none is not None:
        yield "", none
    for each in codes:
        yield each, state_in_words(kind, each, language())


class CostFilters(forms.Filters):
    """What the list is narrowed by."""

    q = forms.text(80)
    payee = forms.text(80)
    cost_account = forms.states("cost_account", ACCOUNTS)
    state = forms.states("cost", STATES)
    month = fields.DateField(
        input_formats=["%Y-%m"],
        widget=fields.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )
    consignment = forms.text(40)


class BookForm(forms.DeskForm):
    """The day to book on."""

    posted_on = forms.day(required=False)


class ReverseForm(forms.DeskForm):
    """How an invoice is undone."""

    number = forms.text(64, required=False, validators=[_CODE])
    posted_on = forms.day(required=False)
    note = forms.text(500, required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, auto_id="reverse_%s", **named)


class CostForm(forms.DeskForm):
    """An invoice; its lines are `cost_account_1`, `amount_1` and so on."""

    payee = forms.text(
        80, validators=[_CODE],
        widget=fields.TextInput(attrs={"list": "payees", "autofocus": True}),
    )  # fmt: skip
    number = forms.text(64, validators=[_CODE])
    invoiced_on = forms.day()
    posted_on = forms.day(required=False)
    currency = forms.text(3, validators=[RegexValidator("^[A-Z]{3}$")], initial="CNY")
    note = forms.text(500, required=False)

    @property
    def many(self) -> int:
        """How many lines it has, as it says itself."""
        said = str(self.data.get("lines", ""))[:4] or str(self.initial.get("lines", ""))
        more = MORE if "more" in self.data else 0
        return min(max(int(said) if said.isdecimal() else LINES, 1) + more, MOST_LINES)

    @property
    def numbers(self) -> range:
        """The numbers of its lines."""
        return range(1, self.many + 1)

    @property
    def may_grow(self) -> bool:
        """Whether it can have more lines."""
        return self.many < MOST_LINES

    def more(self) -> dict[str, fields.Field]:
        """Its lines."""
        return {
            f"{name}_{at}": field for at in self.numbers for name, field in _line_fields().items()
        }

    @property
    def says(self) -> Iterator[BoundField]:
        """What the invoice itself says."""
        return (self[name] for name in self.base_fields)

    @property
    def lines(self) -> Iterator[dict[str, Any]]:
        """The fields of each line."""
        for at in self.numbers:
            more = [self[f"{name}_{at}"] for name in _MORE]
            yield {
                "first": [self[f"{name}_{at}"] for name in _FIRST], "more": more,
                "is_open": any(each.value() or each.errors for each in more),
            }  # fmt: skip

    def new(self) -> NewInvoice:
        """The invoice that it says; lines without an amount are none."""
        given = self.cleaned_data
        return NewInvoice(
            given["payee"], given["number"], given["invoiced_on"], given["currency"],
            [_line(given, at) for at in self._typed(given)], given["posted_on"], given["note"],
        )  # fmt: skip

    def _typed(self, given: Mapping[str, Any]) -> list[int]:
        return [
            at for at in self.numbers
            if any(given.get(f"{name}_{at}") not in (None, "", ()) for name in
                   ("amount", "of_no", "shares", "label"))
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """A line has an amount, what it is for and what it paid for; there is one at least."""
        given: dict[str, Any] = super().clean() or {}
        say = words("money")["costs"]
        typed = self._typed(given)
        if not typed and not any(name.startswith("amount_") for name in self.errors):
            self.add_error("amount_1", say["no_lines"])
        for at in typed:
            for name in ("cost_account", "amount", "paid_for"):
                if f"{name}_{at}" not in self.errors and given.get(f"{name}_{at}") in (None, ""):
                    self.add_error(f"{name}_{at}", say["half_a_line"])
        return given

    def refuse(self, error: EntrepotError) -> None:
        """Show what is wrong beside each field that it is about, and the rest above them."""
        typed = self._typed(self.cleaned_data)
        left = False
        faults = telling.told(error, language()).faults
        for fault in faults:
            name = _ALSO.get(str(fault.get("field", "")), str(fault.get("field", "")))
            row = fault.get("row")
            if row is not None and int(row) <= len(typed):
                name = f"{name}_{typed[int(row) - 1]}"
            if name in self.fields:
                said = words("money")["costs"]["found_expected"]
                self.add_error(name, said.format(fault["found"], fault["expected"]))
            else:
                left = True
        if left or not faults:
            self.add_error(None, told(error).split("\n"))


def _line_fields() -> dict[str, fields.Field]:
    say = words("money")["costs"]
    return {
        "cost_account": fields.ChoiceField(
            choices=lambda: _named("cost_account", ACCOUNTS, "–"), required=False
        ),
        "amount": fields.DecimalField(
            max_digits=14, decimal_places=2, required=False,
            widget=fields.TextInput(attrs={"inputmode": "decimal", "class": "number"}),
        ),
        "paid_for": fields.ChoiceField(
            choices=lambda: _named("paid_for", PURPOSES, "–"), required=False
        ),
        "of_no": forms.text(40, required=False, validators=[_CODE]),
        "spread": fields.ChoiceField(
            choices=lambda: _named("cost_spread", SPREADS, say["by_units"]), required=False
        ),
        "item_no": forms.quantity(0, 2**31 - 1, required=False),
        "sku": forms.text(64, required=False, validators=[_CODE]),
        "order_no": forms.text(80, required=False, validators=[_CODE]),
        "warehouse": forms.text(40, required=False, validators=[_CODE]),
        "first_on": forms.day(required=False),
        "last_on": forms.day(required=False),
        "label": forms.text(200, required=False),
        "shares": _Shares(
            required=False, max_length=50_000,
            widget=fields.Textarea(attrs={"rows": 3, "class": "code", "spellcheck": "false"}),
        ),
    }  # fmt: skip


class _Shares(fields.CharField):
    """Shares by hand as a text."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return shares(text) if text else ()
        except Wrong as error:
            raise fields.ValidationError(words("money")["costs"]["shares_form"]) from error


def _line(given: Mapping[str, Any], at: int) -> NewLine:
    purpose = given[f"paid_for_{at}"]
    its: dict[str, Any] = {
        name: given[f"{name}_{at}"]
        for name in ("label", "item_no", "sku", "order_no", "warehouse", "first_on", "last_on",
                     "spread", "shares")
    }  # fmt: skip
    # A number that the purpose has no use for is said as a channel, which is then refused there.
    if of_no := given[f"of_no_{at}"]:
        its[OF_NO.get(purpose, "channel")] = of_no
    its["shares"] = tuple(sorted(its["shares"], key=lambda each: each.key))
    return NewLine(
        given[f"cost_account_{at}"], int(given[f"amount_{at}"].scaleb(2)), purpose, **its
    )


def initial(new: NewInvoice) -> dict[str, Any]:
    """What the form says of an invoice that is there."""
    found: dict[str, Any] = {
        name: getattr(new, name)
        for name in ("payee", "number", "invoiced_on", "posted_on", "currency", "note")
    }
    found["lines"] = len(new.lines)
    for at, line in enumerate(new.lines, 1):
        found |= {f"{name}_{at}": getattr(line, name) for name in _MORE if name != "shares"}
        of_no = OF_NO.get(line.paid_for)
        found |= {
            f"cost_account_{at}": line.account,
            f"amount_{at}": Decimal(line.amount).scaleb(-2),
            f"paid_for_{at}": line.paid_for,
            f"spread_{at}": line.spread,
            f"of_no_{at}": getattr(line, of_no) if of_no else "",
            f"shares_{at}": shares_as_text(line.shares),
        }
    return found


def begun(today: date, consignment: str, declaration_no: str) -> dict[str, Any]:
    """What a new invoice begins with, where it was asked for from a page of goods."""
    found: dict[str, Any] = {"invoiced_on": today, "currency": "CNY"}
    for purpose, number in ((CONSIGNMENT, consignment), (DECLARATION, declaration_no)):
        if number:
            found |= {"paid_for_1": purpose, "of_no_1": number, "cost_account_1": "freight"}
    return found


assert set(OF_NO.values()) <= {name for each in NAMES.values() for name in each.asks + each.takes}
