# SPDX-License-Identifier: Apache-2.0
"""People and access on pages: roles, invitations, tokens, webhooks, the log, the seals."""

from __future__ import annotations

import re

import pytest

from entrepot.jobs.events import Event
from entrepot.jobs.models import DELIVERED, Delivery, Webhook
from entrepot.jobs.webhooks import emit
from entrepot.ledger.sealing import seal_all
from entrepot.pages.wording import read
from entrepot.people.models import ApiToken, Invitation, Membership, Profile
from entrepot.people.roles import SCOPES
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import A1, open_floor, stock

XSS = "<img src=x onerror=y>"


@pytest.fixture
def owner(desk: None) -> Person:
    return new_person()


def secret_in(text: str) -> str:
    found = re.search(r'<code class="copied">([^<]+)</code>', text)
    assert found
    return found[1]


def test_every_scope_has_its_words():
    for language in ("en", "zh"):
        assert read("firm", language)["scopes"].keys() == SCOPES.keys()
    assert dict(read("firm", "en")["scopes"]) == SCOPES


def test_name_and_time_zone_change_and_faults_are_said_at_their_fields(owner):
    refused = owner.post("/firm/", {"name": XSS, "time_zone": "Mars/Base"})
    assert refused.status_code == 409
    assert XSS not in refused.content.decode()

    owner.post("/firm/", {"name": "Lanting & Sons", "time_zone": "Europe/Berlin"})

    with owner.within():
        assert Profile.objects.get().time_zone == "Europe/Berlin"
    assert "Lanting &amp; Sons" in owner.text("/firm/", "zh-hans")


def test_a_role_changes_a_member_is_removed_and_the_last_owner_stays(owner):
    other = new_person("finance", owner.enterprise)
    with owner.within():
        mine = Membership.objects.get(user=owner.user).id
        theirs = Membership.objects.get(user=other.user).id

    refused = owner.post(f"/firm/members/{mine}/", {"role": "partner"})
    assert refused.status_code == 409
    assert "only owner" in refused.content.decode()
    said = owner.post(f"/firm/members/{mine}/remove", follow=True)
    assert "only owner" in said.content.decode()
    owner.post(f"/firm/members/{theirs}/", {"role": "customs"})
    assert "关务" in owner.text("/firm/members/", "zh-hans")
    owner.post(f"/firm/members/{theirs}/remove")
    with owner.within():
        assert Membership.objects.count() == 1


def test_an_invitation_s_link_is_shown_once_works_and_is_withdrawn(owner):
    made = owner.post("/firm/invitations/new/", {"email": "a@b.example", "role": "customs",
                                                 "days": "3"})  # fmt: skip
    link = secret_in(made.content.decode())

    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    assert link.split("/")[-2] not in owner.text("/firm/invitations/")
    path = link.removeprefix("http://localhost")
    assert "a@b.example" in owner.client.get(path, follow=True).content.decode()
    with owner.within():
        id = Invitation.objects.get().id
    owner.post("/firm/invitations/withdraw", {"invitations": [str(id)]})
    assert "a@b.example" not in owner.text("/firm/invitations/")


def test_a_token_is_shown_once_with_its_scopes_and_revoked(owner):
    made = owner.post("/firm/tokens/new/", {"name": XSS, "days": "5",
                                            "scopes": ["book.read", "jobs.read"]})  # fmt: skip
    text = secret_in(made.content.decode())
    listed = owner.text("/firm/tokens/")

    assert text not in listed
    assert XSS not in listed
    assert "book.read, jobs.read" in listed
    bearer = {"Authorization": f"Bearer {text}"}
    me = owner.client.get("/api/v1/me", headers=bearer).json()
    assert me["scopes"] == ["book.read", "jobs.read"]
    with owner.within():
        id = ApiToken.objects.get().id
    owner.post("/firm/tokens/revoke", {"tokens": [str(id)]})
    assert owner.client.get("/api/v1/me", headers=bearer).status_code == 401


def test_a_webhook_is_added_told_and_sent_again(owner):
    refused = owner.post("/firm/webhooks/new/", {"url": "http://10.0.0.1/", "events": "job.done"})
    assert refused.status_code == 409
    made = owner.post(
        "/firm/webhooks/new/", {"url": "https://erp.example/hook", "events": ["job.done"]}
    )
    secret = secret_in(made.content.decode())
    with owner.within():
        emit(Event.JOB_DONE, {"job": "1"})
        hook = Webhook.objects.get()
        Delivery.objects.update(state=DELIVERED, status=500, answer=XSS)
        delivery = Delivery.objects.get()
    at = f"/firm/webhooks/{hook.id}/"
    text = owner.text(at)

    assert secret not in text
    assert XSS not in text
    assert "&lt;img" in text
    owner.post(f"{at}replay", {"deliveries": [str(delivery.id)]})
    with owner.within():
        assert Delivery.objects.get().state == "pending"
    owner.post(at, {"url": hook.url, "events": ["job.failed"]})
    assert "Switched off" in owner.text(at)
    owner.post(f"{at}remove")
    assert owner.get(at).status_code == 404


def test_the_log_is_narrowed_by_actor_action_and_day_and_exported(owner):
    owner.post("/firm/", {"name": XSS, "time_zone": "Europe/Berlin"})
    listed = owner.text(f"/firm/audit/?actor=user:{owner.user.pk}&action=enterprise.changed")

    assert XSS not in listed
    assert "&lt;img" in listed
    assert "Nothing is like that" in owner.text("/firm/audit/?action=member.removed")
    assert "Nothing is like that" in owner.text("/firm/audit/?last=2020-01-01")
    file = b"".join(owner.get("/firm/audit/?export=csv").streaming_content).decode("utf-8-sig")
    assert "enterprise changed" in file
    assert "127.0.0.1" in file
    assert "修改企业资料" in owner.text("/firm/audit/", "zh-hans")


def test_seals_show_the_chain_and_the_documents_under_each(owner):
    open_floor(owner.enterprise)
    stock(owner.enterprise, A1, 5)
    stock(owner.enterprise, A1, 5)
    links = seal_all(owner.enterprise)

    assert links[-1].chain.hex() in owner.text("/firm/seals/")
    page = owner.text(f"/firm/seals/{links[0].number}/", "zh-hans")
    assert links[0].root.hex() in page
    assert page.count("/movements/0") == links[0].documents
    assert owner.get("/firm/seals/99/").status_code == 404


@pytest.mark.parametrize("role", ["finance", "partner"])
def test_who_may_not_sees_and_changes_nothing(owner, role):
    other = new_person(role, owner.enterprise)

    for path in ("", "members/", "tokens/", "webhooks/", "invitations/new/", "tokens/new/"):
        assert other.get(f"/firm/{path}").status_code == 409, path
    assert (other.get("/firm/audit/").status_code == 200) == (role == "finance")
    assert ('href="/firm/audit/" data-go="e"' in other.text("/today/")) == (role == "finance")
    other.post("/firm/tokens/new/", {"name": "x", "days": "5", "scopes": ["book.read"]})
    other.post("/firm/invitations/new/", {"email": "a@b.example", "role": "owner", "days": "3"})
    with owner.within():
        assert not ApiToken.objects.exists()
        assert not Invitation.objects.exists()


def test_another_enterprise_s_rows_are_not_there(owner):
    other = new_person()
    with other.within():
        theirs = Membership.objects.get().id

    assert owner.get(f"/firm/members/{theirs}/").status_code == 404
    assert owner.post(f"/firm/members/{theirs}/remove").status_code == 404
