# SPDX-License-Identifier: Apache-2.0
"""The enterprise and its people: what is known of it, who works here as what, who was invited."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import REFUSED, action, form, page, show
from entrepot.pages.frame import tabs as beside
from entrepot.pages.orders import marked
from entrepot.pages.table import Column, Table, answer
from entrepot.pages.wording import language, words
from entrepot.people import actions, invitations
from entrepot.people.access import Access
from entrepot.people.models import Membership, Profile
from entrepot.people.refusals import MOST_ADDRESS
from entrepot.people.roles import ROLES
from entrepot.web.telling import state_in_words, told

READ, WRITE = "people.read", "people.write"
#: The pages of the section, and the scope of each.
PAGES: Final = {
    "firm": READ,
    "firm_members": READ,
    "firm_invitations": READ,
    "firm_tokens": READ,
    "firm_webhooks": "webhooks.write",
    "firm_buyers": "orders.erase",
    "firm_audit": "audit.read",
    "firm_seals": "book.read",
}


def tabs(access: Access, here: str) -> list[dict[str, Any]]:
    """The pages of the section that somebody may see, beside each other."""
    seen = [name for name, scope in PAGES.items() if scope in access.scopes]
    return beside(words("firm"), here, *seen)


def at_fields(given: forms.DeskForm, error: EntrepotError) -> None:
    """Show each fault of a refusal at its field, and anything else above them."""
    faults = [each for each in told(error, language()).faults if each.get("field") in given.fields]
    if not faults:
        given.refuse(error)
    for each in faults:
        given.add_error(each["field"], words("firm")["expected"].format(each["expected"]))


class ProfileForm(forms.DeskForm):
    name = forms.text(200)
    time_zone = forms.text(
        64, widget=fields.TextInput(attrs={"list": "zones", "autocomplete": "off"})
    )


class RoleForm(forms.DeskForm):
    role = fields.ChoiceField()

    def __init__(self, access: Access, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role, state_in_words("role", role, language()))
            for role, scopes in ROLES.items()
            if scopes <= access.scopes
        ]


class InviteForm(RoleForm):
    email = fields.EmailField(max_length=MOST_ADDRESS)
    days = forms.quantity(1, invitations.MOST_DAYS, initial=invitations.DAYS)
    field_order = ("email", "role", "days")


@form(READ)
def firm(request: HttpRequest, access: Access) -> HttpResponse:
    """What is known of the enterprise; its name and time zone are changed here."""
    say, found, may_write = words("firm"), Profile.objects.get(), WRITE in access.scopes
    known = {"name": found.name, "time_zone": found.time_zone}
    given = ProfileForm(request.POST or None, say=say, initial=known)
    if request.method == "POST":
        access.need(WRITE)
        if given.is_valid():
            try:
                with transaction.atomic():
                    actions.change_enterprise(**given.cleaned_data)
            except EntrepotError as error:
                at_fields(given, error)
            else:
                messages.success(request, say["did"]["changed"])
                return redirect("pages:firm")
    return show(
        request, access, "firm", "pages/firm.html", tabs=tabs(access, "firm"), profile=found,
        form=given if may_write else None, zones=sorted(available_timezones()),
        status=REFUSED if given.errors else 200,
    )  # fmt: skip


def _name(member: Membership) -> str:
    return member.user.name or member.user.email


@page(READ)
def members(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Who works here, in the order in which they joined."""
    say = words("firm")
    columns = (
        Column("person", to=lambda row: reverse("pages:firm_member", args=[row.id]), of=_name),
        Column("email", of=lambda row: row.user.email),
        Column("role", "state", states="role"),
        Column("since", "moment"),
        Column("may_sign_in", "yes", of=lambda row: row.user.is_active),
    )
    table = Table("members", columns, Membership.objects.select_related("user"), by=("id",))
    return answer(
        request, access, "firm", table, "pages/firm_members.html",
        tabs=tabs(access, "firm_members"), heading=say["tabs"]["firm_members"],
        about=say["members_about"], may_write=WRITE in access.scopes,
    )  # fmt: skip


