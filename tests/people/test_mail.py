# SPDX-License-Identifier: Apache-2.0
"""The address of a mail server, in Django's words."""

from __future__ import annotations

import pytest

from entrepot.errors import Misused
from entrepot.people.mail import mail_settings

PLAIN = "smtp://desk:s%40fe@mail.example.com?from=desk@example.com"


def test_without_a_server_mail_is_printed():
    assert mail_settings("")["EMAIL_BACKEND"].endswith("console.EmailBackend")


def test_a_server_is_spoken_to_over_tls():
    found = mail_settings(PLAIN)

    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example.com", 587)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("desk", "s@fe")
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (True, False)
    assert found["DEFAULT_FROM_EMAIL"] == "desk@example.com"


def test_or_over_tls_from_the_start():
    found = mail_settings("smtps://mail.example.com:4650?from=desk@example.com")

    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (
        4650, False, True,
    )  # fmt: skip


def test_without_tls_only_where_it_says_so():
    assert mail_settings(PLAIN + "&plain=1")["EMAIL_USE_TLS"] is False


@pytest.mark.parametrize(
    "url",
    ["mail.example.com", "http://x?from=a@b.c", "smtp://:s3cret@?from=a@b.c", "smtp://[",
     "smtp://x:port?from=a@b.c", "smtp://desk:s3cret@mail.example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_saying_it(url):
    with pytest.raises(Misused) as caught:
        mail_settings(url)

    assert caught.value.code == "people.mail_unclear"
    assert "s3cret" not in str(caught.value)
