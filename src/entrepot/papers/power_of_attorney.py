# SPDX-License-Identifier: Apache-2.0
"""The power of attorney for customs declaration (代理报关委托书), in the firm's own words.

No form of customs or of an association of brokers was read: scope and terms are the text that is
given, and the paper says so at its foot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from entrepot.papers.parties import Party
from entrepot.papers.refusals import Unfit
from entrepot.papers.trade import Column, Paper, Row, render
from entrepot.papers.words import Language, Words

MOST_CLAUSES: Final = 200


@dataclass(frozen=True, slots=True)
class PowerOfAttorney:
    """Who lets whom do what, from which day to which, both included."""

    number: str
    signed_on: date
    principal: Party
    agent: Party
    valid_from: date
    valid_to: date
    scope: tuple[str, ...]
    terms: tuple[str, ...] = ()
    declaration_no: str = ""
    booking_order: str = ""
    goods: str = ""


def power_of_attorney(given: PowerOfAttorney, language: Language = "zh+en") -> bytes:
    """The power of attorney as a PDF on A4, with a line for each to sign on.

    Raises:
        Unfit: nothing that the agent may do, too many clauses, or days the wrong way round.
        Unprintable: a name, address or number with characters that the font does not have.
    """
    asked = f"Cannot print power of attorney {given.number}."
    count = len(given.scope) + len(given.terms)
    if not given.scope or count > MOST_CLAUSES:
        found = f"It has {count} clauses, {len(given.scope)} of them about what the agent may do."
        raise Unfit(asked, found, f"Give 1 to {MOST_CLAUSES} clauses, one about that at least.")
    if given.valid_to < given.valid_from:
        found = f"It is valid from {given.valid_from} to {given.valid_to}."
        raise Unfit(asked, found, "Give the first day and the last.")
    words = Words(language)
    paper = Paper(
        words("power_of_attorney"),
        given.number,
        [
            (words("date"), given.signed_on.isoformat()),
            (words("valid"), f"{given.valid_from} – {given.valid_to}"),
            (words("declaration"), given.declaration_no),
            (words("booking_order"), given.booking_order),
            (words("goods"), given.goods),
        ],
        [
            (words("principal"), "the principal", given.principal),
            (words("agent"), "the agent", given.agent),
        ],
        [
            Column(words.stacked("line"), 12, "centre"),
            Column(words.stacked("clause"), 168, lines=12),
        ],
        [*_clauses("scope", given.scope, words), *_clauses("terms", given.terms, words)],
        notes=[words("attorney_note")],
        signed=given.principal.address.name,
        signed_too=given.agent.address.name,
    )
    return render(paper, words)


def _clauses(heading: str, texts: tuple[str, ...], words: Words) -> list[list[Row]]:
    rows = [[Row((str(place), text))] for place, text in enumerate(texts, 1)]
    if rows:
        rows[0].insert(0, Row((words(heading),)))
    return rows
