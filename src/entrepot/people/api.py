# SPDX-License-Identifier: Apache-2.0
"""People for programs: who works here, who was invited, what programs may, who did what."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from entrepot.people import actions
from entrepot.people.access import Access, needs
from entrepot.people.invitations import DAYS, MOST_DAYS, invite, still_open, withdraw
from entrepot.people.models import ApiToken, AuditEntry, Invitation, Membership, Profile
from entrepot.people.refusals import MOST_ADDRESS
from entrepot.people.roles import SCOPES
from entrepot.people.tokens import LONGEST, make_token, revoke_token, working
from entrepot.web.api import shown_once
from entrepot.web.fields import Absent, Body, Day, Unasked, code, text, whole
from entrepot.web.paging import Page, Paging

READ, WRITE = "people.read", "people.write"

Role = Literal["owner", "finance", "customs", "operations", "warehouse", "partner"]
Scope = Literal[
    "book.read", "book.post", "masters.read", "masters.write", "inbound.read", "inbound.write",
    "customs.read", "customs.write",
    "orders.read", "orders.write", "orders.personal", "orders.erase",
    "floor.read", "floor.write", "floor.approve",
    "money.read", "money.write",
    "closes.read", "closes.write", "jobs.read", "jobs.write", "webhooks.write", "people.read",
    "people.write", "audit.read",
]  # fmt: skip
_LABEL: Final = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM: Final = "[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+"
Email = Annotated[
    str,
    StringConstraints(
        strict=True,
        max_length=MOST_ADDRESS,
        pattern=rf"^{_ATOM}(\.{_ATOM})*@({_LABEL}\.)+[A-Za-z]{{2,63}}$",
    ),
]
#: What a list is narrowed by: empty narrows nothing.
Narrow = Annotated[str, Field(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]


class EnterpriseOut(Schema):
    """What is known of an enterprise."""

    id: UUID = Field(validation_alias="enterprise_id")
    name: str
    uscc: str
    kind: Literal["trading", "producing"]
    time_zone: str
    currency: str


class EnterpriseChange(Body):
    """What is to be different; what is left out stays."""

    name: Absent[Annotated[str, code(200)]] = ""
    time_zone: Absent[Annotated[str, text(64, at_least=1)]] = ""


class MeOut(Schema):
    """Who calls, for which enterprise, and what they may do there."""

    actor: str = Field(description="`user:` or `token:` and an id, as the audit log says it.")
    name: str = Field(description="The address of a person, the name of a token.")
    role: Role | None = Field(description="The role of a person; a token has none.")
    scopes: list[Scope]
    expires_at: datetime | None = Field(description="When a token ends.")
    enterprise: EnterpriseOut


class MemberOut(Schema):
    """Somebody who works here."""

    user: UUID
    email: str
    name: str
    role: Role
    since: datetime
    is_active: bool = Field(description="Whether they may sign in.")


class RoleChange(Body):
    """The role that somebody is to have."""

    role: Role


class InvitationIn(Body):
    """Whom to invite."""

    email: Email
    role: Role
    days: Annotated[int, whole(1, MOST_DAYS)] = Field(DAYS, description="How long the link works.")


class InvitationOut(Schema):
    """Somebody who was asked to join, and has not done so yet."""

    id: UUID
    email: str
    role: Role
    invited_by: str
    invited_at: datetime
    expires_at: datetime


class InvitationMade(InvitationOut):
    """An invitation with its link, which is said here and never again."""

    secret: str
    link: str = Field(description="Where the invited person signs up, or joins when signed in.")


class TokenIn(Body):
    """A token to be made."""

    name: Annotated[str, code(100)] = Field(description="What it is for.")
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))]
    days: Annotated[int, whole(1, LONGEST.days)] = Field(description="How long it works.")


class TokenOut(Schema):
    """A token that works; its text is not kept."""

    id: UUID
    name: str
    scopes: list[Scope]
    made_by: str = Field(description="Its maker, as the audit log says it.")
    made_at: datetime
    expires_at: datetime
    used_on: date | None = Field(description="The last day that it was used on.")


class TokenMade(TokenOut):
    """A token with its text, which is said here and never again."""

    text: str


class AuditOut(Schema):
    """Somebody did something."""

    id: UUID
    at: datetime
    actor: str = Field(description="`user:` or `token:` and an id, or `system`.")
    action: str
    about: str
    facts: dict[str, Any]
    address: str | None


class AuditFilter(Paging):
    """Which entries. Days are those of the enterprise's time zone, both included."""

    actor: Narrow = ""
    action: Narrow = ""
    first: Unasked[Day] = None
    last: Unasked[Day] = None


