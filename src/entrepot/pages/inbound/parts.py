# SPDX-License-Identifier: Apache-2.0
"""What the pages of inbound share: choices, tabs, addresses, a reason that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from entrepot.catalog.models import Partner, Warehouse
from entrepot.pages import frame
from entrepot.pages.places import called
from entrepot.pages.table import Table, answer
from entrepot.pages.wording import Words, language, words
from entrepot.people.access import Access

READ, WRITE = "inbound.read", "inbound.write"
SECTION: Final = "inbound"
#: Warehouses, partners and SKUs that a choice shows.
MOST_CHOICES: Final = 500
MOST_REASON: Final = 200
PAGES: Final = (
    "inbound", "inbound_transfers", "inbound_expected", "inbound_receiving",
    "inbound_declarations", "inbound_purchases", "inbound_claims", "inbound_pieces",
    "inbound_containers", "inbound_returns", "inbound_clocks", "inbound_units",
    "inbound_plans", "inbound_containers",
)  # fmt: skip


def tabs(here: str) -> list[dict[str, Any]]:
    """The pages of inbound beside each other."""
    return frame.tabs(words(SECTION), here, *PAGES)


def tabs_of(name: str, id: UUID, here: str, *parts: str) -> list[dict[str, Any]]:
    """The parts of one consignment, declaration or purchase; the first is its own page."""
    say = words(SECTION)["parts"]
    return [
        {
            "title": say[part],
            "url": reverse(name, args=[id] if part == parts[0] else [id, part]),
            "is_here": part == here,
        }
        for part in parts
    ]


def part(
    request: HttpRequest, access: Access, table: Table, template: str, **context: Any
) -> HttpResponseBase:
    """A page of inbound with a table, for whoever may write or only read."""
    context.setdefault("may_write", WRITE in access.scopes)
    return answer(request, access, SECTION, table, template, **context)


def warehouses(kind: str = "") -> list[tuple[str, str]]:
    """Warehouses in use, by code; of a kind where one is named."""
    found = Warehouse.objects.filter(is_active=True).order_by("code")
    if kind:
        found = found.filter(kind=kind)
    rows = found.values_list("code", "name")[:MOST_CHOICES]
    return [(code, called(code, name)) for code, name in rows]


def any_warehouse(kind: str = "") -> list[tuple[str, str]]:
    """Warehouses to narrow a list by."""
    return [("", words("common")["any"]), *warehouses(kind)]


def partners(role: str = "", *, needs_one: bool = False) -> list[tuple[str, str]]:
    """Partners in use, with a role where one is named."""
    found = Partner.objects.filter(is_active=True).order_by("code")
    if role:
        found = found.filter(roles__contains=[role])
    rows = found.values_list("code", "name", "name_zh")[:MOST_CHOICES]
    none = [] if needs_one else [("", "–")]
    is_zh = language() == "zh"
    named = ((code, (is_zh and name_zh) or name) for code, name, name_zh in rows)
    return [*none, *((code, called(code, name)) for code, name in named)]


def any_partner(role: str) -> list[tuple[str, str]]:
    """Partners to narrow a list by."""
    return [("", words("common")["any"]), *partners(role, needs_one=True)]


def today() -> date:
    """The day in the firm's time zone."""
    return timezone.localdate()


def reason(request: HttpRequest) -> str:
    """The reason that was given; where there is none, the next page says that there has to be."""
    text = " ".join(request.POST.get("note", "").split())
    if not 1 <= len(text) <= MOST_REASON or not text.isprintable():
        messages.error(request, words(SECTION)["reason_needed"])
        return ""
    return text


def said(request: HttpRequest, word: str, **given: object) -> None:
    """Say on the next page what was done."""
    messages.success(request, str(words(SECTION)["done"][word]).format(**given))


def done(word: str, **given: object) -> str:
    """What was done, in words."""
    return str(words(SECTION)["done"][word]).format(**given)


def percent_of(part_: int, whole: int) -> int:
    """So many percent, none of nothing."""
    return 100 * part_ // whole if whole else 0


def empty(say: Words, name: str) -> Mapping[str, Any]:
    """How to begin, where a table has no rows."""
    return {"empty": say["empties"][name]}


def each(rows: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """Rows with their numbers from 1."""
    yield from enumerate(rows, 1)
