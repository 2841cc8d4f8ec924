# SPDX-License-Identifier: Apache-2.0
"""How an enterprise signs and sends to customs; secrets are typed in and never shown."""

from __future__ import annotations

from typing import Any, Final

from django import forms as fields
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path

from entrepot.customs.messages.editions import names, newest
from entrepot.customs.sending.configuring import OPTIONS, change_setup, folder_of, setup
from entrepot.customs.sending.looking import HOURS
from entrepot.customs.sending.models import NOWHERE, WAYS, Setup
from entrepot.customs.sending.signing import CANONICAL, DIGESTS, METHODS
from entrepot.customs.sending.transports.form import HOW, PLAIN
from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.customs import PAGES, READ, SECTION, WRITE
from entrepot.pages.frame import form, show, tabs
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.web.telling import state_in_words

#: Of the fields, those that go into the database as they are.
_PLAIN: Final = (
    *("edition", "cop_code", "cop_name", "dxp_id", "in_envelope", "sender", "way"),
    *("method", "digest", "canonical", "alert_hours"),
)
_MOST_KEY: Final = 64 * 1024


def _secret(**named: Any) -> fields.CharField:
    widget = fields.PasswordInput(attrs={"autocomplete": "new-password"})
    return fields.CharField(max_length=200, required=False, widget=widget, **named)


def _lines(most: int) -> fields.CharField:
    widget = fields.Textarea(attrs={"rows": 3, "spellcheck": "false"})
    return fields.CharField(max_length=most, required=False, widget=widget)


def _same(choices: Any) -> fields.ChoiceField:
    return fields.ChoiceField(choices=[(each, each) for each in choices])


class SettingsForm(forms.DeskForm):
    """Who sends, with what it signs, which way it goes."""

    edition = _same(names())
    cop_code = forms.text(18)
    cop_name = forms.text(100)
    dxp_id = forms.text(30)
    alert_hours = forms.quantity(1, 8_760)
    way = fields.ChoiceField(
        choices=lambda: [(each, state_in_words("customs_way", each, language())) for each in WAYS]
    )
    in_envelope = forms.flag()
    sender = forms.text(16, required=False)
    receivers = _lines(200)
    host = forms.text(200, required=False)
    port = forms.quantity(1, 65_535, required=False)
    user = forms.text(200, required=False)
    fingerprint = forms.text(
        200, required=False, validators=[RegexValidator(r"^SHA256:[A-Za-z0-9+/]{43}$")]
    )
    password = _secret()
    out = forms.text(200, required=False)
    into = forms.text(200, required=False)
    taken = forms.text(200, required=False)
    url = forms.text(500, required=False)
    field_message = forms.text(200, required=False)
    field_name = forms.text(200, required=False)
    how = _same(HOW)
    says_taken = forms.text(200, required=False)
    form_fields = _lines(10_000)
    key_file = fields.FileField(required=False)
    key_password = _secret()
    certificates = _lines(20_000)
    method = _same(METHODS)
    digest = _same(DIGESTS)
    canonical = _same(CANONICAL)

    def clean_receivers(self) -> list[str]:
        """Numbers at the exchange platform, a line each."""
        found = str(self.cleaned_data["receivers"]).split()
        if len(found) > 5 or any(len(each) > 16 for each in found):
            raise ValidationError(words(SECTION)["receivers_wrong"])
        return found

    def clean_form_fields(self) -> dict[str, str]:
        """What else a form carries, `name = value`, a line each."""
        found = {}
        for line in str(self.cleaned_data["form_fields"]).splitlines():
            name, equals, value = (part.strip() for part in line.partition("="))
            if line.strip() and not (name and equals):
                raise ValidationError(words(SECTION)["form_fields_wrong"])
            if name:
                found[name] = value
        return found

    def new(self) -> dict[str, Any]:
        """What is to be different: secrets only where something was typed."""
        said = self.cleaned_data
        new = {name: said[name] for name in _PLAIN} | {"receivers": said["receivers"]}
        new |= {name: said[name] for name in OPTIONS if said.get(name) is not None}
        if said["password"]:
            new["password"] = said["password"]
        if said["form_fields"]:
            new["fields"] = said["form_fields"]
        if said["key_file"]:
            new["signing_key"] = {
                "content": said["key_file"].read(_MOST_KEY), "password": said["key_password"],
                "certificates": said["certificates"].encode("ascii", "replace"),
            }  # fmt: skip
        return new


@form(READ)
def settings(request: HttpRequest, access: Access) -> HttpResponseBase:
    """How messages are signed and sent."""
    say, found = words(SECTION), setup()
    given = SettingsForm(
        request.POST or None, request.FILES or None, initial=_known(found), say=say
    )
    if request.method == "POST":
        access.need(WRITE)
        if given.is_valid():
            try:
                with transaction.atomic():
                    change_setup(**given.new())
            except EntrepotError as error:
                given.refuse(error)
            else:
                messages.success(request, say["settings_changed"])
                return redirect("pages:customs_settings")
    return show(
        request, access, SECTION, "pages/customs/settings.html", form=given, setup=found,
        heading=say["settings"], about=say["settings_about"],
        folder=str(folder_of(found)) if found is not None else "",
        tabs=tabs(say, "customs_settings", *PAGES), may_write=WRITE in access.scopes,
        status=422 if given.errors else 200,
    )  # fmt: skip


def _known(found: Setup | None) -> dict[str, Any]:
    """What is set, without secrets."""
    plain = Setup(edition=newest().name, way=NOWHERE, alert_hours=HOURS)
    its = found or plain
    known = {name: getattr(its, name) for name in _PLAIN}
    known |= {"how": PLAIN, "port": 22} | {n: its.options[n] for n in OPTIONS if n in its.options}
    return known | {"receivers": "\n".join(its.receivers)}


urlpatterns = [path("", settings, name="customs_settings")]
