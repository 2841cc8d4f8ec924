# SPDX-License-Identifier: Apache-2.0
"""What the pages of the declaring share: tabs, labels out of the messages, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.http import HttpRequest

from entrepot.declaring.asked import ELEMENTS, FLAGS, FREIGHT_CURRENCY, element
from entrepot.declaring.configuring import CNY_RATE
from entrepot.pages import forms
from entrepot.pages.frame import tabs as beside
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import Words, language, words
from entrepot.web.telling import in_words, state_in_words

SECTION: Final = "declaring"
READ, WRITE = "customs.read", "customs.write"
PAGES: Final = (
    "declaring", "declaring_ready", "declaring_bookings", "declaring_merges", "declaring_codes",
    "declaring_setup",
)  # fmt: skip
#: Rows of what is missing that a page shows.
_MOST: Final = 200


def tabs(here: str) -> list[dict[str, Any]]:
    """The pages of the declaring beside each other."""
    return beside(words(SECTION), here, *PAGES)


def saying() -> Words:
    """The words of the section, with labels for everything that is named as in the messages."""
    say = words(SECTION)
    own = {name: label(name) for name in (*ELEMENTS, *FLAGS, FREIGHT_CURRENCY, CNY_RATE)}
    return Words(say | {"fields": Words(own | say["fields"])})


def label(name: str) -> str:
    """What is asked for, in the reader's language; an element of a message with its name."""
    if name not in ELEMENTS:
        return str(words(SECTION)["fields"][name])
    meaning = element(name).meaning
    said = meaning.zh if language() == "zh" else meaning.en
    return f"{said or meaning.zh or name} ({name})"


def said_field(name: str) -> fields.Field:
    """A field for something that is said; empty is nothing said."""
    if name in FLAGS:
        common = words("common")
        choices = [("", words(SECTION)["not_said"]), ("yes", common["yes"]), ("no", common["no"])]
        return fields.ChoiceField(choices=choices, required=False)
    return forms.text(250, required=False)


class SaidForm(forms.DeskForm):
    """Fields for some of what is said."""

    def __init__(self, names: Sequence[str], *given: Any, **named: Any) -> None:
        self._names = tuple(names)
        super().__init__(*given, **named)

    def more(self) -> dict[str, fields.Field]:
        """The fields that are asked for."""
        return {name: said_field(name) for name in self._names}

    def said(self) -> dict[str, str]:
        """What was said, by name."""
        return {name: str(self.cleaned_data.get(name, "")) for name in self._names}


def missing(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a refusal says is missing, each in a sentence, with its order."""
    say = words(SECTION)["missing"]
    found = []
    for each in facts.get("missing", [])[:_MOST]:
        what = _found(each)
        text = str(say[each["code"]]).format(name=_name(each), found=what)
        line = str(each["line_no"] or "")
        found.append({"order_no": each["order_no"], "line": line, "text": text})
    return found


def _found(each: Mapping[str, Any]) -> str:
    if each["code"] != "not_classified":
        return in_words(each["found"], language(), "customs.faulty_message")
    own = words(SECTION)["not_accepted"]
    return str(words("classification")["checks"].get(each["found"], own))


def _name(each: Mapping[str, Any]) -> str:
    if each["code"] == "said":
        return label(each["name"])
    if each["code"] == "code":
        return str(words(SECTION)["kinds"][each["name"]])
    return str(each["name"])


def outcome(value: str) -> str:
    """The state of a document, or that there is none yet."""
    return state_in_words("customs_outcome", value, language()) if value else ""


def marked(request: HttpRequest, name: str) -> list[UUID]:
    """What was marked, or sent along hidden."""
    found = []
    for text in request.POST.getlist(name)[:1000]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def several(name: str, columns: Iterable[Column], rows: Any, **named: Any) -> Table:
    """A table with its word for nothing."""
    more = {"empty": words(SECTION)["nothing"][name]}
    return Table(name, tuple(columns), rows, more=more, **named)
