# SPDX-License-Identifier: Apache-2.0
"""Invitations: one link, one address, one enterprise, once."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from entrepot.errors import Refused
from entrepot.people import invitations
from entrepot.people.actions import enterprises_of, open_enterprise
from entrepot.people.invitations import (
    Offer,
    accept_invitation,
    invite,
    offer_of,
    still_open,
    withdraw,
)
from entrepot.people.models import AuditEntry, Invitation, Membership
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id


@pytest.fixture
def guest(new_user):
    return new_user()


@pytest.fixture
def secret(owned, guest) -> str:
    """The link by which `guest` may join `owned` in finance."""
    with within(owned, "user:1"):
        return invite(guest.email, "finance").secret


def members(enterprise: UUID) -> int:
    with within(enterprise):
        return Membership.objects.count()


def change(enterprise: UUID, **fields: object) -> None:
    with within(enterprise):
        Invitation.objects.update(**fields)


def test_an_invitation_is_accepted_once(owned, guest, secret):
    assert accept_invitation(guest, secret) == owned

    assert [each.role for each in enterprises_of(guest)] == ["finance"]
    with within(owned):
        entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor) == ("invitation.accepted", f"user:{guest.pk}")
    with pytest.raises(Refused) as caught:
        accept_invitation(guest, secret)
    assert caught.value.code == "people.invitation_void"


def test_it_says_what_is_offered(owned, guest, secret):
    assert offer_of(secret) == Offer(owned, "Lanting Trading", guest.email, "finance")


def test_only_a_hash_of_the_secret_is_kept(owned, secret):
    with within(owned):
        kept = Invitation.objects.get()

    assert len(bytes(kept.secret_hash)) == 32
    assert secret not in str(vars(kept))
    with within(owned):
        assert secret not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    "fields",
    [
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"withdrawn_at": timezone.now()},
        {"accepted_at": timezone.now()},
    ],
    ids=["expired", "withdrawn", "accepted"],
)
def test_a_link_that_is_not_open_is_as_one_that_never_was(owned, guest, secret, fields):
    change(owned, **fields)
    told = set()

    for text in (secret, "inv_" + "A" * 64, "inv_" + "é" * 64, "", "ent_" + secret[4:]):
        with pytest.raises(Refused) as caught:
            accept_invitation(guest, text)
        assert caught.value.code == "people.invitation_void"
        assert offer_of(text) is None
        told.add(str(caught.value))

    assert len(told) == 1
    assert members(owned) == 1


def test_a_link_is_for_the_address_that_was_invited(owned, secret, new_user):
    with pytest.raises(Refused) as caught:
        accept_invitation(new_user(), secret)

    assert caught.value.code == "people.invitation_for_another"
    assert members(owned) == 1


def test_a_link_moved_to_another_enterprise_opens_nothing(guest, secret, new_user):
    other = open_enterprise("Another", new_user()).enterprise
    moved = urlsafe_b64encode(other.bytes + urlsafe_b64decode(secret[4:])[16:]).decode()

    with pytest.raises(Refused) as caught:
        accept_invitation(guest, "inv_" + moved)

    assert caught.value.code == "people.invitation_void"
    assert members(other) == 1


def test_who_works_there_is_not_invited(owned, user):
    with pytest.raises(Refused) as caught, within(owned):
        invite(user.email.upper(), "finance")

    assert caught.value.code == "people.member_already"


def test_who_works_there_by_now_does_not_join_again(owned, guest, secret):
    with within(owned):
        Membership.objects.create(user=guest, role="partner")

    with pytest.raises(Refused) as caught:
        accept_invitation(guest, secret)

    assert caught.value.code == "people.member_already"
    assert [each.role for each in enterprises_of(guest)] == ["partner"]
    with within(owned):
        assert still_open().count() == 1


def test_a_new_invitation_takes_the_place_of_the_earlier(owned, guest, secret):
    with within(owned):
        later = invite(guest.email, "customs").secret

    assert offer_of(secret) is None
    assert accept_invitation(guest, later) == owned


def test_an_invitation_is_withdrawn(owned, secret):
    with within(owned, "user:1"):
        withdraw(still_open().get().id)
        entry = AuditEntry.objects.latest("id")

    assert (entry.action, entry.actor) == ("invitation.withdrawn", "user:1")
    assert offer_of(secret) is None


def test_what_is_not_open_cannot_be_withdrawn(owned, secret, new_user):
    with within(owned):
        id = still_open().get().id
    other = open_enterprise("Another", new_user()).enterprise

    for enterprise, invitation in ((other, id), (owned, new_id())):
        with pytest.raises(Refused) as caught, within(enterprise):
            withdraw(invitation)
        assert caught.value.code == "people.not_there"

    assert offer_of(secret) is not None


def test_all_that_is_unfit_is_said_at_once(owned):
    with pytest.raises(Refused) as caught, within(owned):
        invite("nobody", "emperor", days=31)

    assert [each["field"] for each in caught.value.facts["faults"]] == ["email", "role", "days"]


def test_there_are_only_so_many(owned, secret, monkeypatch):
    monkeypatch.setattr(invitations, "MOST", 1)

    with pytest.raises(Refused) as caught, within(owned):
        invite("one-more@example.com", "finance")

    assert caught.value.code == "people.too_many"