whoami = Router(tags=["people"])
enterprise = Router(tags=["people"])
members = Router(tags=["people"])
invitations = Router(tags=["people"])
tokens = Router(tags=["people"])
log = Router(tags=["audit"])


@whoami.get("", response=MeOut, auth=needs(None))
def show_me(request: HttpRequest) -> dict[str, Any]:
    """Say who calls, for which enterprise, and what they may do there. Needs no scope."""
    access = _access(request)
    said: dict[str, Any] = {
        "actor": access.actor,
        "scopes": sorted(access.scopes),
        "enterprise": Profile.objects.get(),
    }
    if access.user is not None:
        role = Membership.objects.values_list("role", flat=True).get(user=access.user)
        return said | {"name": access.user.email, "role": role, "expires_at": None}
    token = ApiToken.objects.get(id=access.actor.removeprefix("token:"))
    return said | {"name": token.name, "role": None, "expires_at": token.expires_at}


@enterprise.get("", response=EnterpriseOut, auth=needs(READ))
def show_enterprise(request: HttpRequest) -> Profile:
    """Show what is known of the enterprise."""
    return Profile.objects.get()


@enterprise.patch("", response=EnterpriseOut, auth=needs(WRITE))
def change_enterprise(request: HttpRequest, body: EnterpriseChange) -> Profile:
    """Change the name or the time zone of the enterprise; its currency and kind stay.

    Answers 422 `people.unfit` with every fault.
    """
    return actions.change_enterprise(**body.model_dump(exclude_unset=True))


