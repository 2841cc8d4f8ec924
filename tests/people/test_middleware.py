# SPDX-License-Identifier: Apache-2.0
"""Callers of the API: who is known, in which enterprise, and what a refusal leaves behind."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from entrepot.people.access import CHOSEN, HEADER, needs
from entrepot.people.actions import open_enterprise, remove_member
from entrepot.people.models import AuditEntry, Membership
from entrepot.people.tenancy import within
from entrepot.people.tokens import make_token
from entrepot.people.walled import new_id
from tests.people.addresses import api

WHO, MARK = "/api/v1/who", "/api/v1/leave-a-mark"


@pytest.fixture
def token(owned, user) -> str:
    return token_of(owned, user, "book.read", "people.write")


def token_of(enterprise: UUID, user, *scopes: str) -> str:
    with within(enterprise, f"user:{user.pk}"):
        return make_token("ERP", scopes, timezone.now() + timedelta(days=1)).text


def bearing(token: str, **headers: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Authorization": f"Bearer {token}", **headers}}


def signed_in(user) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def in_enterprise(enterprise: object) -> dict[str, dict[str, str]]:
    return {"headers": {HEADER: str(enterprise)}}


def marks(enterprise: UUID) -> int:
    with within(enterprise):
        return AuditEntry.objects.filter(action="test.mark").count()


def test_a_token_says_who_and_where(owned, token):
    answer = Client(REMOTE_ADDR="192.0.2.7").get(WHO, **bearing(token)).json()

    assert answer["enterprise"] == str(owned)
    assert answer["actor"].startswith("token:")
    assert answer["address"] == "192.0.2.7"


def test_a_session_works_for_the_enterprise_that_is_named(owned, user):
    answer = signed_in(user).get(WHO, **in_enterprise(owned)).json()

    assert (answer["enterprise"], answer["actor"]) == (str(owned), f"user:{user.pk}")


def test_a_session_works_for_the_enterprise_that_was_chosen(owned, user):
    client = signed_in(user)
    session = client.session
    session[CHOSEN] = str(owned)
    session.save()

    assert client.get(WHO).json()["enterprise"] == str(owned)


def test_nobody_is_unknown(desk):
    assert Client().get(WHO).status_code == 401


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ent_x", "Basic eDp5", "Bearer é"])
def test_what_opens_nothing_is_unknown_whatever_the_session(owned, user, authorization):
    headers = {"Authorization": authorization, HEADER: str(owned)}

    assert signed_in(user).get(WHO, headers=headers).status_code == 401


def test_a_session_without_an_enterprise_is_unknown(owned, user):
    assert signed_in(user).get(WHO).status_code == 401


def test_an_enterprise_where_one_does_not_work_is_as_one_that_does_not_exist(user, new_user):
    other = open_enterprise("Another", new_user()).enterprise
    client = signed_in(user)

    answers = [
        client.get(WHO, **in_enterprise(each)) for each in (other, new_id(), "x", "0" * 5000)
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (401, answers[0].content)
    }


def test_work_ends_at_once(owned, user, new_user):
    other = new_user()
    with within(owned):
        Membership.objects.create(user=other, role="finance")
    client = signed_in(other)
    assert client.get(WHO, **in_enterprise(owned)).status_code == 200

    with within(owned):
        remove_member(other.pk)

    assert client.get(WHO, **in_enterprise(owned)).status_code == 401


def test_a_token_does_not_work_for_another_enterprise(owned, token, user, new_user):
    other = open_enterprise("Another", user).enterprise

    assert Client().get(WHO, **bearing(token, **{HEADER: str(owned)})).status_code == 200
    assert Client().get(WHO, **bearing(token, **{HEADER: str(other)})).status_code == 401


def test_who_is_known_and_lacks_the_scope_is_told(owned, user):
    answer = Client().post(MARK, **bearing(token_of(owned, user, "book.read")))

    assert answer.status_code == 403
    assert answer.json() == {"code": "people.not_allowed", "facts": {"scope": "people.write"}}
    assert marks(owned) == 0


@pytest.mark.parametrize(("status", "left"), [(200, 1), (204, 1), (302, 1), (400, 0), (409, 0)])
def test_what_is_refused_leaves_nothing_behind(owned, token, status, left):
    answer = Client().post(f"{MARK}?status={status}", **bearing(token))

    assert answer.status_code == status
    assert marks(owned) == left


def test_what_breaks_leaves_nothing_behind(owned, token):
    client = Client(raise_request_exception=False)

    assert client.post("/api/v1/break", **bearing(token)).status_code == 500
    assert marks(owned) == 0


def test_a_token_needs_no_proof_of_its_page(owned, token):
    client = Client(enforce_csrf_checks=True)

    assert client.post(MARK, **bearing(token)).status_code == 200


def test_a_session_needs_one(owned, user):
    client = signed_in(user)

    answer = client.post(MARK, **in_enterprise(owned))

    assert (answer.status_code, answer.json()["code"]) == (403, "people.forged")
    assert marks(owned) == 0


def test_a_session_with_one_is_let_through(owned, user):
    client = signed_in(user)
    client.get("/enterprises/")
    proof = client.cookies["csrftoken"].value

    answer = client.post(MARK, headers={HEADER: str(owned), "X-CSRFToken": proof})

    assert answer.status_code == 200
    assert marks(owned) == 1


def test_the_description_names_both_kinds_of_callers(desk):
    schema = api.get_openapi_schema()

    schemes = schema["components"]["securitySchemes"]
    assert schemes["BearerToken"]["scheme"] == "bearer"
    assert schemes["SessionCookie"] | {"description": ""} == {
        "type": "apiKey", "in": "cookie", "name": "sessionid", "description": "",
    }  # fmt: skip
    assert schema["paths"]["/api/v1/who"]["get"]["security"] == [
        {"BearerToken": []},
        {"SessionCookie": []},
    ]


def test_a_scope_that_is_none_is_a_mistake_of_ours():
    with pytest.raises(AssertionError):
        needs("book.burn")
