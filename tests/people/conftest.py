# SPDX-License-Identifier: Apache-2.0
"""People, enterprises and browsers for tests, all new: none meets the limits of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.test.utils import setup_test_environment, teardown_test_environment

from entrepot.people.actions import open_account, open_enterprise
from entrepot.people.models import Membership, User
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from tests.people.callers import Caller, signed_in

PASSWORD = "correct horse battery"
_numbers = count(1)
_SETTINGS = {
    "ROOT_URLCONF": "tests.people.addresses",
    "MAIL_IS_SENT": True,
    # A good hash takes long on purpose.
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
}


@pytest.fixture(autouse=True, scope="module")
def site() -> Iterator[None]:
    """Mail that is kept, and the addresses that the tests ask."""
    setup_test_environment(debug=False)
    with override_settings(**_SETTINGS):
        yield
    teardown_test_environment()


@pytest.fixture(autouse=True)
def no_mail_yet() -> None:
    mail.outbox.clear()


@pytest.fixture
def new_user(desk: None) -> Callable[..., User]:
    """Opens an account with an address of its own."""
    return lambda **options: open_account(f"{new_id().hex}@example.com", PASSWORD, **options)


@pytest.fixture
def user(new_user: Callable[..., User]) -> User:
    return new_user()


@pytest.fixture
def owned(user: User) -> UUID:
    """An enterprise that `user` owns."""
    return open_enterprise("Lanting Trading", user).enterprise


@pytest.fixture
def browser() -> Client:
    """A browser at an address of its own, so that it has not asked too often yet."""
    number = next(_numbers)
    return Client(REMOTE_ADDR=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")


@pytest.fixture
def owner(user: User, owned: UUID) -> Caller:
    return signed_in(user, owned)


@pytest.fixture
def join(owned: UUID, new_user: Callable[..., User]) -> Callable[[str], User]:
    """Lets somebody new work in the enterprise."""

    def joined(role: str) -> User:
        user = new_user()
        with within(owned):
            Membership.objects.create(user=user, role=role)
        return user

    return joined


@pytest.fixture
def elsewhere(new_user: Callable[..., User]) -> tuple[UUID, User]:
    """Another enterprise, and its owner."""
    user = new_user()
    return open_enterprise("Another", user).enterprise, user
