# SPDX-License-Identifier: Apache-2.0
"""Sign-in as people meet it: pages, asked by a browser that Django's tests bring."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from entrepot.people.actions import enterprises_of, open_enterprise
from entrepot.people.invitations import InvitationVoid, invite
from entrepot.people.models import User
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from tests.people.conftest import PASSWORD
from tests.people.passkey import Passkey

LOGIN, SIGNUP, JOIN = "/account/login/", "/account/signup/", "/join/"


def sign_in(browser: Client, user: User, password: str = PASSWORD, **more: str):
    return browser.post(LOGIN, {"login": user.email, "password": password, **more})


def confirm(browser: Client) -> None:
    """Say again who it is, as changes of security ask."""
    browser.post("/account/reauthenticate/", {"password": PASSWORD})


def set_up_app(browser: Client) -> str:
    """Set up an authenticator app with the code of the step before this one; its secret."""
    confirm(browser)
    page = browser.get("/account/2fa/totp/activate/")
    secret = page.context["form"].secret
    browser.post("/account/2fa/totp/activate/", {"code": code_now(secret, -1)})
    return secret


def code_now(secret: str, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def is_signed_in(browser: Client) -> bool:
    return browser.get("/enterprises/").status_code == 200


@pytest.fixture
def enrolled(browser, user) -> str:
    """The secret of an authenticator app that `user` has set up, signed out again."""
    sign_in(browser, user)
    secret = set_up_app(browser)
    browser.post("/account/logout/")
    return secret


@pytest.fixture
def invited(owned) -> tuple[str, str]:
    """An address without an account, and the secret of its invitation."""
    email = f"{new_id().hex}@example.com"
    with within(owned):
        return email, invite(email, "warehouse").secret


def signing_up(email: str, **more: str) -> dict[str, str]:
    given = {"name": "Wang Fang", "password1": PASSWORD, "password2": PASSWORD}
    return {"email": email, **given, **more}


def test_nobody_is_sent_to_sign_in(desk, browser):
    assert browser.get("/enterprises/").url == f"{LOGIN}?next=/enterprises/"


def test_a_person_signs_in_with_their_password(browser, user, owned):
    assert sign_in(browser, user).url == "/"

    assert "Lanting Trading" in browser.get("/enterprises/").text


def test_a_wrong_password_and_an_unknown_address_answer_alike(browser, user):
    known = sign_in(browser, user, "wrong")
    unknown = sign_in(browser, User(email="nobody@example.com"), "wrong")

    assert known.context["form"].errors == unknown.context["form"].errors
    assert known.status_code == unknown.status_code == 200
    assert not is_signed_in(browser)


def test_who_was_made_inactive_does_not_sign_in(browser, user):
    User.objects.filter(pk=user.pk).update(is_active=False)

    sign_in(browser, user)

    assert not is_signed_in(browser)


def test_guessing_is_stopped(browser, user):
    for _ in range(5):
        sign_in(browser, user, "wrong")

    answer = sign_in(browser, user)

    assert "Too many failed login attempts" in answer.text
    assert not is_signed_in(browser)


def test_asking_too_often_is_stopped_from_one_address(browser, user):
    answers = [
        browser.post(LOGIN, {"login": f"{n}@example.com", "password": ""}) for n in range(31)
    ]

    assert [answer.status_code for answer in answers] == [200] * 30 + [429]


def test_the_way_on_leads_nowhere_else(browser, user):
    assert sign_in(browser, user, next="https://elsewhere.example/").url == "/"


def test_signing_in_asks_for_the_second_factor(browser, user, enrolled):
    assert sign_in(browser, user).url == "/account/2fa/authenticate/"
    assert not is_signed_in(browser)

    wrong = browser.post("/account/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert not is_signed_in(browser)

    browser.post("/account/2fa/authenticate/", {"code": code_now(enrolled)})
    assert is_signed_in(browser)


def test_a_code_works_once(browser, user, enrolled):
    code = code_now(enrolled)
    sign_in(browser, user)
    browser.post("/account/2fa/authenticate/", {"code": code})
    assert is_signed_in(browser)
    browser.post("/account/logout/")

    sign_in(browser, user)
    browser.post("/account/2fa/authenticate/", {"code": code})

    assert not is_signed_in(browser)


def test_a_recovery_code_stands_in_for_the_app_once(browser, user, enrolled):
    kept = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    code = kept.wrap().generate_codes()[0]
    outcomes = []

    for _ in range(2):
        sign_in(browser, user)
        browser.post("/account/2fa/authenticate/", {"code": code})
        outcomes.append(is_signed_in(browser))
        browser.post("/account/logout/")

    assert outcomes == [True, False]


def test_the_secret_of_the_app_is_sealed_in_the_database(user, enrolled):
    kept = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)

    assert enrolled not in str(kept.data)


def test_a_passkey_signs_in_by_itself(browser, user):
    sign_in(browser, user)
    confirm(browser)
    page = browser.get("/account/2fa/webauthn/add/")
    passkey = Passkey("http://testserver")
    browser.post(
        "/account/2fa/webauthn/add/",
        {
            "name": "Laptop",
            "passwordless": "on",
            "credential": json.dumps(passkey.make(page.context["js_data"]["creation_options"])),
        },
    )
    browser.post("/account/logout/")
    assert not is_signed_in(browser)

    path = "/account/2fa/webauthn/login/"
    asked = browser.get(path, headers={"X-Requested-With": "XMLHttpRequest"}).json()
    request = asked["request_options"]
    assert request["publicKey"]["userVerification"] == "required"
    browser.post(path, {"credential": json.dumps(passkey.answer(request))})

    assert is_signed_in(browser)


def test_another_passkey_does_not(browser, user):
    path = "/account/2fa/webauthn/login/"
    asked = browser.get(path, headers={"X-Requested-With": "XMLHttpRequest"}).json()
    stranger = Passkey("http://testserver", str(user.pk).encode())

    browser.post(path, {"credential": json.dumps(stranger.answer(asked["request_options"]))})

    assert not is_signed_in(browser)


@pytest.mark.parametrize("path", ["/account/2fa/totp/activate/", "/account/2fa/webauthn/add/"])
def test_a_change_of_security_asks_who_it_is_again(browser, user, path):
    sign_in(browser, user)

    answer = browser.get(path)

    assert answer.url.startswith("/account/reauthenticate/")


def test_the_list_of_sessions_signs_the_others_out(browser, user):
    elsewhere = Client(REMOTE_ADDR="192.0.2.9", HTTP_USER_AGENT="Elsewhere")
    sign_in(elsewhere, user)
    sign_in(browser, user)
    assert "Elsewhere" in browser.get("/account/sessions/").text

    browser.post("/account/sessions/")

    assert is_signed_in(browser)
    assert not is_signed_in(elsewhere)


def test_a_new_password_signs_the_others_out(browser, user):
    elsewhere = Client(REMOTE_ADDR="192.0.2.10")
    sign_in(elsewhere, user)
    sign_in(browser, user)
    new = "another good phrase"

    browser.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert is_signed_in(browser)
    assert not is_signed_in(elsewhere)
    assert mail.outbox[-1].to == [user.email]


def test_a_forgotten_password_is_set_anew_by_mail(browser, user):
    browser.post("/account/password/reset/", {"email": user.email})
    link = re.search(r"http://[^/]+(/\S+)", mail.outbox[-1].body)[1]
    form = browser.get(link, follow=True)
    new = "another good phrase"

    browser.post(form.request["PATH_INFO"], {"password1": new, "password2": new})

    sign_in(browser, user, new)
    assert is_signed_in(browser)


def test_asking_for_a_new_password_tells_nothing_of_accounts(browser, user):
    known = browser.post("/account/password/reset/", {"email": user.email})
    unknown = browser.post("/account/password/reset/", {"email": "nobody@example.com"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_sign_up_is_closed(desk, browser):
    email = f"{new_id().hex}@example.com"

    page, posted = browser.get(SIGNUP), browser.post(SIGNUP, signing_up(email))

    assert "Accounts are opened by invitation" in page.text
    assert "Accounts are opened by invitation" in posted.text
    assert not User.objects.filter(email=email).exists()


def test_a_link_that_opens_nothing_says_so(desk, browser):
    answer = browser.get(f"{JOIN}inv_{'A' * 64}/", follow=True)

    assert answer.status_code == 404
    assert "This link opens nothing any more" in answer.text


def test_a_link_that_was_never_issued_is_not_kept(desk, browser):
    browser.get(f"{JOIN}{'A' * 3000}/")

    assert "invitation" not in browser.session


def test_an_invitation_is_accepted_by_opening_an_account(browser, owned, invited):
    email, secret = invited
    answer = browser.get(f"{JOIN}{secret}/", follow=True)
    assert "Lanting Trading" in answer.text
    assert secret not in answer.text

    answer = browser.post(SIGNUP, signing_up(email))
    assert answer.url == "/account/confirm-email/"
    assert not is_signed_in(browser)
    code = re.search(r"^\s*([A-Z0-9-]{6,})\s*$", mail.outbox[-1].body, re.MULTILINE)[1]
    browser.post("/account/confirm-email/", {"code": code})

    user = User.objects.get(email=email)
    assert is_signed_in(browser)
    assert user.name == "Wang Fang"
    assert [(each.enterprise, each.role) for each in enterprises_of(user)] == [(owned, "warehouse")]


def test_whoever_has_the_link_cannot_take_another_address(browser, owned, invited):
    email, secret = invited
    browser.get(f"{JOIN}{secret}/")
    other = f"{new_id().hex}@example.com"

    browser.post(f"{SIGNUP}?email={other}", signing_up(other))

    assert not User.objects.filter(email=other).exists()
    assert not EmailAddress.objects.filter(email=other).exists()
    assert User.objects.filter(email=email).exists()


def test_where_no_mail_is_sent_the_invitation_vouches_for_the_address(browser, invited):
    email, secret = invited
    browser.get(f"{JOIN}{secret}/")

    with override_settings(MAIL_IS_SENT=False):
        browser.post(SIGNUP, signing_up(email))

    assert is_signed_in(browser)
    assert EmailAddress.objects.get(email=email).verified


def test_an_invitation_withdrawn_meanwhile_opens_no_account(browser, owned, invited, monkeypatch):
    email, secret = invited
    browser.get(f"{JOIN}{secret}/")
    monkeypatch.setattr("entrepot.people.forms.accept_invitation", _too_late)

    answer = browser.post(SIGNUP, signing_up(email))

    assert answer.url == JOIN
    assert not User.objects.filter(email=email).exists()


def _too_late(user: User, secret: str) -> None:
    raise InvitationVoid("a", "b", "c")


def test_an_invitation_is_accepted_with_an_account_one_has(browser, owned, new_user):
    guest = new_user()
    with within(owned):
        secret = invite(guest.email, "customs").secret
    browser.get(f"{JOIN}{secret}/")
    assert sign_in(browser, guest, next=JOIN).url == JOIN

    assert browser.post(JOIN).url == "/"

    assert [each.role for each in enterprises_of(guest)] == ["customs"]
    assert browser.session["enterprise"] == str(owned)


def test_an_invitation_for_another_is_refused_on_its_page(browser, owned, invited, new_user):
    guest = new_user()
    sign_in(browser, guest)
    browser.get(f"{JOIN}{invited[1]}/")

    answer = browser.post(JOIN)

    assert answer.status_code == 409
    assert "for another address" in answer.text
    assert enterprises_of(guest) == []


def test_a_person_chooses_among_their_enterprises_only(browser, user, owned, new_user):
    second = open_enterprise("Second", user).enterprise
    strangers = open_enterprise("Strangers", new_user()).enterprise
    sign_in(browser, user)
    assert "Strangers" not in browser.get("/enterprises/").text

    browser.post("/enterprise/", {"enterprise": str(second)})
    assert browser.session["enterprise"] == str(second)
    browser.post("/enterprise/", {"enterprise": str(strangers)})
    assert browser.session["enterprise"] == str(second)


def test_the_first_page_asks_as_often_for_many_enterprises_as_for_one(browser, user, owned):
    sign_in(browser, user)
    browser.get("/enterprises/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/enterprises/")
    for name in "ABC":
        open_enterprise(name, user)
    with CaptureQueriesContext(connection) as many:
        browser.get("/enterprises/")

    assert len(one) == len(many)


def test_the_style_is_served_by_the_program(desk, browser):
    page = browser.get(LOGIN).text
    path = re.search(r'rel="stylesheet" href="([^"]+)"', page)[1]

    answer = browser.get(path)

    assert answer.status_code == 200
    assert b"--ink" in b"".join(answer.streaming_content)


def test_pages_speak_chinese(desk, browser):
    page = browser.get(LOGIN, headers={"Accept-Language": "zh-CN"})

    assert '<html lang="zh-hans">' in page.text
    assert "<h1>登录</h1>" in page.text


@pytest.mark.parametrize(
    "path",
    ["/enterprises/", LOGIN, "/account/2fa/", "/account/2fa/totp/activate/",
     "/account/2fa/webauthn/add/", "/account/email/", "/account/password/change/",
     "/account/sessions/", "/account/logout/",
     "/account/password/reset/"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_whole(browser, user, path, language):
    if path not in (LOGIN, "/account/password/reset/"):
        sign_in(browser, user)
        confirm(browser)

    page = browser.get(path, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert "default-src 'self'" in page["Content-Security-Policy"]
    for script in re.findall(r"<script([^>]*)>", page.text):
        assert "src=" in script or "application/json" in script


def test_staff_need_a_second_factor_for_the_admin(browser, new_user):
    staff = new_user(is_staff=True)
    sign_in(browser, staff)

    assert browser.get("/admin/", follow=True).redirect_chain[-1][0] == "/account/2fa/"


def test_the_admin_has_no_sign_in_of_its_own(desk, browser):
    answer = browser.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith(LOGIN)


def test_who_is_not_staff_is_kept_out_of_the_admin(browser, user):
    sign_in(browser, user)

    assert browser.get("/admin/", follow=True).status_code == 403


def test_the_admin_shows_people_and_enterprises_and_no_more(browser, new_user: Callable, owned):
    staff = new_user(is_staff=True)
    sign_in(browser, staff)
    set_up_app(browser)

    page = browser.get("/admin/")

    models = {model["object_name"] for app in page.context["app_list"] for model in app["models"]}
    assert {"User", "Enterprise"} <= models
    assert not models & {"Group", "Authenticator", "EmailAddress", "UserSession", "Membership"}


def test_the_admin_makes_people_inactive_and_shows_no_password(browser, new_user, user):
    staff = new_user(is_staff=True)
    sign_in(browser, staff)
    set_up_app(browser)
    path = f"/admin/people/user/{user.pk}/change/"
    page = browser.get(path).text
    assert user.password not in page
    assert "md5" not in page
    assert browser.get(f"/admin/people/user/{user.pk}/delete/").status_code == 403

    browser.post(path, {"name": "", "language": "en"})

    user.refresh_from_db()
    assert not user.is_active
