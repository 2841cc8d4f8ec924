# SPDX-License-Identifier: Apache-2.0
"""What a firm says once: fields of the messages, and its codes with those of customs."""

from __future__ import annotations

import csv
from typing import Any, Final

from django import forms as fields
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.declaring.configuring import SETUP_NAMES, change_setup, drop_code, put_codes
from entrepot.declaring.models import Code, Setup
from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.declaring.parts import READ, SECTION, WRITE, SaidForm, marked, saying, tabs
from entrepot.pages.frame import action, form, page, show, where_from
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import words
from entrepot.people.access import Access

_MOST_TEXT: Final = 2_000_000


@form(READ)
def setup(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What the firm says once for all flows."""
    say, found = saying(), Setup.objects.first()
    initial = found.said if found is not None else {}
    given = SaidForm(SETUP_NAMES, request.POST or None, say=say, initial=initial)
    if request.method == "POST":
        access.need(WRITE)
        if given.is_valid():
            try:
                with transaction.atomic():
                    change_setup(given.said())
            except EntrepotError as error:
                given.refuse(error)
            else:
                messages.success(request, say["setup_changed"])
                return redirect("pages:declaring_setup")
    return show(
        request, access, SECTION, "pages/declaring/setup.html", form=given, heading=say["setup"],
        about=say["setup_about"], tabs=tabs("declaring_setup"), may_write=WRITE in access.scopes,
        status=422 if given.errors else 200,
    )  # fmt: skip


@page(READ)
def codes(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What customs calls what."""
    say = words(SECTION)
    may_write = WRITE in access.scopes
    columns = (
        Column("kind", of=lambda row: words(SECTION)["kinds"][row.kind]),
        Column("own", "code"),
        Column("code", "code"),
        Column("name"),
    )
    table = Table(
        "codes", columns, Code.objects.all(), by=("kind", "own", "id"),
        choose="codes" if may_write else "", more={"empty": say["nothing"]["codes"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/declaring/codes.html",
        tabs=tabs("declaring_codes"), heading=say["codes"], about=say["codes_about"],
        may_write=may_write,
    )  # fmt: skip


class CodesForm(forms.DeskForm):
    """Codes, a line each: kind, own code, code of customs, name."""

    rows = fields.CharField(
        max_length=_MOST_TEXT,
        widget=fields.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )

    def clean_rows(self) -> list[tuple[str, str, str, str]]:
        """The lines, each with what it holds."""
        found = []
        for at, line in enumerate(csv.reader(str(self.cleaned_data["rows"]).splitlines()), 1):
            cells = [each.strip() for each in line]
            if not any(cells):
                continue
            if not 3 <= len(cells) <= 4:
                raise ValidationError(words(SECTION)["codes_wrong"].format(line=at))
            found.append((cells[0], cells[1], cells[2], cells[3] if len(cells) == 4 else ""))
        return found


@form(WRITE)
def add_codes(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Say what customs calls what; all lines, or none."""
    say: Any = words(SECTION)
    given = CodesForm(request.POST or None, say=say)
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                changed = put_codes(given.cleaned_data["rows"])
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["codes_changed"].format(count=changed))
            return redirect("pages:declaring_codes")
    return show(
        request, access, SECTION, "pages/form.html", form=given, heading=say["add_codes"],
        about=say["add_codes_about"], submit=say["add_codes"],
        back=reverse("pages:declaring_codes"), status=422 if given.errors else 200,
    )  # fmt: skip


@action(WRITE, "/declaring/codes/")
def drop_codes(request: HttpRequest, access: Access) -> HttpResponse:
    """Take marked codes away."""
    ids = marked(request, "codes")
    rows = list(Code.objects.filter(id__in=ids))
    for each in rows:
        drop_code(each.kind, each.own)
    messages.success(request, words(SECTION)["codes_dropped"].format(count=len(rows)))
    return redirect(where_from(request, reverse("pages:declaring_codes")))


urlpatterns = [
    path("setup/", setup, name="declaring_setup"),
    path("codes/", codes, name="declaring_codes"),
    path("codes/add/", add_codes, name="declaring_codes_add"),
    path("codes/drop", drop_codes, name="declaring_codes_drop"),
]
