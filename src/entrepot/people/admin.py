# SPDX-License-Identifier: Apache-2.0
"""People and the list of enterprises, for those who look after the program.

What lies behind a wall is not shown here: staff of the program have no business in it.
"""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from entrepot.people.models import Enterprise, User


class OnlyShown(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that nobody adds or deletes here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(OnlyShown):
    """People: who leaves is made inactive; the audit log goes on naming them."""

    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    fields = ("email", "name", "language", "is_active", "is_staff", "date_joined", "last_login")
    readonly_fields = ("email", "date_joined", "last_login")
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        """Only who may do everything makes others staff."""
        return self.readonly_fields + (() if request.user.is_superuser else ("is_staff",))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody changes who may do more than themselves."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)


@admin.register(Enterprise)
class EnterpriseAdmin(OnlyShown):
    """That there are enterprises, and since when."""

    list_display = ("id", "opened_at")
    search_fields = ("id",)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
