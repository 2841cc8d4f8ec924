# SPDX-License-Identifier: Apache-2.0
"""People in the API: members, invitations, tokens, the enterprise and the audit log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from entrepot.jobs.models import Reply
from entrepot.people import api
from entrepot.people.audit import record
from entrepot.people.invitations import invite, offer_of
from entrepot.people.models import AuditEntry, Membership, Profile
from entrepot.people.roles import ROLES, SCOPES
from entrepot.people.tenancy import within
from entrepot.people.tokens import resolve
from entrepot.people.walled import new_id
from tests.people.callers import answered, program, signed_in


@pytest.fixture(autouse=True, scope="module")
def addresses() -> Iterator[None]:
    """The addresses of the whole program, not those of the other tests of people."""
    with override_settings(ROOT_URLCONF="entrepot.site.urls"):
        yield


def test_roles_and_scopes_of_the_api_are_all_there_are():
    assert get_args(api.Role) == tuple(ROLES)
    assert get_args(api.Scope) == tuple(SCOPES)


# Who calls.


def test_a_person_is_told_who_they_are(owner, user, owned):
    assert owner.ask("get", "/me").json() == {
        "actor": f"user:{user.pk}",
        "name": user.email,
        "role": "owner",
        "scopes": sorted(SCOPES),
        "expires_at": None,
        "enterprise": {
            "id": str(owned),
            "name": "Lanting Trading",
            "uscc": "",
            "kind": "trading",
            "time_zone": "Asia/Shanghai",
            "currency": "CNY",
        },
    }


def test_a_program_is_told_what_it_may_whatever_that_is(user, owned):
    said = program(user, owned, "book.read").ask("get", "/me").json()

    assert said["actor"].startswith("token:")
    assert (said["name"], said["role"], said["scopes"]) == ("ERP", None, ["book.read"])
    assert said["expires_at"] > timezone.now().isoformat()
    assert said["enterprise"]["id"] == str(owned)


# The enterprise.


def test_an_enterprise_is_shown_and_given_another_name_and_time_zone(owner, owned):
    answer = owner.ask("patch", "/enterprise", {"name": "兰亭贸易", "time_zone": "Europe/Berlin"})

    assert answer.status_code == 200
    assert owner.ask("get", "/enterprise").json() == answer.json()
    assert (answer.json()["name"], answer.json()["time_zone"]) == ("兰亭贸易", "Europe/Berlin")
    said = owner.items("/audit?action=enterprise.changed")
    assert [entry["facts"] for entry in said] == [
        {
            "before": {"name": "Lanting Trading", "time_zone": "Asia/Shanghai"},
            "now": {"name": "兰亭贸易", "time_zone": "Europe/Berlin"},
        }
    ]


@pytest.mark.parametrize("body", [{}, {"name": "Lanting Trading"}])
def test_an_enterprise_that_stays_as_it_is_leaves_nothing_in_the_log(owner, body):
    assert owner.ask("patch", "/enterprise", body).status_code == 200
    assert owner.items("/audit?action=enterprise.changed") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"time_zone": "Mars/Olympus"}, "people.unfit"),
        ({"name": "turned \u202e round"}, "people.unfit"),
        ({"name": ""}, "web.faulty"),
        ({"name": None}, "web.faulty"),
        ({"name": "x" * 201}, "web.faulty"),
        ({"currency": "EUR"}, "web.faulty"),
    ],
)
def test_an_unfit_enterprise_is_refused(owner, owned, body, code):
    assert answered(owner.ask("patch", "/enterprise", body)) == (422, code)
    with within(owned):
        assert Profile.objects.get().name == "Lanting Trading"


# Members.


def test_members_are_listed_as_they_joined(owner, user, join):
    joined = [user, *(join("customs") for _ in range(4))]

    listed = owner.items("/members")

    assert [each["email"] for each in listed] == [each.email for each in joined]
    assert listed[1] == {
        "user": str(joined[1].pk),
        "email": joined[1].email,
        "name": "",
        "role": "customs",
        "since": listed[1]["since"],
        "is_active": True,
    }
    assert owner.items("/members?limit=2") == listed[:2]


def test_a_member_gets_another_role_and_is_removed(owner, join):
    customs = join("customs")

    changed = owner.ask("patch", f"/members/{customs.pk}", {"role": "finance"})
    removed = owner.ask("delete", f"/members/{customs.pk}")

    assert (changed.status_code, changed.json()["role"]) == (200, "finance")
    assert (removed.status_code, removed.content) == (204, b"")
    assert str(customs.pk) not in [each["user"] for each in owner.items("/members")]


@pytest.mark.parametrize(("method", "body"), [("patch", {"role": "finance"}), ("delete", None)])
def test_the_only_owner_stays(owner, user, owned, method, body):
    answer = owner.ask(method, f"/members/{user.pk}", body)

    assert answered(answer) == (409, "people.last_owner")
    with within(owned):
        assert Membership.objects.get().role == "owner"


@pytest.mark.parametrize("body", [{}, {"role": "king"}, {"role": "owner", "scopes": []}])
def test_there_are_six_roles(owner, join, body):
    assert owner.ask("patch", f"/members/{join('customs').pk}", body).status_code == 422


# Invitations.


def test_an_invitation_says_its_link_once(owner, owned):
    answer = owner.ask("post", "/invitations", {"email": "Ana@Example.com", "role": "finance"})

    made = answer.json()
    assert answer.status_code == 201
    assert made["link"] == f"http://localhost/join/{made['secret']}/"
    offer = offer_of(made["secret"])
    assert (offer.enterprise, offer.email, offer.role) == (owned, "ana@example.com", "finance")
    [listed] = owner.items("/invitations")
    assert listed == {name: made[name] for name in listed}
    assert not {"secret", "link"} & listed.keys()
    assert made["expires_at"][:10] == str((timezone.now() + timedelta(days=7)).date())


def test_a_withdrawn_invitation_opens_nothing_and_is_not_listed(owner):
    made = owner.ask("post", "/invitations", {"email": "a@example.com", "role": "owner"}).json()

    assert owner.ask("delete", f"/invitations/{made['id']}").status_code == 204
    assert offer_of(made["secret"]) is None
    assert owner.items("/invitations") == []
    again = owner.ask("delete", f"/invitations/{made['id']}")
    assert answered(again) == (404, "people.not_there")


def test_who_works_here_is_not_invited(owner, user):
    answer = owner.ask("post", "/invitations", {"email": user.email, "role": "finance"})

    assert answered(answer) == (409, "people.member_already")


@pytest.mark.parametrize(
    "change",
    [
        {"email": "nobody"},
        {"email": "a@b"},
        {"email": "a b@example.com"},
        {"email": "a\n@example.com"},
        {"email": "a@" + "b" * 250 + ".com"},
        {"role": "king"},
        {"days": 0},
        {"days": 31},
        {"days": "7"},
        {"secret": "inv_"},
    ],
)
def test_an_unfit_invitation_is_refused(owner, change):
    body = {"email": "ana@example.com", "role": "finance", "days": 7} | change

    assert owner.ask("post", "/invitations", body).status_code == 422
    assert owner.items("/invitations") == []


# Tokens.


def test_a_person_makes_a_token_whose_text_is_said_once(owner, user, owned):
    body = {"name": "ERP", "scopes": ["book.read", "book.post"], "days": 30}

    answer = owner.ask("post", "/tokens", body)

    made = answer.json()
    assert answer.status_code == 201
    assert resolve(made["text"]).scopes == {"book.read", "book.post"}
    [listed] = owner.items("/tokens")
    assert "text" not in listed
    assert listed | {"used_on": None} == {name: made[name] for name in listed}
    assert (listed["made_by"], listed["used_on"]) == (f"user:{user.pk}", str(timezone.now().date()))


def test_the_page_of_the_description_lets_a_person_make_one(user, owned):
    browser = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    page = browser.get("/api/v1/docs").content.decode()
    [sent] = re.findall(r'data-csrf-token="(\w+)"', page)
    person = signed_in(user, owned, browser)
    body = {"name": "ERP", "scopes": ["book.read"], "days": 1}

    assert answered(person.ask("post", "/tokens", body)) == (403, "people.forged")
    assert person.ask("post", "/tokens", body, **{"X-CSRFToken": sent}).status_code == 201


def test_a_revoked_token_opens_nothing_and_is_not_listed(owner, user, owned):
    made = program(user, owned, "book.read")
    [listed] = owner.items("/tokens")

    answers = [owner.ask("delete", f"/tokens/{listed['id']}") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert made.ask("get", "/me").status_code == 401
    assert owner.items("/tokens") == []


def test_a_token_makes_no_token_and_is_told_why(user, owned):
    answer = program(user, owned).ask(
        "post", "/tokens", {"name": "More", "scopes": ["book.read"], "days": 1}
    )

    assert answered(answer) == (403, "people.not_allowed")
    assert answer.json()["found"] == "A token asks for it, and would outlive itself."
    assert answer.json()["remedy"] == "Sign in, and make it there."


def test_nobody_makes_a_token_that_may_more_than_they_may(owned, join, monkeypatch):
    monkeypatch.setitem(ROLES, "finance", ROLES["finance"] | {"people.write"})
    finance = signed_in(join("finance"), owned)
    body = {"name": "ERP", "scopes": ["webhooks.write"], "days": 1}

    answer = finance.ask("post", "/tokens", body)

    assert answered(answer) == (403, "people.not_allowed")
    assert answer.json()["facts"] == {"scope": "webhooks.write"}


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": " ERP"},
        {"name": "two\nlines"},
        {"scopes": []},
        {"scopes": ["book.burn"]},
        {"scopes": ["book.read"] * 99},
        {"days": 0},
        {"days": 366},
        {"days": 1.0},
        {"expires_at": "2030-01-01T00:00:00Z"},
    ],
)
def test_an_unfit_token_is_refused(owner, change):
    body = {"name": "ERP", "scopes": ["book.read"], "days": 1} | change

    assert owner.ask("post", "/tokens", body).status_code == 422
    assert owner.items("/tokens") == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/tokens", {"name": "ERP", "scopes": ["book.read"], "days": 1}),
        ("/invitations", {"email": "ana@example.com", "role": "finance"}),
        ("/webhooks", {"url": "https://example.com/", "events": ["job.done"]}),
    ],
)
def test_a_secret_is_not_kept_to_be_answered_again(owner, owned, path, body):
    asked = {"Idempotency-Key": new_id().hex}

    first, second = (owner.ask("post", path, body, **asked) for _ in range(2))

    assert first.status_code == 201
    assert answered(second) == (409, "jobs.reply_not_kept")
    assert len(owner.items(path)) == 1
    with within(owned):
        assert Reply.objects.get().body is None


# The audit log.


def noted(enterprise: UUID, action: str, at: datetime, actor: str = "system") -> None:
    with within(enterprise, actor):
        AuditEntry.objects.create(action=action, about="x", at=at, actor=actor)


def test_the_log_says_who_did_what_from_where_the_latest_first(owner, user, join):
    owner.ask("patch", f"/members/{join('customs').pk}", {"role": "finance"})

    latest, *_, first = owner.items("/audit")

    assert first["action"] == "enterprise.opened"
    assert latest["action"] == "member.changed"
    assert (latest["actor"], latest["address"]) == (f"user:{user.pk}", "127.0.0.1")
    assert (latest["facts"]["before"], latest["facts"]["role"]) == ("customs", "finance")


def test_the_log_is_narrowed_by_actor_and_action(owner, user, owned):
    program(user, owned, "book.read")
    with within(owned, "token:1"):
        record("token.made", "another")

    def found(query: str) -> list[str]:
        return [entry["about"] for entry in owner.items(f"/audit?{query}")]

    assert found("action=token.made") == ["another", "ERP"]
    assert found(f"action=token.made&actor=user:{user.pk}") == ["ERP"]
    assert found("actor=token:2") == []
    assert found("action=") == found("actor=") == ["another", "ERP", user.email, "Lanting Trading"]


def test_days_of_the_log_are_those_of_the_enterprise(owner, owned):
    """Shanghai is eight hours ahead: its day begins at 16:00 UTC of the day before."""
    for hour, minute in [(15, 59), (16, 0)]:
        noted(owned, f"at.{hour}", datetime(2026, 3, 1, hour, minute, tzinfo=UTC))

    def found(query: str) -> list[str]:
        return [entry["action"] for entry in owner.items(f"/audit?{query}")]

    assert found("last=2026-03-01") == ["at.15"]
    assert found("first=2026-03-02&last=2026-03-02") == ["at.16"]
    assert found("first=2026-03-01&last=2026-03-02") == ["at.16", "at.15"]
    assert found("first=0001-01-01&last=9999-12-31&action=at.16") == ["at.16"]
    assert found("first=2026-03-02&last=2026-03-01") == []


def test_the_log_comes_in_pages_without_gaps_though_moments_agree(owner, owned):
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(7):
        noted(owned, "same.moment", moment, f"token:{number}")

    seen, path = [], "/audit?action=same.moment&limit=3"
    cursor: str | None = ""
    while cursor is not None:
        page = owner.ask("get", f"{path}&cursor={cursor}").json()
        seen += [entry["actor"] for entry in page["items"]]
        cursor = page["next"]

    assert seen == [f"token:{number}" for number in reversed(range(7))]


@pytest.mark.parametrize(
    "query", ["actor=%00", "action=" + "x" * 61, "first=yesterday", "last=2026-13-01", "who=me"]
)
def test_an_unfit_filter_of_the_log_is_refused(owner, query):
    assert owner.ask("get", f"/audit?{query}").status_code == 422


@pytest.mark.parametrize("path", ["/members", "/invitations", "/tokens", "/audit"])
def test_a_list_asks_the_database_as_often_for_many_rows_as_for_one(owner, user, owned, join, path):
    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            owner.items(path)
        return len(caught.captured_queries)

    def add(number: int) -> None:
        join("customs")
        program(user, owned, "book.read")
        with within(owned):
            invite(f"a{number}@example.com", "finance")

    add(1)
    of_one = statements()
    for number in range(2, 6):
        add(number)

    assert statements() == of_one
