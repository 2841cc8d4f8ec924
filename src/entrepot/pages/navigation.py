# SPDX-License-Identifier: Apache-2.0
"""Where one can go: the sections of the desk, who sees each, and the key that leads there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from entrepot.pages.wording import Words


@dataclass(frozen=True, slots=True)
class Section:
    """Pages of one area.

    `name` is that of its words, its help and its first page; `key` follows `g` on the keyboard.
    `others` are pages, with their scopes, that it begins with for who may not see the first.
    """

    name: str
    scope: str
    key: str
    others: tuple[tuple[str, str], ...] = ()

    def url(self, scopes: Collection[str]) -> str:
        """Where it begins for whoever has these scopes; nothing if they see none of it."""
        for name, scope in ((self.name, self.scope), *self.others):
            if scope in scopes:
                return reverse(f"pages:{name}")
        return ""


#: By group, in the order of a day's work.
GROUPS: Final[dict[str, tuple[Section, ...]]] = {
    "work": (
        Section("today", "book.read", "t"),
        Section("orders", "orders.read", "o"),
        Section("outbound", "orders.read", "b"),
        Section("inbound", "inbound.read", "i"),
        Section("declaring", "customs.read", "x"),
        Section("customs", "customs.read", "d"),
        Section("classification", "customs.read", "h"),
        Section("returns", "floor.read", "r"),
        Section("counts", "floor.read", "c"),
        Section("scan", "floor.write", "n"),
    ),
    "goods": (
        Section("stock", "book.read", "s"),
        Section("movements", "book.read", "m"),
        Section("flows", "book.read", "f"),
        Section("tour", "book.read", "u"),
    ),
    "proof": (
        Section("money", "money.read", "y"),
        Section("closes", "closes.read", "l"),
        Section("jobs", "jobs.read", "j"),
    ),
    "firm": (
        Section("masters", "masters.read", "p"),
        Section("firm", "people.read", "e", others=(("firm_audit", "audit.read"),)),
    ),
}
SECTIONS: Final = {section.name: section for group in GROUPS.values() for section in group}


def shown(scopes: Collection[str], at: str, word: Words) -> list[dict[str, Any]]:
    """The groups and their sections for whoever has these scopes; `at` is where they are."""
    groups = [
        {
            "title": word["groups"][group],
            "sections": [
                {"title": word["names"][each.name], "url": url, "key": each.key,
                 "is_here": each.name == at}
                for each in sections
                if (url := each.url(scopes))
            ],
        }
        for group, sections in GROUPS.items()
    ]  # fmt: skip
    return [group for group in groups if group["sections"]]
