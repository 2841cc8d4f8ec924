# SPDX-License-Identifier: Apache-2.0
"""Who may what of people in the API: scopes, roles, and the wall to the enterprise beside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from entrepot.people.actions import change_role
from entrepot.people.invitations import invite
from entrepot.people.models import Membership
from entrepot.people.roles import ROLES, SCOPES
from entrepot.people.tenancy import within
from entrepot.people.tokens import make_token
from entrepot.people.walled import new_id
from tests.people.callers import Caller, answered, program, signed_in


@pytest.fixture(autouse=True, scope="module")
def addresses() -> Iterator[None]:
    """The addresses of the whole program, not those of the other tests of people."""
    with override_settings(ROOT_URLCONF="entrepot.site.urls"):
        yield


#: Fixed, since every process of pytest has to name the tests alike.
ID = UUID("01a216d6-8bef-7284-9414-591751fd3e37")
READING = [("get", "/enterprise"), ("get", "/members"), ("get", "/invitations"), ("get", "/tokens")]
WRITING = [
    ("patch", "/enterprise", {}),
    ("patch", f"/members/{ID}", {"role": "finance"}),
    ("delete", f"/members/{ID}", None),
    ("post", "/invitations", {"email": "a@example.com", "role": "partner"}),
    ("delete", f"/invitations/{ID}", None),
    ("post", "/tokens", {"name": "ERP", "scopes": ["book.read"], "days": 1}),
    ("delete", f"/tokens/{ID}", None),
]
ASKED = [
    *((method, path, None, "people.read") for method, path in READING),
    *((method, path, body, "people.write") for method, path, body in WRITING),
    ("get", "/audit", None, "audit.read"),
]


@pytest.mark.parametrize(("method", "path", "body", "scope"), ASKED)
def test_a_token_without_the_scope_is_refused(user, owned, method, path, body, scope):
    lacking = program(user, owned, *(SCOPES.keys() - {scope}))

    answer = lacking.ask(method, path, body)

    assert answered(answer) == (403, "people.not_allowed")
    assert answer.json()["facts"] == {"scope": scope}


@pytest.mark.parametrize("role", [role for role in ROLES if role != "owner"])
def test_only_owners_look_after_people_and_only_finance_reads_the_log_too(owned, join, role):
    somebody = signed_in(join(role), owned)

    for method, path, body, scope in ASKED:
        is_let = role == "finance" and scope == "audit.read"
        answer = somebody.ask(method, path, body)
        assert answer.status_code == (200 if is_let else 403), (method, path)
    assert somebody.ask("get", "/me").json()["role"] == role


@pytest.mark.parametrize(("method", "path", "body", "scope"), [*ASKED, ("get", "/me", None, "")])
def test_who_is_not_known_is_answered_401(desk, method, path, body, scope):
    nobody = Caller(Client(SERVER_NAME="localhost"))

    assert answered(nobody.ask(method, path, body)) == (401, "web.not_signed_in")


def test_a_program_neither_gives_nor_takes_a_role_that_may_more_than_it(user, owned, join):
    """A token that may look after people is not thereby an owner."""
    narrow = program(user, owned, "people.read", "people.write", *ROLES["partner"])
    partner, finance = join("partner"), join("finance")
    refused = [
        narrow.ask("post", "/invitations", {"email": "me@example.com", "role": "owner"}),
        narrow.ask("patch", f"/members/{partner.pk}", {"role": "owner"}),
        narrow.ask("patch", f"/members/{finance.pk}", {"role": "partner"}),
        narrow.ask("delete", f"/members/{finance.pk}"),
    ]

    assert [answered(answer) for answer in refused] == [(403, "people.not_allowed")] * 4
    with within(owned):
        roles = dict(Membership.objects.values_list("user", "role"))
    assert roles == {user.pk: "owner", partner.pk: "partner", finance.pk: "finance"}
    invited = narrow.ask("post", "/invitations", {"email": "bank@example.com", "role": "partner"})
    assert invited.status_code == 201
    assert narrow.ask("delete", f"/members/{partner.pk}").status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", "/members", {"role": "finance"}),
        ("delete", "/members", None),
        ("delete", "/invitations", None),
        ("delete", "/tokens", None),
    ],
)
def test_anothers_ids_answer_like_those_that_are_not_there(owner, elsewhere, method, path, body):
    theirs, them = elsewhere
    with within(theirs, f"user:{them.pk}"):
        change_role(them.pk, "owner")
        invitation = invite("a@example.com", "finance").id
        token = make_token("ERP", ["book.read"], timezone.now() + timedelta(days=1)).id
    id = {"/members": them.pk, "/invitations": invitation, "/tokens": token}[path]
    nobodys = new_id()

    answers = [owner.ask(method, f"{path}/{each}", body) for each in (id, nobodys)]

    assert [answered(answer) for answer in answers] == [(404, "people.not_there")] * 2
    told = [answer.content.decode().replace(str(id), str(nobodys)) for answer in answers]
    assert told[0] == told[1]


def test_nothing_of_another_enterprise_is_listed(owner, user, elsewhere):
    theirs, them = elsewhere
    with within(theirs, f"user:{them.pk}"):
        invite("a@example.com", "finance")
        make_token("ERP", ["book.read"], timezone.now() + timedelta(days=1))

    assert [each["user"] for each in owner.items("/members")] == [str(user.pk)]
    assert owner.items("/invitations") == owner.items("/tokens") == []
    assert {entry["about"] for entry in owner.items("/audit")} == {user.email, "Lanting Trading"}
