# SPDX-License-Identifier: Apache-2.0
"""API tokens: what they open, and that what opens nothing answers alike."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from entrepot.errors import Refused
from entrepot.people import tokens
from entrepot.people.actions import change_role, open_enterprise, remove_member
from entrepot.people.models import ApiToken, AuditEntry, Membership, User
from entrepot.people.tenancy import within
from entrepot.people.tokens import Made, make_token, resolve, revoke_token, working
from entrepot.people.walled import new_id


def soon(days: int = 30) -> datetime:
    return timezone.now() + timedelta(days=days)


def make(enterprise: UUID, user: User, *scopes: str) -> Made:
    with within(enterprise, f"user:{user.pk}"):
        return make_token("ERP", scopes or ["book.read"], soon())


@pytest.fixture
def made(owned, user) -> Made:
    return make(owned, user, "book.read", "book.post")


def count(enterprise: UUID) -> int:
    with within(enterprise):
        return ApiToken.objects.count()


def test_a_token_opens_what_it_was_made_for(owned, made):
    access = resolve(made.text)

    assert access is not None
    assert (access.enterprise, access.actor) == (owned, f"token:{made.id}")
    assert access.scopes == {"book.read", "book.post"}
    assert access.user is None


def test_only_a_hash_of_it_is_kept(owned, made):
    with within(owned):
        kept = str(vars(ApiToken.objects.get())) + str(list(AuditEntry.objects.values()))

    assert made.text not in kept
    assert made.text[4:] not in kept


def test_every_byte_of_it_counts(made):
    said = bytearray(urlsafe_b64decode(made.text[4:]))

    for place in range(len(said)):
        changed = said.copy()
        changed[place] ^= 1
        assert resolve("ent_" + urlsafe_b64encode(changed).decode()) is None


@pytest.mark.parametrize(
    "text", ["", "ent_", "ent_" + "A" * 64, "ent_" + "=" * 64, "ent_" + "é" * 64, "A" * 10_000]
)
def test_what_was_never_issued_opens_nothing(desk, text):
    assert resolve(text) is None


def test_text_around_it_opens_nothing(made):
    for text in (made.text + "A", made.text + "\n", made.text[:-1], "inv_" + made.text[4:]):
        assert resolve(text) is None


def test_an_expired_token_opens_nothing(owned, made):
    with within(owned):
        ApiToken.objects.update(expires_at=timezone.now())

    assert resolve(made.text) is None


def test_a_revoked_token_opens_nothing(owned, made):
    with within(owned, "user:1"):
        revoke_token(made.id)
        revoke_token(made.id)

    assert resolve(made.text) is None
    with within(owned):
        revoked = AuditEntry.objects.filter(action="token.revoked", actor="user:1").count()
        assert revoked == 1
        assert not working().exists()


def test_the_token_of_who_may_not_sign_in_opens_nothing(user, made):
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert resolve(made.text) is None


def test_another_enterprises_token_cannot_be_revoked(made, new_user):
    other = open_enterprise("Another", new_user()).enterprise

    for id in (made.id, new_id()):
        with pytest.raises(Refused) as caught, within(other):
            revoke_token(id)
        assert caught.value.code == "people.not_there"

    assert resolve(made.text) is not None


def test_that_it_was_used_is_written_once_a_day(owned, made):
    def used_on():
        with within(owned):
            return ApiToken.objects.get().used_on

    assert used_on() is None
    resolve(made.text)
    assert used_on() == timezone.now().date()
    with within(owned):
        before = ApiToken.objects.extra(select={"at": "xmin::text"}).get().at
        resolve(made.text)
        assert ApiToken.objects.extra(select={"at": "xmin::text"}).get().at == before


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("no name", {"name": ""}),
        ("two lines", {"name": "a\nb"}),
        ("no scope", {"scopes": []}),
        ("no such scope", {"scopes": ["book.burn"]}),
        ("ended", {"expires_at": timezone.now()}),
        ("more than a year", {"expires_at": timezone.now() + timedelta(days=366)}),
        ("no zone", {"expires_at": datetime(2027, 1, 1)}),  # noqa: DTZ001
    ],
)
def test_an_unfit_token_is_refused(owned, user, case, change):
    given = {"name": "ERP", "scopes": ["book.read"], "expires_at": soon()} | change

    with pytest.raises(Refused) as caught, within(owned, f"user:{user.pk}"):
        make_token(**given)

    assert caught.value.code == "people.unfit"
    assert len(caught.value.facts["faults"]) == 1
    assert count(owned) == 0


def test_a_token_may_do_at_most_what_its_maker_may(owned, new_user):
    customs = new_user()
    with within(owned):
        Membership.objects.create(user=customs, role="customs")

    with pytest.raises(Refused) as caught:
        make(owned, customs, "book.read", "people.write")

    assert caught.value.code == "people.not_allowed"
    assert caught.value.facts == {"scope": "people.write"}
    assert count(owned) == 0


def test_who_does_not_work_there_makes_none(owned, new_user):
    with pytest.raises(Refused) as caught:
        make(owned, new_user())

    assert caught.value.code == "people.not_allowed"


def test_a_token_makes_no_token(owned, made):
    with pytest.raises(Refused) as caught, within(owned, f"token:{made.id}"):
        make_token("More", ["book.read"], soon())

    assert caught.value.code == "people.not_allowed"
    assert count(owned) == 1


def test_there_are_only_so_many(owned, user, made, monkeypatch):
    monkeypatch.setattr(tokens, "MOST", 1)

    with pytest.raises(Refused) as caught:
        make(owned, user)

    assert caught.value.code == "people.too_many"


@pytest.mark.parametrize(
    ("case", "change", "still"),
    [
        ("removed", remove_member, []),
        ("less", lambda who: change_role(who, "partner"), ["narrow"]),
        ("as much", lambda who: change_role(who, "owner"), ["narrow", "wide"]),
    ],
)
def test_tokens_end_with_what_their_maker_may(owned, new_user, case, change, still):
    finance = new_user()
    with within(owned):
        Membership.objects.create(user=finance, role="finance")
    made = {
        "narrow": make(owned, finance, "book.read"),
        "wide": make(owned, finance, "book.read", "book.post"),
    }

    with within(owned):
        change(finance.pk)

    assert [name for name, token in made.items() if resolve(token.text)] == still
