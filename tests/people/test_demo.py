# SPDX-License-Identifier: Apache-2.0
"""The demo's account, whose password everybody knows, opens nothing but from this machine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from entrepot.people.actions import open_enterprise
from entrepot.people.loopback import is_loopback
from entrepot.people.tenancy import within
from entrepot.people.tokens import make_token
from tests.people.conftest import PASSWORD
from tests.people.test_signing_in import LOGIN, is_signed_in, sign_in

ELSEWHERE = "203.0.113.9"


@pytest.fixture
def demo(user):
    user.is_demo = True
    user.save(update_fields=["is_demo"])
    return user


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
def test_it_signs_in_on_this_machine(demo, address):
    browser = Client(REMOTE_ADDR=address)

    sign_in(browser, demo)

    assert is_signed_in(browser)


@pytest.mark.parametrize("address", [ELSEWHERE, "10.0.0.7", "::ffff:203.0.113.9", "2001:db8::7"])
def test_from_elsewhere_its_password_is_wrong(demo, address):
    browser = Client(REMOTE_ADDR=address)

    answer = sign_in(browser, demo)

    wrong = sign_in(Client(REMOTE_ADDR=address), demo, "not the password at all")
    assert not is_signed_in(browser)
    assert answer.status_code == wrong.status_code == 200
    assert answer.context["form"].errors == wrong.context["form"].errors


def test_a_session_ends_where_it_is_used_from_elsewhere(demo):
    browser = Client(REMOTE_ADDR="127.0.0.1")
    sign_in(browser, demo)
    assert is_signed_in(browser)

    assert browser.get("/", REMOTE_ADDR=ELSEWHERE).url.startswith(LOGIN)

    assert not is_signed_in(browser)


def test_other_accounts_sign_in_from_anywhere(user):
    browser = Client(REMOTE_ADDR=ELSEWHERE)

    sign_in(browser, user, PASSWORD)

    assert is_signed_in(browser)


def test_a_token_that_it_made_is_unknown_elsewhere(demo):
    enterprise = open_enterprise("Demo", demo).enterprise
    with within(enterprise, f"user:{demo.pk}"):
        token = make_token("till", ["people.read"], timezone.now() + timedelta(days=1)).text
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    assert Client(REMOTE_ADDR=ELSEWHERE, **bearer).get("/api/v1/members").status_code == 401
    assert Client(**bearer).get("/api/v1/members").status_code == 200


@pytest.mark.parametrize("name", ["X_FORWARDED_FOR", "FORWARDED", "X_REAL_IP"])
def test_what_a_proxy_hands_on_is_not_from_here(name):
    request = RequestFactory().get("/", **{f"HTTP_{name}": "127.0.0.1"})

    assert not is_loopback(request)


@override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1)
@pytest.mark.parametrize(("named", "is_here"), [("127.0.0.1", True), (ELSEWHERE, False)])
def test_a_proxy_that_is_trusted_is_believed(named, is_here):
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=named)

    assert is_loopback(request) is is_here


@pytest.mark.parametrize("address", ["", "unknown"])
def test_who_has_no_address_is_not_from_here(address):
    assert not is_loopback(RequestFactory().get("/", REMOTE_ADDR=address))
