# SPDX-License-Identifier: Apache-2.0
"""API tokens: made by a person, shown once, narrower than its maker, with an end."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from entrepot.people import bearer
from entrepot.people.access import Access, NotAllowed
from entrepot.people.audit import record
from entrepot.people.models import ApiToken, Membership
from entrepot.people.refusals import NotThere, TooMany, not_a_line, refuse_unfit
from entrepot.people.roles import ROLES, SCOPES
from entrepot.people.tenancy import acting, within

LONGEST = timedelta(days=365)
#: How many an enterprise may have that work.
MOST = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A new token; its text is known here and nowhere else."""

    id: UUID
    text: str = field(repr=False)


def make_token(name: str, scopes: Collection[str], expires_at: datetime) -> Made:
    """Make a token for the enterprise of this transaction.

    Args:
        name: what it is for, in one line.
        scopes: what it may do, at least one, all of them its maker's.
        expires_at: when it ends, with a time zone, within a year.

    Raises:
        Unfit: with every fault.
        NotAllowed: a scope that the maker has not, or the maker is a token itself.
        TooMany: as many tokens work as may.
    """
    asked, now, given = "Cannot make a token.", timezone.now(), frozenset(scopes)
    is_aware = timezone.is_aware(expires_at)
    refuse_unfit(
        asked,
        {
            "name": not_a_line(name, 100),
            "scopes": None if given and given <= SCOPES.keys() else f"some of {', '.join(SCOPES)}",
            "expires_at": None
            if is_aware and now < expires_at <= now + LONGEST
            else f"a time, with its zone, within {LONGEST.days} days",
        },
    )
    maker, may = _maker()
    if beyond := sorted(given - may):
        raise NotAllowed(
            asked,
            f"Whoever makes it may not do this themselves: {', '.join(beyond)}.",
            "Leave these scopes out, or have an owner make it.",
            scope=beyond[0],
        )
    if working().count() >= MOST:
        raise TooMany(asked, f"{MOST} tokens work already.", "Revoke those not used.", most=MOST)
    text, borne = bearer.issue(bearer.TOKEN, acting().enterprise)
    token = ApiToken.objects.create(
        name=name,
        secret_hash=borne.hash,
        scopes=sorted(given),
        made_by_id=maker,
        expires_at=expires_at,
    )
    record(
        "token.made", name, token=str(token.id), scopes=token.scopes, until=expires_at.isoformat()
    )
    return Made(token.id, text)


def resolve(text: str) -> Access | None:
    """What the bearer of a token may do.

    Nothing, without a reason, where the text is malformed or unknown, or the token has expired,
    was revoked, or its maker may not sign in any more.
    """
    borne = bearer.read(bearer.TOKEN, text)
    if borne is None:
        return None
    today = timezone.now().date()
    # Apart from the transaction of the request: that it was used stays true if that is refused.
    with within(borne.enterprise):
        its = working().filter(secret_hash=borne.hash)
        token = its.annotate(is_demo=F("made_by__is_demo")).first()
        if token is None or not borne.fits(bytes(token.secret_hash)):
            return None
        if token.used_on != today:
            ApiToken.objects.filter(id=token.id).update(used_on=today)
    scopes = frozenset(token.scopes) & SCOPES.keys()
    return Access(borne.enterprise, f"token:{token.id}", scopes, is_demo=bool(token.is_demo))


def working() -> QuerySet[ApiToken]:
    """The tokens of this enterprise that open something."""
    return ApiToken.objects.filter(
        Q(made_by=None) | Q(made_by__is_active=True),
        revoked_at=None,
        expires_at__gt=timezone.now(),
    )


def revoke_token(token: UUID) -> None:
    """End a token now; one that has ended stays as it is.

    Raises:
        NotThere: the enterprise has no such token.
    """
    found = ApiToken.objects.select_for_update().filter(id=token).first()
    if found is None:
        raise NotThere(
            f"Cannot revoke token {token}.",
            "There is no such token.",
            "Look it up among the tokens of the enterprise.",
        )
    if found.revoked_at is None:
        _revoke(found)


def revoke_beyond(user: UUID, scopes: Collection[str]) -> None:
    """End the tokens of a person that may do more than the person may now."""
    for token in ApiToken.objects.select_for_update().filter(made_by=user, revoked_at=None):
        if not set(token.scopes) <= set(scopes):
            _revoke(token)


def _revoke(token: ApiToken) -> None:
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record("token.revoked", token.name, token=str(token.id))


def _maker() -> tuple[UUID | None, frozenset[str]]:
    """The person who acts, and what they may do; nobody, and everything, for the program."""
    kind, _, id = acting().actor.partition(":")
    if kind == "system":
        return None, frozenset(SCOPES)
    if kind != "user":
        raise NotAllowed(
            "Cannot make a token.",
            "A token asks for it, and would outlive itself.",
            "Sign in, and make it there.",
            scope="people.write",
        )
    # Held, so that a role that is changed meanwhile is seen by whoever changes it.
    role = (
        Membership.objects.select_for_update()
        .filter(user_id=id)
        .values_list("role", flat=True)
        .first()
    )
    return UUID(id), frozenset() if role is None else ROLES[role]
