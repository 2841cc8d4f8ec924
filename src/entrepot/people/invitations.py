# SPDX-License-Identifier: Apache-2.0
"""Invitations: a link that is shown once, ends by itself, and lets one address join."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from entrepot.errors import Refused
from entrepot.people import bearer
from entrepot.people.audit import record
from entrepot.people.models import Invitation, Membership, Profile, User
from entrepot.people.refusals import NotThere, TooMany, not_a_role, not_an_address, refuse_unfit
from entrepot.people.tenancy import acting, within

#: How long a link works, in days, unless said otherwise; and the most that may be said.
DAYS, MOST_DAYS = 7, 30
#: How many links of an enterprise may be open at a time.
MOST = 200


class MemberAlready(Refused):
    """Somebody who works here already."""

    code = "people.member_already"


class InvitationVoid(Refused):
    """A link that opens nothing, or nothing any more."""

    code = "people.invitation_void"


class InvitationForAnother(Refused):
    """A link for an address that is not the one of who signed in."""

    code = "people.invitation_for_another"


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation; its secret is known here and nowhere else."""

    id: UUID
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """What an open invitation offers, to whom."""

    enterprise: UUID
    name: str
    email: str
    role: str


def invite(email: str, role: str, days: int = DAYS) -> Invited:
    """Invite an address to this enterprise; an earlier invitation of it is withdrawn.

    Raises:
        Unfit: no address, no role, or days beyond 1 to 30.
        MemberAlready: whoever has this address works here.
        TooMany: as many invitations are open as may be.
    """
    email = email.strip().lower()
    asked = f"Cannot invite {email}." if not not_an_address(email) else "Cannot invite."
    refuse_unfit(
        asked,
        {
            "email": not_an_address(email),
            "role": not_a_role(role),
            "days": None if 1 <= days <= MOST_DAYS else f"1 to {MOST_DAYS}",
        },
    )
    if Membership.objects.filter(user__email=email).exists():
        raise _member_already(asked)
    for earlier in still_open().select_for_update().filter(email=email):
        _withdraw(earlier)
    if still_open().count() >= MOST:
        raise TooMany(
            asked, f"{MOST} invitations are open.", "Withdraw those not wanted.", most=MOST
        )
    secret, borne = bearer.issue(bearer.INVITATION, acting().enterprise)
    invitation = Invitation.objects.create(
        email=email,
        role=role,
        secret_hash=borne.hash,
        invited_by=acting().actor,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record("invitation.made", email, role=role, days=days, invitation=str(invitation.id))
    return Invited(invitation.id, secret)


def still_open() -> QuerySet[Invitation]:
    """The invitations of this enterprise that can be accepted."""
    return Invitation.objects.filter(
        accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
    )


def offer_of(secret: str) -> Offer | None:
    """What the bearer of a link is offered; nothing where it is not open."""
    borne = bearer.read(bearer.INVITATION, secret)
    if borne is None:
        return None
    with within(borne.enterprise):
        invitation = still_open().filter(secret_hash=borne.hash).first()
        if invitation is None or not borne.fits(bytes(invitation.secret_hash)):
            return None
        name = Profile.objects.values_list("name", flat=True).get()
    return Offer(borne.enterprise, name, invitation.email, invitation.role)


def accept_invitation(user: User, secret: str) -> UUID:
    """Join the enterprise that a link is of; say which.

    Raises:
        InvitationVoid: unknown, expired, withdrawn or accepted; all answer alike.
        InvitationForAnother: the person has another address than was invited.
        MemberAlready: the person works there already.
    """
    asked = "Cannot accept this invitation."
    void = InvitationVoid(asked, "The link opens nothing any more.", "Ask for a new one.")
    borne = bearer.read(bearer.INVITATION, secret)
    if borne is None:
        raise void
    with within(borne.enterprise, f"user:{user.pk}"):
        invitation = still_open().select_for_update().filter(secret_hash=borne.hash).first()
        if invitation is None or not borne.fits(bytes(invitation.secret_hash)):
            raise void
        if invitation.email != user.email.lower():
            raise InvitationForAnother(
                asked,
                f"It is for another address than {user.email}.",
                "Sign in with the address that was invited.",
            )
        _, is_new = Membership.objects.get_or_create(user=user, defaults={"role": invitation.role})
        if not is_new:
            raise _member_already(asked)
        invitation.accepted_at = timezone.now()
        invitation.save(update_fields=["accepted_at"])
        record("invitation.accepted", user.email, role=invitation.role, user=str(user.pk))
    return borne.enterprise


def withdraw(invitation: UUID) -> None:
    """Take an open invitation back.

    Raises:
        NotThere: the enterprise has no such invitation that is open.
    """
    found = still_open().select_for_update().filter(id=invitation).first()
    if found is None:
        raise NotThere(
            f"Cannot withdraw invitation {invitation}.",
            "There is no such invitation, or it is not open any more.",
            "Look it up among the open invitations of the enterprise.",
        )
    _withdraw(found)


def _withdraw(invitation: Invitation) -> None:
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    record("invitation.withdrawn", invitation.email, invitation=str(invitation.id))


def _member_already(asked: str) -> MemberAlready:
    return MemberAlready(asked, "They work here already.", "Change their role instead.")
