# SPDX-License-Identifier: Apache-2.0
"""The app of people and enterprises, and the admin as it is here."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import module_has_submodule


class PeopleConfig(AppConfig):
    """People, enterprises, roles, tokens and the audit log."""

    name = "entrepot.people"
    default = True
    default_auto_field = "django.db.models.BigAutoField"


class DeskAdminConfig(SimpleAdminConfig):
    """The admin, with tables of the program's own only: not those that libraries would show."""

    default_site = "entrepot.people.admin_site.DeskAdmin"

    def ready(self) -> None:
        super().ready()
        for app in apps.get_app_configs():
            if app.name.startswith("entrepot.") and module_has_submodule(app.module, "admin"):
                import_module(f"{app.name}.admin")
