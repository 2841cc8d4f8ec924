# SPDX-License-Identifier: Apache-2.0
"""The forms of an order: a new one with its lines, and what of one may change."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from django import forms as fields
from django.core.validators import RegexValidator
from django.db import transaction
from django.utils import timezone

from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.wording import words
from entrepot.people.database import raw_cursor
from entrepot.warehouse.api.shapes import CHANNEL
from entrepot.warehouse.intake.actions import digits_of
from entrepot.warehouse.orders.creating import Taken, create, unknown_skus
from entrepot.warehouse.orders.order import RECIPIENT, NewOrder, Ordered

#: Lines that the form has at first, that are added at a time, and at most; more come with a file.
LINES: Final = 5
MORE: Final = 8
MOST: Final = 200
_PRIORITIES: Final = (-32768, 32767)


class ChangeForm(forms.DeskForm):
    """What an order says that may still change."""

    promised_on = forms.day()
    priority = forms.quantity(*_PRIORITIES)
    service = forms.text(60, required=False)
    note = forms.text(500, required=False)


class OrderForm(forms.DeskForm):
    """A new order; its lines are `sku_1`, `quantity_1`, `amount_1` and so on."""

    #: Decimals of its currency.
    digits = 0

    channel = forms.text(40, validators=[RegexValidator(CHANNEL)])
    number = forms.text(80)
    promised_on = forms.day()
    country = forms.text(2, validators=[RegexValidator("^[A-Z]{2}$", code="country")])
    postcode = forms.text(20, required=False)
    currency = forms.text(3, required=False, validators=[RegexValidator("^[A-Z]{3}$")])
    service = forms.text(60, required=False)
    note = forms.text(500, required=False)

    @property
    def many(self) -> int:
        """How many lines it has, as it says itself."""
        said = str(self.data.get("lines", ""))[:4]
        more = MORE if "more" in self.data else 0
        return min(max(int(said) if said.isdecimal() else LINES, LINES) + more, MOST)

    @property
    def numbers(self) -> range:
        """The numbers of its lines."""
        return range(1, self.many + 1)

    @property
    def may_grow(self) -> bool:
        """Whether it can have more lines."""
        return self.many < MOST

    def more(self) -> dict[str, fields.Field]:
        """Whom it goes to, and its lines."""
        found: dict[str, fields.Field] = {
            name: forms.text(200, required=False) for name in RECIPIENT
        }
        for at in self.numbers:
            found |= {
                f"sku_{at}": forms.text(64, required=False),
                f"quantity_{at}": forms.quantity(required=False),
                f"amount_{at}": fields.DecimalField(
                    max_digits=14, decimal_places=2, min_value=0, required=False
                ),
            }
        return found

    @property
    def says(self) -> Iterator[Any]:
        """What the order itself says."""
        return (self[name] for name in self.base_fields)

    @property
    def recipient(self) -> Iterator[Any]:
        """Whom it goes to."""
        return (self[name] for name in RECIPIENT)

    @property
    def lines(self) -> Iterator[tuple[Any, ...]]:
        """The fields of each line."""
        for at in self.numbers:
            yield tuple(self[f"{name}_{at}"] for name in ("sku", "quantity", "amount"))

    def clean(self) -> dict[str, Any]:
        """A line has a SKU and a quantity, and there is one at least."""
        given: dict[str, Any] = super().clean() or {}
        say = words("orders")
        for at in self.numbers:
            has_sku, has_quantity = given.get(f"sku_{at}"), given.get(f"quantity_{at}")
            if bool(has_sku) != bool(has_quantity) and f"quantity_{at}" not in self.errors:
                self.add_error(f"quantity_{at}" if has_sku else f"sku_{at}", say["half_a_line"])
        typed = {at: sku for at in self.numbers if (sku := given.get(f"sku_{at}"))}
        if not typed:
            self.add_error("sku_1", say["no_lines"])
        with raw_cursor() as cursor:
            unknown = set(unknown_skus(cursor, list(typed.values())))
        for at, sku in typed.items():
            if sku in unknown:
                self.add_error(f"sku_{at}", say["no_such_sku"])
        self._check_amounts(given)
        return given

    def _check_amounts(self, given: dict[str, Any]) -> None:
        """Amounts are of a currency of the book, with as many decimals as it has."""
        amounts = {at: amount for at in self.numbers if (amount := given.get(f"amount_{at}"))}
        if not amounts or "currency" in self.errors:
            return
        say, currency = words("orders"), given["currency"]
        digits = digits_of([currency]).get(currency)
        if digits is None:
            self.add_error("currency", say["no_such_currency"])
            return
        self.digits = digits
        for at, amount in amounts.items():
            if amount != round(amount, digits):
                self.add_error(f"amount_{at}", say["too_fine"].format(digits=digits))


def take(form: OrderForm) -> Taken | None:
    """Take the order in; nothing where it was refused, which the form then says."""
    given = form.cleaned_data
    lines = [
        Ordered(at, given[f"sku_{at}"], given[f"quantity_{at}"], _smallest(form, at))
        for at in form.numbers
        if given[f"sku_{at}"]
    ]
    recipient = {name: given[name] for name in RECIPIENT if given[name]}
    new = NewOrder(
        given["channel"], given["number"], timezone.now(), given["promised_on"], given["country"],
        lines, given["postcode"], given["currency"], given["service"], given["note"],
        recipient=recipient,
    )  # fmt: skip
    try:
        with transaction.atomic():
            (taken,) = create([new])
    except EntrepotError as error:
        form.refuse(error)
        return None
    return taken


def _smallest(form: OrderForm, at: int) -> int:
    """The amount of a line in the smallest unit of its currency."""
    amount: Decimal = form.cleaned_data[f"amount_{at}"] or Decimal()
    return int(amount.scaleb(form.digits))
