# SPDX-License-Identifier: Apache-2.0
"""What was judged and merged, in Chinese and English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from entrepot.customs.ways.rules import Finding, Judged, Ticket

LANGUAGES = ("en", "zh")


def reason(judged: Judged, ticket: Ticket, limit: int | None, language: str) -> str:
    """Why a way is open, refused or hangs on an answer: its deciding conditions."""
    words = say(language)
    parts = [_part(each, judged.verdict, ticket, limit, words) for each in judged.findings]
    return str(words["told"]["join"]).join(parts)


def _part(
    finding: Finding, verdict: str, ticket: Ticket, limit: int | None, words: Mapping[str, Any]
) -> str:
    told, condition = words["told"], finding.condition
    if condition == "buyer":
        found, wanted = words["buyer"][ticket.buyer], words["buyer"][finding.wanted]
        kind = "buyer_met" if finding.is_met else "buyer_unmet"
        return str(told[kind].format(found=found, wanted=wanted))
    if condition == "value":
        if limit is None:
            return str(told["value_unknown"])
        kind = "value_met" if finding.is_met else "value_unmet"
        return str(told[kind].format(value=money(ticket.value), limit=money(limit)))
    what = words["condition"][condition]
    if finding.is_met is None:
        return str(told["is_asked"].format(what=what))
    is_so = (finding.wanted == "yes") == finding.is_met
    found = told["is" if is_so else "is_not"].format(what=what)
    if verdict == "refused":
        return str(told["must"].format(found=found, wanted=told[finding.wanted]))
    return str(found)


def money(fen: int) -> str:
    """Fen as yuan for a person."""
    return f"{fen // 100:,}.{fen % 100:02d}"


def say(language: str) -> dict[str, dict[str, str]]:
    """The words of a language."""
    return _words()[language]


def printable(line: str) -> str:
    """A line without what a terminal would obey."""
    return "".join(each if each.isprintable() else "�" for each in line)


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    text = files("entrepot.customs.ways").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
