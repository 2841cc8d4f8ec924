# SPDX-License-Identifier: Apache-2.0
"""The form of a master, made of what its noun says of each field, and the columns of its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms as fields
from django.db import models
from django.urls import reverse

from entrepot.catalog import nouns
from entrepot.catalog.models import Master, Warehouse
from entrepot.catalog.nouns import Field, Noun
from entrepot.catalog.planning import MODELS
from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.table import Column, Row
from entrepot.pages.wording import Words, language, words
from entrepot.web.telling import state_in_words, told

#: Fields that hold one or several of some codes, and whose words these are (`web/states.toml`).
CODED: Final = {
    "battery_kind": (nouns.BATTERIES, "battery"),
    "kind": (nouns.KINDS, "warehouse"),
    "roles": (nouns.ROLES, "partner"),
}
_NUMBERS: Final = frozenset({
    "length_mm", "width_mm", "height_mm", "weight_g", "pick_sequence", "capacity_units",
})  # fmt: skip
_CODES: Final = frozenset({
    "sku", "code", "gtin", "hs_code", "un_number", "uscc", "vat_number", "eori_number",
    "warehouse", "zone", "operator",
})  # fmt: skip
#: What a list shows of each kind of master.
LISTED: Final[Mapping[str, Sequence[str]]] = {
    "product": ("sku", "name", "name_zh", "gtin", "hs_code", "weight_g", "is_active"),
    "warehouse": ("code", "name", "kind", "country", "city", "time_zone", "is_active"),
    "zone": ("code", "warehouse", "name", "is_active"),
    "bin": ("code", "warehouse", "zone", "pick_sequence", "capacity_units", "is_active"),
    "partner": ("code", "name", "name_zh", "roles", "country", "uscc", "is_active"),
}
#: Warehouses that a choice shows.
_MOST: Final = 500


def one_of(noun: Noun, master: Master) -> str:
    """The address of a master's page."""
    return reverse("pages:masters_one", args=[noun.plural, master.id])


def columns(noun: Noun, names: Sequence[str], known: Mapping[str, Master]) -> list[Column]:
    """Columns of masters.

    Args:
        noun: the kind of master.
        names: of their fields.
        known: masters by code, where a row says no more than its code.
    """

    def its(row: Row) -> Any:
        return known[row["code"]] if isinstance(row, dict) else row

    return [_column(noun, name, its) for name in names]


def _column(noun: Noun, name: str, its: Any) -> Column:
    def value(row: Row) -> Any:
        found = getattr(its(row), name)
        if name == "roles":
            return ", ".join(state_in_words("partner", role, language()) for role in found)
        return getattr(found, "code", found)

    def address(row: Row) -> str:
        return one_of(noun, its(row))

    if name in CODED and name != "roles":
        return Column(name, "state", of=value, states=CODED[name][1])
    if name in _NUMBERS:
        return Column(name, "number", of=value)
    if name == noun.key[-1]:
        return Column(name, "code", to=address, of=value)
    if name in _CODES:
        return Column(name, "code", of=value)
    is_truth = isinstance(MODELS[noun.name]._meta.get_field(name), models.BooleanField)
    return Column(name, "yes" if is_truth else "text", of=value)


class MasterForm(forms.DeskForm):
    """A master as it is typed in. What a field may hold is said by its noun, when it is kept.

    Args:
        noun: the kind of master.
        was: the one that is changed; none for a new one.
        say: words of the section.
    """

    def __init__(self, noun: Noun, was: Master | None, *given: Any, say: Words, **named: Any):
        self.noun, self.was = noun, was
        super().__init__(*given, say=Words(say | {"fields": say["columns"]}), **named)

    def more(self) -> dict[str, fields.Field]:
        """A field for each of the noun's, but whether it is in use, which is a button."""
        found = {
            each.name: _field(self.noun, each, is_fixed=each.fixed and self.was is not None)
            for each in self.noun.fields
            if each.name != "is_active"
        }
        if self.was is not None:
            found["version"] = fields.IntegerField(widget=fields.HiddenInput)
        return found

    def given(self) -> dict[str, Any]:
        """What was typed, by field; what never changes is left out."""
        return {
            each.name: self.cleaned_data[each.name]
            for each in self.noun.fields
            if each.name in self.fields and not self.fields[each.name].disabled
        }

    def refuse(self, error: EntrepotError) -> None:
        """Show each fault at its field, and anything else above them."""
        faults = [each for each in told(error, language()).faults if each["field"] in self.fields]
        if not faults:
            super().refuse(error)
        for each in faults:
            expected = words("masters")["expected"].format(each["expected"])
            self.add_error(each["field"], expected)


def _field(noun: Noun, field: Field, *, is_fixed: bool) -> fields.Field:
    kept = MODELS[noun.name]._meta.get_field(field.name)
    named: dict[str, Any] = {"required": field.must and not is_fixed, "disabled": is_fixed}
    if field.name == "roles":
        return fields.MultipleChoiceField(
            choices=lambda: list(_said(field.name)), widget=fields.CheckboxSelectMultiple, **named
        )
    if field.name in CODED:
        return fields.ChoiceField(
            choices=lambda: [
                ("", words("masters")["choose" if field.must else "not_said"]),
                *_said(field.name),
            ],
            **named,
        )
    if field.name == "warehouse":
        return fields.ChoiceField(choices=lambda: all_warehouses("choose"), **named)
    if isinstance(kept, models.BooleanField):
        return forms.flag(disabled=is_fixed)
    if isinstance(kept, models.IntegerField):
        numbers = fields.NumberInput(attrs={"min": 0, "step": 1})
        return fields.CharField(max_length=18, widget=numbers, **named)
    most = nouns.CODE if field.refers else getattr(kept, "max_length", None) or nouns.NAME
    return fields.CharField(max_length=most, **named)


def _said(name: str) -> list[tuple[str, str]]:
    codes, kind = CODED[name]
    return [(code, state_in_words(kind, code, language())) for code in codes]


def all_warehouses(none: str = "") -> list[tuple[str, str]]:
    """Every warehouse, at home and overseas, by its code; before them what no choice is called."""
    found = Warehouse.objects.order_by("code").values_list("code", "name")[:_MOST]
    first = words("masters")[none] if none else words("common")["any"]
    return [("", first), *((code, f"{code} {name}".strip()) for code, name in found)]
