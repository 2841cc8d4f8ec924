# SPDX-License-Identifier: Apache-2.0
"""Classification, filled in: a draft of one product, drafts and tariffs from files, settings."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from entrepot.catalog.models import Product
from entrepot.catalog.reading import MOST_BYTES
from entrepot.customs.classifying import lists, recording
from entrepot.customs.classifying.checking import goods_of as as_goods
from entrepot.customs.classifying.checking import tariff_on
from entrepot.customs.classifying.configuring import change_policy, policy
from entrepot.customs.classifying.factors import written
from entrepot.customs.classifying.importing import take_tariff
from entrepot.customs.classifying.policy import SEVERITIES, Policy, checks
from entrepot.customs.classifying.reading import goods_of, read_goods
from entrepot.customs.classifying.reusing import suggest, taken
from entrepot.customs.classifying.tables import Goods, TariffLine
from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.classification import PAGES, READ, SECTION, WRITE
from entrepot.pages.frame import form, page, show, tabs
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import Words, language, words
from entrepot.people.access import Access
from entrepot.web.telling import in_words, state_in_words

_FACTORS: Final = ("per_unit", "per_unit1", "per_unit2")
_LISTS: Final = (
    "counted_units", "weight_units", "brand_elements", "brand_kind_elements", "no_brand", "brands",
)  # fmt: skip
_LIMITS: Final = ("least", "times_percent", "share_percent")
_TABLES: Final = ".csv,.xlsx"


def _lines(rows: int = 4, **named: Any) -> fields.CharField:
    widget = fields.Textarea(attrs={"rows": rows, "spellcheck": "false"})
    return fields.CharField(max_length=20_000, required=False, widget=widget, **named)


def _file() -> fields.FileField:
    return fields.FileField(widget=fields.FileInput(attrs={"accept": _TABLES}))


class DraftForm(forms.DeskForm):
    """How one product is declared; elements are `name = value`, a line each."""

    valid_from = forms.day()
    hs_code = forms.text(10, required=False)
    name_zh = forms.text(250, required=False)
    name_en = forms.text(250, required=False)
    elements = _lines(8)
    unit = forms.text(3, required=False)
    per_unit = forms.text(19, required=False)
    unit1 = forms.text(3, required=False)
    per_unit1 = forms.text(19, required=False)
    unit2 = forms.text(3, required=False)
    per_unit2 = forms.text(19, required=False)
    country = forms.text(2, required=False)
    note = forms.text(200, required=False)

    def goods(self, sku: str) -> Goods | None:
        """What was typed; a mistake is said at its field."""
        said = {name: value for name, value in self.cleaned_data.items() if name in _OF_GOODS}
        found, faults = goods_of({"sku": sku, **said})
        for fault in faults:
            expected = in_words(fault.expected, language(), "classifying.faulty_table")
            self.add_error(fault.field, words(SECTION)["expected"].format(expected))
        return None if faults else found


_OF_GOODS: Final = (
    "hs_code", "name_zh", "name_en", "elements", "unit", "per_unit", "unit1", "per_unit1", "unit2",
    "per_unit2", "country",
)  # fmt: skip


class FileForm(forms.DeskForm):
    """A tariff."""

    file = _file()


class DraftsForm(forms.DeskForm):
    """Drafts of many products, as a table."""

    valid_from = forms.day()
    file = _file()


class SettingsForm(forms.DeskForm):
    """How goods are looked at: lists have a line for each."""

    four_eyes = forms.flag()
    counted_units = _lines()
    weight_units = _lines(2)
    brands = _lines()
    brand_elements = _lines()
    brand_kind_elements = _lines(2)
    no_brand = _lines()
    joiner = forms.text(5)
    least = forms.quantity(1, 1000)
    times_percent = forms.quantity(0, 100_000)
    share_percent = forms.quantity(0, 10_000)

    def more(self) -> dict[str, fields.Field]:
        """A choice for every check; those that are always so are not asked about."""
        choices = [(each, state_in_words("severity", each, language())) for each in SEVERITIES]
        return {
            f"check_{name}": fields.ChoiceField(choices=choices, required=False)
            for name, check in checks().items()
            if "always" not in check
        }

    def new(self) -> dict[str, Any]:
        """What is to be set."""
        said = self.cleaned_data
        lists_ = {
            name: [each.strip() for each in said[name].splitlines() if each.strip()]
            for name in _LISTS
        }
        chosen = {
            name.removeprefix("check_"): value
            for name, value in said.items()
            if name.startswith("check_") and value
        }
        return {
            "four_eyes": said["four_eyes"], **lists_, "joiner": said["joiner"],
            "limits": {name: said[name] for name in _LIMITS},
            "severities": {check: value for check, value in chosen.items()
                           if value != checks()[check]["severity"]},
        }  # fmt: skip


@form(WRITE)
def draft(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """Draft how a product is declared: as it is, as is suggested, or anew."""
    say, product = words(SECTION), Product.objects.get(id=id)
    back = reverse("pages:classification_one", args=[id])
    if request.method == "POST":
        given = DraftForm(request.POST, say=say)
    else:
        given = DraftForm(initial=_initial(product, request.GET), say=say)
    if request.method == "POST" and given.is_valid():
        found = given.goods(product.sku)
        if found is not None:
            said = given.cleaned_data
            try:
                with transaction.atomic():
                    recording.draft([found], said["valid_from"], said["note"])
            except EntrepotError as error:
                given.refuse(error)
            else:
                messages.success(request, say["drafted"])
                return redirect(back)
    return show(
        request, access, SECTION, "pages/classification/draft.html", form=given, back=back,
        heading=f"{product.sku} {product.name_zh or product.name}", about=say["draft_about"],
        submit=say["draft"], tabs=tabs(say, "classification", *PAGES),
        asked=request.GET.get("hs_code", ""), status=422 if given.errors else 200,
    )  # fmt: skip


def _initial(product: Product, asked: Any) -> dict[str, Any]:
    """What a draft begins with: the newest version, filled up by a suggestion and the tariff."""
    today = timezone.localdate()
    newest = lists.versions(product.sku).order_by("-version").first()
    goods = as_goods(newest, None) if newest else Goods(product.sku, product.hs_code)
    if not goods.name_zh:
        goods = taken_name(goods, product)
    suggested = suggest(product.sku, today) if asked.get("take", "").isdecimal() else []
    if suggested and int(asked["take"]) < len(suggested):
        chosen = suggested[int(asked["take"])]
        line = _line(chosen.goods.hs_code)
        goods = taken(chosen, Goods(product.sku, name_zh=goods.name_zh), line)
    code = asked.get("hs_code", "")[:10] or goods.hs_code
    return {"valid_from": today, **_typed(goods, code, _line(code))}


def taken_name(goods: Goods, product: Product) -> Goods:
    """Goods that are declared as they are called, until somebody says otherwise."""
    return Goods(goods.sku, goods.hs_code, product.name_zh, product.name, country=goods.country)


def _line(code: str) -> TariffLine | None:
    return tariff_on([code], timezone.localdate()).get(code, (None, None))[1]


def _typed(goods: Goods, code: str, line: TariffLine | None) -> dict[str, Any]:
    """Goods as they are typed: every element that the tariff asks for has a line."""
    values = dict(goods.elements)
    names = [*line.elements] if line else []
    names += [name for name in values if name not in names]
    said = {name: getattr(goods, name) for name in _OF_GOODS if name not in _FACTORS}
    said |= {name: written(its) if (its := getattr(goods, name)) else "" for name in _FACTORS}
    said["elements"] = "\n".join(f"{name} = {values.get(name, '')}" for name in names)
    said["hs_code"] = code
    if line:
        said |= {"unit1": line.unit1, "unit2": line.unit2}
    return said


@form(WRITE)
def drafts(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Draft many products from a file; every mistake is told, and nothing is drafted then."""
    say = words(SECTION)
    initial = {"valid_from": timezone.localdate()}
    given = DraftsForm(request.POST or None, request.FILES or None, say=say, initial=initial)
    if request.method == "POST" and given.is_valid():
        file = given.cleaned_data["file"]
        try:
            with transaction.atomic():
                rows = read_goods(file.name[:200], file.read(MOST_BYTES + 1))
                done = recording.draft(rows, given.cleaned_data["valid_from"])
        except EntrepotError as error:
            given.refuse(error)
        else:
            said = say["drafted_many"].format(made=len(done.made), known=done.known)
            messages.success(request, said)
            return redirect("pages:classification")
    return _form(request, access, given, "drafts", "classification")