@form(READ)
def member(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Somebody who works here, and their role; what it allows."""
    say = words("firm")
    found = Membership.objects.select_related("user").get(id=id)
    may_write = WRITE in access.scopes and ROLES[found.role] <= access.scopes
    given = RoleForm(access, request.POST or None, say=say, initial={"role": found.role})
    if request.method == "POST":
        access.need(WRITE)
        access.need_role(found.role)
        if given.is_valid():
            try:
                with transaction.atomic():
                    actions.change_role(found.user.pk, given.cleaned_data["role"])
            except EntrepotError as error:
                given.refuse(error)
            else:
                messages.success(request, say["did"]["role"])
                return redirect("pages:firm_members")
    return show(
        request, access, "firm", "pages/firm_member.html", tabs=tabs(access, "firm_members"),
        member=found, heading=_name(found), about=say["member_about"],
        form=given if may_write else None,
        scopes=[say["scopes"][scope] for scope in say["scopes"] if scope in ROLES[found.role]],
        status=REFUSED if given.errors else 200,
    )  # fmt: skip


@action(WRITE, "/firm/members/")
def remove(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """End somebody's work here; their tokens end with it."""
    found = Membership.objects.select_related("user").get(id=id)
    access.need_role(found.role)
    actions.remove_member(found.user.pk)
    messages.success(request, words("firm")["did"]["removed"].format(_name(found)))
    return redirect("pages:firm_members" if found.user != access.user else "people_home")


@page(READ)
def invited(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Invitations that can be accepted still, the latest first."""
    say, may_write = words("firm"), WRITE in access.scopes
    actors: dict[str, str] = {}
    columns = (
        Column("email"),
        Column("role", "state", states="role"),
        Column("invited_by", of=lambda row: actors[row.invited_by]),
        Column("invited_at", "moment"),
        Column("expires_at", "moment"),
    )
    table = Table(
        "invitations", columns, invitations.still_open(), by=("-id",),
        choose="invitations" if may_write else "", more={"empty": say["none_invited"]},
        before=lambda items: actors.update(named({each.invited_by for each in items})),
    )  # fmt: skip
    return answer(
        request, access, "firm", table, "pages/firm_invitations.html",
        tabs=tabs(access, "firm_invitations"), heading=say["tabs"]["firm_invitations"],
        about=say["invitations_about"], may_write=may_write,
    )  # fmt: skip


@form(WRITE)
def invite(request: HttpRequest, access: Access) -> HttpResponse:
    """Invite an address; the link is said here and never again."""
    say = words("firm")
    given = InviteForm(access, request.POST or None, say=say)
    if request.method == "POST" and given.is_valid():
        asked = given.cleaned_data
        try:
            with transaction.atomic():
                access.need_role(asked["role"])
                made = invitations.invite(asked["email"], asked["role"], asked["days"])
        except EntrepotError as error:
            at_fields(given, error)
        else:
            link = request.build_absolute_uri(reverse("people_invitation", args=[made.secret]))
            return show(
                request, access, "firm", "pages/once.html", heading=say["invited"],
                about=say["once"], tabs=tabs(access, "firm_invitations"), secret=link,
                hint=say["link_hint"].format(asked["email"]),
                back=reverse("pages:firm_invitations"),
            )  # fmt: skip
    return show(
        request, access, "firm", "pages/form.html", form=given, heading=say["invite"],
        about=say["invite_about"], submit=say["invite"], back=reverse("pages:firm_invitations"),
        tabs=tabs(access, "firm_invitations"), status=REFUSED if given.errors else 200,
    )  # fmt: skip


@action(WRITE, "/firm/invitations/")
def withdraw(request: HttpRequest, access: Access) -> HttpResponse:
    """Take invitations back that are marked."""
    for id in marked(request, "invitations"):
        invitations.withdraw(id)
    messages.success(request, words("firm")["did"]["withdrawn"])
    return redirect("pages:firm_invitations")


urlpatterns = [
    path("", firm, name="firm"),
    path("members/", members, name="firm_members"),
    path("members/<uuid:id>/", member, name="firm_member"),
    path("members/<uuid:id>/remove", remove, name="firm_member_remove"),
    path("invitations/", invited, name="firm_invitations"),
    path("invitations/new/", invite, name="firm_invite"),
    path("invitations/withdraw", withdraw, name="firm_withdraw"),
]
