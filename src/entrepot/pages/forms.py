# SPDX-License-Identifier: Apache-2.0
"""Forms of the pages: their labels are words, their errors belong to their fields."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms

from entrepot.errors import EntrepotError
from entrepot.pages.frame import told
from entrepot.pages.wording import Words, language, words
from entrepot.web.telling import state_in_words

Choices = Iterable[tuple[str, str]]


class DeskForm(forms.Form):
    """A form whose labels are `fields` and whose help is `hints` of a section's words.

    A field without a word of its own has that of the column of its name; `sku_1` and `sku_2` have
    that of `sku`.
    """

    required_css_class = "required"

    def __init__(self, *given: Any, say: Words, **named: Any) -> None:
        named.setdefault("label_suffix", "")
        super().__init__(*given, **named)
        self.fields.update(self.more())
        own, shared = say.get("fields", {}), words("common")["columns"]
        hints = say.get("hints", {})
        for field_name, field in self.fields.items():
            name = re.sub(r"_\d+$", "", field_name)
            field.label = own[name] if name in own else shared[name]
            field.help_text = hints.get(name, "")

    def more(self) -> dict[str, forms.Field]:
        """Fields that are not written out one by one."""
        return {}

    def refuse(self, error: EntrepotError) -> None:
        """Show a refusal above the fields; what was typed stays."""
        self.add_error(None, told(error).split("\n"))


class Filters(DeskForm):
    """What a list is narrowed by, from the address: nothing is required, what makes no sense is
    said and not applied.
    """

    use_required_attribute = False

    def __init__(self, *given: Any, say: Words, **named: Any) -> None:
        super().__init__(*given, say=say, auto_id="filter_%s", **named)
        for field in self.fields.values():
            field.required = False

    def given(self) -> dict[str, Any]:
        """What was asked for, by field, without what was left empty."""
        self.is_valid()
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if value not in (None, "", False)
        }


def text(most: int = 80, **named: Any) -> forms.CharField:
    """A line of text."""
    return forms.CharField(max_length=most, **named)


def day(**named: Any) -> forms.DateField:
    """A day, picked from a calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, input_formats=["%Y-%m-%d"], **named)


def quantity(least: int = 1, most: int = 1_000_000_000, **named: Any) -> forms.IntegerField:
    """A number of units."""
    return forms.IntegerField(min_value=least, max_value=most, **named)


def states(kind: str, codes: Iterable[str], **named: Any) -> forms.ChoiceField:
    """One of these states; none is all of them."""
    known = tuple(codes)

    def choices() -> Choices:
        yield "", words("common")["any"]
        for code in known:
            yield code, state_in_words(kind, code, language())

    return forms.ChoiceField(choices=choices, **named)


def flag(**named: Any) -> forms.BooleanField:
    """Yes, or nothing said."""
    return forms.BooleanField(required=False, **named)
