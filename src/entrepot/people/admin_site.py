# SPDX-License-Identifier: Apache-2.0
"""Django's admin behind the sign-in of everybody, with a second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


class DeskAdmin(AdminSite):
    """For staff who have a second factor; others are sent to set one up."""

    site_header = site_title = "Entrepot"
    index_title = "Reference data"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and is_mfa_enabled(request.user)

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Send to the sign-in of everybody; the admin has none of its own."""
        if super().has_permission(request) and not is_mfa_enabled(request.user):
            return redirect("mfa_index")
        response: HttpResponse = _sign_in(request)
        return response

    def password_change(self, request: HttpRequest, extra_context: object = None) -> Any:
        return redirect("account_change_password")


@secure_admin_login  # type: ignore[untyped-decorator]
def _sign_in(request: HttpRequest) -> HttpResponse:
    """Reached by staff who are signed in already."""
    return redirect("admin:index")
