# SPDX-License-Identifier: Apache-2.0
"""The forms of returns through customs: a draft with its table, each step, a scan."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Final

from django import forms as fields

from entrepot.customs.returns.rules import PILOTS
from entrepot.customs.returns.states import PURPOSES, STATES
from entrepot.customs.returns.tables import KINDS
from entrepot.packs.read import read
from entrepot.pages import forms
from entrepot.pages.inbound import parts
from entrepot.pages.inbound.bulk import TableForm
from entrepot.pages.inbound.pasting import Field, day, one_of, shape, whole
from entrepot.pages.wording import language, words
from entrepot.web.fields import code, text
from entrepot.web.telling import state_in_words

_CODE: Final = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$"
_MOST: Final = Decimal(10**13)

#: The columns of a draft's table, and of what is scanned out.
LINES: Final = (
    Field("declaration_no", shape(Annotated[str, code(18)], "line"), must=True),
    Field("item_no", whole(0, 2**31 - 1), must=True, blank=None),
    Field("sku", shape(Annotated[str, code(64)], "code"), must=True),
    Field("quantity", whole(1, 10**9), must=True, blank=None),
    Field("from_place", shape(Annotated[str, code(200)], "line"), must=True),
    Field("lot", shape(Annotated[str, text(64)], "line")),
    Field("parcel_no", shape(Annotated[str, text(64)], "line")),
    Field("released_on", day, blank=None),
    Field("left_area_on", day, blank=None),
)
OUT: Final = (
    Field("scan_no", shape(Annotated[str, code(64)], "code"), must=True),
    Field("unit_kind", one_of(*KINDS), must=True),
    Field("identity", shape(Annotated[str, code(64)], "code"), must=True),
    Field("declaration_no", shape(Annotated[str, code(18)], "line"), must=True),
    Field("item_no", whole(0, 2**31 - 1), must=True, blank=None),
    Field("sku", shape(Annotated[str, code(64)], "code"), must=True),
    Field("quantity", whole(1, 10**9), blank=1),
)


def _named(kind: str, codes: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for each in codes:
        yield each, state_in_words(kind, each, language())


def _known() -> Iterator[tuple[str, str]]:
    say = words("common")
    yield "", words(parts.SECTION)["not_known"]
    yield "yes", say["yes"]
    yield "no", say["no"]


def _districts() -> Iterator[tuple[str, str]]:
    """Customs districts, as the pack of the pilot names them; others are not known here."""
    yield "", words(parts.SECTION)["not_known"]
    for row in read(PILOTS).rows:
        yield row.text("district"), row.text("zh") if language() == "zh" else row.text("district")


def said(value: str) -> bool | None:
    """Yes, no, or nothing said."""
    return {"yes": True, "no": False}.get(value)


class CaseFilters(forms.Filters):
    number = forms.text(40)
    state = forms.states("return_case", STATES)


class ClockFilters(forms.Filters):
    within = forms.quantity(0, 3650)
    mode = forms.text(4)
    declaration_no = forms.text(18)
    sku = forms.text(64)


class UnitFilters(forms.Filters):
    identity = forms.text(64)
    way = forms.states("unit_scan_way", ("out", "home"))
    outcome = forms.states("unit_scan", ("left", "proven", "shared", "refused"))


class DraftForm(TableForm):
    """What is said of a draft besides its lines."""

    number = fields.RegexField(_CODE, max_length=40)
    purpose = fields.ChoiceField(choices=lambda: _named("return_purpose", PURPOSES))
    home = fields.ChoiceField(choices=lambda: parts.warehouses("home"))
    returns_on = forms.day()
    customs_out = fields.ChoiceField(choices=_districts, required=False)
    customs_back = fields.ChoiceField(choices=_districts, required=False)
    is_food = fields.ChoiceField(choices=_known, required=False)
    is_original = fields.ChoiceField(choices=_known, required=False)
    case_note = forms.text(500, required=False)


class CheckForm(forms.DeskForm):
    """Who answered what, where no rule decides."""

    note = forms.text(500, required=False)


class ClearForm(forms.DeskForm):
    """What was repaid, in yuan, and the certificate."""

    certificate_no = forms.text(64, required=False)
    amount = fields.DecimalField(
        min_value=0, max_value=_MOST, max_digits=15, decimal_places=2, required=False
    )
    on = forms.day(required=False)
    note = forms.text(500, required=False)


class AnnounceForm(forms.DeskForm):
    """The declaration that they return under."""

    return_declaration_no = fields.RegexField(_CODE, max_length=64)
    on = forms.day(required=False)


class ArriveForm(forms.DeskForm):
    """The day they arrived."""

    on = forms.day(required=False)
    note = forms.text(500, required=False)


class ScanForm(forms.DeskForm):
    """A number that a scanner reads: it ends with Enter, which sends the form."""

    identity = fields.RegexField(
        _CODE, max_length=64,
        widget=fields.TextInput(attrs={"autofocus": True, "autocomplete": "off",
                                       "spellcheck": "false", "class": "code"}),
    )  # fmt: skip
    unit_kind = fields.ChoiceField(choices=lambda: _named("unit_kind", KINDS))
    sku = forms.text(64, required=False)
    quantity = forms.quantity(initial=1)
    #: The id of this scan: the same form sent twice is one scan.
    number = fields.CharField(max_length=64, widget=fields.HiddenInput())

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, auto_id="scan_%s", **named)
