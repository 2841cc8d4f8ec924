# SPDX-License-Identifier: Apache-2.0
"""The forms of returns: announce one, receive it, and the grades of what comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms as fields

from entrepot.pages import forms
from entrepot.pages.places import warehouses
from entrepot.pages.wording import language, words
from entrepot.warehouse.models.returns import OUTCOMES
from entrepot.warehouse.returns.grades import Condition
from entrepot.warehouse.returns.grades import grades as conditions
from entrepot.warehouse.returns.receiving import Came, Sender
from entrepot.web.telling import state_in_words, states

#: Lines of the forms that announce and receive a return; more come on the page Scan.
_LINES = 5
#: Grades of an enterprise, as the form has them.
_GRADES = 10


class ReturnFilters(forms.Filters):
    number = forms.text(20)
    rma = forms.text()
    warehouse = fields.ChoiceField(choices=warehouses)
    is_waiting = forms.flag()


def outcomes() -> list[tuple[str, str]]:
    """What may become of goods; none is what their grade leads to."""
    say = words("returns")
    named = [(each, state_in_words("outcome", each, language())) for each in OUTCOMES]
    return [("", say["by_grade"]), *named]


def grades() -> list[tuple[str, str]]:
    """The grades to choose from, or none."""
    return [("", words("common")["none"]), *grade_names().items()]


def grade_names() -> dict[str, str]:
    """What grades are called: ours in the reader's language, the firm's own as it named them."""
    ours = states()["grade"]
    return {
        each.code: ours[each.name][language()] if each.name in ours else each.name or each.code
        for each in conditions()
    }


class AnnounceForm(forms.DeskForm):
    """A return that is to come: by its order, with what is expected."""

    rma = forms.text(80)
    channel = forms.text(40, required=False)
    order = forms.text(80, required=False)
    note = forms.text(500, required=False)

    def more(self) -> dict[str, fields.Field]:
        """What is expected."""
        found: dict[str, fields.Field] = {}
        for at in range(1, _LINES + 1):
            found[f"sku_{at}"] = forms.text(100, required=False)
            found[f"quantity_{at}"] = forms.quantity(required=False)
        return found

    def lines(self) -> list[tuple[str, int]]:
        """Barcode or SKU, and units."""
        given = self.cleaned_data
        return [
            (given[f"sku_{at}"], given[f"quantity_{at}"] or 1)
            for at in range(1, _LINES + 1)
            if given[f"sku_{at}"]
        ]

    def clean(self) -> dict[str, Any]:
        """Something is expected."""
        given: dict[str, Any] = super().clean() or {}
        if not any(given.get(f"sku_{at}") for at in range(1, _LINES + 1)):
            self.add_error("sku_1", words("returns")["nothing_expected"])
        return given


class ReceiveForm(forms.DeskForm):
    """What came back, by one of the numbers it may be known by, or by none."""

    warehouse = fields.ChoiceField(choices=lambda: list(warehouses(needs_one=True)))
    rma = forms.text(80, required=False)
    channel = forms.text(40, required=False)
    order = forms.text(80, required=False)
    tracking = forms.text(80, required=False)
    parcel = forms.text(20, required=False)
    note = forms.text(500, required=False)
    scan = forms.text(80, widget=fields.HiddenInput)

    def more(self) -> dict[str, fields.Field]:
        """What came."""
        found: dict[str, fields.Field] = {}
        for at in range(1, _LINES + 1):
            found |= {
                f"sku_{at}": forms.text(100, required=False),
                f"quantity_{at}": forms.quantity(required=False),
                f"grade_{at}": fields.ChoiceField(choices=grades, required=False),
                f"outcome_{at}": fields.ChoiceField(choices=outcomes, required=False),
            }
        return found

    @property
    def says(self) -> Iterator[Any]:
        """What the return itself says."""
        return (self[name] for name in self.base_fields if name != "scan")

    @property
    def lines(self) -> Iterator[tuple[Any, ...]]:
        """The fields of each line."""
        for at in range(1, _LINES + 1):
            yield tuple(self[f"{name}_{at}"] for name in ("sku", "quantity", "grade", "outcome"))

    def sender(self) -> Sender:
        """By what it is known."""
        names = ("channel", "order", "tracking", "parcel", "rma")
        return Sender(**{name: self.cleaned_data[name] for name in names})

    def came(self) -> list[Came]:
        """What came."""
        given = self.cleaned_data
        return [
            Came(given[f"sku_{at}"], given[f"quantity_{at}"] or 1, given[f"grade_{at}"],
                 given[f"outcome_{at}"])
            for at in range(1, _LINES + 1)
            if given[f"sku_{at}"]
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """One number at most, and something came."""
        given: dict[str, Any] = super().clean() or {}
        say = words("returns")
        by = [each for each in ("rma", "order", "tracking", "parcel") if given.get(each)]
        for second in by[1:]:
            self.add_error(second, say["one_number"])
        if bool(given.get("channel")) != bool(given.get("order")) and "order" not in self.errors:
            self.add_error("order" if given.get("channel") else "channel", say["half_an_order"])
        if not any(given.get(f"sku_{at}") for at in range(1, _LINES + 1)):
            self.add_error("sku_1", say["nothing_expected"])
        return given


class GradesForm(forms.DeskForm):
    """The conditions in which goods come back; without any, those that everybody has."""

    def more(self) -> dict[str, fields.Field]:
        """A row for each."""
        found: dict[str, fields.Field] = {}
        for at in range(1, _GRADES + 1):
            found |= {
                f"code_{at}": forms.text(20, required=False),
                f"name_{at}": forms.text(80, required=False),
                f"outcome_{at}": fields.ChoiceField(choices=_fates, required=False),
            }
        return found

    @property
    def lines(self) -> Iterator[tuple[Any, ...]]:
        """The fields of each grade."""
        for at in range(1, _GRADES + 1):
            yield tuple(self[f"{name}_{at}"] for name in ("code", "name", "outcome"))

    def conditions(self, named: Mapping[str, str]) -> list[Condition]:
        """In their order.

        Args:
            named: what they are called in the book, by what they were shown as: a name of ours is
                kept as it is, in whichever language it was looked at.
        """
        given = self.cleaned_data
        return [
            Condition(
                given[f"code_{at}"],
                named.get(name := given[f"name_{at}"], name),
                given[f"outcome_{at}"],
            )
            for at in range(1, _GRADES + 1)
            if given[f"code_{at}"]
        ]

    def clean(self) -> dict[str, Any]:
        """A grade has a code, and each code is there once."""
        given: dict[str, Any] = super().clean() or {}
        say, seen = words("returns"), set()
        for at in range(1, _GRADES + 1):
            code = given.get(f"code_{at}", "")
            if code in seen:
                self.add_error(f"code_{at}", say["code_twice"])
            elif not code and given.get(f"name_{at}"):
                self.add_error(f"code_{at}", say["no_code"])
            seen |= {code} if code else set()
        return given


def _fates() -> list[tuple[str, str]]:
    return [("", words("returns")["somebody_decides"]), *outcomes()[1:]]
