# SPDX-License-Identifier: Apache-2.0
"""Where one can go: the sections of the desk, who sees each, and the key that leads there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from django.urls import NoReverseMatch, reverse

from entrepot.pages.wording import Words


@dataclass(frozen=True, slots=True)
class Section:
    """Pages of one area.

    `name` is that of its words, its help and its first page; `key` follows `g` on the keyboard.
    """

    name: str
    scope: str
    key: str


#: By group, in the order of a day's work.
GROUPS: Final[dict[str, tuple[Section, ...]]] = {
    "work": (
        Section("today", "book.read", "t"),
        Section("orders", "orders.read", "o"),
        Section("outbound", "orders.read", "b"),
        Section("inbound", "inbound.read", "i"),
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
        Section("closes", "closes.read", "l"),
        Section("jobs", "jobs.read", "j"),
    ),
    "firm": (
        Section("masters", "masters.read", "p"),
        Section("firm", "people.read", "e"),
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
                if each.scope in scopes and (url := _url(each.name))
            ],
        }
        for group, sections in GROUPS.items()
    ]  # fmt: skip
    return [group for group in groups if group["sections"]]


def _url(name: str) -> str:
    try:
        return reverse(f"pages:{name}")
    except NoReverseMatch:
        return ""
