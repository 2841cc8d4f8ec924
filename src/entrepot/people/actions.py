# SPDX-License-Identifier: Apache-2.0
"""Open accounts and enterprises, and look after who works where.

Invitations and tokens have modules of their own beside this one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from stdnum.cn import uscc as uscc_number

from entrepot.errors import Refused
from entrepot.people.audit import record
from entrepot.people.invitations import invite
from entrepot.people.models import Enterprise, Membership, Profile, User
from entrepot.people.refusals import (
    NotThere,
    not_a_line,
    not_a_role,
    not_an_address,
    refuse_unfit,
)
from entrepot.people.roles import OWNER, ROLES
from entrepot.people.tenancy import seen_by, within
from entrepot.people.tokens import revoke_beyond
from entrepot.people.walled import new_id

KINDS = ("trading", "producing")


class LastOwner(Refused):
    """Who is the only owner of an enterprise stays one."""

    code = "people.last_owner"


class AccountThere(Refused):
    """An address that has an account."""

    code = "people.account_there"


@dataclass(frozen=True, slots=True)
class Opened:
    """A new enterprise, and the link for its owner where they have no account yet."""

    enterprise: UUID
    invitation: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Workplace:
    """An enterprise that a person works in, and their role there."""

    enterprise: UUID
    name: str
    role: str


def open_account(email: str, password: str, *, is_staff: bool = False) -> User:
    """Add a person whose address whoever runs the program vouches for.

    Everybody else gets an account by accepting an invitation.

    Raises:
        Unfit: no address.
        AccountThere: there is an account of this address.
        ValidationError: the password is one that no account may have.
    """
    email = email.strip().lower()
    refuse_unfit("Cannot open an account.", {"email": not_an_address(email)})
    with transaction.atomic():
        if User.objects.filter(email=email).exists():
            raise AccountThere(
                f"Cannot open an account for {email}.", "There is one.", "Sign in with it."
            )
        validate_password(password, User(email=email))
        user = User.objects.create_user(email, password, is_staff=is_staff, is_superuser=is_staff)
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def open_enterprise(
    name: str,
    owner: User | str,
    *,
    uscc: str = "",
    kind: str = "trading",
    time_zone: str = "Asia/Shanghai",
    currency: str = "CNY",
    actor: str = "system",
) -> Opened:
    """Open an enterprise with its first owner: a person, or an address to invite.

    Args:
        name: as it is registered.
        owner: a person, or an address; one whose owner has proven it joins at once.
        uscc: its unified social credit code, where it has one.
        kind: `trading` or `producing`.
        time_zone: where its days begin and end.
        currency: of its books, three letters.

    Raises:
        Unfit: with every fault.
    """
    uscc = uscc_number.compact(uscc)
    refuse_unfit(
        "Cannot open an enterprise.",
        {
            "name": not_a_line(name, 200),
            "owner": not_an_address(owner.strip()) if isinstance(owner, str) else None,
            "uscc": None
            if not uscc or uscc_number.is_valid(uscc)
            else "a unified social credit code of 18 characters, with its check digit",
            "kind": None if kind in KINDS else f"one of {', '.join(KINDS)}",
            "time_zone": _not_a_time_zone(time_zone),
            "currency": None if re.fullmatch("[A-Z]{3}", currency) else "three letters: CNY",
        },
    )
    user = owner if isinstance(owner, User) else _proven(owner)
    enterprise, secret = new_id(), None
    with within(enterprise, actor):
        Enterprise.objects.create(id=enterprise)
        Profile.objects.create(
            name=name, uscc=uscc, kind=kind, time_zone=time_zone, currency=currency
        )
        record("enterprise.opened", name, uscc=uscc, kind=kind)
        if user is not None:
            _join(user, OWNER)
        else:
            secret = invite(str(owner), OWNER).secret
    return Opened(enterprise, secret)


def change_enterprise(**given: str) -> Profile:
    """Change what is known of this enterprise.

    Args:
        given: `name`, `time_zone`, or both; what is left out stays.

    Raises:
        Unfit: with every fault.
    """
    checks = {"name": lambda name: not_a_line(name, 200), "time_zone": _not_a_time_zone}
    refuse_unfit(
        "Cannot change the enterprise.",
        {field: checks[field](value) for field, value in given.items()},
    )
    profile = Profile.objects.select_for_update().get()
    new = {field: value for field, value in given.items() if getattr(profile, field) != value}
    if new:
        before = {field: getattr(profile, field) for field in new}
        for field, value in new.items():
            setattr(profile, field, value)
        profile.save(update_fields=list(new))
        record("enterprise.changed", profile.name, before=before, now=new)
    return profile


def change_role(user: UUID, role: str) -> None:
    """Give somebody who works here another role; their tokens that it does not cover end.

    Raises:
        Unfit: there is no such role.
        NotThere: the person does not work here.
        LastOwner: the enterprise would have no owner.
    """
    asked = "Cannot change a role."
    refuse_unfit(asked, {"role": not_a_role(role)})
    membership = _held(user, asked, stays_owner=role == OWNER)
    if membership.role != role:
        before, membership.role = membership.role, role
        membership.save(update_fields=["role"])
        record("member.changed", membership.user.email, user=str(user), before=before, role=role)
        revoke_beyond(user, ROLES[role])


def remove_member(user: UUID) -> None:
    """End somebody's work here; their tokens end with it.

    Raises:
        NotThere: the person does not work here.
        LastOwner: the enterprise would have no owner.
    """
    membership = _held(user, "Cannot remove a member.", stays_owner=False)
    membership.delete()
    record("member.removed", membership.user.email, user=str(user), role=membership.role)
    revoke_beyond(user, ())


def enterprises_of(user: User) -> list[Workplace]:
    """Where a person works, by name."""
    with seen_by(user.pk):
        names = dict(Profile.objects.values_list("enterprise_id", "name"))
        roles = Membership.objects.filter(user=user).values_list("enterprise_id", "role")
        found = [Workplace(id, names[id], role) for id, role in roles]
    return sorted(found, key=lambda workplace: (workplace.name, workplace.enterprise))


def _not_a_time_zone(text: str) -> str | None:
    return None if text in available_timezones() else "a time zone such as Asia/Shanghai"


def _held(user: UUID, asked: str, *, stays_owner: bool) -> Membership:
    """A membership to change, with all owners held so that no two changes leave none."""
    held = Membership.objects.select_for_update(of=("self",)).select_related("user")
    owners = held.filter(role=OWNER, user__is_active=True).order_by("id")
    others = [owner for owner in owners if owner.user_id != user]
    membership = held.filter(user=user).first()
    if membership is None:
        raise NotThere(asked, "The person does not work here.", "Look them up among the members.")
    if membership.role == OWNER and not stays_owner and not others:
        raise LastOwner(
            asked,
            f"{membership.user.email} is the only owner.",
            "Make somebody else an owner first.",
        )
    return membership


def _join(user: User, role: str) -> None:
    Membership.objects.create(user=user, role=role)
    record("member.added", user.email, user=str(user.pk), role=role)


def _proven(email: str) -> User | None:
    """The person who has proven that an address is theirs."""
    email = email.strip().lower()
    return User.objects.filter(
        email=email, is_active=True, emailaddress__email=email, emailaddress__verified=True
    ).first()
