# SPDX-License-Identifier: Apache-2.0
"""Masters: products, warehouses with their zones and bins, partners: found, looked at, changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.catalog import actions, finding, photos
from entrepot.catalog.book import names as in_book
from entrepot.catalog.models import Master, Photo
from entrepot.catalog.nouns import NOUNS, PRODUCT, Noun
from entrepot.catalog.planning import rows_of
from entrepot.errors import EntrepotError
from entrepot.ledger.lists import List
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import REFUSED, action, form, page, show
from entrepot.pages.leads import lead
from entrepot.pages.master_forms import LISTED, MasterForm, all_warehouses, columns, one_of
from entrepot.pages.places import movements
from entrepot.pages.table import Table, answer, cells
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.web.telling import state_in_words

READ, WRITE = "masters.read", "masters.write"
BY_PLURAL: Final = {noun.plural: noun for noun in NOUNS.values()}
_SEARCHED: Final = 200


class MasterFilters(forms.Filters):
    q = forms.text(_SEARCHED)
    is_active = fields.ChoiceField(
        choices=lambda: [
            ("", words("common")["any"]),
            *((each, words("masters")["use"][each]) for each in ("yes", "no")),
        ]
    )


class PlaceFilters(MasterFilters):
    warehouse = fields.ChoiceField(choices=all_warehouses)
    field_order = ("q", "warehouse")


class PhotoForm(forms.DeskForm):
    photo = fields.FileField(
        widget=fields.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"})
    )


def noun_of(plural: str) -> Noun:
    """The kind of master that an address names.

    Raises:
        Http404: there is no such kind.
    """
    if plural not in BY_PLURAL:
        raise Http404
    return BY_PLURAL[plural]


def tabs(here: str) -> list[dict[str, Any]]:
    """The kinds of masters beside each other, and the imports of them."""
    say = words("masters")
    kinds = [
        {"title": say["nouns"][plural], "url": list_of(noun), "is_here": plural == here}
        for plural, noun in BY_PLURAL.items()
    ]
    imports = reverse("pages:masters_imports")
    return [*kinds, {"title": say["imports"], "url": imports, "is_here": here == "imports"}]


def list_of(noun: Noun) -> str:
    """The address of a kind's list."""
    if noun is PRODUCT:
        return reverse("pages:masters")
    return reverse("pages:masters_list", args=[noun.plural])


@page(READ)
def masters(request: HttpRequest, access: Access, noun: str = "products") -> HttpResponseBase:
    """Masters of a kind by code, or those that are searched for."""
    kind, say = noun_of(noun), words("masters")
    filters = (MasterFilters if kind.words else PlaceFilters)(request.GET, say=say)
    known: dict[str, Master] = {}
    rows, by = _rows(kind, filters.given())

    def look_up(items: Sequence[Any]) -> None:
        key = kind.key[-1]
        codes = [row["code"] for row in items if isinstance(row, dict)]
        if codes:
            found = rows_of(kind).select_related(*finding.refers(kind))
            known.update((getattr(row, key), row) for row in found.filter(**{f"{key}__in": codes}))

    table = Table(
        kind.plural, columns(kind, LISTED[kind.name], known), rows, by=by, filters=filters,
        before=look_up, more={"empty": say["none_of"][kind.plural]},
    )  # fmt: skip
    return answer(
        request, access, "masters", table, "pages/masters.html", tabs=tabs(kind.plural),
        heading=say["nouns"][kind.plural], about=say["abouts"][kind.plural], noun=kind,
        language=language(), new=say["new_one"][kind.name], may_write=WRITE in access.scopes,
    )  # fmt: skip


def _rows(noun: Noun, given: dict[str, Any]) -> tuple[Any, tuple[str, ...]]:
    """The rows of a list, and what orders them."""
    text = given.pop("q", "").strip()
    is_active = {"yes": True, "no": False}.get(given.pop("is_active", ""))
    if text and noun.words:
        statement, values = finding.statement(noun, text, is_active)
        return List(statement, values, ("code",)), ()
    rows = rows_of(noun).select_related(*finding.refers(noun))
    if is_active is not None:
        rows = rows.filter(is_active=is_active)
    if warehouse := given.get("warehouse"):
        rows = rows.filter(warehouse__code=warehouse)
    by = tuple(noun.field(name).column for name in noun.key)
    return finding.begins(rows, noun.key[-1], text), by


