# SPDX-License-Identifier: Apache-2.0
"""Who works here: people, enterprises, and who may do what in which enterprise.

People and the bare list of enterprises are the program's own; everything else lies behind a wall.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone

from entrepot.people.roles import ROLES
from entrepot.people.walled import Walled, new_id


class People(BaseUserManager["User"]):
    """Makes users; an address is compared without regard to case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Add a person; without a password they cannot sign in until they set one."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Add a person who may look after reference data in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, by their address. What they may do is said by their memberships."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=5, default="en")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    #: An account whose password everybody knows: it opens nothing but from this machine itself.
    is_demo = models.BooleanField(default=False, editable=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.email


class Enterprise(models.Model):
    """That there is an enterprise; what is known of it lies behind its wall (`Profile`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return str(self.id)


class Profile(Walled):
    """What is known of an enterprise: one row each."""

    name = models.CharField(max_length=200)
    uscc = models.CharField(max_length=18, blank=True, help_text="unified social credit code")
    kind = models.CharField(
        max_length=10, choices=[("trading", "trading"), ("producing", "producing")]
    )
    time_zone = models.CharField(max_length=40, default="Asia/Shanghai")
    currency = models.CharField(max_length=3, default="CNY")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise"], name="people_profile_one"),
        ]


class Membership(Walled):
    """That a person works in an enterprise, and in which role."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(role, role) for role in ROLES])
    since = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "user"], name="people_membership_once"),
        ]


class Invitation(Walled):
    """That somebody was asked to join; the link carries a secret of which the hash is kept."""

    email = models.EmailField()
    role = models.CharField(max_length=10, choices=[(role, role) for role in ROLES])
    secret_hash = models.BinaryField(max_length=32)
    invited_by = models.CharField(max_length=45)
    invited_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "secret_hash"], name="people_invitation_secret"
            ),
        ]


class ApiToken(Walled):
    """A key for programs, with scopes and an end; the hash of its secret is kept, not the secret.

    It works as long as the person who made it does; one that nobody made is the program's own.
    """

    name = models.CharField(max_length=100)
    secret_hash = models.BinaryField(max_length=32)
    scopes = models.JSONField(default=list)
    made_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "secret_hash"], name="people_token_secret"
            ),
        ]


class AuditEntry(Walled):
    """Who did what, when, to which row. Rows are added; the database refuses anything else."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.CharField(max_length=45)
    action = models.CharField(max_length=60)
    about = models.CharField(max_length=200)
    facts = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        verbose_name_plural = "audit entries"
        # The latest first: all of them, those of somebody, those of one kind.
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "at", "id"], name="people_audit_at"),
            models.Index(fields=["enterprise", "actor", "at", "id"], name="people_audit_actor"),
            models.Index(fields=["enterprise", "action", "at", "id"], name="people_audit_action"),
        ]
