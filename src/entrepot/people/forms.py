# SPDX-License-Identifier: Apache-2.0
"""The forms of people's pages."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm
from allauth.core import context
from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from entrepot.errors import Refused
from entrepot.people.invitations import accept_invitation
from entrepot.people.models import User
from entrepot.people.signing_in import INVITATION, offered
from entrepot.people.words import words


class JoinForm(SignupForm):  # type: ignore[misc]
    """Open an account to accept an invitation; its address is the one that was invited."""

    name = forms.CharField(max_length=100)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offer = offered(context.request)
        # The initial value counts, whatever is sent: the field is disabled.
        self.initial["email"] = offer.email if offer else ""
        self.fields["email"].disabled = True
        self.fields["name"].label = words()["name"]
        self.fields["name"].widget.attrs["autocomplete"] = "name"

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The new person; or where to go, if the invitation was withdrawn this moment."""
        try:
            saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        except Refused:
            return None, redirect("people_join")
        return saved

    def save(self, request: HttpRequest) -> User:
        """Open the account and join, or neither."""
        with transaction.atomic():
            user: User = super().save(request)
            user.name = self.cleaned_data["name"]
            user.save(update_fields=["name"])
            accept_invitation(user, request.session[INVITATION])
        return user