@page(READ)
def one(request: HttpRequest, access: Access, noun: str, id: UUID) -> HttpResponse:
    """A master: what is known of it, its photo, and where the book has it."""
    kind, say = noun_of(noun), words("masters")
    found = actions.get(kind, id)
    has_photo = kind is PRODUCT and Photo.objects.filter(product=id).exists()
    by = named([found.created_by, found.changed_by])
    return show(
        request, access, "masters", "pages/master.html", tabs=tabs(kind.plural), noun=kind,
        master=found, heading=_title(kind, found), about=say["one_about"],
        facts=cells(found, columns(kind, kind.names, {}), say), leads=_leads(kind, found),
        created_by=by[found.created_by], changed_by=by[found.changed_by], has_photo=has_photo,
        photo_form=PhotoForm(say=say) if kind is PRODUCT else None,
        may_write=WRITE in access.scopes,
    )  # fmt: skip


def _title(noun: Noun, master: Any) -> str:
    name = getattr(master, "name", "")
    if language() == "zh":
        name = getattr(master, "name_zh", "") or name
    return " ".join([_code(noun, master), name]).strip()


def _code(noun: Noun, master: Master) -> str:
    return "/".join(str(actions.fields_of(noun, master)[name]) for name in noun.key)


def _leads(noun: Noun, master: Master) -> list[tuple[str, str]]:
    """Where the book has it: its stock, and the movements of it."""
    say = words("masters")["leads"]
    found = []
    for name in in_book(noun, [actions.fields_of(noun, master)])[0][:2]:
        if noun is PRODUCT:
            return [
                (say["stock"], lead("stock_one", name)),
                (say["movements"], movements(item=name)),
            ]
        if noun.name in ("warehouse", "bin"):
            return [
                (say["stock"], lead("stock_place", place=name)),
                (say["movements"], movements(place=name)),
            ]
        side = state_in_words("partner", name.partition("/")[0], language())
        found.append((say["side"].format(side), movements(place=name)))
    return found


@form(WRITE)
def new(request: HttpRequest, access: Access, noun: str) -> HttpResponse:
    """Add a master."""
    kind, say = noun_of(noun), words("masters")
    asked = {name: request.GET[name] for name in kind.names if name in request.GET}
    given = MasterForm(kind, None, request.POST or None, say=say, initial=asked)
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                made = actions.add(kind, given.given())
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["did"]["added"].format(_code(kind, made)))
            return redirect(one_of(kind, made))
    return _form(request, access, kind, given, say["new_one"][kind.name], list_of(kind))


@form(WRITE)
def edit(request: HttpRequest, access: Access, noun: str, id: UUID) -> HttpResponse:
    """Change a master: refused where somebody else changed it meanwhile."""
    kind, say = noun_of(noun), words("masters")
    found = actions.get(kind, id)
    known = actions.fields_of(kind, found) | {"version": found.version}
    given = MasterForm(kind, found, request.POST or None, say=say, initial=known)
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                actions.change(kind, id, given.cleaned_data["version"], given.given())
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["did"]["changed"])
            return redirect(one_of(kind, found))
    return _form(request, access, kind, given, _title(kind, found), one_of(kind, found))


def _form(
    request: HttpRequest, access: Access, noun: Noun, given: MasterForm, title: str, back: str
) -> HttpResponse:
    say = words("masters")
    return show(
        request, access, "masters", "pages/master_form.html", form=given, heading=title, back=back,
        about=say["form_about"], tabs=tabs(noun.plural), status=REFUSED if given.errors else 200,
    )  # fmt: skip


@action(WRITE, "/masters/")
def use(request: HttpRequest, access: Access, noun: str, id: UUID) -> HttpResponse:
    """Put a master out of use, or into use again."""
    kind, say = noun_of(noun), words("masters")["did"]
    found = actions.get(kind, id)
    is_used = request.POST.get("use") == "yes"
    actions.change(kind, id, found.version, {"is_active": is_used})
    messages.success(request, say["used" if is_used else "put_away"].format(_code(kind, found)))
    return redirect(one_of(kind, found))


@action(WRITE, "/masters/")
def photo(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Give a product a photo, or take the one it has away."""
    say = words("masters")
    if request.POST.get("what") == "drop":
        photos.drop_photo(id)
        messages.success(request, say["did"]["photo_dropped"])
    else:
        given = PhotoForm(request.POST, request.FILES, say=say)
        if given.is_valid():
            sent = given.cleaned_data["photo"]
            # One byte more than is kept, so that what is too large is refused as such.
            photos.put_photo(id, sent.read(photos.MOST_BYTES + 1))
            messages.success(request, say["did"]["photo"])
        else:
            messages.error(request, say["no_file"])
    return redirect("pages:masters_one", PRODUCT.plural, id)


urlpatterns = [
    path("", masters, name="masters"),
    path("products/<uuid:id>/photo", photo, name="masters_photo"),
    path("<slug:noun>/", masters, name="masters_list"),
    path("<slug:noun>/new/", new, name="masters_new"),
    path("<slug:noun>/<uuid:id>/", one, name="masters_one"),
    path("<slug:noun>/<uuid:id>/change/", edit, name="masters_change"),
    path("<slug:noun>/<uuid:id>/use", use, name="masters_use"),
]