@members.get("", response=Page[MemberOut], auth=needs(READ))
def list_members(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List who works here, in the order in which they joined."""
    found = page.of(Membership.objects.select_related("user"), "id")
    return {**found, "items": [_member(each) for each in found["items"]]}


@members.patch("/{uuid:user}", response=MemberOut, auth=needs(WRITE))
def change_member(request: HttpRequest, user: UUID, body: RoleChange) -> dict[str, Any]:
    """Give somebody who works here another role. Tokens of theirs that it does not cover end.

    Answers 403 `people.not_allowed` where either role may do what the caller may not, 409
    `people.last_owner` where the enterprise would have no owner.
    """
    _access(request).need_role(body.role)
    _need_role_of(request, user)
    actions.change_role(user, body.role)
    return _member(Membership.objects.select_related("user").get(user=user))


@members.delete("/{uuid:user}", response={204: None}, auth=needs(WRITE))
def remove_member(request: HttpRequest, user: UUID) -> Status[None]:
    """End somebody's work here; their tokens end with it. What they did stays in the log.

    Answers 403 `people.not_allowed` where their role may do what the caller may not, 409
    `people.last_owner` where the enterprise would have no owner.
    """
    _need_role_of(request, user)
    actions.remove_member(user)
    return Status(204, None)


@invitations.get("", response=Page[InvitationOut], auth=needs(READ))
def list_invitations(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List invitations that can be accepted still, the latest first."""
    return page.of(still_open(), "-id")


@invitations.post("", response={201: InvitationMade}, auth=needs(WRITE))
@shown_once
def add_invitation(request: HttpRequest, body: InvitationIn) -> Status[dict[str, Any]]:
    """Invite an address; the answer is the only one that says the link. No mail is sent.

    An earlier invitation of the address is withdrawn. Answers 403 `people.not_allowed` where the
    role may do what the caller may not, 409 `people.member_already`, or 409 `people.too_many` when
    200 are open.
    """
    _access(request).need_role(body.role)
    made = invite(body.email, body.role, body.days)
    said = InvitationOut.from_orm(Invitation.objects.get(id=made.id)).model_dump()
    link = request.build_absolute_uri(reverse("people_invitation", args=[made.secret]))
    return Status(201, said | {"secret": made.secret, "link": link})


@invitations.delete("/{uuid:invitation}", response={204: None}, auth=needs(WRITE))
def withdraw_invitation(request: HttpRequest, invitation: UUID) -> Status[None]:
    """Take an invitation back that can be accepted still; its link opens nothing any more."""
    withdraw(invitation)
    return Status(204, None)


@tokens.get("", response=Page[TokenOut], auth=needs(READ))
def list_tokens(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List tokens that work, the latest first."""
    found = page.of(working(), "-id")
    return {**found, "items": [_token(each) for each in found["items"]]}


@tokens.post("", response={201: TokenMade}, auth=needs(WRITE))
@shown_once
def add_token(request: HttpRequest, body: TokenIn) -> Status[dict[str, Any]]:
    """Make a token; the answer is the only one that says its text.

    Only a person makes one, signed in, with scopes of their own: answers 403 `people.not_allowed`
    otherwise, to a token always. Answers 409 `people.too_many` when 200 work.
    """
    made = make_token(body.name, body.scopes, timezone.now() + timedelta(days=body.days))
    return Status(201, _token(ApiToken.objects.get(id=made.id)) | {"text": made.text})


@tokens.delete("/{uuid:token}", response={204: None}, auth=needs(WRITE))
def drop_token(request: HttpRequest, token: UUID) -> Status[None]:
    """Revoke a token: it opens nothing from now on. One that has ended stays as it is."""
    revoke_token(token)
    return Status(204, None)


@log.get("", response=Page[AuditOut], auth=needs("audit.read"))
def list_audit(request: HttpRequest, page: Query[AuditFilter]) -> dict[str, Any]:
    """List who did what, the latest first."""
    wanted = {"actor": page.actor, "action": page.action}
    found = AuditEntry.objects.filter(**{name: value for name, value in wanted.items() if value})
    if page.first or page.last:
        zone = ZoneInfo(Profile.objects.values_list("time_zone", flat=True).get())
        if page.first:
            found = found.filter(at__gte=datetime.combine(page.first, time.min, zone))
        if page.last:
            found = found.filter(at__lte=datetime.combine(page.last, time.max, zone))
    return page.of(found, "-at", "-id")


def _access(request: HttpRequest) -> Access:
    """The caller, as `needs` let them through."""
    access: Access = request.auth  # type: ignore[attr-defined]
    return access


def _need_role_of(request: HttpRequest, user: UUID) -> None:
    """Refuse where somebody may do what the caller may not; who does not work here is no matter."""
    for role in Membership.objects.filter(user=user).values_list("role", flat=True):
        _access(request).need_role(role)


def _member(found: Membership) -> dict[str, Any]:
    user = found.user
    return {
        "user": user.pk,
        "email": user.email,
        "name": user.name,
        "role": found.role,
        "since": found.since,
        "is_active": user.is_active,
    }


def _token(found: ApiToken) -> dict[str, Any]:
    named = ("id", "name", "scopes", "made_at", "expires_at", "used_on")
    made_by = f"user:{found.made_by_id}" if found.made_by_id else "system"
    return {name: getattr(found, name) for name in named} | {"made_by": made_by}


#: Where each router goes.
ROUTERS: Final = (
    ("/me", whoami),
    ("/enterprise", enterprise),
    ("/members", members),
    ("/invitations", invitations),
    ("/tokens", tokens),
    ("/audit", log),
)
