# SPDX-License-Identifier: Apache-2.0
"""What became of released lists in the declarations, and the monthly merge of lists."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from entrepot.declaring import lists, merging, settling
from entrepot.declaring.flows import REFUSED
from entrepot.declaring.models import DISAGREES, STANDS, Booking, Merge
from entrepot.declaring.refusals import NotReady
from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.declaring.flows import ReasonForm
from entrepot.pages.declaring.parts import (
    READ,
    SECTION,
    WRITE,
    missing,
    outcome,
    several,
    tabs,
)
from entrepot.pages.frame import action, form, page, show
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import words
from entrepot.people.access import Access

_DOES: Final = {"take_over": settling.take_over, "cancel": settling.cancel}


class BookingFilters(forms.Filters):
    state = forms.states("declaring_booking", STANDS)


@page(READ)
def bookings(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What became of released lists and forms; those that disagree first by the filter."""
    say = words(SECTION)
    filters = BookingFilters(request.GET, say=say)
    rows = Booking.objects.filter(**filters.given())
    columns = (
        Column("own_no", "code", to=lambda row: reverse("pages:declaring_booking", args=[row.id])),
        Column("declaration_no", "code"),
        Column("state", "state", states="declaring_booking"),
        Column("cause", of=cause),
        Column("form_no", "code"),
        Column("at", "moment"),
    )
    table = Table(
        "bookings", columns, rows, by=("-id",), filters=filters,
        more={"empty": say["nothing"]["bookings"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/declaring/bookings.html",
        tabs=tabs("declaring_bookings"), heading=say["bookings"], about=say["bookings_about"],
        open=Booking.objects.filter(state=DISAGREES)[:1000].count(),
    )  # fmt: skip


def cause(row: Booking) -> str:
    """Why a booking disagrees, with what was found."""
    if not row.cause:
        return ""
    facts = {"item_no": "", "sku": "", "found": "", "kind": "", "form_no": row.form_no} | row.facts
    return str(words(SECTION)["causes"][row.cause].format(**facts))


@page(READ)
def booking(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """One booking: what customs says, why it disagrees, and what can be done."""
    found, say = Booking.objects.get(id=id), words(SECTION)
    return show(
        request, access, SECTION, "pages/declaring/booking.html", booking=found,
        cause=cause(found), next=say["nexts"].get(found.cause, "") if found.cause else "",
        heading=found.own_no, about=say["booking_about"], tabs=tabs("declaring_bookings"),
        is_open=found.state == DISAGREES, may_write=WRITE in access.scopes,
        may_cancel=found.kind == "list" and found.state == "booked",
        document=found.document_id and reverse("pages:customs_document", args=[found.document_id]),
    )  # fmt: skip


@form(WRITE)
def decide(request: HttpRequest, access: Access, id: UUID, what: str) -> HttpResponseBase:
    """Take a disagreement over, or have customs cancel a list; each with its reason."""
    found, say = Booking.objects.get(id=id), words(SECTION)
    given = ReasonForm(request.POST or None, say=say)
    back = reverse("pages:declaring_booking", args=[id])
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                _DOES[what](id, given.cleaned_data["reason"])
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["decided"][what].format(number=found.own_no))
            return redirect(back)
    return show(
        request, access, SECTION, "pages/form.html", form=given, submit=say["decisions"][what],
        heading=f"{found.own_no} · {say['decisions'][what]}", about=say["decision_abouts"][what],
        back=back, status=422 if given.errors else 200,
    )  # fmt: skip


@action(WRITE, "/declaring/bookings/")
def again(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Look again at what disagrees."""
    found = settling.look_again(id)
    say = words(SECTION)
    messages.success(request, say["looked"][found.state].format(number=found.own_no))
    return redirect("pages:declaring_booking", id)


@page(READ)
def merges(request: HttpRequest, access: Access) -> HttpResponseBase:
    """What waits to be merged, until when; and what became of the merges that were asked for."""
    say, today = words(SECTION), timezone.localdate()
    proposed = merging.proposed()
    return answer_several(
        request, access, SECTION, [_proposed(proposed, today), _merges(today)],
        "pages/declaring/merges.html", tabs=tabs("declaring_merges"), heading=say["merges"],
        about=say["merges_about"], may_write=WRITE in access.scopes, count=len(proposed),
    )  # fmt: skip


def _key(key: Any) -> str:
    return " · ".join(str(value) for value in key.values())


def _late(due_on: date, today: date) -> str:
    return str(words(SECTION)["late"]) if due_on < today else ""


def _proposed(rows: list[merging.Proposed], today: date) -> Table:
    columns = (
        Column("month", "code"), Column("due_on", "day"), Column("key", of=lambda r: _key(r.key)),
        Column("lists", "number"), Column("items", "number"),
        Column("alert", of=lambda row: _late(row.due_on, today)),
    )  # fmt: skip
    return several("proposed", columns, rows)


def _merges(today: date) -> Table:
    found: dict[UUID, lists.Told] = {}

    def look(rows: Any) -> None:
        found.update({each.merge.id: each for each in lists.told(rows, today)})

    columns = (
        Column("number", "code"),
        Column("month", "code"),
        Column("due_on", "day"),
        Column("key", of=lambda row: _key(row.key)),
        Column("lists", "number", of=lambda row: found[row.id].lists),
        Column("state", of=lambda row: outcome(found[row.id].state)),
        Column("form_no", "code", of=lambda row: found[row.id].form_no),
        Column("alert", of=lambda row: _late(row.due_on, today) if found[row.id].is_late else ""),
        Column(
            "again",
            of=lambda row: words(SECTION)["merge_again"] if _is_refused(found[row.id]) else "",
            to=lambda row: reverse("pages:declaring_merge_again", args=[row.id])
            if _is_refused(found[row.id]) else "",
        ),
    )  # fmt: skip
    return several("merged", columns, Merge.objects.all(), by=("-id",), before=look)


def _is_refused(told: lists.Told) -> bool:
    return told.state in REFUSED and not told.form_no


@form(WRITE)
def merge_again(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """Apply once more for a merge that was refused, with the lists that are still booked."""
    found, say = Merge.objects.get(id=id), words(SECTION)
    # It has no field: what is sent is empty.
    given = forms.DeskForm(request.POST if request.method == "POST" else None, say=say)
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                merging.merge_again(id)
        except NotReady as error:
            messages.error(request, "\n".join(each["text"] for each in missing(error.facts)))
            return redirect("pages:declaring_merges")
        except EntrepotError as error:
            given.refuse(error)
        else:
            messages.success(request, say["merged"].format(count=1))
            return redirect("pages:declaring_merges")
    return show(
        request, access, SECTION, "pages/form.html", form=given, submit=say["merge_again"],
        heading=f"{found.number} · {say['merge_again']}", about=say["merge_again_about"],
        back=reverse("pages:declaring_merges"), status=422 if given.errors else 200,
    )  # fmt: skip


@action(WRITE, "/declaring/merges/")
def merge(request: HttpRequest, access: Access) -> HttpResponse:
    """Apply for the merge of everything that waits."""
    say = words(SECTION)
    try:
        with transaction.atomic():
            made = merging.merge_open()
    except NotReady as error:
        messages.error(request, "\n".join(each["text"] for each in missing(error.facts)))
        return redirect("pages:declaring_merges")
    messages.success(request, say["merged"].format(count=len(made)))
    return redirect("pages:declaring_merges")


urlpatterns = [
    path("bookings/", bookings, name="declaring_bookings"),
    path("bookings/<uuid:id>/", booking, name="declaring_booking"),
    path("bookings/<uuid:id>/take-over/", decide, {"what": "take_over"},
         name="declaring_booking_take_over"),
    path("bookings/<uuid:id>/cancel/", decide, {"what": "cancel"},
         name="declaring_booking_cancel"),
    path("bookings/<uuid:id>/again", again, name="declaring_booking_again"),
    path("merges/", merges, name="declaring_merges"),
    path("merges/merge", merge, name="declaring_merge"),
    path("merges/<uuid:id>/again/", merge_again, name="declaring_merge_again"),
]  # fmt: skip
