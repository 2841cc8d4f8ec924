# SPDX-License-Identifier: Apache-2.0
"""What templates of the desk say things with: `{% load desk %}`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from entrepot.pages.money import money as money_of
from entrepot.pages.places import code_of
from entrepot.pages.wording import language
from entrepot.web.telling import state_in_words

register = template.Library()


@register.filter
def number(value: int | None) -> str:
    """A whole number with its thousands apart."""
    return "" if value is None else f"{value:,}"


@register.filter
def money(value: int | None, currency: str = "") -> str:
    """An amount in the smallest unit, with its currency."""
    return "" if value is None else f"{money_of(value, currency)} {currency}".rstrip()


@register.filter
def stated(value: int | None, currency: str = "") -> str:
    """An amount as a bank or a payer states it, with its currency."""
    return "" if value is None else f"{money_of(value, currency, iso=True)} {currency}".rstrip()


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """A moment in the firm's time zone; which one that is shows on pointing at it."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M:%S} {local.tzinfo}",
        f"{local:%Y-%m-%d %H:%M}",
    )


@register.filter
def day(value: Any) -> str:
    """A day as every file and page of ours writes it."""
    return "" if value is None else f"{value:%Y-%m-%d}"


@register.filter
def warehouse(place: str) -> str:
    """The code of the warehouse of a place."""
    return code_of(place)


@register.filter
def state(code: str, kind: str) -> SafeString:
    """The word for a state, in its colour."""
    return format_html(
        '<span class="state" data-state="{}">{}</span>',
        code,
        state_in_words(kind, code, language()),
    )


@register.filter
def said(template_: str, value: Any) -> str:
    """A word with one value put in: `{{ say.units|said:order.units }}` for "{} units"."""
    return template_.format(value)


@register.simple_tag
def movements_of(**given: Any) -> str:
    """The address of the movements behind a number: `item`, `place`, `document`, `lot`."""
    return f"{reverse('pages:movements')}?{urlencode({k: v for k, v in given.items() if v})}"