@page(READ)
def tariff(request: HttpRequest, access: Access) -> HttpResponseBase:
    """The tariff as the firm brought it, with every correction."""
    say = words(SECTION)
    filters = TariffFilters(request.GET, say=say)
    columns = (
        Column("hs_code", "code"),
        Column("name"),
        Column("elements", of=lambda row: "；".join(row["elements"])),
        Column("unit1", "code"),
        Column("unit2", "code"),
        Column("valid_from", "day"),
        Column("valid_to", "day"),
        Column("version", "number"),
        Column("is_newest", "yes"),
        Column("source"),
    )
    table = Table(
        "tariff", columns, lists.tariff(filters.given().get("hs_code", "")), filters=filters,
        more={"empty": say["no_tariff"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/classification/tariff.html",
        heading=say["tariff"], about=say["tariff_about"], may_write=WRITE in access.scopes,
        tabs=tabs(say, "classification_tariff", *PAGES),
    )  # fmt: skip


class TariffFilters(forms.Filters):
    hs_code = forms.text(10)


@form(WRITE)
def take(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Take a tariff over from a file."""
    say = words(SECTION)
    given = FileForm(request.POST or None, request.FILES or None, say=say)
    if request.method == "POST" and given.is_valid():
        file = given.cleaned_data["file"]
        try:
            with transaction.atomic():
                done = take_tariff(file.name[:200], file.read(MOST_BYTES + 1))
        except EntrepotError as error:
            given.refuse(error)
        else:
            said = say["taken"].format(
                added=done.added, corrected=done.corrected, known=done.known
            )  # fmt: skip
            messages.success(request, said)
            return redirect("pages:classification_tariff")
    return _form(request, access, given, "take", "classification_tariff")


@form(READ)
def settings(request: HttpRequest, access: Access) -> HttpResponseBase:
    """How goods are looked at."""
    say = words(SECTION)
    named = Words(say | {"fields": Words(say["fields"] | _checks())})
    given = SettingsForm(request.POST or None, initial=_known(policy()), say=named)
    if request.method == "POST":
        access.need(WRITE)
        if given.is_valid():
            try:
                with transaction.atomic():
                    change_policy(given.new())
            except EntrepotError as error:
                given.refuse(error)
            else:
                messages.success(request, say["settings_changed"])
                return redirect("pages:classification_settings")
    return show(
        request, access, SECTION, "pages/form.html", form=given, heading=say["settings"],
        about=say["settings_about"], tabs=tabs(say, "classification_settings", *PAGES),
        status=422 if given.errors else 200,
    )  # fmt: skip


def _checks() -> dict[str, str]:
    """What a choice of severity is called: what its check says, without what it would name."""
    said = words(SECTION)["checks"]
    return {f"check_{name}": said[name] for name in checks()}


def _known(its: Policy) -> dict[str, Any]:
    known = {name: "\n".join(getattr(its, name)) for name in _LISTS}
    known |= {name: getattr(its.limits, name) for name in _LIMITS}
    known |= {f"check_{name}": its.severity(name) for name in checks()}
    return known | {"four_eyes": its.four_eyes, "joiner": its.joiner}


def _form(
    request: HttpRequest, access: Access, given: forms.DeskForm, name: str, back: str
) -> HttpResponseBase:
    say = words(SECTION)
    return show(
        request, access, SECTION, "pages/form.html", form=given, heading=say[name],
        about=say[f"{name}_about"], submit=say[name], back=reverse(f"pages:{back}"),
        status=422 if given.errors else 200,
    )  # fmt: skip


urlpatterns = [
    path("products/<uuid:id>/draft/", draft, name="classification_draft"),
    path("drafts/", drafts, name="classification_drafts"),
    path("tariff/", tariff, name="classification_tariff"),
    path("tariff/take/", take, name="classification_take"),
    path("settings/", settings, name="classification_settings"),
]
