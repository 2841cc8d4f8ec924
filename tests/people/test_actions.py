# SPDX-License-Identifier: Apache-2.0
"""Enterprises and who works in them: what is done, what is refused, and what is written down."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import connection

from entrepot.errors import Refused
from entrepot.people.actions import (
    LastOwner,
    change_role,
    enterprises_of,
    open_account,
    open_enterprise,
    remove_member,
)
from entrepot.people.models import AuditEntry, Enterprise, Membership, Profile, User
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from entrepot.site.configuration import configuration

USCC = "91110000600037341L"


def add(enterprise: UUID, user: User, role: str) -> None:
    with within(enterprise):
        Membership.objects.create(user=user, role=role)


def roles(enterprise: UUID) -> dict[UUID, str]:
    with within(enterprise):
        return dict(Membership.objects.values_list("user_id", "role"))


def log(enterprise: UUID) -> list[tuple[str, str, str]]:
    with within(enterprise):
        return list(AuditEntry.objects.order_by("id").values_list("action", "about", "actor"))


def refused(enterprise: UUID, code: str, action: Callable[[], object]) -> Refused:
    """The refusal of an action, which must have changed nothing."""
    before = roles(enterprise), log(enterprise)
    with pytest.raises(Refused) as caught, within(enterprise):
        action()
    assert caught.value.code == code
    assert (roles(enterprise), log(enterprise)) == before
    return caught.value


def test_an_enterprise_opens_with_its_owner(user):
    opened = open_enterprise("Lanting Trading", user, uscc="9111 0000 6000 37341L")

    assert opened.invitation is None
    assert roles(opened.enterprise) == {user.pk: "owner"}
    with within(opened.enterprise):
        profile = Profile.objects.get()
    assert (profile.name, profile.uscc, profile.currency) == ("Lanting Trading", USCC, "CNY")
    assert log(opened.enterprise) == [
        ("enterprise.opened", "Lanting Trading", "system"),
        ("member.added", user.email, "system"),
    ]


def test_an_owner_without_an_account_is_invited(desk):
    opened = open_enterprise("Lanting Trading", "nobody@example.com")

    assert opened.invitation is not None
    assert roles(opened.enterprise) == {}
    assert [action for action, _, _ in log(opened.enterprise)] == [
        "enterprise.opened",
        "invitation.made",
    ]


def test_an_owner_who_has_proven_their_address_is_found_by_it(user):
    opened = open_enterprise("Lanting Trading", user.email.upper())

    assert roles(opened.enterprise) == {user.pk: "owner"}


def test_an_owner_who_has_not_proven_their_address_is_invited(user):
    EmailAddress.objects.filter(user=user).update(verified=False)

    assert open_enterprise("Lanting Trading", user.email).invitation is not None


def test_all_that_is_unfit_is_said_at_once(user):
    before = Enterprise.objects.count()

    with pytest.raises(Refused) as caught:
        open_enterprise(
            " ", "x", uscc=USCC[:-1] + "A", kind="bank", time_zone="Mars", currency="yuan"
        )

    assert caught.value.code == "people.unfit"
    assert [fault["field"] for fault in caught.value.facts["faults"]] == [
        "name", "owner", "uscc", "kind", "time_zone", "currency",
    ]  # fmt: skip
    assert Enterprise.objects.count() == before


def test_a_role_is_changed(owned, new_user):
    other = new_user()
    add(owned, other, "customs")

    with within(owned, "user:1"):
        change_role(other.pk, "finance")

    assert roles(owned)[other.pk] == "finance"
    assert log(owned)[-1] == ("member.changed", other.email, "user:1")


def test_a_member_is_removed(owned, new_user):
    other = new_user()
    add(owned, other, "customs")

    with within(owned, "user:1"):
        remove_member(other.pk)

    assert other.pk not in roles(owned)
    assert log(owned)[-1] == ("member.removed", other.email, "user:1")


def test_a_role_that_is_none_is_refused(owned, user):
    refused(owned, "people.unfit", lambda: change_role(user.pk, "emperor"))


@pytest.mark.parametrize("action", [remove_member, lambda user: change_role(user, "finance")])
def test_the_last_owner_stays_one(owned, user, action):
    refused(owned, "people.last_owner", lambda: action(user.pk))


@pytest.mark.parametrize("action", [remove_member, lambda user: change_role(user, "finance")])
def test_an_owner_who_may_not_sign_in_does_not_count(owned, user, new_user, action):
    other = new_user()
    add(owned, other, "owner")
    User.objects.filter(pk=other.pk).update(is_active=False)

    refused(owned, "people.last_owner", lambda: action(user.pk))


@pytest.mark.parametrize("action", [remove_member, lambda user: change_role(user, "finance")])
def test_a_member_of_another_enterprise_is_as_one_who_does_not_exist(owned, new_user, action):
    stranger = new_user()
    open_enterprise("Another", stranger)

    known = refused(owned, "people.not_there", lambda: action(stranger.pk))
    unknown = refused(owned, "people.not_there", lambda: action(new_id()))

    assert str(known) == str(unknown)


def test_two_owners_who_remove_each_other_leave_one(owned, user, new_user):
    other = new_user()
    add(owned, other, "owner")
    together, refusals = threading.Barrier(2), []

    def remove(who: UUID) -> None:
        try:
            with within(owned):
                together.wait(10)
                remove_member(who)
        except LastOwner as error:
            refusals.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=[who.pk]) for who in (user, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(refusals) == 1
    assert list(roles(owned).values()) == ["owner"]


def test_enterprises_are_those_where_a_person_works(user, new_user):
    mine = open_enterprise("B", user).enterprise
    theirs = open_enterprise("A", new_user()).enterprise
    add(theirs, user, "partner")
    open_enterprise("Not theirs", new_user())

    found = [(each.enterprise, each.name, each.role) for each in enterprises_of(user)]

    assert found == [(theirs, "A", "partner"), (mine, "B", "owner")]


def test_an_account_is_opened_with_a_proven_address(desk):
    email = f"{new_id().hex}@Example.com"

    user = open_account(email, "correct horse battery")

    assert user.email == email.lower()
    assert EmailAddress.objects.filter(user=user, verified=True, primary=True).exists()


def test_a_second_account_of_an_address_is_refused(user):
    with pytest.raises(Refused) as caught:
        open_account(user.email.upper(), "correct horse battery")

    assert caught.value.code == "people.account_there"


def test_an_account_without_a_good_password_is_refused(desk):
    with suppress(ValidationError):
        open_account("short@example.com", "short")

    assert not User.objects.filter(email="short@example.com").exists()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE people_auditentry SET actor = 'nobody'", "DELETE FROM people_auditentry",
     "TRUNCATE people_auditentry"],
)  # fmt: skip
def test_the_program_cannot_rewrite_the_audit_log(owned, statement):
    before = log(owned)

    with psycopg.connect(configuration().app) as app:
        app.execute("SELECT set_config('entrepot.enterprise', %s, true)", [str(owned)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement)

    assert log(owned) == before


def test_what_is_refused_is_not_in_the_audit_log(owned, user):
    before = log(owned)

    with pytest.raises(LastOwner), within(owned):
        change_role(user.pk, "finance")

    assert log(owned) == before
